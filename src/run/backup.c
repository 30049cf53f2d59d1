/*
 * Backups: a new file, checked by the engine, with its sum in the log.
 *
 * A backup never takes the place of another file, and what is not a good one
 * does not stay.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "migration/checksum.h"
#include "run/run_int.h"
#include "run/stop.h"

#define BACKUP_PIECE 65536

static int
backup_create(const char *path, struct err *err)
{
	int fd;

	if (*path == '\0')
		return err_set(err, ERR_USAGE, "no backup: no FILE is given");
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	err_set(err, ERR_USAGE, "no backup: %s: %s", path, strerror(errno));
	if (errno == EEXIST)
		err_hint(err,
		    "Give a name that is free: a backup is never overwritten.");
	return err->code;
}

static int
backup_sum(int fd, const char *path, char sum[CHECKSUM_SIZE], struct err *err)
{
	struct checksum *c = checksum_new();
	char piece[BACKUP_PIECE];
	ssize_t n;
	int r;

	do {
		n = file_read(fd, piece, sizeof(piece), path, err);
		if (n > 0)
			checksum_add(c, piece, (size_t)n);
	} while (n > 0);
	r = n < 0 ? (int)n : checksum_end(c, sum, err);
	checksum_free(c);
	return r;
}

/* It must outlive a crash of the machine. */
static int
backup_seal(int fd, struct backup_info *info, struct err *err)
{
	struct stat st;

	if (fsync(fd) != 0 || fstat(fd, &st) != 0)
		return err_set(err, ERR_USAGE, "no backup: %s: %s", info->path,
		    strerror(errno));
	info->bytes = (uint64_t)st.st_size;
	return backup_sum(fd, info->path, info->sum, err);
}

/* Before the first migration there is no log. */
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
	log.name = arena_printf(run->arena, "%s, %llu bytes", info->path,
	    (unsigned long long)info->bytes);
	r = record_log(run->history, db, &log, &run->actor, err);
	return r < 0 ? r : db->engine->wait(db, err);
}

static int
backup_fill(struct run *run, int fd, struct backup_info *info, struct err *err)
{
	int64_t began = clock_ms();
	int r;

	r = (*run->db)->engine->backup(*run->db, info->path, err);
	if (r == 0)
		r = backup_seal(fd, info, err);
	info->took_ms = clock_ms() - began;
	if (r == 0)
		r = stop_check(err);
	return r == 0 ? backup_log(run, info, err) : stop_reason(err);
}

int
backup_make(struct run *run, const char *path, struct err *err)
{
	struct backup_info info = {.path = path};
	struct event e = {.kind = EVENT_BACKUP, .backup = &info};
	struct buf b;
	int fd, r;

	fd = backup_create(path, err);
	if (fd < 0)
		return fd;
	buf_init(&b, BUF_LINE);
	(*run->db)->engine->restore(*run->db, &b, path);
	info.restore = run->restore = arena_strdup(run->arena, buf_str(&b));
	buf_clear(&b);
	r = backup_fill(run, fd, &info, err);
	close(fd);
	if (r == 0) {
		run_event(run, &e);
	} else {
		unlink(path);
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
