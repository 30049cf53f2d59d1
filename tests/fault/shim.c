/* Calls that fail on purpose. */
#include "shim.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind {
	SHIM_ALLOC,
	SHIM_OPEN,
	SHIM_READ,
	SHIM_WRITE,
	SHIM_SYNC,
	SHIM_CLOSE,
	SHIM_STAT,
	SHIM_FOLDER,
	SHIM_NAME,
	SHIM_LOCK,
	SHIM_PRINT,
	SHIM_THREAD,
	SHIM_CHILD,
	SHIM_WHO,
	SHIM_LOAD,
	SHIM_ANY_ALLOC,
	SHIM_ANY_LARGE,
	SHIM_ANY_OPEN,
	SHIM_ANY_READ,
	SHIM_ANY_WRITE,
	SHIM_ANY_GROW,
	SHIM_ANY_SYNC,
	SHIM_ANY_NET,
	SHIM_NONE
};

const char *const shim_kinds[] = {
    [SHIM_ALLOC] = "alloc",
    [SHIM_OPEN] = "open",
    [SHIM_READ] = "read",
    [SHIM_WRITE] = "write",
    [SHIM_SYNC] = "sync",
    [SHIM_CLOSE] = "close",
    [SHIM_STAT] = "stat",
    [SHIM_FOLDER] = "folder",
    [SHIM_NAME] = "name",
    [SHIM_LOCK] = "lock",
    [SHIM_PRINT] = "print",
    [SHIM_THREAD] = "thread",
    [SHIM_CHILD] = "child",
    [SHIM_WHO] = "who",
    [SHIM_LOAD] = "load",
    [SHIM_ANY_ALLOC] = "any-alloc",
    [SHIM_ANY_LARGE] = "any-large",
    [SHIM_ANY_OPEN] = "any-open",
    [SHIM_ANY_READ] = "any-read",
    [SHIM_ANY_WRITE] = "any-write",
    [SHIM_ANY_GROW] = "any-grow",
    [SHIM_ANY_SYNC] = "any-sync",
    [SHIM_ANY_NET] = "any-net",
    [SHIM_NONE] = NULL,
};

static const int shim_errors[] = {
    [SHIM_ALLOC] = ENOMEM,
    [SHIM_OPEN] = EMFILE,
    [SHIM_READ] = EIO,
    [SHIM_WRITE] = ENOSPC,
    [SHIM_SYNC] = EIO,
    [SHIM_CLOSE] = EIO,
    [SHIM_STAT] = EIO,
    [SHIM_FOLDER] = EIO,
    [SHIM_NAME] = EACCES,
    [SHIM_LOCK] = ENOLCK,
    [SHIM_PRINT] = ENOSPC,
    [SHIM_THREAD] = EAGAIN,
    [SHIM_CHILD] = EAGAIN,
    [SHIM_WHO] = EIO,
    [SHIM_LOAD] = ENOMEM,
    [SHIM_ANY_ALLOC] = ENOMEM,
    [SHIM_ANY_LARGE] = ENOMEM,
    [SHIM_ANY_OPEN] = EMFILE,
    [SHIM_ANY_READ] = EIO,
    [SHIM_ANY_WRITE] = ENOSPC,
    [SHIM_ANY_GROW] = ENOSPC,
    [SHIM_ANY_SYNC] = EIO,
    [SHIM_ANY_NET] = ECONNRESET,
};

#define SHIM_LARGE 32768 /* bytes */

static enum kind shim_armed = SHIM_NONE;
static unsigned long shim_n;
static bool shim_lasting;
static bool *shim_hit;
static atomic_ulong shim_count;

bool
shim_arm(const char *kind, unsigned long n, bool lasting, bool *hit)
{
	enum kind k = SHIM_ALLOC;

	while (k < SHIM_NONE && strcmp(shim_kinds[k], kind) != 0)
		k++;
	shim_n = n;
	shim_lasting = lasting || k == SHIM_ANY_LARGE;
	shim_hit = hit;
	atomic_store(&shim_count, 0);
	shim_armed = k;
	return k != SHIM_NONE;
}

void
shim_disarm(void)
{
	shim_armed = SHIM_NONE;
}

/* Whether this call is one that fails. */
static bool
shim_fails(enum kind kind)
{
	unsigned long n;

	if (shim_armed != kind)
		return false;
	n = atomic_fetch_add(&shim_count, 1) + 1;
	if (n != shim_n && !(shim_lasting && n > shim_n))
		return false;
	*shim_hit = true;
	errno = shim_errors[kind];
	return true;
}

/* A function that our code calls, and what it returns when it fails. */
#define WRAP(kind, failed, type, name, params, args)                   \
	type __real_##name params;                                     \
	type __wrap_##name params;                                     \
	type __wrap_##name params                                      \
	{                                                              \
		return shim_fails(kind) ? failed : __real_##name args; \
	}

