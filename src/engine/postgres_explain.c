/*
 * What the PostgreSQL server can still tell of a migration's statement that
 * failed, once it is rolled back: which limit was reached and who set it, what
 * is read-only, which right is missing, and what helps.
 *
 * The messages that name an object are read as the server has them in
 * English; in another language there is no such advice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/postgres_int.h"

void
postgres_watch_settings(struct postgres *pg, const struct query *q)
{
	static const struct {
		const char *word;
		enum file_setting setting;
	} words[] = {{"lock_timeout", FILE_LOCK_TIMEOUT},
	    {"statement_timeout", FILE_STATEMENT_TIMEOUT},
	    {"read_only", FILE_READ_ONLY}, {"read only", FILE_READ_ONLY},
	    {"role", FILE_ROLE}, {"authorization", FILE_ROLE}};
	size_t i;

	if (q->place.file == NULL)
		return;
	if (q->place.file != pg->file)
		memset(pg->file_lines, 0, sizeof(pg->file_lines));
	pg->file = q->place.file;
	if (strncasecmp(q->sql, "set", 3) != 0)
		return;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (pg->file_lines[words[i].setting] == 0 &&
		    strcasestr(q->sql, words[i].word) != NULL)
			pg->file_lines[words[i].setting] = q->place.line;
}

/* What stands behind the statement was only sent ahead. */
static uint64_t
explain_line(
    const struct postgres *pg, enum file_setting setting, const struct err *err)
{
	uint64_t line = pg->file_lines[setting];

	return line <= err->place.line ? line : 0;
}

/* One row, in which the file's own session state counts for nothing. */
static bool
explain_ask(
    struct postgres *pg, struct rows *rows, const char *sql, const char *about)
{
	struct err ignored = ERR_INIT;
	int r;

	r = db_query(&pg->db, rows, &ignored, sql, 1, &about);
	if (r < 0)
		postgres_rollback(&pg->db);
	err_clear(&ignored);
	return r == 0 && rows->nrows > 0;
}

/* A limit in the form of PostgreSQL's own settings. */
struct limit {
	const char *setting;
	int64_t ms; /* as the runner has set it, or 0 */
	const char *from;
	uint64_t directive; /* its line, where that has set it, or 0 */
	uint64_t line;      /* where a statement of the file sets it, or 0 */
	const char *longer;
};

/* A directive comes before the option. */
static void
explain_limit_of_directive(
    const struct limit *l, const char *value, struct err *err)
{
	err_detail(err, "The limit was %s = %s, from %s in line %llu.",
	    l->setting, value, l->from, (unsigned long long)l->directive);
	err_hint(err,
	    "Set a longer one in that line, which comes before the option.");
}

static void
explain_limit_of_ours(const struct limit *l, struct err *err)
{
	bool seconds = l->ms % 1000 == 0;
	char value[24];

	snprintf(value, sizeof(value), "%lld%s",
	    (long long)(seconds ? l->ms / 1000 : l->ms), seconds ? "s" : "ms");
	if (l->directive > 0) {
		explain_limit_of_directive(l, value, err);
		return;
	}
	err_detail(
	    err, "The limit was %s = %s, from %s.", l->setting, value, l->from);
	err_hint(err, "%s", l->longer);
}

static void
explain_limit_of_server(
    struct postgres *pg, const struct limit *l, struct err *err)
{
	static const char sql[] =
	    "SELECT current_setting(name), "
	    "CASE source WHEN 'client' THEN "
	    "'the address or PGOPTIONS' "
	    "ELSE pg_catalog.format('ALTER %s SET', " PG_SETTING_SCOPE
	    ") END FROM pg_settings WHERE name = $1";
	const char *from;
	struct rows rows;

