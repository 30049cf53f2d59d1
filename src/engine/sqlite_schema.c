/*
 * The schema of a database as a catalogue.
 *
 * The text of each object is taken apart.  Of a table, what the pragmas say
 * about its columns must agree with what was read; where it does not, or
 * anything was not understood, the whole text is the definition.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/sqlite_int.h"
#include "engine/sqlite_schema_int.h"

#define OBJECTS(filter)                                                     \
	"SELECT s.type, s.name, s.tbl_name, s.sql, "                        \
	"  s.type = 'table' AND s.rootpage = 0 "                            \
	"FROM main.sqlite_master s WHERE s.sql IS NOT NULL " SCHEMA_FOREIGN \
	    filter "ORDER BY s.tbl_name COLLATE NOCASE, "                   \
	"s.type NOT IN ('table', 'view'), s.rowid"

static const char objects_sql[] = OBJECTS(SCHEMA_NOT_SHADOW);
static const char objects_old_sql[] = OBJECTS("");

/* Of one table, or of all in the order of the objects. */
static const char columns_sql[] =
    "SELECT s.name, x.name, x.pk > 0, x.hidden "
    "FROM main.sqlite_master s, pragma_table_xinfo(s.name, 'main') x "
    "WHERE s.type = 'table' AND s.rootpage > 0 "
    "AND ($1 IS NULL OR s.name = $1) ORDER BY s.name COLLATE NOCASE, x.cid";

/* So many tables are asked for their columns one by one. */
#define COLUMNS_EACH 8

enum column {
	OBJECT_TYPE,
	OBJECT_NAME,
	OBJECT_OWNER_NAME,
	OBJECT_SQL,
	OBJECT_VIRTUAL
};

bool
schema_has_shadows(void)
{
	return sqlite3_libversion_number() >= 3037000;
}

void
schema_own_tables(struct arena *a, const struct catalogue_scope *scope,
    const char *own[SCHEMA_OWN_TABLES])
{
	static const char *const ends[] = {"", "_log", "_journal"};
	size_t i;

	for (i = 0; i < SCHEMA_OWN_TABLES; i++)
		own[i] = scope->table == NULL
		    ? NULL
		    : arena_printf(a, "%s%s", scope->table, ends[i]);
}

int
sqlite_read_begin(struct sqlite_db *s)
{
	s->reading = false;
	if (!sqlite_usable(s))
		return s->err.code;
	if (sqlite3_get_autocommit(s->handle) == 0)
		return 0;
	s->reading = sqlite_exec(s, "BEGIN") == 0;
	return s->failed ? s->err.code : 0;
}

void
sqlite_read_end(struct sqlite_db *s)
{
	if (s->reading && s->handle != NULL)
		sqlite3_exec(s->handle, "ROLLBACK", NULL, NULL, NULL);
	s->reading = false;
}

/* Rows of one table. */
struct range {
	size_t from, end;
};

struct named {
	const char *name;
	struct object *object;
	struct range columns;
};

struct reader {
	struct catalogue *c;
	struct arena *scratch; /* what is not kept */
	struct rows objects;
	struct rows columns;
	size_t at;            /* in the columns */
	struct object **made; /* one for each row of the objects */
	struct named *tables; /* and views, sorted */
	size_t ntables;
	struct schema_tree *trees; /* of the rows, in their order */
	size_t ntrees;
};

static int
named_compare(const void *a, const void *b)
{
	return strcasecmp(
	    ((const struct named *)a)->name, ((const struct named *)b)->name);
}

static const struct named *
reader_find(const struct reader *r, const char *name)
{
	const struct named key = {.name = name};

	return bsearch(&key, r->tables, r->ntables, sizeof(key), named_compare);
}

static bool
column_agrees(
    const struct schema_part *column, const struct rows *rows, size_t row)
{
	int64_t hidden = rows_number(rows, row, 3);

	return strcmp(column->name, rows_get(rows, row, 1)) == 0 &&
	    (column->value[SCHEMA_GENERATED] == NULL
		    ? hidden == 0
		    : hidden == (column->stored ? 3 : 2));
}

