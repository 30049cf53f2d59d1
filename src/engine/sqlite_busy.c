/*
 * Waiting for the locks of other processes, and what is said of it.
 *
 * SQLite calls sqlite_on_busy() for as long as it returns 1, in place of
 * sqlite3_busy_timeout(), whose sleep cancel() would not end.  That is also so
 * for SQLITE_BUSY_RECOVERY and SQLITE_BUSY_SNAPSHOT where a transaction
 * begins; without being asked, only a transaction that reads and then wants
 * to write is refused, and there is none here.
 */
#include "engine/sqlite_int.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/sysmacros.h> /* elsewhere it is in sys/types.h */
#endif
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define SHORT_PAUSE_MS 2 /* most locks are gone by then */
#define PAUSE_MS 20
#define TELL_MS 100 /* a wait that is worth a word */
#define PIDS_MAX 8
#define COMM_MAX 64 /* of a process */

/* Where SQLite locks: os_unix.c in the file, wal.c in what ends in -shm. */
#define FILE_FROM 0x40000000ULL
#define FILE_TO (FILE_FROM + 511)
#define SHM_FROM 120ULL
#define SHM_TO 122ULL

struct pids {
	long list[PIDS_MAX];
	size_t count;
};

/* Who has locked the two files. */
struct holders {
	struct stat file, shm;
	bool wal; /* there is the second one */
	struct pids writers, readers;
};

static void
pids_add(struct pids *p, long pid)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->list[i] == pid)
			return;
	if (p->count < PIDS_MAX)
		p->list[p->count++] = pid;
}

/*
 * One line of /proc/locks: number, kind, ADVISORY, READ or WRITE, pid,
 * device:inode, first byte, last byte or EOF; proc_locks(5).
 */
static void
holders_take(struct holders *h, const char *line)
{
	unsigned long long inode, from, to;
	unsigned major, minor;
	const struct stat *st;
	char type[8], end[32];
	bool shm, writes;
	long pid;

	if (sscanf(line, "%*u: POSIX %*15s %7s %ld %x:%x:%llu %llu %31s", type,
		&pid, &major, &minor, &inode, &from, end) != 7 ||
	    pid <= 0 || pid == (long)getpid())
		return;
	shm = h->wal && inode == h->shm.st_ino;
	st = shm ? &h->shm : &h->file;
	if (inode != st->st_ino || major != major(st->st_dev) ||
	    minor != minor(st->st_dev))
		return;
	if (sscanf(end, "%llu", &to) != 1)
		to = FILE_TO;
	writes = strcmp(type, "WRITE") == 0;
	if (from > (shm ? SHM_TO : FILE_TO) ||
	    to < (shm ? SHM_FROM : FILE_FROM))
		return;
	if (writes)
		pids_add(&h->writers, pid);
	else if (!h->wal) /* in WAL mode who is idle has one, too */
		pids_add(&h->readers, pid);
}

/*
 * Read from the system's list: to ask fcntl() the file would have to be
 * opened, and closing it again would drop our own locks.
 */
static void
holders_read(struct sqlite_db *s, struct holders *h)
{
	FILE *f = fopen("/proc/locks", "re");
	char line[256];
	struct buf b;

	if (f == NULL)
		return;
	buf_init(&b, BUF_LINE);
	buf_addf(&b, "%s-shm", sqlite3_db_filename(s->handle, "main"));
	h->wal = stat(buf_str(&b), &h->shm) == 0;
	buf_clear(&b);
	if (stat(s->path, &h->file) == 0)
		while (fgets(line, sizeof(line), f) != NULL)
			holders_take(h, line);
	fclose(f);
}

/* The name of a process, without the line's end; "" if it is not known. */
static void
process_name(struct buf *b, const char *pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	if (file_read_small(path, b, NULL) < 0)
		buf_reset(b);
	if (b->len > 0)
		b->data[b->len = strcspn(b->data, "\n")] = '\0';
}

void
sqlite_add_process(struct buf *out, long pid)
{
	char text[24];
	struct buf name;

	snprintf(text, sizeof(text), "%ld", pid);
	buf_init(&name, COMM_MAX);
	process_name(&name, text);
	buf_addf(out, "pid %s", text);
	if (name.len > 0)
		buf_addf(out, " (%s)", buf_str(&name));
	buf_clear(&name);
}

