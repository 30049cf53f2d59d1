/*
 * Sources: the bytes of a script, from its file or its stored text, hashed on
 * the way.
 */
#ifndef MIGRATION_SOURCE_H
#define MIGRATION_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "migration/script.h"

/* A text of up to this size is read and compared before it is used. */
#define SOURCE_SMALL ((size_t)256 * 1024)

struct source;

/*
 * Open what the script names; it is borrowed.  The folder may be NULL for a
 * script that is a text.  Returns NULL with the error set.
 */
struct source *
source_open(const struct script *, const struct script_folder *, struct err *);
void source_close(struct source *); /* NULL is accepted */

/*
 * Where the file is long, let a thread read and hash it ahead of what the
 * caller does with it, and hash for him what he finds in it and adds to the
 * checksum, which is borrowed.
 */
void source_begin_ahead(struct source *, struct checksum *found);

/* At the end of the file: both sums are whole. */
void source_end_ahead(struct source *);

/* Have each source_read() fail from now on; from any thread. */
void source_stop(struct source *);

/* Whether it is a file of more than SOURCE_SMALL bytes. */
bool source_is_long(const struct source *);

/* Whether every user may write to the file. */
bool source_is_exposed(const struct source *);

/* How many bytes were read so far. */
uint64_t source_bytes(const struct source *);

/*
 * How many bytes to ask for at a time, at most max: what is left and one, so
 * that one call of source_read() takes it all and sees its end.
 */
size_t source_piece(const struct source *, size_t max);

/* Read at most n bytes; returns how many, 0 at the end, a negative code. */
ssize_t
source_read(struct source *, void *p, size_t n, struct err *) ERR_CHECKED;

/* Read bytes at an offset, without hashing them or moving on. */
ssize_t source_peek(struct source *, uint64_t offset, void *p, size_t n,
    struct err *) ERR_CHECKED;

/*
 * Read and hash all that is left, so that source_compare() can tell before
 * source_read() gives it out.  For a script of up to SOURCE_SMALL bytes.
 */
int source_load(struct source *, struct err *) ERR_CHECKED;

/* At the end: the checksum and the number of all bytes read. */
void source_sum(struct source *, char hex[CHECKSUM_SIZE], uint64_t *bytes);

/* Say that it is not what was checked; ERR_DISAGREE. */
int source_refuse(const struct source *, struct err *);

/* At the end: ERR_DISAGREE where the bytes are not those of the script. */
int source_compare(struct source *, struct err *) ERR_CHECKED;

#endif
