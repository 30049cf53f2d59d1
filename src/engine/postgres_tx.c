/*
 * The PostgreSQL engine's transaction: of one migration, with its guards.
 *
 * All of it travels without waiting: begin() and settle() put questions into
 * the stream, and what they found is compared when the answers are in, before
 * COMMIT is sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/postgres_int.h"

/*
 * The limits of the migration's statements, then the run lock at the level
 * of the transaction, which is free for its holder.  Division by zero ends
 * the transaction before the body is reached.
 */
#define BEGIN_LIMITS                                    \
	"SELECT set_config('lock_timeout', $1, true), " \
	"set_config('statement_timeout', "              \
	"coalesce($2, current_setting('statement_timeout')), true)"

/*
 * The look at the history has no limit but that for locks; the limit of the
 * migration's statements, null for what the role or the database has, comes
 * with it.
 */
#define BEGIN_LOOK_LIMIT(value) \
	", pg_catalog.set_config('statement_timeout', " value ", true)"

/* Relatives that have no such lock may not know the settings, either. */
#define BEGIN_LOCK                                                         \
	PG_WATCH_HOST("true")                                              \
	", 1 / pg_try_advisory_xact_lock(pg_catalog.hashtextextended($3, " \
	"0))::int"

/* The same without advisory locks: 55P03 where another has the row. */
#define BEGIN_LOCK_ROW                              \
	"SELECT 1 / count(*) FROM (SELECT FROM %s " \
	"WHERE number = " LOCK_ROW " FOR UPDATE NOWAIT) AS lock"

/*
 * Numbers that show whether the body left the transaction or wrote to the
 * history table.  txid_current() is older than 13's pg_current_xact_id().
 * The counters go on for the whole transaction, rolled back subtransactions
 * included (monitoring statistics, pg_stat_xact_all_tables).  TRUNCATE counts
 * nothing, but gives the table a new file.  A trigger that the body has put
 * on the table is set off by the row of the runner itself.
 */
#define TX_NUMBERS                                         \
	"pg_catalog.txid_current(), h::pg_catalog.oid, "   \
	"pg_catalog.pg_stat_get_xact_tuples_inserted(h), " \
	"pg_catalog.pg_stat_get_xact_tuples_updated(h), "  \
	"pg_catalog.pg_stat_get_xact_tuples_deleted(h), "  \
	"pg_catalog.pg_relation_filenode(h), "             \
	"(SELECT relhastriggers OR relhasrules "           \
	"FROM pg_catalog.pg_class WHERE "                  \
	"oid OPERATOR(pg_catalog.=) h::pg_catalog.oid), "  \
	"pg_catalog.current_setting('track_counts')"
#define TX_COLUMNS 8
#define TX_PREPARED TX_COLUMNS   /* the columns behind them */
#define TX_TEMP (TX_COLUMNS + 1) /* 0: nothing temporary was made */

#define BEGIN_LOOK                                              \
	"SELECT " TX_NUMBERS ", 1 / ((SELECT count(*) FROM %s " \
	"WHERE number = $2::bigint) = $3::bigint)::int%s "      \
	"FROM to_regclass($1) AS h"

#define BEGIN_LOOK_NOTHING "SELECT " TX_NUMBERS "%s FROM to_regclass($1) AS h"

/*
 * The run lock, which the file may have given up, is taken again within the
 * transaction, whose own lock keeps others out meanwhile.
 *
 * Every name is qualified: the body may have set any search_path.  A null
 * value means the default, as in SET ... TO DEFAULT (set_config_by_name() in
 * guc.c); a COMMIT that is told of is to be durable, whatever that is.  The
 * role must be put back before SETTLE_LOOK is planned.
 */
#define SETTLE_UNDO                                                        \
	"SELECT pg_catalog.set_config('session_authorization', "           \
	"NULL, true), "                                                    \
	"pg_catalog.set_config('role', NULL, true), "                      \
	"CASE WHEN pg_catalog.set_config('synchronous_commit', "           \
	"NULL, true) OPERATOR(pg_catalog.=) 'off' THEN "                   \
	"pg_catalog.set_config('synchronous_commit', 'local', true) END, " \
	"pg_catalog.set_config('TimeZone', NULL, true)"

#define SETTLE_LOOK(lock)                                             \
	"SELECT " TX_NUMBERS ", "                                     \
	"(SELECT pg_catalog.count(*) FROM "                           \
	"pg_catalog.pg_prepared_statement()), "                       \
	"pg_catalog.pg_my_temp_schema(), "                            \
	"pg_catalog.set_config('search_path', 'pg_catalog', true), "  \
	"pg_catalog.set_config('client_encoding', 'UTF8', true)" lock \
	" FROM pg_catalog.to_regclass($1) AS h"
