/* Directives: each value, and each way to get one wrong. */
#include "migration/directive.h"

#include "scratch.h"

static void
test_set(void **state)
{
	struct directives d;
	struct err e = ERR_INIT;
	uint32_t seen = 0;

	(void)state;
	directive_init(&d);
	assert_false(d.no_transaction);
	assert_int_equal(d.lock_timeout_ms, -1);
	assert_int_equal(d.statement_timeout_ms, -1);
	assert_int_equal(directive_set(&d, &seen, "no-transaction", &e), 0);
	assert_int_equal(directive_set(&d, &seen, "lock-timeout=2s", &e), 0);
	assert_int_equal(
	    directive_set(&d, &seen, "Statement-Timeout = 10min", &e), 0);
	assert_true(d.no_transaction);
	assert_int_equal(d.lock_timeout_ms, 2000);
	assert_int_equal(d.statement_timeout_ms, 600000);
}

static void
test_zero(void **state)
{
	struct directives d;
	struct err e = ERR_INIT;
	uint32_t seen = 0;

	(void)state;
	directive_init(&d);
	assert_int_equal(directive_set(&d, &seen, "lock-timeout=0", &e), 0);
	assert_int_equal(d.lock_timeout_ms, 0);
}

static void
test_wrong(void **state)
{
	static const struct {
		const char *text;
		const char *message;
		const char *hint;
	} bad[] = {{"no-transactions", "unknown directive \"no-transactions\"",
		       "Did you mean no-transaction?"},
	    {"notransaction", "unknown directive \"notransaction\"",
		"Did you mean no-transaction?"},
	    {"locktimeuot=2s", "unknown directive \"locktimeuot\"", NULL},
	    {"lock-timout=2s", "unknown directive \"lock-timout\"",
		"Did you mean lock-timeout?"},
	    {"batch", "unknown directive \"batch\"", NULL},
	    {"", "unknown directive \"\"", NULL},
	    {"=2s", "unknown directive \"\"", NULL},
	    {"a-name-that-is-longer-than-all-directives-there-are",
		"unknown directive \"a-name-that-is-longer-than-all-"
		"directives-there-are\"",
		NULL},
	    {"no-transaction=yes",
		"the directive no-transaction takes no value", NULL},
	    {"no-transaction lock-timeout=2s",
		"text after the directive no-transaction: each directive "
		"needs a line of its own",
		NULL},
	    {"lock-timeout 2s",
		"text after the directive lock-timeout: each directive needs "
		"a line of its own",
		NULL},
	    {"lock-timeout", "the directive lock-timeout needs a duration",
		"Write a number and a unit (ms, s, min, h, d), at most 24d, "
		"for example "
		"lock-timeout=2s."},
	    {"lock-timeout=", "the directive lock-timeout needs a duration",
		"Write a number and a unit (ms, s, min, h, d), at most 24d, "
		"for example "
		"lock-timeout=2s."},
	    {"lock-timeout=-1", "the directive lock-timeout needs a duration",
		"Write a number and a unit (ms, s, min, h, d), at most 24d, "
		"for example "
		"lock-timeout=2s."},
	    {"statement-timeout=2 weeks",
		"the directive statement-timeout needs a duration",
		"Write a number and a unit (ms, s, min, h, d), at most 24d, "
		"for example "
		"statement-timeout=2s."}};
	struct directives d;
	struct err e = ERR_INIT;
	uint32_t seen;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		directive_init(&d);
		seen = 0;
		assert_int_equal(
		    directive_set(&d, &seen, bad[i].text, &e), ERR_USAGE);
		if (bad[i].hint == NULL)
			assert_null(e.hint);
		else
			assert_string_equal(e.hint, bad[i].hint);
		assert_err(&e, bad[i].message, 0, 0);
	}
}

static void
test_known_are_listed(void **state)
{
	struct directives d;
	struct err e = ERR_INIT;
	uint32_t seen = 0;

	(void)state;
	directive_init(&d);
	assert_int_equal(directive_set(&d, &seen, "x", &e), ERR_USAGE);
	assert_string_equal(e.detail,
	    "Known directives: no-transaction, empty, lock-timeout, "
	    "statement-timeout, allow, no-proof.");
	err_clear(&e);
}

static void
test_twice(void **state)
{
	struct directives d;
	struct err e = ERR_INIT;
	uint32_t seen = 0;

	(void)state;
	directive_init(&d);
	assert_int_equal(directive_set(&d, &seen, "lock-timeout=1s", &e), 0);
	assert_int_equal(
	    directive_set(&d, &seen, "LOCK-TIMEOUT=2s", &e), ERR_USAGE);
	assert_err(&e, "the directive lock-timeout is given twice", 0, 0);
	assert_int_equal(d.lock_timeout_ms, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_set),
	    cmocka_unit_test(test_zero),
	    cmocka_unit_test(test_wrong),
	    cmocka_unit_test(test_known_are_listed),
	    cmocka_unit_test(test_twice),
	};

	return cmocka_run_group_tests_name(
	    "directive", tests, scratch_setup, scratch_teardown);
}
