/*
 * Backups: a new file, checked by the engine, with its sum in the log.
 *
 * A backup never takes the place of another file, and what is not a good one
 * never has its name: it is written beside it, and what is not good does not
 * stay unless the program is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "migration/checksum.h"
#include "run/run_int.h"
#include "run/stop.h"

#define BACKUP_PIECE 65536
#define BACKUP_PARTS 10 /* unfinished ones of one name */

static int
backup_fail(const char *path, struct err *err)
{
	int error = errno;

	err_set(err, ERR_USAGE, "no backup: %s: %s", path, strerror(error));
	if (error == EEXIST)
		err_hint(err,
		    "Give a name that is free: a backup is never overwritten.");
	else if (error == ENOENT || error == EACCES || error == EROFS)
		err_hint(err,
		    "Name a file in a folder that is there and may be "
		    "written to.");
	return err->code;
}

static int
backup_refuse_parts(const char *path, struct err *err)
{
	err_set(err, ERR_USAGE,
	    "no backup: there are %d unfinished ones of %s already",
	    BACKUP_PARTS, path);
	err_hint(err, "Remove those that no run is writing: %s.part*.", path);
	return err->code;
}

/*
 * Make the file that is written, *part, beside the one that it becomes.  One
 * that is there is left alone: only its own run knows whether it goes on.
 */
static int
backup_create(
    struct run *run, const char *path, const char **part, struct err *err)
{
	struct stat st;
	int fd, i;

	if (*path == '\0')
		return err_set(err, ERR_USAGE, "no backup: no FILE is given");
	if (lstat(path, &st) == 0) {
		errno = EEXIST;
		return backup_fail(path, err);
	}
	*part = arena_printf(run->arena, "%s.part", path);
	for (i = 2;; i++) {
		fd = open(*part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
		if (errno == EEXIST && i > BACKUP_PARTS)
			return backup_refuse_parts(path, err);
		if (errno != EEXIST)
			return backup_fail(*part, err);
		run_text(run, EVENT_NOTICE,
		    arena_printf(run->arena,
			"%s is there: a backup that was not finished, or that "
			"another run is writing",
			*part));
		*part = arena_printf(run->arena, "%s.part%d", path, i);
	}
}

static int
backup_sum(int fd, const char *path, char sum[CHECKSUM_SIZE], struct err *err)
{
	struct checksum *c = checksum_new();
	char piece[BACKUP_PIECE];
	ssize_t n;

	do {
		n = file_read(fd, piece, sizeof(piece), path, err);
		if (n > 0)
			checksum_add(c, piece, (size_t)n);
	} while (n > 0);
	checksum_end(c, sum);
	checksum_free(c);
	return (int)n;
}

/* It must outlive a crash of the machine. */
static int
backup_seal(int fd, const char *part, struct backup_info *info, struct err *err)
{
	struct stat st;

	if (fsync(fd) != 0 || fstat(fd, &st) != 0)
		return backup_fail(part, err);
	info->bytes = (uint64_t)st.st_size;
	return backup_sum(fd, part, info->sum, err);
}

/*
 * Without hard links the name is taken first, since rename(2) would overwrite;
 * for this moment it is that of an empty file.
 */
static int
backup_rename(const char *part, const char *path)
{
	int error, fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	close(fd);
	if (rename(part, path) == 0)
		return 0;
	error = errno;
	unlink(path);
	errno = error;
	return -1;
}

/*
 * Its name must, too, where the disk can be told: not every system syncs a
 * folder, and one that may be written may be hidden.
 */
static int
backup_sync_folder(const char *path)
{
	char *folder = file_folder(path);
	int error = 0, fd;

	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	free(folder);
	errno = error;
	return error == 0 || error == (fd < 0 ? EACCES : EINVAL) ? 0 : -1;
}

/*
 * Give it its name.  Where nothing may be removed from the folder, the other
 * one stays a second name of a good backup.
 */
static int
backup_publish(const char *part, const char *path, struct err *err)
{
	if (link(part, path) == 0)
		unlink(part);
	else if (errno == EEXIST || backup_rename(part, path) != 0)
		return backup_fail(path, err);
	if (backup_sync_folder(path) == 0)
		return 0;
	backup_fail(path, err);
	unlink(path);
	return err->code;
}

/* Before the first migration there is no log; a standby's cannot be written. */
static int
backup_log(struct run *run, const struct backup_info *info, struct err *err)
{
	struct log_entry log = {.action = "backup",
	    .version = run_current(run).version,
	    .checksum = info->sum,
	    .duration_ms = info->took_ms,
	    .outcome = "done"};
	struct db *db = *run->db;
	int r;

	if (!run->history->exists || !run->history->complete)
		return 0;
	if (run->history->info.read_only != NULL) {
		run_text(run, EVENT_NOTICE,
		    arena_printf(run->arena, "the backup is not logged: %s",
			run->history->info.read_only));
		return 0;
	}
	log.name = arena_printf(run->arena, "%s, %llu bytes", info->path,
	    (unsigned long long)info->bytes);
	r = record_log(run->history, db, &log, &run->actor, err);
	return r < 0 ? r : db->engine->wait(db, err);
}

static int
backup_fill(struct run *run, int fd, const char *part, struct backup_info *info,
    struct err *err)
{
	int64_t began = clock_ms();
	int r;

	r = (*run->db)->engine->backup(*run->db, part, err);
	if (r == 0)
		r = backup_seal(fd, part, info, err);
	info->took_ms = clock_ms() - began;
	if (r == 0)
		r = stop_check(err);
	if (r == 0)
		r = backup_publish(part, info->path, err);
	if (r < 0)
		return stop_reason(err);
	r = backup_log(run, info, err);
	if (r < 0)
		unlink(info->path);
	return r;
}

int
backup_make(struct run *run, const char *path, struct err *err)
{
	struct backup_info info = {.path = path};
	struct event e = {.kind = EVENT_BACKUP, .backup = &info};
	const char *part = NULL;
	struct buf b;
	int fd, r;

	fd = backup_create(run, path, &part, err);
	if (fd < 0)
		return fd;
	buf_init(&b, BUF_LINE);
	(*run->db)->engine->restore(*run->db, &b, path);
	info.restore = run->restore = arena_strdup(run->arena, buf_str(&b));
	buf_clear(&b);
	r = backup_fill(run, fd, part, &info, err);
	close(fd);
	if (r == 0) {
		run_event(run, &e);
	} else {
		unlink(part);
		run->restore = NULL;
	}
	return r;
}

int
run_backup(struct run *run, const char *path, struct err *err)
{
	int r;

	run_begin(run);
	r = history_load(&run->history, *run->db, &run->table, err);
	if (r == 0)
		r = backup_make(run, path, err);
	run_end(run);
	return r < 0 ? stop_reason(err) : r;
}
