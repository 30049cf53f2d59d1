/*
 * A disk of a PostgreSQL server that gets full, for LD_PRELOAD: as many writes
 * that make a file of a database longer succeed as the file DISK_ROOM has
 * bytes, each of which takes one; without that file there is room for all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static bool
disk_grows(int fd, off_t end)
{
	char link[64], path[4096];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || end <= st.st_size)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	return strstr(path, "/base/") != NULL;
}

static bool
disk_full(int fd, off_t end)
{
	const char *path = getenv("DISK_ROOM");
	struct stat st = {0};
	bool full;
	int room;

	if (path == NULL || !disk_grows(fd, end))
		return false;
	room = open(path, O_RDWR | O_CLOEXEC);
	if (room < 0)
		return false;
	full = fstat(room, &st) != 0 || st.st_size == 0 ||
	    ftruncate(room, st.st_size - 1) != 0;
	close(room);
	errno = ENOSPC;
	return full;
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (disk_full(fd, at + (off_t)n))
		return -1;
	return syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t
pwritev(int fd, const struct iovec *v, int count, off_t at)
{
	off_t end = at;
	int i;

	for (i = 0; i < count; i++)
		end += (off_t)v[i].iov_len;
	if (disk_full(fd, end))
		return -1;
	return syscall(SYS_pwritev, fd, v, count, at, 0);
}

int
posix_fallocate(int fd, off_t at, off_t n)
{
	if (disk_full(fd, at + n))
		return ENOSPC;
	return syscall(SYS_fallocate, fd, 0, at, n) == 0 ? 0 : errno;
}
