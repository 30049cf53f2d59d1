/* Text: the UTF-8 table whole and in pieces, escapes, numbers, durations. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct utf8_case {
	const char *text;
	size_t n;
	size_t bad; /* the index of the first bad byte; n where all are good */
	unsigned need; /* continuation bytes missing at the end */
};

#define CASE(s, bad, need)                    \
	{                                     \
		s, sizeof(s) - 1, (bad), need \
	}

static const struct utf8_case cases[] = {
    CASE("", 0, 0),
    CASE("plain text, longer than one word of the machine", 47, 0),
    CASE("\x01\x02\t\r\n\x7f", 6, 0),
    CASE("\xc2\x80", 2, 0),
    CASE("\xdf\xbf", 2, 0),
    CASE("\xe0\xa0\x80", 3, 0),
    CASE("\xec\xbf\xbf", 3, 0),
    CASE("\xed\x9f\xbf", 3, 0),
    CASE("\xee\x80\x80", 3, 0),
    CASE("\xef\xbf\xbf", 3, 0),
    CASE("\xef\xbb\xbf", 3, 0),
    CASE("\xf0\x90\x80\x80", 4, 0),
    CASE("\xf3\xbf\xbf\xbf", 4, 0),
    CASE("\xf4\x8f\xbf\xbf", 4, 0),
    /* a NUL */
    CASE("\0", 0, 0),
    CASE("abcdefgh\0ijklmnop", 8, 0),
    CASE("abcdefghijk\0", 11, 0),
    /* continuation bytes with no lead */
    CASE("\x80", 0, 0),
    CASE("a\xbf", 1, 0),
    CASE("\xc3\xa9\xa9", 2, 0),
    /* overlong forms */
    CASE("\xc0\x80", 0, 0),
    CASE("\xc1\xbf", 0, 0),
    CASE("\xe0\x80\x80", 1, 2),
    CASE("\xe0\x9f\xbf", 1, 2),
    CASE("\xf0\x80\x80\x80", 1, 3),
    CASE("\xf0\x8f\xbf\xbf", 1, 3),
    /* surrogates */
    CASE("\xed\xa0\x80", 1, 2),
    CASE("\xed\xbf\xbf", 1, 2),
    /* beyond U+10FFFF, and bytes that never occur */
    CASE("\xf4\x90\x80\x80", 1, 3),
    CASE("\xf5\x80\x80\x80", 0, 0),
    CASE("\xfe", 0, 0),
    CASE("\xff", 0, 0),
    /* cut short by another character */
    CASE("\xe2\x82x", 2, 1),
    CASE("\xf0\x9f\x98x", 3, 1),
    CASE("\xc3\xc3\xa9", 1, 1),
    CASE("\xc3\0", 1, 1),
    /* cut short by the end */
    CASE("abc\xc3", 4, 1),
    CASE("\xe2", 1, 2),
    CASE("\xe2\x82", 2, 1),
    CASE("\xf0", 1, 3),
    CASE("\xf0\x9f\x98", 3, 1),
    /* after a stretch of ASCII, at each place within a word */
    CASE("0123456\xff", 7, 0),
    CASE("01234567\xff", 8, 0),
    CASE("012345678\xff", 9, 0),
    CASE("0123456789abcd\xff", 14, 0),
    CASE("\xc3\xa9 0123456789abcde\xff", 18, 0),
};

static void
test_utf8_whole(void **state)
{
	struct text_check c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		memset(&c, 0, sizeof(c));
		assert_int_equal(text_check_utf8(&c, cases[i].text, cases[i].n),
		    cases[i].bad);
		assert_int_equal(c.need, cases[i].need);
	}
}

/* Feed a text in three pieces; the index of the first bad byte. */
static size_t
check_pieces(
    struct text_check *c, const struct utf8_case *u, size_t a, size_t b)
{
	size_t from[] = {0, a, b}, to[] = {a, b, u->n}, i, r;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < 3; i++) {
		r = text_check_utf8(c, u->text + from[i], to[i] - from[i]);
		if (r != to[i] - from[i])
			return from[i] + r;
	}
	return u->n;
}

static void
test_utf8_pieces(void **state)
{
	struct text_check c;
	size_t i, a, b;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		for (a = 0; a <= cases[i].n; a++)
			for (b = a; b <= cases[i].n; b++) {
				assert_int_equal(
				    check_pieces(&c, &cases[i], a, b),
				    cases[i].bad);
				assert_int_equal(c.need, cases[i].need);
			}
}

