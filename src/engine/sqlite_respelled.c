/*
 * Whether two definitions mean the same.
 *
 * ALTER TABLE writes every string that stood in double quotes in single ones:
 * what was read as the name x becomes 'x'.  Such a name was one of nothing,
 * or it would not have been a string.
 */
#include <string.h>
#include <strings.h>

#include "engine/sqlite_int.h"
#include "engine/sqlite_schema_int.h"

/* Any column, table or view that the name could have meant. */
static const char named_sql[] =
    "SELECT 1 FROM main.sqlite_master s, pragma_table_xinfo(s.name, 'main') x "
    "WHERE s.type IN ('table', 'view') "
    "  AND (x.name = $1 COLLATE NOCASE OR s.name = $1 COLLATE NOCASE) "
    "LIMIT 1";

/* 1 nothing in the database is called so, 0 something is. */
static int
name_is_free(struct db *db, const char *name, struct err *err)
{
	const char *params[] = {name};
	struct rows rows;
	int r;

	rows_init(&rows);
	r = db_query(db, &rows, err, named_sql, 1, params);
	if (r == 0)
		r = rows.nrows == 0;
	rows_clear(&rows);
	return r;
}

/* A name that is given behind AS would have been meant. */
static bool
is_alias(const struct schema_tokens *ts, const char *name)
{
	size_t i;

	for (i = 1; i < ts->count; i++)
		if (schema_is(&ts->list[i - 1], "AS") &&
		    strcasecmp(ts->list[i].name, name) == 0)
			return true;
	return false;
}

/* A word that can only be a name: TRUE and NULL are something by themselves. */
static bool
is_nothing(const struct schema_token *t)
{
	return t->kind == SCHEMA_NAME && strcasecmp(t->name, "true") != 0 &&
	    strcasecmp(t->name, "false") != 0;
}

/* A name in the one that is a string in the other. */
static int
tokens_respelled(struct db *db, const struct schema_tokens *x,
    const struct schema_tokens *y, struct err *err)
{
	const struct schema_token *a, *b;
	size_t i;
	int r = 1;

	if (x->count != y->count)
		return 0;
	for (i = 0; i < x->count && r == 1; i++) {
		a = &x->list[i];
		b = &y->list[i];
		if (a->kind == b->kind && strcmp(a->text, b->text) == 0)
			continue;
		if (!(is_nothing(a) && b->kind == SCHEMA_STRING) &&
		    !(is_nothing(b) && a->kind == SCHEMA_STRING))
			return 0;
		if (strcmp(a->name, b->name) != 0 || *a->name == '\0' ||
		    is_alias(x, a->name) || is_alias(y, b->name))
			return 0;
		r = name_is_free(db, a->name, err);
	}
	return r;
}

static int
text_respelled(struct db *db, struct arena *arena, const char *a, const char *b,
    struct err *err)
{
	struct schema_tokens x, y;
	bool whole = schema_tokens_read(&x, arena, a);
	int r;

	whole = schema_tokens_read(&y, arena, b) && whole;
	r = whole ? tokens_respelled(db, &x, &y, err) : 0;
	schema_tokens_clear(&x);
	schema_tokens_clear(&y);
	return r;
}

int
sqlite_respelled(struct db *db, const struct object *a, const struct object *b,
    struct err *err)
{
	struct arena *arena = arena_new();
	size_t i;
	int r = a->nfields == b->nfields;

	for (i = 0; r == 1 && i < a->nfields; i++) {
		if (strcmp(a->fields[i].key, b->fields[i].key) != 0)
			r = 0;
		else if (strcmp(a->fields[i].value, b->fields[i].value) != 0)
			r = text_respelled(db, arena, a->fields[i].value,
			    b->fields[i].value, err);
	}
	arena_free(arena);
	return r;
}
