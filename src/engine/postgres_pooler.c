/*
 * Connection poolers between sqlmigrate and a PostgreSQL server: whether one
 * is there, and what cannot be done through it.
 */
#include <string.h>

#include "engine/postgres_int.h"

/* The message group is ended, so that no later statement is in it. */
void
postgres_ask_pooler(struct postgres *pg)
{
	const struct query q = {
	    .sql = "SELECT pg_catalog.pg_backend_pid()", .rows = &pg->self};
	int r;

	/* A failure is kept, and is that of the next statement. */
	r = postgres_push(pg, &q, SLOT_QUERY, NULL);
	if (r == 0)
		r = postgres_end_group(pg, NULL);
	(void)r;
}

bool
postgres_is_pooled(struct postgres *pg)
{
	if (pg->self.nrows == 0 && !pg->in_tx)
		postgres_drain(pg);
	return pg->self.nrows > 0 &&
	    rows_number(&pg->self, 0, 0) != libpq.PQbackendPID(pg->conn);
}

int
postgres_refuse_pooler(
    struct postgres *pg, const char *what, const char *option, struct err *err)
{
	if (!postgres_is_pooled(pg))
		return 0;
	err_set(err, ERR_USAGE,
	    "%s: a connection pooler is between sqlmigrate and the server",
	    what);
	err_hint(err,
	    "Use the address of the server itself, with --direct URL%s.",
	    option);
	return err == NULL ? ERR_USAGE : err->code;
}

/* PgBouncer's words. */
bool
postgres_is_poolers(const char *message)
{
	return strstr(message, "in statement pooling mode") != NULL;
}

void
postgres_explain_pooler(struct err *err)
{
	err_detail(err,
	    "A connection pooler in statement mode is between sqlmigrate and "
	    "the server.");
	err_hint(err,
	    "Use the address of the server itself, with --direct URL, or a "
	    "pool in transaction or session mode.");
}