WRAP(SHIM_ALLOC, NULL, void *, calloc, (size_t n, size_t size), (n, size))
WRAP(SHIM_ALLOC, NULL, void *, realloc, (void *p, size_t n), (p, n))
WRAP(SHIM_OPEN, -1, int, __openat_2, (int fd, const char *p, int flags),
    (fd, p, flags))
WRAP(SHIM_READ, -1, ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
WRAP(SHIM_READ, -1, ssize_t, pread, (int fd, void *p, size_t n, off_t at),
    (fd, p, n, at))
WRAP(SHIM_READ, NULL, char *, fgets, (char *p, int n, FILE *f), (p, n, f))
WRAP(SHIM_WRITE, -1, ssize_t, write, (int fd, const void *p, size_t n),
    (fd, p, n))
WRAP(SHIM_SYNC, -1, int, fsync, (int fd), (fd))
WRAP(SHIM_STAT, -1, int, fstat, (int fd, struct stat *st), (fd, st))
WRAP(SHIM_STAT, -1, int, stat, (const char *p, struct stat *st), (p, st))
WRAP(SHIM_STAT, -1, int, lstat, (const char *p, struct stat *st), (p, st))
WRAP(SHIM_STAT, -1, int, access, (const char *p, int mode), (p, mode))
WRAP(SHIM_STAT, NULL, char *, realpath, (const char *p, char *out), (p, out))
WRAP(SHIM_STAT, NULL, char *, __realpath_chk,
    (const char *p, char *out, size_t n), (p, out, n))
WRAP(SHIM_FOLDER, NULL, DIR *, opendir, (const char *p), (p))
WRAP(SHIM_FOLDER, NULL, DIR *, fdopendir, (int fd), (fd))
WRAP(SHIM_FOLDER, NULL, struct dirent *, readdir, (DIR * d), (d))
WRAP(SHIM_NAME, -1, int, mkdir, (const char *p, mode_t mode), (p, mode))
WRAP(SHIM_NAME, -1, int, link, (const char *p, const char *to), (p, to))
WRAP(SHIM_NAME, -1, int, rename, (const char *p, const char *to), (p, to))
WRAP(SHIM_NAME, -1, int, unlink, (const char *p), (p))
WRAP(SHIM_PRINT, EOF, int, fputs, (const char *s, FILE *f), (s, f))
WRAP(SHIM_PRINT, EOF, int, fputc, (int c, FILE *f), (c, f))
WRAP(SHIM_PRINT, EOF, int, puts, (const char *s), (s))
WRAP(SHIM_PRINT, EOF, int, fflush, (FILE * f), (f))
WRAP(SHIM_PRINT, 0, size_t, fwrite,
    (const void *p, size_t size, size_t n, FILE *f), (p, size, n, f))
WRAP(SHIM_THREAD, EAGAIN, int, pthread_create,
    (pthread_t * t, const pthread_attr_t *a, void *(*f)(void *), void *arg),
    (t, a, f, arg))
WRAP(SHIM_CHILD, EAGAIN, int, posix_spawnp,
    (pid_t * pid, const char *p, const posix_spawn_file_actions_t *f,
	const posix_spawnattr_t *a, char *const argv[], char *const envp[]),
    (pid, p, f, a, argv, envp))
WRAP(SHIM_CHILD, -1, pid_t, fork, (void), ())
WRAP(SHIM_CHILD, -1, int, pipe2, (int fds[2], int flags), (fds, flags))
WRAP(SHIM_WHO, NULL, struct passwd *, getpwuid, (uid_t uid), (uid))
WRAP(SHIM_WHO, -1, int, gethostname, (char *p, size_t n), (p, n))
WRAP(SHIM_WHO, NULL, struct tm *, localtime_r, (const time_t *t, struct tm *tm),
    (t, tm))
WRAP(SHIM_WHO, NULL, struct tm *, gmtime_r, (const time_t *t, struct tm *tm),
    (t, tm))
WRAP(SHIM_LOAD, NULL, void *, dlopen, (const char *p, int flags), (p, flags))
WRAP(SHIM_LOAD, NULL, void *, dlsym, (void *h, const char *name), (h, name))

/* As in Linux, a close that fails has closed. */
int __real_close(int fd);
int __wrap_close(int fd);
int
__wrap_close(int fd)
{
	bool fails = shim_fails(SHIM_CLOSE);
	int r = __real_close(fd);

	if (!fails)
		return r;
	errno = shim_errors[SHIM_CLOSE];
	return -1;
}

int __real_open(const char *p, int flags, ...);
int __wrap_open(const char *p, int flags, ...);
int
__wrap_open(const char *p, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, int) : 0;
	va_end(ap);
	return shim_fails(SHIM_OPEN) ? -1 : __real_open(p, flags, mode);
}

