/* What the history's tables look like, and what a strange one looks like. */
#include <string.h>
#include <strings.h>

#include "migration/history_int.h"

const struct column history_columns[] = {
    {"version", COLUMN_VERSION, " NOT NULL PRIMARY KEY"},
    {"applied_at", COLUMN_STAMP, ""},
    {"description", COLUMN_TEXT, ""},
    {"number", COLUMN_INTEGER, ""},
    {"name", COLUMN_TEXT, ""},
    {"checksum", COLUMN_TEXT, ""},
    {"content_checksum", COLUMN_TEXT, ""},
    {"rollback_checksum", COLUMN_TEXT, ""},
    {"rollback_sql", COLUMN_TEXT, ""},
    {"applied_by", COLUMN_TEXT, ""},
    {"duration_ms", COLUMN_INTEGER, ""},
    {"origin", COLUMN_TEXT, ""},
    {NULL, COLUMN_TEXT, NULL},
};

const struct column log_columns[] = {
    {"id", COLUMN_LOG_KEY, ""},
    {"logged_at", COLUMN_LOG_STAMP, ""},
    {"action", COLUMN_TEXT, " NOT NULL"},
    {"number", COLUMN_INTEGER, ""},
    {"name", COLUMN_TEXT, ""},
    {"version", COLUMN_TEXT, ""},
    {"checksum", COLUMN_TEXT, ""},
    {"author", COLUMN_TEXT, ""},
    {"written_on", COLUMN_TEXT, ""},
    {"actor", COLUMN_TEXT, ""},
    {"host", COLUMN_TEXT, ""},
    {"program", COLUMN_TEXT, ""},
    {"duration_ms", COLUMN_INTEGER, ""},
    {"outcome", COLUMN_TEXT, " NOT NULL"},
    {"error", COLUMN_TEXT, ""},
    {NULL, COLUMN_TEXT, NULL},
};

const struct column journal_columns[] = {
    {"number", COLUMN_INTEGER, " NOT NULL PRIMARY KEY"},
    {"name", COLUMN_TEXT, " NOT NULL"},
    {"direction", COLUMN_TEXT, " NOT NULL"},
    {"checksum", COLUMN_TEXT, " NOT NULL"},
    {"statement", COLUMN_INTEGER, " NOT NULL"},
    {"state", COLUMN_TEXT, " NOT NULL"},
    {"actor", COLUMN_TEXT, ""},
    {NULL, COLUMN_TEXT, NULL},
};

/* Columns by which other tools' history tables are known. */
static const struct {
	const char *column;
	const char *type; /* how its type begins; "" for any */
	const char *tool;
} strangers[] = {
    {"version_num", "", "Alembic"},
    {"installed_rank", "", "Flyway"},
    {"dirty", "", "golang-migrate"},
    {"is_applied", "", "goose"},
    {"applied_steps_count", "", "Prisma"},
    {"md5sum", "", "Liquibase"},
    {"execution_time", "", "sqlx"},
    {"applied_on", "", "refinery"},
    {"run_on", "", "node-pg-migrate or diesel"},
    {"version", "int", "tern (an integer version)"},
    {"version", "bigint", "golang-migrate or tern (an integer version)"},
};

const struct table_column *
history_column(const struct table_info *info, const char *name)
{
	size_t i;

	for (i = 0; i < info->ncolumns; i++)
		if (strcasecmp(info->columns[i].name, name) == 0)
			return &info->columns[i];
	return NULL;
}

/* A table that others created may keep the zone with its times. */
static bool
shape_is_zoned(const struct history *h, const struct engine_words *w)
{
	const struct table_column *c = history_column(&h->info, "applied_at");

	return c != NULL && c->type != NULL && w->zoned_type != NULL &&
	    strcmp(c->type, w->zoned_type) == 0;
}

const char *
history_stamp_after(const struct history *h, const struct engine_words *w)
{
	return shape_is_zoned(h, w) ? w->zoned_after : w->stamp_after;
}

const char *
history_stamp_text(const struct history *h, const struct engine_words *w)
{
	return shape_is_zoned(h, w) ? w->zoned_text : w->stamp_text;
}

static const char *
shape_stranger(const struct table_info *info)
{
	const struct table_column *c;
	size_t i;

	for (i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		c = history_column(info, strangers[i].column);
		if (c != NULL &&
		    strncasecmp(c->type, strangers[i].type,
			strlen(strangers[i].type)) == 0)
			return strangers[i].tool;
	}
	return NULL;
}

static bool
shape_is_ours(const char *name)
{
	const struct column *c;

	for (c = history_columns; c->name != NULL; c++)
		if (strcasecmp(c->name, name) == 0)
			return true;
	return false;
}

