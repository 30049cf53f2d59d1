/* Inside the amendments: what their files share. */
#ifndef MIGRATION_AMEND_INT_H
#define MIGRATION_AMEND_INT_H

#include "migration/amend.h"

/* Add one to the list; the name is copied. */
struct amendment *
amend_add(struct amendments *, enum amend_kind, const char *name);

/* Add the deletion of a row: one that was not stamped is asked about. */
void amend_add_forget(struct amendments *, const struct entry *);

/* Add that a row without a number becomes that of a file. */
int amend_add_adopt(struct amendments *, struct folder *, const struct entry *,
    struct migration *, struct err *) ERR_CHECKED;

/* What is asked for about the row that request.row names. */
int
amend_row(struct amendments *, const struct amend_request *, struct folder *,
    const struct state *, const struct history *, struct err *) ERR_CHECKED;

/*
 * Check that no row that stays has the number or the version that another one
 * is to be given.
 */
int amend_check_free(const struct amendments *, const struct state *,
    const struct history *, struct err *) ERR_CHECKED;

#endif
