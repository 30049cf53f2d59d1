/*
 * Pieces of a long text: read by a thread, ahead of whoever scans them, and
 * what was found in them hashed by it behind him.
 */
#ifndef MIGRATION_PIECES_H
#define MIGRATION_PIECES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "migration/checksum.h"

struct pieces;

/* As source_read(). */
typedef ssize_t pieces_fn(void *arg, void *p, size_t n, struct err *);

/*
 * Start a thread that reads.  The checksum is of what the caller finds in the
 * pieces: he adds to it as ever, and the thread hashes that.  All are borrowed,
 * and what the reading uses is the thread's until pieces_end().  Returns NULL
 * where there is no thread to be had.
 */
struct pieces *pieces_start(pieces_fn *read, void *arg, struct checksum *found);

/* Stop, and free it; the checksum can only be freed.  NULL is accepted. */
void pieces_free(struct pieces *);

/* As source_read(). */
ssize_t
pieces_read(struct pieces *, void *to, size_t n, struct err *) ERR_CHECKED;

/* How many bytes were read, up to the end of the piece. */
uint64_t pieces_bytes(const struct pieces *);

/* The checksum has all that was added; then pieces_free(). */
void pieces_end(struct pieces *);

#endif
