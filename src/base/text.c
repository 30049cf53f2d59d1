/* Text: UTF-8, escaping for output, numbers and durations. */
#include "base/text.h"

#include <string.h>
#include <strings.h>

#define DURATION_MAX INT32_MAX

/* What the first byte of a sequence asks of the bytes after it. */
static bool
text_lead(struct text_check *c, unsigned char b)
{
	c->low = 0x80;
	c->high = 0xbf;
	if (b >= 0xc2 && b <= 0xdf) {
		c->need = 1;
	} else if (b >= 0xe0 && b <= 0xef) {
		c->need = 2;
		if (b == 0xe0)
			c->low = 0xa0;
		if (b == 0xed)
			c->high = 0x9f;
	} else if (b >= 0xf0 && b <= 0xf4) {
		c->need = 3;
		if (b == 0xf0)
			c->low = 0x90;
		if (b == 0xf4)
			c->high = 0x8f;
	} else {
		return false;
	}
	return true;
}

/* The number of leading bytes that are ASCII and not NUL, eight at a time. */
static size_t
text_skip_ascii(const char *p, size_t n)
{
	const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
	uint64_t w;
	size_t i;

	for (i = 0; i + sizeof(w) <= n; i += sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		if (((w | (w - ones)) & tops) != 0)
			break;
	}
	return i;
}

size_t
text_check_utf8(struct text_check *c, const char *p, size_t n)
{
	size_t i = 0;
	unsigned char b;

	while (i < n) {
		if (c->need == 0) {
			i += text_skip_ascii(p + i, n - i);
			if (i == n)
				break;
		}
		b = (unsigned char)p[i];
		if (c->need > 0) {
			if (b < c->low || b > c->high)
				return i;
			c->need--;
			c->low = 0x80;
			c->high = 0xbf;
		} else if (b == 0 || (b >= 0x80 && !text_lead(c, b))) {
			return i;
		}
		i++;
	}
	return n;
}

static bool
text_is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t
text_count_chars(const char *p, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += !text_is_continuation(p[i]);
	return count;
}

size_t
text_bom(const char *p, size_t n)
{
	static const char bom[] = "\xef\xbb\xbf";
	const size_t len = sizeof(bom) - 1;

	return n >= len && memcmp(p, bom, len) == 0 ? len : 0;
}

size_t
text_char_offset(const char *p, size_t n, uint64_t chars)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!text_is_continuation(p[i]) && chars-- == 0)
			break;
	return i;
}

/*
 * Decode one character.  Returns its length in bytes, 0 where the bytes are
 * not UTF-8.
 */
static size_t
text_decode(const char *s, uint32_t *cp)
{
	struct text_check c = {0};
	unsigned char b = (unsigned char)*s;
	size_t n = 1, i;

	*cp = b;
	if (b < 0x80)
		return 1;
	if (!text_lead(&c, b))
		return 0;
	n += c.need;
	*cp = b & (0x3fu >> c.need);
	for (i = 1; i < n; i++) {
		if (text_check_utf8(&c, s + i, 1) != 1)
			return 0;
		*cp = *cp << 6 | ((unsigned char)s[i] & 0x3f);
	}
	return n;
}

/* Characters that move the cursor, hide text or change its direction. */
static bool
text_is_hidden(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0xa0) || cp == 0xad ||
	    cp == 0x61c || cp == 0x115f || cp == 0x1160 || cp == 0x1680 ||
	    cp == 0x180e || (cp >= 0x2000 && cp <= 0x200f) ||
	    (cp >= 0x2028 && cp <= 0x202f) || (cp >= 0x205f && cp <= 0x206f) ||
	    cp == 0x3000 || cp == 0x3164 || cp == 0xffa0 || cp == 0xfeff ||
	    (cp >= 0xfff9 && cp <= 0xfffb) || (cp >= 0xe0000 && cp <= 0xe007f);
}

