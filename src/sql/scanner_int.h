/*
 * The scanner's state, and its parts that read what is no SQL: the data of a
 * COPY and the lines of psql.
 */
#ifndef SQL_SCANNER_INT_H
#define SQL_SCANNER_INT_H

#include "sql/lexer_int.h"
#include "sql/scanner.h"
#include "sql/split_int.h"
#include "sql/window_int.h"

enum scanner_mode {
	SCANNER_SQL,
	SCANNER_COPY_LINE, /* the rest of the line of a COPY's semicolon */
	SCANNER_COPY_DATA
};

struct scanner {
	const struct dialect *dialect;
	struct token_sink sink; /* take is NULL where there is none */
	struct token token;     /* for the sink, filled anew for each */
	enum scanner_mode mode;
	struct window window;
	struct lexer lexer; /* its pos is where the scanner is, in any mode */
	struct split split;
	bool backslash;       /* as the caller has set it */
	bool open;            /* a statement has begun */
	struct cursor first;  /* at its first token */
	struct cursor cursor; /* not after anything a place may be asked of */

	struct place copy; /* of the COPY whose data is read ... */
	struct place data; /* ... and of the first line of them */
	size_t line_seen;  /* no end of its line is before this index */
	bool in_line;      /* the start of its line was given out */

	bool cut; /* the byte at cut_at was overwritten by a NUL */
	char cut_byte;
	size_t cut_at;
};

/* Give out the bytes from one index to another. */
void scanner_give(struct scanner *, struct statement *, size_t from, size_t to);

/* Show the sink a token of the given kind; 0 or the sink's error. */
int scanner_sink(struct scanner *, enum token_kind, size_t from, size_t to,
    struct err *) ERR_CHECKED;

/* An error at an index; the format and so on are as of err_set(). */
int
scanner_fail(const struct scanner *, size_t at, struct err *, const char *fmt,
    ...) __attribute__((format(printf, 4, 5), warn_unused_result));

/* What a step returns, besides enum scan_result, where there is more to do. */
#define SCANNER_GO_ON (SCAN_END + 1)

/* The steps of scanner_next() in the other modes. */
int scanner_copy_line(struct scanner *, struct err *) ERR_CHECKED;
int scanner_copy_data(
    struct scanner *, struct statement *, struct err *) ERR_CHECKED;

/* The step where the lexer met a backslash. */
int scanner_command(struct scanner *, struct err *) ERR_CHECKED;

/*
 * The end of the line that begins at pos, searched from there on or from
 * line_seen; false where the text does not show it yet.
 */
bool scanner_line_end(struct scanner *, size_t *end);

#endif
