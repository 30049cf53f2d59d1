/*
 * Running one statement.
 *
 * The text goes to SQLite with its NUL and without a length, which spares a
 * copy; nothing is allocated here unless rows are wanted or something fails.
 */
#include "engine/sqlite_int.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

int
sqlite_on_progress(void *db)
{
	struct sqlite_db *s = db;

	if (s->deadline_ms == 0 || clock_ms() < s->deadline_ms)
		return 0;
	s->timed_out = true;
	return 1;
}

void
sqlite_cancel(struct db *db)
{
	struct sqlite_db *s = sqlite_of(db);
	sqlite3 *handle = atomic_load(&s->live);

	atomic_store(&s->cancelled, true);
	if (handle != NULL)
		sqlite3_interrupt(handle);
}

/* Whether a text holds nothing but white space, comments and semicolons. */
static bool
text_is_void(const char *p)
{
	while (*p != '\0') {
		if (strchr(" \t\n\f\r;", *p) != NULL) {
			p++;
		} else if (p[0] == '-' && p[1] == '-') {
			p += strcspn(p, "\n");
		} else if (p[0] == '/' && p[1] == '*') {
			p = strstr(p + 2, "*/");
			if (p == NULL)
				return true;
			p += 2;
		} else {
			return false;
		}
	}
	return true;
}

/*
 * Bind $1, $2, ...  SQLite numbers them in the order in which they appear, so
 * each is found by its name.  One without a value would silently be null.
 */
static int
statement_bind(struct sqlite_db *s, const struct query *q, sqlite3_stmt *stmt)
{
	int bound = 0, at, rc;
	char name[24];
	size_t i;

	for (i = 0; i < q->nparams; i++) {
		sqlite3_snprintf(sizeof(name), name, "$%lld", (long long)i + 1);
		at = sqlite3_bind_parameter_index(stmt, name);
		if (at == 0)
			continue;
		bound++;
		rc = sqlite3_bind_text(
		    stmt, at, q->params[i], -1, SQLITE_STATIC);
		if (rc != SQLITE_OK)
			return sqlite_fail_rc(s, q, rc);
	}
	if (bound == sqlite3_bind_parameter_count(stmt))
		return 0;
	sqlite_fail(s, q, DB_FAIL_STATEMENT, ERR_STATEMENT,
	    "the statement has a parameter without a value");
	err_hint(&s->err,
	    "?, :name, @name and $name stand for values that a "
	    "program gives; a script has none.");
	return s->err.code;
}

static int
statement_refuse(struct sqlite_db *s, const struct query *q)
{
	sqlite_fail(
	    s, q, DB_FAIL_ESCAPED, ERR_STATEMENT, "%s", s->guard.refused);
	err_hint(&s->err,
	    "Put the line -- sqlmigrate: no-transaction at the top of the "
	    "file, or take the statement out.");
	return s->err.code;
}

/* Compile; *stmt is NULL where there is nothing to run. */
static int
statement_prepare(
    struct sqlite_db *s, const struct query *q, sqlite3_stmt **stmt)
{
	const char *tail;
	int rc;

	s->guard.refused = NULL;
	s->guard.preparing = true;
	rc = sqlite3_prepare_v3(s->handle, q->sql, -1, 0, stmt, &tail);
	s->guard.preparing = false;
	if (rc != SQLITE_OK && s->guard.refused != NULL)
		return statement_refuse(s, q);
	if (rc != SQLITE_OK)
		return sqlite_fail_rc(s, q, rc);
	if (*tail != '\0' && !text_is_void(tail)) {
		sqlite_fail(s, q, DB_FAIL_STATEMENT, ERR_STATEMENT,
		    "SQLite ends the statement earlier than expected");
		err_detail(&s->err, "What stands behind its end was not run.");
		s->failure.position =
		    (int64_t)text_count_chars(q->sql, (size_t)(tail - q->sql));
		return s->err.code;
	}
	return *stmt == NULL ? 0 : statement_bind(s, q, *stmt);
}

static void
statement_take_row(struct rows *rows, sqlite3_stmt *stmt)
{
	int i, n = sqlite3_column_count(stmt);

	if (rows->most > 0 && rows->nrows == rows->most) {
		rows->left_out++;
		return;
	}
	rows_add(rows, (size_t)n);
	for (i = 0; i < n; i++)
		rows_set(rows, (size_t)i,
		    (const char *)sqlite3_column_text(stmt, i));
	for (i = 0; rows->most > 0 && rows->nrows == 1 && i < n; i++)
		rows_name(rows, (size_t)i, sqlite3_column_name(stmt, i));
}

static int
statement_step(struct sqlite_db *s, const struct query *q, sqlite3_stmt *stmt)
{
	int before = sqlite3_total_changes(s->handle), rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (q->rows != NULL)
			statement_take_row(q->rows, stmt);
	if (rc != SQLITE_DONE)
		return sqlite_fail_rc(s, q, rc);
	/* sqlite3_changes() alone is that of an earlier statement. */
	if (q->rows != NULL)
		q->rows->affected = sqlite3_total_changes(s->handle) != before
		    ? (uint64_t)sqlite3_changes(s->handle)
		    : 0;
	return 0;
}

/*
 * A migration's statement leaves the connection in the state in which it was
 * sent.  OR ROLLBACK and RAISE(ROLLBACK) end a transaction, SAVEPOINT outside
 * of one opens one.
 */
static void
statement_check_escape(struct sqlite_db *s, const struct query *q)
{
	bool open = sqlite3_get_autocommit(s->handle) == 0;

	if (s->failed || open == s->in_tx)
		return;
	sqlite_fail(s, q, DB_FAIL_ESCAPED, ERR_STATEMENT,
	    open ? "the statement left a transaction open"
		 : "the statement ended the migration's transaction");
}

int
sqlite_run(struct sqlite_db *s, const struct query *q)
{
	bool body = q->place.file != NULL;
	sqlite3_stmt *stmt = NULL;

	if (!sqlite_usable(s))
		return s->err.code;
	sqlite_busy_begin(s, q->at_once);
	s->timed_out = false;
	if (body && s->timeout_ms > 0)
		s->deadline_ms = clock_ms() + s->timeout_ms;
	s->guard.body = body;
	if (statement_prepare(s, q, &stmt) == 0 && stmt != NULL)
		statement_step(s, q, stmt);
	sqlite3_finalize(stmt);
	s->guard.body = false;
	s->deadline_ms = 0;
	if (body)
		statement_check_escape(s, q);
	if (s->failed && q->rows != NULL)
		rows_clear(q->rows);
	return s->failed ? s->err.code : 0;
}

int
sqlite_exec(struct sqlite_db *s, const char *sql)
{
	struct query q = {.sql = sql};

	return sqlite_run(s, &q);
}

int
sqlite_send(struct db *db, const struct query *q, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);

	sqlite_run(s, q);
	return sqlite_report(s, err);
}

int
sqlite_wait(struct db *db, struct err *err)
{
	return sqlite_report(sqlite_of(db), err);
}
