/*
 * The PostgreSQL engine's snapshot: all queries in two round trips, in a
 * transaction of their own.  With the first goes one that looks for a row of
 * each query for something rare: most databases have none of it.
 *
 * The functions that make definitions look at the catalogue as of now,
 * whatever the transaction sees: what another session drops meanwhile gives
 * null or an internal error, and then the snapshot is taken again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/postgres_int.h"
#include "engine/postgres_snapshot_int.h"

#define SNAPSHOT_TRIES 3
#define SNAPSHOT_QUERIES_MAX 64
#define SNAPSHOT_MOVED                                                       \
	"Other sessions change the schema while it is read; try again when " \
	"they are done."

/*
 * Settings that texts depend on.  Without a search_path all names are
 * qualified but those of pg_catalog.  What makes definitions waits for locks.
 */
#define SNAPSHOT_SETTINGS                                    \
	"SELECT set_config('search_path', '', true), "       \
	"set_config('jit', 'off', true), "                   \
	"set_config('quote_all_identifiers', 'off', true), " \
	"set_config('DateStyle', 'ISO', true), "             \
	"set_config('IntervalStyle', 'postgres', true), "    \
	"set_config('extra_float_digits', '3', true), "      \
	"set_config('bytea_output', 'hex', true), "          \
	"set_config('TimeZone', 'UTC', true), "              \
	"set_config('row_security', 'off', true), "          \
	"set_config('lock_timeout', '2s', true)" PG_NO_LIMIT

int
postgres_settings(struct postgres *pg, struct err *err)
{
	struct query q = {
	    .sql = SNAPSHOT_SETTINGS, .name = "sqlmigrate_settings_local"};

	return postgres_push(pg, &q, SLOT_QUERY, err);
}

/* One statement without parameters. */
static int
snapshot_do(struct postgres *pg, const char *sql, struct err *err)
{
	struct query q = {.sql = sql};

	return postgres_push(pg, &q, SLOT_QUERY, err);
}

static const struct snapshot_query *const snapshot_lists[] = {snapshot_members,
    snapshot_relations, snapshot_types, snapshot_parts, snapshot_others};

/* What is asked and answered; queries in the order of the lists. */
struct snapshot_answers {
	const struct snapshot_query *queries[SNAPSHOT_QUERIES_MAX];
	struct rows rows[SNAPSHOT_QUERIES_MAX];
	size_t count;
	struct rows found; /* for each rare one whether there is a row */
};

static void
answers_init(struct snapshot_answers *a, bool needs)
{
	const struct snapshot_query *q;
	size_t i;

	a->count = 0;
	rows_init(&a->found);
	for (i = 0; i < sizeof(snapshot_lists) / sizeof(snapshot_lists[0]); i++)
		for (q = snapshot_lists[i]; q->name != NULL; q++)
			if (needs || q->when != SNAPSHOT_NEEDS) {
				assert(a->count < SNAPSHOT_QUERIES_MAX);
				rows_init(&a->rows[a->count]);
				a->queries[a->count++] = q;
			}
}

static void
answers_clear(struct snapshot_answers *a)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		rows_clear(&a->rows[i]);
	rows_clear(&a->found);
}

static int
snapshot_push(struct postgres *pg, const char *name, const struct buf *sql,
    struct rows *rows, struct err *err)
{
	struct query q = {.name = name, .sql = buf_str(sql), .rows = rows};

	return postgres_push(pg, &q, SLOT_QUERY, err);
}

/* One row, with a column for each of the rare ones. */
static int
snapshot_look(struct postgres *pg, struct snapshot_answers *a, struct err *err)
{
	int version = libpq.PQserverVersion(pg->conn), r;
	const struct snapshot_query *q;
	const char *sep = "SELECT ";
	struct buf sql;
	size_t i;

	buf_init(&sql, BUF_LINE);
	for (i = 0; i < a->count; i++) {
		q = a->queries[i];
		if (q->when != SNAPSHOT_RARE)
			continue;
		buf_addf(&sql, "%sEXISTS (", sep);
		snapshot_spell(&sql, q->sql, strlen(q->sql), version);
		buf_addc(&sql, ')');
		sep = ", ";
	}
	r = snapshot_push(pg, "sqlmigrate_rare", &sql, &a->found, err);
	buf_clear(&sql);
	return r;
}

/* Ask those that are rare and were found, or else those that are not. */
static int
snapshot_ask(
    struct postgres *pg, struct snapshot_answers *a, bool rare, struct err *err)
{
	int version = libpq.PQserverVersion(pg->conn), r = 0;
	const struct snapshot_query *q;
	struct buf sql;
	size_t i, n = 0;

