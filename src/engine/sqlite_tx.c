/*
 * A migration's transaction on SQLite.
 *
 * BEGIN IMMEDIATE takes the only write lock there is, so between it and the
 * COMMIT no other runner exists: it is the run lock of a transactional
 * migration.  A deferred BEGIN would deadlock with another at the first write.
 */
#include "engine/sqlite_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PROGRESS_STEPS 2000 /* of the virtual machine, between looks */

/* The session is the connection's own again. */
static void
tx_end(struct sqlite_db *s)
{
	s->in_tx = false;
	s->hoisted = false;
	s->busy.limit_ms = s->opts.lock_wait_ms;
	s->timeout_ms = 0;
	if (s->handle != NULL)
		sqlite3_progress_handler(s->handle, 0, NULL, NULL);
	sqlite_keys_restore(s);
}

static void
tx_set_up(struct sqlite_db *s, const struct tx *tx)
{
	s->timeout_ms = tx->statement_timeout_ms;
	if (s->timeout_ms > 0)
		sqlite3_progress_handler(
		    s->handle, PROGRESS_STEPS, sqlite_on_progress, s);
	s->hoisted = tx->foreign_keys >= 0;
	if (s->hoisted)
		sqlite_keys_hoist(s, tx->foreign_keys);
	s->guard.settings = false;
	sqlite_guard_watch(&s->guard, tx->history);
}

/* Whether the migration's row is as the plan has it, now under the lock. */
static void
tx_check_row(struct sqlite_db *s, const struct tx *tx)
{
	char number[24];
	const char *params[] = {number};
	struct rows rows;
	struct buf sql;
	struct query q = {.nparams = 1, .params = params, .rows = &rows};

	if (tx->history == NULL)
		return;
	rows_init(&rows);
	buf_init(&sql, BUF_LINE);
	/* As a number: the column of a table made by hand may have no type. */
	buf_addf(&sql,
	    "SELECT count(*) FROM %s WHERE number = CAST($1 AS integer)",
	    tx->history);
	snprintf(number, sizeof(number), "%" PRIu64, tx->number);
	q.sql = buf_str(&sql);
	if (sqlite_run(s, &q) == 0 &&
	    (rows_number(&rows, 0, 0) > 0) != tx->expect_row)
		sqlite_fail(s, NULL, DB_FAIL_GUARD, ERR_DISAGREE,
		    "another runner was here first: migration %" PRIu64
		    " %s by now",
		    tx->number,
		    tx->expect_row ? "was rolled back" : "is applied");
	buf_clear(&sql);
	rows_clear(&rows);
}

/*
 * A run without a transaction is none of ours between its statements: it has
 * the file.  While we keep the database, whoever has it waits for us.
 */
static void
tx_check_lock(struct sqlite_db *s, const struct tx *tx)
{
	struct lock_holder holder;
	struct err why = ERR_INIT;
	int r;

	if (tx->lock_key == NULL || tx->inside || s->kept || s->lock_fd >= 0)
		return;
	r = sqlite_lock_holder(&s->base, tx->lock_key, &holder, &why);
	if (r == LOCK_HELD) {
		sqlite_fail(s, NULL, DB_FAIL_GUARD, ERR_LOCK,
		    "another run holds the lock%s%s",
		    *holder.text == '\0' ? "" : ": ", holder.text);
	} else if (r < 0) {
		sqlite_fail(s, NULL, DB_FAIL_STATEMENT, ERR_STATEMENT, "%s",
		    why.message);
		err_hint(&s->err, "%s", why.hint);
	}
	err_clear(&why);
}

/* A new connection is what forgets session state, and now there can be none. */
static void
tx_check_clean(struct sqlite_db *s)
{
	if (!s->guard.dirty)
		return;
	sqlite_fail(s, NULL, DB_FAIL_STATEMENT, ERR_STATEMENT,
	    "the migration before it left a setting or a temporary object "
	    "behind, which this one would see");
	err_hint(&s->err, "Apply that one by itself, in a run before.");
}

/*
 * The locks that a statement or the COMMIT waits for, once this transaction
 * keeps other writers out, are readers': behind them new readers queue up.
 */
static void
tx_limit(struct sqlite_db *s, const struct tx *tx)
{
	if (!tx->patient && tx->lock_timeout_ms > 0 &&
	    tx->lock_timeout_ms < s->opts.lock_wait_ms)
		s->busy.limit_ms = tx->lock_timeout_ms;
	s->busy.line = tx->lock_timeout_line;
}

