/* The run's own: what its files share. */
#ifndef RUN_RUN_INT_H
#define RUN_RUN_INT_H

#include "run/run.h"

/* run.c: read the tables and lay them beside the files. */
int run_load(struct run *, struct err *) ERR_CHECKED;
void run_unload(struct run *);

/*
 * agree.c: keep of the plan what the first one had.  ERR_DISAGREE where that
 * would not be what was agreed to by now; ERR_HALF where the plan leaves out
 * what is half applied.
 */
int
agree_plan(struct run *, const struct plan_request *, struct err *) ERR_CHECKED;

/*
 * Where no plan can be made any more (ERR_DISAGREE): that another history is
 * why, if so.  Returns the code.
 */
int agree_explain(
    const struct run *, const struct plan_request *, struct err *) ERR_CHECKED;

/* What was agreed to was agreed to of another history: ERR_DISAGREE. */
int agree_refuse(struct err *);

/*
 * actor.c: find out who runs.  The name service may be slow: not while a lock
 * is held.
 */
void actor_make(struct run *);

/*
 * The actor of a journal entry: who writes it, in which run, and which entry of
 * that run it is, so that no two entries are ever alike: an operator may have
 * seen the one of an earlier attempt at the same statement.
 */
#define ENTRY_ACTOR_SIZE 512
void actor_of_entry(struct run *, char *out);

/* At the begin and the end of what a command asks for. */
void run_begin(struct run *);
void run_end(struct run *);

/*
 * run.c: the parts of a command.  run_decide() reads the tables, refuses what
 * must be, and makes the plan; what an earlier plan did not have is left out.
 * run_notices() tells what is allowed but worth knowing, run_confirm() asks
 * about a plan that asks, run_nothing() tells that there is none.  run_work()
 * carries a request out, under the lock, and sums it up.
 * run_decide_alone() is run_decide(), but a run that is at what the journal
 * names is waited for, and the lock is held then.
 */
int
run_decide(struct run *, const struct plan_request *, struct err *) ERR_CHECKED;
int run_decide_alone(
    struct run *, const struct plan_request *, struct err *) ERR_CHECKED;
void run_notices(struct run *);
int run_confirm(struct run *, struct err *) ERR_CHECKED;
void run_nothing(struct run *);
int
run_work(struct run *, const struct plan_request *, struct err *) ERR_CHECKED;

/*
 * The part of run_work() that carries it out, without a word of its own.  The
 * session may still be at work on what follows the last migration.
 */
int
run_locked(struct run *, const struct plan_request *, struct err *) ERR_CHECKED;

/* Under the lock: the tables, where they are still to be made or completed. */
int run_make_tables(struct run *, struct err *) ERR_CHECKED;

/* Give up the run lock, where there is still a connection. */
void run_unlock(struct run *);

/* Whether a step of the plan runs without a transaction. */
bool run_has_outside(const struct run *);

/*
 * Whether another runner may have written since the history was read, or this
 * was last asked: no session holds the lock between transactions on SQLite,
 * behind a pooler, and where a row is the lock.
 */
bool run_is_shared(const struct run *);

/*
 * In a transaction: STEP_LOOK_AGAIN where another runner has made or completed
 * the tables, applied or rolled back something, or begun or ended what the
 * journal has, since they were read.
 */
int run_check_unmoved(struct run *, struct err *) ERR_CHECKED;

/*
 * In a transaction that is going to write the journal: STEP_LOOK_AGAIN if it
 * is not as it was read.
 */
int run_check_journal(struct run *, struct err *) ERR_CHECKED;
void run_event(struct run *, struct event *);
void run_text(struct run *, enum event_kind, const char *text);

/*
 * Where the schema stands, by what this run has done so far; the row of what
 * is half applied counts for nothing.
 */
struct current run_current(const struct run *);

