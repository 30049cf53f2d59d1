/* Snapshots: the schema of a database as it stands, without our tables. */
#ifndef CHECK_SNAPSHOT_H
#define CHECK_SNAPSHOT_H

#include <stdbool.h>

#include "base/err.h"
#include "engine/engine.h"
#include "migration/checksum.h"
#include "migration/history.h"

/*
 * Read and sort it.  The tables that are left out are those of the history,
 * whether they are there or not.  needs: also what depends on what.  Free
 * with catalogue_free().
 */
int snapshot_take(struct catalogue **, struct db *, const struct history *,
    bool needs, struct err *) ERR_CHECKED;

/*
 * The same, but read only what can have changed since the connection was last
 * asked so.  It must be freed before the connection is closed.
 */
int snapshot_follow(struct catalogue **, struct db *, const struct history *,
    struct err *) ERR_CHECKED;

/* An object that is not the same in both; NULL: there is none. */
const struct object *
snapshot_differs(const struct catalogue *, const struct catalogue *);

/*
 * Append the fields of an object, "key: value" each, with an indent before
 * each line.
 */
void snapshot_define(struct buf *, const struct object *, const char *indent);

/* Append an object as dump writes it; sqlmigrate-migrations(5) has the form. */
void snapshot_print(struct buf *, const struct object *);

/*
 * Take a dump apart.  Errors: ERR_USAGE with the line that is not of that
 * form.  Free with catalogue_free().
 */
int snapshot_parse(struct catalogue **, const char *text, const char *file,
    struct err *) ERR_CHECKED;

/* "PostgreSQL 15" of "PostgreSQL 15.18": what prints schemas alike. */
void snapshot_server(struct buf *, const char *server);

/* The first line of a dump, with its end. */
void snapshot_head(struct buf *, const char *server);

/* The SHA-256 of all that snapshot_print() gives: equal for equal schemas. */
void snapshot_sum(const struct catalogue *, char sum[CHECKSUM_SIZE]);

#endif
