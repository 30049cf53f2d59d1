/*
 * The PostgreSQL engine's databases for trials.
 *
 * One carries a mark as its comment, with the session that made it: its pid
 * and when it began, which no later session shares.  By that mark and its name,
 * and where that session is gone, the next run drops what a killed one has
 * left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/postgres_address.h"
#include "engine/postgres_int.h"

#define SCRATCH_NAME "sqlmigrate_scratch_"
#define SCRATCH_MARK "sqlmigrate scratch database of session "

/* Sessions of other roles show no time; their pid alone keeps it then. */
#define SCRATCH_LEFT                                                           \
	"SELECT d.datname FROM pg_database d, "                                \
	"regexp_split_to_array(shobj_description(d.oid, 'pg_database'), ' ') " \
	"AS w "                                                                \
	"WHERE shobj_description(d.oid, 'pg_database') LIKE '" SCRATCH_MARK    \
	"%' AND starts_with(d.datname, '" SCRATCH_NAME "') "                   \
	"AND pg_has_role(d.datdba, 'USAGE') "                                  \
	"AND NOT EXISTS (SELECT FROM pg_stat_activity a "                      \
	"WHERE a.pid::text = w[6] AND (a.backend_start IS NULL "               \
	"OR extract(epoch FROM a.backend_start)::text = w[7]))"

#define SCRATCH_SESSION                                                   \
	"SELECT pg_catalog.format('" SCRATCH_MARK "%s %s', pid, "         \
	"extract(epoch FROM backend_start)::text) FROM pg_stat_activity " \
	"WHERE pid = pg_backend_pid()"

/*
 * How many sessions a trial has: the one that reads the database that it is
 * like, the one that creates and drops the scratch database, and two in that.
 */
#define SCRATCH_SESSIONS 4

/* The first two are in the same database, if that is on the same server. */
#define SCRATCH_MAY                                                        \
	"SELECT least(CASE WHEN rolconnlimit >= 0 THEN rolconnlimit END, " \
	"CASE WHEN datconnlimit >= 0 THEN datconnlimit + 2 END) "          \
	"FROM pg_roles, pg_database WHERE rolname = session_user "         \
	"AND NOT rolsuper AND datname = current_database()"

/* What CREATE DATABASE is to say, by version: a column that came later. */
struct scratch_clause {
	int since, before; /* server versions; before 0: all later ones */
	const char *words;
	const char *column;
};

static const struct scratch_clause scratch_clauses[] = {
    {0, 0, "ENCODING", "pg_encoding_to_char(encoding)"},
    {0, 0, "LC_COLLATE", "datcollate"},
    {0, 0, "LC_CTYPE", "datctype"},
    {150000, 0, "LOCALE_PROVIDER",
	"CASE datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' "
	"ELSE 'libc' END"},
    {150000, 170000, "ICU_LOCALE", "daticulocale"},
    {160000, 0, "ICU_RULES", "daticurules"},
    {170000, 0, "ICU_LOCALE",
	"CASE datlocprovider WHEN 'i' THEN datlocale END"},
    {170000, 0, "BUILTIN_LOCALE",
	"CASE datlocprovider WHEN 'b' THEN datlocale END"},
};

#define SCRATCH_CLAUSES (sizeof(scratch_clauses) / sizeof(scratch_clauses[0]))

struct postgres_scratch {
	struct scratch scratch;
	struct db *server; /* to drop it with, and whose life is its own */
	char *name;
	char *create; /* the statement */
	char *mark;   /* the comment, a quoted literal */
	struct rows settings;
	bool made;
};

static struct postgres_scratch *
scratch_of(struct scratch *s)
{
	return (struct postgres_scratch *)(void *)s;
}