	rows_init(&rows);
	if (explain_ask(pg, &rows, sql, l->setting)) {
		from = rows_get(&rows, 0, 1);
		err_detail(err, "The limit is %s = %s, from %s.", l->setting,
		    rows_get(&rows, 0, 0), from);
		if (strncmp(from, "ALTER ", 6) == 0)
			err_hint(err, "%s Or run: %s %s = '...';", l->longer,
			    from, l->setting);
		else
			err_hint(err, "%s", l->longer);
	}
	rows_clear(&rows);
}

static void
explain_limit(struct postgres *pg, const struct limit *l, struct err *err)
{
	if (l->line > 0) {
		err_detail(err, "The file itself sets %s, in line %llu.",
		    l->setting, (unsigned long long)l->line);
		err_hint(err, "Set a longer one there.");
	} else if (l->ms > 0 && l->from != NULL) {
		explain_limit_of_ours(l, err);
	} else {
		explain_limit_of_server(pg, l, err);
	}
}

static void
explain_lock(struct postgres *pg, const struct tx *tx, struct err *err)
{
	const struct limit limit = {.setting = "lock_timeout",
	    .ms = tx->lock_timeout_ms,
	    .from = tx->lock_timeout_from,
	    .directive = tx->lock_timeout_line,
	    .line = explain_line(pg, FILE_LOCK_TIMEOUT, err),
	    .longer = "Wait until who holds locks has ended, or give a "
		      "longer --lock-timeout or more --lock-retries."};

	/* Not of a NOWAIT. */
	if (pg->interrupted)
		explain_limit(pg, &limit, err);
}

static void
explain_statement(struct postgres *pg, const struct tx *tx, struct err *err)
{
	const struct limit limit = {.setting = "statement_timeout",
	    .ms = tx->statement_timeout_ms,
	    .from = tx->statement_timeout_from,
	    .directive = tx->statement_timeout_line,
	    .line = explain_line(pg, FILE_STATEMENT_TIMEOUT, err),
	    .longer = "Give a longer --statement-timeout, or the file a "
		      "directive statement-timeout."};

	/* Not of pg_cancel_backend(). */
	if (strstr(err->message, "statement timeout") != NULL)
		explain_limit(pg, &limit, err);
}

static void
explain_read_only(struct postgres *pg, const struct tx *tx, struct err *err)
{
	uint64_t line = explain_line(pg, FILE_READ_ONLY, err);
	struct rows rows;

	if (strcasestr(tx->modes, "read only") != NULL || line > 0) {
		if (line > 0)
			err_detail(err,
			    "The file itself makes it read-only, in line "
			    "%llu.",
			    (unsigned long long)line);
		else
			err_detail(err,
			    "The file itself asks for a transaction that is "
			    "READ ONLY.");
		err_hint(err, "Take that out of the file.");
		return;
	}
	rows_init(&rows);
	if (explain_ask(pg, &rows, postgres_read_only, NULL) &&
	    rows_get(&rows, 0, 0) != NULL) {
		err_detail(err, "The reason: %s.", rows_get(&rows, 0, 0));
		err_hint(err, "%s", rows_get(&rows, 0, 1));
	}
	rows_clear(&rows);
}

/* The rights that are missing: of a schema, of a table or a sequence. */
#define LACKS(function, right)                                      \
	"CASE WHEN NOT has_" function "_privilege(o, '" right "') " \
	"THEN '" right "' END"
#define LACKS_SCHEMA                                                       \
	"pg_catalog.concat_ws(', ', " LACKS("schema", "USAGE") ", " LACKS( \
	    "schema", "CREATE") ")"
#define LACKS_TABLE                                                        \
	"pg_catalog.concat_ws(', ', " LACKS("table", "SELECT") ", " LACKS( \
	    "table", "INSERT") ", " LACKS("table",                         \
	    "UPDATE") ", " LACKS("table", "DELETE") ")"
#define LACKS_SEQUENCE                                                       \
	"pg_catalog.concat_ws(', ', " LACKS("sequence", "USAGE") ", " LACKS( \
	    "sequence", "SELECT") ", " LACKS("sequence", "UPDATE") ")"

