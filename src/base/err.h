/*
 * Errors: what a failed function says.
 *
 * A fallible function returns 0 or the negative code that it put into the
 * struct err given last.  The lowest layer that knows the cause writes the
 * message, once; a layer above adds the place where it happened.
 *
 * Message: lower case, no full stop, names the object.  Detail and hint are
 * full sentences; the hint says what to do next.  Texts may hold bytes from
 * files and servers: whoever prints them escapes them.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each code is the negated exit status of sqlmigrate(1). */
enum err_code {
	ERR_STATEMENT = -1,  /* a statement or the server refused */
	ERR_USAGE = -2,      /* wrong usage, configuration or folder */
	ERR_PENDING = -3,    /* status --exit-code: something is pending */
	ERR_DISAGREE = -4,   /* files and database disagree */
	ERR_LOCK = -5,       /* the lock was not had in time */
	ERR_CONNECTION = -6, /* no connection */
	ERR_HALF = -7,       /* a migration is half applied */
	ERR_CHECK = -8,      /* a check found something */
	ERR_HANGUP = -129,
	ERR_INTERRUPT = -130,
	ERR_TERMINATE = -143
};

/*
 * Where in which text.  The file is a path as the operator knows it; offsets
 * count bytes from 0, lines and columns (characters) from 1; 0 is unknown.
 */
struct place {
	const char *file; /* borrowed; NULL where there is no file */
	uint64_t offset;
	uint64_t line;
	uint64_t column;
};

/* The SQLSTATE of a right that is missing (PostgreSQL manual, appendix A). */
#define SQLSTATE_DENIED "42501"
/* And of a unique key that is there twice. */
#define SQLSTATE_DUPLICATE "23505"

struct err {
	int code; /* enum err_code, 0 where nothing went wrong */
	char *message;
	char *detail;     /* NULL where there is none */
	char *hint;       /* NULL where there is none */
	char sqlstate[6]; /* "" outside PostgreSQL */
	bool system; /* no disk space, no memory: not the statement's fault */
	struct place place;
	char *file;   /* owned copy that place.file points to */
	char *source; /* the line of text at the place, NULL where unknown */
	size_t caret; /* characters of it that stand before the place */
};

#define ERR_INIT  \
	{         \
		0 \
	}

#define ERR_CHECKED __attribute__((warn_unused_result))

/* Release the texts; the struct is as after ERR_INIT. */
void err_clear(struct err *);

/*
 * Record a failure and return its code.  An earlier one in the same struct
 * stays, since it is nearer to the cause.  A NULL struct drops the message.
 */
int err_set(struct err *, enum err_code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Add to a recorded failure: a further detail is a further line; of hints the
 * first one stays.
 */
void err_detail(struct err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void err_hint(struct err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Make room for another hint, where the one that is there does not help. */
void err_forget_hint(struct err *);

/* Say where it happened; the file name is copied.  The first place stays. */
void err_place(struct err *, const struct place *);

/*
 * Show the line of text that the place is in, n bytes of it: with a caret
 * below it where the column is known.  The first one stays.
 */
void err_show(struct err *, const char *line, size_t n);

/* Move a failure to another struct, which is cleared first. */
void err_move(struct err *to, struct err *from);

#endif
