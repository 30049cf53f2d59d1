/* Files: opened so that nothing but the file that was meant is read. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

#define OPEN_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

char *
file_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return mem_strdup(".");
	return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int
file_fail(struct err *err, const char *dir, const char *name, const char *what)
{
	return err_set(err, ERR_USAGE, "%s/%s: %s", dir, name, what);
}

/*
 * Open what a symbolic link names, where that lies inside the directory.
 * Kubernetes mounts a ConfigMap as links to ..data/NAME, itself a link.
 */
static int
file_open_link(const char *dir, const char *name, struct err *err)
{
	char base[PATH_MAX], path[PATH_MAX], target[PATH_MAX];
	size_t n;
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    sizeof(path))
		return file_fail(err, dir, name, "the path is too long");
	if (realpath(dir, base) == NULL || realpath(path, target) == NULL)
		return file_fail(err, dir, name,
		    errno == ENOENT ? "a symbolic link to nothing"
				    : strerror(errno));
	n = strcmp(base, "/") == 0 ? 0 : strlen(base);
	if (strncmp(base, target, n) != 0 || target[n] != '/') {
		file_fail(
		    err, dir, name, "a symbolic link that leaves the folder");
		err_detail(err, "It points to %s.", target);
		err_hint(err, "Put the file itself into the folder.");
		return err->code;
	}
	fd = open(target, OPEN_FLAGS);
	if (fd < 0)
		return file_fail(err, dir, name, strerror(errno));
	return fd;
}

int
file_open_in(int dirfd, const char *dir, const char *name, struct stat *st,
    struct err *err)
{
	int fd, code;

	fd = openat(dirfd, name, OPEN_FLAGS);
	if (fd < 0 && errno == ELOOP)
		fd = file_open_link(dir, name, err);
	else if (fd < 0) /* a socket answers ENXIO */
		return file_fail(err, dir, name,
		    errno == ENXIO ? "not a regular file" : strerror(errno));
	if (fd < 0)
		return fd;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	code = file_fail(err, dir, name, "not a regular file");
	err_hint(err, "A migration is a plain file; move this one away.");
	return code;
}

ssize_t
file_read(int fd, void *p, size_t n, const char *path, struct err *err)
{
	ssize_t r;

	do {
		r = read(fd, p, n);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_set(err, ERR_USAGE, "%s: cannot read: %s", path,
		    strerror(errno));
	return r;
}

int
file_read_small(const char *path, struct buf *b, struct err *err)
{
	char piece[4096];
	ssize_t n = 0;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_USAGE, "%s: cannot open: %s", path,
		    strerror(errno));
	do {
		n = file_read(fd, piece, sizeof(piece), path, err);
		if (n > 0)
			buf_add(b, piece, (size_t)n);
	} while (n > 0 && !buf_overflowed(b));
	close(fd);
	if (n < 0)
		return (int)n;
	if (buf_overflowed(b))
		return err_set(
		    err, ERR_USAGE, "%s: larger than %zu bytes", path, b->max);
	return 0;
}

int
file_read_text(const char *path, struct buf *b, struct err *err)
{
	size_t start = b->len, to = start, i;
	int r = file_read_small(path, b, err);

	if (r < 0)
		return r;
	if (b->len == start)
		return 0;
	i = start + text_bom(b->data + start, b->len - start);
	for (; i < b->len; i++)
		if (b->data[i] != '\r' || i + 1 == b->len ||
		    b->data[i + 1] != '\n')
			b->data[to++] = b->data[i];
	b->data[to] = '\0';
	b->len = to;
	return 0;
}

int
file_create(const char *path, const void *p, size_t n, struct err *err)
{
	size_t done = 0;
	ssize_t w = 0;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_set(err, ERR_USAGE, "%s: cannot create: %s", path,
		    strerror(errno));
	while (done < n) {
		w = write(fd, (const char *)p + done, n - done);
		if (w < 0 && errno != EINTR)
			break;
		if (w > 0)
			done += (size_t)w;
	}
	if (close(fd) != 0 || done < n) {
		err_set(err, ERR_USAGE, "%s: cannot write: %s", path,
		    strerror(errno));
		unlink(path);
		return err->code;
	}
	return 0;
}

void
file_take_standard(void)
{
	int fd, got;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/* The lowest that is free; neither to be read nor written. */
		got =
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
		if (got > fd)
			close(got);
	}
}
