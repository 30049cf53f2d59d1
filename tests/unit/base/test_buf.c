/* The growing buffer: every way to add, its limit, and taking the text. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
test_empty(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, BUF_LINE);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(b.len, 0);
	assert_false(buf_overflowed(&b));
	s = buf_take(&b);
	assert_string_equal(s, "");
	free(s);
	buf_reset(&b);
	buf_add(&b, "", 0);
	assert_string_equal(buf_str(&b), "");
	buf_clear(&b);
	buf_clear(&b);
}

static void
test_add(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "one ");
	buf_addc(&b, '2');
	buf_add(&b, " three four", 6);
	buf_addf(&b, " %d%s", 4, "!");
	assert_string_equal(buf_str(&b), "one 2 three 4!");
	assert_int_equal(b.len, strlen("one 2 three 4!"));
	buf_reset(&b);
	assert_string_equal(buf_str(&b), "");
	buf_adds(&b, "again");
	assert_string_equal(buf_str(&b), "again");
	buf_clear(&b);
}

static void
test_nul_bytes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, BUF_LINE);
	buf_add(&b, "a\0b", 3);
	assert_int_equal(b.len, 3);
	assert_memory_equal(buf_str(&b), "a\0b", 4);
	buf_clear(&b);
}

/* Byte by byte over the sizes at which it grows. */
static void
test_growth(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, BUF_LINE);
	for (i = 0; i < 5000; i++) {
		buf_addc(&b, (char)('a' + i % 26));
		assert_int_equal(strlen(buf_str(&b)), i + 1);
		assert_true(b.len < b.cap);
	}
	for (i = 0; i < 5000; i++)
		assert_int_equal(buf_str(&b)[i], 'a' + i % 26);
	buf_clear(&b);
}

/* buf_addf() has a small space of its own: lengths on both sides of it. */
static void
test_format_lengths(void **state)
{
	static const int lengths[] = {0, 1, 510, 511, 512, 513, 4000};
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		buf_init(&b, BUF_LINE);
		buf_addf(&b, "%*s|", lengths[i], "");
		assert_int_equal(b.len, lengths[i] + 1);
		assert_int_equal(buf_str(&b)[lengths[i]], '|');
		buf_clear(&b);
	}
}

static void
test_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_adds(&b, "12345");
	assert_false(buf_overflowed(&b));
	buf_add(&b, "", 0);
	assert_false(buf_overflowed(&b));
	buf_addc(&b, '6');
	assert_true(buf_overflowed(&b));
	assert_string_equal(buf_str(&b), "12345");
	buf_reset(&b);
	assert_false(buf_overflowed(&b));
	buf_addf(&b, "%s", "abcdefgh");
	assert_true(buf_overflowed(&b));
	assert_string_equal(buf_str(&b), "abcde");
	buf_clear(&b);
	assert_false(buf_overflowed(&b));
	assert_int_equal(b.max, 5);
}

static void
test_limit_zero(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_adds(&b, "x");
	assert_true(buf_overflowed(&b));
	assert_string_equal(buf_str(&b), "");
	buf_clear(&b);
}

static void
test_take(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 10);
	buf_adds(&b, "0123456789abc");
	s = buf_take(&b);
	assert_string_equal(s, "0123456789");
	free(s);
	assert_string_equal(buf_str(&b), "");
	assert_false(buf_overflowed(&b));
	buf_adds(&b, "new");
	assert_string_equal(buf_str(&b), "new");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_add),
	    cmocka_unit_test(test_nul_bytes),
	    cmocka_unit_test(test_growth),
	    cmocka_unit_test(test_format_lengths),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_limit_zero),
	    cmocka_unit_test(test_take),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
