/*
 * The PostgreSQL engine's limits of statements outside a transaction.
 *
 * begin() sets them for its transaction; here they are the session's, and
 * what the file has set for the session itself stays.
 */
#include <stdio.h>

#include "engine/postgres_int.h"

/* pg_settings tells whether somebody has set it in this session. */
#define LIMIT_SET                                        \
	"SELECT pg_catalog.set_config(name, $2, false) " \
	"FROM pg_catalog.pg_settings "                   \
	"WHERE name = $1 AND source <> 'session'"

static int
limit_set(struct postgres *pg, bool *by_us, const char *name, int64_t ms,
    struct err *err)
{
	char reset[48], value[24];
	const char *params[] = {name, value};
	struct rows rows;
	int r = 0;

	if (*by_us) {
		snprintf(reset, sizeof(reset), "RESET %s", name);
		r = db_query(&pg->db, NULL, err, reset, 0, NULL);
	}
	*by_us = false;
	if (r < 0 || ms < 0)
		return r;
	rows_init(&rows);
	snprintf(value, sizeof(value), "%lld", (long long)ms);
	r = db_query(&pg->db, &rows, err, LIMIT_SET, 2, params);
	*by_us = r == 0 && rows.nrows > 0;
	rows_clear(&rows);
	return r;
}

int
postgres_limit(
    struct db *db, int64_t lock_ms, int64_t statement_ms, struct err *err)
{
	struct postgres *pg = postgres_of(db);
	int r;

	r = limit_set(pg, &pg->lock_limited, "lock_timeout", lock_ms, err);
	return r < 0 ? r
		     : limit_set(pg, &pg->statement_limited,
			   "statement_timeout", statement_ms, err);
}
