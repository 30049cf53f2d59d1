/* Rows of cells, aligned. */
#include "report/grid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct grid_column columns[GRID_COLUMNS] = {{"NO.", 0, false},
    {"NAME", 6, false}, {"NEVER", 0, false}, {"NOTES", 4, true}};
static const struct grid_style plain;

static void
assert_grid(struct grid *g, const struct grid_style *style, const char *want)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	grid_write(g, style, f);
	fclose(f);
	assert_string_equal(text, want);
	free(text);
}

static void
test_aligned(void **state)
{
	struct grid g = {0};

	(void)state;
	grid_add(&g, NULL);
	grid_set(&g, 0, "1");
	grid_set(&g, 2, "short");
	grid_set(&g, 4, "end");
	grid_add(&g, NULL);
	grid_set(&g, 0, "100");
	grid_set(&g, 2, "longer \xc3\xa9");
	grid_add(&g, NULL);
	grid_set(&g, 2, NULL);
	grid_set(&g, 4, "a\nb");
	assert_grid(&g, &plain,
	    "1    short     end\n"
	    "100  longer \xc3\xa9\n"
	    "               a\\nb\n");
	assert_grid(&g, &plain, "");
}

static void
fill(struct grid *g)
{
	grid_add(g, columns);
	grid_set(g, 0, "1");
	grid_set(g, 1, "a name of 19 chars.");
	grid_set(g, 3, "a note \xc3\xa9\xc3\xa9\xc3\xa9");
	grid_add(g, columns);
	grid_set(g, 0, "2");
	grid_color(g, 0, "<");
	grid_set(g, 1, "short");
}

/* A column without a cell has no title either. */
static void
test_head(void **state)
{
	const struct grid_style head = {.head = true};
	struct grid g = {0};

	(void)state;
	fill(&g);
	assert_grid(&g, &head,
	    "NO.  NAME                 NOTES\n"
	    "1    a name of 19 chars.  a note \xc3\xa9\xc3\xa9\xc3\xa9\n"
	    "2    short\n");
	assert_grid(&g, &head, "");
}

/* None is cut below its least, and a late one only after the others. */
static void
test_fitted(void **state)
{
	struct grid_style style = {.head = true, .width = 23};
	struct grid g = {0};

	(void)state;
	fill(&g);
	assert_grid(&g, &style,
	    "NO.  NAME    NOTES\n"
	    "1    a nam\xe2\x80\xa6  a note \xc3\xa9\xc3\xa9\xc3\xa9\n"
	    "2    short\n");
	style.width = 5;
	fill(&g);
	assert_grid(&g, &style,
	    "NO.  NAME    NOT\xe2\x80\xa6\n"
	    "1    a nam\xe2\x80\xa6  a n\xe2\x80\xa6\n"
	    "2    short\n");
	style.width = 38;
	fill(&g);
	assert_grid(&g, &style,
	    "NO.  NAME                 NOTES\n"
	    "1    a name of 19 chars.  a note \xc3\xa9\xc3\xa9\xc3\xa9\n"
	    "2    short\n");
}

/* Colours take no room. */
static void
test_colored(void **state)
{
	const struct grid_style style = {.head = true, .color = true};
	struct grid g = {0};

	(void)state;
	grid_add(&g, columns);
	grid_set(&g, 0, "1");
	grid_color(&g, 0, "<");
	grid_set(&g, 1, "a");
	assert_grid(&g, &style,
	    "\033[1mNO.\033[0m  \033[1mNAME\033[0m\n"
	    "<1\033[0m    a\n");
}

/* More rows than the first block of memory holds. */
static void
test_many(void **state)
{
	struct grid g = {0};
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		grid_add(&g, NULL);
		grid_set(&g, 0, "x");
	}
	assert_int_equal(g.count, 1000);
	grid_clear(&g);
	assert_int_equal(g.count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_aligned),
	    cmocka_unit_test(test_head),
	    cmocka_unit_test(test_fitted),
	    cmocka_unit_test(test_colored),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
