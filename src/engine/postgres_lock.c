/*
 * The PostgreSQL engine's run lock: a session advisory lock, only ever tried,
 * since a session that waits for a lock blocks CREATE INDEX CONCURRENTLY.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/postgres_int.h"

/* Behind a pooler the pid that libpq was told is not the backend's own. */
#define TRY_LOCK                                                              \
	"SELECT CASE WHEN $3::bool OR pg_backend_pid() = $2::int "            \
	"THEN pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0))::int " \
	"END"

#define LOCK_TIME "'YYYY-MM-DD HH24:MI:SS TZ'"

/*
 * What a session runs, as more of that text: its first line, without the
 * comments before it.  One that may hold a password, or an address with one,
 * is left out; so is what the server says where it does not tell
 * ("<insufficient privilege>").
 */
#define LOCK_LINE                                                             \
	"CASE WHEN length(line) > 80 THEN left(line, 77) || '...' ELSE line " \
	"END"
#define LOCK_LINE_IN(text)                                                    \
	"(SELECT " text " FROM rtrim(split_part(regexp_replace(a.query, "     \
	"'^([[:space:]]+|--[^\n]*(\n|$))*', ''), '\n', 1), ' \t\r') AS line " \
	"WHERE line <> '' AND a.query !~* '^<|passw(or)?d|secret|://')"
#define LOCK_QUERY                                                   \
	LOCK_LINE_IN("CASE a.state WHEN 'active' THEN ', running ' " \
		     "ELSE ', last ran ' END || "                    \
		     "pg_catalog.quote_literal(" LOCK_LINE ")")

/*
 * concat() leaves out what is null, since we may not see it.  pg_locks: a
 * bigint key's high half is classid, its low half objid.
 */
#define LOCK_HOLDER                                                    \
	"SELECT pg_is_in_recovery()::int, (l.pid IS NOT NULL)::int, "  \
	"pg_catalog.concat(" PG_SESSION ", ', from ' || "              \
	"coalesce(host(a.client_addr), 'this host') || ', since ' || " \
	"to_char(a.backend_start, " LOCK_TIME ")), " LOCK_QUERY        \
	" FROM pg_catalog.hashtextextended($1, 0) AS k "               \
	"LEFT JOIN (pg_locks l JOIN pg_stat_activity a USING (pid)) "  \
	"ON l.locktype = 'advisory' AND l.granted "                    \
	"AND l.objsubid = 1 AND l.pid <> pg_backend_pid() "            \
	"AND l.database = (SELECT oid FROM pg_database "               \
	"WHERE datname = current_database()) "                         \
	"AND l.classid = ((k >> 32) & 4294967295)::oid "               \
	"AND l.objid = (k & 4294967295)::oid LIMIT 1"

/* Our own session is pg_backend_pid(); relkind r, p, m: what ALTER meets. */
#define LOCK_BLOCKERS                                                      \
	"SELECT pg_catalog.concat(" PG_SESSION                             \
	", ', ' || a.state, ', on ' || "                                   \
	"string_agg(DISTINCT l.relation::regclass::text, ', '), "          \
	"', since ' || to_char(a.xact_start, " LOCK_TIME "), " LOCK_QUERY  \
	"), pg_catalog.concat('pid ', a.pid, "                             \
	"' ' || nullif(a.application_name, ''), "                          \
	"': ' || " LOCK_LINE_IN(                                           \
	    LOCK_LINE) ") FROM pg_locks l JOIN pg_class c ON c.oid = "     \
		       "l.relation "                                       \
		       "JOIN pg_stat_activity a USING (pid) "              \
		       "WHERE l.locktype = 'relation' AND l.granted "      \
		       "AND c.relkind IN ('r', 'p', 'm') AND c.oid >= "    \
		       "16384::oid "                                       \
		       "AND l.database = (SELECT oid FROM pg_database "    \
		       "WHERE datname = current_database()) AND a.pid <> " \
		       "pg_backend_pid() "                                 \
		       "GROUP BY a.pid, a.usename, a.application_name, "   \
		       "a.state, a.query, "                                \
		       "a.xact_start ORDER BY a.xact_start LIMIT 3"

