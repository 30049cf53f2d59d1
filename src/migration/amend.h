/*
 * Amendments: changes to the history that run no file.
 *
 * stamp records what is there already, repair accepts what became of files,
 * or of a statement, and all can be decided, shown and then written.
 */
#ifndef MIGRATION_AMEND_H
#define MIGRATION_AMEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "migration/state.h"

enum amend_kind {
	AMEND_STAMP,   /* a row for a file that is not run */
	AMEND_FORGET,  /* a row is deleted, nothing is rolled back */
	AMEND_ACCEPT,  /* the row is given its file as that is now */
	AMEND_REPOINT, /* the row is given its renamed file */
	AMEND_CLEAR,   /* the journal's row is deleted */
	AMEND_DECIDE,  /* it is given what became of its statement */
	AMEND_ADOPT,   /* a row without a number is given its file */
	AMEND_KEEP     /* such a row stays as it is, without a file */
};

struct amendment {
	enum amend_kind kind;
	struct migration *migration;   /* the file; NULL if none matters */
	const struct history_row *row; /* NULL to stamp, clear or decide */
	const struct journal *entry;   /* to clear or decide: as read */
	bool done;                     /* to decide: it took effect */
	const char *name;   /* of the migration, or else the row's version */
	const char *reason; /* why, for people; NULL where that is plain */
};

enum amend_work {
	AMEND_WORK_STAMP,  /* all that is pending up to the target */
	AMEND_WORK_UNDO,   /* forget the rows of the target */
	AMEND_WORK_REPAIR, /* what disagrees; of the target, where given */
	AMEND_WORK_DECIDE, /* what became of the journal's statement */
	AMEND_WORK_COUNT
};

struct amend_request {
	enum amend_work work;
	const char *target; /* also FIRST..LAST, but to decide; NULL: none */
	bool all;
	const char
	    *row; /* the version of the only row meant; NULL: by target */
	/* To decide. */
	uint64_t statement; /* that the journal must name; 0: any */
	bool done;          /* it took effect */
	bool again;         /* this may be recorded already: that is no error */
};

struct amendments {
	struct arena *arena;
	struct amendment *list;
	size_t count;
	size_t cap;
	bool asks; /* what a file did is forgotten, or a change accepted */
};

/*
 * Decide what is to be written; files are checked whole.  The folder, the
 * state and the history are borrowed.  Errors: no such target, a file that is
 * refused, and those of state_refuse_half(): but for a repair, where no other
 * run is at it.  A repair never gives a row to another migration.  To decide,
 * ERR_DISAGREE if the journal does not name that statement, or if it is done.
 * Free with amend_free().
 */
int
amend_make(struct amendments **, const struct amend_request *, struct folder *,
    const struct state *, const struct history *, struct err *) ERR_CHECKED;
void amend_free(struct amendments *); /* NULL is accepted */

/* Whether two lists would write the same. */
bool amend_same(const struct amendments *, const struct amendments *);

/* The version that a row will have: a hand-made one keeps its own. */
const char *amend_version(const struct amendment *);

/* Whether a row was recorded without running its file. */
bool amend_was_stamped(const struct history_row *);

/* "stamp", "forget", "accept", "repoint", ...: used in JSON, too. */
const char *amend_kind_name(enum amend_kind);

/* "its run stopped at statement 2, which was started"; lives in the arena. */
const char *amend_describe_entry(struct arena *, const struct journal *);

/* "done" or "undone": what is decided, in the journal, JSON and the log. */
const char *amend_state_name(const struct amendment *);

#endif