static size_t
encode(uint32_t cp, char *s)
{
	if (cp < 0x80) {
		s[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		s[0] = (char)(0xc0 | cp >> 6);
		s[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		s[0] = (char)(0xe0 | cp >> 12);
		s[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		s[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	s[0] = (char)(0xf0 | cp >> 18);
	s[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	s[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	s[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

/* Every character there is, and every surrogate, which is none. */
static void
test_utf8_every(void **state)
{
	struct text_check c;
	char s[4];
	uint32_t cp;
	size_t n, r;

	(void)state;
	for (cp = 1; cp <= 0x10ffff; cp++) {
		memset(&c, 0, sizeof(c));
		n = encode(cp, s);
		r = text_check_utf8(&c, s, n);
		if (cp >= 0xd800 && cp <= 0xdfff) {
			assert_int_equal(r, 1);
			continue;
		}
		if (r != n || c.need != 0 || text_count_chars(s, n) != 1)
			fail_msg("U+%04X", (unsigned)cp);
	}
}

static void
test_count(void **state)
{
	(void)state;
	assert_int_equal(text_count_chars("", 0), 0);
	assert_int_equal(text_count_chars("abc", 3), 3);
	assert_int_equal(text_count_chars("a\xc3\xa9\xe2\x82\xac", 6), 3);
	assert_int_equal(text_count_chars("\xf0\x9f\x98\x80", 4), 1);
}

static void
test_char_offset(void **state)
{
	const char *s = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";

	(void)state;
	assert_int_equal(text_char_offset(s, 11, 0), 0);
	assert_int_equal(text_char_offset(s, 11, 1), 1);
	assert_int_equal(text_char_offset(s, 11, 2), 3);
	assert_int_equal(text_char_offset(s, 11, 3), 6);
	assert_int_equal(text_char_offset(s, 11, 4), 10);
	assert_int_equal(text_char_offset(s, 11, 5), 11);
	assert_int_equal(text_char_offset(s, 11, UINT64_MAX), 11);
	assert_int_equal(text_char_offset("", 0, 0), 0);
}

struct pair {
	const char *in, *out;
};

static void
assert_pairs(
    void (*f)(struct buf *, const char *), const struct pair *p, size_t count)
{
	struct buf b;
	size_t i;

	for (i = 0; i < count; i++) {
		buf_init(&b, BUF_LINE);
		f(&b, p[i].in);
		assert_string_equal(buf_str(&b), p[i].out);
		buf_clear(&b);
	}
}

static void
test_escape(void **state)
{
	static const struct pair pairs[] = {
	    {"", ""},
	    {"plain \\ \" ' text", "plain \\ \" ' text"},
	    {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
	    {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
	    {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
	    {"\x01\x1f\x7f", "\\x01\\x1f\\x7f"},
	    {"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0",
		"\\u{0080}\\u{009b}\\u{009f}\\u{00a0}"},
	    {"\xe2\x80\xae.lqs", "\\u{202e}.lqs"},
	    {"\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}"},
	    {"\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}"},
	    {"\xd8\x9c\xc2\xad\xef\xbb\xbf", "\\u{061c}\\u{00ad}\\u{feff}"},
	    {"a\xc2\xa0"
	     "b\xe2\x80\xaf\xe3\x80\x80",
		"a\\u{00a0}b\\u{202f}\\u{3000}"},
	    {"\xf3\xa0\x81\x81", "\\u{e0041}"},
	    {"\xff\xfe", "\\xff\\xfe"},
	    {"\xc3", "\\xc3"},
	    {"\xe2\x82", "\\xe2\\x82"},
	    {"\xe2\x82z", "\\xe2\\x82z"},
	    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
	    {"\xc0\xaf", "\\xc0\\xaf"},
	};
	static const struct pair lines[] = {
	    {"a\nb\tc\rd", "a\nb\tc\\rd"},
	    {"\x1b\n\xff", "\\x1b\n\\xff"},
	};

	(void)state;
	assert_pairs(text_escape, pairs, COUNT(pairs));
	assert_pairs(text_escape_lines, lines, COUNT(lines));
}

static void
test_json(void **state)
{
	static const struct pair pairs[] = {
	    {"", "\"\""},
	    {"plain / ' text", "\"plain / ' text\""},
	    {"a\"b\\c", "\"a\\\"b\\\\c\""},
	    {"a\nb\tc\rd", "\"a\\nb\\u0009c\\u000dd\""},
	    {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
	    {"caf\xc3\xa9 \xf0\x9f\x98\x80",
		"\"caf\xc3\xa9 \xf0\x9f\x98\x80\""},
	    {"\xe2\x80\xae\xc2\x9b", "\"\\u202e\\u009b\""},
	    {"\xf3\xa0\x81\x81", "\"\\udb40\\udc41\""},
	    {"\xff", "\"\xef\xbf\xbd\""},
	    {"a\xe2\x82", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
	};

	(void)state;
	assert_pairs(text_json, pairs, COUNT(pairs));
}

static void
test_number(void **state)
{
	static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "0x1",
	    "1.0", "1a", "1234567890123456789", "\xd9\xa1"};
	uint64_t v;
	size_t i;

	(void)state;
	assert_true(text_parse_number("0", &v) && v == 0);
	assert_true(text_parse_number("007", &v) && v == 7);
	assert_true(
	    text_parse_number("20251103120000", &v) && v == 20251103120000u);
	assert_true(text_parse_number("999999999999999999", &v) &&
	    v == 999999999999999999u);
	for (i = 0; i < COUNT(bad); i++)
		assert_false(text_parse_number(bad[i], &v));
}

static void
test_duration(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {{"0", 0}, {"000", 0}, {"5s", 5000}, {"5 s", 5000},
	    {"250ms", 250}, {"10min", 600000}, {"2h", 7200000},
	    {"1d", 86400000}, {"24d", 2073600000}, {"2147483647ms", INT32_MAX},
	    {"2147483s", 2147483000}, {"000000000000000001s", 1000}};
	static const char *const bad[] = {"", "5", "s", "-1s", "+1s", " 1s",
	    "1.5s", "1m", "1S", "1sec", "1s ", "1 s 2", "25d", "2147483648ms",
	    "2147484s", "99999999999999999999s", "999999999999999999d", "1,5"};
	int64_t ms;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_true(text_parse_duration(good[i].text, &ms));
		assert_int_equal(ms, good[i].ms);
	}
	for (i = 0; i < COUNT(bad); i++)
		if (text_parse_duration(bad[i], &ms))
			fail_msg("\"%s\" was taken for a duration", bad[i]);
}

static void
test_words(void **state)
{
	(void)state;
	assert_true(text_is_word("Begin", "BEGIN"));
	assert_false(text_is_word("begins", "begin"));
	assert_false(text_is_word("", "begin"));
	assert_true(text_is_word_n("beginning", 5, "BEGIN"));
	assert_false(text_is_word_n("beginning", 6, "BEGIN"));
	assert_false(text_is_word_n("beg", 3, "begin"));
	assert_true(text_is_word_n("", 0, ""));
	assert_true(text_ends_with("a_rollback.sql", ".sql"));
	assert_true(text_ends_with(".sql", ".sql"));
	assert_true(text_ends_with("x", ""));
	assert_false(text_ends_with("sql", ".sql"));
	assert_false(text_ends_with("a.SQL", ".sql"));
}

static void
test_address(void **state)
{
	static const char *const good[] = {"postgresql://h/d", "u:pw@h",
	    "postgresql:u:pw@h/d", "host=h password=pw", "Password=pw",
	    "h;Pwd=pw", "passwd=pw"};
	static const char *const bad[] = {"", "003_add_user", "1.2.0",
	    "sqlite:app.db", "a@b", "a@b:c", "db/migrations", "password",
	    "add password"};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		if (!text_is_address(good[i]))
			fail_msg("\"%s\" is an address", good[i]);
	for (i = 0; i < COUNT(bad); i++)
		if (text_is_address(bad[i]))
			fail_msg("\"%s\" is no address", bad[i]);
}

static void
test_same(void **state)
{
	char other[] = "a";

	(void)state;
	assert_true(text_same("a", other));
	assert_true(text_same(NULL, NULL));
	assert_false(text_same("a", "b"));
	assert_false(text_same("a", NULL));
	assert_false(text_same(NULL, "a"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_utf8_whole),
	    cmocka_unit_test(test_utf8_pieces),
	    cmocka_unit_test(test_utf8_every),
	    cmocka_unit_test(test_count),
	    cmocka_unit_test(test_char_offset),
	    cmocka_unit_test(test_escape),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_number),
	    cmocka_unit_test(test_duration),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_same),
	    cmocka_unit_test(test_address),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
