/* The words of one statement: its tokens without comments, one at a time. */
#ifndef SQL_WORDS_INT_H
#define SQL_WORDS_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/dialect.h"
#include "sql/lexer_int.h"

/* To look ahead, copy the struct. */
struct words {
	struct lexer lexer;
	const char *text; /* of the statement, borrowed */
	size_t text_len;
	enum token_kind kind;
	const char *p; /* the token; len is 0 after the last */
	size_t len;
};

/* Begin at the first token. */
void words_init(
    struct words *, const struct dialect *, const char *text, size_t len);

/* Go to the next token. */
void words_next(struct words *);

static inline bool
words_at_end(const struct words *w)
{
	return w->len == 0;
}

/* Whether the token is the keyword, in any case of letters, not quoted. */
bool words_is(const struct words *, const char *keyword);

/* As words_is(), and goes on to the next token where it is. */
bool words_take(struct words *, const char *keyword);

/* Whether the token is the mark. */
bool words_is_mark(const struct words *, char mark);
bool words_take_mark(struct words *, char mark);

/* Pass a list in parentheses; false, and nothing passed, where none is. */
bool words_take_list(struct words *);

/* Pass one name, or one that may be qualified: a, "a", a.b. */
bool words_take_name(struct words *);
bool words_take_qualified(struct words *);

/*
 * Whether the token's value, without its quotes, is one of the values, which
 * have | between them, in any case of letters.
 */
bool words_is_value(const struct words *, const char *values);

/* Whether the value is a way of PostgreSQL to say no. */
bool words_is_off(const struct words *);

/* Whether the token names what is called so, by the dialect's rule. */
bool words_is_name(const struct words *, const char *name);

#endif
