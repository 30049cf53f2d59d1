/* SQLite's rules. */
#include "sql/classify_int.h"

/*
 * After PRAGMA: whether it sets one of the names, which have | between them;
 * any name where they are NULL.
 */
static bool
test_pragma(struct words w, const char *names)
{
	struct words name;

	do {
		name = w;
		if (!words_take_name(&w))
			return false;
	} while (words_take_mark(&w, '.'));
	return (*w.p == '=' || words_is_mark(&w, '(')) &&
	    (names == NULL || words_is_value(&name, names));
}

/* After PRAGMA: whether it is one of the names, with a value or without. */
static bool
test_pragma_name(struct words w, const char *names)
{
	struct words name;

	do {
		name = w;
		if (!words_take_name(&w))
			return false;
	} while (words_take_mark(&w, '.'));
	return words_is_value(&name, names);
}

const struct statement_rule sqlite_rules[] = {
    {"begin deferred|immediate|exclusive? transaction? END", STATEMENT_BEGIN,
	NULL, NULL},
    {"begin deferred|immediate|exclusive? transaction NAME END",
	STATEMENT_BEGIN, NULL, NULL},
    {"commit transaction? END", STATEMENT_COMMIT, NULL, NULL},
    {"commit transaction NAME END", STATEMENT_COMMIT, NULL, NULL},
    {"end transaction? END", STATEMENT_COMMIT, NULL, NULL},
    {"end transaction NAME END", STATEMENT_COMMIT, NULL, NULL},
    {"rollback transaction? to", STATEMENT_SAVEPOINT, NULL, NULL},
    {"rollback transaction NAME to", STATEMENT_SAVEPOINT, NULL, NULL},
    {"rollback", STATEMENT_ROLLBACK, NULL, NULL},
    {"savepoint", STATEMENT_SAVEPOINT, NULL, NULL},
    {"release", STATEMENT_SAVEPOINT, NULL, NULL},
    {"vacuum", STATEMENT_OUTSIDE, NULL, NULL},
    {"attach", STATEMENT_OUTSIDE, NULL, NULL},
    {"detach", STATEMENT_OUTSIDE, NULL, NULL},
    {"pragma", STATEMENT_FOREIGN_KEYS, test_pragma, "foreign_keys"},
    {"pragma", STATEMENT_OUTSIDE, test_pragma,
	"journal_mode|synchronous|page_size|auto_vacuum|temp_store"},
    {"pragma", STATEMENT_OUTSIDE, test_pragma_name, "wal_checkpoint"},
    {"pragma", STATEMENT_SETTING, test_pragma, NULL},
    {NULL, STATEMENT_PLAIN, NULL, NULL},
};

const struct statement_rule sqlite_reaching[] = {
    {"attach", STATEMENT_OUTSIDE, NULL, NULL},
    {"vacuum into", STATEMENT_OUTSIDE, NULL, NULL},
    {"vacuum NAME into", STATEMENT_OUTSIDE, NULL, NULL},
    {NULL, STATEMENT_PLAIN, NULL, NULL},
};
