/* Records: rows of the history, its log and its journal. */
#include "migration/record.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_SIZE 24

/* Send a statement made from pieces; the buffer is cleared. */
static int
record_send(struct db *db, const char *name, struct buf *sql, size_t nparams,
    const char *const *params, struct rows *rows, struct err *err)
{
	struct query q = {.sql = buf_str(sql),
	    .name = name,
	    .nparams = nparams,
	    .params = params,
	    .rows = rows};
	int r;

	r = db->engine->send(db, &q, err);
	buf_clear(sql);
	return r;
}

static const char *
record_number(char *out, uint64_t n)
{
	snprintf(out, NUMBER_SIZE, "%llu", (unsigned long long)n);
	return out;
}

static void
record_returning(
    const struct history *h, struct buf *sql, const struct engine_words *w)
{
	if (!w->returning)
		return;
	buf_adds(sql, " RETURNING ");
	engine_words_fill(sql, history_stamp_text(h, w), "applied_at");
}

/* The row of this version, a parameter and what may follow it. */
static void
record_where(struct buf *sql, const struct engine_words *w, const char *version)
{
	buf_adds(sql, " WHERE ");
	engine_words_fill(sql, w->version_key, "version");
	buf_addf(sql, " = %s", version);
}

static const char *
record_sum(const struct script *s)
{
	return s->name == NULL ? NULL : s->checksum;
}

int
record_insert(const struct history *h, struct db *db, const struct record *rec,
    const struct actor *actor, struct rows *written, struct err *err)
{
	const struct engine_words *w = db->engine->words;
	const struct migration *m = rec->migration;
	char number[NUMBER_SIZE], duration[NUMBER_SIZE];
	const char *params[] = {rec->version, h->newest, m->description,
	    record_number(number, m->number), m->name, m->forward.checksum,
	    m->forward.content_checksum, record_sum(&m->rollback),
	    rec->rollback_sql, actor->applied_by, rec->origin,
	    record_number(duration, (uint64_t)rec->duration_ms)};
	struct buf sql;

	if (*h->newest == '\0')
		params[1] = NULL;
	buf_init(&sql, BUF_LINE);
	buf_addf(&sql,
	    "INSERT INTO %s (version, applied_at, description, number, name, "
	    "checksum, content_checksum, rollback_checksum, rollback_sql, "
	    "applied_by, origin, duration_ms) VALUES ($1, ",
	    h->tables.version);
	engine_words_fill(&sql, history_stamp_after(h, w), "$2");
	buf_adds(&sql, ", $3, $4, $5, $6, $7, $8, $9, $10, $11, ");
	engine_words_fill(&sql, w->elapsed_ms, "$12");
	buf_addc(&sql, ')');
	record_returning(h, &sql, w);
	return record_send(
	    db, "sqlmigrate_insert", &sql, 12, params, written, err);
}

int
record_complete(const struct history *h, struct db *db,
    const struct record *rec, const struct actor *actor, struct rows *written,
    struct err *err)
{
	const struct engine_words *w = db->engine->words;
	const struct migration *m = rec->migration;
	char number[NUMBER_SIZE], duration[NUMBER_SIZE];
	const char *params[] = {h->newest, record_number(number, m->number),
	    m->name, m->forward.checksum, m->forward.content_checksum,
	    record_sum(&m->rollback), rec->rollback_sql, actor->applied_by,
	    rec->origin, record_number(duration, (uint64_t)rec->duration_ms),
	    rec->version};
	struct buf sql;

	if (*h->newest == '\0')
		params[0] = NULL;
	buf_init(&sql, BUF_LINE);
	buf_addf(&sql, "UPDATE %s SET applied_at = ", h->tables.version);
	engine_words_fill(&sql, history_stamp_after(h, w), "$1");
	buf_adds(&sql,
	    ", number = $2, name = $3, checksum = $4, content_checksum = $5, "
	    "rollback_checksum = $6, rollback_sql = $7, applied_by = $8, "
	    "origin = $9, duration_ms = ");
	engine_words_fill(&sql, w->elapsed_ms, "$10");
	record_where(&sql, w, "$11 AND number IS NULL");
	record_returning(h, &sql, w);
	return record_send(db, NULL, &sql, 11, params, written, err);
}

