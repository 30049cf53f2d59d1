/*
 * Sections: other programs keep a migration and its rollback in one file,
 * each behind a comment line of its own,
 *
 *	-- migrate:up
 *	-- migrate:down
 *
 * Here all of such a file would run forward, and take back what it made.
 */
#ifndef MIGRATION_SECTION_H
#define MIGRATION_SECTION_H

#include <stdbool.h>

#include "base/err.h"
#include "sql/scanner.h"

/* The sections of one script, while it is read; begin with zero. */
struct section {
	bool back;          /* the direction of what was read */
	bool turned;        /* the other one has begun, ... */
	struct place place; /* here; borrows the file's name */
};

/* Take a comment; body: a statement stands before it. */
void section_comment(struct section *, const struct token *, bool body);

/* What stands in the section that turned is an error, at its first line. */
int section_refuse(const struct section *, struct err *) ERR_CHECKED;

#endif
