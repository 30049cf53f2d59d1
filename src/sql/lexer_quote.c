/* Parts of the lexer: literals and quoted names, with their prefixes. */
#include <string.h>

#include "sql/lexer_part_int.h"

static enum lexer_result
lex_escaped(struct lexer *lx, const struct input *in)
{
	size_t i = lx->pos;

	for (;;) {
		while (i < in->len && in->p[i] != '\\' && in->p[i] != '\'')
			i++;
		lx->pos = i;
		if (i == in->len || unseen(in, i + 1))
			return LEXER_MORE;
		if (in->p[i] == '\\' && i + 1 == in->len)
			return LEXER_MORE;
		if (in->p[i] == '\'' && peek(in, i + 1) != '\'')
			break;
		i += 2;
	}
	lx->pos = i + 1;
	return LEXER_TOKEN;
}

/* A doubled quote stays inside, except where names stand in brackets. */
enum lexer_result
lex_quoted(struct lexer *lx, const struct input *in)
{
	const char *q;
	size_t i;

	if (lx->escapes)
		return lex_escaped(lx, in);
	for (;;) {
		q = memchr(in->p + lx->pos, lx->quote, in->len - lx->pos);
		lx->pos = q == NULL ? in->len : (size_t)(q - in->p);
		i = lx->pos + 1;
		if (q == NULL || unseen(in, i))
			return LEXER_MORE;
		lx->pos = i;
		if (lx->quote == ']' || peek(in, i) != lx->quote)
			break;
		lx->pos++;
	}
	return LEXER_TOKEN;
}

/* Begin a literal or a name whose opening quote is at pos. */
enum lexer_result
lex_quote(struct lexer *lx, const struct input *in, bool escapes)
{
	char c = in->p[lx->pos];

	lx->state = LEXER_QUOTED;
	lx->kind = c == '\'' ? TOKEN_STRING : TOKEN_NAME;
	lx->quote = c == '[' ? ']' : c;
	lx->escapes = escapes;
	lx->pos++;
	return lex_quoted(lx, in);
}

enum lexer_result
lex_quote_start(struct lexer *lx, const struct input *in)
{
	bool literal = in->p[lx->start] == '\'';

	if (literal && lx->continues && lx->own_line)
		return lex_quote(lx, in, lx->escapes);
	return lex_quote(lx, in, literal && lx->backslash);
}

/* A word of one letter may be the prefix of a literal that follows. */
enum lexer_result
lex_prefix(struct lexer *lx, const struct input *in)
{
	char letter = (char)(in->p[lx->start] | 0x20), next = peek(in, lx->pos);

	if (letter == 'u' && next == '&') {
		if (unseen(in, lx->pos + 1))
			return LEXER_MORE;
		next = peek(in, lx->pos + 1);
		if (next != '\'' && next != '"')
			return LEXER_TOKEN;
		lx->pos++;
		return lex_quote(lx, in, false);
	}
	if (next != '\'')
		return LEXER_TOKEN;
	if (letter == 'e')
		return lex_quote(lx, in, true);
	if (letter == 'n')
		return lex_quote(lx, in, lx->backslash);
	if (letter == 'b' || letter == 'x')
		return lex_quote(lx, in, false);
	return LEXER_TOKEN;
}