/*
 * lock.c: the run lock, polled for settings.lock_wait.  lock_wait() is one
 * round of it for who asks elsewhere: it tells once who holds the lock and
 * pauses; an error is that the time is up, or a signal.  The struct is zero
 * before the first round.
 */
struct lock_wait {
	int64_t since_ms;
	struct lock_holder told;
};
int lock_take(struct run *, bool outside, struct err *) ERR_CHECKED;
int lock_wait(struct run *, struct lock_wait *, const struct lock_holder *,
    struct err *) ERR_CHECKED;
/*
 * What was decided failed since another run is at what the journal names; and
 * the lock, when that run has ended, to decide again: the error is cleared, and
 * a notice says how far that run was.
 */
bool lock_is_elsewhere(const struct run *, const struct err *);
int lock_outlast(struct run *, struct err *) ERR_CHECKED;
/* Which locks a transaction of this run takes. */
void lock_spec(struct run *, struct tx *);

/* body.c: send the script's statements; waits where data or settings ask. */
int body_run(struct run *, const struct step *, struct err *) ERR_CHECKED;

/*
 * Send a statement of the script; with settings.show_rows wait for the rows
 * that one returns, and report the first of them.
 */
int body_send(struct run *, const struct step *, const struct query *,
    struct err *) ERR_CHECKED;

/* With settings.each_statement: wait for the one just sent, and tell of it. */
int body_tell_statement(struct run *, const struct step *,
    const struct statement *, int64_t began_ms, struct err *) ERR_CHECKED;

/*
 * Where the failed statement stands, and its line; or what stands so many
 * characters behind a place of the script.
 */
void body_locate(struct run *, const struct step *, struct err *);
void body_locate_at(struct run *, const struct step *, const struct place *,
    int64_t position, struct err *);

/*
 * guard.c: read the table as the body has left it, to be freed in any case;
 * nothing but this step's row may differ from what was read before.  own is
 * the row that the body inserted, or NULL.
 */
int guard_look(struct run *, const struct step *, struct history **now,
    const struct history_row **own, struct err *) ERR_CHECKED;
/*
 * The same when the runner's own rows are written, too, and nothing is left to
 * be: what they set off may have changed the table.
 */
int
guard_look_again(struct run *, const struct step *, struct err *) ERR_CHECKED;

/* writes.c: the rows of a step, queued. */
struct step_writes {
	struct rows row; /* of the history: affected, applied_at */
	int64_t started_ms;
	int64_t took_ms;
	const char *version;     /* what was recorded */
	bool own;                /* the file wrote the row itself ... */
	const char *description; /* ... with this description */
	bool may_be_gone;        /* a rollback that deleted its row itself */
	bool dropped;            /* ... or the whole table */
};

/* What the row that the file wrote itself, or NULL, says. */
void writes_take_own(
    struct run *, const struct history_row *own, struct step_writes *);
/* The version to record: the header's must be the one that a file inserts. */
int writes_version(const struct run *, const struct migration *,
    const struct history_row *own, const char **version,
    struct err *) ERR_CHECKED;
int
writes_apply(struct run *, const struct step *, const struct history_row *own,
    struct step_writes *, struct err *) ERR_CHECKED;
int writes_rollback(struct run *, const struct step *, struct step_writes *,
    struct err *) ERR_CHECKED;
int writes_log(struct run *, const struct step *, int64_t started_ms,
    struct err *) ERR_CHECKED;
/* Of a failure: the error, and what the log is to say of it. */
void writes_log_failure(struct run *, const struct step *, int64_t started_ms,
    const struct err *, const char *text);
/* ERR_STATEMENT: the row is not in this table as it was written. */
int writes_refuse(const char *table, struct err *);
/*
 * The journal's entry was not replaced: STEP_LOOK_AGAIN if it is another one
 * now, else ERR_STATEMENT: something swallowed the write.
 */
int writes_refuse_entry(
    const struct run *, const struct journal *entry, struct err *) ERR_CHECKED;