	buf_init(&sql, BUF_LINE);
	for (i = 0; r == 0 && i < a->count; i++) {
		q = a->queries[i];
		if (rare != (q->when == SNAPSHOT_RARE) ||
		    (rare && *rows_get(&a->found, 0, n++) == 'f'))
			continue;
		buf_reset(&sql);
		snapshot_spell(&sql, q->sql, strlen(q->sql), version);
		r = snapshot_push(pg, q->name, &sql, &a->rows[i], err);
	}
	buf_clear(&sql);
	return r;
}

static int
snapshot_fetch(struct postgres *pg, struct snapshot_answers *a, struct err *err)
{
	int r;

	r = snapshot_do(
	    pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
	if (r == 0)
		r = postgres_settings(pg, err);
	if (r == 0)
		r = snapshot_look(pg, a, err);
	if (r == 0)
		r = snapshot_ask(pg, a, false, err);
	if (r == 0)
		r = postgres_sync(pg, err);
	if (r == 0)
		r = snapshot_ask(pg, a, true, err);
	if (r == 0)
		r = snapshot_do(pg, "COMMIT", err);
	return r < 0 ? r : postgres_sync(pg, err);
}

static bool
snapshot_moved(const struct snapshot_answers *a)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (!snapshot_is_whole(&a->rows[i]))
			return true;
	return false;
}

/* An internal error, or a statement that is prepared no more. */
static bool
snapshot_may_retry(const struct err *err)
{
	return strcmp(err->sqlstate, "XX000") == 0 ||
	    strcmp(err->sqlstate, "26000") == 0;
}

static void
snapshot_build(struct catalogue *c, const struct catalogue_scope *scope,
    const struct snapshot_answers *a)
{
	struct snapshot s = {.catalogue = c, .scope = scope};
	const struct snapshot_query *q;
	size_t i;

	buf_init(&s.text, BUF_LINE);
	for (i = 0; i < a->count; i++) {
		q = a->queries[i];
		if (a->rows[i].nrows == 0)
			continue;
		if (q->read != NULL)
			q->read(&s, q, &a->rows[i]);
		else
			snapshot_read(&s, q, &a->rows[i]);
	}
	buf_clear(&s.text);
	free(s.map.entries);
	catalogue_sort(c);
}

/* What makes definitions waited for a lock in vain: whose? */
static void
snapshot_blame(struct postgres *pg, struct err *err)
{
	struct rows rows;

	if (strcmp(err->sqlstate, "55P03") != 0)
		return;
	rows_init(&rows);
	if (postgres_blockers(&pg->db, &rows, NULL) == 0 && rows.nrows > 0)
		err_detail(err, "Locks are held by %s.", rows_get(&rows, 0, 0));
	rows_clear(&rows);
}

/* 1 done, 0 to be tried again, or the error. */
static int
snapshot_try(struct postgres *pg, const struct catalogue_scope *scope,
    struct catalogue *c, bool last, struct err *err)
{
	struct err failure = ERR_INIT;
	struct snapshot_answers a;
	int r;

	answers_init(&a, scope->needs);
	r = snapshot_fetch(pg, &a, &failure);
	if (r < 0) {
		postgres_rollback(&pg->db);
		if (!last && snapshot_may_retry(&failure))
			r = 0;
		else
			snapshot_blame(pg, &failure);
		if (r < 0 && strcmp(failure.sqlstate, "XX000") == 0)
			err_hint(&failure, SNAPSHOT_MOVED);
	} else if (snapshot_moved(&a)) {
		if (last) {
			r = err_set(&failure, ERR_STATEMENT,
			    "an object went while it was read");
			err_hint(&failure, SNAPSHOT_MOVED);
		}
	} else {
		snapshot_build(c, scope, &a);
		r = 1;
	}
	answers_clear(&a);
	if (r < 0 && err != NULL)
		err_move(err, &failure);
	err_clear(&failure);
	return r;
}

int
postgres_snapshot(struct db *db, const struct catalogue_scope *scope,
    struct catalogue *c, struct err *err)
{
	int r = 0, i;

	assert(!postgres_of(db)->in_tx);
	for (i = 1; r == 0 && i <= SNAPSHOT_TRIES; i++)
		r = snapshot_try(
		    postgres_of(db), scope, c, i == SNAPSHOT_TRIES, err);
	return r < 0 ? r : 0;
}