#define SETTLE_LOCK                          \
	", pg_catalog.pg_try_advisory_lock(" \
	"pg_catalog.hashtextextended($2, 0))"

static int
tx_push(struct postgres *pg, enum slot_kind kind, struct rows *rows,
    struct err *err, const char *sql, size_t nparams, const char *const *params)
{
	struct query q = {
	    .sql = sql, .nparams = nparams, .params = params, .rows = rows};

	return postgres_push(pg, &q, kind, err);
}

static int
tx_lock(struct postgres *pg, const struct tx *tx, struct err *err)
{
	char sql[768], lock_ms[24], statement_ms[24];
	const char *params[] = {lock_ms, NULL, tx->lock_key};
	struct query q = {.name = "sqlmigrate_lock",
	    .nparams = tx->lock_key == NULL ? 2 : 3,
	    .params = params};

	snprintf(sql, sizeof(sql), BEGIN_LIMITS "%s%s",
	    libpq.PQserverVersion(pg->conn) >= 140000 ? PG_WATCH_CLIENT("true")
						      : "",
	    tx->lock_key == NULL ? "" : BEGIN_LOCK);
	snprintf(
	    lock_ms, sizeof(lock_ms), "%lld", (long long)tx->lock_timeout_ms);
	snprintf(statement_ms, sizeof(statement_ms), "%lld",
	    (long long)tx->statement_timeout_ms);
	if (!tx->discards)
		params[1] = "0"; /* up to tx_look() */
	else if (tx->statement_timeout_ms > 0)
		params[1] = statement_ms;
	q.sql = sql;
	return postgres_push(pg, &q, SLOT_GUARD, err);
}

static int
tx_lock_row(struct postgres *pg, const struct tx *tx, struct err *err)
{
	struct buf sql;
	int r;

	if (tx->lock_row == NULL)
		return 0;
	buf_init(&sql, BUF_LINE);
	buf_addf(&sql, BEGIN_LOCK_ROW, tx->lock_row);
	r = tx_push(pg, SLOT_GUARD, NULL, err, buf_str(&sql), 0, NULL);
	buf_clear(&sql);
	return r;
}

/* The limit of what follows; a file without a transaction keeps its own. */
static const char *
tx_limit(const struct tx *tx, char *text, size_t size)
{
	snprintf(text, size, "%lld", (long long)tx->statement_timeout_ms);
	return tx->statement_timeout_ms > 0 || tx->patient ? text : NULL;
}

static int
tx_look(struct postgres *pg, const struct tx *tx, struct err *err)
{
	char number[24], limit[24];
	const char *params[] = {tx->history, number, tx->expect_row ? "1" : "0",
	    tx_limit(tx, limit, sizeof(limit))};
	const char *nothing[] = {NULL, params[3]};
	struct buf sql;
	int r;

	struct query q = {.name = "sqlmigrate_look",
	    .nparams = tx->discards ? 3 : 4,
	    .params = params,
	    .rows = &pg->opened};

	snprintf(
	    number, sizeof(number), "%llu", (unsigned long long)tx->number);
	buf_init(&sql, BUF_LINE);
	if (tx->history == NULL) {
		q.name = NULL;
		q.params = nothing;
		q.nparams -= 2;
		buf_addf(&sql, BEGIN_LOOK_NOTHING,
		    tx->discards ? "" : BEGIN_LOOK_LIMIT("$2"));
	} else {
		buf_addf(&sql, BEGIN_LOOK, tx->history,
		    tx->discards ? "" : BEGIN_LOOK_LIMIT("$4"));
	}
	q.sql = buf_str(&sql);
	r = postgres_push(
	    pg, &q, tx->history == NULL ? SLOT_QUERY : SLOT_GUARD, err);
	buf_clear(&sql);
	return r;
}

/*
 * The look at the row with the rights of who connected: a file without a
 * transaction may have set a role for its own statements, which comes back
 * with the savepoint.
 */
static int
tx_look_aside(struct postgres *pg, const struct tx *tx, struct err *err)
{
	static const char *const before[] = {"SAVEPOINT sqlmigrate",
	    "SET LOCAL SESSION AUTHORIZATION DEFAULT",
	    "SET LOCAL role TO DEFAULT"};
	static const char *const after[] = {
	    "ROLLBACK TO SAVEPOINT sqlmigrate", "RELEASE sqlmigrate"};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(before) / sizeof(before[0]); i++)
		r = tx_push(pg, SLOT_QUERY, NULL, err, before[i], 0, NULL);
	if (r == 0)
		r = tx_look(pg, tx, err);
	for (i = 0; r == 0 && i < sizeof(after) / sizeof(after[0]); i++)
		r = tx_push(pg, SLOT_QUERY, NULL, err, after[i], 0, NULL);
	return r;
}

