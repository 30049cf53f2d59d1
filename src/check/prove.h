/*
 * Proofs: whether a rollback gives back the schema that was there before.
 *
 * In a scratch database each migration is applied, rolled back, and applied
 * again, and the schema is looked at in between.
 */
#ifndef CHECK_PROVE_H
#define CHECK_PROVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "check/compare.h"
#include "run/run.h"

/* What is given by the caller, and borrowed. */
struct prove {
	const struct target *server; /* where the scratch database is made */
	const struct db_options *db_options;
	struct db *like; /* the database that it is to be like */
	struct history_name table;
	struct folder *folder;
	struct run_settings settings;
	const char *program;
	event_fn *event;
	void *event_arg;
	const bool *chosen; /* by index in the folder */
	size_t last;        /* the last one that is chosen */
	unsigned allowed;   /* bits, 1 << allowance */
	const char *seed;   /* a file of statements that put rows in, or NULL */

	/* By index in the folder; made by prove_run(), to be freed. */
	enum verdict *verdicts;
};

/*
 * Prove the chosen ones, and report each with EVENT_PROOF, what differs with
 * EVENT_DIFFERENCE, the sum with EVENT_PROOF_END.  ERR_CHECK where a rollback
 * lies or something fails; other codes where the proof could not be done.
 */
int prove_run(struct prove *, struct err *) ERR_CHECKED;

#endif
