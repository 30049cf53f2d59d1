/* A table's options, columns and constraints, as objects of a catalogue. */
#include <stdlib.h>
#include <string.h>

#include "engine/sqlite_schema_int.h"

/* A constraint and what it is called, which is not always its own name. */
struct entry {
	const char *identity;
	const struct schema_part *part;
};

static void
add_fields(
    struct catalogue *c, struct object *o, const struct schema_part *part)
{
	size_t i;

	for (i = 0; i < SCHEMA_KEYS; i++)
		catalogue_field(c, o, schema_key_names[i], part->value[i]);
}

static void
add_columns(struct catalogue *c, const struct object *table,
    const struct schema_parts *columns)
{
	const struct schema_part *part;
	struct object *column, *order;
	const char *name;
	size_t i;

	order = catalogue_add(c, OBJECT_COLUMN_ORDER, table->identity, table);
	for (i = 0; i < columns->count; i++) {
		part = &columns->list[i];
		name = schema_name_text(c->arena, part->name);
		catalogue_field(c, order, "column", name);
		column = catalogue_add(c, OBJECT_COLUMN,
		    arena_printf(c->arena, "%s.%s", table->identity, name),
		    table);
		add_fields(c, column, part);
	}
}

/* A constraint without a name is called what it says. */
static const char *
constraint_identity(
    struct arena *a, const struct object *table, const struct schema_part *part)
{
	const char *type = part->value[SCHEMA_TYPE];
	const char *what = part->value[SCHEMA_COLUMNS];

	if (part->name != NULL)
		return arena_printf(a, "%s.%s", table->identity,
		    schema_name_text(a, part->name));
	if (strcmp(type, "PRIMARY KEY") == 0)
		return arena_printf(a, "%s.%s", table->identity, type);
	if (what == NULL)
		what = part->value[SCHEMA_EXPRESSION];
	return arena_printf(a, "%s.%s (%s)", table->identity, type, what);
}

static int
text_compare(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int
entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int d = strcmp(x->identity, y->identity);
	size_t i;

	for (i = 0; i < SCHEMA_KEYS && d == 0; i++)
		d = text_compare(x->part->value[i], y->part->value[i]);
	return d;
}

/* Several may be called the same: those get numbers. */
static void
add_constraints(struct catalogue *c, const struct object *table,
    const struct schema_parts *parts)
{
	struct entry *all = mem_calloc(parts->count + 1, sizeof(*all));
	const char *identity;
	size_t i, same = 0;

	for (i = 0; i < parts->count; i++) {
		all[i].part = &parts->list[i];
		all[i].identity =
		    constraint_identity(c->arena, table, all[i].part);
	}
	if (parts->count > 0)
		qsort(all, parts->count, sizeof(*all), entry_compare);
	for (i = 0; i < parts->count; i++) {
		identity = all[i].identity;
		same = i > 0 && strcmp(all[i - 1].identity, identity) == 0
		    ? same + 1
		    : 0;
		if (same > 0)
			identity = arena_printf(
			    c->arena, "%s #%zu", identity, same + 1);
		add_fields(c,
		    catalogue_add(c, OBJECT_CONSTRAINT, identity, table),
		    all[i].part);
	}
	free(all);
}

void
schema_add_parts(
    struct catalogue *c, struct object *table, const struct schema_table *t)
{
	if (t->autoincrement)
		catalogue_field(c, table, "autoincrement", "");
	if (t->strict)
		catalogue_field(c, table, "strict", "");
	if (t->without_rowid)
		catalogue_field(c, table, "without rowid", "");
	add_columns(c, table, &t->columns);
	add_constraints(c, table, &t->constraints);
}