/* Whether a process is of this program; another one that writes is no run. */
static bool
process_is_ours(long pid)
{
	struct buf ours, theirs;
	char text[24];
	bool same;

	snprintf(text, sizeof(text), "%ld", pid);
	buf_init(&ours, COMM_MAX);
	buf_init(&theirs, COMM_MAX);
	process_name(&ours, "self");
	process_name(&theirs, text);
	same = ours.len > 0 && strcmp(buf_str(&ours), buf_str(&theirs)) == 0;
	buf_clear(&ours);
	buf_clear(&theirs);
	return same;
}

int
sqlite_at_work(
    struct db *db, const char *key, struct lock_holder *holder, struct err *err)
{
	struct holders h = {.wal = false};
	struct buf b;
	int r = sqlite_lock_holder(db, key, holder, err);
	size_t i;

	if (r != LOCK_FREE)
		return r;
	holders_read(sqlite_of(db), &h);
	buf_init(&b, sizeof(holder->text) - 1);
	for (i = 0; i < h.writers.count; i++)
		if (b.len == 0 && process_is_ours(h.writers.list[i]))
			sqlite_add_process(&b, h.writers.list[i]);
	if (b.len > 0)
		r = LOCK_HELD;
	snprintf(holder->text, sizeof(holder->text), "%s", buf_str(&b));
	buf_clear(&b);
	return r;
}

/* "pid 4711 (psql), pid 4712", or "" if that is not known. */
static void
busy_holders(struct sqlite_db *s, struct buf *b)
{
	struct holders h = {.wal = false};
	const struct pids *p;
	size_t i;

	holders_read(s, &h);
	p = h.writers.count > 0 ? &h.writers : &h.readers;
	for (i = 0; i < p->count; i++) {
		buf_adds(b, i > 0 ? ", " : "");
		sqlite_add_process(b, p->list[i]);
	}
}

static void
busy_tell(struct sqlite_db *s)
{
	struct buf b;

	if (s->busy.told || s->opts.waiting == NULL)
		return;
	s->busy.told = true;
	buf_init(&b, BUF_LINE);
	busy_holders(s, &b);
	s->opts.waiting(
	    s->opts.notice_arg, b.len > 0 ? buf_str(&b) : "another process");
	buf_clear(&b);
}

void
sqlite_busy_begin(struct sqlite_db *s, bool at_once)
{
	atomic_store(&s->cancelled, false);
	s->busy.at_once = at_once;
	s->busy.late = false;
}

int
sqlite_on_busy(void *db, int count)
{
	struct sqlite_db *s = db;
	int64_t now = clock_ms();

	if (count == 0)
		s->busy.since_ms = now;
	if (atomic_load(&s->cancelled) || s->busy.at_once)
		return 0;
	s->busy.late = now - s->busy.since_ms >= s->busy.limit_ms;
	if (s->busy.late)
		return 0;
	if (now - s->busy.since_ms >= TELL_MS)
		busy_tell(s);
	clock_pause(count < 4 ? SHORT_PAUSE_MS : PAUSE_MS);
	return 1;
}

char *
sqlite_busy_text(const struct sqlite_db *s)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	buf_addf(&b, "another process holds a lock on %s", s->path);
	if (s->busy.late && s->busy.limit_ms > 0)
		buf_addf(&b, ", and did not release it within %g s",
		    (double)s->busy.limit_ms / 1000);
	return buf_take(&b);
}

/* What would wait longer: a directive comes before the option. */
static void
busy_longer(const struct sqlite_db *s, struct buf *b)
{
	bool whole = s->busy.limit_ms == s->opts.lock_wait_ms;

	if (s->busy.limit_ms == 0)
		return;
	buf_adds(b, "Wait for it to end, or ");
	if (!whole && s->busy.line > 0)
		buf_addf(b,
		    "set a longer time in the directive lock-timeout, line "
		    "%llu.  ",
		    (unsigned long long)s->busy.line);
	else
		buf_addf(b, "give a longer %s.  ",
		    whole ? "--lock-wait" : "--lock-timeout");
}

void
sqlite_busy_explain(struct sqlite_db *s, struct err *err)
{
	struct buf b, path;

	buf_init(&b, BUF_LINE);
	buf_init(&path, BUF_LINE);
	busy_holders(s, &b);
	if (b.len > 0)
		err_detail(err, "It is held by %s.", buf_str(&b));
	buf_reset(&b);
	busy_longer(s, &b);
	text_shell(&path, s->path);
	buf_addf(&b, "fuser %s or lsof %s names who has the file open.",
	    buf_str(&path), buf_str(&path));
	err_hint(err, "%s", buf_str(&b));
	buf_clear(&b);
	buf_clear(&path);
}
