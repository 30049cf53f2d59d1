/* Dumps: what is written is read back as it was; what is none is refused. */
#include "check_test.h"

static void
assert_prints(const struct catalogue *all, const char *text)
{
	struct buf b;
	size_t i;

	buf_init(&b, BUF_TEXT);
	for (i = 0; i < all->count; i++)
		snapshot_print(&b, all->objects[i]);
	assert_string_equal(buf_str(&b), text);
	buf_clear(&b);
}

/* Objects with all that can make a dump hard to read. */
static struct catalogue *
hard(void)
{
	struct catalogue *all = catalogue_new();
	struct object *o, *part;

	o = catalogue_add(all, OBJECT_TABLE, "a\nb\\n", NULL);
	catalogue_field(all, o, "options", "one\n\n  two\n");
	catalogue_field(all, o, "flag", "");
	catalogue_field(all, o, "colon", "a: b");
	part = catalogue_add(all, OBJECT_COLUMN_ORDER, "column order x", o);
	catalogue_field(all, part, "columns", "  x");
	catalogue_field(all, part, "lines", "\n");
	o = catalogue_add(all, OBJECT_FUNCTION, "f(integer)", NULL);
	catalogue_field(all, o, "definition", "-- one\n\ttwo\n    three");
	catalogue_field(all, o, "none", NULL);
	catalogue_sort(all);
	return all;
}

#define HARD                              \
	"function f(integer)\n"           \
	"    definition:\n"               \
	"        -- one\n"                \
	"        \ttwo\n"                 \
	"            three\n"             \
	"table a\\nb\\\\n\n"              \
	"    options:\n"                  \
	"        one\n"                   \
	"\n"                              \
	"          two\n"                 \
	"        \n"                      \
	"    flag\n"                      \
	"    colon: a: b\n"               \
	"  column order column order x\n" \
	"      columns:   x\n"            \
	"      lines:\n"                  \
	"\n"                              \
	"          \n"

static void
test_round_trip(void **state)
{
	struct catalogue *all = hard(), *again;
	char sum[CHECKSUM_SIZE], sum_again[CHECKSUM_SIZE];
	size_t i;

	(void)state;
	assert_prints(all, HARD);
	again = parsed(HARD);
	assert_int_equal(again->count, all->count);
	for (i = 0; i < all->count; i++) {
		assert_int_equal(
		    object_compare(all->objects[i], again->objects[i]), 0);
		assert_true(object_same(all->objects[i], again->objects[i]));
	}
	snapshot_sum(all, sum);
	snapshot_sum(again, sum_again);
	assert_string_equal(sum, sum_again);
	catalogue_free(all);
	catalogue_free(again);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text;
		uint64_t line;
	} cases[] = {
	    {"what\n", 1},
	    {"tables a\n", 1},
	    {"table\n", 1},
	    {"  column a.x\n", 1},
	    {"    type: integer\n", 1},
	    {"-- a comment\n\ntable a\nwhat\n", 4},
	    {"table a\ntable b\ntable a\n", 4},
	    {"table a\n    flag\n        value\n", 3},
	    {"table a\\b\n", 1},
	};
	struct catalogue *all = NULL;
	struct err err = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    snapshot_parse(&all, cases[i].text, "dump", &err),
		    ERR_USAGE);
		assert_null(all);
		assert_string_equal(err.place.file, "dump");
		assert_int_equal(err.place.line, cases[i].line);
		err_clear(&err);
	}
}

static void
test_server(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, BUF_LINE);
	snapshot_head(&b, "PostgreSQL 15.18");
	assert_string_equal(
	    buf_str(&b), "-- sqlmigrate dump of PostgreSQL 15\n");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
