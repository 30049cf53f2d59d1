/*
 * Runs: a plan is made, looked at again under the run lock, and executed,
 * each migration in one transaction with its row.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/engine.h"
#include "migration/amend.h"
#include "migration/folder.h"
#include "migration/history.h"
#include "migration/plan.h"
#include "migration/record.h"
#include "migration/state.h"
#include "run/event.h"

struct run_settings {
	int64_t lock_wait_ms;
	int64_t lock_timeout_ms;       /* for statements of migrations */
	int64_t statement_timeout_ms;  /* 0: none */
	const char *lock_timeout_from; /* who has set them, for people */
	const char *statement_timeout_from;
	uint64_t lock_retries;
	bool store_rollback;
	bool session_pooler;
	bool lock_table;         /* a row is the lock, in each transaction */
	bool single_transaction; /* all steps in one; see plan_request */
	const char *backup;      /* the file of one to make first, or NULL */
	bool each_statement;     /* wait for each, and tell of it */
	bool show_rows;          /* report what a SELECT returns */
};

/*
 * One run.  What stands above the line is given by the caller and borrowed;
 * the connection may be replaced when it was lost.
 */
struct run {
	struct db **db;
	const struct target *target;
	const struct db_options *db_options;
	struct history_name table;
	struct folder *folder;
	struct run_settings settings;
	const char *program; /* name and version, for the log */
	event_fn *event;
	void *event_arg;
	/* Optional: asked before what cannot be taken back; 0 goes on. */
	int (*ask)(void *arg, const char *question, struct err *);
	void *ask_arg;

	/* ---- */
	struct arena *arena;
	struct actor actor;
	uint64_t token;          /* what no other run has, and ... */
	uint64_t nentries;       /* ... its journal entries: see actor.c */
	struct history *history; /* may be given, and is the run's own then */
	struct state *state;
	struct plan *plan;
	uint64_t *agreed; /* numbers of the first plan; NULL before it */
	const char **agreed_sums; /* and checksums of its scripts */
	size_t nagreed;
	bool agreed_half;    /* something was half applied then */
	bool fresh;          /* the history was given, and not looked at yet */
	bool alone;          /* the history is changed by nobody else */
	bool in_doubt;       /* whether the newest step was kept is not known */
	bool shown;          /* the step that runs was reported to start */
	struct sent *sent;   /* a step whose COMMIT is on its way, or NULL */
	uint64_t done;       /* steps that became durable */
	const char *restore; /* the command for the backup that was made */
};

/*
 * Make the plan and execute it.  Each migration that became durable was
 * reported with EVENT_DONE; a failure is reported with EVENT_FAILED and
 * returned.  Nothing to do is reported with EVENT_NOTHING, and nothing is
 * locked.
 */
int run_execute(
    struct run *, const struct plan_request *, struct err *) ERR_CHECKED;

/*
 * Roll back what is requested and apply it again, under one lock; the forward
 * files are checked before anything is rolled back.
 */
int
run_redo(struct run *, const struct plan_request *, struct err *) ERR_CHECKED;

/* Make or complete the tables, under the lock, and run nothing. */
int run_prepare(struct run *, struct err *) ERR_CHECKED;

/*
 * Write to the history without running a file: what amend_make() decides,
 * shown, asked about, and reported with EVENT_AMENDED when it is durable.
 */
int
run_amend(struct run *, const struct amend_request *, struct err *) ERR_CHECKED;

/* Add rows to the log; ERR_DISAGREE where there is none yet. */
int run_note(struct run *, const struct log_entry *, size_t count,
    struct err *) ERR_CHECKED;

/* Whether run_note() would find a log, for what takes long before it. */
int run_note_check(const struct history *, struct err *) ERR_CHECKED;

/*
 * Trials, on a database that is nobody else's: one migration at a time is
 * applied, or rolled back where it is the newest.  A failure leaves what was
 * there before it, but for what ran without a transaction; the run goes on.
 */
int run_trial_begin(struct run *, struct err *) ERR_CHECKED;
int run_trial(struct run *, const struct migration *, bool rollback,
    struct err *) ERR_CHECKED;
/* The same for a script that is no migration; it leaves no row. */
int
run_trial_script(struct run *, const struct script *, struct err *) ERR_CHECKED;
void run_trial_end(struct run *);

/*
 * Write a backup into a new file, and tell of it with EVENT_BACKUP; the log
 * has it, where there is one.  The run needs no folder.
 */
int run_backup(struct run *, const char *path, struct err *) ERR_CHECKED;

#endif
