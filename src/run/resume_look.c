/* Whether a statement that was begun took effect, by what it makes or drops. */
#include <string.h>

#include "run/resume_int.h"
#include "sql/again.h"

/*
 * Put right what is half made, if that is agreed to.  Where there is no one to
 * ask, the hint is of the command that runs.
 */
static int
look_mend(const struct resume *r, struct run *run, const char *question,
    const char *sql, struct err *err)
{
	int code = run->ask == NULL ? 0 : run->ask(run->ask_arg, question, err);

	if (code < 0 && err->hint != NULL) {
		err_forget_hint(err);
		err_hint(err,
		    "If that is what you want: sqlmigrate %s --resume --yes",
		    resume_command(r));
	}
	return code < 0 ? code : db_query(*run->db, NULL, err, sql, 0, NULL);
}

/* A lock of another session's would meet ours in a deadlock. */
static int
look_refuse_busy(const struct resume *r, const char *index, const char *session,
    struct err *err)
{
	err_set(err, ERR_HALF,
	    "another session is building or dropping index %s", index);
	err_detail(err, "It is %s.", session);
	err_hint(err,
	    "1. Wait until it has ended.\n2. Continue: sqlmigrate %s --resume",
	    resume_command(r));
	return ERR_HALF;
}

/* An invalid index is of no use: it goes, and is made again. */
static int
look_drop(
    const struct resume *r, struct run *run, const char *index, struct err *err)
{
	return look_mend(r, run,
	    arena_printf(run->arena,
		"Index %s was left invalid.  Drop it and make it again?",
		index),
	    arena_printf(
		run->arena, "DROP INDEX CONCURRENTLY IF EXISTS %s", index),
	    err);
}

/*
 * What it was to replace is there; it makes new ones when it runs again.  That
 * would wait for any other that is at work.
 */
static int
look_replacements(const struct resume *r, struct run *run, struct err *err)
{
	struct db *db = *run->db;
	const char *session;
	struct rows rows;
	size_t i;
	int code;

	rows_init(&rows);
	code = db->engine->half_made(db, &rows, err);
	for (i = 0; code == 0 && i < rows.nrows; i++) {
		session = rows_get(&rows, i, 3);
		if (rows_number(&rows, i, 1) != 0 && session != NULL)
			code = look_refuse_busy(
			    r, rows_get(&rows, i, 0), session, err);
	}
	for (i = 0; code == 0 && i < rows.nrows; i++)
		if (rows_number(&rows, i, 1) != 0)
			code = look_drop(r, run, rows_get(&rows, i, 0), err);
	rows_clear(&rows);
	return code < 0 ? code : RESUME_RUN;
}

/*
 * One without a name can be told by what is wrong with it, if it is alone: it
 * came after the entry that begins its statement.
 */
static int
look_nameless(
    const struct resume *r, struct run *run, const char *table, struct err *err)
{
	struct db *db = *run->db;
	struct rows rows;
	int way;

	rows_init(&rows);
	way = db->engine->find_half_made(
	    db, table, run->history->tables.journal, &rows, err);
	if (way == 0 && rows.nrows != 1)
		way = RESUME_ASK;
	else if (way == 0)
		way = look_drop(r, run, rows_get(&rows, 0, 0), err);
	rows_clear(&rows);
	return way;
}

/* The error says why; the way on where an index is not taken. */
static int
look_refuse_index(const struct resume *r, const struct run *run,
    const char *index, struct err *err)
{
	err_hint(err,
	    "1. Run in the database: DROP INDEX CONCURRENTLY %s;\n"
	    "   If the index is to stay, run this instead: %s\n"
	    "2. Continue: sqlmigrate %s --resume",
	    index, resume_decides(r, run, "done"), resume_command(r));
	return ERR_HALF;
}

/* What the statement makes cannot be made on an empty table, either. */
static int
look_untold(const struct resume *r, const struct run *run, const char *index,
    struct err *err)
{
	struct err why = ERR_INIT;
	struct db *db = *run->db;
	enum db_failure_kind kind = db->engine->failure(db)->kind;

	if (kind == DB_FAIL_LOST || kind == DB_FAIL_CANCELLED)
		return err->code;
	db->engine->rollback(db);
	err_move(&why, err);
	err_set(err, ERR_HALF,
	    "whether index %s is that of statement %llu of %s cannot be told",
	    index, (unsigned long long)r->half->statement, r->half->name);
	err_detail(err, "%s.", why.message);
	err_clear(&why);
	return look_refuse_index(r, run, index, err);
}