/* Find the columns of the next table in the order of both queries. */
static struct range
reader_columns(struct reader *r, const char *name)
{
	const struct rows *rows = &r->columns;
	struct range its = {0, 0};
	size_t i = r->at;

	while (i < rows->nrows && strcmp(rows_get(rows, i, 0), name) != 0)
		i++;
	for (its.from = its.end = i; its.end < rows->nrows &&
	     strcmp(rows_get(rows, its.end, 0), name) == 0;)
		its.end++;
	if (its.end > its.from)
		r->at = its.end;
	return its;
}

/* Whether the columns are those that the database has. */
static bool
columns_agree(
    const struct rows *rows, struct range its, const struct schema_table *table)
{
	bool key = false;
	size_t i;

	if (its.end - its.from != table->columns.count)
		return false;
	for (i = 0; i < table->columns.count; i++) {
		if (!column_agrees(&table->columns.list[i], rows, its.from + i))
			return false;
		key = key || rows_number(rows, its.from + i, 2) != 0;
	}
	return key == schema_table_has_key(table);
}

static bool
is_column(const struct rows *rows, struct range its, const char *name)
{
	size_t i;

	for (i = its.from; i < its.end; i++)
		if (strcasecmp(rows_get(rows, i, 1), name) == 0)
			return true;
	return false;
}

static bool
is_rowid(const char *name)
{
	return strcasecmp(name, "rowid") == 0 || strcasecmp(name, "oid") == 0 ||
	    strcasecmp(name, "_rowid_") == 0;
}

/*
 * In the expressions of a table and its indexes, a name in double quotes that
 * no column has is a string.
 */
static void
settle_strings(struct reader *r, struct range columns, struct schema_tokens *ts)
{
	struct schema_token *t;
	size_t i;

	for (i = 1; i < ts->count; i++) {
		t = &ts->list[i];
		if (*t->raw != '"' || schema_is(&t[-1], "COLLATE") ||
		    schema_is(&t[-1], "AS") || schema_is(&t[-1], ".") ||
		    schema_is(&t[1], "(") || schema_is(&t[1], ".") ||
		    is_column(&r->columns, columns, t->name) ||
		    is_rowid(t->name))
			continue;
		t->kind = SCHEMA_STRING;
		t->text = schema_string_text(r->scratch, t->name);
	}
}

/* The whole text: of what is not understood nothing is lost. */
static void
add_definition(
    struct reader *r, struct object *o, const struct schema_tokens *ts)
{
	catalogue_field(r->c, o, "definition",
	    schema_text(r->scratch, ts->list, &ts->list[ts->count]));
}

static bool
add_table(struct reader *r, struct object *o, struct range columns,
    const struct schema_tokens *ts)
{
	struct schema_table table;
	bool good;

	good = schema_table_read(&table, r->scratch, ts->list) &&
	    columns_agree(&r->columns, columns, &table);
	if (good)
		schema_add_parts(r->c, o, &table);
	schema_table_clear(&table);
	return good;
}

/* What the kinds of objects are called in sqlite_schema. */
static const struct {
	const char *type;
	enum object_kind kind;
	schema_add_fn *add;
	bool part; /* of a table or a view */
} kinds[] = {{"table", OBJECT_TABLE, NULL, false},
    {"view", OBJECT_VIEW, schema_add_view, false},
    {"index", OBJECT_INDEX, schema_add_index, true},
    {"trigger", OBJECT_TRIGGER, schema_add_trigger, true}};

static size_t
kind_of(const char *type)
{
	size_t i = sizeof(kinds) / sizeof(kinds[0]) - 1;

	while (i > 0 && strcmp(kinds[i].type, type) != 0)
		i--;
	return i;
}

