/* The PostgreSQL engine's look at the catalogue, and quoting. */
#include <stdlib.h>
#include <string.h>

#include "engine/postgres_int.h"

/* Why nothing can be written, if that is so, and what helps. */
#define READ_ONLY                                                             \
	"CASE WHEN pg_is_in_recovery() THEN 'the server is a standby' "       \
	"WHEN current_setting('transaction_read_only') = 'on' "               \
	"THEN 'default_transaction_read_only is on' END, "                    \
	"CASE WHEN pg_is_in_recovery() THEN 'Connect to its primary; of "     \
	"several hosts target_session_attrs=read-write takes that one.' "     \
	"WHEN current_setting('transaction_read_only') = 'on' "               \
	"THEN (SELECT CASE WHEN source = 'client' "                           \
	"THEN 'The address or PGOPTIONS sets it.' "                           \
	"WHEN " PG_SETTING_SCOPE " = 'SYSTEM' "                               \
	"THEN pg_catalog.format('Run: ALTER SYSTEM SET %s = off; SELECT "     \
	"pg_reload_conf();', name) "                                          \
	"ELSE pg_catalog.format('Run: ALTER %s RESET %s;', " PG_SETTING_SCOPE \
	", name) END FROM pg_settings "                                       \
	"WHERE name = 'default_transaction_read_only') END"

const char postgres_read_only[] = "SELECT " READ_ONLY " WHERE $1::text IS NULL";

/* A bit of enum table_right. */
#define LACKS(kind, of, right, bit)                                  \
	"CASE WHEN has_" kind "_privilege(" of ".oid, '" right "') " \
	"THEN 0 ELSE " bit " END"

/*
 * Where row-level security is active, all rows are seen only by a policy whose
 * expression is true, and which no restrictive one narrows.
 */
#define HIDES                                                              \
	"f.relrowsecurity AND row_security_active(f.oid) AND "             \
	"(EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = f.oid "       \
	"AND NOT p.polpermissive) OR NOT EXISTS (SELECT FROM pg_policy p " \
	"WHERE p.polrelid = f.oid AND p.polcmd IN ('*', 'r') "             \
	"AND pg_get_expr(p.polqual, p.polrelid) = 'true' "                 \
	"AND EXISTS (SELECT FROM pg_catalog.unnest(p.polroles) AS r "      \
	"WHERE r = '0'::oid OR pg_has_role(r, 'USAGE'))))"

/* The table, or one that is named after it. */
#define BESIDE(suffix) "(c.relname::text || '" suffix "')::name"

/*
 * What is rarely so, and takes more queries to be sure: a server that may be
 * read only; triggers or rules (1) and row-level security (2) of the tables.
 */
#define FIND_TRAITS                                                        \
	"(pg_is_in_recovery() "                                            \
	"OR current_setting('transaction_read_only') = 'on')::int, "       \
	"(SELECT pg_catalog.bit_or(CASE WHEN f.relhastriggers "            \
	"OR f.relhasrules THEN 1 ELSE 0 END | CASE WHEN f.relrowsecurity " \
	"AND f.relname <> " BESIDE(                                        \
	    "_log") " THEN 2 ELSE 0 END) "                                 \
		    "FROM pg_class f WHERE f.relnamespace = n.oid AND "    \
		    "f.relname IN "                                        \
		    "(c.relname, " BESIDE("_log") ", " BESIDE(             \
			"_journal") ")) "

/* The look at that: it would take as long to plan as a fifth of the rest. */
#define FIND_RARE                                                            \
	"SELECT " READ_ONLY ", EXISTS (SELECT FROM pg_class f "              \
	"WHERE f.relnamespace = n.oid AND f.relname IN (c.relname, " BESIDE( \
	    "_journal") ") AND (" HIDES "))::int "                           \
			"FROM pg_class c JOIN pg_namespace n ON n.oid = "    \
			"c.relnamespace "                                    \
			"WHERE n.nspname = $1 AND c.relname = $2"

/*
 * One row a column of the table; the table's own values in each.  A schema
 * that is named is looked up without to_regclass(), which fails where we have
 * no USAGE of it.
 */
