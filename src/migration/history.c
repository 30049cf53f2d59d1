/* The history: finding the tables and reading them. */
#include "migration/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "migration/history_int.h"

#define ROW_COLUMNS 10
#define ROW_APPLIED_AT 1

static const char *
history_quote(struct history *h, struct db *db, const char *suffix)
{
	struct buf b;
	char *name = arena_printf(h->arena, "%s%s", h->info.name, suffix);
	const char *quoted;

	buf_init(&b, BUF_LINE);
	if (h->info.schema != NULL) {
		db->engine->quote_name(db, &b, h->info.schema);
		buf_addc(&b, '.');
	}
	db->engine->quote_name(db, &b, name);
	quoted = arena_strdup(h->arena, buf_str(&b));
	buf_clear(&b);
	return quoted;
}

/* There is one, in a schema that is passed over for lack of a right. */
static int
history_refuse_unused(struct history *h, struct db *db, struct err *err)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	db->engine->quote_name(db, &b, h->info.elsewhere);
	err_set(err, ERR_STATEMENT,
	    "user %s may not use schema %s, where table %s stands",
	    h->info.user, h->info.elsewhere, h->info.name);
	err_hint(err, "As its owner run: GRANT USAGE ON SCHEMA %s TO %s;",
	    buf_str(&b), h->info.user_quoted);
	buf_clear(&b);
	return ERR_STATEMENT;
}

static int
history_check_absent(struct history *h, struct db *db,
    const struct history_name *name, struct err *err)
{
	if (h->info.elsewhere != NULL && (h->info.lacks & TABLE_USAGE) != 0)
		return history_refuse_unused(h, db, err);
	if (h->info.elsewhere != NULL) {
		err_set(err, ERR_DISAGREE,
		    "table %s is not in the search path, but stands in "
		    "schema %s",
		    name->table, h->info.elsewhere);
		err_hint(err,
		    "Use --table %s.%s, or --table SCHEMA.%s to begin a "
		    "history of its own.",
		    h->info.elsewhere, name->table, name->table);
		return ERR_DISAGREE;
	}
	if (h->info.schema != NULL && h->info.no_schema) {
		err_set(
		    err, ERR_DISAGREE, "there is no schema %s", h->info.schema);
		err_hint(err,
		    "Run: CREATE SCHEMA %s; or name another one with --table "
		    "SCHEMA.%s.",
		    h->info.schema_quoted, name->table);
		return ERR_DISAGREE;
	}
	if (h->info.schema != NULL)
		return 0;
	err_set(err, ERR_STATEMENT,
	    "the search path names no schema that user %s may use",
	    h->info.user);
	err_hint(err,
	    "Name the schema with --table SCHEMA.%s, or run: GRANT USAGE, "
	    "CREATE ON SCHEMA public TO %s;",
	    name->table, h->info.user_quoted);
	return ERR_STATEMENT;
}

static bool
history_is_complete(const struct table_info *info)
{
	const struct column *c;

	for (c = history_columns; c->name != NULL; c++)
		if (history_column(info, c->name) == NULL)
			return false;
	return true;
}

/* A copy of a value that lives as long as the history; NULL for none. */
static const char *
history_text(struct history *h, const struct rows *rows, size_t row, size_t col)
{
	const char *s = rows_get(rows, row, col);

	return s == NULL ? NULL : arena_strdup(h->arena, s);
}

/* A row at the end of the list. */
static struct history_row *
history_new_row(struct history *h)
{
	struct history_row *row = arena_alloc(h->arena, sizeof(*row));

	memset(row, 0, sizeof(*row));
	h->rows = mem_grow(h->rows, h->count, &h->cap, sizeof(*h->rows));
	h->rows[h->count++] = row;
	return row;
}

static void
history_take_row(struct history *h, const struct rows *rows, size_t i,
    struct history_row *row)
{
	row->version = history_text(h, rows, i, 0);
	row->applied_at = history_text(h, rows, i, 1);
	row->description = history_text(h, rows, i, 2);
	row->has_number = rows_get(rows, i, 3) != NULL;
	row->number = (uint64_t)rows_number(rows, i, 3);
	row->name = history_text(h, rows, i, 4);
	row->checksum = history_text(h, rows, i, 5);
	row->content_checksum = history_text(h, rows, i, 6);
	row->rollback_checksum = history_text(h, rows, i, 7);
	row->applied_by = history_text(h, rows, i, 8);
	row->origin = history_text(h, rows, i, 9);
	if (row->version == NULL)
		row->version = "";
	if (row->applied_at == NULL)
		row->applied_at = "";
	if (strcmp(row->applied_at, h->newest) > 0)
		h->newest = row->applied_at;
}

