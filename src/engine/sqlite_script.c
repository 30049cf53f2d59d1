/*
 * The SQLite engine's scripts for the sqlite3 shell.
 *
 * A condition is checked by a constraint of a temporary table, whose name is
 * what the shell's error shows.
 */
#include "engine/sqlite_int.h"

/* What a file, or a start-up file of the shell, may have set. */
#define SCRIPT_RESET                                \
	"PRAGMA case_sensitive_like = off;\n"       \
	"PRAGMA ignore_check_constraints = off;\n"  \
	"PRAGMA legacy_alter_table = off;\n"        \
	"PRAGMA query_only = off;\n"                \
	"PRAGMA recursive_triggers = off;\n"        \
	"PRAGMA reverse_unordered_selects = off;\n" \
	"PRAGMA writable_schema = off;\n"

const struct engine_script sqlite_script = {
    .head =
	".bail on\n.timeout 5000\n" SCRIPT_RESET
	"CREATE TEMP TABLE sqlmigrate_check (holds INTEGER NOT NULL "
	"DEFAULT 1 CONSTRAINT \"sqlmigrate: the history is not as this "
	"script expects it\" CHECK (holds), idle INTEGER NOT NULL "
	"DEFAULT 1 CONSTRAINT \"sqlmigrate: a migration is half applied, or "
	"being run: sqlmigrate status tells which and the way on\" "
	"CHECK (idle));\n"
	"CREATE TEMP TABLE sqlmigrate_run AS "
	"SELECT lower(hex(randomblob(8))) AS run;\n",
    .begin = "BEGIN IMMEDIATE%s;\n",
    .modes = "",
    .keys = "PRAGMA foreign_keys = %s;\n",
    .check = "INSERT INTO temp.sqlmigrate_check (holds) SELECT %s;\n",
    .absent = "NOT EXISTS (SELECT 1 FROM main.sqlite_master "
	      "WHERE name = %s COLLATE NOCASE)",
    .idle = "INSERT INTO temp.sqlmigrate_check (idle) SELECT count(*) = 0 "
	    "FROM %s WHERE number <> " LOCK_ROW ";\n",
    .settle = "",
    .aside = "",
    .commit = "COMMIT;\n",
    .reset = SCRIPT_RESET,
    .actor = "'sqlite3'",
    .run = "'sqlite3 run ' || (SELECT run FROM temp.sqlmigrate_run)",
    .separators = true,
    .strips_cr = true,
};
