/* The table of commands is in order: names, bits, texts. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "command/command.h"

static void
test_complete(void **state)
{
	const struct command *const *c;
	unsigned seen = 0;
	size_t n;

	(void)state;
	for (c = commands; *c != NULL; c++) {
		n = strlen((*c)->help);
		assert_ptr_equal(command_find((*c)->name), *c);
		assert_int_equal(seen & (*c)->bit, 0);
		assert_non_null((*c)->run);
		assert_true((*c)->min_args <= (*c)->max_args);
		assert_int_equal(*(*c)->arguments == '\0', (*c)->max_args == 0);
		assert_true(islower((unsigned char)(*c)->summary[0]));
		assert_true(isupper((unsigned char)(*c)->help[0]));
		assert_int_equal((*c)->help[n - 1], '.');
		seen |= (*c)->bit;
	}
	assert_int_equal(seen, FOR_ALL);
	assert_null(command_find(""));
	assert_null(command_find("app"));
}

static void
test_unknown(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(command_unknown("rolback", &err), ERR_USAGE);
	assert_string_equal(err.message, "unknown command \"rolback\"");
	assert_string_equal(err.hint, "Did you mean rollback?");
	err_clear(&err);
	assert_int_equal(command_unknown("upgrade", &err), ERR_USAGE);
	assert_string_equal(err.message, "unknown command \"upgrade\"");
	assert_string_equal(err.hint,
	    "Here that is \"sqlmigrate apply\": apply what is pending.");
	err_clear(&err);
	/* what is hidden is no suggestion */
	assert_int_equal(command_unknown("complet", &err), ERR_USAGE);
	assert_string_equal(
	    err.hint, "Run \"sqlmigrate --help\" for the commands.");
	err_clear(&err);
}

static void
test_groups(void **state)
{
	const struct command *const *c;

	(void)state;
	/* each group is one block */
	for (c = commands + 1; *c != NULL; c++)
		assert_true((*c)->group >= c[-1]->group);
	assert_int_equal(command_bit("apply"), FOR_APPLY);
	assert_int_equal(command_bit("nosuch"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_complete),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
