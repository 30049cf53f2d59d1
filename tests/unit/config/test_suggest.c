/* The word that was probably meant, and when there is none. */
#include "config/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const words[] = {"apply", "status", "rollback", "current",
    "plan", "wait", "new", "lock-wait", "lock-timeout", "statement-timeout"};

static const char *
nearest(const char *typed)
{
	struct suggestion s;
	size_t i;

	suggestion_init(&s, typed, strlen(typed));
	for (i = 0; i < COUNT(words); i++)
		suggestion_try(&s, words[i]);
	return s.best == NULL ? "" : s.best;
}

static void
test_near(void **state)
{
	(void)state;
	assert_string_equal(nearest("aply"), "apply");
	assert_string_equal(nearest("applly"), "apply");
	assert_string_equal(nearest("statsu"), "status");
	assert_string_equal(nearest("stat"), "status");
	assert_string_equal(nearest("rolback"), "rollback");
	assert_string_equal(nearest("roll-back"), "rollback");
	assert_string_equal(nearest("lockwait"), "lock-wait");
	assert_string_equal(nearest("statement-timout"), "statement-timeout");
	assert_string_equal(nearest("plna"), "plan");
	assert_string_equal(nearest("nwe"), "new");
}

static void
test_far(void **state)
{
	static const char longest[] =
	    "statement-timeout-statement-timeout-statement-timeout";

	(void)state;
	assert_string_equal(nearest(""), "");
	assert_string_equal(nearest("x"), "");
	assert_string_equal(nearest("upgrade"), "");
	assert_string_equal(nearest("downgrade"), "");
	assert_string_equal(nearest("zzz"), "");
	assert_string_equal(nearest(longest), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_near),
	    cmocka_unit_test(test_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
