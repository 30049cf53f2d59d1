/* The log: what was done to the history, read back. */
#ifndef MIGRATION_LOG_H
#define MIGRATION_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/engine.h"
#include "migration/history.h"

/* A row; texts that are null are NULL. */
struct log_row {
	const char *logged_at; /* with its time zone */
	const char *action;    /* apply, rollback, adopt, stamp, ... */
	bool has_number;
	uint64_t number;
	const char *name;
	const char *version;
	const char *actor;
	const char *host;
	const char *program;
	int64_t duration_ms;
	const char *outcome; /* done, failed */
	const char *error;
};

/*
 * Read the newest rows first, at most limit of them; none where there is no
 * log yet.  log_take() is the row at an index, whose texts live as long as the
 * rows do.
 */
int log_read(struct rows *, const struct history *, struct db *, uint64_t limit,
    struct err *) ERR_CHECKED;
struct log_row log_take(const struct rows *, size_t);

#endif