static void
text_escape_one(struct buf *b, uint32_t cp)
{
	if (cp == '\n')
		buf_adds(b, "\\n");
	else if (cp == '\t')
		buf_adds(b, "\\t");
	else if (cp == '\r')
		buf_adds(b, "\\r");
	else if (cp < 0x80)
		buf_addf(b, "\\x%02x", (unsigned)cp);
	else
		buf_addf(b, "\\u{%04x}", (unsigned)cp);
}

static void
text_escape_but(struct buf *b, const char *s, const char *let)
{
	uint32_t cp;
	size_t n;

	for (; *s != '\0'; s += n) {
		n = text_decode(s, &cp);
		if (n == 0) {
			buf_addf(b, "\\x%02x", (unsigned char)*s);
			n = 1;
		} else if (text_is_hidden(cp) &&
		    (cp >= 0x80 || strchr(let, (int)cp) == NULL)) {
			text_escape_one(b, cp);
		} else {
			buf_add(b, s, n);
		}
	}
}

void
text_escape(struct buf *b, const char *s)
{
	text_escape_but(b, s, "");
}

void
text_escape_lines(struct buf *b, const char *s)
{
	text_escape_but(b, s, "\n\t");
}

void
text_shell(struct buf *b, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@%+=:,./_-";

	if (*s != '\0' && *s != '-' && s[strspn(s, plain)] == '\0') {
		buf_adds(b, s);
		return;
	}
	buf_addc(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_adds(b, "'\\'");
		buf_addc(b, *s);
	}
	buf_addc(b, '\'');
}

void
text_path(struct buf *b, const char *path)
{
	if (*path == '-' || *path == ':' || strncmp(path, "file:", 5) == 0)
		buf_adds(b, "./");
	buf_adds(b, path);
}

void
text_json(struct buf *b, const char *s)
{
	uint32_t cp;
	size_t n;

	buf_addc(b, '"');
	for (; *s != '\0'; s += n) {
		n = text_decode(s, &cp);
		if (n == 0) {
			buf_adds(b, "\xef\xbf\xbd");
			n = 1;
		} else if (cp == '"' || cp == '\\') {
			buf_addf(b, "\\%c", (char)cp);
		} else if (cp == '\n') {
			buf_adds(b, "\\n");
		} else if (cp > 0xffff && text_is_hidden(cp)) {
			buf_addf(b, "\\u%04x\\u%04x",
			    0xd800u + ((cp - 0x10000u) >> 10),
			    0xdc00u + (cp & 0x3ffu));
		} else if (text_is_hidden(cp)) {
			buf_addf(b, "\\u%04x", cp);
		} else {
			buf_add(b, s, n);
		}
	}
	buf_addc(b, '"');
}

bool
text_parse_number(const char *s, uint64_t *out)
{
	size_t i, n = strlen(s);
	uint64_t v = 0;

	if (n == 0 || n > 18)
		return false;
	for (i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	*out = v;
	return true;
}

bool
text_parse_duration(const char *s, int64_t *ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000},
	    {"d", 86400000}};
	size_t i, n = strspn(s, "0123456789");
	char digits[19] = {0};
	uint64_t v;

	if (n >= sizeof(digits))
		return false;
	memcpy(digits, s, n);
	if (!text_parse_number(digits, &v))
		return false;
	s += n;
	s += strspn(s, " ");
	if (v == 0 && *s == '\0') {
		*ms = 0;
		return true;
	}
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(s, units[i].unit) != 0)
			continue;
		if (v > DURATION_MAX / units[i].ms)
			return false;
		*ms = (int64_t)(v * units[i].ms);
		return true;
	}
	return false;
}

bool
text_is_word_n(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(s, word, n) == 0;
}

bool
text_is_word(const char *s, const char *word)
{
	return strcasecmp(s, word) == 0;
}

bool
text_ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

bool
text_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
text_is_address(const char *s)
{
	static const char *const marks[] = {
	    "://", "password=", "passwd=", "pwd="};
	const char *colon = strchr(s, ':');
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strcasestr(s, marks[i]) != NULL)
			return true;
	return colon != NULL && strchr(colon, '@') != NULL;
}