int
record_adopt(const struct history *h, struct db *db, const struct record *rec,
    struct rows *written, struct err *err)
{
	const struct migration *m = rec->migration;
	char number[NUMBER_SIZE];
	const char *params[] = {record_number(number, m->number), m->name,
	    m->forward.checksum, m->forward.content_checksum,
	    record_sum(&m->rollback), rec->rollback_sql, rec->origin,
	    rec->version};
	struct buf sql;

	buf_init(&sql, BUF_LINE);
	buf_addf(&sql,
	    "UPDATE %s SET number = $1, name = $2, checksum = $3, "
	    "content_checksum = $4, rollback_checksum = $5, "
	    "rollback_sql = $6, origin = $7",
	    h->tables.version);
	record_where(&sql, db->engine->words, "$8 AND number IS NULL");
	return record_send(db, NULL, &sql, 8, params, written, err);
}

int
record_keep(const struct history *h, struct db *db, const char *version,
    struct rows *written, struct err *err)
{
	struct buf sql;

	buf_init(&sql, BUF_LINE);
	buf_addf(&sql, "UPDATE %s SET origin = 'kept'", h->tables.version);
	record_where(&sql, db->engine->words, "$1 AND number IS NULL");
	return record_send(db, NULL, &sql, 1, &version, written, err);
}

int
record_accept(const struct history *h, struct db *db, const struct record *rec,
    const char *version, struct rows *written, struct err *err)
{
	const struct migration *m = rec->migration;
	char number[NUMBER_SIZE];
	const char *params[] = {record_number(number, m->number), m->name,
	    rec->version, m->forward.checksum, m->forward.content_checksum,
	    record_sum(&m->rollback), rec->rollback_sql, version};
	struct buf sql;

	buf_init(&sql, BUF_LINE);
	buf_addf(&sql,
	    "UPDATE %s SET number = $1, name = $2, version = $3, "
	    "checksum = $4, content_checksum = $5, rollback_checksum = $6, "
	    "rollback_sql = $7",
	    h->tables.version);
	record_where(&sql, db->engine->words, "$8");
	return record_send(db, NULL, &sql, 8, params, written, err);
}

int
record_rename(const struct history *h, struct db *db, const char *from,
    const char *to, struct rows *written, struct err *err)
{
	const char *params[] = {to, from};
	struct buf sql;

	buf_init(&sql, BUF_LINE);
	buf_addf(&sql, "UPDATE %s SET version = $1, number = NULL",
	    h->tables.version);
	record_where(&sql, db->engine->words, "$2");
	return record_send(db, NULL, &sql, 2, params, written, err);
}

int
record_forget(const struct history *h, struct db *db, const char *version,
    struct rows *written, struct err *err)
{
	struct buf sql;

	buf_init(&sql, BUF_LINE);
	buf_addf(&sql, "DELETE FROM %s", h->tables.version);
	record_where(&sql, db->engine->words, "$1");
	return record_send(db, NULL, &sql, 1, &version, written, err);
}

int
record_delete(const struct history *h, struct db *db, uint64_t number,
    struct rows *written, struct err *err)
{
	char text[NUMBER_SIZE];
	const char *params[] = {record_number(text, number)};
	struct buf sql;

	buf_init(&sql, BUF_LINE);
	buf_addf(&sql, "DELETE FROM %s WHERE number = CAST($1 AS bigint)",
	    h->tables.version);
	return record_send(
	    db, "sqlmigrate_delete", &sql, 1, params, written, err);
}

int
record_log(const struct history *h, struct db *db, const struct log_entry *e,
    const struct actor *actor, struct err *err)
{
	const struct engine_words *w = db->engine->words;
	const struct script *s = e->script;
	char number[NUMBER_SIZE], duration[NUMBER_SIZE];
	const char *params[] = {e->action, record_number(number, e->number),
	    e->name, e->version, s == NULL ? e->checksum : s->checksum,
	    s == NULL ? NULL : s->header.author,
	    s == NULL ? NULL : s->header.date, actor->applied_by, actor->host,
	    actor->program, e->outcome, e->error,
	    record_number(duration, (uint64_t)e->duration_ms)};
	struct query q = {.name = "sqlmigrate_log",
	    .nparams = 13,
	    .params = params,
	    .at_once = e->at_once};
	struct buf sql;
	int r;

	buf_init(&sql, BUF_LINE);
	buf_addf(&sql,
	    "INSERT INTO %s (action, number, name, version, checksum, author, "
	    "written_on, actor, host, program, outcome, error, duration_ms) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, ",
	    h->tables.log);
	engine_words_fill(&sql, w->elapsed_ms, "$13");
	buf_addc(&sql, ')');
	q.sql = buf_str(&sql);
	r = db->engine->send(db, &q, err);
	buf_clear(&sql);
	return r;
}