/* Take the statement apart. */
static void
define_object(struct reader *r, struct object *o, const char *sql,
    schema_add_fn *add, struct range columns)
{
	struct schema_tokens ts;
	bool good = schema_tokens_read(&ts, r->scratch, sql);

	if (columns.end > columns.from)
		settle_strings(r, columns, &ts);
	if (good && add != NULL)
		good = add(r->c, o, ts.list);
	else if (good)
		good = add_table(r, o, columns, &ts);
	if (!good)
		add_definition(r, o, &ts);
	schema_tokens_clear(&ts);
}

static void
add_table_or_view(struct reader *r, size_t row)
{
	const struct rows *rows = &r->objects;
	bool virtual = rows_number(rows, row, OBJECT_VIRTUAL) != 0;
	size_t k = kind_of(rows_get(rows, row, OBJECT_TYPE));
	const char *name = rows_get(rows, row, OBJECT_NAME);
	struct named *n = &r->tables[r->ntables++];

	n->name = name;
	if (kinds[k].kind == OBJECT_TABLE && !virtual)
		n->columns = reader_columns(r, name);
	n->object =
	    catalogue_add(r->c, virtual ? OBJECT_VIRTUAL_TABLE : kinds[k].kind,
		schema_name_text(r->scratch, name), NULL);
	r->made[row] = n->object;
	define_object(r, n->object, rows_get(rows, row, OBJECT_SQL),
	    virtual ? schema_add_virtual : kinds[k].add, n->columns);
}

static void
add_part(struct reader *r, size_t row)
{
	const struct rows *rows = &r->objects;
	size_t k = kind_of(rows_get(rows, row, OBJECT_TYPE));
	const struct named *table =
	    reader_find(r, rows_get(rows, row, OBJECT_OWNER_NAME));

	r->made[row] = catalogue_add(r->c, kinds[k].kind,
	    schema_name_text(r->scratch, rows_get(rows, row, OBJECT_NAME)),
	    table == NULL ? NULL : table->object);
	define_object(r, r->made[row], rows_get(rows, row, OBJECT_SQL),
	    kinds[k].add,
	    table == NULL || kinds[k].kind != OBJECT_INDEX
		? (struct range){0, 0}
		: table->columns);
}

static bool
is_part(const struct reader *r, size_t row)
{
	return kinds[kind_of(rows_get(&r->objects, row, OBJECT_TYPE))].part;
}

/* Read the objects of a tree, and move them there. */
static void
add_tree(struct reader *r, struct schema_tree *t)
{
	struct catalogue *c = r->c;
	size_t first = c->count, row;

	for (row = t->from; row < t->end; row++) {
		if (is_part(r, row))
			add_part(r, row);
		else
			add_table_or_view(r, row);
	}
	if (t->text != NULL)
		t->text = arena_strdup(c->arena, t->text);
	t->count = c->count - first;
	t->objects = arena_alloc(c->arena, t->count * sizeof(*t->objects));
	memcpy(t->objects, &c->objects[first], t->count * sizeof(*t->objects));
	catalogue_sort_objects(t->objects, t->count);
	c->count = first;
}

static int
tree_compare(const void *a, const void *b)
{
	return object_compare(((const struct schema_tree *)a)->objects[0],
	    ((const struct schema_tree *)b)->objects[0]);
}

/* Those of tables and views come first in each. */
static void
add_objects(struct reader *r)
{
	struct schema_tree *t;
	size_t i, k;

	r->made = mem_calloc(r->objects.nrows + 1, sizeof(*r->made));
	r->tables = mem_calloc(r->objects.nrows + 1, sizeof(*r->tables));
	for (i = 0; i < r->ntrees; i++)
		if (r->trees[i].objects == NULL)
			add_tree(r, &r->trees[i]);
	if (r->ntrees > 0)
		qsort(r->trees, r->ntrees, sizeof(*t), tree_compare);
	for (i = 0; i < r->ntrees; i++)
		for (t = &r->trees[i], k = 0; k < t->count; k++)
			catalogue_append(r->c, t->objects[k]);
}

