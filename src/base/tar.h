/*
 * Tar archives, read from a stream: v7, ustar and pax as POSIX has them
 * (pax(1), "ustar Interchange Format" and "pax Header Block"), and GNU tar's
 * long names and large sizes (its manual, "Basic Tar Format").  Memory is
 * bounded by the headers; members pass through in pieces.
 *
 * It is strict: what is damaged, cut off, packed, sparse, one of several
 * volumes or followed by something else is an error with its offset in bytes.
 * Names are handed out as they stand in the archive: they may be absolute,
 * hold "..", control characters and NUL bytes, and are not to be used as
 * paths.
 */
#ifndef BASE_TAR_H
#define BASE_TAR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct tar;

enum tar_type { TAR_FILE, TAR_FOLDER, TAR_SYMLINK, TAR_HARDLINK, TAR_OTHER };

/* Its texts belong to the reader, and live until the next one is asked for. */
struct tar_member {
	const char *name; /* NUL-terminated, shorter than PATH_MAX */
	size_t name_len;  /* bytes; not strlen(name) where it holds a NUL */
	const char *link; /* the target of a link; NULL for all else */
	size_t link_len;  /* likewise */
	enum tar_type type;
	unsigned mode;   /* permissions, 07777 */
	uint64_t size;   /* bytes that tar_read() gives */
	uint64_t offset; /* of its header in the archive, in bytes */
};

/* Read from the descriptor, which is borrowed. */
struct tar *tar_open(int fd);
void tar_close(struct tar *); /* NULL is accepted */

/* A member of more bytes is an error from now on; at first none is. */
void tar_limit(struct tar *, uint64_t bytes);

/*
 * The next member; what is left of the one before is passed over.  Returns 1,
 * 0 at the end (the input is then read to its end, so that who writes it is
 * not killed by SIGPIPE), or ERR_USAGE.  After an error or the end only
 * tar_close() may follow.
 */
int tar_next(struct tar *, struct tar_member *, struct err *) ERR_CHECKED;

/*
 * Up to n bytes of the member; 0 at its end, or ERR_USAGE.  Fewer than n come
 * only where the member ends.
 */
ssize_t tar_read(struct tar *, void *p, size_t n, struct err *) ERR_CHECKED;

#endif
