/*
 * The PostgreSQL engine's COPY ... FROM STDIN: data from the text of a file.
 *
 * Pipeline mode allows no COPY (libpq, "Pipeline Mode"), so it is left for
 * its length.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/postgres_int.h"

/*
 * libpq hands out one result after the other that says that the COPY is under
 * way, until it is ended.
 */
void
postgres_end_copy(struct postgres *pg)
{
	ExecStatusType status;
	PGresult *res;

	while ((res = libpq.PQgetResult(pg->conn)) != NULL) {
		status = libpq.PQresultStatus(res);
		libpq.PQclear(res);
		if (status == PGRES_COPY_IN &&
		    libpq.PQputCopyEnd(pg->conn, "given up") != 1)
			break;
	}
	if (libpq.PQstatus(pg->conn) == CONNECTION_OK)
		libpq.PQenterPipelineMode(pg->conn);
}

/*
 * The line of the data that the server names in the context, "COPY t, line 3,
 * column a: ...", of which it is the last line; 0 where it names none.
 */
static uint64_t
copy_line(const PGresult *res)
{
	const char *context = libpq.PQresultErrorField(res, PG_DIAG_CONTEXT);
	const char *line = context, *number;

	while (line != NULL && strncmp(line, "COPY ", 5) != 0) {
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	number = line == NULL ? NULL : strstr(line, ", line ");
	return number == NULL ? 0 : strtoull(number + 7, NULL, 10);
}

/* Record what libpq says has failed, and take the remaining results. */
static int
copy_fail(struct postgres *pg, const struct slot *slot, PGresult *res,
    struct err *err)
{
	uint64_t line = res == NULL ? 0 : copy_line(res);
	struct slot data = {.kind = slot->kind, .place = pg->copy.first};
	int r;

	if (pg->copy.first.file == NULL)
		line = 0;
	r = postgres_fail(pg, line > 0 ? &data : slot, res, err);
	pg->failure.line = line;
	pg->failure.escapes = pg->copy.escapes;
	libpq.PQclear(res);
	postgres_end_copy(pg);
	return r;
}

int
postgres_copy_begin(struct db *db, const struct query *q, struct err *err)
{
	struct postgres *pg = postgres_of(db);
	struct slot slot = {.kind = SLOT_QUERY, .place = q->place};
	const char *options;
	PGresult *res;
	int r;

	r = postgres_sync(pg, err);
	if (r < 0)
		return r;
	if (libpq.PQexitPipelineMode(pg->conn) != 1)
		return postgres_fail(pg, &slot, NULL, err);
	pg->ring[pg->head] = slot; /* for an error in the data */
	res = libpq.PQexec(pg->conn, q->sql);
	if (libpq.PQresultStatus(res) != PGRES_COPY_IN)
		return copy_fail(pg, &slot, res, err);
	libpq.PQclear(res);
	memset(&pg->copy, 0, sizeof(pg->copy));
	options = strcasestr(q->sql, "stdin");
	pg->copy.escapes =
	    options == NULL || strcasestr(options, "csv") == NULL;
	return 0;
}

int
postgres_copy_data(struct db *db, const struct place *first, const char *p,
    size_t n, struct err *err)
{
	struct postgres *pg = postgres_of(db);
	size_t part;

	pg->copy.first = *first;
	/* PQputCopyData() takes an int. */
	for (; n > 0; p += part, n -= part) {
		part = n > (1 << 30) ? (size_t)1 << 30 : n;
		if (libpq.PQputCopyData(pg->conn, p, (int)part) != 1)
			return copy_fail(pg, &pg->ring[pg->head],
			    libpq.PQgetResult(pg->conn), err);
	}
	return 0;
}

int
postgres_copy_end(struct db *db, struct err *err)
{
	struct postgres *pg = postgres_of(db);
	PGresult *res;

	if (libpq.PQputCopyEnd(pg->conn, NULL) != 1)
		return copy_fail(
		    pg, &pg->ring[pg->head], libpq.PQgetResult(pg->conn), err);
	res = libpq.PQgetResult(pg->conn);
	if (libpq.PQresultStatus(res) != PGRES_COMMAND_OK)
		return copy_fail(pg, &pg->ring[pg->head], res, err);
	libpq.PQclear(res);
	while ((res = libpq.PQgetResult(pg->conn)) != NULL)
		libpq.PQclear(res);
	libpq.PQenterPipelineMode(pg->conn);
	return 0;
}
