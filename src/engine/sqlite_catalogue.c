/* What SQLite's catalogue says about a table, and how names are quoted. */
#include "engine/sqlite_int.h"

#include <string.h>

static void
quote(struct buf *b, char mark, const char *text)
{
	buf_addc(b, mark);
	for (; *text != '\0'; text++) {
		if (*text == mark)
			buf_addc(b, mark);
		buf_addc(b, *text);
	}
	buf_addc(b, mark);
}

void
sqlite_quote_name(struct db *db, struct buf *b, const char *name)
{
	(void)db;
	quote(b, '"', name);
}

void
sqlite_quote_text(struct db *db, struct buf *b, const char *text)
{
	(void)db;
	quote(b, '\'', text);
}

/*
 * Columns: name, kind, whether a trigger stands on it or on those beside it.  A
 * virtual table has no page of its own.
 */
static const char table_sql[] =
    "SELECT name, CASE WHEN type = 'view' THEN 'view' "
    "WHEN rootpage > 0 THEN 'plain' ELSE 'other' END, "
    "EXISTS (SELECT 1 FROM (SELECT type, tbl_name FROM main.sqlite_master "
    "UNION ALL SELECT type, tbl_name FROM temp.sqlite_master) "
    "WHERE type = 'trigger' AND (tbl_name = $1 COLLATE NOCASE "
    "OR tbl_name = ($1 || '_log') COLLATE NOCASE "
    "OR tbl_name = ($1 || '_journal') COLLATE NOCASE)) "
    "FROM main.sqlite_master "
    "WHERE type IN ('table', 'view') AND name = $1 COLLATE NOCASE";

/*
 * Columns: name, type, not null, has a default, is a key.  An INTEGER PRIMARY
 * KEY gets its value by itself, which is as good as a default.
 */
static const char columns_sql[] =
    "WITH c AS (SELECT *, pk = 1 AND 1 = (SELECT count(*) "
    "    FROM pragma_table_info($1, 'main') WHERE pk > 0) AS alone "
    "  FROM pragma_table_info($1, 'main')), "
    "u AS (SELECT min(k.name) AS name FROM pragma_index_list($1, 'main') i, "
    "    pragma_index_info(i.name, 'main') k "
    "  WHERE i.\"unique\" AND NOT i.partial "
    "  GROUP BY i.name HAVING count(*) = 1) "
    "SELECT c.name, lower(c.type), c.\"notnull\", c.dflt_value IS NOT NULL "
    "  OR (c.alone AND c.type = 'INTEGER' COLLATE NOCASE), "
    "  c.alone OR c.name IN (SELECT name FROM u) "
    "FROM c ORDER BY c.cid";

static void
table_take_columns(
    struct table_info *t, struct arena *a, const struct rows *rows)
{
	struct table_column *c;
	size_t i;

	t->ncolumns = rows->nrows;
	t->columns = arena_alloc(a, (rows->nrows + 1) * sizeof(*t->columns));
	for (i = 0; i < rows->nrows; i++) {
		c = &t->columns[i];
		c->name = arena_strdup(a, rows_get(rows, i, 0));
		c->type = arena_strdup(a, rows_get(rows, i, 1));
		c->not_null = rows_number(rows, i, 2) != 0;
		c->has_default = rows_number(rows, i, 3) != 0;
		c->key = rows_number(rows, i, 4) != 0;
	}
}

static enum table_kind
table_kind(const char *word)
{
	if (word == NULL)
		return TABLE_ABSENT;
	if (strcmp(word, "plain") == 0)
		return TABLE_PLAIN;
	return strcmp(word, "view") == 0 ? TABLE_VIEW : TABLE_OTHER;
}

/*
 * All that is known without the columns.  There are no users with rights to
 * be granted: of a file that cannot be written, begin() says so.
 */
static void
table_fill(
    struct arena *a, struct table_info *t, const char *name, const char *kind)
{
	struct buf b;

	memset(t, 0, sizeof(*t));
	t->kind = table_kind(kind);
	t->schema = "main";
	t->name = arena_strdup(a, name);
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "\"main\".");
	quote(&b, '"', name);
	t->quoted = arena_strdup(a, buf_str(&b));
	buf_clear(&b);
	t->schema_quoted = t->schema;
	t->owner = t->user = t->user_quoted = "";
	t->may_alter = t->may_create = true;
}

int
sqlite_find_table(struct db *db, struct arena *a, const char *schema,
    const char *name, struct table_info *t, struct err *err)
{
	const char *params[] = {name}, *found;
	struct rows rows;
	int r;

	if (schema != NULL && sqlite3_stricmp(schema, "main") != 0) {
		err_set(err, ERR_USAGE,
		    "table %s cannot stand in schema %s: SQLite has no "
		    "schemas",
		    name, schema);
		err_hint(err, "Give the table without a schema.");
		return ERR_USAGE;
	}
	rows_init(&rows);
	r = db_query(db, &rows, err, table_sql, 1, params);
	if (r == 0) {
		found = rows_get(&rows, 0, 0);
		table_fill(
		    a, t, found == NULL ? name : found, rows_get(&rows, 0, 1));
		t->fires = rows_number(&rows, 0, 2) != 0;
		rows_clear(&rows);
		if (t->kind != TABLE_ABSENT)
			r = db_query(db, &rows, err, columns_sql, 1, params);
		if (r == 0)
			table_take_columns(t, a, &rows);
	}
	rows_clear(&rows);
	return r;
}
