/*
 * The scanner: cuts SQL text into statements, exactly as the server would.
 *
 * It is fed in pieces of any size and keeps all its state in one struct; its
 * memory is bounded by the longest statement and one piece.  White space,
 * comments and empty statements between statements vanish.  A text that the
 * rules refuse (an open quote, a NUL byte, psql's commands) is an error with
 * its place; nothing is guessed.
 *
 *	s = scanner_new(dialect, "002_x.sql", NULL);
 *	for (;;) {
 *		switch (scanner_next(s, &st, &err)) {
 *		case SCAN_MORE:
 *			p = scanner_room(s, SCAN_PIECE);
 *			scanner_fed(s, read(fd, p, SCAN_PIECE));
 */
#ifndef SQL_SCANNER_H
#define SQL_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sql/dialect.h"

#define SCAN_PIECE 65536

enum token_kind {
	TOKEN_WORD,   /* keyword or plain name */
	TOKEN_NAME,   /* quoted name, with its quotes and prefix */
	TOKEN_STRING, /* literal, with its quotes, prefix or dollar tags */
	TOKEN_NUMBER,
	TOKEN_PARAMETER, /* $1, ?1, :name */
	TOKEN_OPERATOR,  /* a run of operator characters */
	TOKEN_MARK,      /* one of ( ) [ ] , ; . */
	TOKEN_COMMENT,   /* with its starter, without the end of its line */
	TOKEN_DATA       /* a line of COPY data, without the end of the line */
};

struct token {
	enum token_kind kind;
	const char *text;
	size_t len;
	uint64_t offset;    /* in the file */
	struct place place; /* of a comment; the others have none, since
			       counting lines for each would cost more than
			       finding it */
	bool own_line;      /* a comment with nothing but space before it */
};

/*
 * Sees every token in order, comments and the ; of each statement included
 * (an empty statement's ; is not one).  The text is borrowed for the call.
 * A negative return ends the scan with the error that the sink has set.
 */
typedef int token_fn(void *arg, const struct token *, struct err *);

struct token_sink {
	token_fn *take;
	void *arg;
};

struct statement {
	const char *text;   /* NUL-terminated at len; no final semicolon */
	size_t len;         /* from the first token to the last */
	struct place place; /* of SCAN_DATA: where the COPY's data begin */
	bool copy;          /* its data follow as SCAN_DATA */
	bool escapes;       /* a backslash does so in its plain literals */
};

enum scan_result {
	SCAN_MORE,      /* feed the scanner */
	SCAN_STATEMENT, /* a whole statement */
	SCAN_DATA,      /* COPY data: whole lines, with their ends */
	SCAN_DATA_END,  /* the line \. was read */
	SCAN_END        /* the text is finished and in order */
};

struct scanner;

/*
 * A scanner for one text; file is the name for places (borrowed), the sink
 * may be NULL.
 */
struct scanner *scanner_new(
    const struct dialect *, const char *file, const struct token_sink *);
void scanner_free(struct scanner *);

/*
 * Whether a backslash escapes inside a plain '...' literal from here on, as
 * PostgreSQL's standard_conforming_strings = off has it.  Off at the start.
 * The scanner itself follows a SET of that setting in the text it reads.
 */
void scanner_set_backslash(struct scanner *, bool escapes);

/* Room for n more bytes of text, to be filled and announced. */
char *scanner_room(struct scanner *, size_t n);

/* n bytes were put there; 0 says that the text is finished. */
void scanner_fed(struct scanner *, size_t n);

/*
 * The next thing in the text: an enum scan_result, or a negative code with
 * the place in err.  What *st points to is valid until the next call of any
 * function of this scanner.  For SCAN_DATA, text and len are the data.  After
 * an error the scanner can only be freed.
 */
int
scanner_next(struct scanner *, struct statement *st, struct err *) ERR_CHECKED;

#endif
