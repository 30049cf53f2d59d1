/* Parts of the lexer: dollar quotes and parameters. */
#include <string.h>

#include "sql/lexer_part_int.h"

enum lexer_result
lex_dollar_quoted(struct lexer *lx, const struct input *in)
{
	const char *p = in->p + lx->pos, *end = in->p + in->len;

	while ((p = memchr(p, '$', (size_t)(end - p))) != NULL) {
		lx->pos = (size_t)(p - in->p);
		if ((size_t)(end - p) < lx->tag)
			return LEXER_MORE;
		if (memcmp(p, in->p + lx->start, lx->tag) == 0) {
			lx->pos += lx->tag;
			return LEXER_TOKEN;
		}
		p++;
	}
	lx->pos = in->len;
	return LEXER_MORE;
}

enum lexer_result
lex_parameter_tail(struct lexer *lx, const struct input *in)
{
	size_t i = lx->pos;
	enum byte_class c = BYTE_LETTER;

	for (; i < in->len && in->p[i] != ')'; i++) {
		c = byte_class(lx, in->p[i]);
		if (c == BYTE_BLANK || c == BYTE_NEWLINE)
			break;
	}
	lx->pos = i;
	if (unseen(in, i))
		return LEXER_MORE;
	if (peek(in, i) == ')')
		lx->pos++;
	return LEXER_TOKEN;
}

/* $1 in PostgreSQL; in SQLite ?1, :name and $name::more(anything). */
enum lexer_result
lex_parameter(struct lexer *lx, const struct input *in)
{
	bool digits = lx->dialect->dollar_quotes || in->p[lx->start] == '?';
	enum byte_class first = digits ? BYTE_DIGIT : BYTE_LETTER;
	enum byte_class last = digits ? BYTE_DIGIT : BYTE_DOLLAR, c;
	size_t i = lx->pos;

	for (;; i++) {
		lx->pos = i;
		if (unseen(in, i))
			return LEXER_MORE;
		c = byte_class(lx, peek(in, i));
		if (i < in->len && c >= first && c <= last)
			continue;
		if (digits || peek(in, i) != ':')
			break;
		if (unseen(in, i + 1))
			return LEXER_MORE;
		if (peek(in, ++i) != ':')
			break;
	}
	if (digits || peek(in, lx->pos) != '(' || lx->pos == lx->start + 1)
		return LEXER_TOKEN;
	lx->state = LEXER_PARAMETER_TAIL;
	lx->pos++;
	return lex_parameter_tail(lx, in);
}

/* A tag is a name without $; where none ends in $, the $ stands alone. */
enum lexer_result
lex_dollar(struct lexer *lx, const struct input *in)
{
	size_t first = lx->start + 1, i = lx->pos;

	if (unseen(in, first))
		return LEXER_MORE;
	if (byte_class(lx, peek(in, first)) == BYTE_DIGIT) {
		lx->state = LEXER_PARAMETER;
		lx->kind = TOKEN_PARAMETER;
		return lex_parameter(lx, in);
	}
	while (i < in->len && byte_class(lx, in->p[i]) <= BYTE_DIGIT)
		i++;
	lx->pos = i;
	if (unseen(in, i))
		return LEXER_MORE;
	if (peek(in, i) != '$') {
		lx->pos = first;
		return LEXER_TOKEN;
	}
	lx->state = LEXER_DOLLAR_QUOTED;
	lx->kind = TOKEN_STRING;
	lx->tag = ++lx->pos - lx->start;
	return lex_dollar_quoted(lx, in);
}
