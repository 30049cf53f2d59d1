/* What the log says of rollbacks that were proven. */
#ifndef MIGRATION_PROOF_H
#define MIGRATION_PROOF_H

#include "base/err.h"
#include "engine/engine.h"
#include "migration/history.h"
#include "migration/state.h"

/* Both checksums of a migration's files, as a row of the log has them. */
#define PROOF_SUMS_SIZE (2 * CHECKSUM_SIZE)
void proof_sums(const struct migration *, char sums[PROOF_SUMS_SIZE]);

/*
 * Set the proof of each entry that has a rollback: the newest verdict that was
 * recorded for exactly these files, else "unproven".  Where the log has no
 * verdict at all they stay NULL.  The rollbacks must have been identified.
 */
int proof_load(struct state *, const struct history *, struct db *,
    struct err *) ERR_CHECKED;

#endif
