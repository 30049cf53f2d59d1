/*
 * Transaction control: vectors T01 to T30, and every act of the table, by
 * whole scripts.
 */
#include "migration/control.h"

#include "scratch.h"

struct good {
	const char *id;
	const char *text;
	unsigned statements;
	bool absorbed;
	bool own_history;
	const char *modes;
};

struct bad {
	const char *id;
	const char *text;
	const char *message;
	unsigned line;
	unsigned column;
	const char *about; /* end of the detail; NULL where there is none */
};

static const char late[] = "BEGIN after a statement that stands outside it";
static const char nested[] = "BEGIN inside a BEGIN that is still open";
static const char second[] = "a second BEGIN ... COMMIT in one file";
static const char stray[] = "COMMIT without a BEGIN";
static const char after[] = "a statement after the file's own COMMIT";
static const char chained[] = "AND CHAIN cannot be used in a migration";
static const char undone[] = "the file rolls back what it did";
static const char prepared[] =
    "PREPARE TRANSACTION cannot be used in a migration";
static const char loose[] =
    "SAVEPOINT, RELEASE or ROLLBACK TO outside a transaction";
static const char outside[] = "this statement cannot run inside a transaction";
static const char unended[] = "BEGIN without a COMMIT";

static void
accept(const struct script_options *options, const struct good *g)
{
	struct script s = scratch_text("001_x.sql", g->text);
	struct err e = ERR_INIT;

	if (script_check(&s, arena, options, NULL, &e) != 0)
		fail_msg("%s: %s", g->id, e.message);
	if (s.statements != g->statements || s.absorbed != g->absorbed ||
	    s.own_history != g->own_history || strcmp(s.modes, g->modes) != 0)
		fail_msg("%s: %u statements, %d %d modes \"%s\"", g->id,
		    (unsigned)s.statements, s.absorbed, s.own_history, s.modes);
	assert_int_equal(s.empty, g->statements == 0);
	assert_true(s.checked);
}

static void
refuse(const struct script_options *options, const struct bad *b)
{
	struct script s = scratch_text("001_x.sql", b->text);
	struct err e = ERR_INIT;
	size_t n;

	if (script_check(&s, arena, options, NULL, &e) != ERR_USAGE)
		fail_msg("%s is accepted", b->id);
	if (strcmp(e.message, b->message) != 0 || e.place.line != b->line ||
	    e.place.column != b->column)
		fail_msg("%s: %u:%u: %s", b->id, (unsigned)e.place.line,
		    (unsigned)e.place.column, e.message);
	assert_non_null(e.hint);
	assert_int_equal(e.detail != NULL, b->about != NULL);
	if (b->about != NULL) {
		n = strlen(e.detail) - strlen(b->about);
		assert_string_equal(e.detail + n, b->about);
	}
	assert_false(s.checked);
	err_clear(&e);
}

