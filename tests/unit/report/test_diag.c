/* Diagnostics: place, source line, caret, detail, hint; all escaped. */
#include "report/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static void
assert_diag(const struct err *err, bool color, const char *want)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	diag_error(&b, err, color);
	assert_string_equal(buf_str(&b), want);
	buf_clear(&b);
}

static void
test_contract(void **state)
{
	struct place p = {"002_add_user_phone.sql", 0, 10, 1};
	struct err err = ERR_INIT;

	(void)state;
	err_set(&err, ERR_STATEMENT,
	    "column \"phone\" of relation \"usertable\" already exists");
	err_place(&err, &p);
	strcpy(err.sqlstate, "42701");
	err.source =
	    mem_strdup("ALTER TABLE usertable ADD COLUMN phone VARCHAR(20);");
	assert_diag(&err, false,
	    "sqlmigrate: 002_add_user_phone.sql:10:1: column \"phone\" of "
	    "relation \"usertable\" already exists (SQLSTATE 42701)\n"
	    "   10 | ALTER TABLE usertable ADD COLUMN phone VARCHAR(20);\n"
	    "      | ^\n");
	err_clear(&err);
}

/* Tabs stay, so that the caret stands where a terminal puts the column. */
static void
test_caret(void **state)
{
	struct place p = {"a.sql", 0, 3, 8};
	struct err err = ERR_INIT;

	(void)state;
	err_set(&err, ERR_STATEMENT, "no");
	err_place(&err, &p);
	err.source = mem_strdup("\t\xc3\xa9\x1b \tx y");
	err.caret = 7;
	assert_diag(&err, false,
	    "sqlmigrate: a.sql:3:8: no\n"
	    "    3 | \t\xc3\xa9\\x1b \tx y\n"
	    "      | \t      \t  ^\n");
	err.caret = 99;
	assert_diag(&err, false,
	    "sqlmigrate: a.sql:3:8: no\n"
	    "    3 | \t\xc3\xa9\\x1b \tx y\n"
	    "      | \t      \t   ^\n");
	err_clear(&err);
}

static void
test_paragraphs(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	err_set(&err, ERR_USAGE, "bad\nthing\033[31m");
	err_detail(&err, "One line.\nAnother\ttab.\n");
	err_hint(&err, "Do\x07 this.");
	assert_diag(&err, false,
	    "sqlmigrate: bad\\nthing\\x1b[31m\n"
	    "Detail: One line.\n"
	    "    Another\ttab.\n"
	    "Hint: Do\\x07 this.\n");
	err_clear(&err);
}

static void
test_place_in_part(void **state)
{
	struct place p = {"a\nb.sql", 0, 0, 5};
	struct err err = ERR_INIT;

	(void)state;
	err_set(&err, ERR_USAGE, "no");
	err_place(&err, &p);
	err.source = mem_strdup("never shown without its line's number");
	assert_diag(&err, false, "sqlmigrate: a\\nb.sql: no\n");
	err_clear(&err);
	p = (struct place){"a.sql", 0, 123456, 0};
	err_set(&err, ERR_USAGE, "no");
	err_place(&err, &p);
	err.source = mem_strdup("x");
	assert_diag(&err, false,
	    "sqlmigrate: a.sql:123456: no\n"
	    "123456 | x\n");
	err_clear(&err);
}

static void
test_color(void **state)
{
	struct err err = ERR_INIT;
	struct buf b;

	(void)state;
	err_set(&err, ERR_USAGE, "no");
	assert_diag(&err, true, "\033[1;31msqlmigrate: \033[0mno\n");
	err_clear(&err);
	buf_init(&b, BUF_LINE);
	diag_line(&b, "warning", "a\nb", false);
	assert_string_equal(buf_str(&b), "sqlmigrate: warning: a\\nb\n");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_contract),
	    cmocka_unit_test(test_caret),
	    cmocka_unit_test(test_paragraphs),
	    cmocka_unit_test(test_place_in_part),
	    cmocka_unit_test(test_color),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
