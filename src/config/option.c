/* Options: the one table of them. */
#include "config/option.h"

#include <string.h>

#define FOR_BACK (FOR_ROLLBACK | FOR_PLAN | FOR_REDO)

static const char *const color_choices[] = {"auto", "always", "never", NULL};
static const char *const pooler_choices[] = {"auto", "session", NULL};
static const char *const transaction_choices[] = {"strict", "auto", NULL};
static const char *const onoff_choices[] = {"off", "on", NULL};
static const char *const yesno_choices[] = {"no", "yes", NULL};

const struct option_spec option_table[OPTION_COUNT] = {
    [OPTION_DATABASE] = {.name = "database",
	.letter = 'd',
	.type = VALUE_TEXT,
	.argument = "URL",
	.env = "SQLMIGRATE_DATABASE",
	.env_also = "DATABASE_URL",
	.commands = FOR_ALL,
	.help = "the database: postgresql://USER@HOST/NAME, "
		"key=value pairs as libpq takes them, or sqlite:PATH"},
    [OPTION_DIR] = {.name = "dir",
	.letter = 'm',
	.type = VALUE_TEXT,
	.argument = "DIR",
	.fallback = "migrations",
	.env = "SQLMIGRATE_DIR",
	.commands = FOR_ALL,
	.help = "the folder of the migrations, or - for a tar archive of it on "
		"standard input"},
    [OPTION_TABLE] = {.name = "table",
	.letter = 't',
	.type = VALUE_TEXT,
	.argument = "[SCHEMA.]NAME",
	.fallback = "schema_version",
	.env = "SQLMIGRATE_TABLE",
	.commands = FOR_ALL,
	.help = "the table that records what is applied"},
    [OPTION_ENV] = {.name = "env",
	.letter = 'e',
	.type = VALUE_TEXT,
	.argument = "NAME",
	.env = "SQLMIGRATE_ENV",
	.commands = FOR_ALL,
	.help = "the section of the configuration file to use"},
    [OPTION_CONFIG] = {.name = "config",
	.letter = 'c',
	.type = VALUE_TEXT,
	.argument = "FILE",
	.env = "SQLMIGRATE_CONFIG",
	.commands = FOR_ALL,
	.help = "the configuration file; else sqlmigrate.conf, where there "
		"is one"},
    [OPTION_QUIET] = {.name = "quiet",
	.letter = 'q',
	.type = VALUE_FLAG,
	.env = "SQLMIGRATE_QUIET",
	.commands = FOR_ALL,
	.help = "print nothing but what was asked for, and errors"},
    [OPTION_VERBOSE] = {.name = "verbose",
	.letter = 'v',
	.type = VALUE_REPEAT,
	.env = "SQLMIGRATE_VERBOSE",
	.commands = FOR_ALL,
	.help = "print more: each start, and the database of every command; "
		"twice: each statement, and how long it took"},
    [OPTION_JSON] = {.name = "json",
	.type = VALUE_FLAG,
	.env = "SQLMIGRATE_JSON",
	.commands = FOR_ALL,
	.help = "print one JSON object per line"},
    [OPTION_COLOR] = {.name = "color",
	.type = VALUE_CHOICE,
	.argument = "WHEN",
	.choices = color_choices,
	.fallback = "auto",
	.env = "SQLMIGRATE_COLOR",
	.commands = FOR_ALL,
	.help = "colours: auto (on a terminal), always or never"},
    [OPTION_LOCK_WAIT] = {.name = "lock-wait",
	.type = VALUE_DURATION,
	.argument = "TIME",
	.fallback = "60s",
	.env = "SQLMIGRATE_LOCK_WAIT",
	.commands = FOR_ALL,
	.help = "how long to wait for another run to end"},
    [OPTION_LOCK_TIMEOUT] = {.name = "lock-timeout",
	.type = VALUE_LIMIT,
	.argument = "TIME",
	.fallback = "5s",
	.env = "SQLMIGRATE_LOCK_TIMEOUT",
	.commands = FOR_ALL,
	.help = "how long a statement may wait for a lock, or none"},
    [OPTION_LOCK_RETRIES] = {.name = "lock-retries",
	.type = VALUE_NUMBER,
	.argument = "COUNT",
	.fallback = "10",
	.env = "SQLMIGRATE_LOCK_RETRIES",
	.commands = FOR_ALL,
	.help = "how often a migration that met a lock is tried again"},
    [OPTION_STATEMENT_TIMEOUT] = {.name = "statement-timeout",
	.type = VALUE_LIMIT,
	.argument = "TIME",
	.fallback = "none",
	.env = "SQLMIGRATE_STATEMENT_TIMEOUT",
	.commands = FOR_ALL,
	.help = "how long one statement may run, or none"},
    [OPTION_TRANSACTION] = {.name = "transaction",
	.type = VALUE_CHOICE,
	.argument = "MODE",
	.choices = transaction_choices,
	.fallback = "strict",
	.env = "SQLMIGRATE_TRANSACTION",
	.commands = FOR_ALL,
	.help = "strict: a file that cannot be one transaction is refused; "
		"auto: it runs without one"},
    [OPTION_CONNECT_TIMEOUT] = {.name = "connect-timeout",
	.type = VALUE_DURATION,
	.argument = "TIME",
	.fallback = "10s",
	.env = "SQLMIGRATE_CONNECT_TIMEOUT",
	.commands = FOR_ALL,
	.help = "how long to wait for a connection"},
    [OPTION_POOLER] = {.name = "pooler",
	.type = VALUE_CHOICE,
	.argument = "MODE",
	.choices = pooler_choices,
	.fallback = "auto",
	.env = "SQLMIGRATE_POOLER",
	.commands = FOR_ALL,
	.help = "session: a pooler in between keeps one connection for us "
		"throughout; auto: do not count on it"},
    [OPTION_STORE_ROLLBACK] = {.name = "store-rollback",
	.type = VALUE_CHOICE,
	.argument = "YES|NO",
	.choices = yesno_choices,
	.fallback = "yes",
	.env = "SQLMIGRATE_STORE_ROLLBACK",
	.commands = FOR_ALL,
	.help = "keep the text of rollback files in the database: yes or no"},
    [OPTION_FOREIGN_KEYS] = {.name = "foreign-keys",
	.type = VALUE_CHOICE,
	.argument = "ON|OFF",
	.choices = onoff_choices,
	.fallback = "off",
	.env = "SQLMIGRATE_FOREIGN_KEYS",
	.commands = FOR_ALL,
	.help = "SQLite: enforce foreign keys while migrating: on or off"},
    [OPTION_UNSAFE_SCHEMA] = {.name = "unsafe-schema",
	.type = VALUE_FLAG,
	.env = "SQLMIGRATE_UNSAFE_SCHEMA",
	.commands = FOR_ALL,
	.help = "SQLite: let migrations write to sqlite_schema"},
    [OPTION_HELP] = {.name = "help",
	.letter = 'h',
	.type = VALUE_FLAG,
	.commands = FOR_ALL,
	.help = "print this help"},
    [OPTION_VERSION] = {.name = "version",
	.letter = 'V',
	.type = VALUE_FLAG,
	.commands = FOR_ALL,
	.help = "print the version of sqlmigrate"},
    [OPTION_DRY_RUN] = {.name = "dry-run",
	.type = VALUE_FLAG,
	.commands = FOR_APPLY | FOR_RENUMBER,
	.help = "print what would be done, and change nothing"},
    [OPTION_OUT_OF_ORDER] = {.name = "out-of-order",
	.type = VALUE_FLAG,
	.commands = FOR_APPLY | FOR_PLAN,
	.help = "apply files below the newest applied one, too"},
    [OPTION_SINGLE_TRANSACTION] = {.name = "single-transaction",
	.type = VALUE_FLAG,
	.commands = FOR_APPLY | FOR_PLAN,
	.help = "apply all in one transaction: all or nothing"},
    [OPTION_ROLLBACK] = {.name = "rollback",
	.type = VALUE_FLAG,
	.commands = FOR_PLAN,
	.help = "plan a rollback"},
    [OPTION_TO] = {.name = "to",
	.type = VALUE_TARGET,
	.argument = "TARGET",
	.commands = FOR_BACK,
	.help = "roll back all that stand above TARGET; with plan, the "
		"last to apply"},
    [OPTION_ALL] = {.name = "all",
	.type = VALUE_FLAG,
	.commands = FOR_BACK | FOR_STAMP,
	.help = "take all migrations"},
    [OPTION_CASCADE] = {.name = "cascade",
	.type = VALUE_FLAG,
	.commands = FOR_BACK,
	.help = "roll back later ones, too, newest first"},
    [OPTION_BACKUP] = {.name = "backup",
	.type = VALUE_TEXT,
	.argument = "FILE",
	.commands = FOR_APPLY | FOR_PLAN,
	.help = "write a backup into FILE first, and stop where that fails"},
    [OPTION_STORED] = {.name = "stored",
	.type = VALUE_FLAG,
	.commands = FOR_ROLLBACK | FOR_PLAN,
	.help = "where a file is gone, run the rollback that the database "
		"stores"},
    [OPTION_SQL] = {.name = "sql",
	.type = VALUE_FLAG,
	.commands = FOR_PLAN,
	.help = "write a script for psql or the sqlite3 shell"},
    [OPTION_FROM] = {.name = "from",
	.type = VALUE_TARGET,
	.argument = "TARGET",
	.commands = FOR_PLAN | FOR_RENUMBER,
	.help = "without a database: all up to TARGET is applied, 0 for none"},
    [OPTION_UNDO] = {.name = "undo",
	.type = VALUE_FLAG,
	.commands = FOR_STAMP,
	.help = "delete the rows instead; nothing is rolled back"},
    [OPTION_YES] = {.name = "yes",
	.type = VALUE_FLAG,
	.commands =
	    FOR_APPLY | FOR_ROLLBACK | FOR_REDO | FOR_STAMP | FOR_REPAIR,
	.help = "answer every question with yes"},
    [OPTION_EXIT_CODE] = {.name = "exit-code",
	.type = VALUE_FLAG,
	.commands = FOR_STATUS,
	.help = "end with status 3 where something is pending"},
    [OPTION_MAJOR] = {.name = "major",
	.type = VALUE_FLAG,
	.commands = FOR_NEW,
	.help = "raise the major version: 1.2.3 to 2.0.0"},
    [OPTION_MINOR] = {.name = "minor",
	.type = VALUE_FLAG,
	.commands = FOR_NEW,
	.help = "raise the minor version: 1.2.3 to 1.3.0 (the default)"},
    [OPTION_PATCH] = {.name = "patch",
	.type = VALUE_FLAG,
	.commands = FOR_NEW,
	.help = "raise the patch version: 1.2.3 to 1.2.4"},
    [OPTION_TIMESTAMP] = {.name = "timestamp",
	.type = VALUE_FLAG,
	.commands = FOR_NEW,
	.help = "number it with the time: YYYYMMDDHHMMSS, in UTC"},
    [OPTION_NO_TRANSACTION] = {.name = "no-transaction",
	.type = VALUE_FLAG,
	.commands = FOR_NEW,
	.help = "for statements that cannot run in a transaction"},
    [OPTION_TIMEOUT] = {.name = "timeout",
	.type = VALUE_DURATION,
	.argument = "TIME",
	.fallback = "60s",
	.commands = FOR_WAIT,
	.help = "how long to wait for the database"},
    [OPTION_LINES] = {.name = "lines",
	.letter = 'n',
	.type = VALUE_NUMBER,
	.argument = "COUNT",
	.fallback = "20",
	.commands = FOR_HISTORY,
	.help = "show so many of the newest entries"},
};

enum option_id
option_find(const char *name, size_t len)
{
	enum option_id i;

	for (i = 0; i < OPTION_COUNT; i++)
		if (strlen(option_table[i].name) == len &&
		    memcmp(option_table[i].name, name, len) == 0)
			break;
	return i;
}

enum option_id
option_find_letter(char letter)
{
	enum option_id i;

	for (i = 0; i < OPTION_COUNT; i++)
		if (letter != '\0' && option_table[i].letter == letter)
			break;
	return i;
}

bool
option_is_flag(enum option_id id)
{
	return option_table[id].argument == NULL;
}

bool
option_is_global(enum option_id id)
{
	return option_table[id].commands == FOR_ALL;
}
