/* What is no terminal: a file, a pipe, a stream without a descriptor. */
#include "report/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void
test_file(void **state)
{
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	assert_false(terminal_is(f));
	assert_false(terminal_has_color(f));
	assert_int_equal(terminal_width(f), 80);
	fclose(f);
}

/* A terminal, where the system has one to give. */
static void
test_terminal(void **state)
{
	FILE *f = fopen("/dev/ptmx", "r+");

	(void)state;
	if (f == NULL)
		return;
	assert_true(terminal_is(f));
	setenv("TERM", "xterm", 1);
	assert_true(terminal_has_color(f));
	setenv("TERM", "dumb", 1);
	assert_false(terminal_has_color(f));
	unsetenv("TERM");
	assert_false(terminal_has_color(f));
	assert_int_equal(terminal_width(f), 80);
	fclose(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_file),
	    cmocka_unit_test(test_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
