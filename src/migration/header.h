/*
 * Headers: what the comments before the first statement say.
 *
 *	-- Migration: 002_add_user_phone
 *	-- Version: 1.1.0
 *	-- sqlmigrate: lock-timeout=2s
 *
 * Only a -- comment on a line of its own counts.  A directive anywhere else
 * is an error, since it would be ignored in silence.
 */
#ifndef MIGRATION_HEADER_H
#define MIGRATION_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "migration/script.h"
#include "sql/scanner.h"

/*
 * The comment in a file that new has made: the migration is not to run until
 * there is SQL, too.
 */
#define HEADER_TEMPLATE "-- Write the SQL here."

/* The header and the directives of one script, while they are read. */
struct header_reader {
	struct arena *arena;
	struct script *script; /* gets what is found */
	uint32_t keys;         /* those seen, by their index */
	uint32_t directives;   /* those seen; see directive_set() */
	bool body;             /* a statement has begun */
};

/* Begin: the script's header and directives are emptied. */
void header_begin(struct header_reader *, struct arena *arena, struct script *);

/*
 * Once the script was checked or identified: what new has made must have a
 * statement, or the directive that says that it is to have none.
 */
int header_check_written(const struct script *, struct err *) ERR_CHECKED;

/* Take the next token of the script.  Errors carry its place. */
int header_token(
    struct header_reader *, const struct token *, struct err *) ERR_CHECKED;

#endif
