/*
 * The plan: which scripts are going to run, in which order.
 */
#ifndef MIGRATION_PLAN_H
#define MIGRATION_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "migration/folder.h"
#include "migration/state.h"

struct step {
	struct migration *migration;
	const struct history_row *row; /* of a rollback; else NULL */
	const char *reason;            /* for people; borrowed from the plan */
	bool stored;                   /* a rollback that the history stores */
};

struct plan {
	bool rollback;
	bool asks; /* not just the newest, as it was applied: confirm */
	struct step *steps;
	size_t count;
	struct arena *arena;
};

struct plan_request {
	const char *target; /* 003, 1.2.0, 003_name, +2, -2; NULL: default */
	bool rollback;
	bool out_of_order; /* apply: take those below the newest as well */
	bool to;           /* rollback: all above the target, not the target */
	bool all;          /* rollback: everything */
	bool cascade;      /* rollback: with those that were applied later */
	bool stored;       /* rollback: by stored text where files are gone */
	bool resume;       /* go on with what is half applied */
	bool single;       /* all are to run in one transaction */
	const uint64_t *only; /* apply: but these, ascending; NULL: all */
	size_t nonly;
};

/*
 * Refuse what disagrees, as state_refuse() does; but what is half applied may
 * be rolled back, where nothing else is asked for.
 */
int plan_refuse(const struct plan_request *, const struct state *,
    const struct history *, struct err *) ERR_CHECKED;

/*
 * After plan_refuse(): decide what runs; scripts are checked whole.  Errors:
 * the target is not known (ERR_USAGE), a version or a rollback is missing,
 * later migrations would be left above a hole (ERR_DISAGREE), files that cannot
 * be in one transaction where they are to (ERR_USAGE), and those of the
 * scripts. Free with plan_free().
 */
int plan_make(struct plan **, const struct plan_request *, struct folder *,
    const struct state *, struct err *) ERR_CHECKED;
void plan_free(struct plan *);

/* Whether it is something to apply, or that a rollback may roll back. */
bool plan_is_pending(const struct entry *);
bool plan_is_applied(const struct entry *);

/* Leave out the steps whose number is not among these, in running order. */
void plan_keep(struct plan *, const uint64_t *numbers, size_t count);

#endif
