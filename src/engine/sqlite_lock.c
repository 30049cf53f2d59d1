/*
 * The run lock for files without a transaction: a lock on a file beside the
 * database.
 *
 * It is fcntl's, since that tells who holds it and vanishes with the process.
 * It also vanishes when any descriptor of the file is closed, so there is
 * only this one.  The lock file stays: removing it would let a third runner
 * lock a new file while a second one still waits on the old.
 */
#include "engine/sqlite_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
lock_path(struct sqlite_db *s)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	/* SQLite's own name for the file: links to it share one lock. */
	buf_adds(&b, sqlite3_db_filename(s->handle, "main"));
	buf_adds(&b, "-sqlmigrate-lock");
	return buf_take(&b);
}

static int
lock_fail(const char *path, struct err *err)
{
	err_set(err, ERR_LOCK, "cannot lock %s: %s", path, strerror(errno));
	err_hint(err,
	    "A migration without a transaction is guarded by this "
	    "file; it must be a plain file that can be written.");
	return ERR_LOCK;
}

/* Name the holder; one that has just gone leaves the text empty. */
static void
lock_name_holder(int fd, struct lock_holder *holder)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK)
		snprintf(holder->text, sizeof(holder->text), "pid %ld",
		    (long)l.l_pid);
}

static int
lock_file(const char *path, int *fd, struct lock_holder *h, struct err *err)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat st;

	*fd = open(
	    path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0666);
	if (*fd < 0)
		return lock_fail(path, err);
	errno = EINVAL;
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
		return lock_fail(path, err);
	if (fcntl(*fd, F_SETLK, &l) == 0)
		return 1;
	if (errno != EACCES && errno != EAGAIN)
		return lock_fail(path, err);
	lock_name_holder(*fd, h);
	return 0;
}

int
sqlite_try_lock(struct db *db, const char *key, bool outside,
    struct lock_holder *holder, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);
	char *path;
	int fd = -1, r;

	(void)key; /* the file is the database's own */
	holder->text[0] = '\0';
	if (!outside || s->lock_fd >= 0)
		return 1;
	if (!sqlite_usable(s))
		return sqlite_report(s, err);
	path = lock_path(s);
	r = lock_file(path, &fd, holder, err);
	free(path);
	if (r == 1)
		s->lock_fd = fd;
	else if (fd >= 0)
		close(fd);
	return r;
}

void
sqlite_unlock(struct db *db)
{
	struct sqlite_db *s = sqlite_of(db);

	if (s->lock_fd >= 0)
		close(s->lock_fd);
	s->lock_fd = -1;
}
