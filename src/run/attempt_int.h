/*
 * One attempt at a transaction: of one step, or of all with
 * --single-transaction.
 */
#ifndef RUN_ATTEMPT_INT_H
#define RUN_ATTEMPT_INT_H

#include "run/run_int.h"

struct attempt {
	const struct step *first; /* the steps in the transaction */
	size_t count;
	const struct step *step;    /* the one at work */
	struct step_writes *writes; /* of each */
	size_t remembered;          /* as many rows are in run->history ... */
	bool history_exists;        /* ... which before was so */
	bool history_complete;
	int64_t started_ms;
	uint64_t retries; /* after a lock timeout, a deadlock and the like */
	struct lock_wait wait;
	uint64_t tries;  /* before this one, which may have lost the lock */
	bool resolved;   /* its COMMIT was lost, and had succeeded */
	bool careful;    /* the table is looked at between a body and its row */
	bool made_first; /* the tables were made before the body */
	const char *blocked; /* who is known to have been in the way */
	bool ahead;          /* the COMMIT is not waited for */
	bool committing;
};

/*
 * The attempt has failed with a code (or STEP_LOOK_AGAIN), and is rolled back:
 * what comes of it.  0 where its COMMIT had succeeded nevertheless,
 * STEP_LOOK_AGAIN, STEP_TRY_AGAIN, or the failure.
 */
int attempt_failed(
    struct run *, struct attempt *, int code, struct err *) ERR_CHECKED;

/*
 * The work of the attempt met a lock, or another session (DB_FAIL_RETRY), and
 * is rolled back: whether it may run again, told and paused for, with the
 * error cleared.  Else the error names who holds locks.
 */
bool attempt_again(struct run *, struct attempt *, struct err *);

/*
 * A guard said no: another runner may have been first, which the tables tell;
 * then STEP_LOOK_AGAIN, else the error.
 */
int attempt_raced(struct run *, const struct step *, struct err *) ERR_CHECKED;

/* Another run was first: STEP_LOOK_AGAIN, with a notice, the error cleared. */
int attempt_look_again(struct run *, struct err *);

/* Rolled back for good: add what the database can tell of the failure. */
void attempt_explain(struct run *, const struct step *, struct err *);

#endif