int writes_check(
    const struct run *, const struct step_writes *, struct err *) ERR_CHECKED;
void
writes_remember(struct run *, const struct step *, const struct step_writes *);
char *writes_rollback_text(const struct run_settings *, const struct folder *,
    const struct migration *, struct err *);

/* step.c: the script of a step, and what is told of it. */
const struct script *step_script(const struct run *, const struct step *);
void step_begins(struct run *, const struct step *);

/* Of a rollback that left the journal's entry as it was: the failure's code. */
void step_tell_half(const struct run *, struct err *);

/* The error, or NULL where it is durable. */
void step_ends(
    struct run *, const struct step *, int64_t duration_ms, const struct err *);

/*
 * After a lost connection whose work turned out to be done: what follows was
 * planned before another run may have had the lock.  STEP_LOOK_AGAIN, or 0 if
 * nothing follows.
 */
int step_look_again(const struct run *, const struct step *next);

/*
 * A step whose COMMIT was sent and not waited for; the next one is being sent
 * behind it.  step_send() takes the writes over.  step_confirm() waits for it
 * and tells how it ended: 0; STEP_LOOK_AGAIN where the connection was lost,
 * but it was durable; or its failure.  Where nothing was sent it does nothing.
 * step_open() also tells that the next step begins: it is called before
 * anything of that one is waited for.
 */
struct sent {
	const struct step *step;
	struct step_writes writes;
};
void step_send(struct run *, const struct step *, const struct step_writes *);
int step_confirm(struct run *, struct err *) ERR_CHECKED;
int step_open(struct run *, const struct step *, struct err *) ERR_CHECKED;

/*
 * own.c: do the work in a transaction that holds the run lock, which is waited
 * for; what the work returns, but for 0, rolls back.
 * STEP_LOOK_AGAIN, too, where the connection was lost during COMMIT: there is
 * a new one, with the lock, whose tables tell what is still to be done.
 */
typedef int own_work(struct run *, void *arg, struct err *);
int own_transaction(struct run *, own_work *, void *, struct err *) ERR_CHECKED;

/* backup.c: make one, and keep its restore command in run->restore. */
int backup_make(struct run *, const char *path, struct err *) ERR_CHECKED;

/*
 * half_made.c: what is half made, and the names of what was not there before,
 * but for what another session is at work on.
 */
int half_made_read(struct run *, struct rows *, struct err *) ERR_CHECKED;
int half_made_since(struct run *, const struct rows *before, struct rows *names,
    struct err *) ERR_CHECKED;

/* adopt.c: complete the tables, and number hand-made rows. */
int adopt_rows(struct run *, struct err *) ERR_CHECKED;

/* What else than 0 and a failure a step can come to. */
#define STEP_LOOK_AGAIN 1 /* another runner was first: plan anew */
#define STEP_TRY_AGAIN 2  /* transaction.c's own */

/*
 * transaction.c: steps, all in one transaction; outside.c: one without.  How
 * they end is told, but for a COMMIT that was sent: see step_confirm().
 */
int transaction_run(struct run *, const struct step *first, size_t count,
    struct err *) ERR_CHECKED;
int outside_run(struct run *, const struct step *, struct err *) ERR_CHECKED;

/*
 * The connection died while the step's COMMIT was under way: find out on a new
 * one whether it was committed; 0 where it was.
 */
int
attempt_resolve(struct run *, const struct step *, struct err *) ERR_CHECKED;

/*
 * The connection died: read the tables on a new one, when the lost server
 * process is gone; to be freed.  Where that cannot be done the run is in
 * doubt, and the error of the loss tells: what became of that is not known.
 */
int attempt_look(struct run *, const char *what, struct history **now,
    struct err *) ERR_CHECKED;
void attempt_tell_committed(struct run *);

/* The transaction that a step of this run opens. */
void transaction_spec(struct run *, const struct step *, struct tx *);

#endif
