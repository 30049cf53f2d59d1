/* The tokens of one text, for who takes statements apart. */
#ifndef SQL_TOKENS_H
#define SQL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/dialect.h"
#include "sql/scanner.h"

/* A token that is no comment, as it stands in the text. */
typedef void
tokens_fn(void *arg, enum token_kind, const char *token, size_t len);

/*
 * Give each to the function; false if the text ends inside of one.  escapes:
 * a backslash does so in a plain literal, see scanner_set_backslash().
 */
bool tokens_each(const struct dialect *, bool escapes, const char *text,
    size_t len, tokens_fn *, void *arg);

#endif