/*
 * A database that this run has made is nobody else's until it ends: keeping
 * its lock spares what SQLite does to share a file (a sixth of the time of
 * small migrations).  Only with the write lock had: in this mode a reader
 * would keep its lock, too, and two such would wait for each other.  And not
 * where migrations without a transaction lie open to others anyway.
 */
static void
tx_keep(struct sqlite_db *s)
{
	if (s->who.created && !s->kept && s->lock_fd < 0 &&
	    sqlite_read_header(s).write_version != SQLITE_VERSION_WAL)
		s->kept =
		    sqlite_exec(s, "PRAGMA main.locking_mode = exclusive") == 0;
}

static void
tx_open(struct sqlite_db *s)
{
	s->in_tx = sqlite_exec(s, "BEGIN IMMEDIATE") == 0;
	if (s->failed && s->failure.kind == DB_FAIL_RETRY)
		s->failure.kind = DB_FAIL_LOCKED;
}

int
sqlite_begin(struct db *db, const struct tx *tx, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);

	if (!sqlite_usable(s))
		return sqlite_report(s, err);
	tx_set_up(s, tx);
	if (tx->inside)
		tx_check_clean(s);
	/* BEGIN IMMEDIATE succeeds on such a database, as a reader's. */
	else if (sqlite3_db_readonly(s->handle, "main") != 0)
		sqlite_fail_rc(s, NULL, SQLITE_READONLY);
	else
		tx_open(s);
	if (!s->failed)
		tx_limit(s, tx);
	if (!s->failed)
		tx_check_lock(s, tx);
	if (!s->failed)
		tx_keep(s);
	if (!s->failed)
		tx_check_row(s, tx);
	if (!s->failed && !tx->inside)
		sqlite_keys_note(s);
	return sqlite_report(s, err);
}

/*
 * What a body may have set that the runner's own statements would feel.  The
 * last one reads the schema again: a broken one must not be committed.
 */
static void
tx_put_back(struct sqlite_db *s)
{
	static const char *const sql[] = {"PRAGMA query_only = off",
	    "PRAGMA ignore_check_constraints = off",
	    "PRAGMA writable_schema = reset",
	    "SELECT 1 FROM main.sqlite_master LIMIT 1"};
	size_t i;

	for (i = 0; i < sizeof(sql) / sizeof(sql[0]) && !s->failed; i++)
		sqlite_exec(s, sql[i]);
}

int
sqlite_settle(struct db *db, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);

	if (sqlite_usable(s) && sqlite3_get_autocommit(s->handle) != 0)
		sqlite_fail(s, NULL, DB_FAIL_ESCAPED, ERR_STATEMENT,
		    "the migration ended the runner's transaction");
	if (!s->failed && s->guard.settings)
		tx_put_back(s);
	return sqlite_report(s, err);
}

bool
sqlite_touched(struct db *db)
{
	return sqlite_of(db)->guard.touched;
}

int
sqlite_seal(struct db *db, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);

	if (sqlite_usable(s))
		sqlite_keys_check(s);
	return sqlite_report(s, err);
}

/*
 * A COMMIT that fails keeps the transaction open, and it can be rolled back.
 * Where the transaction is gone nevertheless (an I/O error while the journal
 * was deleted), only the file knows whether it was committed.
 */
int
sqlite_commit(struct db *db, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);

	if (!sqlite_usable(s))
		return sqlite_report(s, err);
	if (sqlite_exec(s, "COMMIT") == 0) {
		tx_end(s);
		s->busy.told = false;
	} else if (sqlite3_get_autocommit(s->handle) != 0) {
		s->failure.kind = DB_FAIL_LOST;
	}
	return sqlite_report(s, err);
}

void
sqlite_rollback(struct db *db)
{
	struct sqlite_db *s = sqlite_of(db);

	if (s->handle != NULL && sqlite3_get_autocommit(s->handle) == 0)
		sqlite3_exec(s->handle, "ROLLBACK", NULL, NULL, NULL);
	tx_end(s);
	s->failed = false;
	/* The row of the log that tells of the failure is still to come. */
	if (s->handle != NULL && s->guard.settings)
		tx_put_back(s);
	s->guard.settings = false;
	s->failed = false;
	memset(&s->failure, 0, sizeof(s->failure));
}
