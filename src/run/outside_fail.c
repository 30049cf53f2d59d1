/* A migration without a transaction that failed: what is left, and is told. */
#include <stdlib.h>
#include <string.h>

#include "migration/log.h"
#include "run/attempt_int.h"
#include "run/outside_int.h"
#include "run/stop.h"
#include "sql/again.h"

bool
outside_may_commit(const struct statement *st)
{
	return strcasestr(st->text, "call") != NULL ||
	    strcasestr(st->text, "commit") != NULL;
}

int
outside_remember(struct outside *o, const struct statement *st, struct err *err)
{
	const struct engine *engine = (*o->run->db)->engine;
	struct again_target target;
	int r = 0;

	rows_clear(&o->detach);
	if (statement_again(engine->dialect, st->text, st->len, &target) ==
		AGAIN_DETACH &&
	    engine->find_partition != NULL)
		r = engine->find_partition(
		    *o->run->db, target.name, target.table, &o->detach, err);
	again_clear(&target);
	return r;
}

/* The command for each index. */
static void
outside_hint_drop(const struct rows *names, struct err *err)
{
	struct buf hint;
	size_t i;

	buf_init(&hint, BUF_TEXT);
	buf_adds(&hint, "Run in the database:");
	for (i = 0; i < names->nrows; i++)
		buf_addf(&hint, " DROP INDEX CONCURRENTLY %s;",
		    rows_get(names, i, 0));
	err_hint(err, "%s", buf_str(&hint));
	buf_clear(&hint);
}

int
outside_check_made(struct outside *o, struct err *err)
{
	struct rows names;
	size_t i;
	int r;

	rows_init(&names);
	r = half_made_since(o->run, &o->half_made, &names, err);
	if (r == 0 && names.nrows > 0) {
		r = err_set(err, ERR_HALF, "index %s was left invalid",
		    rows_get(&names, 0, 0));
		for (i = 1; i < names.nrows; i++)
			err_detail(
			    err, "And so was %s.", rows_get(&names, i, 0));
		outside_hint_drop(&names, err);
	}
	rows_clear(&names);
	return r;
}

int
outside_check_index(
    struct outside *o, const struct statement *st, struct err *err)
{
	struct db *db = *o->run->db;
	struct again_target index;
	struct rows rows;
	int r = 0;

	rows_init(&rows);
	if (statement_again(db->engine->dialect, st->text, st->len, &index) ==
		AGAIN_CREATE &&
	    index.name != NULL && db->engine->find_index != NULL)
		r = db->engine->find_index(
		    db, index.name, index.table, &rows, err);
	if (r == 0 && rows.nrows > 0 && rows_number(&rows, 0, 0) == 0) {
		r = err_set(err, ERR_STATEMENT,
		    "index %s was there already, and is invalid",
		    rows_get(&rows, 0, 1));
		err_place(err, &st->place);
		err_hint(err, "Run: DROP INDEX CONCURRENTLY %s;",
		    rows_get(&rows, 0, 1));
		o->whole = true; /* it did nothing */
	}
	rows_clear(&rows);
	again_clear(&index);
	return r;
}

/* What was in the way comes first: the index would be left invalid again. */
static void
outside_hint_rebuild(const struct outside *o, struct err *err)
{
	bool duplicate = strcmp(err->sqlstate, SQLSTATE_DUPLICATE) == 0;
	char *helps = err->hint;

	err->hint = NULL;
	err_hint(err,
	    "1. %s\n2. Drop what was left invalid, and build it again: "
	    "sqlmigrate %s --resume",
	    helps != NULL   ? helps
		: duplicate ? "Remove the duplicate rows."
			    : "Remove the cause.",
	    direction_name(o->entry.rollback));
	free(helps);
}

