/* Statements that may or may not have taken effect: what can be looked for. */
#include "sql/again.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* NULL is like NULL alone. */
static void
assert_text(const char *text, const char *want)
{
	if (want == NULL)
		assert_null(text);
	else
		assert_string_equal(text, want);
}

static void
assert_again(
    const char *sql, enum again want, const char *name, const char *table)
{
	struct again_target index;

	assert_int_equal(
	    statement_again(&dialect_postgres, sql, strlen(sql), &index), want);
	assert_text(index.name, name);
	assert_text(index.table, table);
	again_clear(&index);
}

static void
test_again(void **state)
{
	(void)state;
	assert_again("VACUUM (FULL) a", AGAIN_SAFE, NULL, NULL);
	assert_again("reindex index a", AGAIN_SAFE, NULL, NULL);
	assert_again("REINDEX INDEX CONCURRENTLY a", AGAIN_REPLACE, NULL, NULL);
	assert_again("reindex (verbose, concurrently) table a", AGAIN_REPLACE,
	    NULL, NULL);
	assert_again("REINDEX INDEX \"concurrently\"", AGAIN_SAFE, NULL, NULL);
	assert_again(
	    "CREATE INDEX CONCURRENTLY i ON a (x)", AGAIN_CREATE, "i", "a");
	assert_again("create unique /* a */ index concurrently if not exists "
		     "\"I \"\"x\" on only \"S\".a using btree (x)",
	    AGAIN_CREATE, "\"I \"\"x\"", "\"S\".a");
	assert_again(
	    "CREATE INDEX CONCURRENTLY ON a (x)", AGAIN_CREATE, NULL, "a");
	assert_again("CREATE INDEX CONCURRENTLY", AGAIN_UNKNOWN, NULL, NULL);
	assert_again("DROP INDEX CONCURRENTLY IF EXISTS s . i", AGAIN_DROP,
	    "s . i", NULL);
	assert_again("CREATE INDEX CONCURRENTLY i", AGAIN_UNKNOWN, NULL, NULL);
	assert_again("CREATE INDEX CONCURRENTLY u&\"\\0069\" ON a (x)",
	    AGAIN_UNKNOWN, NULL, NULL);
	assert_again("CREATE INDEX CONCURRENTLY i ON s /* x */ . a (x)",
	    AGAIN_UNKNOWN, NULL, NULL);
	assert_again(
	    "DROP INDEX CONCURRENTLY s . -- x\n i", AGAIN_UNKNOWN, NULL, NULL);
	assert_again("DROP INDEX i", AGAIN_UNKNOWN, NULL, NULL);
	assert_again("alter table a detach partition a1 concurrently",
	    AGAIN_DETACH, "a1", "a");
	assert_again("ALTER TABLE IF EXISTS ONLY s.\"A\" * DETACH PARTITION "
		     "s . a1 CONCURRENTLY",
	    AGAIN_DETACH, "s . a1", "s.\"A\"");
	assert_again(
	    "ALTER TABLE a DETACH PARTITION a1", AGAIN_UNKNOWN, NULL, NULL);
	assert_again("ALTER TABLE a DETACH PARTITION a1 FINALIZE",
	    AGAIN_UNKNOWN, NULL, NULL);
	assert_again("CALL p()", AGAIN_UNKNOWN, NULL, NULL);
	assert_again("", AGAIN_UNKNOWN, NULL, NULL);
}

static void
assert_key(const char *sql, bool unique, const char *key)
{
	struct again_target index;

	assert_int_equal(
	    statement_again(&dialect_postgres, sql, strlen(sql), &index),
	    AGAIN_CREATE);
	assert_int_equal(index.unique, unique);
	assert_text(index.key, key);
	again_clear(&index);
}

static void
test_key(void **state)
{
	(void)state;
	assert_key("CREATE INDEX CONCURRENTLY i ON a (x)", false, "(x)");
	assert_key("CREATE UNIQUE INDEX CONCURRENTLY ON s.a USING gin (x) "
		   "WHERE /* y */ x > 1",
	    true, "USING gin (x) WHERE /* y */ x > 1");
	assert_key("CREATE INDEX CONCURRENTLY i ON a", false, NULL);
}

static bool
concurrent(const char *sql)
{
	return statement_is_concurrent(&dialect_postgres, sql, strlen(sql));
}

static void
test_concurrent(void **state)
{
	(void)state;
	assert_true(concurrent("CREATE INDEX CONCURRENTLY i ON a (x)"));
	assert_true(concurrent("DROP INDEX CONCURRENTLY i"));
	assert_true(concurrent("REINDEX (verbose, concurrently) TABLE a"));
	assert_true(concurrent("REINDEX SCHEMA CONCURRENTLY s"));
	assert_true(
	    concurrent("ALTER TABLE a DETACH PARTITION b CONCURRENTLY"));
	assert_false(concurrent("REINDEX SCHEMA s"));
	assert_false(concurrent("VACUUM (FULL) a"));
	assert_false(concurrent("VACUUM \"concurrently\""));
	assert_false(concurrent("CREATE INDEX i ON a (x)"));
	assert_false(concurrent("REFRESH MATERIALIZED VIEW CONCURRENTLY v"));
	assert_false(concurrent(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_again),
	    cmocka_unit_test(test_key), cmocka_unit_test(test_concurrent)};

	return cmocka_run_group_tests_name("again", tests, NULL, NULL);
}
