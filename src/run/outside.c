/*
 * One migration without a transaction around it.
 *
 * The journal says how far it came.  A statement that may run in a
 * transaction commits together with its entry, and so does a whole block of
 * the file's own; any other is journalled as started, then as done.  The row
 * is written when all is done, and the journal's entry goes with it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "run/attempt_int.h"
#include "run/outside_int.h"
#include "run/stop.h"
#include "sql/again.h"

/*
 * The statements since outside_open() may not change others' rows.  A
 * rollback may have deleted its own: the next ones do not look for it.
 */
static int
outside_guard(struct outside *o, struct err *err)
{
	const struct history_row *own = NULL;
	struct db *db = *o->run->db;
	struct history *now = NULL;
	const char *version;
	int r;

	r = db->engine->wait(db, err);
	if (r == 0)
		r = outside_check_journal(o, err);
	if (r == 0 && db->engine->touched(db))
		r = guard_look(o->run, o->step, &now, &own, err);
	if (r == 0 && own != NULL)
		r = writes_version(
		    o->run, o->step->migration, own, &version, err);
	if (r == 0 && now != NULL && o->run->plan->rollback)
		o->tx.expect_row = history_find(now, o->tx.number) != NULL;
	history_free(now);
	return r;
}

/* The statements since outside_open() become durable with their entry. */
static int
outside_close(struct outside *o, bool done, struct err *err)
{
	struct run *run = o->run;
	struct db *db = *run->db;
	struct rows written;
	int r;

	rows_init(&written);
	r = db->engine->settle(db, err);
	if (r == 0)
		r = outside_guard(o, err);
	if (r == 0)
		r = outside_journal(o, done, &written, err);
	if (r == 0 && db->engine->seal != NULL)
		r = db->engine->seal(db, err);
	if (r == 0)
		r = db->engine->wait(db, err);
	/* Without its entry the statement would run again. */
	if (r == 0 && written.affected != 1)
		r = outside_refuse_entry(o, err);
	if (r == 0)
		r = db->engine->commit(db, err);
	rows_clear(&written);
	if (r == 0)
		outside_journalled(o);
	o->ours |= r == 0;
	o->open = o->block = false;
	return r;
}

/* An entry in a transaction of its own: the file may have set a role. */
static int
outside_enter(struct outside *o, bool done, struct err *err)
{
	int r = outside_open(o, err);

	return r != 0 ? r : outside_close(o, done, err);
}

/*
 * A CONCURRENTLY that is ended early leaves an invalid index, and nobody
 * queues up behind it: only the file itself can limit it.
 */
static int
outside_limit(struct outside *o, bool concurrent, struct err *err)
{
	const struct directives *d = &step_script(o->run, o->step)->directives;
	int64_t lock = o->tx.lock_timeout_ms;
	int64_t statement = o->tx.statement_timeout_ms;
	struct db *db = *o->run->db;

	if (db->engine->limit == NULL)
		return 0;
	if (concurrent && d->lock_timeout_ms < 0)
		lock = 0;
	if (concurrent && d->statement_timeout_ms < 0)
		statement = 0;
	return db->engine->limit(db, lock, statement > 0 ? statement : -1, err);
}

static int
outside_unlimit(struct outside *o, struct err *err)
{
	struct db *db = *o->run->db;

	return db->engine->limit == NULL ? 0
					 : db->engine->limit(db, -1, -1, err);
}

/* A statement that cannot be in a transaction, or may commit by itself. */
static int
outside_alone(
    struct outside *o, const struct script_item *item, struct err *err)
{
	struct query q = {
	    .sql = item->statement.text, .place = item->statement.place};
	struct db *db = *o->run->db;
	bool concurrent;
	int r;

	concurrent = statement_is_concurrent(
	    db->engine->dialect, item->statement.text, item->statement.len);
	r = outside_enter(o, false, err);
	if (r == 0)
		r = outside_limit(o, concurrent, err);
	if (r != 0)
		return r;
	o->whole = item->class != STATEMENT_BLOCK ||
	    !outside_may_commit(&item->statement);
	r = body_send(o->run, o->step, &q, err);
	if (r == 0)
		r = db->engine->wait(db, err);
	o->again = r < 0 && o->whole && !concurrent;
	o->whole &= r < 0;
	if (r == 0)
		r = outside_check_index(o, &item->statement, err);
	if (r == 0)
		r = outside_unlimit(o, err);
	return r < 0 ? r : outside_enter(o, true, err);
}

/* A statement that commits together with its entry. */
static int
outside_with_entry(
    struct outside *o, const struct script_item *item, struct err *err)
{
	struct query q = {
	    .sql = item->statement.text, .place = item->statement.place};
	int r;

	o->again = true;
	r = outside_open(o, err);
	if (r == 0)
		r = body_send(o->run, o->step, &q, err);
	return r == 0 ? outside_close(o, true, err) : r;
}

