/* Records: making and completing the tables. */
#include <string.h>

#include "migration/history_int.h"
#include "migration/record.h"

static const char *
tables_type(const struct engine_words *w, enum column_type type)
{
	switch (type) {
	case COLUMN_VERSION:
		return w->version_type;
	case COLUMN_STAMP:
		return w->stamp_column;
	case COLUMN_INTEGER:
		return w->integer_type;
	case COLUMN_LOG_KEY:
		return w->log_key;
	case COLUMN_LOG_STAMP:
		return w->log_stamp;
	default:
		return w->text_type;
	}
}

static void
tables_create(struct buf *sql, const struct engine_words *w, const char *table,
    const struct column *c)
{
	const char *before = "";

	buf_addf(sql, "CREATE TABLE %s (", table);
	for (; c->name != NULL; c++) {
		buf_addf(sql, "%s%s %s%s", before, c->name,
		    tables_type(w, c->type), c->rest);
		before = ", ";
	}
	buf_addc(sql, ')');
}

static int
tables_run(struct db *db, struct buf *sql, struct err *err)
{
	int r;

	r = db_query(db, NULL, err, buf_str(sql), 0, NULL);
	buf_reset(sql);
	return r;
}

/* The guide's table lacks the runner's columns. */
static int
tables_add_columns(
    struct history *h, struct db *db, struct buf *sql, struct err *err)
{
	const struct engine_words *w = db->engine->words;
	const struct column *c;
	int r = 0;

	for (c = history_columns; r == 0 && c->name != NULL; c++) {
		if (history_column(&h->info, c->name) != NULL)
			continue;
		buf_addf(sql, "ALTER TABLE %s ADD COLUMN %s %s",
		    h->tables.version, c->name, tables_type(w, c->type));
		r = tables_run(db, sql, err);
	}
	return r;
}

/* The number is a row's identity: its index stands beside the table. */
static int
tables_add_index(
    struct history *h, struct db *db, struct buf *sql, struct err *err)
{
	const char *plain = arena_printf(h->arena, "%s_number", h->info.name);
	struct table_info there;
	int r;

	/* Where the engine finds it, IF NOT EXISTS would give a notice. */
	r = db->engine->find_table(
	    db, h->arena, h->info.schema, plain, &there, err);
	if (r < 0 || there.kind != TABLE_ABSENT)
		return r;
	buf_adds(sql, "CREATE UNIQUE INDEX IF NOT EXISTS ");
	/* SQLite wants the schema at the index, PostgreSQL at the table. */
	if (!db->engine->words->schemas && h->info.schema != NULL) {
		db->engine->quote_name(db, sql, h->info.schema);
		buf_addc(sql, '.');
	}
	db->engine->quote_name(db, sql, plain);
	buf_adds(sql, " ON ");
	if (db->engine->words->schemas)
		buf_adds(sql, h->tables.version);
	else
		db->engine->quote_name(db, sql, h->info.name);
	buf_adds(sql, " (number)");
	return tables_run(db, sql, err);
}

/*
 * The log or the journal, where it is not there: an IF NOT EXISTS would make
 * the server say so in the name of the migration.
 */
static int
tables_add(struct history *h, struct db *db, struct buf *sql,
    const char *suffix, const char *quoted, const struct column *columns,
    struct err *err)
{
	const char *name = arena_printf(h->arena, "%s%s", h->info.name, suffix);
	struct table_info info;
	int r;

	r = db->engine->find_table(
	    db, h->arena, h->info.schema, name, &info, err);
	if (r < 0 || info.kind != TABLE_ABSENT)
		return r;
	tables_create(sql, db->engine->words, quoted, columns);
	return tables_run(db, sql, err);
}

int
record_make_tables(struct history *h, struct db *db, struct err *err)
{
	struct buf sql;
	int r;

	buf_init(&sql, BUF_LINE);
	if (!h->exists) {
		tables_create(&sql, db->engine->words, h->tables.version,
		    history_columns);
		r = tables_run(db, &sql, err);
	} else {
		r = tables_add_columns(h, db, &sql, err);
	}
	if (r == 0)
		r = tables_add_index(h, db, &sql, err);
	if (r == 0)
		r = tables_add(
		    h, db, &sql, "_log", h->tables.log, log_columns, err);
	if (r == 0)
		r = tables_add(h, db, &sql, "_journal", h->tables.journal,
		    journal_columns, err);
	buf_clear(&sql);
	if (r == 0)
		h->exists = h->complete = true;
	return r;
}
