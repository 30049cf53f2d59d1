/*
 * Amendments, written: under the run lock, all in one transaction, each with
 * its row of the log.  What is written is decided within that transaction:
 * where the run lock is no more than its own (SQLite, behind a pooler, a row),
 * what was read before it may be out of date.
 */
#include <stdlib.h>
#include <string.h>

#include "run/amend_int.h"
#include "run/stop.h"

static const char *const nothing_texts[AMEND_WORK_COUNT] = {
    [AMEND_WORK_STAMP] = "nothing to stamp",
    [AMEND_WORK_UNDO] = "nothing to forget",
    [AMEND_WORK_REPAIR] = "nothing to repair",
    [AMEND_WORK_DECIDE] = "nothing to repair",
};

/* The version of a row that gets another version or number meanwhile, or NULL.
 */
static const char *
amend_aside(struct run *run, const struct amendment *a)
{
	if ((a->kind != AMEND_ACCEPT && a->kind != AMEND_REPOINT) ||
	    (a->row->number == a->migration->number &&
		strcmp(a->row->version, amend_version(a)) == 0))
		return NULL;
	return arena_printf(run->arena, "repair of %llu",
	    (unsigned long long)a->migration->number);
}

static int
amend_write_file(struct run *run, const struct amendment *a,
    struct rows *written, struct err *err)
{
	struct record rec = {.migration = a->migration,
	    .version = amend_version(a),
	    .origin = a->kind == AMEND_ADOPT ? "adopted" : "stamped"};
	const char *aside = amend_aside(run, a);
	char *text = writes_rollback_text(
	    &run->settings, run->folder, a->migration, err);
	int r;

	if (text == NULL && err->code != 0)
		return err->code;
	rec.rollback_sql = text;
	if (a->kind == AMEND_STAMP)
		r = record_insert(
		    run->history, *run->db, &rec, &run->actor, written, err);
	else if (a->kind == AMEND_ADOPT)
		r = record_adopt(run->history, *run->db, &rec, written, err);
	else
		r = record_accept(run->history, *run->db, &rec,
		    aside == NULL ? a->row->version : aside, written, err);
	free(text);
	return r;
}

/* Only the state is another one, and who says so. */
static int
amend_write_state(struct run *run, const struct amendment *a,
    struct rows *written, struct err *err)
{
	struct journal to = *a->entry;
	char actor[ENTRY_ACTOR_SIZE];

	actor_of_entry(run, actor);
	to.actor = actor;
	to.done = a->done;
	to.undone = !a->done;
	return record_journal(
	    run->history, *run->db, a->entry, &to, written, err);
}

static int
amend_write_row(struct run *run, const struct amendment *a,
    struct rows *written, struct err *err)
{
	switch (a->kind) {
	case AMEND_FORGET:
		return record_forget(
		    run->history, *run->db, a->row->version, written, err);
	case AMEND_KEEP:
		return record_keep(
		    run->history, *run->db, a->row->version, written, err);
	case AMEND_CLEAR:
		return record_journal(
		    run->history, *run->db, a->entry, NULL, written, err);
	case AMEND_DECIDE:
		return amend_write_state(run, a, written, err);
	default:
		return amend_write_file(run, a, written, err);
	}
}

static int
amend_log(struct run *run, const struct amendment *a, struct err *err)
{
	struct log_entry log = {.action = amend_kind_name(a->kind),
	    .name = a->name,
	    .outcome = "done"};

	if (a->row != NULL) {
		log.number = a->row->number;
		log.version = a->row->version;
	}
	if (a->migration != NULL) {
		log.number = a->migration->number;
		log.version = amend_version(a);
		log.script = &a->migration->forward;
	}
	if (a->entry != NULL)
		log.number = a->entry->number;
	if (a->kind == AMEND_DECIDE)
		log.outcome = arena_printf(run->arena, "%llu=%s",
		    (unsigned long long)a->entry->statement,
		    amend_state_name(a));
	return record_log(run->history, *run->db, &log, &run->actor, err);
}

/* Of the journal, which has been read again. */
static int
amend_refuse_moved(struct run *run, struct err *err)
{
	const struct journal *now = &run->history->journal;

	err_set(err, ERR_DISAGREE, "the journal has changed in the meantime");
	err_detail(err, "The journal names %s: %s.  Nothing was changed.",
	    now->name, amend_describe_entry(run->arena, now));
	err_hint(err, "To see what to do next, run: sqlmigrate status");
	return err->code;
}

/* Another run has written, though it cannot have had the lock. */
static int
amend_refuse_row(struct run *run, const struct amendment *a, struct err *err)
{
	if (a->entry == NULL)
		return err_set(err, ERR_STATEMENT,
		    "the row of %s in %s is not as it was read", a->name,
		    run->history->tables.version);
	err_set(err, ERR_DISAGREE, "the row of %s in %s is not as it was read",
	    a->name, run->history->tables.journal);
	err_detail(err, "Nothing was changed.");
	err_hint(err, "To see what to do next, run: sqlmigrate status");
	return err->code;
}

static int
amend_write(struct run *run, const struct amendment *a, struct err *err)
{
	struct rows written;
	const char *stamp;
	int r;

	rows_init(&written);
	r = amend_write_row(run, a, &written, err);
	if (r == 0)
		r = amend_log(run, a, err);
	if (r == 0)
		r = (*run->db)->engine->wait(*run->db, err);
	if (r == 0 && written.affected != 1)
		r = amend_refuse_row(run, a, err);
	stamp = rows_get(&written, 0, 0);
	if (r == 0 && stamp != NULL) /* the next one must be later */
		history_newest(run->history, stamp);
	rows_clear(&written);
	return r;
}

/*
 * Two files may have changed places, and a version is unique: all that change
 * make way first.  That a row is there is seen when its file is written.
 */
