/* Errors: the first one stays, and so do its first hint and place. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_set(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, ERR_USAGE, "no %s", "folder"), -2);
	assert_int_equal(e.code, ERR_USAGE);
	assert_string_equal(e.message, "no folder");
	assert_null(e.detail);
	assert_null(e.hint);
	assert_string_equal(e.sqlstate, "");
	err_clear(&e);
	assert_int_equal(e.code, 0);
	assert_null(e.message);
	err_clear(&e);
}

static void
test_first_stays(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, ERR_LOCK, "first"), ERR_LOCK);
	assert_int_equal(err_set(&e, ERR_USAGE, "second"), ERR_LOCK);
	assert_string_equal(e.message, "first");
	err_detail(&e, "Detail %d.", 1);
	err_detail(&e, "Detail %d.", 2);
	assert_string_equal(e.detail, "Detail 1.\nDetail 2.");
	err_hint(&e, "Hint %d.", 1);
	err_hint(&e, "Hint %d.", 2);
	assert_string_equal(e.hint, "Hint 1.");
	err_clear(&e);
}

static void
test_nothing_failed(void **state)
{
	struct err e = ERR_INIT;
	struct place p = {.file = "a.sql", .line = 1, .column = 1};

	(void)state;
	err_detail(&e, "x");
	err_hint(&e, "x");
	err_place(&e, &p);
	assert_null(e.detail);
	assert_null(e.hint);
	assert_null(e.file);
	err_clear(&e);
}

static void
test_null(void **state)
{
	struct place p = {.file = "a.sql"};

	(void)state;
	assert_int_equal(err_set(NULL, ERR_HALF, "dropped"), ERR_HALF);
	err_detail(NULL, "x");
	err_hint(NULL, "x");
	err_place(NULL, &p);
}

static void
test_place(void **state)
{
	char name[] = "a.sql";
	struct err e = ERR_INIT;
	struct place none = {.line = 9};
	struct place p = {.file = name, .offset = 7, .line = 3, .column = 2};
	struct place later = {.file = "b.sql", .line = 5};

	(void)state;
	err_set(&e, ERR_STATEMENT, "x");
	err_place(&e, &none);
	assert_null(e.place.file);
	err_place(&e, &p);
	memset(name, 'z', 5);
	err_place(&e, &later);
	assert_string_equal(e.place.file, "a.sql");
	assert_ptr_equal(e.place.file, e.file);
	assert_int_equal(e.place.offset, 7);
	assert_int_equal(e.place.line, 3);
	assert_int_equal(e.place.column, 2);
	err_clear(&e);
	assert_null(e.place.file);
}

static void
test_move(void **state)
{
	struct err from = ERR_INIT, to = ERR_INIT;

	(void)state;
	err_set(&to, ERR_USAGE, "old");
	err_set(&from, ERR_LOCK, "new");
	err_hint(&from, "Do so.");
	err_move(&to, &from);
	assert_int_equal(to.code, ERR_LOCK);
	assert_string_equal(to.message, "new");
	assert_string_equal(to.hint, "Do so.");
	assert_int_equal(from.code, 0);
	assert_null(from.message);
	err_clear(&from);
	err_clear(&to);
}

static void
test_long_message(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	err_set(&e, ERR_USAGE, "%*s", 200000, "");
	assert_int_equal(strlen(e.message), 65536);
	err_clear(&e);
}

/* The numbers are promised to scripts. */
static void
test_codes(void **state)
{
	(void)state;
	assert_int_equal(ERR_STATEMENT, -1);
	assert_int_equal(ERR_USAGE, -2);
	assert_int_equal(ERR_PENDING, -3);
	assert_int_equal(ERR_DISAGREE, -4);
	assert_int_equal(ERR_LOCK, -5);
	assert_int_equal(ERR_CONNECTION, -6);
	assert_int_equal(ERR_HALF, -7);
	assert_int_equal(ERR_HANGUP, -129);
	assert_int_equal(ERR_INTERRUPT, -130);
	assert_int_equal(ERR_TERMINATE, -143);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_set),
	    cmocka_unit_test(test_first_stays),
	    cmocka_unit_test(test_nothing_failed),
	    cmocka_unit_test(test_null),
	    cmocka_unit_test(test_place),
	    cmocka_unit_test(test_move),
	    cmocka_unit_test(test_long_message),
	    cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
