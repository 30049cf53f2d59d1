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
	struct journal entry;        /* how far this migration is known to be */
	struct journal entry_before; /* where a resumed one stood */
	struct journal held;         /* the journal's, as this run has read or
					written it: what it may replace */
	struct journal next;         /* what is to replace that */
	char held_sums[PART_ENTRY_SIZE]; /* their checksums */
	char next_sums[PART_ENTRY_SIZE];
	char held_actor[ENTRY_ACTOR_SIZE]; /* and their actors */
	char next_actor[ENTRY_ACTOR_SIZE];
	bool whole;            /* what runs outside of any is all or
				  nothing */
	bool again;            /* what failed may run once more */
	bool ours;             /* the entry is of this run */
	bool taken;            /* another run has replaced it since */
	bool resolved;         /* a lost connection had done all */
	bool open;             /* a transaction is open */
	bool block;            /* ... the file's own */
	bool finishing;        /* the last COMMIT is under way */
	struct rows half_made; /* what was half made before */
	struct rows detach;    /* the partition that the statement was
				  to detach, as find_partition() had it */
	struct resume resume;
};

/*
 * outside_entry.c: begin the transaction of a statement or of an entry.
 */
int outside_open(struct outside *, struct err *) ERR_CHECKED;

/*
 * Queue the journal's entry, in place of the one that this
 * run has read or written; outside_journalled(): it has become durable.
 * outside_end_entry() queues its deletion, if there is one.  Unless affected
 * is 1 in the end, it was not replaced: see outside_refuse_entry().
 */
int outside_journal(struct outside *, bool done, struct rows *written,
    struct err *) ERR_CHECKED;
void outside_journalled(struct outside *);
int outside_end_entry(
    struct outside *, struct rows *written, struct err *) ERR_CHECKED;

/*
 * The entry was not replaced: another run has the migration now (ERR_HALF, and
 * taken), or something swallowed the write (ERR_STATEMENT).  STEP_LOOK_AGAIN
 * if this run has done nothing yet.
 */
int outside_refuse_entry(struct outside *, struct err *) ERR_CHECKED;

/*
 * Whether another run has replaced the entry, and whether one has ended the
 * migration; false if that cannot be read.
 */
bool outside_is_taken(const struct outside *);
bool outside_is_ended(const struct outside *);

/*
 * Add how a run can have lost its lock; what the entry that another run has
 * changed says now, with the code: ERR_HALF, or ERR_DISAGREE and in doubt if
 * the journal has none of this migration.  outside_set_taken() is the message.
 */
void outside_tell_how(struct err *);
int outside_set_taken(const struct outside *, struct err *);
void outside_tell_taken(const struct outside *, struct err *);

/*
 * Until this run has an entry: STEP_LOOK_AGAIN if the history or the journal
 * are not what the plan was made from.  outside_check_plan() does so in a
 * transaction of its own, before the first statement, which may change the
 * migration's own row; the session has the lock afterwards.
 * outside_check_journal() is for the transaction that writes the entry.
 */
int outside_check_plan(struct outside *, struct err *) ERR_CHECKED;
int outside_check_journal(struct outside *, struct err *) ERR_CHECKED;

/* Whether it is the rollback of what is half applied. */
bool outside_undoes(const struct outside *);

/*
 * A statement that was refused did nothing: the entry says so again.  If none
 * was done before, nothing is left of the migration, and no entry.  What fails
 * before or after it says nothing of the statement.  Written outside of a
 * transaction, and only over this run's own entry; best effort.
 */
void outside_take_back(struct outside *);

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
