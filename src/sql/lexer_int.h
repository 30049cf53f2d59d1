/*
 * The lexer: cuts text into tokens where the engine's own lexer would.
 *
 * It takes text that grows at its end: a token that the text so far does not
 * finish is gone on with from where it stopped, so a literal of any length
 * costs its length.  Positions are indexes into the caller's text.
 *
 * White space never is a token; comments are.  A literal that PostgreSQL
 * continues on a later line ('a' LF 'b') gives one token for each part, and
 * the later parts keep the first one's rule for backslashes.
 */
#ifndef SQL_LEXER_INT_H
#define SQL_LEXER_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/dialect.h"
#include "sql/scanner.h"

/* What a byte begins.  Those up to BYTE_DOLLAR can go on a word. */
enum byte_class {
	BYTE_LETTER, /* letters, _ and everything that is not ASCII */
	BYTE_DIGIT,
	BYTE_DOLLAR,
	BYTE_BLANK,
	BYTE_NEWLINE, /* LF and CR */
	BYTE_QUOTE,
	BYTE_MARK,
	BYTE_GROUP, /* the marks ( ) ; */
	BYTE_DOT,
	BYTE_OPERATOR, /* and what no token can begin with */
	BYTE_DASH,     /* - and /: an operator, or a comment */
	BYTE_SIGIL,    /* begins a parameter */
	BYTE_BACKSLASH /* begins a command of the engine's shell */
};

enum lexer_state {
	LEXER_GAP, /* between tokens */
	LEXER_WORD,
	LEXER_NUMBER,
	LEXER_DOT, /* a mark, or the start of a number */
	LEXER_MARK,
	LEXER_QUOTE, /* the opening one */
	LEXER_QUOTED,
	LEXER_DOLLAR, /* $1, $tag$, or no more than a $ */
	LEXER_DOLLAR_QUOTED,
	LEXER_PARAMETER,
	LEXER_PARAMETER_TAIL, /* in the parentheses of $name(...) */
	LEXER_OPERATOR,
	LEXER_LINE_COMMENT,
	LEXER_COMMENT
};

enum lexer_result {
	LEXER_TOKEN,   /* kind, from start to pos */
	LEXER_COMMAND, /* a backslash at pos, which is not passed */
	LEXER_MORE,    /* the text goes on after what there is of it */
	LEXER_END,
	LEXER_OPEN /* the text ends inside the token that began at start */
};

struct lexer {
	const struct dialect *dialect;
	bool backslash; /* escapes in a plain literal */
	bool skim;      /* give only a ; outside parentheses and parameters */

	enum token_kind kind;
	size_t start;
	size_t pos;
	size_t tail;    /* the end of the last token that was no comment */
	size_t before;  /* the end of the one before that */
	bool own_line;  /* nothing but white space before it on its line */
	size_t depth;   /* of parentheses, where the dialect counts them */
	size_t opening; /* of the outermost one */

	/* The rest is the lexer's own. */
	enum lexer_state state;
	bool newline;   /* one was passed since the last token */
	bool continues; /* a literal ended: the next ' may go on with it */
	bool escapes;   /* backslashes do, in this literal or the last */
	char quote;     /* what ends it */
	size_t tag;     /* length of a dollar quote's delimiter */
	size_t nesting; /* of comments */
	size_t fresh;   /* in a comment, the first byte not yet in a pair */
	size_t skimmed; /* what is before it is not skimmed again */
};

void lexer_init(struct lexer *, const struct dialect *);

/*
 * The next token of the first len bytes of the text.  Each call is given the
 * same text, longer or not; final says that nothing comes after.
 */
enum lexer_result
lexer_next(struct lexer *, const char *text, size_t len, bool final);

/* What an index becomes where the first n bytes of its text are dropped. */
static inline size_t
index_less(size_t i, size_t n)
{
	return i < n ? 0 : i - n;
}

/* The caller has dropped the first n bytes of the text. */
void lexer_shift(struct lexer *, size_t n);

/* Go on at pos, as at the start of a line. */
void lexer_skip_to(struct lexer *, size_t pos);

#endif