/* 1 where an index was left behind. */
static int
outside_tell_indexes(
    const struct outside *o, struct err *failure, struct err *err)
{
	struct rows names;
	size_t i;
	int r;

	rows_init(&names);
	r = half_made_since(o->run, &o->half_made, &names, failure);
	for (i = 0; r == 0 && i < names.nrows; i++)
		err_detail(err, "The invalid index %s was left behind.",
		    rows_get(&names, i, 0));
	if (r == 0 && names.nrows > 0 && !o->entry.done)
		outside_hint_rebuild(o, err);
	r = r < 0 ? r : names.nrows > 0;
	rows_clear(&names);
	return r;
}

/* 1 where the detach of a partition was begun, and is not ended. */
static int
outside_tell_detach(
    const struct outside *o, struct err *failure, struct err *err)
{
	const char *partition = rows_get(&o->detach, 0, 2);
	const char *table = rows_get(&o->detach, 0, 3);
	struct db *db = *o->run->db;
	struct rows rows;
	int r;

	if (partition == NULL)
		return 0;
	rows_init(&rows);
	r = db->engine->find_partition(db, partition, table, &rows, failure);
	if (r == 0 && rows_number(&rows, 0, 1) != 0) {
		err_detail(
		    err, "The DETACH of partition %s is pending.", partition);
		err_hint(err,
		    "Run: ALTER TABLE %s DETACH PARTITION %s FINALIZE;", table,
		    partition);
		r = 1;
	}
	rows_clear(&rows);
	return r;
}

/*
 * An object that the refused statement left half made, or may have, where that
 * cannot be looked at: then the entry stays as it is, since another run might
 * take the object for a whole one.
 */
static bool
outside_tell_half_made(const struct outside *o, struct err *err)
{
	struct err failure = ERR_INIT;
	int r = outside_tell_indexes(o, &failure, err);

	if (r == 0)
		r = outside_tell_detach(o, &failure, err);
	if (r > 0)
		err->code = ERR_HALF;
	else if (r < 0)
		(*o->run->db)->engine->rollback(*o->run->db);
	err_clear(&failure);
	return r != 0;
}

/* What helps, as for a migration in a transaction, and then how to go on. */
static void
outside_hint(const struct outside *o, struct err *err)
{
	const char *command = direction_name(o->entry.rollback);
	char *helps = err->hint;

	if (helps != NULL && strstr(helps, "--resume") != NULL)
		return;
	err->hint = NULL;
	err_hint(err,
	    "1. %s\n2. Continue: sqlmigrate %s --resume\n"
	    "Or see what else can be done: sqlmigrate status",
	    helps != NULL ? helps
			  : "Remove the cause, in the database or in the file.",
	    command);
	free(helps);
}

/* What of a refused migration is there all the same. */
static void
outside_tell_left(const struct outside *o, bool unknown, struct err *err)
{
	uint64_t done = o->entry.statement - !o->entry.done;
	bool as_before = outside_undoes(o) && o->entry.statement == 0;

	if (o->taken) {
		outside_tell_taken(o, err);
		return;
	}
	if (!o->entry.present || o->run->in_doubt)
		return;
	o->run->history->journal.rollback = !as_before && o->entry.rollback;
	if (as_before) {
		step_tell_half(o->run, err);
		return;
	}
	err_detail(err,
	    "%s runs without a transaction: %s%llu of its statements %s done.",
	    o->step->migration->name, unknown ? "at least " : "",
	    (unsigned long long)done, done == 1 ? "is" : "are");
	outside_hint(o, err);
	err->code = ERR_HALF;
}

/*
 * The connection is lost, and what was sent last may be done: the tables tell,
 * on a new one.  0 if the last COMMIT of this run had succeeded,
 * STEP_LOOK_AGAIN if another run has ended the migration.
 */
static int
outside_find_out(struct outside *o, struct err *err)
{
	uint64_t number = o->step->migration->number;
	const struct journal *half;
	struct history *now = NULL;
	bool row;

	if (attempt_look(o->run, o->step->migration->name, &now, err) < 0) {
		o->run->in_doubt = !o->entry.present || o->finishing;
		return err->code;
	}
	half = &now->journal;
	o->entry.present = half->present && half->number == number;
	if (o->entry.present && half->rollback == o->entry.rollback) {
		o->entry.statement = half->statement;
		o->entry.done = half->done;
	}
	row = history_find(now, number) != NULL;
	history_free(now);
	if (o->entry.present || row == o->run->plan->rollback)
		return ERR_CONNECTION;
	/* Not this run's work: it had not come to its last COMMIT. */
	if (!o->finishing)
		return attempt_look_again(o->run, err);
	attempt_tell_committed(o->run);
	err_clear(err);
	return 0;
}

