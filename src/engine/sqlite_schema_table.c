/* CREATE TABLE, taken apart into its columns, constraints and options. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/sqlite_schema_int.h"

void
schema_table_clear(struct schema_table *t)
{
	free(t->columns.list);
	free(t->constraints.list);
	*t = (struct schema_table){0};
}

bool
schema_take_head(const struct schema_token **t, const char *what)
{
	if (!schema_take(t, "CREATE"))
		return false;
	if (schema_is(*t, "UNIQUE") || schema_is(*t, "VIRTUAL"))
		++*t;
	if (!schema_take(t, what))
		return false;
	if (!schema_is_name(*t))
		return false;
	++*t;
	return true;
}

static bool
is_constraint(const struct schema_token *t)
{
	return schema_is(t, "CONSTRAINT") || schema_is(t, "PRIMARY") ||
	    schema_is(t, "UNIQUE") || schema_is(t, "CHECK") ||
	    schema_is(t, "FOREIGN");
}

/* Between constraints of the table, the comma may be missing. */
static const struct schema_token *
read_parts(struct schema_table *table, const struct schema_token *t)
{
	while (t != NULL && !is_constraint(t)) {
		t = schema_take_column(table, t);
		if (t == NULL || schema_is(t, ")"))
			return t;
		if (!schema_take(&t, ","))
			return NULL;
	}
	while (t != NULL && !schema_is(t, ")")) {
		t = schema_take_constraint(table, t);
		if (t != NULL)
			schema_take(&t, ",");
	}
	return t;
}

/* What stands behind the columns. */
static bool
read_options(struct schema_table *table, const struct schema_token *t)
{
	while (t->kind != SCHEMA_END) {
		if (schema_is(t, "WITHOUT") &&
		    strcasecmp(t[1].name, "rowid") == 0) {
			table->without_rowid = true;
			t += 2;
		} else if (strcasecmp(t->name, "strict") == 0) {
			table->strict = true;
			t++;
		} else {
			return false;
		}
		schema_take(&t, ",");
	}
	return true;
}

static const struct schema_part *
find_column(const struct schema_table *table, const char *name)
{
	const struct schema_part *c = table->columns.list;
	size_t i;

	for (i = 0; i < table->columns.count; i++)
		if (strcasecmp(c[i].name, name) == 0)
			return &c[i];
	return NULL;
}

/*
 * A key of one INTEGER column is the rowid itself; where DESC stands at the
 * column it is not, where it stands in a list it is.
 */
static void
mark_rowid(struct schema_table *table)
{
	const struct schema_part *column;
	struct schema_part *key;
	size_t i;

	for (i = 0; i < table->constraints.count; i++) {
		key = &table->constraints.list[i];
		if (key->alone == NULL || key->descending)
			continue;
		column = find_column(table, key->alone);
		if (column == NULL || column->value[SCHEMA_TYPE] == NULL ||
		    strcmp(column->value[SCHEMA_TYPE], "INTEGER") != 0)
			continue;
		key->value[SCHEMA_ROWID] = "";
		key->value[SCHEMA_COLUMNS] =
		    schema_name_text(table->arena, column->name);
	}
}

bool
schema_table_has_key(const struct schema_table *table)
{
	size_t i;

	for (i = 0; i < table->constraints.count; i++)
		if (strcmp(table->constraints.list[i].value[SCHEMA_TYPE],
			"PRIMARY KEY") == 0)
			return true;
	return false;
}

bool
schema_table_read(
    struct schema_table *table, struct arena *a, const struct schema_token *t)
{
	*table = (struct schema_table){.arena = a};
	if (!schema_take_head(&t, "TABLE") || !schema_take(&t, "("))
		return false;
	t = read_parts(table, t);
	if (t == NULL || !read_options(table, &t[1]))
		return false;
	if (!table->without_rowid)
		mark_rowid(table);
	return true;
}
