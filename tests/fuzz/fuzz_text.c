/* Fuzz the text functions: pieces agree with the whole, output is clean. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Whether the text is UTF-8 without a control character. */
static int
is_clean(const char *s)
{
	struct text_check c = {0};
	size_t n = strlen(s), i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return 0;
	return text_check_utf8(&c, s, n) == n && c.need == 0;
}

static void
check_escapes(const char *s)
{
	void (*const escape[])(struct buf *, const char *) = {
	    text_escape, text_json};
	struct buf b;
	size_t i;

	for (i = 0; i < 2; i++) {
		buf_init(&b, BUF_TEXT);
		escape[i](&b, s);
		assert(is_clean(buf_str(&b)));
		buf_clear(&b);
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *s = mem_strndup((const char *)data, size);
	struct text_check whole = {0}, pieces = {0};
	size_t n, i = 0, bad;
	uint64_t number;
	int64_t ms;

	bad = text_check_utf8(&whole, s, size);
	for (n = 1; i < size; i += n, n = n % 5 + 1) {
		if (n > size - i)
			n = size - i;
		if (text_check_utf8(&pieces, s + i, n) != n)
			break;
	}
	assert((bad == size) == (i >= size));
	assert(text_char_offset(s, size, size) == size);
	if (bad == size && whole.need == 0)
		assert(text_char_offset(s, size, text_count_chars(s, size)) ==
		    size);
	check_escapes(s);
	if (text_parse_number(s, &number))
		assert(number < 1000000000000000000u);
	if (text_parse_duration(s, &ms))
		assert(ms >= 0 && ms <= INT32_MAX);
	free(s);
	return 0;
}
