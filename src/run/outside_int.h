/* One migration without a transaction: what its files share. */
#ifndef RUN_OUTSIDE_INT_H
#define RUN_OUTSIDE_INT_H

#include "run/resume_int.h"

struct outside {
	struct run *run;
	const struct step *step;
	struct tx tx;
	uint64_t at;                 /* the statement that runs, from 1 ... */
	struct place place;          /* ... where it, or its block's end, is;
					file NULL behind the last */
	struct journal entry;        /* as the database is known to have it */
	struct journal entry_before; /* where a resumed one stood */
	bool whole;                  /* what runs outside of any is all or
					nothing */
	bool again;                  /* what failed may run once more */
	bool ours;                   /* the entry is of this run */
	bool open;                   /* a transaction is open */
	bool block;                  /* ... the file's own */
	bool finishing;              /* the last COMMIT is under way */
	struct rows half_made;       /* what was half made before */
	struct rows detach;          /* the partition that the statement was
					to detach, as find_partition() had it */
	struct resume resume;
};

/* Queue the journal's entry; outside_journalled(): it has become durable. */
int outside_journal(struct outside *, bool done, struct rows *written,
    struct err *) ERR_CHECKED;
void outside_journalled(struct outside *, bool done);

/*
 * outside_fail.c: a procedure may have committed before it failed, and a DO
 * that calls one.
 */
bool outside_may_commit(const struct statement *);

/*
 * Remember a statement that is going to run, or to be looked for: DETACH
 * PARTITION CONCURRENTLY commits that it has begun, and may be ended then.
 */
int outside_remember(
    struct outside *, const struct statement *, struct err *) ERR_CHECKED;

/* An invalid index left behind is an error, not a success. */
int outside_check_made(struct outside *, struct err *) ERR_CHECKED;

/* And so is one that was there before, which IF NOT EXISTS passes over. */
int outside_check_index(
    struct outside *, const struct statement *, struct err *) ERR_CHECKED;

/* Rolled back, and the session is the runner's own again. */
void outside_clean_up(struct outside *);

/*
 * It has failed: clean up, log it, and tell what is left; or 0, where the
 * connection was lost and a new one shows that it is done; or STEP_LOOK_AGAIN,
 * where another run was first.
 */
int outside_fail(
    struct outside *, const struct step_writes *, struct err *) ERR_CHECKED;

#endif
