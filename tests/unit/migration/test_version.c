/* Versions: what SemVer takes, and its order. */
#include "migration/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_valid(void **state)
{
	static const char *const good[] = {"0.0.0", "1.0.0", "10.20.30",
	    "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-0.3.7", "1.0.0-x.7.z.92",
	    "1.0.0-x-y-z.-", "1.0.0--", "1.0.0-0a", "1.0.0-01a",
	    "0.0.202401010000123456", "99999999999999999999999.999999.99",
	    "1.2.3-45678901234567890123456789012345678901234567"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!version_is_valid(good[i]))
			fail_msg("%s: %s", good[i], version_fault(good[i]));
}

static void
test_fault(void **state)
{
	static const char three[] = "it needs three numbers, "
				    "MAJOR.MINOR.PATCH";
	static const char zero[] = "a number must not begin with 0";
	static const char part[] = "a part of the pre-release is empty";
	static const char tail[] = "only -PRERELEASE may follow the three "
				   "numbers";
	static const struct {
		const char *version;
		const char *fault;
	} bad[] = {{"", three}, {"1", three}, {"1.2", three}, {"1.2.", three},
	    {".1.2", three}, {"v1.2.3", three}, {" 1.2.3", three},
	    {"1..3", three}, {"-1.2.3", three}, {"01.2.3", zero},
	    {"1.00.3", zero}, {"1.2.03", zero}, {"1.2.3-01", zero},
	    {"1.2.3-a.00", zero}, {"1.2.3-", part}, {"1.2.3-a..b", part},
	    {"1.2.3-a.", part}, {"1.2.3-.a", part}, {"1.2.3-\xc3\xa9", part},
	    {"1.2.3.4", tail}, {"1.2.3 ", tail}, {"1.2.3a", tail},
	    {"1.2.3-a_b", tail}, {"1.0.0 -> 0.9.0", tail},
	    {"1.2.3+b", "build metadata (+...) cannot be used"},
	    {"1.2.3-a+b", "build metadata (+...) cannot be used"},
	    {"1.2.3-456789012345678901234567890123456789012345678",
		"it is longer than 50 characters"}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (version_is_valid(bad[i].version))
			fail_msg("%s is valid", bad[i].version);
		assert_string_equal(
		    version_fault(bad[i].version), bad[i].fault);
	}
}

/* The order of the standard's own example, and of numbers as numbers. */
static void
test_compare(void **state)
{
	static const char *const order[] = {"0.0.1", "0.0.2", "0.0.10", "0.1.0",
	    "0.9.99", "1.0.0-0", "1.0.0-2", "1.0.0-10", "1.0.0-alpha",
	    "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-alpha-1", "1.0.0-beta",
	    "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1",
	    "1.1.0", "2.0.0", "10.0.0", "99999999999999999999.0.0"};
	size_t i, j, n = sizeof(order) / sizeof(order[0]);
	int r;

	(void)state;
	for (i = 0; i < n; i++) {
		for (j = 0; j < n; j++) {
			assert_true(version_is_valid(order[j]));
			r = version_compare(order[i], order[j]);
			if ((r < 0) != (i < j) || (r > 0) != (i > j))
				fail_msg(
				    "%s and %s: %d", order[i], order[j], r);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_valid),
	    cmocka_unit_test(test_fault),
	    cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
