/* Inside check/: the scratch database that proofs are made in. */
#ifndef CHECK_PROVE_INT_H
#define CHECK_PROVE_INT_H

#include "check/prove.h"
#include "check/snapshot.h"

struct prover {
	struct prove *prove;
	struct scratch *scratch;
	struct db_options db_options;
	struct db *hands; /* the connection that migrations run on ... */
	struct db *eyes;  /* ... and the one that looks at the schema */
	struct run run;
	struct arena *arena; /* of the seed */
	struct script seed;
	struct catalogue *base; /* the schema as it is now; NULL: not read */
	bool stuck;   /* one cannot be applied: the rest is not tried */
	size_t first; /* the first one that is chosen */
	uint64_t told[VERDICTS];
};

/* prover.c: whether a failure ends the proof, rather than proves something. */
bool prover_gives_up(const struct err *);

/* The schema as it is now. */
int prover_look(struct prover *, struct catalogue **, struct err *) ERR_CHECKED;

/*
 * Whether the whole schema is what prover_look() has found, which reads only
 * what has changed: an error if it is not.
 */
int prover_check_look(
    struct prover *, const struct catalogue *, struct err *) ERR_CHECKED;

/* Connect again, after a migration that was rolled back by its failure. */
int prover_reconnect(struct prover *, struct err *) ERR_CHECKED;

/* Make the scratch database anew, with the first n migrations applied. */
int prover_replay(struct prover *, size_t n, struct err *) ERR_CHECKED;

/* prove_rows.c: what is in the tables, and what of it differs. */
int prover_count_rows(struct prover *, struct rows *, struct err *) ERR_CHECKED;
uint64_t prover_rows_differ(
    const struct rows *before, const struct rows *after, unsigned allowed);
void prover_tell_rows(struct prover *, const struct migration *,
    const struct rows *before, const struct rows *after, unsigned allowed);

/* prove.c: the proof of the one at an index; it is the next one to apply. */
int prove_one(struct prover *, size_t at, struct err *) ERR_CHECKED;

#endif
