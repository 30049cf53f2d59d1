/* The rows of an SQLite database, counted and hashed; texts respelled. */
#include "schema_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static const struct engine *const e = &engine_sqlite;

/* What contents() says, one line for each row. */
static char *
contents(struct db *db)
{
	struct err err = ERR_INIT;
	const char *count;
	struct rows rows;
	struct buf b;
	size_t i;

	rows_init(&rows);
	if (e->contents(db, &schema_scope, &rows, &err) < 0)
		fail_msg("%s", err.message);
	buf_init(&b, BUF_TEXT);
	for (i = 0; i < rows.nrows; i++) {
		assert_int_equal(rows.ncols, 4);
		count = rows_get(&rows, i, 2);
		buf_addf(&b, "%s|%s|%s|%s\n", rows_get(&rows, i, 0),
		    rows_get(&rows, i, 1), count == NULL ? "" : count,
		    rows_get(&rows, i, 3));
	}
	rows_clear(&rows);
	return buf_take(&b);
}

/* Whether two databases that these statements make have the same contents. */
static bool
same_contents(const char *x, const char *y)
{
	char *text[2];
	struct db *db;
	sqlite3 *h;
	bool same;
	int i;

	for (i = 0; i < 2; i++) {
		h = schema_fresh(&db);
		schema_do(h, i == 0 ? x : y);
		text[i] = contents(db);
		schema_done(h, db);
	}
	same = strcmp(text[0], text[1]) == 0;
	free(text[0]);
	free(text[1]);
	return same;
}

#define T "CREATE TABLE t (a, b);"

static void
test_order_is_nothing(void **state)
{
	(void)state;
	assert_true(same_contents(T "INSERT INTO t VALUES (1, 2), (3, 4)",
	    T "INSERT INTO t VALUES (3, 4), (1, 2)"));
	assert_true(same_contents(T "INSERT INTO t VALUES (1, 2)",
	    "CREATE TABLE t (b, a); INSERT INTO t VALUES (2, 1)"));
	assert_true(same_contents(T "INSERT INTO t VALUES (1, 2)",
	    "CREATE TABLE t (a, b, c AS (a + b)); "
	    "INSERT INTO t VALUES (1, 2)"));
	assert_true(same_contents(T, T));
}

static void
test_values_are_told_apart(void **state)
{
	static const char *const values[] = {"(1, 2)", "(2, 1)", "(1, NULL)",
	    "(NULL, 1)", "(1, '2')", "('1', 2)", "(1, 2.0)", "(1, x'32')",
	    "(1, '')", "(1, x'')", "(1, 2), (1, 2)", "(1, 2), (1, 3)",
	    "('1|', '2')", "('1', '|2')", "(1, char(0))",
	    "(1, char(0) || 'x')"};
	char x[128], y[128];
	size_t i, j, n = sizeof(values) / sizeof(values[0]);

	(void)state;
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++) {
			sqlite3_snprintf(sizeof(x), x,
			    T "INSERT INTO t VALUES %s", values[i]);
			sqlite3_snprintf(sizeof(y), y,
			    T "INSERT INTO t VALUES %s", values[j]);
			if (same_contents(x, y))
				fail_msg("%s\n%s", x, y);
		}
	assert_false(same_contents(T, T "INSERT INTO t VALUES (NULL, NULL)"));
	assert_false(same_contents(T "INSERT INTO t VALUES (1, 2)",
	    "CREATE TABLE t (a, c); INSERT INTO t VALUES (1, 2)"));
}

static void
test_what_is_listed(void **state)
{
	struct db *db;
	sqlite3 *h = schema_fresh(&db);
	char *text, *line;

	(void)state;
	schema_do(h,
	    "CREATE TABLE \"a b\" (x); CREATE VIEW v AS SELECT 1;"
	    "CREATE TABLE s (i INTEGER PRIMARY KEY AUTOINCREMENT);"
	    "INSERT INTO s VALUES (7); DELETE FROM s;"
	    "CREATE VIRTUAL TABLE f USING fts5 (x);"
	    "INSERT INTO f VALUES ('word');"
	    "CREATE TABLE schema_version (x); CREATE TABLE schema_version_log "
	    "(i INTEGER PRIMARY KEY AUTOINCREMENT); "
	    "INSERT INTO schema_version_log VALUES (3); ANALYZE");
	text = contents(db);
	line = strstr(text, "table|\"a b\"|0|000");
	assert_ptr_equal(line, text);
	assert_non_null(strstr(text, "virtual table|f|1|"));
	assert_non_null(strstr(text, "\ntable|s|0|000"));
	assert_non_null(strstr(text, "\nsequence|s||7\n"));
	assert_null(strstr(text, "schema_version"));
	assert_null(strstr(text, "sqlite_"));
	assert_null(strstr(text, "f_data"));
	assert_null(strstr(text, "|v|"));
	free(text);
	schema_done(h, db);
}