static int
history_order(const void *a, const void *b)
{
	const struct history_row *x = *(const struct history_row *const *)a;
	const struct history_row *y = *(const struct history_row *const *)b;

	if (x->has_number != y->has_number)
		return x->has_number ? -1 : 1;
	if (x->has_number && x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return strcmp(x->applied_at, y->applied_at);
}

/* The select list: a column that the table lacks is read as null. */
static void
history_select(
    const struct history *h, const struct engine_words *w, struct buf *sql)
{
	static const char *const names[ROW_COLUMNS] = {"version", "applied_at",
	    "description", "number", "name", "checksum", "content_checksum",
	    "rollback_checksum", "applied_by", "origin"};
	size_t i;

	buf_adds(sql, "SELECT ");
	for (i = 0; i < ROW_COLUMNS; i++) {
		buf_adds(sql, i == 0 ? "" : ", ");
		if (history_column(&h->info, names[i]) == NULL)
			buf_adds(sql, "NULL");
		else
			engine_words_fill(sql,
			    i == ROW_APPLIED_AT ? history_stamp_text(h, w)
						: "%s",
			    names[i]);
	}
	buf_addf(sql, " FROM %s", h->tables.version);
}

/* Another number than one that a file can have is no migration's. */
static int
history_check_number(const struct history *h, const struct rows *rows,
    size_t row, struct err *err)
{
	const char *version = rows_get(rows, row, 0);
	const char *text = rows_get(rows, row, 3);
	uint64_t number;

	if (text == NULL ||
	    (text_parse_number(text, &number) &&
		(*text != '0' || text[1] == '\0')))
		return 0;
	err_set(err, ERR_DISAGREE,
	    "the row of version %s in %s has the number \"%s\", which no "
	    "migration can have",
	    version == NULL ? "NULL" : version, h->tables.version, text);
	err_hint(err,
	    "Give the row the number of its file, in 1 to 18 digits without "
	    "zeros before it: UPDATE %s SET number = ...; or NULL, and the "
	    "row is matched by its version again.",
	    h->tables.version);
	return ERR_DISAGREE;
}

static int
history_take_rows(struct history *h, const struct rows *rows, struct err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < rows->nrows; i++) {
		r = history_check_number(h, rows, i, err);
		if (r == 0)
			history_take_row(h, rows, i, history_new_row(h));
	}
	if (h->count > 0)
		qsort(h->rows, h->count, sizeof(*h->rows), history_order);
	return r;
}

int
history_query(
    struct db *db, struct rows *rows, const char *sql, struct err *err)
{
	struct query q = {.sql = sql, .rows = rows, .limited = true};
	int r = db->engine->send(db, &q, err);

	return r < 0 ? r : db->engine->wait(db, err);
}

static int
history_read_rows(
    struct history *h, struct db *db, bool inside, struct err *err)
{
	struct rows rows;
	struct buf sql;
	int r;

	rows_init(&rows);
	buf_init(&sql, BUF_LINE);
	history_select(h, db->engine->words, &sql);
	r = history_query(db, &rows, buf_str(&sql), err);
	if (r == 0)
		r = history_take_rows(h, &rows, err);
	else if (!inside)
		history_explain(h, db, "", TABLE_SELECT, err);
	buf_clear(&sql);
	rows_clear(&rows);
	return r;
}

/* A rollback that drops the table may have stopped behind that. */
static int
history_read_absent(struct history *h, struct db *db,
    const struct history_name *name, struct err *err)
{
	int r = history_check_absent(h, db, name, err);

	if (r < 0 || h->tables.journal == NULL || history_lacks_journal(h, db))
		return r;
	r = history_read_journal(h, db, name->inside, err);
	h->complete = false;
	return r;
}

static int
history_read(struct history *h, struct db *db, const struct history_name *name,
    struct err *err)
{
	int r;

