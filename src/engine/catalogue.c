/* Catalogues: what the schema of a database is made of, as plain data. */
#include "engine/catalogue.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[OBJECT_KINDS] = {
    [OBJECT_DATABASE] = "database",
    [OBJECT_SCHEMA] = "schema",
    [OBJECT_EXTENSION] = "extension",
    [OBJECT_ACCESS_METHOD] = "access method",
    [OBJECT_LANGUAGE] = "language",
    [OBJECT_COLLATION] = "collation",
    [OBJECT_CONVERSION] = "conversion",
    [OBJECT_BASE_TYPE] = "base type",
    [OBJECT_ENUM] = "enum",
    [OBJECT_COMPOSITE] = "composite type",
    [OBJECT_DOMAIN] = "domain",
    [OBJECT_RANGE] = "range",
    [OBJECT_CAST] = "cast",
    [OBJECT_TRANSFORM] = "transform",
    [OBJECT_FUNCTION] = "function",
    [OBJECT_PROCEDURE] = "procedure",
    [OBJECT_AGGREGATE] = "aggregate",
    [OBJECT_OPERATOR] = "operator",
    [OBJECT_OPERATOR_FAMILY] = "operator family",
    [OBJECT_OPERATOR_CLASS] = "operator class",
    [OBJECT_TEXT_SEARCH_PARSER] = "text search parser",
    [OBJECT_TEXT_SEARCH_TEMPLATE] = "text search template",
    [OBJECT_TEXT_SEARCH_DICTIONARY] = "text search dictionary",
    [OBJECT_TEXT_SEARCH_CONFIGURATION] = "text search configuration",
    [OBJECT_FOREIGN_DATA_WRAPPER] = "foreign-data wrapper",
    [OBJECT_SERVER] = "server",
    [OBJECT_USER_MAPPING] = "user mapping",
    [OBJECT_SEQUENCE] = "sequence",
    [OBJECT_TABLE] = "table",
    [OBJECT_FOREIGN_TABLE] = "foreign table",
    [OBJECT_VIRTUAL_TABLE] = "virtual table",
    [OBJECT_VIEW] = "view",
    [OBJECT_MATERIALIZED_VIEW] = "materialized view",
    [OBJECT_COLUMN] = "column",
    [OBJECT_COLUMN_ORDER] = "column order",
    [OBJECT_CONSTRAINT] = "constraint",
    [OBJECT_INDEX] = "index",
    [OBJECT_STATISTICS] = "statistics",
    [OBJECT_TRIGGER] = "trigger",
    [OBJECT_RULE] = "rule",
    [OBJECT_POLICY] = "policy",
    [OBJECT_PUBLICATION] = "publication",
    [OBJECT_SUBSCRIPTION] = "subscription",
    [OBJECT_EVENT_TRIGGER] = "event trigger",
    [OBJECT_DEFAULT_PRIVILEGES] = "default privileges",
    [OBJECT_SETTING] = "setting",
    [OBJECT_MEMBER] = "extension dependency",
    [OBJECT_OWNER] = "owner",
    [OBJECT_PRIVILEGES] = "privileges",
    [OBJECT_COMMENT] = "comment",
    [OBJECT_SECURITY_LABEL] = "security label",
};

struct catalogue *
catalogue_new(void)
{
	struct catalogue *c = mem_calloc(1, sizeof(*c));

	c->arena = arena_new();
	return c;
}

void
catalogue_free(struct catalogue *c)
{
	if (c == NULL)
		return;
	if (!c->lent)
		arena_free(c->arena);
	free(c->objects);
	free(c);
}

struct object *
catalogue_add(struct catalogue *c, enum object_kind kind, const char *identity,
    const struct object *parent)
{
	struct object *o = arena_alloc(c->arena, sizeof(*o));

	*o = (struct object){.kind = kind,
	    .identity = arena_strdup(c->arena, identity),
	    .parent = parent};
	catalogue_append(c, o);
	return o;
}

void
catalogue_append(struct catalogue *c, struct object *o)
{
	c->objects =
	    mem_grow(c->objects, c->count, &c->cap, sizeof(struct object *));
	c->objects[c->count++] = o;
}

void
catalogue_lend(struct catalogue *c, struct arena *arena)
{
	arena_free(c->arena);
	c->arena = arena;
	c->lent = true;
}

/* Room for one more in an array of the arena, which doubles at powers of 2. */
static void *
catalogue_room(struct catalogue *c, void *array, size_t n, size_t size)
{
	void *more;

	if ((n & (n - 1)) != 0)
		return array;
	more = arena_alloc(c->arena, (n == 0 ? 1 : 2 * n) * size);
	if (n > 0)
		memcpy(more, array, n * size);
	return more;
}

void
catalogue_field(
    struct catalogue *c, struct object *o, const char *key, const char *value)
{
	if (value == NULL)
		return;
	o->fields =
	    catalogue_room(c, o->fields, o->nfields, sizeof(*o->fields));
	o->fields[o->nfields++] = (struct object_field){
	    .key = key, .value = arena_strdup(c->arena, value)};
}

void
catalogue_needs(
    struct catalogue *c, struct object *o, const struct object *used)
{
	o->needs = catalogue_room(c, o->needs, o->nneeds, sizeof(*o->needs));
	o->needs[o->nneeds++] = used;
}

static const struct object *
object_root(const struct object *o)
{
	while (o->parent != NULL)
		o = o->parent;
	return o;
}

/* By kind and identity alone. */
static int
object_compare_plain(const struct object *a, const struct object *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->identity, b->identity);
}

int
object_compare(const struct object *a, const struct object *b)
{
	const struct object *x = object_root(a), *y = object_root(b);
	int d;

	if (a == b)
		return 0;
	d = x == y ? 0 : object_compare_plain(x, y);
	if (d != 0)
		return d;
	if ((a->parent == NULL) != (b->parent == NULL))
		return a->parent == NULL ? -1 : 1;
	return object_compare_plain(a, b);
}

static int
object_compare_at(const void *a, const void *b)
{
	return object_compare(
	    *(const struct object *const *)a, *(const struct object *const *)b);
}

/* Sort what an object needs, each once. */
static void
catalogue_sort_needs(struct object *o)
{
	size_t i, n = 1;

	qsort(o->needs, o->nneeds, sizeof(struct object *), object_compare_at);
	for (i = 1; i < o->nneeds; i++)
		if (o->needs[i] != o->needs[n - 1])
			o->needs[n++] = o->needs[i];
	o->nneeds = n;
}

/* Most lists come sorted. */
void
catalogue_sort_objects(struct object **list, size_t n)
{
	size_t i = 1;

	while (i < n && object_compare(list[i - 1], list[i]) <= 0)
		i++;
	if (i < n)
		qsort(list, n, sizeof(struct object *), object_compare_at);
}

void
catalogue_sort(struct catalogue *c)
{
	size_t i;

	catalogue_sort_objects(c->objects, c->count);
	for (i = 0; i < c->count; i++)
		if (c->objects[i]->nneeds > 0)
			catalogue_sort_needs(c->objects[i]);
}

bool
object_field_same(const struct object_field *a, const struct object_field *b)
{
	return strcmp(a->key, b->key) == 0 && strcmp(a->value, b->value) == 0;
}

bool
object_same(const struct object *a, const struct object *b)
{
	size_t i;

	if (a == b)
		return true;
	if (a->nfields != b->nfields)
		return false;
	for (i = 0; i < a->nfields; i++)
		if (!object_field_same(&a->fields[i], &b->fields[i]))
			return false;
	return true;
}

const char *
object_kind_name(enum object_kind kind)
{
	return kind_names[kind];
}
