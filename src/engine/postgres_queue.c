/*
 * The PostgreSQL engine's queue: statements sent and not yet answered.
 *
 * A failure makes the server skip everything up to the next Sync; the first
 * one is kept, and nothing further is sent until postgres_rollback().
 */
#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "engine/postgres_int.h"

#define PG_AWAIT_MS 500

/* SQLSTATEs, and what they mean to a run. */
static const struct {
	const char *state;
	enum db_failure_kind kind;
} failure_kinds[] = {
    {"55P03", DB_FAIL_RETRY}, /* lock_not_available */
    {"40P01", DB_FAIL_RETRY}, /* deadlock_detected */
    {"40001", DB_FAIL_RETRY}, /* serialization_failure */
    {"23505", DB_FAIL_DUPLICATE}, {"57P01", DB_FAIL_LOST}, /* admin_shutdown */
    {"57P02", DB_FAIL_LOST},                               /* crash_shutdown */
    {"57P03", DB_FAIL_LOST}, /* cannot_connect_now */
    {"57P05", DB_FAIL_LOST}, /* idle_session_timeout */
    {"25P03", DB_FAIL_LOST}, /* idle_in_transaction_session_timeout */
    {"25P04", DB_FAIL_LOST}, /* transaction_timeout */
};

static const char *
queue_field(const PGresult *res, int field)
{
	const char *s =
	    res == NULL ? NULL : libpq.PQresultErrorField(res, field);

	return s == NULL ? "" : s;
}

/*
 * A failed write shows as an error of libpq's own, which has no SQLSTATE, and
 * leaves the status as it is until the socket's end is read, too.
 */
static bool
queue_is_lost(struct postgres *pg, const PGresult *res, const char *state)
{
	return libpq.PQstatus(pg->conn) == CONNECTION_BAD ||
	    (*state == '\0' && res != NULL &&
		libpq.PQresultStatus(res) == PGRES_FATAL_ERROR);
}

static enum db_failure_kind
queue_failure_kind(
    struct postgres *pg, const struct slot *slot, const PGresult *res)
{
	const char *state = queue_field(res, PG_DIAG_SQLSTATE);
	size_t i;

	if (queue_is_lost(pg, res, state) ||
	    postgres_is_poolers(queue_field(res, PG_DIAG_MESSAGE_PRIMARY)))
		return DB_FAIL_LOST;
	if (slot->kind == SLOT_GUARD &&
	    (strcmp(state, "22012") == 0 || strcmp(state, "55P03") == 0))
		return DB_FAIL_GUARD;
	if (pg->cancelled && strcmp(state, "57014") == 0)
		return DB_FAIL_CANCELLED;
	for (i = 0; i < sizeof(failure_kinds) / sizeof(failure_kinds[0]); i++)
		if (strcmp(state, failure_kinds[i].state) == 0)
			return failure_kinds[i].kind;
	return DB_FAIL_STATEMENT;
}

/* Of a table, a column, another object, a schema, a function. */
static bool
queue_exists(const char *state)
{
	static const char *const states[] = {
	    "42P07", "42701", "42710", "42P06", "42723"};
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(state, states[i]) == 0)
			return true;
	return false;
}

