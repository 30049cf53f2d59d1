/*
 * What is in the database: rows counted, and hashed.
 *
 * Each row gets a hash of its values with their columns' names and types,
 * columns in the order of their names; the sum of those hashes is that of the
 * table, whatever the order of its rows.  Generated columns are left out, as
 * they say nothing of their own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>

#include "engine/sqlite_int.h"
#include "engine/sqlite_schema_int.h"

#define ROW_MAX ((size_t)1 << 31)

#define TABLES(filter)                                                     \
	"SELECT s.name, x.name, 0 "                                        \
	"FROM main.sqlite_master s, pragma_table_xinfo(s.name, 'main') x " \
	"WHERE s.type = 'table' AND s.rootpage > 0 AND x.hidden = "        \
	"0 " SCHEMA_FOREIGN filter "ORDER BY s.name, x.name"

static const char tables_sql[] = TABLES(SCHEMA_NOT_SHADOW);
static const char tables_old_sql[] = TABLES("");

static const char virtual_sql[] =
    "SELECT s.name FROM main.sqlite_master s "
    "WHERE s.type = 'table' AND s.rootpage = 0 ORDER BY s.name";

/* One by one, since it fails where a table's module is missing. */
static const char virtual_columns_sql[] =
    "SELECT $1, x.name, 1 FROM pragma_table_xinfo($1, 'main') x "
    "WHERE x.hidden = 0 ORDER BY x.name";

static const char sequences_sql[] =
    "SELECT s.tbl_name, s.seq FROM "
    "  (SELECT name AS tbl_name, seq FROM main.sqlite_sequence) s "
    "WHERE 1 " SCHEMA_FOREIGN "ORDER BY s.tbl_name";

static const char has_sequences_sql[] =
    "SELECT 1 FROM main.sqlite_master WHERE name = 'sqlite_sequence'";

/* One table, while it is read. */
struct digest {
	struct sqlite_db *s;
	const struct rows *columns; /* of all tables: table, column, virtual */
	size_t from, end;           /* its own */
	struct buf row;
	uint64_t count;
	uint64_t sum[2];
};

/* A value, so that no two rows of other values are the same bytes. */
static void
add_value(struct buf *b, const char *column, sqlite3_stmt *stmt, int i)
{
	int type = sqlite3_column_type(stmt, i);
	sqlite3_int64 number;
	double real;
	size_t n;

	buf_add(b, column, strlen(column) + 1);
	buf_addc(b, (char)type);
	switch (type) {
	case SQLITE_INTEGER:
		number = sqlite3_column_int64(stmt, i);
		buf_add(b, &number, sizeof(number));
		break;
	case SQLITE_FLOAT:
		real = sqlite3_column_double(stmt, i);
		buf_add(b, &real, sizeof(real));
		break;
	case SQLITE_NULL:
		break;
	default:
		n = (size_t)sqlite3_column_bytes(stmt, i);
		buf_add(b, &n, sizeof(n));
		if (n > 0)
			buf_add(b, sqlite3_column_blob(stmt, i), n);
	}
}

static bool
add_row(struct digest *d, sqlite3_stmt *stmt)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	uint64_t part[2];
	size_t i;

	buf_reset(&d->row);
	for (i = d->from; i < d->end; i++)
		add_value(&d->row, rows_get(d->columns, i, 1), stmt,
		    (int)(i - d->from));
	if (buf_overflowed(&d->row))
		return false;
	SHA256((const unsigned char *)buf_str(&d->row), d->row.len, hash);
	memcpy(part, hash, sizeof(part));
	d->sum[0] += part[0];
	d->sum[1] += part[1];
	d->count++;
	return true;
}

static void
add_select(struct digest *d, struct buf *sql)
{
	struct db *db = &d->s->base;
	size_t i;

	for (i = d->from; i < d->end; i++) {
		buf_adds(sql, i == d->from ? "SELECT " : ", ");
		sqlite_quote_name(db, sql, rows_get(d->columns, i, 1));
	}
	buf_adds(sql, " FROM main.");
	sqlite_quote_name(db, sql, rows_get(d->columns, d->from, 0));
}

