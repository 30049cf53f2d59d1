/*
 * The PostgreSQL engine: connecting, and the table of its functions.
 *
 * Statements travel in libpq's pipeline mode, one message group each, so that
 * an error names its statement and the server's log holds no other.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/list.h"
#include "engine/postgres_int.h"

#define FULL_PAUSE_MS 200

/*
 * Functions that are qualified and operators that fit exactly: what is in the
 * search path could otherwise fit better (manual, section 10.2).
 */
static const struct engine_words postgres_words = {
    .version_type = "varchar(50)",
    .text_type = "text",
    .integer_type = "bigint",
    .stamp_column = "timestamp NOT NULL DEFAULT timezone('UTC', now())",
    .log_key = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    .log_stamp = "timestamptz NOT NULL DEFAULT clock_timestamp()",
    .stamp_after = "greatest(pg_catalog.timezone('UTC'::text, now()), "
		   "%s::timestamp + interval '1 microsecond')",
    .zoned_type = "timestamp with time zone",
    .zoned_after = "greatest(now(), pg_catalog.timezone('UTC'::text, "
		   "%s::timestamp + interval '1 microsecond'))",
    .zoned_text = "pg_catalog.to_char(pg_catalog.timezone('UTC'::text, %s), "
		  "'YYYY-MM-DD HH24:MI:SS.US')",
    .version_key = "%s::text",
    .stamp_text = "pg_catalog.to_char(%s, 'YYYY-MM-DD HH24:MI:SS.US')",
    .log_stamp_text = "pg_catalog.to_char(%s AT TIME ZONE 'UTC', "
		      "'YYYY-MM-DD HH24:MI:SS.US')",
    .elapsed_ms = "greatest((extract(epoch FROM clock_timestamp() - now())"
		  "::float8 * 1000::float8)::bigint, %s::bigint)",
    .tables_first = true,
    .returning = true,
    .schemas = true,
    .locks_rows = true,
    .alters = true,
};