static void
test_vectors_accepted(void **state)
{
	static const struct good good[] = {
	    {"T01", "create table a(x int);", 1, false, false, ""},
	    {"T02", "begin; create table a(x int); commit;", 1, true, false,
		""},
	    {"T03", "START TRANSACTION; create table a(x int); END WORK;", 1,
		true, false, ""},
	    {"T04",
		"begin isolation level serializable, deferrable; select 1; "
		"commit;",
		1, true, false, "isolation level serializable, deferrable"},
	    {"T05", "-- c\n/* c */ begin;\nselect 1;\ncommit; -- end\n", 1,
		true, false, ""},
	    {"T06", "set search_path = app; begin; select 1; commit;", 2, true,
		false, ""},
	    {"T06 set_config",
		"select set_config('a.b', '1', false); begin; select 1; "
		"commit; reset search_path",
		3, true, false, ""},
	    {"T07",
		"begin; select 1; insert into schema_version(version) "
		"values ('1'); commit;",
		2, true, true, ""},
	    {"T08",
		"begin; select 1; commit; insert into public.schema_version "
		"values ('1');",
		2, true, true, ""},
	    {"reads after", "begin; a; commit; select 'done';", 2, true, false,
		""},
	    {"T08 before",
		"delete from schema_version where version = '1'; begin; "
		"select 1; commit;",
		2, true, true, ""},
	    {"T17", "savepoint s; a; rollback to s; b; release s;", 5, false,
		false, ""},
	    {"T17 in a block",
		"begin; savepoint s; a; rollback to savepoint s; commit;", 3,
		true, false, ""},
	    {"T19", "do $$begin commit; end$$; call p()", 2, false, false, ""},
	    {"T23",
		"create function f() returns int begin atomic select 1; "
		"end;",
		1, false, false, ""},
	    {"T24", "do $$ begin perform 1; end $$;", 1, false, false, ""},
	    {"T25", "\"begin\"; select 1 as commit", 2, false, false, ""},
	    {"T26",
		"begin transaction read only; insert into t values (1); "
		"commit",
		1, true, false, "read only"},
	    {"T27", "set transaction isolation level serializable; select 1;",
		1, false, false, "isolation level serializable"},
	    {"T28", "alter type e add value 'x'; insert into t values ('x');",
		2, false, false, ""},
	    {"T29", "lock table t; select 1;", 2, false, false, ""}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		accept(&postgres, &good[i]);
}

static void
test_vectors_refused(void **state)
{
	static const struct bad bad[] = {
	    {"T09", "begin; a; commit;\nbegin; b; commit;", second, 2, 1,
		"line 1."},
	    {"T10", "a; commit; b;", stray, 1, 4, NULL},
	    {"T11", "a;\n  rollback; b;", undone, 2, 3, NULL},
	    {"T12", "a; commit; begin; b;", stray, 1, 4, NULL},
	    {"T13", "a; commit and chain; b;", chained, 1, 4, NULL},
	    {"T13 rollback", "a; rollback and chain; b;", chained, 1, 4, NULL},
	    {"T14", "begin; a; rollback;", undone, 1, 11, NULL},
	    {"T15", "-- c\nbegin; a;", unended, 2, 1, NULL},
	    {"T16", "a; commit;", stray, 1, 4, NULL},
	    {"T18", "prepare transaction 'x'", prepared, 1, 1, NULL},
	    {"T20", "create index concurrently i on t(a);", outside, 1, 1,
		NULL},
	    {"T21",
		"create table a(x int);\n"
		"create index concurrently i on a(x);",
		outside, 2, 1, NULL},
	    {"T22",
		"set lock_timeout='2s'; create index concurrently i on t(a);",
		outside, 1, 24, NULL},
	    {"T30", "abort;", undone, 1, 1, NULL},
	    {"T30 end", "end;", stray, 1, 1, NULL},
	    {"T30 two-phase", "commit prepared 'x';", outside, 1, 1, NULL}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(&postgres, &bad[i]);
}

#define NOTX "-- sqlmigrate: no-transaction\n"

static void
test_transactional(void **state)
{
	static const struct good good[] = {{"empty", "", 0, false, false, ""},
	    {"nothing in it", "begin; commit;", 0, true, false, ""},
	    {"modes of both",
		"set transaction read only; begin isolation level "
		"serializable; set transaction deferrable; a; commit",
		1, true, false,
		"read only, isolation level serializable, deferrable"},
	    {"modes behind a setting",
		"begin; set a = 1; set transaction read only; a; commit", 2,
		true, false, "read only"},
	    {"modes too late", "a; set transaction read only;", 2, false, false,
		""},
	    {"modes too late in a block",
		"begin; a; set transaction read only; commit", 2, true, false,
		""},
	    {"modes behind the block",
		"begin; a; commit; set transaction read only", 2, true, false,
		""},
	    {"history in quotes",
		"INSERT INTO \"app\" . \"schema_version\" values (1)", 1, false,
		true, ""},
	    {"history's update", "update schema_version set description = 'x'",
		1, false, true, ""},
	    {"another table", "insert into schema_version_log values (1)", 1,
		false, false, ""}};
	static const struct bad bad[] = {
	    {"late", "set a = 1;\na;\nb;\nbegin; c; commit", late, 4, 1,
		"line 2."},
	    {"late and history",
		"insert into schema_version values (1);\na; begin; commit",
		late, 2, 4, "line 2."},
	    {"late behind a savepoint", "savepoint s;\nbegin; commit", late, 2,
		1, "line 1."},
	    {"nested", "set a = 1;\nbegin;\nbegin; commit", nested, 3, 1,
		"line 2."},
	    {"nested inside", "begin; a;\nstart transaction; commit", nested, 2,
		1, "line 1."},
	    {"third", "begin; a; commit;\nbegin; b;", second, 2, 1, "line 1."},
	    {"commit twice", "begin; a; commit; commit", stray, 1, 19, NULL},
	    {"after", "begin;\na;\ncommit;\n b", after, 4, 2, "line 3."},
	    {"call after", "begin; a; commit; select f()", after, 1, 19,
		"line 1."},
	    {"savepoint after", "begin; a; commit; savepoint s", after, 1, 19,
		"line 1."},
	    {"do after", "begin; a; commit; do ''", after, 1, 19, "line 1."},
	    {"chain inside", "begin; commit and chain", chained, 1, 8, NULL},
	    {"two-phase inside", "begin; a; prepare transaction 'x'", prepared,
		1, 11, NULL},
	    {"unended empty", "begin", unended, 1, 1, NULL},
	    {"vacuum inside", "begin; vacuum; commit;", outside, 1, 8, NULL},
	    {"vacuum after", "begin; a; commit; vacuum", outside, 1, 19, NULL}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		accept(&postgres, &good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(&postgres, &bad[i]);
}

static void
test_no_transaction(void **state)
{
	static const struct good good[] = {
	    {"T20", NOTX "create index concurrently i on t(a);", 1, false,
		false, ""},
	    {"T21", NOTX "create table a(x int); vacuum", 2, false, false, ""},
	    {"T22", NOTX "set lock_timeout='2s'; vacuum", 2, false, false, ""},
	    {"T09", NOTX "begin read only; a; commit; begin; b; c; end; vacuum",
		4, false, false, ""},
	    {"history", NOTX "a; insert into schema_version values (1)", 2,
		false, true, ""},
	    {"modes", NOTX "set transaction read only; a", 2, false, false, ""},
	    {"savepoints", NOTX "begin; savepoint s; release s; commit", 2,
		false, false, ""},
	    {"two-phase end", NOTX "commit prepared 'x'", 1, false, false, ""}};
	static const struct bad bad[] = {
	    {"nested", NOTX "begin;\na; begin; commit", nested, 3, 4,
		"line 2."},
	    {"T15", NOTX "a; begin; b;", unended, 2, 4, NULL},
	    {"T16", NOTX "a; commit;", stray, 2, 4, NULL},
	    {"behind a block", NOTX "begin; a; commit; commit", stray, 2, 19,
		NULL},
	    {"rollback", NOTX "begin; a; rollback", undone, 2, 11, NULL},
	    {"stray rollback", NOTX "rollback", undone, 2, 1, NULL},
	    {"chain", NOTX "begin; a; commit and chain; commit", chained, 2, 11,
		NULL},
	    {"two-phase", NOTX "begin; a; prepare transaction 'x'", prepared, 2,
		11, NULL},
	    {"savepoint", NOTX "savepoint s", loose, 2, 1, NULL},
	    {"vacuum in a block", NOTX "begin;\nvacuum; commit", outside, 3, 1,
		"line 2."}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		accept(&postgres, &good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(&postgres, &bad[i]);
}

static void
test_sqlite(void **state)
{
	static const struct good good[] = {
	    {"words of the lock",
		"begin immediate transaction; a; end transaction", 1, true,
		false, ""},
	    {"exclusive", "begin exclusive; a; commit", 1, true, false, ""},
	    {"rebuild",
		"pragma foreign_keys=off; begin; a; b; commit; "
		"pragma foreign_keys=on;",
		2, true, false, ""},
	    {"in no transaction",
		NOTX "pragma foreign_keys=off; begin; a; commit;", 2, false,
		false, ""}};
	static const struct bad bad[] = {
	    {"keys in a block", NOTX "begin;\npragma foreign_keys=off; commit",
		"PRAGMA foreign_keys has no effect inside a transaction", 3, 1,
		"line 2."},
	    {"vacuum", "vacuum", outside, 1, 1, NULL}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		accept(&sqlite, &good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(&sqlite, &bad[i]);
}

static void
test_foreign_keys(void **state)
{
	static const struct {
		const char *text;
		int value;
	} keys[] = {{"a", -1}, {"pragma foreign_keys", -1},
	    {"pragma foreign_keys=off; a; pragma foreign_keys=on", 0},
	    {"a; PRAGMA main.foreign_keys(ON); pragma foreign_keys=off", 1},
	    {"pragma foreign_keys = 'yes' ", 1},
	    {"pragma foreign_keys /* c */ = 0", 0},
	    {NOTX "pragma foreign_keys=off", -1}};
	struct script s;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		s = scratch_text("001_x.sql", keys[i].text);
		assert_int_equal(script_check(&s, arena, &sqlite, NULL, &e), 0);
		if (s.foreign_keys != keys[i].value)
			fail_msg("%s: %d", keys[i].text, s.foreign_keys);
	}
}

/* What to do about a statement that needs the directive. */
static void
test_advice(void **state)
{
	static const char top[] =
	    "Put the line \"-- sqlmigrate: no-transaction\" at the top of the "
	    "file; or give --transaction=auto, which does without it in all "
	    "files.";
	static const char split[] =
	    "Move it into a migration of its own, with the line \"-- "
	    "sqlmigrate: no-transaction\" at the top of the file.";
	static const struct {
		const char *text;
		const char *hint;
	} advice[] = {{"vacuum", top}, {"vacuum;\n-- c\n;", top},
	    {"set a = 1; vacuum; reset a", top}, {"a; vacuum", split},
	    {"vacuum; set a = 1; vacuum; vacuum", top},
	    {"vacuum; vacuum; a", split}, {"vacuum; a", split},
	    {"begin; vacuum; commit", split}, {"vacuum; 'open", top}};
	struct script s;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(advice) / sizeof(advice[0]); i++) {
		s = scratch_text("001_x.sql", advice[i].text);
		assert_int_equal(
		    script_check(&s, arena, &postgres, NULL, &e), ERR_USAGE);
		assert_string_equal(e.message, outside);
		assert_string_equal(e.hint, advice[i].hint);
		err_clear(&e);
	}
}

/* Modes that only a file made to do harm would have. */
static void
test_endless_modes(void **state)
{
	static const char one[] = "set transaction read only;\n";
	const size_t n = 10000, len = sizeof(one) - 1;
	char *text = malloc(n * len + 1);
	struct script s;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < n; i++)
		memcpy(text + i * len, one, len + 1);
	s = scratch_text("001_x.sql", text);
	assert_int_equal(
	    script_check(&s, arena, &postgres, NULL, &e), ERR_USAGE);
	assert_string_equal(e.message, "the transaction's modes are too long");
	assert_true(e.place.line > 5000);
	err_clear(&e);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors_accepted),
	    cmocka_unit_test(test_vectors_refused),
	    cmocka_unit_test(test_transactional),
	    cmocka_unit_test(test_no_transaction),
	    cmocka_unit_test(test_sqlite),
	    cmocka_unit_test(test_foreign_keys),
	    cmocka_unit_test(test_advice),
	    cmocka_unit_test(test_endless_modes),
	};

	return cmocka_run_group_tests_name(
	    "control", tests, scratch_setup, scratch_teardown);
}