int __real_openat(int fd, const char *p, int flags, ...);
int __wrap_openat(int fd, const char *p, int flags, ...);
int
__wrap_openat(int fd, const char *p, int flags, ...)
{
	return shim_fails(SHIM_OPEN) ? -1 : __real_openat(fd, p, flags);
}

int __real_fcntl(int fd, int cmd, ...);
int __wrap_fcntl(int fd, int cmd, ...);
int
__wrap_fcntl(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return shim_fails(SHIM_LOCK) ? -1 : __real_fcntl(fd, cmd, arg);
}

int __wrap_fprintf(FILE *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int
__wrap_fprintf(FILE *f, const char *fmt, ...)
{
	va_list ap;
	int r;

	if (shim_fails(SHIM_PRINT))
		return -1;
	va_start(ap, fmt);
	r = vfprintf(f, fmt, ap);
	va_end(ap);
	return r;
}

int __wrap___fprintf_chk(FILE *f, int flag, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int
__wrap___fprintf_chk(FILE *f, int flag, const char *fmt, ...)
{
	va_list ap;
	int r;

	(void)flag;
	if (shim_fails(SHIM_PRINT))
		return -1;
	va_start(ap, fmt);
	r = vfprintf(f, fmt, ap);
	va_end(ap);
	return r;
}

pid_t __real_waitpid(pid_t pid, int *status, int flags);
pid_t __wrap_waitpid(pid_t pid, int *status, int flags);
pid_t
__wrap_waitpid(pid_t pid, int *status, int flags)
{
	pid_t r = __real_waitpid(pid, status, flags);

	return shim_fails(SHIM_CHILD) ? -1 : r;
}

/*
 * Libraries find these in the program before they find libc's.  A sanitizer
 * has an allocator of its own.
 */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#define ANYWHERE(kind, type, name, params, call)       \
	type name params                               \
	{                                              \
		return shim_fails(kind) ? -1 : (call); \
	}

ANYWHERE(SHIM_ANY_READ, ssize_t, read, (int fd, void *p, size_t n),
    syscall(SYS_read, fd, p, n))
ANYWHERE(SHIM_ANY_READ, ssize_t, pread64,
    (int fd, void *p, size_t n, off64_t at), syscall(SYS_pread64, fd, p, n, at))
ANYWHERE(SHIM_ANY_WRITE, ssize_t, write, (int fd, const void *p, size_t n),
    syscall(SYS_write, fd, p, n))
ANYWHERE(SHIM_ANY_SYNC, int, fsync, (int fd), (int)syscall(SYS_fsync, fd))
ANYWHERE(
    SHIM_ANY_SYNC, int, fdatasync, (int fd), (int)syscall(SYS_fdatasync, fd))
ANYWHERE(SHIM_ANY_SYNC, int, ftruncate64, (int fd, off64_t n),
    (int)syscall(SYS_ftruncate, fd, n))
/* A connection that was reset is so for both ends, and for good. */
static ssize_t
shim_reset(int fd)
{
	shutdown(fd, SHUT_RDWR);
	errno = shim_errors[SHIM_ANY_NET];
	return -1;
}

ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	if (shim_fails(SHIM_ANY_NET))
		return shim_reset(fd);
	return syscall(SYS_sendto, fd, p, n, flags, NULL, 0);
}

ssize_t
recv(int fd, void *p, size_t n, int flags)
{
	if (shim_fails(SHIM_ANY_NET))
		return shim_reset(fd);
	return syscall(SYS_recvfrom, fd, p, n, flags, NULL, NULL);
}

/* On a full disk only what makes the file longer fails. */
ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	if (shim_fails(SHIM_ANY_WRITE) ||
	    (at + (off64_t)n > lseek(fd, 0, SEEK_END) &&
		shim_fails(SHIM_ANY_GROW)))
		return -1;
	return syscall(SYS_pwrite64, fd, p, n, at);
}

int
open64(const char *p, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, int) : 0;
	va_end(ap);
	if (shim_fails(SHIM_ANY_OPEN))
		return -1;
	return (int)syscall(SYS_openat, AT_FDCWD, p, flags, mode);
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *
malloc(size_t n)
{
	return shim_fails(SHIM_ANY_ALLOC) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return shim_fails(SHIM_ANY_ALLOC) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	if (shim_fails(SHIM_ANY_ALLOC) ||
	    (n > SHIM_LARGE && shim_fails(SHIM_ANY_LARGE)))
		return NULL;
	return __libc_realloc(p, n);
}
#endif
