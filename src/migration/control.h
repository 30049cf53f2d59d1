/*
 * Transaction control: how a script's own BEGIN, COMMIT and the like fit into
 * the runner's transaction.  The table is in control.c.
 */
#ifndef MIGRATION_CONTROL_H
#define MIGRATION_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "migration/script.h"
#include "migration/version.h"
#include "sql/classify.h"
#include "sql/scanner.h"

struct control {
	const struct script_options *options;
	const struct directives *directives;
	bool loose; /* without a transaction, whatever the directives say */
	bool begun; /* the directives are known */
	unsigned state;
	struct place
	    outside;         /* the first statement not in a BEGIN of its own */
	struct place begin;  /* the newest BEGIN */
	struct place commit; /* the newest COMMIT */
	struct buf modes;    /* of the absorbed transaction */
	int foreign_keys;    /* as in struct script */
	bool absorbed;
	char own_version[VERSION_MAX + 1]; /* that it inserts there, or "" */
	bool own_row;
	bool own_history;
	bool refused;         /* the failure: it cannot be one transaction */
	bool needs_directive; /* the failure: a STATEMENT_OUTSIDE */
	uint64_t statements;  /* that are to run */
	uint64_t ordinary;    /* of these, all but settings */
};

/* What to do with a statement. */
enum control_step {
	CONTROL_RUN,
	CONTROL_SKIP,  /* the runner does it in its own way */
	CONTROL_BEGIN, /* no-transaction: one of the file's own blocks begins */
	CONTROL_END    /* and ends */
};

/*
 * Begin; both are borrowed.  The directives must be known when the first
 * statement is taken.
 */
void control_init(
    struct control *, const struct script_options *, const struct directives *);
void control_clear(struct control *);

/*
 * Take the next statement, of the given class.  Returns an enum control_step;
 * what cannot be run is an error at its place.
 */
int control_take(struct control *, const struct statement *,
    enum statement_class, struct err *) ERR_CHECKED;

/* Take the end of the script: an error where a BEGIN is still open. */
int control_finish(struct control *, struct err *) ERR_CHECKED;

#endif
