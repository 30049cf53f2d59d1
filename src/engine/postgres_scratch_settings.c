/*
 * The settings of a database, for the one for trials that is to be like it:
 * what ALTER DATABASE and ALTER ROLE ... IN DATABASE have set for sessions of
 * the role that connects.
 */
#include <string.h>

#include "base/text.h"
#include "engine/postgres_int.h"

/* The role's own come after those of the database, and win in a session. */
#define SETTINGS_READ                                                   \
	"SELECT split_part(c, '=', 1), substr(c, strpos(c, '=') + 1), " \
	"(setrole <> 0)::int FROM pg_catalog.pg_db_role_setting, "      \
	"unnest(setconfig) AS c WHERE setdatabase = (SELECT oid FROM "  \
	"pg_catalog.pg_database WHERE datname = current_database()) "   \
	"AND c NOT LIKE 'default_transaction_read_only=%' "             \
	"AND setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles "      \
	"WHERE rolname = session_user)) ORDER BY setrole, c"

/*
 * Lists of names: the stored text is the list, and a literal would be one
 * name (variable_is_guc_list_quote() of the server's sources).
 */
static bool
settings_is_list(const char *name)
{
	static const char *const lists[] = {"search_path", "temp_tablespaces",
	    "local_preload_libraries", "session_preload_libraries"};
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strcmp(name, lists[i]) == 0)
			return true;
	return false;
}

int
postgres_settings_read(struct db *like, struct rows *rows, struct err *err)
{
	return postgres_ask(
	    postgres_of(like), rows, err, SETTINGS_READ, 0, NULL);
}

/* Parts of a name such as app.tenant are quoted each. */
static void
settings_add_name(struct db *server, struct buf *b, const char *name)
{
	const char *dot;
	struct buf part;

	buf_init(&part, BUF_LINE);
	while ((dot = strchr(name, '.')) != NULL) {
		buf_reset(&part);
		buf_add(&part, name, (size_t)(dot - name));
		postgres_quote_name(server, b, buf_str(&part));
		buf_addc(b, '.');
		name = dot + 1;
	}
	postgres_quote_name(server, b, name);
	buf_clear(&part);
}

/* FROM CURRENT stores a list as it was given to set_config(). */
static int
settings_apply(struct db *server, const char *database, const struct rows *rows,
    size_t i, struct err *err)
{
	const char *params[] = {rows_get(rows, i, 0), rows_get(rows, i, 1)};
	bool list = settings_is_list(params[0]);
	struct buf b;
	int r = 0;

	buf_init(&b, BUF_TEXT);
	if (rows_number(rows, i, 2) != 0)
		buf_adds(&b, "ALTER ROLE SESSION_USER IN DATABASE ");
	else
		buf_adds(&b, "ALTER DATABASE ");
	postgres_quote_name(server, &b, database);
	buf_adds(&b, " SET ");
	settings_add_name(server, &b, params[0]);
	if (list) {
		buf_adds(&b, " FROM CURRENT");
		r = db_query(server, NULL, err,
		    "SELECT pg_catalog.set_config($1, $2, false)", 2, params);
	} else {
		buf_adds(&b, " TO ");
		postgres_quote_text(server, &b, params[1]);
	}
	if (r == 0)
		r = db_query(server, NULL, err, buf_str(&b), 0, NULL);
	buf_reset(&b);
	buf_adds(&b, "RESET ");
	settings_add_name(server, &b, params[0]);
	if (r == 0 && list)
		r = db_query(server, NULL, err, buf_str(&b), 0, NULL);
	buf_clear(&b);
	return r;
}

int
postgres_settings_write(struct db *server, const char *database,
    const struct rows *rows, struct err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < rows->nrows; i++) {
		r = settings_apply(server, database, rows, i, err);
		/* Not every role may set it, nor every server know it. */
		if (r < 0 && *err->sqlstate != '\0') {
			server->engine->rollback(server);
			err_clear(err);
			r = 0;
		}
	}
	return r;
}