/* A column that the runner would have to fill but knows nothing of. */
static const struct table_column *
shape_foreign_column(const struct table_info *info)
{
	const struct table_column *c;
	size_t i;

	for (i = 0; i < info->ncolumns; i++) {
		c = &info->columns[i];
		if (c->not_null && !c->has_default && !shape_is_ours(c->name))
			return c;
	}
	return NULL;
}

static int
shape_refuse(const struct table_info *info, struct err *err, const char *what)
{
	err_set(err, ERR_DISAGREE, "table %s is no history table of ours: %s",
	    info->quoted, what);
	err_hint(err, "Give another table's name with --table.");
	return ERR_DISAGREE;
}

/* The way on for who can alter a table only by making another. */
static int
shape_remake(const struct table_info *info, struct err *err)
{
	err_hint(err,
	    "Make a table like it without that fault, copy the rows, drop %s "
	    "and give the new one its name.",
	    info->quoted);
	return ERR_DISAGREE;
}

static int
shape_check_version(const struct table_info *info,
    const struct engine_words *words, struct err *err)
{
	const struct table_column *c = history_column(info, "version");

	if (c == NULL)
		return shape_refuse(info, err, "it has no column version");
	if (c->key)
		return 0;
	err_set(err, ERR_DISAGREE,
	    "table %s has no primary key or unique index on version",
	    info->quoted);
	if (!words->alters)
		return shape_remake(info, err);
	err_hint(err, "Run: ALTER TABLE %s ADD PRIMARY KEY (version);",
	    info->quoted);
	return ERR_DISAGREE;
}

/* Rows that are not seen would be taken for what is pending. */
static int
shape_check_seen(const struct table_info *info, struct err *err)
{
	if (!info->hides)
		return 0;
	err_set(err, ERR_STATEMENT,
	    "row-level security may hide rows of table %s, or of its journal, "
	    "from user %s",
	    info->quoted, info->user);
	err_hint(err,
	    "As its owner run: ALTER TABLE %s DISABLE ROW LEVEL SECURITY; and "
	    "the same for the table %s_journal; or give both a policy FOR ALL "
	    "TO %s USING (true).",
	    info->quoted, info->name, info->user_quoted);
	return ERR_STATEMENT;
}

int
history_check_logged(const struct table_info *info, struct err *err)
{
	if (info->kind != TABLE_UNLOGGED)
		return 0;
	err_set(err, ERR_DISAGREE,
	    "table %s is unlogged: a crash of the server would empty it",
	    info->quoted);
	err_hint(err, "Run: ALTER TABLE %s SET LOGGED;", info->quoted);
	return ERR_DISAGREE;
}

/* A column of a key cannot be null: it needs a value that counts up. */
static void
shape_advise(const struct table_info *info, const struct table_column *c,
    struct err *err)
{
	if (!c->key)
		err_hint(err,
		    "Run: ALTER TABLE %s ALTER COLUMN \"%s\" DROP NOT NULL;",
		    info->quoted, c->name);
	else if (strstr(c->type, "int") != NULL)
		err_hint(err,
		    "Run: ALTER TABLE %s ALTER COLUMN \"%s\" ADD GENERATED BY "
		    "DEFAULT AS IDENTITY; if the table has rows, also run: "
		    "SELECT setval(pg_get_serial_sequence('%s', '%s'), "
		    "max(\"%s\")) FROM %s;",
		    info->quoted, c->name, info->quoted, c->name, c->name,
		    info->quoted);
	else
		err_hint(err, "Use another table's name with --table.");
}

int
history_check_shape(const struct table_info *info,
    const struct engine_words *words, struct err *err)
{
	const struct table_column *c;
	const char *tool;
	int r;

	if (info->kind == TABLE_VIEW)
		return shape_refuse(info, err, "it is a view");
	if (info->kind == TABLE_UNLOGGED)
		return history_check_logged(info, err);
	if (info->kind != TABLE_PLAIN)
		return shape_refuse(info, err, "it is not a plain table");
	tool = shape_stranger(info);
	if (tool != NULL) {
		r = shape_refuse(info, err, "it belongs to another tool");
		err_detail(err, "It looks like the table of %s.", tool);
		return r;
	}
	r = shape_check_version(info, words, err);
	if (r == 0)
		r = shape_check_seen(info, err);
	if (r < 0)
		return r;
	c = shape_foreign_column(info);
	if (c == NULL)
		return 0;
	err_set(err, ERR_DISAGREE,
	    "table %s has a column %s that is not null and has no default",
	    info->quoted, c->name);
	if (!words->alters)
		return shape_remake(info, err);
	shape_advise(info, c, err);
	return ERR_DISAGREE;
}
