/* Comparison: what is told, what is folded away, and of which sort it is. */
#include "check/compare.h"

#include "check_test.h"

static struct comparison c;

/* The difference at i is that, of that sort; NULL stands for none. */
static void
assert_difference(
    size_t i, const char *before, const char *after, enum allowance sort)
{
	const struct object *a, *b;

	assert_true(i < c.count);
	a = c.list[i].before;
	b = c.list[i].after;
	assert_int_equal(before == NULL, a == NULL);
	assert_int_equal(after == NULL, b == NULL);
	if (a != NULL)
		assert_string_equal(a->identity, before);
	if (b != NULL)
		assert_string_equal(b->identity, after);
	assert_int_equal(c.list[i].sort, sort);
}

static void
compared(const char *before, const char *after, size_t count)
{
	static struct catalogue *a, *b;
	struct err err = ERR_INIT;

	compare_clear(&c);
	catalogue_free(a);
	catalogue_free(b);
	a = parsed(before);
	b = parsed(after);
	assert_int_equal(compare(&c, a, b, NULL, &err), 0);
	assert_int_equal(c.count, count);
	if (count == 0) {
		compare_clear(&c);
		catalogue_free(a);
		catalogue_free(b);
		a = b = NULL;
	}
}

#define TABLE_A          \
	"table a\n"      \
	"  column a.x\n" \
	"      type: integer\n"

static void
test_same(void **state)
{
	(void)state;
	compared("", "", 0);
	compared(TABLE_A, TABLE_A, 0);
	/* Whatever the order in which they were read. */
	compared("table b\n" TABLE_A, TABLE_A "table b\n", 0);
}

/* What is part of something that is missing goes without saying. */
static void
test_folded(void **state)
{
	(void)state;
	compared(TABLE_A, "", 1);
	assert_difference(0, "a", NULL, ALLOW_NONE);
	compared("", TABLE_A, 1);
	assert_difference(0, NULL, "a", ALLOW_NONE);
	compared(TABLE_A, "table a\n", 1);
	assert_difference(0, "a.x", NULL, ALLOW_NONE);
	compared("", "", 0);
}

static void
test_changed(void **state)
{
	(void)state;
	compared(TABLE_A,
	    "table a\n  column a.x\n      type: text\n"
	    "      not null\n",
	    1);
	assert_difference(0, "a.x", "a.x", ALLOW_NONE);
	compared("table a\n  owner table a\n      role: me\n"
		 "  comment table a\n      text: x\n",
	    "table a\n  owner table a\n      role: you\n"
	    "  privileges table a\n      grant: ALL TO you\n",
	    3);
	assert_difference(0, "table a", "table a", ALLOW_OWNER);
	assert_difference(1, NULL, "table a", ALLOW_PRIVILEGES);
	assert_difference(2, "table a", NULL, ALLOW_COMMENT);
	compared("", "", 0);
}

static void
test_order(void **state)
{
	(void)state;
	compared(TABLE_A "  column order a\n      columns: x, y\n",
	    TABLE_A "  column order a\n      columns: y, x\n", 1);
	assert_difference(0, "a", "a", ALLOW_COLUMN_ORDER);
	/* A column more or less is what changed it. */
	compared(TABLE_A "  column order a\n      columns: x\n",
	    TABLE_A "  column a.y\n      type: text\n"
		    "  column order a\n      columns: x, y\n",
	    1);
	assert_difference(0, NULL, "a.y", ALLOW_NONE);
	compared("", "", 0);
}

/* Only what ADD VALUE does is a matter of values. */
static void
test_enum(void **state)
{
	(void)state;
	compared("enum e\n    label: a\n    label: b\n",
	    "enum e\n    label: a\n    label: x\n    label: b\n", 1);
	assert_difference(0, "e", "e", ALLOW_ENUM_VALUES);
	compared("enum e\n    label: a\n    label: b\n",
	    "enum e\n    label: b\n    label: a\n    label: c\n", 1);
	assert_difference(0, "e", "e", ALLOW_NONE);
	compared("enum e\n    label: a\n", "enum e\n    label: ab\n", 1);
	assert_difference(0, "e", "e", ALLOW_NONE);
	compared("", "", 0);
}

static void
test_renamed(void **state)
{
	(void)state;
	compared("table a\n  constraint a.one\n      definition: CHECK (x)\n",
	    "table a\n  constraint a.two\n      definition: CHECK (x)\n", 1);
	assert_difference(0, "a.one", "a.two", ALLOW_RENAMED);
	/* Of another table, or of another definition, it is another one. */
	compared("table a\n  constraint a.one\n      definition: CHECK (x)\n"
		 "table b\n",
	    "table a\n"
	    "table b\n  constraint b.one\n      definition: CHECK (x)\n",
	    2);
	compared("table a\n  constraint a.one\n      definition: CHECK (x)\n",
	    "table a\n  constraint a.two\n      definition: CHECK (y)\n", 2);
	/* A view is more than its query: its parts would be told without it. */
	compared("view v\n    query: x\n  owner view v\n      role: me\n",
	    "view w\n    query: x\n  owner view w\n      role: me\n", 2);
	assert_difference(0, "v", NULL, ALLOW_NONE);
	assert_difference(1, NULL, "w", ALLOW_NONE);
	/* Two for one: one of them is left over. */
	compared("table a\n  index i\n      columns: x\n",
	    "table a\n  index j\n      columns: x\n"
	    "  index k\n      columns: x\n",
	    2);
	assert_difference(0, "i", "j", ALLOW_RENAMED);
	assert_difference(1, NULL, "k", ALLOW_NONE);
	compared("", "", 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same),
	    cmocka_unit_test(test_folded),
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_enum),
	    cmocka_unit_test(test_renamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
