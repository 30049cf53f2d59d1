/*
 * The splitter: decides by a statement's tokens whether a semicolon ends it,
 * and what it means to the text after it.
 */
#ifndef SQL_SPLIT_INT_H
#define SQL_SPLIT_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/dialect.h"
#include "sql/lexer_int.h"

enum split_state {
	SPLIT_FIRST, /* before the first token */
	SPLIT_EXPLAIN,
	SPLIT_CREATE,
	SPLIT_ROUTINE, /* a function or procedure, before its body */
	SPLIT_ROUTINE_BEGIN,
	SPLIT_TRIGGER,    /* before its body */
	SPLIT_BODY_START, /* an END here closes the body */
	SPLIT_BODY,
	SPLIT_COPY,
	SPLIT_COPY_FROM,
	SPLIT_COPY_STDIN, /* data follow the statement */
	SPLIT_SETTING,    /* it may change how later text is read */
	SPLIT_REST        /* only its semicolon matters */
};

struct split {
	enum split_state state;
	size_t body; /* index of the BEGIN of a body */
};

/* Look at the lexer's token, which is no comment; not where all is decided. */
void split_token(struct split *, const struct lexer *, const char *text);

/* Whether the next ; outside parentheses ends the statement. */
static inline bool
split_can_end(const struct split *sp)
{
	return sp->state != SPLIT_BODY_START && sp->state != SPLIT_BODY;
}

/* Whether no token before that ; matters. */
static inline bool
split_is_decided(const struct split *sp)
{
	return sp->state == SPLIT_REST || sp->state == SPLIT_SETTING ||
	    sp->state == SPLIT_COPY_STDIN;
}

/*
 * Whether a statement sets standard_conforming_strings; *off is then its new
 * value, *reset tells that it is the one from before the text.
 */
bool split_sets_strings(const struct dialect *, const char *text, size_t len,
    bool *off, bool *reset);

#endif