#define GRANT_SCHEMA                                                           \
	"SELECT pg_catalog.format('As %s run: GRANT %s ON SCHEMA %I TO "       \
	"%I;', " PG_OWNER(                                                     \
	    "nspowner") ", " LACKS_SCHEMA ", nspname, current_user) "          \
			"FROM pg_namespace, LATERAL (SELECT pg_namespace.oid " \
			"AS o) AS k "                                          \
			"WHERE nspname = $1 AND " LACKS_SCHEMA " <> ''"

/* Of several tables of that name, the one that is found without a schema. */
#define NAMED                                                            \
	"(SELECT c.oid AS o, c.*, n.nspname, count(*) OVER () AS many "  \
	"FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace " \
	"WHERE c.relname = $1 AND n.nspname::text !~ '^pg_toast') AS c " \
	"WHERE (many = 1 OR pg_table_is_visible(o))"

#define GRANT_TABLE                                                         \
	"SELECT pg_catalog.format('As %s run: GRANT %s ON %s%I.%I TO "      \
	"%I;', " PG_OWNER(                                                  \
	    "relowner") ", lacks, "                                         \
			"CASE WHEN relkind = 'S' THEN 'SEQUENCE ' ELSE '' " \
			"END, "                                             \
			"nspname, relname, current_user) FROM (SELECT *, "  \
			"CASE WHEN relkind = 'S' THEN " LACKS_SEQUENCE      \
			" ELSE " LACKS_TABLE " END AS lacks FROM " NAMED    \
			") AS t WHERE lacks <> ''"

/*
 * Who owns it; what gives it away; whether its owner's role may be taken on,
 * 2 where nobody should be given it.
 */
#define OWNED_TABLE                                                          \
	"SELECT pg_catalog.quote_ident(pg_get_userbyid(relowner)), "         \
	"pg_catalog.format('ALTER %s %I.%I OWNER TO %I;', CASE relkind "     \
	"WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' "            \
	"WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' "            \
	"ELSE 'TABLE' END, nspname, relname, current_user), " PG_TAKES_ROLE( \
	    "relowner") ", pg_catalog.quote_ident(current_user) FROM " NAMED

#define OWNED_SCHEMA                                                           \
	"SELECT " PG_OWNER(                                                    \
	    "nspowner") ", "                                                   \
			"pg_catalog.format('ALTER SCHEMA %I OWNER TO %I;', "   \
			"nspname, "                                            \
			"current_user), " PG_TAKES_ROLE(                       \
			    "nspowner") ", "                                   \
					"pg_catalog.quote_ident(current_user)" \
					" "                                    \
					"FROM pg_namespace WHERE nspname = $1"

static void
explain_grant(
    struct postgres *pg, const char *sql, const char *name, struct err *err)
{
	struct rows rows;

	rows_init(&rows);
	if (explain_ask(pg, &rows, sql, name))
		err_hint(err, "%s", rows_get(&rows, 0, 0));
	rows_clear(&rows);
}

static void
explain_owner(
    struct postgres *pg, const char *sql, const char *name, struct err *err)
{
	const char *owner, *alter, *user;
	struct rows rows;

	rows_init(&rows);
	if (explain_ask(pg, &rows, sql, name)) {
		owner = rows_get(&rows, 0, 0);
		alter = rows_get(&rows, 0, 1);
		user = rows_get(&rows, 0, 3);
		err_detail(err, "It belongs to %s.", owner);
		if (rows_number(&rows, 0, 2) == 1)
			err_hint(err,
			    "Put SET ROLE %s; before it in the file, or as "
			    "%s run: %s",
			    owner, owner, alter);
		else if (rows_number(&rows, 0, 2) == 2)
			err_hint(err, "As %s run: %s", owner, alter);
		else
			err_hint(err,
			    "As %s run: %s or GRANT %s TO %s; and put SET "
			    "ROLE %s; before it in the file.",
			    owner, alter, owner, user, owner);
	}
	rows_clear(&rows);
}

