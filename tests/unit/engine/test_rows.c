#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "engine/rows.h"

static void
test_empty(void **state)
{
	struct rows r;

	(void)state;
	rows_init(&r);
	assert_int_equal(r.nrows, 0);
	assert_null(rows_get(&r, 0, 0));
	assert_int_equal(rows_number(&r, 0, 0), 0);
	rows_clear(&r);
	rows_clear(&r);
}

static void
test_cells(void **state)
{
	struct rows r;

	(void)state;
	rows_init(&r);
	rows_add(&r, 3);
	rows_set(&r, 0, "-9223372036854775808");
	rows_set(&r, 1, NULL);
	rows_set(&r, 2, "");
	assert_true(rows_number(&r, 0, 0) == INT64_MIN);
	assert_null(rows_get(&r, 0, 1));
	assert_int_equal(rows_number(&r, 0, 1), 0);
	assert_string_equal(rows_get(&r, 0, 2), "");
	assert_null(rows_get(&r, 0, 3));
	assert_null(rows_get(&r, 1, 0));
	rows_clear(&r);
	assert_int_equal(r.nrows, 0);
}

/* Texts are copied, and stay where they are while the rows grow. */
static void
test_many(void **state)
{
	const char *first;
	struct rows r;
	char text[32];
	size_t i;

	(void)state;
	rows_init(&r);
	for (i = 0; i < 10000; i++) {
		rows_add(&r, 2);
		snprintf(text, sizeof(text), "row %zu", i);
		rows_set(&r, i % 2, text);
	}
	first = rows_get(&r, 0, 0);
	assert_int_equal(r.nrows, 10000);
	assert_string_equal(first, "row 0");
	assert_null(rows_get(&r, 0, 1));
	assert_string_equal(rows_get(&r, 9999, 1), "row 9999");
	assert_null(rows_get(&r, 9999, 0));
	rows_clear(&r);
}

static void
test_names(void **state)
{
	char name[] = "a";
	struct rows r;

	(void)state;
	rows_init(&r);
	rows_add(&r, 2);
	assert_null(r.names);
	rows_name(&r, 1, name);
	name[0] = 'b';
	rows_add(&r, 2);
	assert_null(r.names[0]);
	assert_string_equal(r.names[1], "a");
	rows_clear(&r);
	assert_null(r.names);
}

/* A result whose rows have no columns: PostgreSQL's "SELECT FROM t". */
static void
test_no_columns(void **state)
{
	struct rows r;

	(void)state;
	rows_init(&r);
	rows_add(&r, 0);
	rows_add(&r, 0);
	assert_int_equal(r.nrows, 2);
	assert_null(rows_get(&r, 0, 0));
	rows_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_cells),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_no_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