#define FIND_TABLE                                                             \
	"SELECT CASE WHEN c.relkind = 'r' AND c.relpersistence <> 'p' "        \
	"THEN c.relpersistence ELSE c.relkind END, n.nspname, c.relname, "     \
	"pg_catalog.format('%I.%I', n.nspname, c.relname), "                   \
	"pg_catalog.quote_ident(pg_get_userbyid(c.relowner)), current_user, "  \
	"pg_has_role(c.relowner, 'USAGE')::int, " LACKS(                       \
	    "schema", "n", "USAGE", "1") " + " LACKS("table", "c", "SELECT",   \
	    "2") " + " LACKS("table", "c", "INSERT", "4") " + " LACKS("table", \
	    "c", "UPDATE", "8") " + " LACKS("table", "c", "DELETE",            \
	    "16") ", "                                                         \
		  "a.attname, format_type(a.atttypid, a.atttypmod), "          \
		  "a.attnotnull::int, "                                        \
		  "(a.atthasdef OR a.attidentity <> '')::int, "                \
		  "(a.attnum = ANY (ARRAY (SELECT i.indkey[0] "                \
		  "FROM pg_index i WHERE i.indrelid = c.oid "                  \
		  "AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 "  \
		  "AND i.indpred IS NULL)))::int, "                            \
		  "pg_catalog.quote_ident(current_user), "                     \
		  "pg_catalog.quote_ident(n.nspname), " FIND_TRAITS            \
		  "FROM pg_class c JOIN pg_namespace n ON n.oid = "            \
		  "c.relnamespace "                                            \
		  "LEFT JOIN pg_attribute a ON a.attrelid = c.oid "            \
		  "AND a.attnum > 0 AND NOT a.attisdropped "                   \
		  "WHERE c.oid = CASE WHEN $1::text IS NULL "                  \
		  "THEN to_regclass(pg_catalog.quote_ident($2))::oid ELSE "    \
		  "(SELECT t.oid FROM pg_class t JOIN pg_namespace s "         \
		  "ON s.oid = t.relnamespace WHERE s.nspname = $1 "            \
		  "AND t.relname = $2) END ORDER BY a.attnum"

/*
 * Where it would be made, and which other schema has one.  A visible one was
 * made since FIND_TABLE looked, by another runner.
 */
#define FIND_ABSENT                                                            \
	"SELECT s.name, $2::text, "                                            \
	"pg_catalog.quote_ident(s.name) || '.' || "                            \
	"pg_catalog.quote_ident($2), current_user, "                           \
	"coalesce(has_schema_privilege(n.oid, 'CREATE') "                      \
	"AND has_schema_privilege(n.oid, 'USAGE'), false)::int, "              \
	"e.nspname, "                                                          \
	"(n.oid IS NOT NULL)::int, pg_catalog.quote_ident(s.name), "           \
	"pg_catalog.quote_ident(current_user), " READ_ONLY ", e.lacks "        \
	"FROM (SELECT coalesce($1::text, (SELECT p.name::text FROM "           \
	"pg_catalog.unnest(current_schemas(false)) WITH ORDINALITY "           \
	"AS p(name, nr) WHERE p.name::text !~ '^pg_temp' ORDER BY p.nr "       \
	"LIMIT 1)) AS name) s "                                                \
	"LEFT JOIN pg_namespace n ON n.nspname = s.name "                      \
	"LEFT JOIN (SELECT o.nspname, " LACKS("schema", "o", "USAGE",          \
	    "1") " AS lacks FROM pg_class c "                                  \
		 "JOIN pg_namespace o ON o.oid = c.relnamespace "              \
		 "WHERE $1::text IS NULL AND c.relname = $2 "                  \
		 "AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "                 \
		 "AND NOT pg_table_is_visible(c.oid) "                         \
		 "AND o.nspname::text !~ '^pg_(toast|temp)' ORDER BY 1 LIMIT " \
		 "1) e "                                                       \
		 "ON true"

/*
 * A predefined role counts where somebody is a member.  Who may make triggers
 * can change what others write.
 */
#define UNTRUSTED                                                            \
	"SELECT r.rolname FROM pg_roles r WHERE NOT r.rolsuper "             \
	"AND EXISTS (SELECT FROM pg_roles WHERE rolsuper "                   \
	"AND rolname IN (current_user, session_user)) "                      \
	"AND (r.rolname::text !~ '^pg_' OR r.rolname = 'pg_database_owner' " \
	"OR EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles u "          \
	"ON u.oid = m.member WHERE m.roleid = r.oid AND NOT u.rolsuper)) "   \
	"AND (has_table_privilege(r.oid, $1::text::regclass, "               \
	"'INSERT, UPDATE, TRIGGER') "                                        \
	"OR has_any_column_privilege(r.oid, $1::text::regclass, "            \
	"'INSERT, UPDATE')) ORDER BY 1"

static const char *
catalogue_text(struct arena *a, const struct rows *rows, size_t row, size_t col)
{
	const char *s = rows_get(rows, row, col);

	return s == NULL ? NULL : arena_strdup(a, s);
}

static void
catalogue_column(struct arena *a, const struct rows *rows, size_t row,
    struct table_column *c)
{
	c->name = catalogue_text(a, rows, row, 8);
	c->type = catalogue_text(a, rows, row, 9);
	c->not_null = rows_number(rows, row, 10) != 0;
	c->has_default = rows_number(rows, row, 11) != 0;
	c->key = rows_number(rows, row, 12) != 0;
}

static enum table_kind
catalogue_kind(const char *relkind)
{
	switch (*relkind) {
	case 'r':
		return TABLE_PLAIN;
	case 'u':
		return TABLE_UNLOGGED;
	case 'v':
	case 'm':
		return TABLE_VIEW;
	default:
		return TABLE_OTHER;
	}
}

