/* Parts of the lexer: comments. */
#include <string.h>

#include "sql/lexer_part_int.h"

enum lexer_result
lex_line_comment(struct lexer *lx, const struct input *in)
{
	size_t n = in->len - lx->pos;
	const char *p = in->p + lx->pos, *end = memchr(p, '\n', n), *cr = NULL;

	if (end != NULL)
		n = (size_t)(end - p);
	if (lx->dialect->cr_ends_comment)
		cr = memchr(p, '\r', n);
	if (cr != NULL)
		n = (size_t)(cr - p);
	lx->pos += n;
	if (unseen(in, lx->pos))
		return LEXER_MORE;
	if (in->p[lx->pos - 1] == '\r')
		lx->pos--;
	return LEXER_TOKEN;
}

/* The two bytes of a starter or an end belong to no other pair. */
enum lexer_result
lex_comment(struct lexer *lx, const struct input *in)
{
	const char *p;

	for (;;) {
		p = memchr(in->p + lx->pos, '/', in->len - lx->pos);
		lx->pos = p == NULL ? in->len : (size_t)(p - in->p);
		if (p == NULL)
			return LEXER_MORE;
		if (lx->pos > lx->fresh && p[-1] == '*') {
			lx->fresh = ++lx->pos;
			if (--lx->nesting == 0)
				return LEXER_TOKEN;
			continue;
		}
		if (unseen(in, lx->pos + 1))
			return LEXER_MORE;
		lx->pos++;
		if (lx->dialect->nested_comments && peek(in, lx->pos) == '*') {
			lx->nesting++;
			lx->fresh = ++lx->pos;
		}
	}
}

/* Begin a comment whose two bytes are at start. */
enum lexer_result
lex_comment_start(struct lexer *lx, const struct input *in)
{
	lx->kind = TOKEN_COMMENT;
	lx->pos = lx->fresh = lx->start + 2;
	lx->nesting = 1;
	if (in->p[lx->start] == '-') {
		lx->state = LEXER_LINE_COMMENT;
		return lex_line_comment(lx, in);
	}
	lx->state = LEXER_COMMENT;
	return lex_comment(lx, in);
}
