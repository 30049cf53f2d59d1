/* The line that a message shows. */
#include "migration/script.h"

#include "scratch.h"

/* The line and its place, as "line:column offset caret text". */
static void
show(const char *text, uint64_t offset, uint64_t line, uint64_t column,
    int64_t chars, const char *expected)
{
	struct place from = {"x", offset, line, column}, at;
	struct script s = scratch_text("001_x.sql", text);
	struct script_folder folder = {AT_FDCWD, "."};
	char seen[1200], *shown;
	size_t caret;
	int i;

	scratch_put("001_x.sql", text);
	for (i = 0; i < 2; i++) {
		shown = script_line_at(&s, &folder, &from, chars, &at, &caret);
		assert_non_null(shown);
		snprintf(seen, sizeof(seen), "%u:%u %u %u %s",
		    (unsigned)at.line, (unsigned)at.column, (unsigned)at.offset,
		    (unsigned)caret, shown);
		assert_string_equal(seen, expected);
		assert_string_equal(at.file, "x");
		free(shown);
		s.text = NULL; /* and now the file */
	}
}

static void
test_lines(void **state)
{
	static const char text[] = "select 1;\n  select\n nosuch;\n";

	(void)state;
	show(text, 0, 1, 1, 0, "1:1 0 0 select 1;");
	show(text, 0, 1, 1, 7, "1:8 7 7 select 1;");
	show(text, 12, 2, 3, 0, "2:3 12 2   select");
	show(text, 12, 2, 3, 6, "2:9 18 8   select");
	show(text, 12, 2, 3, 7, "3:1 19 0  nosuch;");
	show(text, 12, 2, 3, 8, "3:2 20 1  nosuch;");
	show(text, 12, 2, 3, 1000, "4:1 28 0 ");
	show("select 1", 0, 1, 1, 8, "1:9 8 8 select 1");
}

/* Vectors E01 and E02: characters, and CR and LF count one each. */
static void
test_characters(void **state)
{
	(void)state;
	show("insert into m values(1); /* \xc3\xa9\xc3\xa9 */ select nosuch "
	     "from m;",
	    0, 1, 1, 41,
	    "1:42 43 41 insert into m values(1); /* \xc3\xa9\xc3\xa9 */ "
	    "select nosuch from m;");
	show("select 1;\r\nselect nosuch\r\n", 0, 1, 1, 18,
	    "2:8 18 7 select nosuch");
	show("select 1;\r\nselect nosuch\r\n", 11, 2, 1, 7,
	    "2:8 18 7 select nosuch");
}

static void
test_bom(void **state)
{
	(void)state;
	show("\xef\xbb\xbfselect nosuch\n", 3, 1, 1, 7,
	    "1:8 10 7 select nosuch");
	show(
	    "\xef\xbb\xbfselect nosuch\n", 3, 1, 1, 0, "1:1 3 0 select nosuch");
}

/* A long line is cut round the place, between characters. */
static void
test_long(void **state)
{
	char text[4 * 1000 + 1], expected[1200];
	size_t i, n;

	(void)state;
	for (i = 0; i < 1000; i++)
		memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 5);
	n = (size_t)snprintf(expected, sizeof(expected), "1:501 2000 120 ");
	memcpy(expected + n, text, 800);
	expected[n + 800] = '\0';
	show(text, 0, 1, 1, 500, expected);
	n = (size_t)snprintf(expected, sizeof(expected), "1:11 40 10 ");
	memcpy(expected + n, text, 360);
	expected[n + 360] = '\0';
	show(text, 0, 1, 1, 10, expected);
	n = (size_t)snprintf(expected, sizeof(expected), "1:1000 3996 120 ");
	memcpy(expected + n, text, 484);
	expected[n + 484] = '\0';
	show(text, 3992, 1, 999, 1, expected);
}

static void
test_far(void **state)
{
	char *text = malloc(100001 * 10 + 1);
	size_t i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < 100000; i++)
		memcpy(text + 10 * i, "\xc3\xa9, 45678\n", 11);
	show(text, 0, 1, 1, 9 * 99999 + 3, "100000:4 999994 3 \xc3\xa9, 45678");
	free(text);
}

static void
test_unreadable(void **state)
{
	struct place from = {"x", 0, 1, 1}, at;
	struct script s = scratch_text("nothing.sql", NULL);
	struct script_folder folder = {AT_FDCWD, "."};
	size_t caret;

	(void)state;
	assert_null(script_line_at(&s, &folder, &from, 0, &at, &caret));
	s.text = "select 1";
	from.offset = 100;
	assert_null(script_line_at(&s, NULL, &from, 0, &at, &caret));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_characters),
	    cmocka_unit_test(test_bom),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_far),
	    cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests_name(
	    "script_line", tests, scratch_setup, scratch_teardown);
}