static void
postgres_notice(void *arg, const PGresult *res)
{
	struct postgres *pg = arg;

	if (pg->notice != NULL)
		pg->notice(pg->notice_arg,
		    libpq.PQresultErrorField(res, PG_DIAG_SEVERITY),
		    libpq.PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
}

/*
 * libpq's message about a failed connection, in one line.  It repeats hosts,
 * names and files, but no password: an address that libpq would repeat is
 * refused before it is used (postgres_address.h).
 */
static char *
postgres_reason(PGconn *conn)
{
	struct buf b;
	char *p;

	buf_init(&b, BUF_LINE);
	buf_adds(&b, libpq.PQerrorMessage(conn));
	while (b.len > 0 && b.data[b.len - 1] == '\n')
		b.data[--b.len] = '\0';
	for (p = b.data; p != NULL && *p != '\0'; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	return buf_take(&b);
}

static PGconn *
postgres_dial(const struct target *t, const struct db_options *o)
{
	char timeout[24];
	/* A later keyword wins over an earlier one: PQconnectdbParams(). */
	const char *keys[] = {"fallback_application_name", "connect_timeout",
	    "dbname", "client_encoding", NULL};
	const char *values[] = {
	    "sqlmigrate", timeout, t->address, "UTF8", NULL};

	snprintf(timeout, sizeof(timeout), "%lld",
	    (long long)((o->connect_timeout_ms + 999) / 1000));
	return libpq.PQconnectdbParams(keys, values, 1);
}

/*
 * Many runners may be more than the server has connections for.  It is told
 * the second time: a first failure may have had another reason, which is gone.
 */
static PGconn *
postgres_dial_patiently(
    const struct target *t, const struct db_options *o, bool *full)
{
	int64_t end = clock_ms() + o->lock_wait_ms;
	PGconn *conn = postgres_dial(t, o);
	int tries = 0;

	while (libpq.PQstatus(conn) != CONNECTION_OK && clock_ms() < end &&
	    (o->stopped == NULL || o->stopped() == 0) &&
	    postgres_is_full(t, o)) {
		if (++tries == 2 && o->notice != NULL)
			o->notice(o->notice_arg, "NOTICE",
			    "the server has no connection free; waiting");
		clock_pause(FULL_PAUSE_MS);
		libpq.PQfinish(conn);
		conn = postgres_dial(t, o);
	}
	*full = tries > 0 && clock_ms() >= end;
	return conn;
}

/* No connection; the server's words are English where they are looked at. */
static int
postgres_refuse(PGconn *conn, const struct target *t,
    const struct db_options *o, bool full, struct err *err)
{
	char *reason = postgres_reason(conn);
	struct buf b;

	err_set(
	    err, ERR_CONNECTION, "cannot connect to %s: %s", t->shown, reason);
	buf_init(&b, BUF_LINE);
	if (full) {
		err_detail(err,
		    "The server had no connection free for %g s "
		    "(--lock-wait).",
		    (double)o->lock_wait_ms / 1000);
		err_hint(err,
		    "End sessions that are idle, raise max_connections (or "
		    "the CONNECTION LIMIT of the role or the database), or "
		    "give a longer --lock-wait.");
	} else if (strstr(reason, "permission denied for database") != NULL) {
		postgres_add_name(conn, &b, libpq.PQdb(conn));
		buf_adds(&b, " TO ");
		postgres_add_name(conn, &b, libpq.PQuser(conn));
		err_hint(err, "As its owner run: GRANT CONNECT ON DATABASE %s;",
		    buf_str(&b));
	}
	postgres_explain_refusal(t, conn, err);
	buf_clear(&b);
	free(reason);
	return ERR_CONNECTION;
}

static void
postgres_identify(struct postgres *pg)
{
	int v = libpq.PQserverVersion(pg->conn);

	snprintf(pg->server, sizeof(pg->server), "PostgreSQL %d.%d", v / 10000,
	    v % 10000);
	pg->identity.database = libpq.PQdb(pg->conn);
	pg->identity.user = libpq.PQuser(pg->conn);
	pg->identity.host = libpq.PQhost(pg->conn);
	pg->identity.server = pg->server;
}

/* 0 would be no limit. */
static void
postgres_limit_reads(struct postgres *pg, int64_t ms)
{
	int limit = ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : (int)ms;

	snprintf(pg->read_limit, sizeof(pg->read_limit),
	    "SELECT pg_catalog.set_config('lock_timeout', '%d', "
	    "true)" PG_NO_LIMIT "%s",
	    limit,
	    libpq.PQserverVersion(pg->conn) >= 170000 ? PG_NO_TRANSACTION_LIMIT
						      : "");
}

static void postgres_close(struct db *);

static int
postgres_open(struct db **out, const struct target *t,
    const struct db_options *o, struct err *err)
{
	struct postgres *pg;
	bool full;

	if (libpq_load(err) < 0)
		return err->code;
	pg = mem_calloc(1, sizeof(*pg));
	pg->db.engine = &engine_postgres;
	pg->notice = o->notice;
	pg->notice_arg = o->notice_arg;
	pg->session_pooler = o->session_pooler;
	postgres_limit_reads(pg, o->lock_wait_ms);
	rows_init(&pg->self);
	rows_init(&pg->opened);
	rows_init(&pg->settled);
	pg->conn = postgres_dial_patiently(t, o, &full);
	if (libpq.PQstatus(pg->conn) != CONNECTION_OK) {
		postgres_refuse(pg->conn, t, o, full, err);
		postgres_close(&pg->db);
		return ERR_CONNECTION;
	}
	libpq.PQsetNoticeReceiver(pg->conn, postgres_notice, pg);
	pg->cancel = libpq.PQgetCancel(pg->conn);
	postgres_identify(pg);
	if (libpq.PQenterPipelineMode(pg->conn) != 1) {
		postgres_close(&pg->db);
		return err_set(err, ERR_CONNECTION,
		    "%s: cannot enter pipeline mode", t->shown);
	}
	postgres_ask_pooler(pg);
	*out = &pg->db;
	return 0;
}

static void
postgres_close(struct db *db)
{
	struct postgres *pg = postgres_of(db);

	if (db == NULL)
		return;
	libpq.PQfreeCancel(pg->cancel);
	libpq.PQfinish(pg->conn);
	rows_clear(&pg->self);
	rows_clear(&pg->opened);
	rows_clear(&pg->settled);
	free(pg->failure_file);
	free(pg->history);
	free(pg->lock_key);
	free(pg);
}

static const struct db_identity *
postgres_identity(struct db *db)
{
	struct postgres *pg = postgres_of(db);

	pg->identity.pooled = postgres_is_pooled(pg);
	return &pg->identity;
}

/* PQcancel() is documented to be safe in a signal handler. */
static void
postgres_cancel(struct db *db)
{
	struct postgres *pg = postgres_of(db);
	char ignored[256];

	pg->cancelled = 1;
	if (pg->child != 0)
		kill(pg->child, SIGTERM);
	libpq.PQcancel(pg->cancel, ignored, sizeof(ignored));
}

static bool
postgres_backslash(struct db *db)
{
	const char *s = libpq.PQparameterStatus(
	    postgres_of(db)->conn, "standard_conforming_strings");

	return s != NULL && strcmp(s, "off") == 0;
}

static const struct db_failure *
postgres_failure(struct db *db)
{
	return &postgres_of(db)->failure;
}

const struct engine engine_postgres = {
    .name = "postgresql",
    .dialect = &dialect_postgres,
    .words = &postgres_words,
    .script = &postgres_script,
    .password_env = "PGPASSWORD",
    .claim = postgres_claim,
    .ambient = postgres_ambient,
    .ready = postgres_ready,
    .password = postgres_password,
    .open = postgres_open,
    .close = postgres_close,
    .identity = postgres_identity,
    .quote_name = postgres_quote_name,
    .quote_text = postgres_quote_text,
    .find_table = postgres_find_table,
    .half_made = postgres_half_made,
    .find_index = postgres_find_index,
    .find_half_made = postgres_find_half_made,
    .define_index = postgres_define_index,
    .find_partition = postgres_find_partition,
    .blockers = postgres_blockers,
    .at_work = postgres_lock_holder,
    .untrusted = postgres_untrusted,
    .send = postgres_send,
    .wait = postgres_wait,
    .copy_begin = postgres_copy_begin,
    .copy_data = postgres_copy_data,
    .copy_end = postgres_copy_end,
    .explain = postgres_explain,
    .limit = postgres_limit,
    .begin = postgres_begin,
    .settle = postgres_settle,
    .touched = postgres_touched,
    .seal = postgres_seal,
    .commit = postgres_commit,
    .commit_send = postgres_commit_send,
    .commit_wait = postgres_commit_wait,
    .rollback = postgres_rollback,
    .reset = postgres_reset,
    .try_lock = postgres_try_lock,
    .lock_holder = postgres_lock_holder,
    .unlock = postgres_unlock,
    .backup = postgres_backup,
    .restore = postgres_restore,
    .scratch_open = postgres_scratch_open,
    .scratch_reset = postgres_scratch_reset,
    .scratch_close = postgres_scratch_close,
    .catalogue = postgres_snapshot,
    .respelled = postgres_respelled,
    .contents = postgres_contents,
    .cancel = postgres_cancel,
    .failure = postgres_failure,
    .backslash = postgres_backslash,
};