static int
scratch_drop(struct db *server, const char *name, struct err *err)
{
	bool force = libpq.PQserverVersion(postgres_of(server)->conn) >= 130000;
	struct buf b;
	int r;

	buf_init(&b, BUF_LINE);
	buf_adds(&b, "DROP DATABASE IF EXISTS ");
	postgres_quote_name(server, &b, name);
	buf_adds(&b, force ? " WITH (FORCE)" : "");
	r = db_query(server, NULL, err, buf_str(&b), 0, NULL);
	buf_clear(&b);
	return r;
}

/* What cannot be dropped is left to a later run. */
static int
scratch_sweep(struct db *server, struct err *err)
{
	struct err ignored = ERR_INIT;
	struct rows rows;
	size_t i;
	int r;

	rows_init(&rows);
	r = db_query(server, &rows, err, SCRATCH_LEFT, 0, NULL);
	for (i = 0; r == 0 && i < rows.nrows; i++) {
		if (scratch_drop(server, rows_get(&rows, i, 0), &ignored) < 0)
			server->engine->rollback(server);
		err_clear(&ignored);
	}
	rows_clear(&rows);
	return r;
}

/* The columns of pg_database that both servers know by the same words. */
static void
scratch_select(struct buf *b, int version)
{
	const struct scratch_clause *c;
	size_t i;

	buf_adds(b, "SELECT ");
	for (i = 0; i < SCRATCH_CLAUSES; i++) {
		c = &scratch_clauses[i];
		buf_addf(b, "%s%s", i == 0 ? "" : ", ",
		    version < c->since ||
			    (c->before != 0 && version >= c->before)
			? "NULL"
			: c->column);
	}
	buf_adds(b, " FROM pg_database WHERE datname = current_database()");
}

/* CREATE DATABASE, with the encoding and the locale of the other's. */
static int
scratch_statement(struct postgres_scratch *s, struct db *like, struct err *err)
{
	const char *value;
	struct rows rows;
	struct buf b;
	size_t i;
	int r;

	rows_init(&rows);
	buf_init(&b, BUF_LINE);
	scratch_select(&b, libpq.PQserverVersion(postgres_of(like)->conn));
	r = db_query(like, &rows, err, buf_str(&b), 0, NULL);
	buf_reset(&b);
	buf_adds(&b, "CREATE DATABASE ");
	postgres_quote_name(s->server, &b, s->name);
	buf_adds(&b, " TEMPLATE template0");
	for (i = 0; i < SCRATCH_CLAUSES; i++) {
		value = rows_get(&rows, 0, i);
		if (value == NULL)
			continue;
		buf_addf(&b, " %s ", scratch_clauses[i].words);
		postgres_quote_text(s->server, &b, value);
	}
	rows_clear(&rows);
	s->create = buf_take(&b);
	return r;
}

static bool
scratch_may_idle_out(struct postgres_scratch *s)
{
	return libpq.PQserverVersion(postgres_of(s->server)->conn) >= 140000;
}

/* One session waits for as long as a migration takes on the other. */
static int
scratch_stay(struct postgres_scratch *s, struct err *err)
{
	if (!scratch_may_idle_out(s))
		return 0;
	return db_query(
	    s->server, NULL, err, "SET idle_session_timeout = 0", 0, NULL);
}

/* Nothing in it is to outlive a crash. */
static void
scratch_options(struct postgres_scratch *s, struct buf *b, const char *given)
{
	struct buf all;

	buf_init(&all, BUF_LINE);
	buf_addf(&all, "%s -c synchronous_commit=off%s",
	    given == NULL ? "" : given,
	    scratch_may_idle_out(s) ? " -c idle_session_timeout=0" : "");
	address_pair(b, "options", buf_str(&all));
	buf_clear(&all);
}

/* A password file may know the other database alone. */
static void
scratch_password(struct postgres_scratch *s, struct buf *b)
{
	const char *pass = libpq.PQpass(postgres_of(s->server)->conn);

	if (pass != NULL && *pass != '\0')
		address_pair(b, "password", pass);
}

