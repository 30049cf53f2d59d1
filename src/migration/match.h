/*
 * Matching: which file a row of the history belongs to.
 */
#ifndef MIGRATION_MATCH_H
#define MIGRATION_MATCH_H

#include <stdbool.h>

#include "base/mem.h"
#include "migration/folder.h"
#include "migration/history.h"

/* What a file fits by, the surest first. */
enum match_by {
	MATCH_NOTHING,
	MATCH_VERSION,     /* 1.0.0, v1.0.0 */
	MATCH_NUMBER,      /* 001, 1, v001 */
	MATCH_NAME,        /* 001_init, 001_init.sql, sql/001_init.sql */
	MATCH_DESCRIPTION, /* the description has the name: a guess */
	MATCH_COUNT
};

struct match {
	enum match_by by;
	struct migration *file;  /* the first that fits; NULL: none does */
	struct migration *other; /* a second that fits as well, or NULL */
};

/*
 * Match a row without a number, by the first kind that any file fits by.  A
 * row that somebody decided to keep without a file fits none.
 */
void
match_row(struct match *, const struct folder *, const struct history_row *);

/* Whether it is so sure that nobody needs to be asked. */
bool match_is_sure(const struct match *);

/* "number", "version", ...: for people. */
const char *match_by_name(enum match_by);

/*
 * The file of a row with a number; NULL if there is none.  Of several with
 * the number, the one with the row's name.
 */
struct migration *
match_number(const struct folder *, const struct history_row *);

/* Whether two names are the same after their numbers. */
bool match_same_stem(const char *a, const char *b);

/* Whether a row is kept as it is, without a file. */
bool match_is_kept(const struct history_row *);

#endif
