/* Classes of single statements, and what else is read off a statement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sql/classify.h"
#include "sql/classify_int.h"
#include "sql_test.h"

#define CASES_MIN 250
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const class_names[] = {
    [STATEMENT_PLAIN] = "plain",
    [STATEMENT_BEGIN] = "begin",
    [STATEMENT_COMMIT] = "commit",
    [STATEMENT_CHAIN] = "chain",
    [STATEMENT_ROLLBACK] = "rollback",
    [STATEMENT_TWO_PHASE] = "two-phase",
    [STATEMENT_SAVEPOINT] = "savepoint",
    [STATEMENT_MODES] = "modes",
    [STATEMENT_SETTING] = "setting",
    [STATEMENT_BLOCK] = "block",
    [STATEMENT_FOREIGN_KEYS] = "foreign-keys",
    [STATEMENT_OUTSIDE] = "outside",
};

static const struct dialect *
find_dialect(const char *name)
{
	return strcmp(name, "sqlite") == 0 ? &dialect_sqlite
					   : &dialect_postgres;
}

static void
test_classes(void **state)
{
	FILE *f = vector_open("classes.tsv");
	size_t count = 0, bad = 0, len;
	enum statement_class class;
	struct vector_line v;
	char *text;

	(void)state;
	assert_non_null(f);
	for (; vector_next(f, &v); count++) {
		assert_int_equal(v.fields, 3);
		text = json_decode(v.field[2], &len);
		class = statement_classify(find_dialect(v.field[0]), text, len);
		if (strcmp(class_names[class], v.field[1]) != 0) {
			print_error("%s: %s is %s, not %s\n", v.field[0], text,
			    class_names[class], v.field[1]);
			bad++;
		}
		free(text);
	}
	fclose(f);
	assert_int_equal(bad, 0);
	assert_true(count >= CASES_MIN);
}

/* The initials must let every rule be looked at, and nothing else. */
static void
test_initials(void **state)
{
	static const struct dialect *const dialects[] = {
	    &dialect_postgres, &dialect_sqlite};
	const struct statement_rule *r;
	char used[27];
	size_t i, c;

	(void)state;
	for (i = 0; i < COUNT(dialects); i++) {
		memset(used, 0, sizeof(used));
		for (r = dialects[i]->rules; r->pattern != NULL; r++)
			used[r->pattern[0] - 'a'] = 1;
		for (c = 0; c < 26; c++)
			assert_int_equal(used[c],
			    strchr(dialects[i]->rule_initials,
				(int)('a' + c)) != NULL);
	}
}

static void
test_modes(void **state)
{
	static const struct {
		const struct dialect *dialect;
		const char *text, *modes;
	} cases[] = {
	    {&dialect_postgres, "BEGIN", ""},
	    {&dialect_postgres, "begin work", ""},
	    {&dialect_postgres, "BEGIN ISOLATION LEVEL SERIALIZABLE",
		"ISOLATION LEVEL SERIALIZABLE"},
	    {&dialect_postgres, "start transaction read only, deferrable -- x",
		"read only, deferrable"},
	    {&dialect_postgres, "BEGIN /* a */ TRANSACTION /* b */ READ ONLY",
		"READ ONLY"},
	    {&dialect_postgres, "SET TRANSACTION READ WRITE", "READ WRITE"},
	    {&dialect_postgres, "set local transaction not deferrable",
		"not deferrable"},
	    {&dialect_sqlite, "BEGIN", ""},
	    {&dialect_sqlite, "begin transaction x", ""},
	    {&dialect_sqlite, "BEGIN IMMEDIATE TRANSACTION x", "IMMEDIATE"},
	    {&dialect_sqlite, "begin exclusive", "exclusive"},
	};
	const char *modes;
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		modes = statement_modes(cases[i].dialect, cases[i].text,
		    strlen(cases[i].text), &len);
		assert_int_equal(len, strlen(cases[i].modes));
		assert_memory_equal(modes, cases[i].modes, len);
	}
}

struct write_case {
	const struct dialect *dialect;
	const char *text;
	bool writes; /* to the table called history */
};

