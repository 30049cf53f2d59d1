/* The log: what was done to the history, read back. */
#include "migration/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "migration/history_int.h"

#define LOG_STAMP 128

/* The columns as log_take() has them, after the first; of the table in %s. */
#define LOG_COLUMNS                                             \
	"action, number, name, version, actor, host, program, " \
	"duration_ms, outcome, error FROM %s"

/* No rows where there is no log yet. */
static int __attribute__((format(printf, 5, 6)))
log_query(struct rows *rows, const struct history *h, struct db *db,
    struct err *err, const char *fmt, ...)
{
	struct buf sql;
	va_list ap;
	int r;

	if (!h->exists || !h->complete)
		return 0;
	buf_init(&sql, BUF_LINE);
	va_start(ap, fmt);
	buf_addv(&sql, fmt, ap);
	va_end(ap);
	r = history_query(db, rows, buf_str(&sql), err);
	buf_clear(&sql);
	if (r < 0)
		history_explain(h, db, "_log", TABLE_SELECT, err);
	return r;
}

/* The time in that column as a text in UTC. */
static const char *
log_stamp(char out[LOG_STAMP], struct db *db, const char *column)
{
	struct buf b;

	buf_init(&b, LOG_STAMP);
	engine_words_fill(&b, db->engine->words->log_stamp_text, column);
	snprintf(out, LOG_STAMP, "%s", buf_str(&b));
	buf_clear(&b);
	return out;
}

int
log_read(struct rows *rows, const struct history *h, struct db *db,
    uint64_t limit, struct err *err)
{
	char stamp[LOG_STAMP];

	return log_query(rows, h, db, err,
	    "SELECT %s, " LOG_COLUMNS " ORDER BY id DESC LIMIT %" PRIu64,
	    log_stamp(stamp, db, "logged_at"), h->tables.log, limit);
}

struct log_row
log_take(const struct rows *rows, size_t i)
{
	return (struct log_row){
	    .logged_at = rows_get(rows, i, 0),
	    .action = rows_get(rows, i, 1),
	    .has_number = rows_get(rows, i, 2) != NULL,
	    .number = (uint64_t)rows_number(rows, i, 2),
	    .name = rows_get(rows, i, 3),
	    .version = rows_get(rows, i, 4),
	    .actor = rows_get(rows, i, 5),
	    .host = rows_get(rows, i, 6),
	    .program = rows_get(rows, i, 7),
	    .duration_ms =
		rows_get(rows, i, 8) == NULL ? -1 : rows_number(rows, i, 8),
	    .outcome = rows_get(rows, i, 9),
	    .error = rows_get(rows, i, 10),
	};
}

int
log_find_sum(struct rows *rows, const struct history *h, struct db *db,
    struct log_sum *sum, struct err *err)
{
	char stamp[LOG_STAMP];
	int r = log_query(rows, h, db, err,
	    "SELECT %s, f.name, f.checksum, (SELECT count(*) FROM %s "
	    "l WHERE l.id > f.id AND l.outcome = 'done' "
	    "AND l.action IN ('apply', 'rollback')) FROM %s f "
	    "WHERE f.action = '" LOG_FINGERPRINT "' ORDER BY f.id DESC LIMIT 1",
	    log_stamp(stamp, db, "f.logged_at"), h->tables.log, h->tables.log);

	sum->logged_at = rows_get(rows, 0, 0);
	sum->name = rows_get(rows, 0, 1);
	sum->checksum = rows_get(rows, 0, 2);
	sum->later = rows_number(rows, 0, 3) > 0;
	return r;
}

int
log_read_proofs(
    struct rows *rows, const struct history *h, struct db *db, struct err *err)
{
	return log_query(rows, h, db, err,
	    "SELECT number, checksum, outcome FROM %s "
	    "WHERE action = '" LOG_PROVE "' ORDER BY number, id",
	    h->tables.log);
}

#define FAILED_AT "statement "
#define FAILED_AFTER "after statement "

char *
log_failure(const struct journal *left, uint64_t statement, const char *message)
{
	bool after = left->done && statement == left->statement;
	struct buf b;

	buf_init(&b, BUF_TEXT);
	buf_addf(&b, "%s%" PRIu64 ": %s", after ? FAILED_AFTER : FAILED_AT,
	    statement, message);
	return buf_take(&b);
}

/*
 * A failure before what the entry says is done is an earlier one, and the run
 * that followed it had no time to log its own.
 */
static void
log_take_failure(struct history *h, const char *text)
{
	struct journal *j = &h->journal;
	bool after = strncmp(text, FAILED_AFTER, strlen(FAILED_AFTER)) == 0;
	const char *prefix = after ? FAILED_AFTER : FAILED_AT;
	uint64_t statement;
	char *end;

	if (strncmp(text, prefix, strlen(prefix)) != 0)
		return;
	statement = strtoull(text + strlen(prefix), &end, 10);
	if (strncmp(end, ": ", 2) != 0 ||
	    statement < j->statement + (j->done && !after))
		return;
	j->error = arena_strdup(h->arena, end + 2);
	j->failed = statement;
}

void
log_find_failure(struct history *h, struct db *db)
{
	struct err ignored = ERR_INIT;
	struct log_row row;
	struct rows rows;

	rows_init(&rows);
	if (log_query(&rows, h, db, &ignored,
		"SELECT logged_at, " LOG_COLUMNS " WHERE number = %" PRIu64
		" ORDER BY id DESC LIMIT 1",
		h->tables.log, h->journal.number) < 0)
		db->engine->rollback(db);
	else if (rows.nrows > 0) {
		row = log_take(&rows, 0);
		if (row.error != NULL &&
		    strcmp(row.action, direction_name(h->journal.rollback)) ==
			0)
			log_take_failure(h, row.error);
	}
	err_clear(&ignored);
	rows_clear(&rows);
}
