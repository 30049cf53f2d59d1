/* Runs: the plan, the lock, the plan again, and its steps. */
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "migration/proof.h"
#include "migration/stored.h"
#include "run/resume_int.h"
#include "run/run_int.h"
#include "run/stop.h"

void
run_event(struct run *run, struct event *e)
{
	run->event(run->event_arg, e);
}

void
run_text(struct run *run, enum event_kind kind, const char *text)
{
	struct event e = {.kind = kind, .text = text};

	run_event(run, &e);
}

struct current
run_current(const struct run *run)
{
	struct current c = {.version = "0.0.0"};
	const struct journal *half = &run->history->journal;
	const struct history_row *row = NULL, *next;
	size_t i;

	for (i = 0; i < run->history->count; i++) {
		next = run->history->rows[i];
		if (next->has_number &&
		    (!half->present || half->number != next->number))
			row = next;
	}
	if (row == NULL)
		return c;
	c.version = row->version;
	c.name = row->name;
	c.number = row->number;
	c.generated = folder_generates(run->folder, row->number, row->version);
	return c;
}

void
run_unload(struct run *run)
{
	plan_free(run->plan);
	state_free(run->state);
	history_free(run->history);
	run->plan = NULL;
	run->state = NULL;
	run->history = NULL;
}

int
run_load(struct run *run, struct err *err)
{
	int r;

	run_unload(run);
	/* From now on: what is committed while it is read counts, too. */
	(void)run_is_shared(run);
	r = history_load(&run->history, *run->db, &run->table, err);
	if (r == 0)
		run->state = state_make(run->folder, run->history);
	return r;
}

/* What nobody else changes was followed since it was read. */
static int
run_read(struct run *run, struct err *err)
{
	bool followed =
	    run->alone && run->history != NULL && run->history->complete;

	if (!run->fresh && !followed)
		return run_load(run, err);
	run->fresh = false;
	plan_free(run->plan);
	state_free(run->state);
	run->plan = NULL;
	run->state = state_make(run->folder, run->history);
	return 0;
}

bool
run_is_shared(const struct run *run)
{
	struct db *db = *run->db;

	if (run->alone)
		return false;
	if (db->engine->others_wrote != NULL)
		return db->engine->others_wrote(db);
	return run->settings.lock_table ||
	    (db->engine->identity(db)->pooled && !run->settings.session_pooler);
}

static bool
run_same_rows(const struct history *a, const struct history *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (a->rows[i]->has_number != b->rows[i]->has_number ||
		    a->rows[i]->number != b->rows[i]->number)
			return false;
	return true;
}

int
run_check_unmoved(struct run *run, struct err *err)
{
	const struct history_name name = {.schema = run->history->info.schema,
	    .table = run->history->info.name,
	    .inside = true};
	struct history *now = NULL;
	int r;

	r = history_load(&now, *run->db, &name, err);
	if (r == 0 &&
	    (now->exists != run->history->exists ||
		now->complete != run->history->complete ||
		now->journal.present != run->history->journal.present ||
		!run_same_rows(now, run->history)))
		r = STEP_LOOK_AGAIN;
	history_free(now);
	return r;
}

int
run_check_journal(struct run *run, struct err *err)
{
	int r;

	r = history_moved(run->history, *run->db, &run->history->journal, err);
	return r == 1 ? STEP_LOOK_AGAIN : r;
}

/* The file that what is half applied goes on with, or its stored text. */
static bool
run_has_half(const struct run *run)
{
	const struct entry *half = state_half(run->state);

	return state_half_is_here(run->state, run->history) ||
	    (half != NULL && half->stored != NULL);
}

/* What is half applied is gone on with, or in the way. */
static int
run_refuse(struct run *run, const struct plan_request *request, struct err *err)
{
	const struct journal *half = &run->history->journal;

	if (!request->resume || !half->present)
		return plan_refuse(request, run->state, run->history, err);
	if (half->rollback != request->rollback || !run_has_half(run))
		return state_refuse_half(run->state, run->history, err);
	return state_refuse_entries(
	    run->state, run->history, request->rollback, err);
}