/* Of servers that are like PostgreSQL some have none (42883, 0A000). */
static void
lock_explain(const struct postgres *pg, struct err *err)
{
	static const char *const states[] = {SQLSTATE_DENIED, "42883", "0A000"};
	size_t i;

	if (pg->failure.kind != DB_FAIL_STATEMENT)
		return;
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(err->sqlstate, states[i]) == 0)
			err_hint(err,
			    "Where advisory locks cannot be had, --lock=table "
			    "locks a row of the history instead.");
}

static int
lock_try(struct postgres *pg, const char *key, struct err *err)
{
	char pid[24];
	const char *params[] = {key, pid, pg->session_pooler ? "t" : "f"};
	struct rows rows;
	int r;

	snprintf(pid, sizeof(pid), "%d", libpq.PQbackendPID(pg->conn));
	rows_init(&rows);
	r = postgres_ask(pg, &rows, err, TRY_LOCK, 3, params);
	if (r < 0)
		lock_explain(pg, err);
	if (r == 0 && rows_get(&rows, 0, 0) == NULL) {
		r = 1; /* the transactions' own locks have to do */
	} else if (r == 0 && rows_number(&rows, 0, 0) == 1) {
		free(pg->lock_key);
		pg->lock_key = mem_strdup(key);
		r = 1;
	}
	rows_clear(&rows);
	return r;
}

static int
lock_watch_client(struct postgres *pg, struct err *err)
{
	int r;

	if (postgres_is_pooled(pg))
		return 1;
	pg->watch_client = true;
	r = postgres_watch_client(pg, err);
	if (r == 0)
		r = postgres_wait(&pg->db, err);
	return r < 0 ? r : 1;
}

int
postgres_lock_holder(
    struct db *db, const char *key, struct lock_holder *holder, struct err *err)
{
	const char *who, *runs;
	struct rows rows;
	int r;

	*holder = (struct lock_holder){.named = 0};
	rows_init(&rows);
	r = postgres_ask(postgres_of(db), &rows, err, LOCK_HOLDER, 1, &key);
	if (r == 0 && rows_number(&rows, 0, 0) == 1) {
		r = LOCK_UNSEEN;
	} else if (r == 0 && rows_number(&rows, 0, 1) == 1) {
		who = rows_get(&rows, 0, 2);
		runs = rows_get(&rows, 0, 3);
		snprintf(holder->text, sizeof(holder->text), "%s%s", who,
		    runs == NULL ? "" : runs);
		holder->named = strlen(who);
		r = LOCK_HELD;
	}
	rows_clear(&rows);
	return r;
}

int
postgres_try_lock(struct db *db, const char *key, bool outside,
    struct lock_holder *holder, struct err *err)
{
	int r;

	*holder = (struct lock_holder){.named = 0};
	r = lock_try(postgres_of(db), key, err);
	if (r == 1 && outside)
		return lock_watch_client(postgres_of(db), err);
	if (r != 0)
		return r;
	r = postgres_lock_holder(db, key, holder, err);
	return r < 0 ? r : 0;
}

void
postgres_unlock(struct db *db)
{
	struct postgres *pg = postgres_of(db);
	bool held = pg->lock_key != NULL;
	struct err ignored = ERR_INIT;
	int r;

	free(pg->lock_key);
	pg->lock_key = NULL;
	if (held && libpq.PQstatus(pg->conn) == CONNECTION_OK) {
		r = db_query(db, NULL, &ignored,
		    "SELECT pg_advisory_unlock_all()", 0, NULL);
		(void)r;
	}
	err_clear(&ignored);
}

int
postgres_blockers(struct db *db, struct rows *rows, struct err *err)
{
	return postgres_ask(postgres_of(db), rows, err, LOCK_BLOCKERS, 0, NULL);
}