/* Within a block, or with data to follow. */
static int
outside_send(struct outside *o, const struct script_item *item, struct err *err)
{
	struct query q = {
	    .sql = item->statement.text, .place = item->statement.place};
	struct db *db = *o->run->db;
	int r = o->open ? 0 : outside_open(o, err);

	if (r < 0)
		return r;
	return item->statement.copy ? db->engine->copy_begin(db, &q, err)
				    : body_send(o->run, o->step, &q, err);
}

/* Whether the statement did nothing, for a lock, and is to run again. */
static bool
outside_again(struct outside *o, struct attempt *a, struct err *err)
{
	struct db *db = *o->run->db;

	if (!o->again || db->engine->failure(db)->kind != DB_FAIL_RETRY)
		return false;
	body_locate(o->run, o->step, err);
	db->engine->rollback(db);
	o->open = false;
	return attempt_again(o->run, a, err);
}

static int
outside_run_statement(
    struct outside *o, const struct script_item *item, struct err *err)
{
	enum part part = part_of(item, o->block);
	bool expect_row = o->tx.expect_row;
	struct attempt a = {.step = o->step};
	int r;

	if (part == PART_OPEN)
		return outside_send(o, item, err);
	do {
		r = stop_check(err);
		if (r < 0)
			break;
		a.started_ms = clock_ms();
		o->tx.expect_row = expect_row;
		/* The first attempt may have given up the lock. */
		o->again = true;
		r = a.retries > 0 ? outside_check_plan(o, err) : 0;
		if (r != 0)
			continue;
		o->again = false;
		r = part == PART_ALONE ? outside_alone(o, item, err)
				       : outside_with_entry(o, item, err);
	} while (r < 0 && outside_again(o, &a, err));
	return r;
}

static int
outside_statement(
    struct outside *o, const struct script_item *item, struct err *err)
{
	const struct statement *st = &item->statement;
	struct query q = {.sql = st->text, .place = st->place};
	int64_t began = clock_ms();
	int r, way;

	if (part_of(item, o->block || o->resume.block) == PART_SETTING) {
		r = (*o->run->db)->engine->send(*o->run->db, &q, err);
	} else {
		o->at++;
		way = outside_remember(o, st, err);
		if (way == 0)
			way = resume_take(&o->resume, o->run, o->at, st, err);
		o->resume.data = way == RESUME_PASS && st->copy;
		if (way < 0) {
			body_locate_at(o->run, o->step, &o->place, 0, err);
			return way;
		}
		if (way != RESUME_RUN)
			return way == RESUME_DONE ? outside_enter(o, true, err)
						  : 0;
		r = outside_run_statement(o, item, err);
	}
	return r != 0 || st->copy
	    ? r
	    : body_tell_statement(o->run, o->step, st, began, err);
}

/* A block stands in the part that is done, or behind it. */
static int
outside_begin_block(struct outside *o, struct err *err)
{
	const struct journal *half = o->resume.half;

	if (half != NULL && o->at < half->statement) {
		o->resume.block = true;
		return 0;
	}
	o->block = true;
	return outside_open(o, err);
}

static int
outside_end_block(struct outside *o, struct err *err)
{
	if (!o->resume.block)
		return outside_close(o, true, err);
	o->resume.block = false;
	return 0;
}

static int
outside_data(struct outside *o, int what, const struct script_item *item,
    struct err *err)
{
	struct db *db = *o->run->db;
	int r;

	if (o->resume.data)
		return 0;
	if (what == SCRIPT_DATA)
		return db->engine->copy_data(db, &item->statement.place,
		    item->statement.text, item->statement.len, err);
	r = db->engine->copy_end(db, err);
	return r == 0 && !o->block ? outside_close(o, true, err) : r;
}

static int
outside_item(struct outside *o, int what, const struct script_item *item,
    struct err *err)
{
	if (what == SCRIPT_STATEMENT || what == SCRIPT_BLOCK_END)
		o->place = item->statement.place;
	switch (what) {
	case SCRIPT_STATEMENT:
		return outside_statement(o, item, err);
	case SCRIPT_BLOCK_BEGIN:
		return outside_begin_block(o, err);
	case SCRIPT_BLOCK_END:
		return outside_end_block(o, err);
	default:
		return outside_data(o, what, item, err);
	}
}

static int
outside_body(struct outside *o, struct err *err)
{
	struct script_reader *reader;
	struct script_item item;
	int what, r = 0;

	reader = script_reader_open(step_script(o->run, o->step),
	    &o->run->folder->options, &o->run->folder->at, err);
	if (reader == NULL)
		return err->code;
	while (r == 0) {
		what = script_reader_next(reader, &item, err);
		if (what < 0 || what == SCRIPT_END) {
			r = what < 0 ? what : script_reader_finish(reader, err);
			o->place.file = NULL;
			if (r == 0)
				r = resume_end(&o->resume, o->at, err);
			break;
		}
		r = stop_check(err);
		if (r == 0)
			r = outside_item(o, what, &item, err);
	}
	script_reader_close(reader);
	return r;
}

