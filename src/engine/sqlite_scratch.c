/*
 * The SQLite engine's databases for trials: a file in a folder of its own, in
 * memory where the system has a place for that.  The folder stays locked while
 * it is used, so that the next run can tell what a killed one has left.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/sqlite_int.h"

#define SCRATCH_PREFIX "sqlmigrate-scratch-"
#define SCRATCH_NEW 60 /* seconds: one that may not be locked yet */

struct sqlite_scratch {
	struct scratch scratch;
	char *dir;
	int lock; /* the folder, locked; -1 none */
};

static struct sqlite_scratch *
scratch_of(struct scratch *s)
{
	return (struct sqlite_scratch *)(void *)s;
}

/* shm_overview(7): a file system in memory, where there is one. */
static const char *
scratch_place(void)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp != NULL && *tmp != '\0')
		return tmp;
	return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

/* A descriptor of the folder, with its lock; -1 where it is not to be had. */
static int
scratch_lock(int at, const char *dir)
{
	int fd =
	    openat(at, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Everything in it; it holds no folders. */
static void
scratch_empty(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct dirent *e;
	DIR *d;

	d = copy < 0 ? NULL : fdopendir(copy);
	if (d == NULL) {
		if (copy >= 0)
			close(copy);
		return;
	}
	rewinddir(d);
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(fd, e->d_name, 0);
	closedir(d);
}

/* What killed runs of this user have left. */
static void
scratch_sweep(const char *place)
{
	DIR *d = opendir(place);
	struct dirent *e;
	struct stat st;
	int fd;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, SCRATCH_PREFIX,
			strlen(SCRATCH_PREFIX)) != 0 ||
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) !=
			0 ||
		    time(NULL) - st.st_mtime < SCRATCH_NEW)
			continue;
		fd = scratch_lock(dirfd(d), e->d_name);
		if (fd < 0)
			continue;
		scratch_empty(fd);
		unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
		close(fd);
	}
	if (d != NULL)
		closedir(d);
}

static char *
scratch_path(const char *dir, const char *name)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	buf_addf(&b, "%s/%s", dir, name);
	return buf_take(&b);
}

int
sqlite_scratch_open(struct scratch **out, const struct target *near,
    const struct db_options *o, struct db *like, struct err *err)
{
	struct sqlite_scratch *s = mem_calloc(1, sizeof(*s));
	const char *place = scratch_place();
	int r;

	(void)o;
	(void)like;
	scratch_sweep(place);
	s->dir = scratch_path(place, SCRATCH_PREFIX "XXXXXX");
	s->lock = -1;
	if (mkdtemp(s->dir) != NULL)
		s->lock = scratch_lock(AT_FDCWD, s->dir);
	if (s->lock < 0) {
		err_set(err, ERR_CONNECTION,
		    "cannot make a folder for a scratch database in %s: %s",
		    place, strerror(errno));
		err_hint(err, "TMPDIR names another place.");
		r = sqlite_scratch_close(&s->scratch, err);
		return r < 0 ? r : err->code;
	}
	s->scratch.target = (struct target){.engine = near->engine,
	    .address = scratch_path(s->dir, "scratch.db"),
	    .shown = mem_strdup("a scratch database"),
	    .source = mem_strdup(near->source)};
	*out = &s->scratch;
	return 0;
}

int
sqlite_scratch_reset(struct scratch *scratch, struct err *err)
{
	(void)err;
	scratch_empty(scratch_of(scratch)->lock);
	return 0;
}

int
sqlite_scratch_close(struct scratch *scratch, struct err *err)
{
	struct sqlite_scratch *s = scratch_of(scratch);

	(void)err;
	if (scratch == NULL)
		return 0;
	if (s->lock >= 0) {
		scratch_empty(s->lock);
		rmdir(s->dir);
		close(s->lock);
	}
	target_clear(&scratch->target);
	free(s->dir);
	free(s);
	return 0;
}
