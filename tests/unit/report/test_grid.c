/* Rows of cells, aligned. */
#include "report/grid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
assert_grid(struct grid *g, const char *want)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	grid_write(g, f);
	fclose(f);
	assert_string_equal(text, want);
	free(text);
}

static void
test_aligned(void **state)
{
	struct grid g = {0};

	(void)state;
	grid_add(&g);
	grid_set(&g, 0, "1");
	grid_set(&g, 2, "short");
	grid_set(&g, 4, "end");
	grid_add(&g);
	grid_set(&g, 0, "100");
	grid_set(&g, 2, "longer \xc3\xa9");
	grid_add(&g);
	grid_set(&g, 2, NULL);
	grid_set(&g, 4, "a\nb");
	assert_grid(&g,
	    "1    short     end\n"
	    "100  longer \xc3\xa9\n"
	    "               a\\nb\n");
	assert_grid(&g, "");
}

/* More rows than the first block of memory holds. */
static void
test_many(void **state)
{
	struct grid g = {0};
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		grid_add(&g);
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
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