/* The row: the file may have written or deleted it itself, or its table. */
static int
outside_write(struct outside *o, struct step_writes *w, struct err *err)
{
	const struct history_row *own = NULL;
	struct run *run = o->run;
	struct history *now = NULL;
	int r;

	w->may_be_gone = run->plan->rollback;
	r = guard_look(run, o->step, &now, &own, err);
	writes_take_own(run, own, w);
	w->dropped = r == 0 && !now->exists && run->plan->rollback;
	if (r == 0 && !w->dropped)
		r = run->plan->rollback
		    ? writes_rollback(run, o->step, w, err)
		    : writes_apply(run, o->step, own, w, err);
	history_free(now);
	return r;
}

/* All is done: the row, and the end of the journal's entry. */
static int
outside_finish(struct outside *o, struct step_writes *w, struct err *err)
{
	struct run *run = o->run;
	struct db *db = *run->db;
	struct rows ended;
	int r;

	rows_init(&ended);
	r = db->engine->begin(db, &o->tx, err);
	if (r == 0)
		r = db->engine->settle(db, err);
	if (r == 0)
		r = db->engine->wait(db, err);
	if (r == 0)
		r = outside_check_journal(o, err);
	if (r == 0)
		r = outside_write(o, w, err);
	if (r == 0)
		r = writes_log(run, o->step, w->started_ms, err);
	if (r == 0)
		r = outside_end_entry(o, &ended, err);
	if (r == 0 && db->engine->seal != NULL)
		r = db->engine->seal(db, err);
	if (r == 0)
		r = db->engine->wait(db, err);
	if (r == 0)
		r = writes_check(run, w, err);
	if (r == 0 && o->held.present && ended.affected != 1)
		r = outside_refuse_entry(o, err);
	if (r == 0 && run->history->info.fires && !w->dropped)
		r = guard_look_again(run, o->step, err);
	rows_clear(&ended);
	o->finishing = r == 0;
	return r != 0 ? r : db->engine->commit(db, err);
}

/*
 * From the start, or behind what the journal says is done.  The rollback of
 * what is half applied has the place of its entry.
 */
static void
outside_init(struct outside *o)
{
	const struct journal *half = &o->run->history->journal;
	const struct migration *m = o->step->migration;

	rows_init(&o->half_made);
	rows_init(&o->detach);
	if (half->present && half->number == m->number) {
		o->entry_before = o->held = *half;
		o->entry.present = true;
	}
	if (o->entry.present && half->rollback == o->run->plan->rollback) {
		o->entry = *half;
		resume_init(&o->resume, &o->entry_before);
		return;
	}
	resume_init(&o->resume, NULL);
	o->entry.number = m->number;
	o->entry.name = m->name;
	o->entry.rollback = o->run->plan->rollback;
	o->entry.done = true;
}

/* Before anything of the file runs: a lock may be in the way, too. */
static int
outside_begin(struct outside *o, struct err *err)
{
	struct attempt a = {.step = o->step};
	int r;

	do {
		a.started_ms = clock_ms();
		o->again = true;
		r = outside_check_plan(o, err);
	} while (r < 0 && outside_again(o, &a, err));
	return r;
}

int
outside_run(struct run *run, const struct step *step, struct err *err)
{
	struct step_writes w = {.started_ms = clock_ms()};
	struct outside o = {.run = run, .step = step};
	int r;

	rows_init(&w.row);
	transaction_spec(run, step, &o.tx);
	/* What may drop the table cannot have its row looked at behind that. */
	if (run->plan->rollback && step_script(run, step)->own_history)
		o.tx.history = NULL;
	outside_init(&o);
	r = outside_begin(&o, err);
	if (r == 0)
		r = half_made_read(run, &o.half_made, err);
	if (r == 0)
		r = outside_body(&o, err);
	if (r == 0)
		r = outside_check_made(&o, err);
	if (r == 0)
		r = outside_finish(&o, &w, err);
	if (r == STEP_LOOK_AGAIN)
		outside_clean_up(&o);
	else if (r < 0)
		r = outside_fail(&o, &w, err);
	if (r == 0)
		writes_remember(run, step, &w);
	if (r != STEP_LOOK_AGAIN)
		step_ends(
		    run, step, clock_ms() - w.started_ms, r < 0 ? err : NULL);
	if (r == 0)
		r = o.resolved ? step_look_again(run, step + 1)
			       : (*run->db)->engine->reset(*run->db, err);
	rows_clear(&o.detach);
	rows_clear(&o.half_made);
	rows_clear(&w.row);
	resume_clear(&o.resume);
	return r;
}