/* Whether the name is one of a table, not that of a column behind a dot. */
static bool
may_be_table(const struct schema_token *list, const struct schema_token *t)
{
	if (!schema_is_name(t))
		return false;
	return t == list || !schema_is(&t[-1], ".") ||
	    (t > &list[1] && strcasecmp(t[-2].name, "main") == 0);
}

/* Every table or view whose name the text has: more than it needs at worst. */
static void
add_needs(struct reader *r, size_t row)
{
	const struct object *used;
	struct object *o = r->made[row];
	const struct named *found;
	struct schema_tokens ts;
	size_t i, j;

	schema_tokens_read(
	    &ts, r->scratch, rows_get(&r->objects, row, OBJECT_SQL));
	for (i = 0; i < ts.count; i++) {
		if (!may_be_table(ts.list, &ts.list[i]))
			continue;
		found = reader_find(r, ts.list[i].name);
		used = found == NULL ? NULL : found->object;
		for (j = 0; j < o->nneeds && o->needs[j] != used;)
			j++;
		if (used != NULL && used != o && used != o->parent &&
		    j == o->nneeds)
			catalogue_needs(r->c, o, used);
	}
	schema_tokens_clear(&ts);
}

/* The columns of tables that are to be read. */
static void
read_columns(struct sqlite_db *s, struct reader *r)
{
	const char *name = NULL;
	struct query q = {.sql = columns_sql,
	    .nparams = 1,
	    .params = &name,
	    .rows = &r->columns};
	size_t i, n = 0;

	for (i = 0; i < r->ntrees; i++)
		n += r->trees[i].objects == NULL;
	if (n > COLUMNS_EACH)
		sqlite_run(s, &q);
	for (i = 0; n <= COLUMNS_EACH && i < r->ntrees; i++) {
		name =
		    rows_get(&r->objects, r->trees[i].from, OBJECT_OWNER_NAME);
		if (r->trees[i].objects == NULL && !s->failed)
			sqlite_run(s, &q);
	}
}

static void
read_schema(struct sqlite_db *s, const struct catalogue_scope *scope,
    const struct schema_kept *kept, struct reader *r)
{
	const char *own[SCHEMA_OWN_TABLES];
	struct query objects = {
	    .sql = schema_has_shadows() ? objects_sql : objects_old_sql,
	    .nparams = SCHEMA_OWN_TABLES,
	    .params = own,
	    .rows = &r->objects};

	schema_own_tables(r->scratch, scope, own);
	if (sqlite_read_begin(s) == 0 && sqlite_run(s, &objects) == 0) {
		r->ntrees = schema_kept_cut(kept, &r->objects,
		    OBJECT_OWNER_NAME, r->scratch, &r->trees);
		read_columns(s, r);
	}
	if (!s->failed)
		add_objects(r);
	sqlite_read_end(s);
}

int
sqlite_catalogue(struct db *db, const struct catalogue_scope *scope,
    struct catalogue *c, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);
	struct schema_kept *kept =
	    scope->follow ? schema_kept(&s->schema) : NULL;
	struct reader r = {.c = c, .scratch = arena_new()};
	size_t i;

	rows_init(&r.objects);
	rows_init(&r.columns);
	if (kept != NULL)
		catalogue_lend(c, kept->arena);
	read_schema(s, scope, kept, &r);
	for (i = 0; scope->needs && !s->failed && i < r.objects.nrows; i++)
		add_needs(&r, i);
	if (kept != NULL && !s->failed) {
		schema_kept_set(kept, r.trees, r.ntrees);
		r.trees = NULL;
	}
	rows_clear(&r.objects);
	rows_clear(&r.columns);
	free(r.tables);
	free(r.trees);
	free(r.made);
	arena_free(r.scratch);
	return sqlite_report(s, err);
}