static int
tx_open(struct postgres *pg, const struct tx *tx, struct err *err)
{
	struct buf sql;
	int r;

	buf_init(&sql, BUF_LINE);
	/* The default may be what a file without a transaction has set. */
	buf_addf(&sql, "BEGIN %s", tx->discards ? "READ WRITE" : tx->modes);
	r = tx_push(pg, SLOT_QUERY, NULL, err, buf_str(&sql), 0, NULL);
	buf_clear(&sql);
	return r;
}

static int
tx_deallocate(struct postgres *pg, struct err *err)
{
	pg->nprepared = 0;
	return tx_push(pg, SLOT_QUERY, NULL, err, "DEALLOCATE ALL", 0, NULL);
}

/*
 * A migration's own advisory locks go, the run lock stays: the transaction's
 * level keeps it while those of the session are given up.  Not within a
 * transaction: the server looks through all the locks that it holds.
 */
#define DISCARD_LOCKS                                            \
	"SELECT CASE WHEN pg_try_advisory_xact_lock(k) THEN "    \
	"pg_advisory_unlock_all() END, pg_try_advisory_lock(k) " \
	"FROM pg_catalog.hashtextextended($1, 0) AS k"

static int
tx_discard_locks(struct postgres *pg, struct err *err)
{
	const char *params[] = {pg->lock_key};
	struct query q = {.sql = DISCARD_LOCKS,
	    .name = "sqlmigrate_locks",
	    .nparams = 1,
	    .params = params};

	return pg->lock_key == NULL ? 0
				    : postgres_push(pg, &q, SLOT_QUERY, err);
}

/* What DISCARD ALL does; RESET ALL leaves a SET ROLE as it is. */
static int
tx_discard(struct postgres *pg, struct err *err)
{
	static const char *const discard[] = {"CLOSE ALL",
	    "RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL",
	    "UNLISTEN *", "DISCARD TEMP", "DISCARD SEQUENCES"};
	size_t i;
	int r = 0;

	pg->lock_limited = pg->statement_limited = false;
	for (i = 0; r == 0 && i < sizeof(discard) / sizeof(discard[0]); i++)
		r = tx_push(pg, SLOT_QUERY, NULL, err, discard[i], 0, NULL);
	/* Others than ours are the migration's. */
	if (r == 0 &&
	    rows_number(&pg->settled, 0, TX_PREPARED) !=
		(int64_t)pg->nprepared_settled)
		r = tx_deallocate(pg, err);
	return r;
}

int
postgres_begin(struct db *db, const struct tx *tx, struct err *err)
{
	struct postgres *pg = postgres_of(db);
	int r;

	/* What is prepared stays with the session, which a pooler shares. */
	pg->unprepared |=
	    tx->discards || postgres_is_pooled(pg) || tx->lock_key == NULL;
	free(pg->history);
	pg->history = tx->history == NULL ? NULL : mem_strdup(tx->history);
	pg->in_tx = true;
	r = tx->inside ? tx_discard(pg, err) : tx_open(pg, tx, err);
	rows_clear(&pg->opened);
	rows_clear(&pg->settled);
	if (r == 0)
		r = tx_lock(pg, tx, err);
	if (r == 0)
		r = tx_lock_row(pg, tx, err);
	if (r == 0)
		r = tx->discards ? tx_look_aside(pg, tx, err)
				 : tx_look(pg, tx, err);
	return r;
}

int
postgres_settle(struct db *db, struct err *err)
{
	struct postgres *pg = postgres_of(db);
	const char *params[] = {pg->history, pg->lock_key};
	struct query undo = {.sql = SETTLE_UNDO, .name = "sqlmigrate_undo"};
	struct query look = {.sql = SETTLE_LOOK(""),
	    .name = "sqlmigrate_settle",
	    .nparams = 1,
	    .params = params,
	    .rows = &pg->settled};
	int r;

	if (pg->lock_key != NULL) {
		look.sql = SETTLE_LOOK(SETTLE_LOCK);
		look.name = "sqlmigrate_settle_lock";
		look.nparams = 2;
	}

	r = postgres_push(pg, &undo, SLOT_QUERY, err);
	if (r == 0)
		r = postgres_push(pg, &look, SLOT_QUERY, err);
	pg->nprepared_settled = pg->nprepared;
	return r;
}

