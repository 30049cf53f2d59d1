/* Statements that change the encoding of the text after them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sql/encoding.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text;
	bool set, foreign;
} cases[] = {
    {"SET client_encoding = 'LATIN1'", true, true},
    {"set local Client_Encoding to win1252", true, true},
    {"SET SESSION \"client_encoding\" TO E'latin1'", true, true},
    {"SET NAMES 'SJIS'", true, true},
    {"SET /* ; */ NAMES latin1", true, true},
    {"SELECT set_config('client_encoding', 'LATIN1', false)", true, true},
    {"select pg_catalog.set_config('client_encoding', 'big5', true)", true,
	true},
    {"SET client_encoding = 'UTF8'", true, false},
    {"SET client_encoding TO 'utf-8'", true, false},
    {"SET client_encoding TO DEFAULT", true, false},
    {"SET NAMES sql_ascii", true, false},
    {"SET NAMES", true, false},
    {"RESET client_encoding", true, false},
    {"RESET ALL", true, false},
    {"RESET work_mem", false, false},
    {"SET work_mem = 'LATIN1'", false, false},
    {"SELECT 'client_encoding', 'LATIN1'", false, false},
    {"SELECT set_config('work_mem', 'LATIN1', false)", false, false},
    {"", false, false},
};

static void
test_cases(void **state)
{
	const char *text;
	bool foreign;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		text = cases[i].text;
		if (encoding_is_set(&dialect_postgres, text, strlen(text),
			&foreign) != cases[i].set ||
		    foreign != cases[i].foreign)
			fail_msg("%s", text);
	}
}

static void
test_no_settings(void **state)
{
	const char *text = cases[0].text;
	bool foreign = true;

	(void)state;
	assert_false(
	    encoding_is_set(&dialect_sqlite, text, strlen(text), &foreign));
	assert_false(foreign);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_no_settings),
	};

	return cmocka_run_group_tests_name("encoding", tests, NULL, NULL);
}
