/*
 * Allowances: sorts of differences between two schemas that may be accepted.
 *
 *	-- sqlmigrate: allow=column-order,comment
 */
#ifndef MIGRATION_ALLOW_H
#define MIGRATION_ALLOW_H

#include "base/err.h"

enum allowance {
	ALLOW_NONE,
	ALLOW_COLUMN_ORDER, /* of a column that was dropped and added again */
	ALLOW_ENUM_VALUES,  /* which PostgreSQL adds and cannot remove */
	ALLOW_SEQUENCE,     /* where it stands */
	ALLOW_RENAMED,      /* the same under another name */
	ALLOW_OWNER,
	ALLOW_PRIVILEGES,
	ALLOW_COMMENT,
	ALLOW_RESPELLED, /* other words that mean the same: always allowed */
	ALLOW_COUNT
};

/* "column-order", as lists and events have it; NULL for ALLOW_NONE. */
const char *allow_name(enum allowance);

/* A list with commas: sets a bit for each, 1 << allowance.  ERR_USAGE. */
int allow_parse(unsigned *set, const char *list, struct err *) ERR_CHECKED;

#endif
