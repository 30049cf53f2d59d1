/* The tokens of one text, for who takes statements apart. */
#include "sql/tokens.h"

#include "sql/lexer_int.h"

bool
tokens_each(const struct dialect *d, bool escapes, const char *text, size_t len,
    tokens_fn *take, void *arg)
{
	enum lexer_result r;
	struct lexer lx;

	lexer_init(&lx, d);
	lx.backslash = escapes;
	while ((r = lexer_next(&lx, text, len, true)) == LEXER_TOKEN)
		if (lx.kind != TOKEN_COMMENT)
			take(arg, lx.kind, text + lx.start, lx.pos - lx.start);
	return r == LEXER_END;
}
