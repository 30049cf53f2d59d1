/*
 * The parts of the lexer: each lex_*() goes on with a token of its kind from
 * lx->pos and returns LEXER_TOKEN with pos at its end, or LEXER_MORE where
 * the text ends too early to decide.  It is then called again with more text,
 * so it must not have moved pos past what it still has to look at.
 */
#ifndef SQL_LEXER_PART_INT_H
#define SQL_LEXER_PART_INT_H

#include "sql/lexer_int.h"

struct input {
	const char *p;
	size_t len;
	bool final;
};

static inline enum byte_class
byte_class(const struct lexer *lx, char c)
{
	return lx->dialect->bytes[(unsigned char)c];
}

/* Whether a word that began can go on with the byte. */
static inline bool
is_word_byte(const struct lexer *lx, char c)
{
	return byte_class(lx, c) <= BYTE_DOLLAR;
}

/* The byte at i; NUL, which no text holds, after the end. */
static inline char
peek(const struct input *in, size_t i)
{
	return i < in->len ? in->p[i] : '\0';
}

/* Whether the byte at i is still unknown. */
static inline bool
unseen(const struct input *in, size_t i)
{
	return i >= in->len && !in->final;
}

/* Literals and quoted names; lex_quote() begins one at pos. */
enum lexer_result lex_quote(struct lexer *, const struct input *, bool escapes);
enum lexer_result lex_quote_start(struct lexer *, const struct input *);
enum lexer_result lex_quoted(struct lexer *, const struct input *);

/* A word of one letter that may be the prefix of a literal. */
enum lexer_result lex_prefix(struct lexer *, const struct input *);

/* Dollar quotes and parameters. */
enum lexer_result lex_dollar(struct lexer *, const struct input *);
enum lexer_result lex_dollar_quoted(struct lexer *, const struct input *);
enum lexer_result lex_parameter(struct lexer *, const struct input *);
enum lexer_result lex_parameter_tail(struct lexer *, const struct input *);

/* Comments; lex_comment_start() begins one at start. */
enum lexer_result lex_comment_start(struct lexer *, const struct input *);
enum lexer_result lex_line_comment(struct lexer *, const struct input *);
enum lexer_result lex_comment(struct lexer *, const struct input *);

/*
 * Move pos over what cannot matter to a skimming caller, to the start of a
 * token.
 */
void lex_skim(struct lexer *, const struct input *);

#endif