static void
digest_table(struct digest *d)
{
	sqlite3_stmt *stmt = NULL;
	struct buf sql;
	int rc;

	d->count = 0;
	memset(d->sum, 0, sizeof(d->sum));
	buf_init(&sql, BUF_TEXT);
	add_select(d, &sql);
	rc = sqlite3_prepare_v2(d->s->handle, buf_str(&sql), -1, &stmt, NULL);
	buf_clear(&sql);
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(stmt);
		if (rc == SQLITE_ROW && !add_row(d, stmt))
			rc = SQLITE_NOMEM;
	}
	if (rc != SQLITE_DONE)
		sqlite_fail_rc(d->s, NULL, rc);
	sqlite3_finalize(stmt);
}

static void
add_line(struct rows *out, enum object_kind kind, const char *name,
    const char *count, const char *sum)
{
	struct buf identity;

	buf_init(&identity, BUF_LINE);
	schema_name(&identity, name);
	rows_add(out, 4);
	rows_set(out, 0, object_kind_name(kind));
	rows_set(out, 1, buf_str(&identity));
	rows_set(out, 2, count);
	rows_set(out, 3, sum);
	buf_clear(&identity);
}

static void
read_tables(struct sqlite_db *s, const struct rows *columns, struct rows *out)
{
	struct digest d = {.s = s, .columns = columns};
	char count[24], sum[40];
	const char *name;

	buf_init(&d.row, ROW_MAX);
	for (d.end = 0; d.end < columns->nrows && !s->failed;) {
		d.from = d.end;
		name = rows_get(columns, d.from, 0);
		while (d.end < columns->nrows &&
		    strcmp(rows_get(columns, d.end, 0), name) == 0)
			d.end++;
		digest_table(&d);
		snprintf(count, sizeof(count), "%" PRIu64, d.count);
		snprintf(sum, sizeof(sum), "%016" PRIx64 "%016" PRIx64,
		    d.sum[0], d.sum[1]);
		add_line(out,
		    rows_number(columns, d.from, 2) != 0 ? OBJECT_VIRTUAL_TABLE
							 : OBJECT_TABLE,
		    name, count, sum);
	}
	buf_clear(&d.row);
}

/* Those whose module this SQLite does not have are left out. */
static void
read_virtual_tables(struct sqlite_db *s, struct rows *out)
{
	struct rows tables, columns;
	struct query list = {.sql = virtual_sql, .rows = &tables};
	struct query q = {
	    .sql = virtual_columns_sql, .nparams = 1, .rows = &columns};
	const char *name;
	size_t i;

	rows_init(&tables);
	rows_init(&columns);
	sqlite_run(s, &list);
	for (i = 0; i < tables.nrows && !s->failed; i++) {
		name = rows_get(&tables, i, 0);
		q.params = &name;
		if (sqlite_run(s, &q) == 0)
			read_tables(s, &columns, out);
		else if (s->failure.kind == DB_FAIL_STATEMENT)
			s->failed = false;
		rows_clear(&columns);
	}
	rows_clear(&tables);
}

/* Where the AUTOINCREMENT of each table stands. */
static void
read_sequences(struct sqlite_db *s, const struct query *own, struct rows *out)
{
	struct query q = *own;
	struct rows rows;
	size_t i;

	rows_init(&rows);
	q.rows = &rows;
	q.sql = has_sequences_sql;
	q.nparams = 0;
	if (sqlite_run(s, &q) == 0 && rows.nrows > 0) {
		rows_clear(&rows);
		q.sql = sequences_sql;
		q.nparams = own->nparams;
		sqlite_run(s, &q);
		for (i = 0; i < rows.nrows; i++)
			add_line(out, OBJECT_SEQUENCE, rows_get(&rows, i, 0),
			    NULL, rows_get(&rows, i, 1));
	}
	rows_clear(&rows);
}

int
sqlite_contents(struct db *db, const struct catalogue_scope *scope,
    struct rows *out, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);
	const char *own[SCHEMA_OWN_TABLES];
	struct arena *a = arena_new();
	struct rows columns;
	struct query q = {
	    .sql = schema_has_shadows() ? tables_sql : tables_old_sql,
	    .nparams = SCHEMA_OWN_TABLES,
	    .params = own,
	    .rows = &columns};

	rows_init(&columns);
	schema_own_tables(a, scope, own);
	if (sqlite_read_begin(s) == 0 && sqlite_run(s, &q) == 0)
		read_tables(s, &columns, out);
	if (!s->failed)
		read_virtual_tables(s, out);
	if (!s->failed)
		read_sequences(s, &q, out);
	sqlite_read_end(s);
	rows_clear(&columns);
	arena_free(a);
	return sqlite_report(s, err);
}
