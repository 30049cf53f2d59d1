/*
 * The conformance suite on PostgreSQL: in a database of its own, on the
 * server at TEST_PGHOST (`make check' starts one) or at PGHOST.  Without one
 * there is nothing to test, and that is a failure.
 */
#include "conformance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/list.h"

static char database[64];
static char address[128];

/* Run statements on a connection of their own; 0, or the error printed. */
static int
run_alone(const char *where, const char *const *sql)
{
	struct db_options opts = {.connect_timeout_ms = 10000};
	struct err err = ERR_INIT;
	struct db *db = NULL;
	struct target t;
	int r;

	r = target_resolve(&t, where, "a test", &err);
	if (r == 0)
		r = t.engine->open(&db, &t, &opts, &err);
	for (; r == 0 && *sql != NULL; sql++)
		r = db_query(db, NULL, &err, *sql, 0, NULL);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", where, err.message);
	if (db != NULL)
		t.engine->close(db);
	target_clear(&t);
	err_clear(&err);
	return r;
}

static void
fresh(void)
{
	static const char *const sql[] = {
	    "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", NULL};

	assert_int_equal(run_alone(address, sql), 0);
}

static const char *const indirect[] = {
    "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN INSERT INTO history VALUES (NEW.a::text, NULL); "
    "RETURN NEW; END$$",
    "CREATE TRIGGER note AFTER INSERT ON plain "
    "FOR EACH ROW EXECUTE FUNCTION note()",
    NULL};

/* What only PostgreSQL has: code in the body that hides what it does. */
static void
test_do_block(void **state)
{
	conformance_do(
	    *state, "CREATE TABLE history (version text, number bigint)");
	conformance_begin(*state, "public.history");
	conformance_do(*state,
	    "DO $$BEGIN EXECUTE 'DELETE FROM his' || 'tory'; "
	    "EXECUTE 'INSERT INTO history VALUES (''1'', 5)'; END$$");
	engine_postgres.settle(*state, NULL);
	assert_int_equal(engine_postgres.wait(*state, NULL), 0);
	assert_true(engine_postgres.touched(*state));
	engine_postgres.rollback(*state);
}

static const struct CMUnitTest tests[] = {
    CONFORMANCE_TEST(test_do_block),
};

static const struct conformance_part own = {
    tests, sizeof(tests) / sizeof(tests[0])};

static const struct fixture fixture = {
    .engine = &engine_postgres,
    .address = address,
    .missing = "postgresql:///no_such_database_here",
    .wrong = "postgresql://user:secret@host:port:port/db",
    .fresh = fresh,
    .slow = "SELECT pg_sleep(60)",
    .other = "CREATE TABLE strange (a integer) PARTITION BY LIST (a)",
    .indirect = indirect,
};

/* CREATE and DROP of the database, as the two ends of the run. */
static int
database_change(const char *verb, const char *tail)
{
	const char *sql[] = {NULL, NULL};
	char text[128];

	snprintf(text, sizeof(text), "%s DATABASE %s%s", verb, database, tail);
	sql[0] = text;
	return run_alone("postgresql:///postgres", sql);
}

int
main(void)
{
	const char *host = getenv("TEST_PGHOST");
	int r;

	if (host != NULL) {
		setenv("PGHOST", host, 1);
		setenv("PGPORT", "5432", 0);
		setenv("PGUSER", "postgres", 0);
	}
	if (getenv("PGHOST") == NULL) {
		puts("Bail out! no server: set PGHOST");
		return 1;
	}
	snprintf(
	    database, sizeof(database), "sqlmigrate_test_%ld", (long)getpid());
	snprintf(address, sizeof(address), "postgresql:///%s", database);
	if (database_change("CREATE", "") < 0) {
		puts("Bail out! the test database cannot be made");
		return 1;
	}
	r = conformance_run(&fixture, &own);
	if (database_change("DROP", " WITH (FORCE)") < 0)
		r = 1;
	return r;
}
