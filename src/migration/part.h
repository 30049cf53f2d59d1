/*
 * The parts of a file without a transaction, as the journal has them: the run
 * and the script that is written for a shell agree on these.
 */
#ifndef MIGRATION_PART_H
#define MIGRATION_PART_H

#include <stdbool.h>

#include "base/err.h"
#include "migration/checksum.h"
#include "migration/script.h"

enum part {
	PART_SETTING, /* for what follows: not counted, run again on resuming */
	PART_WHOLE,   /* commits together with its entry */
	PART_ALONE,   /* journalled as started, then as done */
	PART_OPEN     /* more follows: it is in a block, or has data */
};

/* What a statement is; block: within a BEGIN ... COMMIT of the file. */
enum part part_of(const struct script_item *, bool block);

/* The sums of the statements so far, which their entries have. */
struct part_sums {
	struct checksum *sum;
	char now[CHECKSUM_SIZE];    /* with the newest statement ... */
	char before[CHECKSUM_SIZE]; /* ... and without it */
};

void part_sums_init(struct part_sums *);
void part_sums_clear(struct part_sums *);

/* Room for what an entry has of the sums. */
#define PART_ENTRY_SIZE (2 * CHECKSUM_SIZE)

/*
 * What an entry has of the sums: of the statements up to its own; while that
 * one is only begun, behind a slash also of those before it, since it may be
 * mended where it turns out to have done nothing.
 */
void part_sums_entry(const struct part_sums *, bool done, char *out);

/*
 * Whether these are the statements of an entry: up to its own; of one that is
 * only begun, those before the newest here, which stands in the place of its
 * own; or all here, where its own is gone.
 */
bool part_sums_agree(const struct part_sums *, const char *entry);
bool part_sums_agree_before(const struct part_sums *, const char *entry);
bool part_sums_agree_without(const struct part_sums *, const char *entry);

/* Take a statement that is counted. */
void part_sums_add(struct part_sums *, const struct statement *);

#endif
