/* The PostgreSQL engine's snapshot: rights on what the server has made. */
#include "hard_schema.h"

#include <stdio.h>

/* An empty database by this suffix. */
static struct db *
make_empty(char *name, size_t size, const char *suffix)
{
	char command[128];
	struct db *to = hard_connect("postgres");

	snprintf(name, size, "%s_%s", hard_database, suffix);
	snprintf(command, sizeof(command), "CREATE DATABASE %s", name);
	assert_int_equal(hard_try(to, command), 0);
	to->engine->close(to);
	return hard_connect(name);
}

/* Whether the view is locked, or all is over by now. */
static bool
is_locked(struct db *db)
{
	struct err err = ERR_INIT;
	struct rows rows;
	bool locked;

	rows_init(&rows);
	assert_int_equal(
	    db_query(db, &rows, &err,
		"SELECT FROM pg_locks WHERE relation = 'seen'::regclass "
		"AND mode = 'AccessExclusiveLock' AND granted UNION ALL SELECT "
		"WHERE NOT EXISTS (SELECT FROM pg_extension)",
		0, NULL),
	    0);
	locked = rows.nrows > 0;
	rows_clear(&rows);
	return locked;
}

/* What has rights goes while the definition of a view is waited for. */
static void
test_rights_gone(void **state)
{
	char name[80], command[256];
	struct catalogue *c;
	struct db *other;
	FILE *f;

	(void)state;
	other = make_empty(name, sizeof(name), "rights");
	assert_int_equal(
	    hard_try(other, "GRANT USAGE ON LANGUAGE plpgsql TO cat_reader"),
	    0);
	assert_int_equal(
	    hard_try(other, "CREATE VIEW seen AS SELECT 1 AS a"), 0);
	snprintf(command, sizeof(command), "psql -Xq -d %s >/dev/null", name);
	f = popen(command, "w");
	assert_non_null(f);
	fprintf(f,
	    "BEGIN;\nLOCK TABLE seen IN ACCESS EXCLUSIVE MODE;\n"
	    "DROP EXTENSION plpgsql;\nSELECT FROM pg_sleep(0.5);\nCOMMIT;\n");
	fflush(f);
	while (!is_locked(other))
		continue;
	c = hard_take_from(other, &hard_scope);
	hard_find(c, OBJECT_VIEW, "public.seen");
	catalogue_free(c);
	assert_int_equal(pclose(f), 0);
	other->engine->close(other);
	hard_drop(name);
}

/* Rights are told of without information_schema, too. */
static void
test_rights_alone(void **state)
{
	char name[80];
	struct catalogue *c;
	struct db *other;

	(void)state;
	other = make_empty(name, sizeof(name), "alone");
	assert_int_equal(
	    hard_try(other, "GRANT USAGE ON LANGUAGE plpgsql TO cat_reader"),
	    0);
	assert_int_equal(
	    hard_try(other, "DROP SCHEMA information_schema CASCADE"), 0);
	c = hard_take_from(other, &hard_scope);
	hard_find(c, OBJECT_PRIVILEGES, "language plpgsql");
	catalogue_free(c);
	other->engine->close(other);
	hard_drop(name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rights_gone),
	    cmocka_unit_test(test_rights_alone),
	};

	return cmocka_run_group_tests(tests, hard_setup, hard_teardown);
}
