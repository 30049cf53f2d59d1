/*
 * Targets: which migration an operator means.
 */
#ifndef MIGRATION_SELECT_H
#define MIGRATION_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "migration/state.h"

/*
 * The index of the entry that a target names: by its number (003), version
 * (1.2.0), name (003_name) or file (003_name.sql).  A row that matches no file
 * is meant only where unknown is set, by its version.  ERR_USAGE where there
 * is none.
 */
int select_one(const struct state *, const char *target, bool unknown,
    size_t *at, struct err *) ERR_CHECKED;

/* The same, but only an entry that has a file is meant. */
int select_file(const struct state *, const char *target, size_t *at,
    struct err *) ERR_CHECKED;

/* The same for FIRST..LAST; a target alone is both. */
int select_range(const struct state *, const char *target, bool unknown,
    size_t *first, size_t *last, struct err *) ERR_CHECKED;

/* A count such as +2 or -2, of at least 1. */
int select_count(const char *target, uint64_t *count, struct err *) ERR_CHECKED;

#endif
