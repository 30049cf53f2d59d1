/* The words of one statement: its tokens without comments, one at a time. */
#include "sql/words_int.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

void
words_init(
    struct words *w, const struct dialect *d, const char *text, size_t len)
{
	lexer_init(&w->lexer, d);
	w->text = text;
	w->text_len = len;
	words_next(w);
}

void
words_next(struct words *w)
{
	struct lexer *lx = &w->lexer;
	enum lexer_result r;

	do {
		r = lexer_next(lx, w->text, w->text_len, true);
	} while (r == LEXER_TOKEN && lx->kind == TOKEN_COMMENT);
	w->kind = r == LEXER_TOKEN ? lx->kind : TOKEN_MARK;
	w->p = w->text + lx->start;
	w->len = r == LEXER_TOKEN ? lx->pos - lx->start : 0;
}

bool
words_is(const struct words *w, const char *keyword)
{
	return w->kind == TOKEN_WORD && text_is_word_n(w->p, w->len, keyword);
}

bool
words_take(struct words *w, const char *keyword)
{
	if (!words_is(w, keyword))
		return false;
	words_next(w);
	return true;
}

bool
words_is_mark(const struct words *w, char mark)
{
	return w->kind == TOKEN_MARK && w->len == 1 && *w->p == mark;
}

bool
words_take_mark(struct words *w, char mark)
{
	if (!words_is_mark(w, mark))
		return false;
	words_next(w);
	return true;
}

bool
words_take_list(struct words *w)
{
	size_t depth = 0;

	if (!words_is_mark(w, '('))
		return false;
	do {
		depth += words_is_mark(w, '(');
		depth -= words_is_mark(w, ')');
		words_next(w);
	} while (depth > 0 && !words_at_end(w));
	return true;
}

bool
words_take_name(struct words *w)
{
	if (w->kind != TOKEN_WORD && w->kind != TOKEN_NAME)
		return false;
	words_next(w);
	return true;
}

bool
words_take_qualified(struct words *w)
{
	if (!words_take_name(w))
		return false;
	while (words_take_mark(w, '.'))
		words_take_name(w);
	return true;
}

/* Without the quotes; what is doubled inside stays so. */
static size_t
words_unquoted(const struct words *w, const char **p)
{
	bool quoted = w->kind == TOKEN_STRING || w->kind == TOKEN_NAME;

	*p = w->p;
	if (!quoted || w->len < 2)
		return w->len;
	++*p;
	return w->len - 2;
}

bool
words_is_value(const struct words *w, const char *values)
{
	const char *p, *end;
	size_t n = words_unquoted(w, &p), m;

	for (;; values = end + 1) {
		end = values + strcspn(values, "|");
		m = (size_t)(end - values);
		if (m == n && strncasecmp(p, values, n) == 0)
			return true;
		if (*end == '\0')
			return false;
	}
}

bool
words_is_off(const struct words *w)
{
	return words_is_value(w, "off|of|false|fals|fal|fa|f|no|n|0");
}

/* A name that is not quoted is folded to lower case. */
bool
words_is_name(const struct words *w, const char *name)
{
	bool any_case = w->lexer.dialect->any_case_names;
	bool fold = any_case || w->kind == TOKEN_WORD;
	const char *p;
	size_t n = words_unquoted(w, &p), i;
	int a, b;

	for (i = 0; i < n; i++, name++) {
		a = fold ? tolower((unsigned char)p[i]) : (unsigned char)p[i];
		b = (unsigned char)*name;
		if (a != (any_case ? tolower(b) : b))
			return false;
		if (p > w->p && p[i] == p[n])
			i++;
	}
	return *name == '\0';
}
