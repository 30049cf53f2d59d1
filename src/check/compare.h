/* Comparison: what differs between two schemas, and of what sort that is. */
#ifndef CHECK_COMPARE_H
#define CHECK_COMPARE_H

#include <stddef.h>

#include "base/err.h"
#include "engine/engine.h"
#include "migration/allow.h"

/* before or after is NULL where the object is not there. */
struct difference {
	const struct object *before;
	const struct object *after;
	enum allowance sort; /* ALLOW_NONE: one that a DBA would count */
};

struct comparison {
	struct difference *list;
	size_t count;
	size_t cap;
};

/*
 * Compare two snapshots, which must outlive the comparison.  What is part of
 * something that is missing, or left over, is not listed for itself.  db is a
 * connection to a database that has either schema, to find out what was only
 * respelled; NULL for none.  Free with compare_clear().
 */
int compare(struct comparison *, const struct catalogue *before,
    const struct catalogue *after, struct db *db, struct err *) ERR_CHECKED;
void compare_clear(struct comparison *);

#endif