void
outside_clean_up(struct outside *o)
{
	struct err ignored = ERR_INIT;
	struct db *db = *o->run->db;

	db->engine->rollback(db);
	/* The file may have set a role that may not write what follows. */
	if (db->engine->reset(db, &ignored) < 0)
		db->engine->rollback(db);
	err_clear(&ignored);
}

/* Before anything was done: another run was first. */
static bool
outside_raced(struct outside *o, struct err *err)
{
	if (o->ours)
		return false;
	outside_clean_up(o);
	return attempt_raced(o->run, o->step, err) == STEP_LOOK_AGAIN;
}

/* Of a guard the engine may know no more than that it said no. */
static void
outside_tell_lock(const struct outside *o, struct err *err)
{
	if (err->code == ERR_DISAGREE)
		return;
	err_clear(err);
	if (o->taken) {
		(void)outside_set_taken(o, err);
		return;
	}
	err_set(err, ERR_LOCK,
	    "another run has the lock, which this one does not hold any more");
	outside_tell_how(err);
}

/* What is checked at the end of a transaction has no place of its own. */
static void
outside_locate(
    const struct outside *o, enum db_failure_kind kind, struct err *err)
{
	body_locate(o->run, o->step, err);
	if (err->file == NULL && o->place.file != NULL &&
	    (kind == DB_FAIL_STATEMENT || err->sqlstate[0] != '\0'))
		body_locate_at(o->run, o->step, &o->place, 0, err);
}

/* What is left half applied is logged with its statement. */
static void
outside_log(const struct outside *o, uint64_t at, const struct step_writes *w,
    const struct err *err)
{
	bool left = o->entry.present && !o->taken;
	char *text = left ? log_failure(&o->entry, at, err->message) : NULL;

	writes_log_failure(
	    o->run, o->step, w->started_ms, err, left ? text : err->message);
	free(text);
}

int
outside_fail(struct outside *o, const struct step_writes *w, struct err *err)
{
	struct run *run = o->run;
	enum db_failure_kind kind = (*run->db)->engine->failure(*run->db)->kind;
	uint64_t at = o->at;
	int r = 0;

	if (kind == DB_FAIL_GUARD && outside_raced(o, err))
		return STEP_LOOK_AGAIN;
	outside_locate(o, kind, err);
	if (kind == DB_FAIL_CANCELLED)
		stop_reason(err);
	if (kind == DB_FAIL_LOST) {
		r = outside_find_out(o, err);
		o->resolved = r == 0;
		if (r >= 0)
			return r;
		r = *run->db == NULL || run->in_doubt ? r : 0;
	} else {
		outside_clean_up(o);
	}
	if (kind != DB_FAIL_LOST && o->ours)
		o->taken |= outside_is_taken(o);
	if (o->taken && outside_is_ended(o))
		return attempt_look_again(run, err);
	if (kind == DB_FAIL_GUARD)
		outside_tell_lock(o, err);
	if (r == 0 && !outside_tell_half_made(o, err) &&
	    (kind == DB_FAIL_NONE || kind == DB_FAIL_STATEMENT ||
		kind == DB_FAIL_RETRY || kind == DB_FAIL_LOCKED ||
		kind == DB_FAIL_DUPLICATE || kind == DB_FAIL_CANCELLED))
		outside_take_back(o);
	if (r == 0 && *run->db != NULL && kind != DB_FAIL_LOST)
		attempt_explain(run, o->step, err);
	outside_log(o, at, w, err);
	outside_tell_left(o, r < 0, err);
	return err->code;
}
