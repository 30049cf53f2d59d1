/* Conformance: opening a database, and statements with their failures. */
#include "conformance.h"

#include <string.h>

static void
test_claim(void **state)
{
	struct err err = ERR_INIT;
	struct target t = {0};

	(void)state;
	conformance_target(&t, conformance_fx->address);
	assert_non_null(t.shown);
	target_clear(&t);
	assert_int_equal(
	    conformance_fx->engine->claim(&t, "mysql://u@h/d", &err), 0);
	assert_int_equal(conformance_fx->engine->claim(&t, "", &err), 0);
	assert_int_equal(err.code, 0);
	assert_int_equal(
	    conformance_fx->engine->claim(&t, conformance_fx->wrong, &err),
	    ERR_USAGE);
	assert_int_equal(err.code, ERR_USAGE);
	err_clear(&err);
	target_clear(&t);
}

static void
test_open_missing(void **state)
{
	struct db_options opts = {.connect_timeout_ms = 10000};
	struct err err = ERR_INIT;
	struct target t;
	struct db *db = NULL;

	(void)state;
	conformance_target(&t, conformance_fx->missing);
	assert_int_equal(
	    conformance_fx->engine->open(&db, &t, &opts, &err), ERR_CONNECTION);
	assert_null(db);
	assert_non_null(err.message);
	assert_non_null(err.hint);
	err_clear(&err);
	target_clear(&t);
}

static void
test_identity(void **state)
{
	struct db *db = *state;
	const struct db_identity *who = db->engine->identity(db);

	assert_true(*who->database != '\0');
	assert_non_null(who->user);
	assert_non_null(who->host);
	assert_non_null(strchr(who->server, '.'));
	assert_false(who->pooled);
}

static void
test_params(void **state)
{
	struct db *db = *state;
	const char *params[] = {conformance_hostile, NULL, "", "7"};
	struct err err = ERR_INIT;
	struct rows rows;

	rows_init(&rows);
	conformance_ok(
	    db_query(db, &rows, &err,
		"SELECT CAST($4 AS integer), CAST($1 AS text), "
		"CAST($2 AS text), CAST($3 AS text), CAST($1 AS text)",
		4, params),
	    &err);
	assert_int_equal(rows.nrows, 1);
	assert_int_equal(rows.ncols, 5);
	assert_int_equal(rows_number(&rows, 0, 0), 7);
	assert_string_equal(rows_get(&rows, 0, 1), conformance_hostile);
	assert_null(rows_get(&rows, 0, 2));
	assert_string_equal(rows_get(&rows, 0, 3), "");
	assert_string_equal(rows_get(&rows, 0, 4), conformance_hostile);
	rows_clear(&rows);
}

static void
test_rows(void **state)
{
	struct db *db = *state;
	struct err err = ERR_INIT;
	struct rows rows;

	conformance_do(db, "CREATE TABLE t (a integer, b text)");
	rows_init(&rows);
	conformance_ok(
	    db_query(db, &rows, &err,
		"INSERT INTO t VALUES (1, 'x'), (2, NULL), (3, 'z')", 0, NULL),
	    &err);
	assert_int_equal(rows.affected, 3);
	rows_clear(&rows);
	conformance_ok(
	    db_query(db, &rows, &err, "UPDATE t SET b = 'y' WHERE a > $1", 1,
		(const char *[]){"1"}),
	    &err);
	assert_int_equal(rows.affected, 2);
	rows_clear(&rows);
	conformance_ok(db_query(db, &rows, &err,
			   "SELECT a, b FROM t ORDER BY a DESC", 0, NULL),
	    &err);
	assert_int_equal(rows.nrows, 3);
	assert_string_equal(rows_get(&rows, 0, 0), "3");
	assert_string_equal(rows_get(&rows, 2, 1), "x");
	rows_clear(&rows);
	conformance_ok(
	    db_query(db, &rows, &err, "SELECT a FROM t WHERE a > 9", 0, NULL),
	    &err);
	assert_int_equal(rows.nrows, 0);
	rows_clear(&rows);
}

/* In a transaction: the first failure counts, and nothing runs after it. */
static void
test_first_failure(void **state)
{
	struct db *db = *state;
	const struct db_failure *f;
	struct err err = ERR_INIT;
	int r, i;

	conformance_do(db, "CREATE TABLE t (a integer)");
	conformance_begin(db, NULL);
	r = conformance_send(db, "INSERT INTO t VALUES (1)", 1, &err);
	if (r == 0)
		r = conformance_send(
		    db, "INSERT INTO nowhere VALUES (1)", 3, &err);
	/* An engine with a wire may take these before it knows. */
	for (i = 0; i < 3 && r == 0; i++)
		r = conformance_send(db, "INSERT INTO elsewhere VALUES (2)",
		    4 + (uint64_t)i, &err);
	if (r == 0)
		r = db->engine->wait(db, &err);
	assert_int_equal(r, ERR_STATEMENT);
	assert_non_null(strstr(err.message, "nowhere"));
	err_clear(&err);
	f = db->engine->failure(db);
	assert_int_equal(f->kind, DB_FAIL_STATEMENT);
	assert_string_equal(f->place.file, "001_test.sql");
	assert_int_equal(f->place.line, 3);

	r = conformance_send(db, "INSERT INTO t VALUES (3)", 9, &err);
	assert_int_equal(r, ERR_STATEMENT);
	err_clear(&err);
	assert_int_equal(db->engine->wait(db, &err), ERR_STATEMENT);
	err_clear(&err);
	assert_int_equal(db->engine->failure(db)->place.line, 3);

	db->engine->rollback(db);
	assert_int_equal(conformance_number(db, "SELECT count(*) FROM t"), 0);
}

/* Outside a transaction too, rollback() is what clears a failure. */
static void
test_failure_outside(void **state)
{
	struct db *db = *state;
	conformance_refuse(
	    db, "SELECT * FROM nowhere", DB_FAIL_STATEMENT, "nowhere");
	db->engine->rollback(db);
	assert_int_equal(db->engine->failure(db)->kind, DB_FAIL_NONE);
	assert_int_equal(conformance_number(db, "SELECT 42"), 42);
}

static void
test_position(void **state)
{
	struct db *db = *state;
	conformance_refuse(db,
	    "SELECT '\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x98' FROM WHERE",
	    DB_FAIL_STATEMENT, "WHERE");
	assert_int_equal(db->engine->failure(db)->position, 18);
	db->engine->rollback(db);
}

static void
test_duplicate(void **state)
{
	struct db *db = *state;
	conformance_do(
	    db, "CREATE TABLE t (a integer PRIMARY KEY, b text UNIQUE)");
	conformance_do(db, "INSERT INTO t VALUES (1, 'x')");
	conformance_refuse(
	    db, "INSERT INTO t VALUES (1, 'y')", DB_FAIL_DUPLICATE, "");
	db->engine->rollback(db);
	conformance_refuse(
	    db, "INSERT INTO t VALUES (2, 'x')", DB_FAIL_DUPLICATE, "");
	db->engine->rollback(db);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_claim),
    cmocka_unit_test(test_open_missing),
    CONFORMANCE_TEST(test_identity),
    CONFORMANCE_TEST(test_params),
    CONFORMANCE_TEST(test_rows),
    CONFORMANCE_TEST(test_first_failure),
    CONFORMANCE_TEST(test_failure_outside),
    CONFORMANCE_TEST(test_position),
    CONFORMANCE_TEST(test_duplicate),
};

const struct conformance_part conformance_statement = {
    tests, sizeof(tests) / sizeof(tests[0])};
