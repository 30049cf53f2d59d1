/*
 * Going on behind what is done of a migration without a transaction.
 *
 * The journal has the sum of the statements up to the one it names: so the
 * part that is done must be what ran, while the rest of the file may have been
 * mended.
 */
#ifndef RUN_RESUME_INT_H
#define RUN_RESUME_INT_H

#include "migration/part.h"
#include "run/run_int.h"

struct resume {
	const struct journal *half; /* NULL: it runs from the start */
	struct part_sums sums;
	bool block; /* a block is passed over */
	bool data;  /* a statement's data is */
};

/* The command that goes on. */
const char *resume_command(const struct resume *);

/*
 * What a person runs who knows what became of the statement that was begun:
 * the state is "done" or "undone".  The text lives with the run.
 */
const char *
resume_decides(const struct resume *, const struct run *, const char *state);

void resume_init(struct resume *, const struct journal *half);
void resume_clear(struct resume *);

/*
 * Before a plan runs that goes on with what is half applied: its file still
 * runs without a transaction, and nobody has recorded it meanwhile; else
 * ERR_HALF. planned is 0, or the code with which no plan could be made: that a
 * migration is half applied comes before it, too.
 */
int resume_check(const struct run *, int planned, struct err *) ERR_CHECKED;

/* What to do about a statement. */
enum resume_way {
	RESUME_RUN = 0,
	RESUME_PASS, /* it is done */
	RESUME_DONE, /* it is, but the journal does not know yet */
	RESUME_ASK   /* only a person can tell: of resume_look() alone */
};

/*
 * resume_look.c: what became of the statement that was begun, by the database;
 * what it left half made is put right, which is asked about.  ERR_HALF where
 * what is there is not the statement's, or another session is at work on it.
 */
int resume_look(const struct resume *, struct run *, const struct statement *,
    struct err *) ERR_CHECKED;

/*
 * Take the statement number at, from 1, and decide; a negative code where the
 * part that is done is not that of the file (ERR_HALF), or where nothing can
 * tell whether this one took effect.
 */
int resume_take(struct resume *, struct run *, uint64_t at,
    const struct statement *, struct err *) ERR_CHECKED;

/* At the end of the file: all that is done must have been there. */
int resume_end(const struct resume *, uint64_t at, struct err *) ERR_CHECKED;

#endif
