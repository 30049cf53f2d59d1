/*
 * What statements outside a transaction have left half made on PostgreSQL:
 * invalid indexes, and partitions of which a DETACH was begun.
 */
#include "engine/postgres_int.h"

/*
 * The other session that is at work on the index c of the row i of pg_index.
 * REINDEX and DROP INDEX CONCURRENTLY hold this lock on the index from the
 * begin to the end, CREATE INDEX CONCURRENTLY on its table only.  Which index
 * that is making we may not be allowed to see.
 */
#define AT_WORK                                                              \
	"(SELECT " PG_SESSION " FROM pg_locks l "                            \
	"JOIN pg_stat_activity a ON a.pid = l.pid "                          \
	"LEFT JOIN pg_stat_progress_create_index p ON p.pid = l.pid "        \
	"WHERE l.locktype = 'relation' AND l.granted "                       \
	"AND l.mode = 'ShareUpdateExclusiveLock' "                           \
	"AND l.database = (SELECT oid FROM pg_database "                     \
	"WHERE datname = current_database()) AND l.pid <> pg_backend_pid() " \
	"AND (l.relation = c.oid OR (l.relation = i.indrelid "               \
	"AND p.pid IS NOT NULL AND coalesce(p.index_relid = c.oid, true))) " \
	"LIMIT 1)"

#define FROM_INDEX                                                 \
	"FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid " \
	"JOIN pg_namespace n ON n.oid = c.relnamespace "

#define FULL_NAME "pg_catalog.format('%I.%I', n.nspname, c.relname)"

/* That of a partitioned table is invalid until every partition has its own. */
int
postgres_half_made(struct db *db, struct rows *rows, struct err *err)
{
	return postgres_ask(postgres_of(db), rows, err,
	    "SELECT " FULL_NAME
	    ", (c.relname::text ~ '_cc(new|old)[0-9]*$')::int, "
	    "c.oid::text, " AT_WORK " " FROM_INDEX
	    "WHERE NOT i.indisvalid AND c.relkind = 'i' ORDER BY 1",
	    0, NULL);
}

/*
 * age() counts the transactions since: a row that is not older was written by
 * the same transaction, or a later one.
 */
int
postgres_find_half_made(struct db *db, const char *table, const char *journal,
    struct rows *rows, struct err *err)
{
	struct buf sql;
	int r;

	buf_init(&sql, BUF_LINE);
	buf_adds(&sql,
	    "SELECT " FULL_NAME " " FROM_INDEX
	    "WHERE i.indrelid = to_regclass($1)::oid AND NOT i.indisvalid "
	    "AND " AT_WORK " IS NULL "
	    "AND age(c.xmin) <= (SELECT max(age(j.xmin)) FROM ");
	buf_addf(&sql, "%s j WHERE j.number <> " LOCK_ROW ")", journal);
	r = postgres_ask(postgres_of(db), rows, err, buf_str(&sql), 1, &table);
	buf_clear(&sql);
	return r;
}

/* An index stands in its table's schema. */
#define FIND_INDEX                                                            \
	"SELECT i.indisvalid::int, " FULL_NAME                                \
	", CASE WHEN NOT i.indisvalid THEN " AT_WORK " END " FROM_INDEX       \
	"WHERE CASE WHEN $2::text IS NULL THEN c.oid = to_regclass($1)::oid " \
	"ELSE c.relname = (pg_catalog.parse_ident($1))[1]::name "             \
	"AND i.indrelid = to_regclass($2)::oid END"

int
postgres_find_index(struct db *db, const char *name, const char *table,
    struct rows *rows, struct err *err)
{
	const char *params[] = {name, table};

	return postgres_ask(postgres_of(db), rows, err, FIND_INDEX, 2, params);
}

/* An empty table like that of the index, of the same name, and that. */
#define DEFINE_COPY                                              \
	"SELECT pg_catalog.format('CREATE TEMPORARY TABLE %I "   \
	"(LIKE %I.%I)', t.relname, n.nspname, t.relname), "      \
	"pg_catalog.format('pg_temp.%I', t.relname) "            \
	"FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid " \
	"JOIN pg_namespace n ON n.oid = t.relnamespace "         \
	"WHERE i.indexrelid = $1::text::regclass::oid"

/* A definition without the names of the index and of its table. */
#define DEFINE_NAME "(\"([^\"]|\"\")*\"|[^ .\"]+)"
#define DEFINE_TEXT(index)                                           \
	"regexp_replace(pg_get_indexdef(" index "), "                \
	"'^(CREATE (UNIQUE )?INDEX) " DEFINE_NAME " ON " DEFINE_NAME \
	"[.]" DEFINE_NAME " ', E'\\\\1 ... ')"

#define DEFINE_READ                                                        \
	"SELECT " DEFINE_TEXT("$1::text::regclass::oid") ", " DEFINE_TEXT( \
	    "i.indexrelid") " FROM pg_index i "                            \
			    "WHERE i.indrelid = $2::text::regclass::oid"

/* Make it on the table's empty copy, in a transaction of its own. */
static int
define_make(struct postgres *pg, const char *copy, const char *make,
    const struct query *read, struct err *err)
{
	const struct query first[] = {
	    {.sql = "BEGIN"}, {.sql = copy}, {.sql = make}};
	const struct query end = {.sql = "ROLLBACK"};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(first) / sizeof(first[0]); i++)
		r = postgres_push(pg, &first[i], SLOT_QUERY, err);
	if (r == 0)
		r = postgres_push(pg, read, SLOT_QUERY, err);
	if (r == 0)
		r = postgres_push(pg, &end, SLOT_QUERY, err);
	return r < 0 ? r : postgres_sync(pg, err);
}

int
postgres_define_index(struct db *db, const char *index, bool unique,
    const char *key, struct rows *rows, struct err *err)
{
	const char *params[] = {index, NULL};
	struct query read = {
	    .sql = DEFINE_READ, .nparams = 2, .params = params, .rows = rows};
	struct rows copy;
	struct buf make;
	int r;

	rows_init(&copy);
	buf_init(&make, BUF_TEXT);
	r = postgres_ask(postgres_of(db), &copy, err, DEFINE_COPY, 1, params);
	if (r == 0 && copy.nrows > 0) {
		params[1] = rows_get(&copy, 0, 1);
		buf_addf(&make, "CREATE %sINDEX ON %s %s",
		    unique ? "UNIQUE " : "", params[1], key);
		r = define_make(postgres_of(db), rows_get(&copy, 0, 0),
		    buf_str(&make), &read, err);
	}
	buf_clear(&make);
	rows_clear(&copy);
	return r;
}

/* inhdetachpending: PostgreSQL 14 and later. */
#define FIND_PARTITION                                                    \
	"SELECT (h.inhrelid IS NOT NULL)::int, "                          \
	"coalesce(pg_catalog.to_jsonb(h)->>'inhdetachpending' = 'true', " \
	"false)::int, " FULL_NAME                                         \
	", pg_catalog.format('%I.%I', s.nspname, t.relname) "             \
	"FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "  \
	"JOIN pg_class t ON t.oid = to_regclass($2)::oid "                \
	"JOIN pg_namespace s ON s.oid = t.relnamespace "                  \
	"LEFT JOIN pg_inherits h ON h.inhrelid = c.oid "                  \
	"AND h.inhparent = t.oid WHERE c.oid = to_regclass($1)::oid"

int
postgres_find_partition(struct db *db, const char *name, const char *table,
    struct rows *rows, struct err *err)
{
	const char *params[] = {name, table};

	return postgres_ask(
	    postgres_of(db), rows, err, FIND_PARTITION, 2, params);
}
