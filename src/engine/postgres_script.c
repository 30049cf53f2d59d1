/*
 * The PostgreSQL engine's scripts for psql.
 *
 * A condition is checked by plpgsql, so that the error says what is wrong.
 * The head undoes what a start-up file of psql may have set, an open
 * transaction included; ROLLBACK without one is only a warning.  DISCARD ALL
 * puts the client's encoding back, too: it is set again, as it is
 * before the row of a file that may have changed it.  It also gives up the
 * session's locks, the run lock of a file without a transaction among them.
 */
#include "engine/postgres_int.h"

/* Only tried: who waits for it is in the way of CREATE INDEX CONCURRENTLY. */
#define SCRIPT_LOCK(function)                                              \
	"DO $sqlmigrate$ BEGIN IF NOT pg_catalog." function "("            \
	"pg_catalog.hashtextextended(%s, 0)) THEN RAISE EXCEPTION "        \
	"'sqlmigrate: another run holds the lock' USING HINT = 'Wait for " \
	"it to end: sqlmigrate status tells of it.'; "                     \
	"END IF; END $sqlmigrate$;\n"

/* The session, as log_line_prefix has it in %c: a pid may come again. */
#define SCRIPT_RUN                                                       \
	"(SELECT pg_catalog.format('%s/psql run %s.%s', current_user, "  \
	"pg_catalog.date_part('epoch', a.backend_start)::bigint, a.pid)" \
	" FROM pg_catalog.pg_stat_activity AS a "                        \
	"WHERE a.pid = pg_catalog.pg_backend_pid())"

const struct engine_script postgres_script = {
    .head = "\\set ON_ERROR_STOP on\n\\set QUIET on\n"
	    "\\set AUTOCOMMIT on\n\\set ON_ERROR_ROLLBACK off\n"
	    "\\set SINGLELINE off\n\\set SINGLESTEP off\n"
	    "\\set FETCH_COUNT 0\n"
	    "SET client_min_messages TO error;\nROLLBACK;\nDISCARD ALL;\n"
	    "\\encoding UTF8\n",
    .begin = "BEGIN %s;\n",
    .modes = "READ WRITE",
    .lock = SCRIPT_LOCK("pg_try_advisory_xact_lock"),
    .hold = SCRIPT_LOCK("pg_try_advisory_lock"),
    .key =
	"'sqlmigrate ' || coalesce((SELECT pg_catalog.format('%I.%I', nspname, "
	"relname) FROM pg_class c JOIN pg_namespace n "
	"ON n.oid = relnamespace "
	"WHERE c.oid = to_regclass(pg_catalog.quote_ident(%s))::oid), "
	"pg_catalog.format('%I.%I', current_schema(), %s))",
    .timeout = "SET LOCAL lock_timeout = %s;\n",
    .limit = "SET LOCAL statement_timeout = %s;\n",
    .check = "DO $sqlmigrate$ BEGIN IF NOT (%s) THEN RAISE EXCEPTION "
	     "'sqlmigrate: the history is not as this script expects it'; "
	     "END IF; END $sqlmigrate$;\n",
    .absent = "to_regclass(%s) IS NULL",
    .idle = "DO $sqlmigrate$ DECLARE j record; BEGIN FOR j IN SELECT * FROM %s "
	    "WHERE number <> " LOCK_ROW " LOOP RAISE EXCEPTION "
	    "'sqlmigrate: the % of % is half applied, or being run: it is at "
	    "statement %', CASE j.direction WHEN 'apply' THEN 'migration' "
	    "ELSE j.direction END, j.name, j.statement USING HINT = "
	    "'sqlmigrate status tells which it is, and the way on; this script "
	    "runs when that has ended.'; END LOOP; END $sqlmigrate$;\n",
    .settle = "RESET SESSION AUTHORIZATION;\nRESET ROLE;\n"
	      "RESET search_path;\n"
	      "RESET synchronous_commit;\n\\encoding UTF8\n",
    .aside = "SET LOCAL SESSION AUTHORIZATION DEFAULT;\n"
	     "SET LOCAL role TO DEFAULT;\n"
	     "SET LOCAL search_path TO DEFAULT;\n"
	     "SET LOCAL synchronous_commit TO DEFAULT;\n"
	     "SET LOCAL TimeZone TO DEFAULT;\n"
	     "SET LOCAL client_encoding TO 'UTF8';\n",
    .commit = "SET CONSTRAINTS ALL IMMEDIATE;\nCOMMIT;\n",
    .reset = "DISCARD ALL;\n\\encoding UTF8\n",
    .actor = "current_user::text || '/psql'",
    .run = SCRIPT_RUN,
    .send = "\n\\g\n",
    .backslash = true,
    .variables = true,
};
