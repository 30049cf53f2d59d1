/*
 * Migrations that are to be rolled back and have no rollback: which, and the
 * ways out.
 */
#ifndef MIGRATION_LACK_H
#define MIGRATION_LACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "migration/plan.h"
#include "migration/state.h"

/*
 * Whether an applied one has no rollback: of those that are stored if these
 * are asked for, else of the files.
 */
bool lack_is(const struct plan_request *, const struct entry *);

/*
 * Refuse the request for these, at least one: ERR_DISAGREE if the files of any
 * do not exist, else ERR_USAGE.
 */
int lack_refuse(const struct plan_request *, const struct entry *const *,
    size_t count, struct err *);

/*
 * After state_refuse() of a rollback: if a file that does not exist is why, the
 * ways out are those of a rollback, for all files that do not.
 */
void lack_advise(const struct plan_request *, const struct state *,
    const struct history *, struct err *);

#endif
