/*
 * The state of each migration: files and history laid side by side.
 */
#ifndef MIGRATION_STATE_H
#define MIGRATION_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "migration/folder.h"
#include "migration/history.h"

enum entry_state {
	ENTRY_APPLIED,
	ENTRY_PENDING,
	ENTRY_OUT_OF_ORDER, /* pending, below one that is applied */
	ENTRY_CHANGED,      /* the file is not what was applied */
	ENTRY_RENAMED,      /* the file of an applied row, renumbered */
	ENTRY_MISSING,      /* applied, but its file does not exist */
	ENTRY_NEWER,        /* applied, above the newest file */
	ENTRY_UNKNOWN,      /* a row without a number that matches no file */
	ENTRY_KEPT,         /* one that somebody decided to keep */
	ENTRY_HALF,         /* a no-transaction migration that was begun */
	ENTRY_RUNNING,      /* one that another run is at */
	ENTRY_STATES
};

struct entry {
	uint64_t number;
	enum entry_state state;
	struct migration *migration;   /* NULL where there is no file */
	const struct history_row *row; /* NULL where there is no row */
	const struct history_row *was; /* of a renamed file: its row, or NULL */
	/* Another migration, whose file has the number of this row; or NULL. */
	const struct migration *taken;
	/* Files that a row without one may stand for; NULL: not so many. */
	struct migration *fits[2];
	struct migration *stored; /* see stored_load(); NULL for none */
	bool adopted;             /* the row is going to be given this number */
	bool asks;           /* fits[0] is a guess that somebody may agree to */
	const char *inserts; /* the file that inserts the row, or NULL */
	bool reformatted;    /* the bytes differ, the tokens do not */
	const char *reason;  /* for people: what differs; NULL if nothing */
	const char *proof;   /* see proof_load(); NULL: nothing is recorded */
};

struct state {
	struct arena *arena;
	struct folder *folder; /* borrowed */
	struct entry *entries; /* by number, rows without one last */
	size_t count;   /* of one number, a row without its file comes first */
	size_t applied; /* entries whose row counts */
	size_t pending;
	size_t counts[ENTRY_STATES]; /* entries by their state */
	const struct entry *current; /* highest applied, or NULL */
	bool adopts; /* some entry is adopted, or the table is incomplete */
};

/*
 * Lay them side by side; to be freed, and both are borrowed till then.  A
 * pending file is not checked whole: the plan does that for those that it
 * takes, so that a bad one is in nobody else's way.
 */
struct state *state_make(struct folder *, const struct history *);
void state_free(struct state *);

/*
 * For a history whose journal names a migration: ERR_HALF, with the reason, the
 * statement's place and what to do next; or ERR_LOCK, if another run is at it.
 * Without a state (NULL) it is not known whether there is a rollback file.
 */
int state_refuse_half(
    const struct state *, const struct history *, struct err *) ERR_CHECKED;

/* The entry that is half applied; NULL where none is. */
const struct entry *state_half(const struct state *);

/* Whether the file that it goes on with, by the journal, is in the folder. */
bool state_half_is_here(const struct state *, const struct history *);

/*
 * The command that records what became of the statement that was begun, but
 * for the state ("done" or "undone") at its end; lives in the arena.
 */
const char *state_decide(struct arena *, const struct journal *);

/* Whether another run is at what the journal names. */
bool state_is_running(const struct history *);

/* How far that is, and who is at it, for people; lives with the history. */
const char *state_progress(const struct history *);
const char *state_running(const struct history *);

/*
 * The first reason for which nothing may be written: those of
 * state_refuse_half(), or ERR_DISAGREE with what to do; 0 where there is none.
 * For a rollback a changed file is no reason: the plan asks about it.
 */
int state_refuse(const struct state *, const struct history *, bool rollback,
    struct err *) ERR_CHECKED;

/* The same, but for what is half applied. */
int state_refuse_entries(const struct state *, const struct history *,
    bool rollback, struct err *) ERR_CHECKED;

/* The same for one entry; the journal is not looked at. */
int state_refuse_entry(
    const struct entry *, const struct history *, struct err *) ERR_CHECKED;

/*
 * Whether another migration is applied with the version of this one, which is
 * pending: the history has one row for each version.
 */
int state_check_version(const struct state *, const struct folder *,
    const struct migration *, struct err *) ERR_CHECKED;

/* What an entry is called: its file's name, else its row's; or NULL. */
const char *entry_name(const struct entry *);

/* The same for a message: a row without a name is called by its version. */
const char *entry_label(const struct entry *);

/* Its version as applied, else as its file has it; NULL where not decided. */
const char *entry_version(const struct entry *);

/* Whether that version was generated, as version_is_generated() has it. */
bool entry_version_is_generated(const struct entry *);

/* Where the schema stands: the highest applied migration. */
struct current {
	const char *version; /* "0.0.0" where nothing is applied */
	const char *name;    /* NULL where nothing is applied */
	uint64_t number;
	bool generated; /* the version, which is then not for people */
};

/* By the state, whose texts it borrows. */
struct current state_current(const struct state *);

/* Whether it is a row without a number: it is not in the order. */
bool entry_is_loose(const struct entry *);

/* "applied", "pending", "out of order", ...: stable, used in JSON too. */
const char *entry_state_name(enum entry_state);

#endif
