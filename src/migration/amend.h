/*
 * Amendments: changes to the history that run no file.
 *
 * stamp records what is there already, repair accepts what became of files,
 * and both can be decided, shown and then written.
 */
#ifndef MIGRATION_AMEND_H
#define MIGRATION_AMEND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "migration/state.h"

enum amend_kind {
	AMEND_STAMP,   /* a row for a file that is not run */
	AMEND_FORGET,  /* a row is deleted, nothing is rolled back */
	AMEND_ACCEPT,  /* the row is given its file as that is now */
	AMEND_REPOINT, /* the row is given its renamed file */
	AMEND_CLEAR    /* the journal's row is deleted */
};

struct amendment {
	enum amend_kind kind;
	struct migration *migration;   /* the file; NULL to forget or clear */
	const struct history_row *row; /* NULL to stamp or clear */
	const char *name;   /* of the migration, or else the row's version */
	const char *reason; /* why, for people; NULL where that is plain */
};

enum amend_work {
	AMEND_WORK_STAMP,  /* all that is pending up to the target */
	AMEND_WORK_UNDO,   /* forget the rows of the target */
	AMEND_WORK_REPAIR, /* what disagrees; of the target, where given */
	AMEND_WORK_COUNT
};

struct amend_request {
	enum amend_work work;
	const char *target; /* also FIRST..LAST; NULL: none */
	bool all;
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
 * run is at it.  Free with amend_free().
 */
int
amend_make(struct amendments **, const struct amend_request *, struct folder *,
    const struct state *, const struct history *, struct err *) ERR_CHECKED;
void amend_free(struct amendments *); /* NULL is accepted */

/* Whether two lists would write the same. */
bool amend_same(const struct amendments *, const struct amendments *);

/* "stamp", "forget", "accept", "repoint", "clear": used in JSON, too. */
const char *amend_kind_name(enum amend_kind);

#endif
