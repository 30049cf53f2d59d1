/*
 * Renumbering: pending migrations that collide with another or fall behind
 * the newest applied one are moved to the end, and versions that are equal or
 * fall are raised.
 */
#ifndef MIGRATION_RENUMBER_H
#define MIGRATION_RENUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "migration/folder.h"
#include "migration/history.h"

struct move {
	const struct migration *migration;
	const char *name; /* its new one; its own if only the version moves */
	const char *version; /* its new one; NULL where it keeps its own */
	const char *below;   /* then: the version that stands before it */
};

struct moves {
	struct arena *arena;
	struct move *list;
	size_t count;
	size_t cap;
};

/*
 * Decide what moves, in the order of the new numbers; now is the number that
 * the clock gives, for folders that count that way.  The folder was read with
 * script_options.collisions.  Free with renumber_free().
 */
struct moves *
renumber_make(const struct folder *, const struct history *, uint64_t now);
void renumber_free(struct moves *); /* NULL is accepted */

/*
 * Append the text of a file whose headers were read, with Migration (Rollback)
 * and Version as they are to be; all else stays, and so does a title in place
 * of the name.
 */
void renumber_text(
    struct buf *, const char *text, const struct header *, const struct move *);

#endif