/* The address of the server, and in it the new database. */
static int
scratch_address(
    struct postgres_scratch *s, const struct target *near, struct err *err)
{
	struct target *t = &s->scratch.target;
	PQconninfoOption *all = address_of(postgres_of(s->server)->conn, err);
	PQconninfoOption *o;
	struct buf b;

	if (all == NULL)
		return err->code;
	buf_init(&b, BUF_LINE);
	for (o = all; o->keyword != NULL; o++) {
		if (strcmp(o->keyword, "dbname") == 0)
			address_pair(&b, o->keyword, s->name);
		else if (strcmp(o->keyword, "password") == 0)
			scratch_password(s, &b);
		else if (strcmp(o->keyword, "options") == 0)
			scratch_options(s, &b, o->val);
		else if (o->val != NULL && *o->val != '\0')
			address_pair(&b, o->keyword, o->val);
	}
	libpq.PQconninfoFree(all);
	*t = (struct target){.engine = near->engine,
	    .address = buf_take(&b),
	    .shown = mem_strdup(s->name),
	    .source = mem_strdup(near->source)};
	return 0;
}

static int
scratch_mark(struct postgres_scratch *s, struct err *err)
{
	const char *text;
	struct rows rows;
	struct buf b;
	int r;

	rows_init(&rows);
	r = db_query(s->server, &rows, err, SCRATCH_SESSION, 0, NULL);
	text = rows_get(&rows, 0, 0);
	buf_init(&b, BUF_LINE);
	postgres_quote_text(s->server, &b, text == NULL ? "" : text);
	s->mark = buf_take(&b);
	rows_clear(&rows);
	return r;
}

static int
scratch_create(struct postgres_scratch *s, struct err *err)
{
	struct buf b;
	int r;

	r = db_query(s->server, NULL, err, s->create, 0, NULL);
	if (r < 0) {
		err_hint(err, "%s",
		    strcmp(err->sqlstate, SQLSTATE_DENIED) == 0
			? "Trials need a role that may create databases (ALTER "
			  "ROLE ... CREATEDB); --scratch URL names a server "
			  "where it may."
			: "Trials need a database of their own; --scratch URL "
			  "names a server where it can be made.");
		return r;
	}
	s->made = true;
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "COMMENT ON DATABASE ");
	postgres_quote_name(s->server, &b, s->name);
	buf_addf(&b, " IS %s", s->mark);
	r = db_query(s->server, NULL, err, buf_str(&b), 0, NULL);
	buf_clear(&b);
	return r < 0
	    ? r
	    : postgres_settings_write(s->server, s->name, &s->settings, err);
}

/* Two servers do not start in the same microsecond. */
static int
scratch_is_elsewhere(
    struct postgres_scratch *s, struct db *like, struct err *err)
{
	static const char started[] = "SELECT extract(epoch FROM "
				      "pg_postmaster_start_time())";
	struct rows ours, theirs;
	int r;

	rows_init(&ours);
	rows_init(&theirs);
	r = db_query(s->server, &ours, err, started, 0, NULL);
	if (r == 0)
		r = db_query(like, &theirs, err, started, 0, NULL);
	s->scratch.elsewhere = r == 0 &&
	    strcmp(rows_get(&ours, 0, 0), rows_get(&theirs, 0, 0)) != 0;
	rows_clear(&ours);
	rows_clear(&theirs);
	return r;
}

/* Whether the role and the database may have as many sessions as it needs. */
static bool
scratch_is_cramped(struct db *like)
{
	struct err ignored = ERR_INIT;
	bool cramped = false;
	struct rows rows;

	if (like == NULL)
		return false;
	rows_init(&rows);
	if (db_query(like, &rows, &ignored, SCRATCH_MAY, 0, NULL) < 0)
		like->engine->rollback(like);
	else
		cramped = rows_get(&rows, 0, 0) != NULL &&
		    rows_number(&rows, 0, 0) < SCRATCH_SESSIONS;
	err_clear(&ignored);
	rows_clear(&rows);
	return cramped;
}