static int
amend_make_way(struct run *run, const struct amendments *list, struct err *err)
{
	const char *aside;
	struct rows none;
	size_t i;
	int r = 0;

	rows_init(&none);
	for (i = 0; r == 0 && i < list->count; i++) {
		aside = amend_aside(run, &list->list[i]);
		if (aside == NULL)
			continue;
		r = record_rename(run->history, *run->db,
		    list->list[i].row->version, aside, &none, err);
		if (r == 0)
			r = (*run->db)->engine->wait(*run->db, err);
	}
	rows_clear(&none);
	return r;
}

static int
amend_decide(struct run *run, const struct amend_request *q,
    struct amendments **list, struct err *err)
{
	int r = run_load(run, err);

	return r < 0
	    ? r
	    : amend_make(list, q, run->folder, run->state, run->history, err);
}

/*
 * A run that is at what the journal names is waited for.  Where that leaves it
 * half applied, nobody has seen so far what a repair would forget.
 */
static int
amend_decide_alone(struct run *run, const struct amend_request *q,
    struct amendments **list, struct err *err)
{
	int r = amend_decide(run, q, list, err);

	if (r < 0 && lock_is_elsewhere(run, err)) {
		r = lock_outlast(run, err);
		if (r == 0)
			r = amend_decide(run, q, list, err);
		if (r == 0 && run->history->journal.present)
			r = state_refuse_half(run->state, run->history, err);
		run_unlock(run);
	}
	return r;
}

struct amend_job {
	const struct amend_request *request;
	const struct amendments *agreed;
	bool lost; /* a COMMIT of ours was: nothing may be left to do */
};

/*
 * What another run has written in between was not agreed to.  A decision is
 * about one statement, which the error names.
 */
static int
amend_again(struct run *run, const struct amend_job *w,
    struct amendments **list, struct err *err)
{
	struct amend_request q = *w->request;
	int r;

	q.again = w->lost;
	if (q.work == AMEND_WORK_DECIDE) {
		q.target = w->agreed->list[0].name;
		q.statement = w->agreed->list[0].entry->statement;
	}
	r = amend_decide(run, &q, list, err);
	if (r == 0 && (!run->history->complete || run->state->adopts))
		return STEP_LOOK_AGAIN;
	if (r < 0 || amend_same(w->agreed, *list) ||
	    (w->lost && (*list)->count == 0))
		return r;
	return q.work == AMEND_WORK_DECIDE ? amend_refuse_moved(run, err)
					   : agree_refuse(err);
}

static int
amend_write_all(struct run *run, void *arg, struct err *err)
{
	struct amendments *list = NULL;
	size_t i;
	int r;

	r = amend_again(run, arg, &list, err);
	if (r == 0)
		r = amend_make_way(run, list, err);
	for (i = 0; r == 0 && i < list->count; i++)
		r = amend_write(run, &list->list[i], err);
	amend_free(list);
	return r;
}

static void
amend_report(struct run *run, const struct amendments *list,
    const struct amend_request *q)
{
	struct event e = {.kind = EVENT_AMENDED};
	size_t i;

	for (i = 0; i < list->count; i++) {
		e.amendment = &list->list[i];
		e.migration = list->list[i].migration;
		e.name = list->list[i].name;
		run_event(run, &e);
	}
	e = (struct event){.kind = EVENT_AMENDED_END, .count = list->count};
	e.text = list->count == 0 ? nothing_texts[q->work] : NULL;
	/* Rows that are not adopted yet count as status counts them. */
	e.current = state_current(run->state);
	run_event(run, &e);
}

/* Show each and ask. */
static int
amend_confirm(struct run *run, const struct amendments *list, struct err *err)
{
	const struct amendment *a;
	size_t i;

	if (!list->asks || run->ask == NULL)
		return 0;
	for (i = 0; i < list->count; i++) {
		a = &list->list[i];
		run_text(run, EVENT_NOTICE,
		    arena_printf(run->arena, "%s %s%s%s",
			amend_kind_name(a->kind), a->name,
			a->reason == NULL ? "" : ": ",
			a->reason == NULL ? "" : a->reason));
	}
	if (list->list[0].kind == AMEND_DECIDE)
		return run->ask(run->ask_arg,
		    amend_show_statement(run, &list->list[0]), err);
	return run->ask(run->ask_arg,
	    arena_printf(run->arena, "Change %zu row%s of the history?",
		list->count, list->count == 1 ? "" : "s"),
	    err);
}

static int
amend_locked(struct run *run, struct amend_job *w, struct err *err)
{
	int r;

	r = lock_take(run, false, err);
	while (r >= 0) {
		r = run_make_tables(run, err);
		if (r == 0)
			r = own_transaction(run, amend_write_all, w, err);
		if (r != STEP_LOOK_AGAIN)
			break;
		w->lost = true;
	}
	if (r == 0) {
		r = run_load(run, err);
		if (r < 0)
			err_detail(err, "All was recorded before.");
	}
	run_unlock(run);
	return r;
}

int
run_amend(struct run *run, const struct amend_request *q, struct err *err)
{
	struct amendments *list = NULL;
	struct amend_job w = {.request = q};
	int r;

	run_begin(run);
	r = amend_decide_alone(run, q, &list, err);
	if (r == 0 && list->count > 0) {
		w.agreed = list;
		r = record_check_rights(run->history, *run->db,
		    run->history->journal.present || run->settings.lock_table,
		    err);
		if (r == 0)
			r = amend_confirm(run, list, err);
		if (r == 0)
			r = amend_locked(run, &w, err);
	}
	if (r == 0)
		amend_report(run, list, q);
	amend_free(list);
	run_end(run);
	return r < 0 ? stop_reason(err) : r;
}