int
record_lock_row(const struct history *h, struct db *db, struct err *err)
{
	struct buf sql;

	buf_init(&sql, BUF_LINE);
	buf_addf(&sql,
	    "INSERT INTO %s (number, name, direction, checksum, statement, "
	    "state) VALUES (" LOCK_ROW ", 'lock', '', '', 0, '') "
	    "ON CONFLICT (number) DO NOTHING",
	    h->tables.journal);
	return record_send(db, NULL, &sql, 0, NULL, NULL, err);
}

static const char *
record_state(const struct journal *j)
{
	return j->done ? "done" : j->undone ? "undone" : "started";
}

/* The first entry: a lock and a look at the journal keep all others off. */
static int
record_journal_first(const struct history *h, struct db *db,
    const struct journal *j, struct rows *written, struct err *err)
{
	char number[NUMBER_SIZE], statement[NUMBER_SIZE];
	const char *params[] = {record_number(number, j->number), j->name,
	    direction_name(j->rollback), j->checksum,
	    record_number(statement, j->statement), record_state(j), j->actor};
	struct buf sql;

	buf_init(&sql, BUF_LINE);
	buf_addf(&sql,
	    "INSERT INTO %s (number, name, direction, checksum, statement, "
	    "state, actor) VALUES ($1, $2, $3, $4, $5, $6, $7) "
	    "ON CONFLICT (number) DO NOTHING",
	    h->tables.journal);
	return record_send(db, NULL, &sql, 7, params, written, err);
}

/*
 * The condition that the entry is this one, in parameters $1 to $6.  It reads
 * what is not set, or unknown, as history_load() does.
 */
#define JOURNAL_IS                                                     \
	"number = CAST($1 AS bigint) AND "                             \
	"CASE direction WHEN 'rollback' THEN 'rollback' ELSE 'apply' " \
	"END = $2 AND coalesce(checksum, '') = $3 AND "                \
	"coalesce(statement, 0) = CAST($4 AS bigint) AND "             \
	"CASE state WHEN 'done' THEN 'done' WHEN 'undone' THEN "       \
	"'undone' ELSE 'started' END = $5 AND coalesce(actor, '') = $6"
#define JOURNAL_IS_PARAMS 6

int
record_journal(const struct history *h, struct db *db,
    const struct journal *from, const struct journal *to, struct rows *written,
    struct err *err)
{
	char number[NUMBER_SIZE], statement[NUMBER_SIZE], next[NUMBER_SIZE];
	const char *params[JOURNAL_IS_PARAMS + 5] = {
	    record_number(number, from->number), direction_name(from->rollback),
	    from->checksum, record_number(statement, from->statement),
	    record_state(from), from->actor};
	size_t nparams = JOURNAL_IS_PARAMS;
	struct buf sql;

	if (!from->present)
		return record_journal_first(h, db, to, written, err);
	buf_init(&sql, BUF_LINE);
	if (to == NULL) {
		buf_addf(&sql, "DELETE FROM %s", h->tables.journal);
	} else {
		buf_addf(&sql,
		    "UPDATE %s SET direction = $7, checksum = $8, "
		    "statement = $9, state = $10, actor = $11",
		    h->tables.journal);
		params[nparams++] = direction_name(to->rollback);
		params[nparams++] = to->checksum;
		params[nparams++] = record_number(next, to->statement);
		params[nparams++] = record_state(to);
		params[nparams++] = to->actor;
	}
	buf_adds(&sql, " WHERE " JOURNAL_IS);
	return record_send(db, NULL, &sql, nparams, params, written, err);
}
