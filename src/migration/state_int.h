/* Inside the state: what its files share. */
#ifndef MIGRATION_STATE_INT_H
#define MIGRATION_STATE_INT_H

#include "migration/state.h"

/* Whether two texts are the same, as far as both are known. */
bool state_same(const char *, const char *);

/*
 * Whether a file has the content of a row.  One that is refused does not: what
 * was applied once passed the same checks.
 */
bool state_same_content(
    struct folder *, struct migration *, const struct history_row *);

/* Find the pending files of rows that lost theirs, and mark both. */
void state_find_renamed(struct state *, struct folder *);

/* Say which files a row that matches none may stand for, and why. */
void state_explain_rows(struct state *, struct folder *);

#endif
