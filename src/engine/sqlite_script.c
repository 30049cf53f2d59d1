/*
 * The SQLite engine's scripts for the sqlite3 shell.
 *
 * A condition is checked by a constraint of a temporary table, whose name is
 * what the shell's error shows.
 */
#include "engine/sqlite_int.h"

const struct engine_script sqlite_script = {
    .head = ".bail on\n.timeout 5000\n"
	    "CREATE TEMP TABLE sqlmigrate_check (holds INTEGER NOT NULL "
	    "CONSTRAINT \"sqlmigrate: the history is not as this script "
	    "expects it\" CHECK (holds));\n",
    .begin = "BEGIN IMMEDIATE%s;\n",
    .keys = "PRAGMA foreign_keys = %s;\n",
    .check = "INSERT INTO temp.sqlmigrate_check SELECT %s;\n",
    .settle = "",
    .commit = "COMMIT;\n",
    .reset = "",
    .actor = "'sqlite3'",
};