/* A valid index of that name: it may have been made by somebody else. */
static int
look_same(const struct resume *r, struct run *run,
    const struct again_target *target, const char *index, struct err *err)
{
	struct db *db = *run->db;
	const char *is, *makes;
	struct rows rows;
	int way;

	if (target->key == NULL)
		return RESUME_ASK;
	rows_init(&rows);
	way = db->engine->define_index(
	    db, index, target->unique, target->key, &rows, err);
	is = rows_get(&rows, 0, 0);
	makes = rows_get(&rows, 0, 1);
	if (way < 0) {
		way = look_untold(r, run, index, err);
	} else if (is == NULL || makes == NULL) {
		way = RESUME_ASK;
	} else if (strcmp(is, makes) == 0) {
		way = RESUME_DONE;
	} else {
		err_set(err, ERR_HALF,
		    "index %s is not that of statement %llu of %s", index,
		    (unsigned long long)r->half->statement, r->half->name);
		err_detail(err, "It is: %s", is);
		err_detail(err, "The statement makes: %s", makes);
		way = look_refuse_index(r, run, index, err);
	}
	rows_clear(&rows);
	return way;
}

static int
look_index(const struct resume *r, struct run *run, enum again again,
    const struct again_target *target, struct err *err)
{
	struct db *db = *run->db;
	const char *index, *session;
	struct rows rows;
	int way;

	rows_init(&rows);
	way =
	    db->engine->find_index(db, target->name, target->table, &rows, err);
	index = rows_get(&rows, 0, 1);
	session = rows_get(&rows, 0, 2);
	if (way == 0 && index == NULL)
		way = again == AGAIN_CREATE ? RESUME_RUN : RESUME_DONE;
	else if (way == 0 && session != NULL)
		way = look_refuse_busy(r, index, session, err);
	else if (way == 0 && again == AGAIN_DROP)
		way = RESUME_RUN;
	else if (way == 0 && rows_number(&rows, 0, 0) != 0)
		way = look_same(r, run, target, index, err);
	else if (way == 0)
		way = look_drop(r, run, index, err);
	rows_clear(&rows);
	return way;
}

/* The first half of DETACH is durable: the second is another statement. */
static int
look_finalize(const struct resume *r, struct run *run, const char *partition,
    const char *table, struct err *err)
{
	return look_mend(r, run,
	    arena_printf(run->arena,
		"The DETACH of partition %s is pending.  Finalize it?",
		partition),
	    arena_printf(run->arena,
		"ALTER TABLE %s DETACH PARTITION %s FINALIZE", table,
		partition),
	    err);
}

static int
look_partition(const struct resume *r, struct run *run,
    const struct again_target *target, struct err *err)
{
	struct db *db = *run->db;
	struct rows rows;
	int way;

	rows_init(&rows);
	way = db->engine->find_partition(
	    db, target->name, target->table, &rows, err);
	if (way == 0 && rows.nrows == 0) {
		way = RESUME_ASK;
	} else if (way == 0 && rows_number(&rows, 0, 1) != 0) {
		way = look_finalize(
		    r, run, rows_get(&rows, 0, 2), rows_get(&rows, 0, 3), err);
		way = way < 0 ? way : RESUME_DONE;
	} else if (way == 0) {
		way = rows_number(&rows, 0, 0) != 0 ? RESUME_RUN : RESUME_DONE;
	}
	rows_clear(&rows);
	return way;
}

/*
 * Where the operator has said that it did not take effect, that is so; but of
 * a partition the database knows better, and no statement can detach it twice.
 */
int
resume_look(const struct resume *r, struct run *run, const struct statement *st,
    struct err *err)
{
	const struct engine *engine = (*run->db)->engine;
	struct again_target target;
	enum again again;
	int way;

	again = statement_again(engine->dialect, st->text, st->len, &target);
	if (again == AGAIN_SAFE || (r->half->undone && again != AGAIN_DETACH))
		way = RESUME_RUN;
	else if (again == AGAIN_REPLACE && engine->half_made != NULL)
		way = look_replacements(r, run, err);
	else if (again == AGAIN_UNKNOWN || engine->find_index == NULL)
		way = RESUME_ASK;
	else if (again == AGAIN_DETACH)
		way = look_partition(r, run, &target, err);
	else if (target.name == NULL)
		way = look_nameless(r, run, target.table, err);
	else
		way = look_index(r, run, again, &target, err);
	again_clear(&target);
	return way;
}