/* A module that is missing, and views of what is gone, are no failure. */
static void
test_broken(void **state)
{
	struct db *db;
	sqlite3 *h = schema_fresh(&db);
	struct catalogue *c;
	char *text;

	(void)state;
	schema_do(h,
	    "CREATE TABLE t (a); CREATE TABLE u (a); INSERT INTO u VALUES (1);"
	    "CREATE VIEW v AS SELECT * FROM t; DROP TABLE t;"
	    "CREATE TRIGGER r AFTER INSERT ON u BEGIN DELETE FROM t; END;"
	    "PRAGMA writable_schema = on; INSERT INTO sqlite_master VALUES "
	    "('table', 'm', 'm', 0, 'CREATE VIRTUAL TABLE m USING gone(a)')");
	c = schema_snapshot(db, true);
	assert_int_equal(c->count, 6);
	schema_understood(c, "a broken schema");
	catalogue_free(c);
	text = contents(db);
	assert_ptr_equal(strstr(text, "table|u|1|"), text);
	assert_null(strchr(text, 'm'));
	free(text);
	schema_done(h, db);
}

/* Inside a transaction too, which stays open; and it leaves none behind. */
static void
test_transactions(void **state)
{
	struct err err = ERR_INIT;
	struct db *db;
	sqlite3 *h = schema_fresh(&db);
	struct catalogue *c;
	char *text;

	(void)state;
	if (db_query(db, NULL, &err, "BEGIN", 0, NULL) < 0 ||
	    db_query(db, NULL, &err, "CREATE TABLE t (a)", 0, NULL) < 0)
		fail_msg("%s", err.message);
	c = schema_snapshot(db, true);
	assert_int_equal(c->count, 3);
	catalogue_free(c);
	text = contents(db);
	assert_non_null(strstr(text, "table|t|0|"));
	free(text);
	if (db_query(db, NULL, &err, "ROLLBACK", 0, NULL) < 0)
		fail_msg("%s", err.message);
	c = schema_snapshot(db, true);
	assert_int_equal(c->count, 0);
	catalogue_free(c);
	schema_do(h, "CREATE TABLE t (a)");
	schema_done(h, db);
}

/* An error is one, and what was begun is ended. */
static void
test_failure(void **state)
{
	struct catalogue *c = catalogue_new();
	struct err err = ERR_INIT;
	struct rows rows;
	struct db *db;
	sqlite3 *h = schema_fresh(&db);

	(void)state;
	rows_init(&rows);
	schema_do(h,
	    "CREATE TABLE t (a); PRAGMA writable_schema = on;"
	    "UPDATE sqlite_master SET sql = 'CREATE TABLE t (a'");
	assert_true(e->catalogue(db, &schema_scope, c, &err) < 0);
	assert_non_null(err.message);
	err_clear(&err);
	assert_true(e->contents(db, &schema_scope, &rows, &err) < 0);
	err_clear(&err);
	e->rollback(db);
	catalogue_free(c);
	rows_clear(&rows);
	schema_done(h, db);
}

/* What respelled() says of an object in these two forms, in this database. */
static int
respelled(const char *schema, const char *x, const char *y)
{
	struct catalogue *c[2];
	struct err err = ERR_INIT;
	struct db *db;
	sqlite3 *h;
	int i, r;

	for (i = 0; i < 2; i++) {
		h = schema_fresh(&db);
		schema_do(h, schema);
		schema_do(h, i == 0 ? x : y);
		c[i] = schema_snapshot(db, false);
		if (i == 0)
			schema_done(h, db);
	}
	assert_false(object_same(
	    c[0]->objects[c[0]->count - 1], c[1]->objects[c[1]->count - 1]));
	r = e->respelled(db, c[0]->objects[c[0]->count - 1],
	    c[1]->objects[c[1]->count - 1], &err);
	assert_null(err.message);
	catalogue_free(c[0]);
	catalogue_free(c[1]);
	schema_done(h, db);
	return r;
}

static void
test_respelled(void **state)
{
	static const char quoted[] =
	    "CREATE VIEW v AS SELECT a FROM t WHERE b = \"x\"";

	(void)state;
	assert_int_equal(1,
	    respelled(
		T, quoted, "CREATE VIEW v AS SELECT a FROM t WHERE b = 'x'"));
	assert_int_equal(1,
	    respelled(T "CREATE TABLE u (c);",
		"CREATE VIEW v AS SELECT a FROM t WHERE b = \"x y\"",
		"CREATE VIEW v AS SELECT a FROM t WHERE b = \"x y\"; "
		"ALTER TABLE u RENAME c TO d"));
	/* It may have been a column. */
	assert_int_equal(0,
	    respelled(T "CREATE TABLE u (X);", quoted,
		"CREATE VIEW v AS SELECT a FROM t WHERE b = 'x'"));
	assert_int_equal(0,
	    respelled(T, "CREATE VIEW v AS SELECT a AS x FROM t ORDER BY x",
		"CREATE VIEW v AS SELECT a AS x FROM t ORDER BY 'x'"));
	assert_int_equal(0,
	    respelled(
		T, quoted, "CREATE VIEW v AS SELECT a FROM t WHERE b = 'X'"));
	assert_int_equal(0,
	    respelled(
		T, quoted, "CREATE VIEW v AS SELECT a FROM t WHERE b <> 'x'"));
	assert_int_equal(
	    0, respelled(T, quoted, "CREATE VIEW v (n) AS SELECT a FROM t"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order_is_nothing),
	    cmocka_unit_test(test_values_are_told_apart),
	    cmocka_unit_test(test_what_is_listed),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_transactions),
	    cmocka_unit_test(test_failure),
	    cmocka_unit_test(test_respelled),
	};

	return cmocka_run_group_tests(tests, schema_setup, schema_teardown);
}
