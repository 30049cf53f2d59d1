/* Drift: whether the schema is still what the last run left. */
#include "check/drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "check/snapshot.h"
#include "migration/log.h"

#define DRIFT_AT 64

static int
drift_sum(const struct history *h, struct db *db, char sum[CHECKSUM_SIZE],
    struct err *err)
{
	struct catalogue *now = NULL;
	int r;

	r = snapshot_take(&now, db, h, false, err);
	if (r == 0)
		snapshot_sum(now, sum);
	catalogue_free(now);
	return r;
}

int
drift_record(struct run *run, struct err *err)
{
	struct db *db = *run->db;
	char sum[CHECKSUM_SIZE];
	const struct log_entry entry = {.action = LOG_FINGERPRINT,
	    .name = db->engine->identity(db)->server,
	    .checksum = sum,
	    .outcome = "done"};
	struct history *h = NULL;
	int r;

	r = history_load(&h, db, &run->table, err);
	if (r == 0 && h->complete)
		r = drift_sum(h, db, sum, err);
	if (r == 0 && h->complete)
		r = run_note(run, &entry, 1, err);
	history_free(h);
	return r;
}

static bool
drift_same_server(const char *recorded, const char *now)
{
	struct buf a, b;
	bool same;

	buf_init(&a, BUF_LINE);
	buf_init(&b, BUF_LINE);
	snapshot_server(&a, recorded == NULL ? "" : recorded);
	snapshot_server(&b, now);
	same = strcmp(buf_str(&a), buf_str(&b)) == 0;
	buf_clear(&a);
	buf_clear(&b);
	return same;
}

/* When that was, for people. */
static void
drift_at(const struct log_sum *last, char at[DRIFT_AT])
{
	struct buf b;

	buf_init(&b, DRIFT_AT);
	clock_add(&b, last->logged_at, false);
	snprintf(at, DRIFT_AT, "%s", buf_str(&b));
	buf_clear(&b);
}

static int
drift_compare_sum(const struct log_sum *last, const struct history *h,
    struct db *db, struct err *err)
{
	const char *server = db->engine->identity(db)->server;
	char sum[CHECKSUM_SIZE], at[DRIFT_AT];
	int r;

	if (!drift_same_server(last->name, server))
		return err_set(err, ERR_CHECK,
		    "the sum of the schema was logged on %s, this is %s: they "
		    "cannot be compared",
		    last->name, server);
	r = drift_sum(h, db, sum, err);
	if (r < 0 || strcmp(sum, last->checksum) == 0)
		return r;
	drift_at(last, at);
	err_set(err, ERR_CHECK,
	    "the schema is not what the last run left at %s", at);
	err_hint(err,
	    "sqlmigrate verify --against FILE shows what differs from a dump "
	    "that was written then.");
	return ERR_CHECK;
}

int
drift_check(const struct history *h, struct db *db, struct err *err)
{
	struct log_sum last;
	struct rows rows;
	char at[DRIFT_AT];
	int r;

	rows_init(&rows);
	r = log_find_sum(&rows, h, db, &last, err);
	if (r == 0 && last.checksum == NULL) {
		r = err_set(
		    err, ERR_CHECK, "no run has logged a sum of the schema");
		err_hint(err, "Set fingerprint=yes, and runs log it.");
	} else if (r == 0 && last.later) {
		drift_at(&last, at);
		r = err_set(err, ERR_CHECK,
		    "a run that logged no sum has changed the schema since %s",
		    at);
		err_hint(err, "Set fingerprint=yes wherever migrations run.");
	} else if (r == 0) {
		r = drift_compare_sum(&last, h, db, err);
	}
	rows_clear(&rows);
	return r;
}

/* The first line of a dump says what it is of. */
static int
drift_check_dump(
    const char *text, const char *file, struct db *db, struct err *err)
{
	struct buf head;
	int r = 0;

	buf_init(&head, BUF_LINE);
	snapshot_head(&head, db->engine->identity(db)->server);
	if (strncmp(text, buf_str(&head), head.len) != 0)
		r = err_set(err, ERR_USAGE,
		    "%s is not a dump of this kind of server: it does not "
		    "begin with \"%.*s\"",
		    file, (int)head.len - 1, buf_str(&head));
	buf_clear(&head);
	return r;
}

static void
drift_tell(
    const struct comparison *c, const char *file, event_fn *event, void *arg)
{
	struct event e = {
	    .kind = EVENT_DIFFERENCE, .rollback = true, .source = file};
	size_t i;

	for (i = 0; i < c->count; i++) {
		e.before = c->list[i].before;
		e.after = c->list[i].after;
		e.sort = allow_name(c->list[i].sort);
		event(arg, &e);
	}
}

static int
drift_compare_text(const struct history *h, struct db *db, const char *file,
    const char *text, struct comparison *c, struct catalogue *both[2],
    struct err *err)
{
	int r;

	r = drift_check_dump(text, file, db, err);
	if (r == 0)
		r = snapshot_parse(&both[0], text, file, err);
	if (r == 0)
		r = snapshot_take(&both[1], db, h, false, err);
	return r == 0 ? compare(c, both[0], both[1], NULL, err) : r;
}

int
drift_compare(const struct history *h, struct db *db, const char *file,
    event_fn *event, void *arg, uint64_t *count, struct err *err)
{
	struct catalogue *both[2] = {NULL, NULL};
	struct comparison c = {.cap = 0};
	struct buf b;
	int r;

	buf_init(&b, BUF_TEXT);
	r = file_read_text(file, &b, err);
	if (r == 0)
		r = drift_compare_text(h, db, file, buf_str(&b), &c, both, err);
	if (r == 0)
		drift_tell(&c, file, event, arg);
	*count = c.count;
	buf_clear(&b);
	compare_clear(&c);
	catalogue_free(both[0]);
	catalogue_free(both[1]);
	return r;
}