static void
explain_rights(struct postgres *pg, const struct tx *tx, struct err *err)
{
	static const struct {
		const char *message;
		void (*explain)(struct postgres *, const char *sql,
		    const char *name, struct err *);
		const char *sql;
	} messages[] = {
	    {"permission denied for schema ", explain_grant, GRANT_SCHEMA},
	    {"permission denied for table ", explain_grant, GRANT_TABLE},
	    {"permission denied for view ", explain_grant, GRANT_TABLE},
	    {"permission denied for sequence ", explain_grant, GRANT_TABLE},
	    {"must be owner of table ", explain_owner, OWNED_TABLE},
	    {"must be owner of view ", explain_owner, OWNED_TABLE},
	    {"must be owner of materialized view ", explain_owner, OWNED_TABLE},
	    {"must be owner of sequence ", explain_owner, OWNED_TABLE},
	    {"must be owner of foreign table ", explain_owner, OWNED_TABLE},
	    {"must be owner of schema ", explain_owner, OWNED_SCHEMA},
	};
	size_t i, n;

	(void)tx;
	/* Another user's rights are gone with the role that the file set. */
	if (explain_line(pg, FILE_ROLE, err) > 0)
		return;
	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		n = strlen(messages[i].message);
		if (strncmp(err->message, messages[i].message, n) == 0)
			messages[i].explain(
			    pg, messages[i].sql, err->message + n, err);
	}
}

/*
 * What the file asks for cannot be had in the transaction that it runs in.
 * A file without one is patient; the block in it that failed is its own.
 */
static void
explain_outside(struct postgres *pg, const struct tx *tx, struct err *err)
{
	(void)pg;
	if (!tx->patient)
		err_hint(err,
		    "A DO or CALL that commits can do so only without a "
		    "transaction: put the line \"-- sqlmigrate: "
		    "no-transaction\" at the top of the file.");
}

/* A statement that only the server knows to be one of these. */
static void
explain_inside(struct postgres *pg, const struct tx *tx, struct err *err)
{
	(void)pg;
	if (!tx->patient &&
	    strstr(err->message, "inside a transaction block") != NULL)
		err_hint(err,
		    "Move the statement into a migration of its own, with the "
		    "line \"-- sqlmigrate: no-transaction\" at the top of the "
		    "file.");
}

/* The server's own hint does not say how. */
static void
explain_enum(struct postgres *pg, const struct tx *tx, struct err *err)
{
	(void)pg;
	if (tx->patient)
		return;
	err_forget_hint(err);
	err_hint(err,
	    "New enum values must be committed before they can be used: put "
	    "the ALTER TYPE into a migration of its own, which is committed "
	    "before this one.");
}

/* A variable of psql reaches the server as it was written. */
static void
explain_syntax(struct postgres *pg, const struct tx *tx, struct err *err)
{
	static const char colon[] = "syntax error at or near \":\"";

	(void)pg;
	(void)tx;
	if (strncmp(err->message, colon, sizeof(colon) - 1) == 0)
		err_hint(err,
		    "If this is a variable of psql, as in :name, write the "
		    "value there.");
}

void
postgres_explain(struct db *db, const struct tx *tx, struct err *err)
{
	static const struct {
		const char *state;
		void (*explain)(
		    struct postgres *, const struct tx *, struct err *);
	} states[] = {
	    {"55P03", explain_lock},      /* lock_not_available */
	    {"57014", explain_statement}, /* query_canceled */
	    {"25006", explain_read_only}, /* read_only_sql_transaction */
	    {"25001", explain_inside},    /* active_sql_transaction */
	    {"2D000", explain_outside},   /* invalid_transaction_termination */
	    {"55P04", explain_enum},      /* unsafe_new_enum_value_usage */
	    {"42601", explain_syntax},    /* syntax_error */
	    {SQLSTATE_DENIED, explain_rights},
	};
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(err->sqlstate, states[i].state) == 0)
			states[i].explain(postgres_of(db), tx, err);
}
