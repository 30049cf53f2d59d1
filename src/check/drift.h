/* Drift: whether the schema is still what the last run left. */
#ifndef CHECK_DRIFT_H
#define CHECK_DRIFT_H

#include "base/err.h"
#include "check/compare.h"
#include "engine/engine.h"
#include "migration/history.h"
#include "run/run.h"

/* The sum of the schema as it stands now goes to the log. */
int drift_record(struct run *, struct err *) ERR_CHECKED;

/*
 * Compare with the newest sum in the log.  ERR_CHECK where it differs, or
 * where there is none that could be compared: no run has logged one, one that
 * did not has changed the schema since, or the server is of another version,
 * which may print the same schema in another way.
 */
int drift_check(const struct history *, struct db *, struct err *) ERR_CHECKED;

/*
 * What differs from a dump: each is reported with EVENT_DIFFERENCE, before as
 * the dump has it.  *count of them.  ERR_USAGE: the file is no dump, or is
 * one of another kind of server.
 */
int drift_compare(const struct history *h, struct db *db, const char *file,
    event_fn *event, void *arg, uint64_t *count, struct err *err) ERR_CHECKED;

#endif