static void
queue_describe(struct postgres *pg, const PGresult *res, struct err *err)
{
	const char *message = queue_field(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = queue_field(res, PG_DIAG_MESSAGE_DETAIL);
	const char *context = queue_field(res, PG_DIAG_CONTEXT);
	const char *hint = queue_field(res, PG_DIAG_MESSAGE_HINT);

	if (pg->failure.kind == DB_FAIL_LOST && *message == '\0')
		message = "the connection to the server was lost";
	if (libpq.PQresultStatus(res) == PGRES_COPY_OUT)
		message = "COPY TO STDOUT has nobody here to write to";
	if (libpq.PQresultStatus(res) == PGRES_COPY_IN)
		message = "libpq has no memory for the data";
	err_set(err, pg->failure_code, "%s",
	    *message != '\0' ? message : "the server refused");
	if (err == NULL)
		return;
	strncpy(err->sqlstate, queue_field(res, PG_DIAG_SQLSTATE),
	    sizeof(err->sqlstate) - 1);
	/* Insufficient resources. */
	err->system = strncmp(err->sqlstate, "53", 2) == 0;
	if (*detail != '\0' && *context != '\0')
		err_detail(err, "%s\n%s", detail, context);
	else if (*detail != '\0' || *context != '\0')
		err_detail(err, "%s", *detail != '\0' ? detail : context);
	if (*hint != '\0')
		err_hint(err, "%s", hint);
	if (postgres_is_poolers(message))
		postgres_explain_pooler(err);
}

/* A read of ours has waited as long as postgres_open() was told. */
static int
queue_failure_code(
    const struct postgres *pg, const struct slot *slot, const PGresult *res)
{
	if (pg->failure.kind == DB_FAIL_LOST)
		return ERR_CONNECTION;
	return slot->kind == SLOT_LIMITED &&
		strcmp(queue_field(res, PG_DIAG_SQLSTATE), "55P03") == 0
	    ? ERR_LOCK
	    : ERR_STATEMENT;
}

/* Record a failure of what the slot stands for; res may be NULL. */
int
postgres_fail(struct postgres *pg, const struct slot *slot, const PGresult *res,
    struct err *err)
{
	const char *position = queue_field(res, PG_DIAG_STATEMENT_POSITION);
	struct db_failure *f = &pg->failure;

	f->kind = queue_failure_kind(pg, slot, res);
	pg->interrupted = strcmp(queue_field(res, PG_DIAG_SOURCE_FUNCTION),
			      "ProcessInterrupts") == 0;
	f->position = *position == '\0' ? -1 : atoll(position) - 1;
	f->own_limit = pg->file_lines[FILE_LOCK_TIMEOUT] > 0;
	f->exists = queue_exists(queue_field(res, PG_DIAG_SQLSTATE));
	f->place = slot->place;
	if (f->place.file != NULL) {
		free(pg->failure_file);
		pg->failure_file = mem_strdup(f->place.file);
		f->place.file = pg->failure_file;
	}
	/* From here on the file may do so again. */
	pg->unprepared |=
	    strcmp(queue_field(res, PG_DIAG_SQLSTATE), "26000") == 0;
	pg->failure_code = queue_failure_code(pg, slot, res);
	if (slot->kind == SLOT_COMMIT && f->kind == DB_FAIL_STATEMENT &&
	    res == NULL)
		err_set(err, pg->failure_code,
		    "the server answered COMMIT with a rollback");
	queue_describe(pg, res, err);
	return pg->failure_code;
}

/* Say again that an earlier statement failed. */
int
postgres_again(struct postgres *pg, struct err *err)
{
	return err_set(err, pg->failure_code, "%s",
	    pg->failure.kind == DB_FAIL_LOST
		? "the connection to the server was lost"
		: "an earlier statement failed");
}

void
postgres_forget_failure(struct postgres *pg)
{
	memset(&pg->failure, 0, sizeof(pg->failure));
	pg->failure_code = 0;
	pg->cancelled = 0;
}

static void
queue_keep_rows(struct rows *rows, const PGresult *res)
{
	int r, c, nrows = libpq.PQntuples(res), ncols = libpq.PQnfields(res);

	if (rows->most > 0 && (size_t)nrows > rows->most) {
		rows->left_out = (size_t)nrows - rows->most;
		nrows = (int)rows->most;
	}
	for (r = 0; r < nrows; r++) {
		rows_add(rows, (size_t)ncols);
		for (c = 0; c < ncols; c++)
			if (!libpq.PQgetisnull(res, r, c))
				rows_set(rows, (size_t)c,
				    libpq.PQgetvalue(res, r, c));
	}
	for (c = 0; nrows > 0 && c < ncols; c++)
		rows_name(rows, (size_t)c, libpq.PQfname(res, c));
	rows->affected =
	    strtoull(libpq.PQcmdTuples((PGresult *)(uintptr_t)res), NULL, 10);
}

static struct slot
queue_pop(struct postgres *pg)
{
	struct slot s = pg->ring[pg->head];

	assert(pg->queued > 0);
	pg->head = (pg->head + 1) % PG_WINDOW;
	pg->queued--;
	return s;
}

/*
 * libpq (15.18: fe-protocol3.c:229, pqParseInput3()) drops the answer to a
 * Sync that it has no memory to hand on, all but a message, and PQgetResult()
 * would wait for it for ever, with the run's lock.  The connection is given up
 * then.  What TLS holds back does not wake poll(2), so that is for a while.
 */
static void
queue_await_sync(struct postgres *pg)
{
	struct pollfd fd = {.fd = libpq.PQsocket(pg->conn), .events = POLLIN};

	if (*libpq.PQerrorMessage(pg->conn) != '\0')
		return;
	while (libpq.PQisBusy(pg->conn)) {
		if (*libpq.PQerrorMessage(pg->conn) != '\0') {
			shutdown(fd.fd, SHUT_RDWR);
			return;
		}
		poll(&fd, 1, PG_AWAIT_MS);
		if (libpq.PQconsumeInput(pg->conn) != 1)
			return;
	}
}

/* Take the answer to the oldest statement. */
static int
queue_answer(struct postgres *pg, struct err *err)
{
	struct slot slot = queue_pop(pg);
	PGresult *res;
	int r = 0;

	if (slot.kind == SLOT_SYNC)
		queue_await_sync(pg);
	res = libpq.PQgetResult(pg->conn);
	switch (res == NULL ? PGRES_FATAL_ERROR : libpq.PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		/* COMMIT of a failed transaction succeeds with this tag. */
		if (slot.kind == SLOT_COMMIT &&
		    strcmp(libpq.PQcmdStatus(res), "COMMIT") != 0)
			r = postgres_fail(pg, &slot, NULL, err);
		if (slot.rows != NULL)
			queue_keep_rows(slot.rows, res);
		break;
	case PGRES_PIPELINE_SYNC:
	case PGRES_PIPELINE_ABORTED:
		break;
	default:
		if (pg->failure.kind == DB_FAIL_NONE)
			r = postgres_fail(pg, &slot, res, err);
		break;
	}
	/* One that the connection did not live to answer stays in doubt. */
	if (slot.kind == SLOT_COMMIT && pg->failure.kind != DB_FAIL_LOST)
		pg->commit = r == 0 ? COMMIT_DONE : COMMIT_FAILED;
	/* Each statement's results end with a NULL; a Sync has none. */
	if (slot.kind != SLOT_SYNC && res != NULL) {
		libpq.PQclear(res);
		res = libpq.PQgetResult(pg->conn);
	}
	libpq.PQclear(res);
	if (libpq.PQstatus(pg->conn) == CONNECTION_BAD) {
		if (pg->failure.kind == DB_FAIL_NONE)
			r = postgres_fail(pg, &slot, NULL, err);
		pg->queued = 0;
	}
	return r;
}

/* Take answers until at most n statements are in flight. */
static int
queue_take(struct postgres *pg, size_t n, struct err *err)
{
	int r = 0, one;

	while (pg->queued > n) {
		one = queue_answer(pg, err);
		if (one < 0)
			r = one;
	}
	return r;
}

/*
 * Take answers up to that of the COMMIT that was sent; is it done?  What was
 * sent behind it is answered in the same round trip.
 */
int
postgres_take_commit(struct postgres *pg, struct err *err)
{
	int r = 0;

	if (pg->open_group && pg->failure.kind == DB_FAIL_NONE)
		r = postgres_end_group(pg, err);
	while (pg->commit == COMMIT_SENT && pg->queued > 0)
		r = queue_answer(pg, err);
	if (pg->commit == COMMIT_DONE)
		r = 0;
	else if (r == 0)
		r = postgres_again(pg, err);
	pg->commit = COMMIT_NONE;
	return r;
}

static int
queue_lost(struct postgres *pg, const struct place *place, struct err *err)
{
	struct slot slot = {.place = *place};

	pg->queued = 0;
	return postgres_fail(pg, &slot, NULL, err);
}

static void
queue_note(struct postgres *pg, enum slot_kind kind, struct rows *rows,
    const struct place *place)
{
	struct slot *s = &pg->ring[(pg->head + pg->queued++) % PG_WINDOW];

	s->kind = kind;
	s->rows = rows;
	s->place = *place;
}

/* Whether it is prepared by now; it takes the place of its preparation. */
static bool
queue_is_prepared(struct postgres *pg, const char *name)
{
	size_t i;

	for (i = 0; i < pg->nprepared; i++)
		if (pg->prepared[i] == name)
			return true;
	return false;
}

static int
queue_dispatch(struct postgres *pg, const struct query *q)
{
	int n = (int)q->nparams;

	if (q->name == NULL || pg->unprepared)
		return libpq.PQsendQueryParams(
		    pg->conn, q->sql, n, NULL, q->params, NULL, NULL, 0);
	if (!queue_is_prepared(pg, q->name)) {
		assert(pg->nprepared < PG_PREPARED_MAX);
		if (libpq.PQsendPrepare(pg->conn, q->name, q->sql, n, NULL) !=
		    1)
			return 0;
		pg->prepared[pg->nprepared++] = q->name;
		queue_note(pg, SLOT_QUERY, NULL, &q->place);
	}
	return libpq.PQsendQueryPrepared(
	    pg->conn, q->name, n, q->params, NULL, NULL, 0);
}

/* Send one statement, without waiting for its answer. */
int
postgres_push(struct postgres *pg, const struct query *q, enum slot_kind kind,
    struct err *err)
{
	int r = 0;

	/* Room for the statement, its preparation, and a Sync behind it. */
	if (pg->queued >= PG_WINDOW - 2)
		r = queue_take(pg, PG_WINDOW / 2, err);
	if (r < 0 || pg->failure.kind != DB_FAIL_NONE)
		return r < 0 ? r : postgres_again(pg, err);
	if (queue_dispatch(pg, q) != 1)
		return queue_lost(pg, &q->place, err);
	queue_note(pg, kind, q->rows, &q->place);
	pg->open_group = true;
	if (++pg->unflushed >= PG_FLUSH_EVERY) {
		pg->unflushed = 0;
		if (libpq.PQsendFlushRequest(pg->conn) != 1)
			return queue_lost(pg, &q->place, err);
	}
	return 0;
}

/* End the message group: an error skips what follows only up to here. */
int
postgres_end_group(struct postgres *pg, struct err *err)
{
	static const struct place none;

	pg->unflushed = 0;
	pg->open_group = false;
	if (libpq.PQpipelineSync(pg->conn) != 1)
		return queue_lost(pg, &none, err);
	queue_note(pg, SLOT_SYNC, NULL, &none);
	return 0;
}

/* End the message group, and take every answer. */
int
postgres_sync(struct postgres *pg, struct err *err)
{
	int r;

	r = pg->queued > 0 && pg->open_group ? postgres_end_group(pg, err) : 0;
	if (r == 0)
		r = queue_take(pg, 0, err);
	if (r == 0 && pg->failure.kind != DB_FAIL_NONE)
		r = postgres_again(pg, err);
	return r;
}

/* Take and drop all that is under way, whatever its state. */
void
postgres_drain(struct postgres *pg)
{
	struct err ignored = ERR_INIT;
	int r;

	r = postgres_sync(pg, &ignored);
	(void)r;
	err_clear(&ignored);
}

/*
 * What holds for the statement behind it alone, in the transaction that their
 * message group is (Extended Query, Pipelining): how long it waits.  A limit
 * of the session would stay behind with a pooler.
 */
static const char *
queue_limit(const struct postgres *pg, const struct query *q)
{
	if (pg->in_tx || q->place.file != NULL)
		return NULL;
	if (q->at_once)
		return "SELECT pg_catalog.set_config('synchronous_commit', "
		       "'local', true), "
		       "pg_catalog.set_config('lock_timeout', '1s', true)";
	return q->limited ? pg->read_limit : NULL;
}

int
postgres_send(struct db *db, const struct query *q, struct err *err)
{
	struct postgres *pg = postgres_of(db);
	const struct query limit = {.sql = queue_limit(pg, q)};
	int r = 0;

	postgres_watch_settings(pg, q);
	if (limit.sql != NULL)
		r = postgres_push(pg, &limit, SLOT_QUERY, err);
	if (r == 0)
		r = postgres_push(pg, q,
		    limit.sql == pg->read_limit ? SLOT_LIMITED : SLOT_QUERY,
		    err);
	if (r < 0 || pg->in_tx)
		return r;
	return postgres_sync(pg, err);
}

int
postgres_ask(struct postgres *pg, struct rows *rows, struct err *err,
    const char *sql, size_t nparams, const char *const *params)
{
	const struct query q = {.sql = sql,
	    .nparams = nparams,
	    .params = params,
	    .rows = rows,
	    .limited = true};
	int r = postgres_send(&pg->db, &q, err);

	return r < 0 ? r : postgres_wait(&pg->db, err);
}

int
postgres_wait(struct db *db, struct err *err)
{
	struct postgres *pg = postgres_of(db);
	int r;

	r = postgres_sync(pg, err);
	return r < 0 ? r : postgres_check_tx(pg, err);
}
