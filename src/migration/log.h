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
	const char *logged_at; /* see clock_add() */
	const char *action;    /* apply, rollback, adopt, stamp, ... */
	bool has_number;
	uint64_t number;
	const char *name;
	const char *version;
	const char *actor;
	const char *host;
	const char *program;
	int64_t duration_ms; /* -1: not recorded */
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

/*
 * What the log has of a failure that leaves a migration half applied: its
 * message, and the statement at which it came, from 1; to be freed.
 */
char *log_failure(
    const struct journal *left, uint64_t statement, const char *message);

/*
 * Read that back for the entry of the journal, if the newest thing that the log
 * has of its migration is that failure.  Whoever may not read the log gets to
 * know nothing of it.
 */
void log_find_failure(struct history *, struct db *);

/* Actions that no migration belongs to. */
#define LOG_FINGERPRINT "fingerprint"
#define LOG_PROVE "prove"

/* The newest sum of the schema; checksum is NULL where there is none. */
struct log_sum {
	const char *logged_at; /* see clock_add() */
	const char *name;      /* of the server */
	const char *checksum;
	bool later; /* the schema was changed by a run since */
};

/* The texts live as long as the rows do. */
int log_find_sum(struct rows *, const struct history *, struct db *,
    struct log_sum *, struct err *) ERR_CHECKED;

/*
 * Verdicts of rollbacks, by number, the newest of each last: number, checksums,
 * outcome.
 */
int log_read_proofs(struct rows *, const struct history *, struct db *,
    struct err *) ERR_CHECKED;

#endif