	r = db->engine->find_table(
	    db, h->arena, name->schema, name->table, &h->info, err);
	if (r < 0)
		return r;
	h->exists = h->info.kind != TABLE_ABSENT;
	if (h->info.schema != NULL || h->exists) {
		h->tables.version = h->info.quoted;
		h->tables.log = history_quote(h, db, "_log");
		h->tables.journal = history_quote(h, db, "_journal");
	}
	if (!h->exists)
		return history_read_absent(h, db, name, err);
	r = history_check_shape(&h->info, db->engine->words, err);
	if (r < 0)
		return r;
	h->complete = history_is_complete(&h->info);
	r = history_read_rows(h, db, name->inside, err);
	if (r == 0 && h->complete)
		r = history_read_journal(h, db, name->inside, err);
	return r;
}

int
history_load(struct history **out, struct db *db,
    const struct history_name *name, struct err *err)
{
	struct history *h;
	int r;

	do {
		h = mem_calloc(1, sizeof(*h));
		h->arena = arena_new();
		h->newest = "";
		r = history_read(h, db, name, err);
		if (r == 0 && h->journal.present && !name->inside)
			r = history_look(h, db, err);
		if (r == 0)
			*out = h;
		else
			history_free(h);
	} while (r == 1);
	return r;
}

static const char *
history_copy(struct history *h, const char *s)
{
	return s == NULL ? NULL : arena_strdup(h->arena, s);
}

struct history *
history_assume(struct db *db, const struct history_name *name,
    const struct folder *f, uint64_t number)
{
	struct history *h = mem_calloc(1, sizeof(*h));
	const struct migration *m;

	h->arena = arena_new();
	h->newest = "";
	h->info.schema = history_copy(h, name->schema);
	h->info.name = history_copy(h, name->table);
	h->tables.version = h->info.quoted = history_quote(h, db, "");
	h->tables.log = history_quote(h, db, "_log");
	h->tables.journal = history_quote(h, db, "_journal");
	for (m = f->migrations; m < f->migrations + f->count; m++)
		if (m->number <= number)
			history_add(h,
			    &(struct history_row){.has_number = true,
				.number = m->number,
				.version = m->version,
				.applied_at = "",
				.name = m->name});
	h->exists = h->complete = h->count > 0;
	return h;
}

void
history_free(struct history *h)
{
	if (h == NULL)
		return;
	arena_free(h->arena);
	free(h->rows);
	free(h);
}

static int
history_compare_number(const void *key, const void *element)
{
	const uint64_t *number = key;
	const struct history_row *row =
	    *(const struct history_row *const *)element;

	if (!row->has_number)
		return -1;
	return *number < row->number ? -1 : *number > row->number;
}

static const struct history_row **
history_search(const struct history *h, uint64_t number)
{
	if (h->count == 0)
		return NULL;
	return bsearch(&number, h->rows, h->count, sizeof(*h->rows),
	    history_compare_number);
}

const struct history_row *
history_find(const struct history *h, uint64_t number)
{
	const struct history_row **at = history_search(h, number);

	return at == NULL ? NULL : *at;
}

void
history_newest(struct history *h, const char *applied_at)
{
	if (applied_at != NULL && strcmp(applied_at, h->newest) > 0)
		h->newest = history_copy(h, applied_at);
}

void
history_add(struct history *h, const struct history_row *from)
{
	struct history_row *row = history_new_row(h);
	size_t i;

	*row = *from;
	row->version = history_copy(h, from->version);
	row->applied_at = history_copy(h, from->applied_at);
	row->description = history_copy(h, from->description);
	row->name = history_copy(h, from->name);
	row->checksum = history_copy(h, from->checksum);
	row->content_checksum = history_copy(h, from->content_checksum);
	row->rollback_checksum = history_copy(h, from->rollback_checksum);
	row->applied_by = history_copy(h, from->applied_by);
	row->origin = history_copy(h, from->origin);
	if (strcmp(row->applied_at, h->newest) > 0)
		h->newest = row->applied_at;
	for (i = h->count - 1;
	     i > 0 && history_order(&h->rows[i - 1], &h->rows[i]) > 0; i--) {
		h->rows[i] = h->rows[i - 1];
		h->rows[i - 1] = row;
	}
}

void
history_remove(struct history *h, uint64_t number)
{
	const struct history_row **at = history_search(h, number);

	if (at == NULL)
		return;
	h->count--;
	memmove(at, at + 1, (size_t)(h->rows + h->count - at) * sizeof(*at));
}