static void
catalogue_fill(
    struct arena *a, const struct rows *rows, struct table_info *info)
{
	size_t i;

	info->kind = catalogue_kind(rows_get(rows, 0, 0));
	info->schema = catalogue_text(a, rows, 0, 1);
	info->name = catalogue_text(a, rows, 0, 2);
	info->quoted = catalogue_text(a, rows, 0, 3);
	info->owner = catalogue_text(a, rows, 0, 4);
	info->user = catalogue_text(a, rows, 0, 5);
	info->user_quoted = catalogue_text(a, rows, 0, 13);
	info->may_alter = rows_number(rows, 0, 6) != 0;
	info->lacks = (unsigned)rows_number(rows, 0, 7);
	info->schema_quoted = catalogue_text(a, rows, 0, 14);
	info->fires = (rows_number(rows, 0, 16) & 1) != 0;
	info->columns =
	    arena_alloc(a, (rows->nrows + 1) * sizeof(*info->columns));
	for (i = 0; i < rows->nrows; i++)
		if (rows_get(rows, i, 8) != NULL)
			catalogue_column(
			    a, rows, i, &info->columns[info->ncolumns++]);
}

static int
catalogue_rare(
    struct db *db, struct arena *a, struct table_info *info, struct err *err)
{
	const char *params[] = {info->schema, info->name};
	struct rows rows;
	int r;

	rows_init(&rows);
	r = postgres_ask(postgres_of(db), &rows, err, FIND_RARE, 2, params);
	if (r == 0 && rows.nrows > 0) {
		info->read_only = catalogue_text(a, &rows, 0, 0);
		info->read_only_hint = catalogue_text(a, &rows, 0, 1);
		info->hides = rows_number(&rows, 0, 2) != 0;
	}
	rows_clear(&rows);
	return r;
}

static int
catalogue_absent(struct db *db, struct arena *a, const char *const *params,
    struct table_info *info, struct err *err)
{
	struct rows rows;
	int r;

	rows_init(&rows);
	r = postgres_ask(postgres_of(db), &rows, err, FIND_ABSENT, 2, params);
	if (r == 0) {
		info->kind = TABLE_ABSENT;
		info->schema = catalogue_text(a, &rows, 0, 0);
		info->name = catalogue_text(a, &rows, 0, 1);
		info->quoted = catalogue_text(a, &rows, 0, 2);
		info->user = catalogue_text(a, &rows, 0, 3);
		info->may_create = rows_number(&rows, 0, 4) != 0;
		info->elsewhere = catalogue_text(a, &rows, 0, 5);
		info->no_schema = rows_number(&rows, 0, 6) == 0;
		info->schema_quoted = catalogue_text(a, &rows, 0, 7);
		info->user_quoted = catalogue_text(a, &rows, 0, 8);
		info->read_only = catalogue_text(a, &rows, 0, 9);
		info->read_only_hint = catalogue_text(a, &rows, 0, 10);
		info->lacks = (unsigned)rows_number(&rows, 0, 11);
	}
	rows_clear(&rows);
	return r;
}

int
postgres_find_table(struct db *db, struct arena *a, const char *schema,
    const char *name, struct table_info *info, struct err *err)
{
	const char *params[] = {schema, name};
	struct rows rows;
	int r;

	memset(info, 0, sizeof(*info));
	rows_init(&rows);
	r = postgres_ask(postgres_of(db), &rows, err, FIND_TABLE, 2, params);
	if (r == 0 && rows.nrows > 0) {
		catalogue_fill(a, &rows, info);
		if (rows_number(&rows, 0, 15) != 0 ||
		    (rows_number(&rows, 0, 16) & 2) != 0)
			r = catalogue_rare(db, a, info, err);
	} else if (r == 0) {
		r = catalogue_absent(db, a, params, info, err);
	}
	rows_clear(&rows);
	return r;
}

void
postgres_quote_name(struct db *db, struct buf *b, const char *name)
{
	postgres_add_name(postgres_of(db)->conn, b, name);
}

void
postgres_add_name(PGconn *conn, struct buf *b, const char *name)
{
	char *q = libpq.PQescapeIdentifier(conn, name, strlen(name));

	/* It fails only on text that is not valid in UTF-8. */
	buf_adds(b, q == NULL ? "\"\"" : q);
	libpq.PQfreemem(q);
}

void
postgres_quote_text(struct db *db, struct buf *b, const char *text)
{
	char *q =
	    libpq.PQescapeLiteral(postgres_of(db)->conn, text, strlen(text));

	buf_adds(b, q == NULL ? "''" : q);
	libpq.PQfreemem(q);
}

int
postgres_untrusted(
    struct db *db, const char *table, struct rows *rows, struct err *err)
{
	return postgres_ask(postgres_of(db), rows, err, UNTRUSTED, 1, &table);
}
