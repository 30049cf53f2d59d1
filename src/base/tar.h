/*
 * Tar archives, read from a stream: v7, ustar and pax as POSIX has them
 * (pax(1), "ustar Interchange Format" and "pax Header Block"), and GNU tar's
 * long names and large sizes (its manual, "Basic Tar Format").  Memory is
 * bounded by the headers; members pass through in pieces.
 *
 * It is strict: what is damaged, cut off, packed, sparse, one of several
 * volumes, followed by something else or named with a NUL byte is an error with
 * its offset in bytes.
 * Names are handed out as they stand in the archive: they may be absolute,
 * hold ".." and control characters, and are not to be used as paths.
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
	const char *name; /* shorter than PATH_MAX, as is the next */
	const char *link; /* the target of a link; NULL for all else */
	enum tar_type type;
	uint64_t size; /* bytes that tar_read() gives */
};

/* Read from the descriptor, which is borrowed. */
struct tar *tar_open(int fd);
void tar_close(struct tar *); /* NULL is accepted */

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
