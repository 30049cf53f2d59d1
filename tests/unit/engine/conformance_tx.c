/* Conformance: the transaction of one migration. */
#include "conformance.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* The history table as a run has it: quoted by find_table(). */
static void
history_make(struct db *db, char *quoted, size_t size)
{
	struct err err = ERR_INIT;
	struct arena *a = arena_new();
	struct table_info t;

	conformance_do(db,
	    "CREATE TABLE history (version varchar(50) PRIMARY KEY, "
	    "number bigint)");
	conformance_ok(
	    db->engine->find_table(db, a, NULL, "history", &t, &err), &err);
	assert_int_equal(t.kind, TABLE_PLAIN);
	assert_true(strlen(t.quoted) < size);
	strcpy(quoted, t.quoted);
	arena_free(a);
}

static void
test_commit_rollback(void **state)
{
	struct db *db = *state;
	struct db *other = conformance_open_plain();

	conformance_do(db, "CREATE TABLE t (a integer)");
	conformance_begin(db, NULL);
	conformance_do(db, "INSERT INTO t VALUES (1)");
	assert_int_equal(
	    conformance_number(other, "SELECT count(*) FROM t"), 0);
	conformance_commit(db);
	assert_int_equal(
	    conformance_number(other, "SELECT count(*) FROM t"), 1);

	conformance_begin(db, NULL);
	conformance_do(db, "INSERT INTO t VALUES (2)");
	db->engine->rollback(db);
	db->engine->rollback(db);
	assert_int_equal(
	    conformance_number(other, "SELECT count(*) FROM t"), 1);
	other->engine->close(other);
}

/* The body of a transaction whose guard says no has no effect. */
static void
guard_refuses(struct db *db, const struct tx *tx)
{
	struct err err = ERR_INIT;
	enum db_failure_kind kind;
	int r;

	r = db->engine->begin(db, tx, &err);
	if (r == 0)
		r = conformance_send(db, "INSERT INTO t VALUES (1)", 1, &err);
	if (r == 0)
		r = db->engine->wait(db, &err);
	assert_true(r < 0);
	err_clear(&err);
	kind = db->engine->failure(db)->kind;
	assert_true(kind == DB_FAIL_GUARD || kind == DB_FAIL_LOCKED);
	db->engine->rollback(db);
}

static void
test_guard_row(void **state)
{
	struct db *db = *state;
	struct db *other = conformance_open_plain();
	char history[100];
	struct tx tx;

	history_make(db, history, sizeof(history));
	conformance_do(db, "CREATE TABLE t (a integer)");
	tx = conformance_tx_of(history);
	tx.expect_row = true;
	guard_refuses(other, &tx);
	assert_int_equal(conformance_number(db, "SELECT count(*) FROM t"), 0);

	conformance_begin(db, history);
	conformance_do(db, "INSERT INTO history VALUES ('1.0', 1)");
	conformance_commit(db);
	tx.expect_row = false;
	guard_refuses(other, &tx);
	tx.expect_row = true;
	tx.number = 2;
	guard_refuses(other, &tx);
	assert_int_equal(conformance_number(db, "SELECT count(*) FROM t"), 0);

	conformance_begin(other, NULL);
	conformance_commit(other);
	other->engine->close(other);
}

static void
test_guard_lock(void **state)
{
	struct db *db = *state;
	struct db *other = conformance_open_plain();
	struct tx tx = conformance_tx_of(NULL);

	conformance_do(db, "CREATE TABLE t (a integer)");
	conformance_begin(db, NULL);
	tx.lock_timeout_ms = 100;
	guard_refuses(other, &tx);
	db->engine->rollback(db);
	conformance_begin(other, NULL);
	conformance_commit(other);
	other->engine->close(other);
}

static bool
touches(struct db *db, const char *history, const char *sql)
{
	struct err err = ERR_INIT;
	bool touched;

	conformance_begin(db, history);
	conformance_do(db, sql);
	conformance_ok(conformance_finish(db, &err), &err);
	touched = db->engine->touched(db);
	db->engine->rollback(db);
	return touched;
}

static void
test_touched(void **state)
{
	struct db *db = *state;
	const char *const *sql;
	char history[100];

	history_make(db, history, sizeof(history));
	conformance_do(db, "CREATE TABLE plain (a integer)");
	conformance_do(db, "INSERT INTO history VALUES ('0.9', 0)");
	assert_false(touches(db, history, "INSERT INTO plain VALUES (1)"));
	assert_false(touches(db, history, "SELECT * FROM history"));
	assert_true(
	    touches(db, history, "INSERT INTO history VALUES ('1.0', NULL)"));
	assert_true(touches(db, history, "DELETE FROM HISTORY"));
	assert_true(touches(db, history, "UPDATE \"history\" SET number = 5"));
	assert_true(touches(db, history, "DROP TABLE history"));
	assert_true(touches(db, NULL, "SELECT 1"));
	assert_false(touches(db, history, "INSERT INTO plain VALUES (1)"));
	for (sql = conformance_fx->indirect; *sql != NULL; sql++)
		conformance_do(db, *sql);
	assert_true(touches(db, history, "INSERT INTO plain VALUES (1)"));
}

