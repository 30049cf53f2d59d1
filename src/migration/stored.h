/*
 * Rollbacks that the history stores.
 */
#ifndef MIGRATION_STORED_H
#define MIGRATION_STORED_H

#include "base/err.h"
#include "migration/state.h"

/*
 * Give each entry the rollback that its row stores; those that store none stay
 * as they are.  Texts and migrations live as long as the
 * folder.  Errors: a text that is not the one that was recorded
 * (ERR_DISAGREE); a superuser, where others may write the table, since a text
 * in it would run with a superuser's rights (ERR_USAGE).
 */
int stored_load(struct state *, const struct history *, struct db *,
    struct folder *, struct err *) ERR_CHECKED;

#endif