static void
test_writes(void **state)
{
	static const struct write_case cases[] = {
	    {&dialect_postgres, "INSERT INTO history VALUES (1)", true},
	    {&dialect_postgres, "insert into HISTORY values (1)", true},
	    {&dialect_postgres, "insert into \"history\" values (1)", true},
	    {&dialect_postgres, "insert into \"HISTORY\" values (1)", false},
	    {&dialect_postgres, "insert into public.history(a) select 1", true},
	    {&dialect_postgres, "insert into a.\"b\".history values (1)", true},
	    {&dialect_postgres, "insert into history.t values (1)", false},
	    {&dialect_postgres, "insert into history2 values (1)", false},
	    {&dialect_postgres, "insert into hist values (1)", false},
	    {&dialect_postgres, "update only (history) set a = 1", true},
	    {&dialect_postgres, "UPDATE /* c */ history SET a = 1", true},
	    {&dialect_postgres, "delete from only history", true},
	    {&dialect_postgres, "DELETE FROM history WHERE a = 1", true},
	    {&dialect_postgres, "delete from t using history", false},
	    {&dialect_postgres, "select * from history", false},
	    {&dialect_postgres, "truncate history", false},
	    {&dialect_postgres, "with x as (select 1) delete from history",
		false},
	    {&dialect_postgres, "insert", false},
	    {&dialect_postgres, "delete from", false},
	    {&dialect_sqlite, "INSERT OR REPLACE INTO History VALUES (1)",
		true},
	    {&dialect_sqlite, "insert or ignore into main.history values (1)",
		true},
	    {&dialect_sqlite, "replace into [HISTORY] values (1)", true},
	    {&dialect_sqlite, "insert into `history` values (1)", true},
	    {&dialect_sqlite, "insert into 'history' values (1)", true},
	    {&dialect_sqlite, "update or fail \"History\" set a = 1", true},
	    {&dialect_sqlite, "delete from history", true},
	    {&dialect_sqlite, "delete from t", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (statement_writes(cases[i].dialect, cases[i].text,
			strlen(cases[i].text), "history") != cases[i].writes)
			fail_msg("%s", cases[i].text);
	assert_true(statement_writes(&dialect_postgres,
	    "insert into \"a\"\"b\" values (1)", 31, "a\"b"));
	assert_true(statement_writes(
	    &dialect_sqlite, "delete from history", 19, "HISTORY"));
}

static void
test_other_type(void **state)
{
	static const struct {
		const char *text, *type;
	} cases[] = {
	    {"CREATE TABLE t (id SERIAL PRIMARY KEY)", "SERIAL"},
	    {"create temp table t (a int, \"b\" bigserial not null)",
		"BIGSERIAL"},
	    {"alter table t add column n smallserial", "SMALLSERIAL"},
	    {"alter table t add n serial", "SERIAL"},
	    {"CREATE TABLE t (serial TEXT, x INTEGER)", NULL},
	    {"CREATE TABLE serial (x INTEGER)", NULL},
	    {"CREATE TABLE t (x TEXT DEFAULT 'a, b SERIAL')", NULL},
	    {"INSERT INTO t (a, serial) VALUES (1, 2)", NULL},
	};
	const char *type;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		type = statement_other_type(
		    &dialect_sqlite, cases[i].text, strlen(cases[i].text));
		if (type == NULL || cases[i].type == NULL) {
			if (type != cases[i].type)
				fail_msg("%s", cases[i].text);
			continue;
		}
		assert_string_equal(type, cases[i].type);
	}
	assert_null(statement_other_type(
	    &dialect_postgres, cases[0].text, strlen(cases[0].text)));
}

static void
test_only_reads(void **state)
{
	static const struct {
		const char *text;
		bool reads;
	} cases[] = {
	    {"SELECT 'done'", true},
	    {"select version, applied_at from schema_version", true},
	    {"SELECT count(*), MAX (x) FROM (SELECT x FROM t) s", true},
	    {"select * from t where x in (1, 2) and (y or z)", true},
	    {"VALUES (1), (2)", true},
	    {"TABLE t", true},
	    {"SELECT nextval('s')", false},
	    {"SELECT \"nextval\"('s')", false},
	    {"SELECT a.count(1)", false},
	    {"SELECT * FROM f()", false},
	    {"SELECT 1 INTO t", false},
	    {"SELECT * FROM t FOR UPDATE", false},
	    {"WITH x AS (DELETE FROM t RETURNING 1) SELECT 1", false},
	    {"DELETE FROM t", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (statement_only_reads(&dialect_postgres, cases[i].text,
			strlen(cases[i].text)) != cases[i].reads)
			fail_msg("%s", cases[i].text);
}

static void
test_pragma_value(void **state)
{
	static const struct {
		const char *text;
		int value;
	} cases[] = {
	    {"PRAGMA foreign_keys = ON", 1},
	    {"pragma foreign_keys=yes", 1},
	    {"pragma main.foreign_keys(true)", 1},
	    {"pragma foreign_keys = 1", 1},
	    {"pragma foreign_keys = 7", 1},
	    {"pragma foreign_keys = 'on'", 1},
	    {"pragma foreign_keys = OFF", 0},
	    {"pragma foreign_keys = 0", 0},
	    {"pragma foreign_keys(no)", 0},
	    {"pragma foreign_keys = what", 0},
	    {"pragma foreign_keys", -1},
	    {"pragma foreign_keys =", -1},
	    {"select 1", -1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(statement_pragma_value(&dialect_sqlite,
				     cases[i].text, strlen(cases[i].text)),
		    cases[i].value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_classes),
	    cmocka_unit_test(test_initials),
	    cmocka_unit_test(test_modes),
	    cmocka_unit_test(test_writes),
	    cmocka_unit_test(test_other_type),
	    cmocka_unit_test(test_only_reads),
	    cmocka_unit_test(test_pragma_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