/* Whether a column of what begin() saw is the same for settle(). */
static bool
tx_same(const struct postgres *pg, size_t col)
{
	return text_same(
	    rows_get(&pg->opened, 0, col), rows_get(&pg->settled, 0, col));
}

/* Once settle() is answered: is it still the transaction of begin()? */
int
postgres_check_tx(struct postgres *pg, struct err *err)
{
	if (!pg->in_tx || pg->settled.nrows == 0 || tx_same(pg, 0))
		return 0;
	pg->failure.kind = DB_FAIL_ESCAPED;
	pg->failure.position = -1;
	pg->failure_code = ERR_STATEMENT;
	err_set(err, ERR_STATEMENT,
	    "the file ended the transaction that it was running in");
	err_detail(err, "What it committed by itself has stayed.");
	return ERR_STATEMENT;
}

bool
postgres_touched(struct db *db)
{
	struct postgres *pg = postgres_of(db);
	const char *counted = rows_get(&pg->settled, 0, TX_COLUMNS - 1);
	size_t i;

	if (pg->history == NULL || counted == NULL ||
	    strcmp(counted, "on") != 0)
		return true;
	for (i = 1; i < TX_COLUMNS; i++)
		if (!tx_same(pg, i))
			return true;
	return false;
}

int
postgres_seal(struct db *db, struct err *err)
{
	return tx_push(postgres_of(db), SLOT_QUERY, NULL, err,
	    "SET CONSTRAINTS ALL IMMEDIATE", 0, NULL);
}

/*
 * Only sent after all of the transaction has been seen to succeed; together
 * with what follows at once, reset() or the wait for the answer.
 */
int
postgres_commit_send(struct db *db, struct err *err)
{
	struct postgres *pg = postgres_of(db);
	int r;

	r = postgres_wait(db, err);
	if (r < 0)
		return r;
	pg->commit = COMMIT_SENT;
	r = tx_push(pg, SLOT_COMMIT, NULL, err, "COMMIT", 0, NULL);
	if (r == 0)
		pg->in_tx = false;
	return r;
}

int
postgres_commit_wait(struct db *db, struct err *err)
{
	return postgres_take_commit(postgres_of(db), err);
}

int
postgres_commit(struct db *db, struct err *err)
{
	struct postgres *pg = postgres_of(db);
	int r;

	r = postgres_commit_send(db, err);
	if (r == 0)
		r = postgres_sync(pg, err);
	pg->commit = COMMIT_NONE;
	pg->in_tx = r != 0;
	return r;
}

void
postgres_rollback(struct db *db)
{
	struct postgres *pg = postgres_of(db);
	int r = 0;

	if (libpq.PQstatus(pg->conn) == CONNECTION_BAD ||
	    pg->failure.kind == DB_FAIL_LOST) {
		pg->queued = 0;
		pg->in_tx = false;
		return;
	}
	if (libpq.PQpipelineStatus(pg->conn) == PQ_PIPELINE_OFF)
		postgres_end_copy(pg);
	postgres_drain(pg);
	pg->in_tx = false;
	postgres_forget_failure(pg);
	if (libpq.PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
		r = tx_push(pg, SLOT_QUERY, NULL, NULL, "ROLLBACK", 0, NULL);
	/* What was skipped was not prepared, either. */
	if (r == 0)
		r = tx_deallocate(pg, NULL);
	if (r == 0)
		postgres_drain(pg);
}

/* For the session: outside a transaction begin() does not see to it. */
int
postgres_watch_client(struct postgres *pg, struct err *err)
{
	return tx_push(pg, SLOT_QUERY, NULL, err,
	    libpq.PQserverVersion(pg->conn) >= 140000
		? "SELECT 1" PG_WATCH_HOST("false") PG_WATCH_CLIENT("false")
		: "SELECT 1" PG_WATCH_HOST("false"),
	    0, NULL);
}

/*
 * With what is temporary goes what was made of it, as the default of a column:
 * who looks at the schema next must not see that.
 */
int
postgres_reset(struct db *db, struct err *err)
{
	struct postgres *pg = postgres_of(db);
	bool waits = pg->commit != COMMIT_SENT &&
	    rows_number(&pg->settled, 0, TX_TEMP) != 0;
	int r = tx_discard(pg, err);

	if (r == 0)
		r = tx_discard_locks(pg, err);
	if (r == 0 && pg->watch_client)
		r = postgres_watch_client(pg, err);
	if (r == 0)
		r = postgres_end_group(pg, err);
	return r == 0 && waits ? postgres_sync(pg, err) : r;
}
