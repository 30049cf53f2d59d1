/*
 * The PostgreSQL engine's scripts for psql.
 *
 * A condition is checked by plpgsql, so that the error says what is wrong.
 * DISCARD ALL puts the client's encoding back, too: it is set again, as it is
 * before the row of a file that may have changed it.
 */
#include "engine/postgres_int.h"

const struct engine_script postgres_script = {
    .head = "\\set ON_ERROR_STOP on\n\\set QUIET on\n\\encoding UTF8\n",
    .begin = "BEGIN %s;\n",
    .lock = "DO $sqlmigrate$ BEGIN PERFORM pg_advisory_xact_lock("
	    "pg_catalog.hashtextextended(%s, 0)); END $sqlmigrate$;\n",
    .key =
	"'sqlmigrate ' || coalesce((SELECT pg_catalog.format('%I.%I', nspname, "
	"relname) FROM pg_class c JOIN pg_namespace n "
	"ON n.oid = relnamespace "
	"WHERE c.oid = to_regclass(pg_catalog.quote_ident(%s))), "
	"pg_catalog.format('%I.%I', current_schema(), %s))",
    .timeout = "SET LOCAL lock_timeout = %s;\n",
    .limit = "SET LOCAL statement_timeout = %s;\n",
    .check = "DO $sqlmigrate$ BEGIN IF NOT (%s) THEN RAISE EXCEPTION "
	     "'sqlmigrate: the history is not as this script expects it'; "
	     "END IF; END $sqlmigrate$;\n",
    .settle = "RESET SESSION AUTHORIZATION;\nRESET ROLE;\n"
	      "RESET search_path;\n"
	      "RESET synchronous_commit;\n\\encoding UTF8\n",
    .commit = "SET CONSTRAINTS ALL IMMEDIATE;\nCOMMIT;\n",
    .reset = "DISCARD ALL;\n\\encoding UTF8\n",
    .actor = "current_user || '/psql'",
    .backslash = true,
};
