/* The PostgreSQL engine's account of what is in the tables. */
#include <assert.h>
#include <string.h>

#include "engine/postgres_int.h"

#define CONTENTS_GROUP 200 /* tables in one statement */

/*
 * Tables and sequences with their columns, in the order of their names; not
 * those of extensions and of the runner ($1, $2).
 */
static const char contents_list[] =
    "SELECT c.relkind, quote_ident(n.nspname) || '.' || "
    "quote_ident(c.relname) AS identity, "
    "CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT') "
    "ELSE has_table_privilege(c.oid, 'SELECT') END::int, "
    "(SELECT string_agg(quote_ident(a.attname), ', ' "
    "ORDER BY a.attname COLLATE \"C\") FROM pg_attribute a "
    "WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "LEFT JOIN pg_depend o ON o.classid = 1259 AND o.objid = c.oid "
    "AND o.objsubid = 0 AND o.refclassid::int8 = 1259 AND o.deptype = 'i' "
    "LEFT JOIN pg_class t ON t.oid = o.refobjid "
    "WHERE c.oid >= 16384 AND c.relkind IN ('r', 'S') "
    "AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' "
    "AND n.nspname <> 'information_schema' "
    "AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 1259 "
    "AND e.objid = c.oid AND e.deptype = 'e') "
    "AND NOT (n.nspname = $1::text "
    "AND coalesce(CASE WHEN c.relkind = 'S' THEN t.relname END, c.relname) "
    "IN ($2::text, $2 || '_log', $2 || '_journal')) IS TRUE "
    "ORDER BY c.relkind = 'S', n.nspname COLLATE \"C\", "
    "c.relname COLLATE \"C\"";

enum { LIST_KIND, LIST_IDENTITY, LIST_MAY, LIST_COLUMNS };

/* Nothing is left out without a word: who may not look at all is told. */
static int
contents_check(const struct rows *list, struct err *err)
{
	size_t i;

	for (i = 0; i < list->nrows; i++)
		if (rows_number(list, i, LIST_MAY) == 0)
			return err_set(err, ERR_STATEMENT,
			    "permission denied to read %s",
			    rows_get(list, i, LIST_IDENTITY));
	return 0;
}

/*
 * One table: the sum of a hash of each row, which the names of the columns
 * begin; the columns stand in the order of these.
 */
static void
contents_add(
    struct postgres *pg, struct buf *b, const struct rows *list, size_t i)
{
	const char *identity = rows_get(list, i, LIST_IDENTITY);
	const char *columns = rows_get(list, i, LIST_COLUMNS);

	if (*rows_get(list, i, LIST_KIND) == 'S') {
		buf_adds(b, "SELECT 'sequence', ");
		postgres_quote_text(&pg->db, b, identity);
		buf_addf(b,
		    ", NULL, last_value || CASE WHEN is_called "
		    "THEN '' ELSE ' (unused)' END FROM %s",
		    identity);
		return;
	}
	columns = columns == NULL ? "" : columns;
	buf_adds(b, "SELECT 'table', ");
	postgres_quote_text(&pg->db, b, identity);
	buf_addf(b,
	    ", count(*)::text, coalesce(sum(hashtextextended("
	    "ROW(%s)::text, hashtextextended(",
	    columns);
	postgres_quote_text(&pg->db, b, columns);
	buf_addf(b, ", 0))), 0)::text FROM ONLY %s", identity);
}

static int
contents_ask(struct postgres *pg, const struct rows *list, struct rows *rows,
    struct err *err)
{
	struct query q = {.rows = rows};
	struct buf sql;
	size_t i;
	int r = 0;

	buf_init(&sql, BUF_TEXT);
	for (i = 0; r == 0 && i < list->nrows; i++) {
		if (sql.len > 0)
			buf_adds(&sql, " UNION ALL ");
		contents_add(pg, &sql, list, i);
		if ((i + 1) % CONTENTS_GROUP != 0 && i + 1 < list->nrows)
			continue;
		q.sql = buf_str(&sql);
		r = postgres_push(pg, &q, SLOT_QUERY, err);
		buf_reset(&sql);
	}
	buf_clear(&sql);
	return r;
}

static int
contents_read(struct postgres *pg, const struct catalogue_scope *scope,
    struct rows *list, struct rows *rows, struct err *err)
{
	const char *params[] = {scope->schema, scope->table};
	struct query q = {.sql = "BEGIN ISOLATION LEVEL REPEATABLE READ, "
				 "READ ONLY"};
	int r;

	r = postgres_push(pg, &q, SLOT_QUERY, err);
	if (r == 0)
		r = postgres_settings(pg, err);
	/* Workers would give the tables in any order. */
	q.sql = "SET LOCAL max_parallel_workers_per_gather = 0";
	if (r == 0)
		r = postgres_push(pg, &q, SLOT_QUERY, err);
	q = (struct query){.sql = contents_list,
	    .name = "sqlmigrate_contents",
	    .nparams = 2,
	    .params = params,
	    .rows = list};
	if (r == 0)
		r = postgres_push(pg, &q, SLOT_QUERY, err);
	if (r == 0)
		r = postgres_sync(pg, err);
	if (r == 0)
		r = contents_check(list, err);
	if (r == 0)
		r = contents_ask(pg, list, rows, err);
	q = (struct query){.sql = "COMMIT"};
	if (r == 0)
		r = postgres_push(pg, &q, SLOT_QUERY, err);
	return r < 0 ? r : postgres_sync(pg, err);
}

int
postgres_contents(struct db *db, const struct catalogue_scope *scope,
    struct rows *rows, struct err *err)
{
	struct rows list;
	int r;

	assert(!postgres_of(db)->in_tx);
	rows_init(&list);
	r = contents_read(postgres_of(db), scope, &list, rows, err);
	if (r < 0)
		postgres_rollback(db);
	rows_clear(&list);
	return r;
}
