/*
 * Files: opened so that nothing but the file that was meant is read.
 *
 * Every descriptor is close-on-exec.  Errors name the path as it was given
 * and carry ERR_USAGE.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* The folder that a path names a file of; release with free(3). */
char *file_folder(const char *path);

/*
 * Open the file called name in the directory dirfd, whose path is dir, for
 * reading.  Only a regular file is taken; a symbolic link is followed where
 * its target is a regular file that lies in the directory or below it.
 * Returns a descriptor to be closed, and what fstat() says of it, or a
 * negative code.
 */
int file_open_in(int dirfd, const char *dir, const char *name, struct stat *,
    struct err *) ERR_CHECKED;

/*
 * Read at most n bytes.  Returns the number of bytes, 0 where the file ends,
 * or a negative code; path is for the message.
 */
ssize_t file_read(
    int fd, void *p, size_t n, const char *path, struct err *) ERR_CHECKED;

/*
 * Append the contents of a small file (a secret, a configuration) to the
 * buffer; one that exceeds the buffer's maximum is an error.
 */
int file_read_small(const char *path, struct buf *, struct err *) ERR_CHECKED;

/*
 * The same for a text that a person may have saved with any editor: without a
 * byte order mark at its start, and with a line feed for each CR LF.
 */
int file_read_text(const char *path, struct buf *, struct err *) ERR_CHECKED;

/*
 * Make a new file with the given bytes; one that exists is an error.  A file
 * that could not be written whole is removed again.
 */
int file_create(
    const char *path, const void *p, size_t n, struct err *) ERR_CHECKED;

/*
 * Take the places of standard input, output and error where they are closed,
 * so that no file or connection is opened there: what is printed would be
 * written to it.  Reading or writing them stays an error.
 */
void file_take_standard(void);

#endif
