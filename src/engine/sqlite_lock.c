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
	err_set(
	    err, ERR_STATEMENT, "cannot lock %s: %s", path, strerror(errno));
	err_hint(err,
	    "A migration without a transaction is guarded by this "
	    "file; it must be a plain file that all who migrate this database "
	    "can read and write.");
	return ERR_STATEMENT;
}

/*
 * Whether another process has it.  One of another container has no pid that
 * means anything here, and is left without a name.
 */
static bool
lock_is_held(int fd, struct lock_holder *holder)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct buf b;

	if (fcntl(fd, F_GETLK, &l) != 0 || l.l_type == F_UNLCK)
		return false;
	buf_init(&b, sizeof(holder->text) - 1);
	if (l.l_pid > 0)
		sqlite_add_process(&b, l.l_pid);
	snprintf(holder->text, sizeof(holder->text), "%s", buf_str(&b));
	buf_clear(&b);
	holder->named = strlen(holder->text);
	return true;
}

/*
 * Open it, or make it.  Whoever may write the database must be able to see
 * this lock, whatever our umask is, as SQLite does it with its journals.
 */
static int
lock_open(const struct sqlite_db *s, const char *path)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	struct stat st;
	int fd;

	fd = open(path, flags | O_CREAT | O_EXCL, 0666);
	if (fd < 0)
		return errno == EEXIST ? open(path, flags) : -1;
	/* Best effort: where it does not work, lock_fail() tells the others. */
	if (stat(sqlite3_db_filename(s->handle, "main"), &st) == 0 &&
	    (geteuid() != 0 || fchown(fd, st.st_uid, st.st_gid) == 0))
		(void)fchmod(fd, st.st_mode & 0666);
	return fd;
}

static int
lock_file(struct sqlite_db *s, const char *path, int *fd, struct lock_holder *h,
    struct err *err)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat st;

	*fd = lock_open(s, path);
	if (*fd < 0)
		return lock_fail(path, err);
	errno = EINVAL;
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
		return lock_fail(path, err);
	if (fcntl(*fd, F_SETLK, &l) == 0)
		return 1;
	if (errno != EACCES && errno != EAGAIN)
		return lock_fail(path, err);
	lock_is_held(*fd, h); /* one that has just gone has no name */
	return 0;
}

/* Without the file, no run has ever locked it. */
int
sqlite_lock_holder(
    struct db *db, const char *key, struct lock_holder *holder, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);
	char *path;
	int fd, r = LOCK_FREE;

	(void)key; /* the file is the database's own */
	*holder = (struct lock_holder){.named = 0};
	if (s->lock_fd >= 0)
		return LOCK_FREE;
	if (!sqlite_usable(s))
		return sqlite_report(s, err);
	path = lock_path(s);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		r = lock_is_held(fd, holder) ? LOCK_HELD : LOCK_FREE;
	else if (errno != ENOENT)
		r = lock_fail(path, err);
	if (fd >= 0)
		close(fd);
	free(path);
	return r;
}

int
sqlite_try_lock(struct db *db, const char *key, bool outside,
    struct lock_holder *holder, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);
	char *path;
	int fd = -1, r;

	*holder = (struct lock_holder){.named = 0};
	/* Who has the lock file may be waiting for what this one keeps. */
	if (s->kept && !outside)
		return 1;
	r = sqlite_lock_holder(db, key, holder, err);
	if (r != LOCK_FREE)
		return r < 0 ? r : 0;
	if (!outside || s->lock_fd >= 0)
		return 1;
	path = lock_path(s);
	r = lock_file(s, path, &fd, holder, err);
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

/* PRAGMA data_version: other connections' commits alone change it. */
bool
sqlite_others_wrote(struct db *db)
{
	struct sqlite_db *s = sqlite_of(db);
	int64_t before = s->data_version;
	struct rows rows;
	struct query q = {.sql = "PRAGMA data_version", .rows = &rows};

	rows_init(&rows);
	s->data_version = sqlite_run(s, &q) == 0 ? rows_number(&rows, 0, 0) : 0;
	rows_clear(&rows);
	return s->data_version == 0 || s->data_version != before;
}