/* Read, decide, and refuse what must be refused before anything runs. */
int
run_decide(struct run *run, const struct plan_request *request, struct err *err)
{
	int r;

	r = run_read(run, err);
	if (r == 0 && request->stored)
		r = stored_load(
		    run->state, run->history, *run->db, run->folder, err);
	if (r == 0)
		r = run_refuse(run, request, err);
	if (r == 0)
		r = plan_make(
		    &run->plan, request, run->folder, run->state, err);
	if (r == ERR_DISAGREE)
		r = agree_explain(run, request, err);
	if (run->history != NULL && !lock_is_elsewhere(run, err) &&
	    (request->resume ||
		(r < 0 && request->rollback && err->code != ERR_HALF)))
		r = resume_check(run, r, err);
	if (r == 0 && request->rollback && !run->alone)
		r = proof_load(run->state, run->history, *run->db, err);
	return r < 0 ? r : agree_plan(run, request, err);
}

int
run_decide_alone(
    struct run *run, const struct plan_request *request, struct err *err)
{
	int r = run_decide(run, request, err);

	if (r < 0 && lock_is_elsewhere(run, err)) {
		r = lock_outlast(run, err);
		if (r == 0)
			r = run_decide(run, request, err);
	}
	return r;
}

void
run_unlock(struct run *run)
{
	if (*run->db != NULL)
		(*run->db)->engine->unlock(*run->db);
}

bool
run_has_outside(const struct run *run)
{
	size_t i;

	for (i = 0; run->plan != NULL && i < run->plan->count; i++)
		if (step_script(run, &run->plan->steps[i])->outside)
			return true;
	return false;
}

/*
 * The tables are made with the first migration, whose file may make them
 * itself; but a journal must be there before a file without a transaction.
 */
static int
run_prepare_tables(
    struct run *run, const struct plan_request *request, struct err *err)
{
	bool journal = run->plan->count > 0 &&
	    (run->settings.lock_table ||
		step_script(run, &run->plan->steps[0])->outside);
	int r;

	if (!run->state->adopts && (run->history->complete || !journal))
		return 0;
	r = adopt_rows(run, err);
	return r != 0 ? r : run_decide(run, request, err);
}

static int
run_step(struct run *run, const struct step *step, struct err *err)
{
	run->shown = false;
	if (run->sent == NULL)
		step_begins(run, step);
	if (run->settings.single_transaction)
		return transaction_run(run, step, run->plan->count, err);
	return step_script(run, step)->outside
	    ? outside_run(run, step, err)
	    : transaction_run(run, step, 1, err);
}

/* Nothing new begins after a signal; what was sent is still told of. */
static int
run_check_stop(struct run *run, struct err *err)
{
	struct err late = ERR_INIT;
	int r = stop_check(err);

	if (r < 0 && step_confirm(run, &late) < 0)
		err_move(err, &late);
	err_clear(&late);
	return r < 0 ? err->code : 0;
}

static int
run_steps(struct run *run, struct err *err)
{
	size_t i, n = run->settings.single_transaction ? run->plan->count : 1;
	int r = 0;

	for (i = 0; r == 0 && i < run->plan->count; i += n) {
		r = run_check_stop(run, err);
		if (r == 0)
			r = run_step(run, &run->plan->steps[i], err);
	}
	return r;
}

/* A body may have given up the lock: it is taken back before any read. */
static int
run_lock_again(struct run *run, struct err *err)
{
	return run->alone ? 0 : lock_take(run, run_has_outside(run), err);
}

int
run_locked(struct run *run, const struct plan_request *request, struct err *err)
{
	int r = 0;

	do {
		if (r == STEP_LOOK_AGAIN)
			r = run_lock_again(run, err);
		if (r == 0)
			r = run_decide_alone(run, request, err);
		if (r == 0)
			r = run_prepare_tables(run, request, err);
		if (r == 0)
			r = run_steps(run, err);
	} while (r == STEP_LOOK_AGAIN);
	return r;
}

void
run_nothing(struct run *run)
{
	struct event e = {.kind = EVENT_NOTHING,
	    .rollback = run->plan->rollback,
	    .current = run_current(run)};

	if (run->settings.backup != NULL && !run->plan->rollback)
		run_text(run, EVENT_NOTICE,
		    "no backup was made, since nothing is pending");
	run_event(run, &e);
}