static void
escape_is_noticed(struct db *db, const char *const *body)
{
	struct err err = ERR_INIT;
	int r = 0;

	conformance_begin(db, NULL);
	for (; *body != NULL && r == 0; body++)
		r = conformance_send(db, *body, 1, &err);
	if (r == 0)
		r = conformance_finish(db, &err);
	assert_int_equal(r, ERR_STATEMENT);
	assert_int_equal(db->engine->failure(db)->kind, DB_FAIL_ESCAPED);
	err_clear(&err);
	db->engine->rollback(db);
	assert_int_equal(conformance_number(db, "SELECT 1"), 1);
}

static void
test_escape(void **state)
{
	struct db *db = *state;
	static const char *const commit_only[] = {
	    "INSERT INTO t VALUES (1)", "COMMIT", "SELECT 1", NULL};
	static const char *const new_one[] = {
	    "COMMIT", "BEGIN", "INSERT INTO t VALUES (2)", NULL};
	static const char *const rolled_back[] = {
	    "ROLLBACK", "BEGIN", "SELECT 1", NULL};

	conformance_do(db, "CREATE TABLE t (a integer)");
	escape_is_noticed(db, commit_only);
	escape_is_noticed(db, new_one);
	escape_is_noticed(db, rolled_back);
}

static void
test_savepoint(void **state)
{
	struct db *db = *state;
	conformance_do(db, "CREATE TABLE t (a integer)");
	conformance_begin(db, NULL);
	conformance_do(db, "INSERT INTO t VALUES (1)");
	conformance_do(db, "SAVEPOINT s");
	conformance_do(db, "INSERT INTO t VALUES (2)");
	conformance_do(db, "ROLLBACK TO SAVEPOINT s");
	conformance_do(db, "RELEASE SAVEPOINT s");
	conformance_commit(db);
	assert_int_equal(conformance_number(db, "SELECT count(*) FROM t"), 1);
}

static void
test_deferred(void **state)
{
	struct db_options opts = {.create = true, .foreign_keys = true};
	struct db *db = conformance_open(&opts);
	struct err err = ERR_INIT;

	(void)state;
	conformance_do(db, "CREATE TABLE p (a integer PRIMARY KEY)");
	conformance_do(db,
	    "CREATE TABLE c (a integer REFERENCES p "
	    "DEFERRABLE INITIALLY DEFERRED)");
	conformance_begin(db, NULL);
	conformance_do(db, "INSERT INTO c VALUES (1)");
	assert_int_equal(conformance_finish(db, &err), ERR_STATEMENT);
	err_clear(&err);
	assert_true(db->engine->commit(db, &err) < 0);
	err_clear(&err);
	db->engine->rollback(db);
	assert_int_equal(conformance_number(db, "SELECT count(*) FROM c"), 0);

	conformance_begin(db, NULL);
	conformance_do(db, "INSERT INTO c VALUES (1)");
	conformance_do(db, "INSERT INTO p VALUES (1)");
	conformance_commit(db);
	assert_int_equal(conformance_number(db, "SELECT count(*) FROM c"), 1);
	db->engine->close(db);
}

static void
test_statement_timeout(void **state)
{
	struct db *db = *state;
	struct tx tx = conformance_tx_of(NULL);
	struct err err = ERR_INIT;
	int r;

	tx.statement_timeout_ms = 200;
	r = db->engine->begin(db, &tx, &err);
	conformance_ok(r, &err);
	conformance_refuse(
	    db, conformance_fx->slow, DB_FAIL_STATEMENT, "timeout");
	db->engine->rollback(db);
	assert_int_equal(conformance_number(db, "SELECT 1"), 1);
}

/* A hostile name is watched as well as a plain one. */
static void
test_quoted_history(void **state)
{
	struct db *db = *state;
	struct arena *a = arena_new();
	struct table_info t;
	struct buf b;

	conformance_do(db, "CREATE TABLE plain (a integer)");
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "CREATE TABLE ");
	db->engine->quote_name(db, &b, conformance_hostile);
	buf_adds(&b, " (number integer)");
	conformance_do(db, buf_str(&b));
	t = conformance_find(db, a, conformance_hostile);
	assert_false(touches(db, t.quoted, "INSERT INTO plain VALUES (1)"));
	buf_reset(&b);
	buf_addf(&b, "INSERT INTO %s VALUES (4)", t.quoted);
	assert_true(touches(db, t.quoted, buf_str(&b)));
	buf_clear(&b);
	arena_free(a);
}

static const struct CMUnitTest tests[] = {
    CONFORMANCE_TEST(test_commit_rollback),
    CONFORMANCE_TEST(test_guard_row),
    CONFORMANCE_TEST(test_guard_lock),
    CONFORMANCE_TEST(test_touched),
    CONFORMANCE_TEST(test_escape),
    CONFORMANCE_TEST(test_savepoint),
    cmocka_unit_test(test_deferred),
    CONFORMANCE_TEST(test_statement_timeout),
    CONFORMANCE_TEST(test_quoted_history),
};

const struct conformance_part conformance_tx = {
    tests, sizeof(tests) / sizeof(tests[0])};
