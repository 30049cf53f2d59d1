/*
 * What can be found out about a statement that may or may not have taken
 * effect before its session was lost.
 */
#ifndef SQL_AGAIN_H
#define SQL_AGAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/dialect.h"

enum again {
	AGAIN_UNKNOWN, /* only a person can tell */
	AGAIN_SAFE,    /* it may run twice: VACUUM, REINDEX, ... */
	AGAIN_CREATE,  /* it makes an index, which is there or not */
	AGAIN_DROP,    /* it drops one */
	AGAIN_DETACH,  /* it detaches a partition, in two transactions */
	AGAIN_REPLACE  /* it may run twice, but leaves half made indexes */
};

/*
 * What the statement is about: names as they are written, quotes included;
 * NULL where there is none.
 */
struct again_target {
	char *name;  /* of the index, NULL where the server is to find one; of
			the partition */
	char *table; /* which has the index, or the partition; but for
			AGAIN_DROP */
	char *key;   /* AGAIN_CREATE: what stands behind the table */
	bool unique; /* AGAIN_CREATE: the index is to be */
};

/*
 * Whether the statement is one that waits for others by design, without being
 * in their way, and leaves something half made where it is ended early: the
 * forms with CONCURRENTLY of what cannot be in a transaction.
 */
bool statement_is_concurrent(const struct dialect *, const char *, size_t);

/*
 * The target is filled for AGAIN_CREATE, AGAIN_DROP and AGAIN_DETACH, and is to
 * be cleared in any case.
 */
enum again statement_again(const struct dialect *, const char *text, size_t len,
    struct again_target *);
void again_clear(struct again_target *);

#endif
