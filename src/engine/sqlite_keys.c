/*
 * Foreign keys during one transaction.
 *
 * PRAGMA foreign_keys does nothing inside a transaction, silently, so a
 * file's own is set before BEGIN and put back after the end.  Where the file
 * turned enforcement off, as a rebuild of a table must (its DROP TABLE would
 * delete the children's rows), the violations before and after the body are
 * compared: those that were there already are not the migration's fault.
 */
#include "engine/sqlite_int.h"

#include <string.h>

/* Text throughout, so that strcmp() sorts as SQLite did. */
static const char violations_sql[] =
    "SELECT \"table\", coalesce(CAST(rowid AS text), ''), parent "
    "FROM pragma_foreign_key_check ORDER BY 1, 2, 3";

#define VIOLATION_COLUMNS 3

void
sqlite_keys_hoist(struct sqlite_db *s, int wanted)
{
	sqlite3_db_config(
	    s->handle, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &s->keys.restore);
	sqlite3_db_config(s->handle, SQLITE_DBCONFIG_ENABLE_FKEY, wanted, NULL);
	s->keys.watched = wanted == 0;
}

void
sqlite_keys_restore(struct sqlite_db *s)
{
	if (s->keys.restore >= 0 && s->handle != NULL)
		sqlite3_db_config(s->handle, SQLITE_DBCONFIG_ENABLE_FKEY,
		    s->keys.restore, NULL);
	s->keys.restore = -1;
	s->keys.watched = false;
	rows_clear(&s->keys.before);
}

int
sqlite_keys_note(struct sqlite_db *s)
{
	struct query q = {.sql = violations_sql, .rows = &s->keys.before};

	if (!s->keys.watched || sqlite_run(s, &q) == 0)
		return 0;
	if (s->failure.kind != DB_FAIL_STATEMENT)
		return s->err.code;
	/*
	 * A key that refers to no unique column cannot be checked.  The
	 * migration may be there to mend that: nothing to compare with.
	 */
	s->failed = false;
	s->keys.watched = false;
	return 0;
}

static int
violation_compare(
    const struct rows *a, size_t i, const struct rows *b, size_t j)
{
	size_t col;
	int c = 0;

	for (col = 0; col < VIOLATION_COLUMNS && c == 0; col++)
		c = strcmp(rows_get(a, i, col), rows_get(b, j, col));
	return c;
}

/* The first row of now that before does not have; the number of rows. */
static size_t
violation_first_new(const struct rows *before, const struct rows *now)
{
	size_t i = 0, j = 0;
	int c;

	while (j < now->nrows) {
		c = i == before->nrows ? 1
				       : violation_compare(before, i, now, j);
		if (c > 0)
			break;
		i++;
		j += c == 0;
	}
	return j;
}

static void
violation_fail(struct sqlite_db *s, const struct rows *now, size_t i)
{
	const char *table = rows_get(now, i, 0), *rowid = rows_get(now, i, 1);

	sqlite_fail(s, NULL, DB_FAIL_STATEMENT, ERR_STATEMENT,
	    "the migration leaves a foreign key violated: %s%s of table %s "
	    "refers to a row of %s that is not there",
	    *rowid == '\0' ? "a row" : "the row with rowid ", rowid, table,
	    rows_get(now, i, 2));
	err_hint(&s->err,
	    "Let the migration mend or delete such rows before it ends.");
}

/* Constraints that are deferred to the COMMIT, which would fail. */
static bool
keys_deferred(struct sqlite_db *s)
{
	int current = 0, high = 0;

	sqlite3_db_status(
	    s->handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &high, 0);
	return current != 0;
}

int
sqlite_keys_check(struct sqlite_db *s)
{
	bool deferred = keys_deferred(s);
	struct rows now;
	struct query q = {.sql = violations_sql, .rows = &now};
	size_t i;

	if (!s->keys.watched && !deferred)
		return 0;
	rows_init(&now);
	if (sqlite_run(s, &q) == 0) {
		i = violation_first_new(&s->keys.before, &now);
		if (i < now.nrows)
			violation_fail(s, &now, i);
		else if (deferred)
			sqlite_fail(s, NULL, DB_FAIL_STATEMENT, ERR_STATEMENT,
			    "FOREIGN KEY constraint failed");
	}
	rows_clear(&now);
	return s->failed ? s->err.code : 0;
}