static int
scratch_refuse_cramped(struct err *err)
{
	err_clear(err);
	err_set(err, ERR_CONNECTION,
	    "cannot create a scratch database: a trial needs %d connections "
	    "at the same time",
	    SCRATCH_SESSIONS);
	err_detail(err,
	    "The CONNECTION LIMIT of the role or of the database is lower.");
	err_hint(err,
	    "Raise the limit, or use a server without it with --scratch URL.");
	return ERR_CONNECTION;
}

/*
 * The server's own session.  If there will never be enough of them, waiting
 * for a free one would not help.
 */
static int
scratch_connect(struct postgres_scratch *s, const struct target *near,
    const struct db_options *o, struct db *like, struct err *err)
{
	struct db_options once = *o;
	bool cramped = scratch_is_cramped(like);
	int r;

	if (cramped)
		once.lock_wait_ms = 0;
	r = near->engine->open(&s->server, near, &once, err);
	if (r < 0)
		return cramped && err != NULL &&
			strstr(err->message, "too many connections") != NULL
		    ? scratch_refuse_cramped(err)
		    : r;
	r = postgres_refuse_pooler(postgres_of(s->server),
	    "cannot create a scratch database", " or --scratch URL", err);
	if (r == 0 && like != NULL)
		r = scratch_is_elsewhere(s, like, err);
	return r == 0 && cramped && !s->scratch.elsewhere
	    ? scratch_refuse_cramped(err)
	    : r;
}

static int
scratch_prepare(struct postgres_scratch *s, const struct target *near,
    struct db *like, struct err *err)
{
	char name[64];
	int r;

	snprintf(name, sizeof(name), SCRATCH_NAME "%d_%llx",
	    libpq.PQbackendPID(postgres_of(s->server)->conn),
	    (unsigned long long)clock_ms());
	s->name = mem_strdup(name);
	r = scratch_stay(s, err);
	if (r == 0)
		r = scratch_sweep(s->server, err);
	if (r == 0)
		r = scratch_address(s, near, err);
	if (r == 0)
		r = scratch_mark(s, err);
	if (r == 0)
		r = scratch_statement(s, like, err);
	if (r == 0)
		r = postgres_settings_read(like, &s->settings, err);
	return r == 0 ? scratch_create(s, err) : r;
}

int
postgres_scratch_open(struct scratch **out, const struct target *near,
    const struct db_options *o, struct db *like, struct err *err)
{
	struct postgres_scratch *s = mem_calloc(1, sizeof(*s));
	struct err left = ERR_INIT;
	int r;

	rows_init(&s->settings);
	r = scratch_connect(s, near, o, like, err);
	if (r == 0)
		r = scratch_prepare(
		    s, near, like == NULL ? s->server : like, err);
	if (r < 0) {
		if (postgres_scratch_close(&s->scratch, &left) < 0)
			err_detail(err, "%s.", left.message);
		err_clear(&left);
		return r;
	}
	*out = &s->scratch;
	return 0;
}

int
postgres_scratch_reset(struct scratch *scratch, struct err *err)
{
	struct postgres_scratch *s = scratch_of(scratch);
	int r;

	r = scratch_drop(s->server, s->name, err);
	return r < 0 ? r : scratch_create(s, err);
}

int
postgres_scratch_close(struct scratch *scratch, struct err *err)
{
	struct postgres_scratch *s = scratch_of(scratch);
	struct err failure = ERR_INIT;
	int r = 0;

	if (scratch == NULL)
		return 0;
	if (s->made) {
		s->server->engine->rollback(s->server);
		r = scratch_drop(s->server, s->name, &failure);
	}
	if (r < 0)
		err_set(err, r, "the scratch database %s is left: %s", s->name,
		    failure.message);
	err_clear(&failure);
	if (s->server != NULL)
		s->server->engine->close(s->server);
	target_clear(&scratch->target);
	free(s->name);
	free(s->create);
	free(s->mark);
	rows_clear(&s->settings);
	free(s);
	return r;
}
