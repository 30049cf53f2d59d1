/* What became of a statement: the texts that say it, and those that do not. */
#include "config/decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_good(void **state)
{
	static const struct {
		const char *text;
		struct decision want;
	} cases[] = {
	    {"done", {0, true}},
	    {"undone", {0, false}},
	    {"1=done", {1, true}},
	    {"2=undone", {2, false}},
	    {"007=done", {7, true}},
	    {"999999999999999999=undone", {999999999999999999, false}},
	};
	struct decision d;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		d = (struct decision){77, !cases[i].want.done};
		assert_true(decision_parse(cases[i].text, &d));
		assert_int_equal(d.statement, cases[i].want.statement);
		assert_int_equal(d.done, cases[i].want.done);
	}
}

static void
test_bad(void **state)
{
	static const char *const cases[] = {"", "maybe", "Done", "done ",
	    " done", "started", "2", "2=", "=", "=done", "0=done", "00=undone",
	    "-1=done", "+1=done", "1 =done", "1= done", "1=maybe", "1=2=done",
	    "1=done=done", "x=done", "done=1", "1000000000000000000=done"};
	struct decision d = {77, true};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		if (decision_parse(cases[i], &d))
			fail_msg("\"%s\" is accepted", cases[i]);
		assert_int_equal(d.statement, 77);
		assert_true(d.done);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
