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
	AGAIN_REPLACE  /* it may run twice, but leaves half made indexes */
};

/* Names as they are written, quotes included; both to be freed. */
struct again_index {
	char *name;  /* NULL where the server is to find one */
	char *table; /* AGAIN_CREATE only, else NULL */
};

/*
 * Whether the statement is one that waits for others by design, without being
 * in their way, and leaves something half made where it is ended early: the
 * forms with CONCURRENTLY of what cannot be in a transaction.
 */
bool statement_is_concurrent(const struct dialect *, const char *, size_t);

/* For AGAIN_CREATE and AGAIN_DROP the names are filled, else they are NULL. */
enum again statement_again(
    const struct dialect *, const char *text, size_t len, struct again_index *);

#endif