int
run_work(struct run *run, const struct plan_request *request, struct err *err)
{
	struct event e = {.kind = EVENT_SUMMARY, .rollback = request->rollback};
	int64_t started = clock_ms();
	int r;

	run->done = 0;
	r = run_locked(run, request, err);
	if (r == 0)
		r = (*run->db)->engine->wait(*run->db, err);
	e.count = run->done;
	if (r == 0 && e.count == 0 && run->plan->count == 0) {
		run_nothing(run);
	} else if (r == 0) {
		e.current = run_current(run);
		e.duration_ms = clock_ms() - started;
		run_event(run, &e);
	}
	return r;
}

static int
run_take(struct run *run, const struct plan_request *request, struct err *err)
{
	int r;

	actor_make(run);
	r = lock_take(run, run_has_outside(run), err);
	if (r < 0)
		return r;
	if (run->settings.backup != NULL)
		r = backup_make(run, run->settings.backup, err);
	if (r == 0)
		r = run_work(run, request, err);
	run_unlock(run);
	if (r < 0 && run->restore != NULL)
		err_detail(err, "To go back to the backup: %s", run->restore);
	return r;
}

static void
run_open(struct run *run)
{
	run->arena = arena_new();
	stop_watch(*run->db);
}

void
run_begin(struct run *run)
{
	run_open(run);
	actor_make(run);
}

void
run_end(struct run *run)
{
	stop_watch(NULL);
	run_unload(run);
	arena_free(run->arena);
	run->arena = NULL;
	run->agreed = NULL;
	run->nagreed = 0;
	run->done = 0;
	run->restore = NULL;
}

/* What is to be known of it, beside that it is applied. */
static const char *
run_remark(const struct run *run, const struct step *step)
{
	const struct journal *half = &run->history->journal;

	if (half->present && half->number == step->migration->number)
		return " (half applied; its rollback file runs whole)";
	return strcmp(step->reason, "applied") == 0 ? "" : " (changed since)";
}

/* "Roll back 2 migrations: 003_a, 002_b?", in the order in which they run. */
int
run_confirm(struct run *run, struct err *err)
{
	const struct plan *plan = run->plan;
	const struct step *step;
	struct buf b;
	size_t i;
	int r;

	if (!plan->asks || run->ask == NULL)
		return 0;
	buf_init(&b, BUF_LINE);
	buf_addf(&b,
	    "%s %zu migration%s: ", plan->rollback ? "Roll back" : "Apply",
	    plan->count, plan->count == 1 ? "" : "s");
	for (i = 0; i < plan->count; i++) {
		step = &plan->steps[i];
		buf_addf(&b, "%s%s%s", i > 0 ? ", " : "", step->migration->name,
		    run_remark(run, step));
	}
	buf_addc(&b, '?');
	r = run->ask(run->ask_arg, buf_str(&b), err);
	buf_clear(&b);
	return r;
}

int
run_execute(
    struct run *run, const struct plan_request *request, struct err *err)
{
	int r;

	run_open(run);
	r = run_decide_alone(run, request, err);
	run_unlock(run);
	if (r == 0)
		run_notices(run);
	if (r == 0 && run->plan->count == 0 && !run->state->adopts) {
		run_nothing(run);
	} else if (r == 0) {
		r = record_check_rights(run->history, *run->db,
		    run_has_outside(run) || run->settings.lock_table ||
			run->history->journal.present,
		    err);
		if (r == 0)
			r = run_confirm(run, err);
		if (r == 0)
			r = run_take(run, request, err);
	}
	run_end(run);
	return r < 0 ? stop_reason(err) : r;
}

/* Under the lock: the tables, if they are still to be made. */
int
run_make_tables(struct run *run, struct err *err)
{
	int r;

	do {
		r = run_load(run, err);
		if (r == 0 && (!run->history->complete || run->state->adopts))
			r = adopt_rows(run, err);
	} while (r == STEP_LOOK_AGAIN);
	return r;
}

int
run_prepare(struct run *run, struct err *err)
{
	int r;

	run_begin(run);
	r = run_load(run, err);
	if (r == 0 && (!run->history->complete || run->state->adopts)) {
		r = record_check_rights(run->history, *run->db, false, err);
		if (r == 0)
			r = lock_take(run, false, err);
		if (r == 0)
			r = run_make_tables(run, err);
		run_unlock(run);
	}
	run_end(run);
	return r < 0 ? stop_reason(err) : r;
}
