/*
 * Columns and constraints of CREATE TABLE, by SQLite's grammar (parse.y).
 *
 * A constraint that stands at its column becomes what it would be behind the
 * columns, so that either way of writing it gives the same.
 */
#include <string.h>
#include <strings.h>

#include "engine/sqlite_schema_int.h"

const char *const schema_key_names[SCHEMA_KEYS] = {
    [SCHEMA_TYPE] = "type",
    [SCHEMA_NOT_NULL] = "not null",
    [SCHEMA_DEFAULT] = "default",
    [SCHEMA_COLLATE] = "collate",
    [SCHEMA_GENERATED] = "generated",
    [SCHEMA_COLUMNS] = "columns",
    [SCHEMA_EXPRESSION] = "expression",
    [SCHEMA_REFERENCES] = "references",
    [SCHEMA_MATCH] = "match",
    [SCHEMA_ON_UPDATE] = "on update",
    [SCHEMA_ON_DELETE] = "on delete",
    [SCHEMA_DEFERRABLE] = "deferrable",
    [SCHEMA_ON_CONFLICT] = "on conflict",
    [SCHEMA_ROWID] = "rowid",
};

/* What is being read: the column, or NULL, and the constraint's name. */
struct place {
	struct schema_table *table;
	struct schema_part *column;
	const char *name;
};

/* Reads what stands behind its first word; NULL is not understood. */
typedef const struct schema_token *
take_fn(struct place *, const struct schema_token *);

struct clause {
	const char *word;
	take_fn *take;
};

struct schema_part *
schema_parts_add(struct schema_parts *parts)
{
	parts->list = mem_grow(
	    parts->list, parts->count, &parts->cap, sizeof(*parts->list));
	memset(&parts->list[parts->count], 0, sizeof(*parts->list));
	return &parts->list[parts->count++];
}

static struct schema_part *
add_constraint(struct place *p, const char *type)
{
	struct schema_part *c = schema_parts_add(&p->table->constraints);

	c->name = p->name;
	c->value[SCHEMA_TYPE] = type;
	if (p->column != NULL)
		c->value[SCHEMA_COLUMNS] =
		    schema_name_text(p->table->arena, p->column->name);
	return c;
}

/* ON CONFLICT, where it is there and not what it would be without. */
static const struct schema_token *
take_conflict(const struct schema_token *t, const char **value)
{
	if (!schema_is(t, "ON") || !schema_is(&t[1], "CONFLICT"))
		return t;
	if (!schema_is_name(&t[2]))
		return NULL;
	if (strcmp(t[2].text, "ABORT") != 0)
		*value = t[2].text;
	return &t[3];
}

/* The list that stands here; a token that is no ( is not understood. */
static const struct schema_token *
take_list(struct place *p, struct schema_part *c, const struct schema_token *t)
{
	const struct schema_token *end;

	if (!schema_is(t, "("))
		return NULL;
	end = schema_skip_list(t);
	if (end != NULL)
		c->value[SCHEMA_COLUMNS] = schema_list_text(p->table->arena, t);
	return end;
}

/* The list of a primary key, which may end in AUTOINCREMENT. */
static const struct schema_token *
take_key_list(
    struct place *p, struct schema_part *c, const struct schema_token *t)
{
	const struct schema_token *end = take_list(p, c, t);

	if (end == NULL)
		return NULL;
	if (schema_is_name(&t[1]))
		c->alone = t[1].name;
	for (; t < end; t++)
		if (schema_is(t, ","))
			c->alone = NULL;
	if (schema_is(&end[-2], "AUTOINCREMENT"))
		p->table->autoincrement = true;
	return end;
}

static const struct schema_token *
take_primary(struct place *p, const struct schema_token *t)
{
	struct schema_part *c;

	if (!schema_take(&t, "KEY"))
		return NULL;
	c = add_constraint(p, "PRIMARY KEY");
	if (p->column == NULL) {
		t = take_key_list(p, c, t);
		return t == NULL
		    ? NULL
		    : take_conflict(t, &c->value[SCHEMA_ON_CONFLICT]);
	}
	c->alone = p->column->name;
	c->descending = schema_take(&t, "DESC");
	if (c->descending)
		c->value[SCHEMA_COLUMNS] = arena_printf(
		    p->table->arena, "%s DESC", c->value[SCHEMA_COLUMNS]);
	schema_take(&t, "ASC");
	t = take_conflict(t, &c->value[SCHEMA_ON_CONFLICT]);
	if (t != NULL && schema_take(&t, "AUTOINCREMENT"))
		p->table->autoincrement = true;
	return t;
}

static const struct schema_token *
take_unique(struct place *p, const struct schema_token *t)
{
	struct schema_part *c = add_constraint(p, "UNIQUE");

	if (p->column == NULL)
		t = take_list(p, c, t);
	return t == NULL ? NULL
			 : take_conflict(t, &c->value[SCHEMA_ON_CONFLICT]);
}

static const struct schema_token *
take_check(struct place *p, const struct schema_token *t)
{
	const struct schema_token *end;
	struct schema_part *c;

	end = schema_is(t, "(") ? schema_skip_list(t) : NULL;
	if (end == NULL)
		return NULL;
	c = add_constraint(p, "CHECK");
	c->value[SCHEMA_COLUMNS] = NULL;
	c->value[SCHEMA_EXPRESSION] = schema_bare_text(p->table->arena, t, end);
	return take_conflict(end, &c->value[SCHEMA_ON_CONFLICT]);
}

/* What happens to the children; NO ACTION is what happens without a word. */
static const struct schema_token *
take_action(const struct schema_token *t, const char **value)
{
	static const char *const actions[][3] = {{"SET", "NULL", "SET NULL"},
	    {"SET", "DEFAULT", "SET DEFAULT"}, {"NO", "ACTION", NULL}};
	size_t i;

	for (i = 0; i < 3; i++)
		if (schema_is(t, actions[i][0]) &&
		    schema_is(&t[1], actions[i][1])) {
			*value = actions[i][2];
			return &t[2];
		}
	if (!schema_is(t, "CASCADE") && !schema_is(t, "RESTRICT"))
		return NULL;
	*value = t->text;
	return &t[1];
}

/* [NOT] DEFERRABLE [INITIALLY DEFERRED | IMMEDIATE]: one of them has effect. */
static const struct schema_token *
take_deferrable(struct schema_part *c, const struct schema_token *t)
{
	bool not = schema_take(&t, "NOT"), deferred = false;

	if (!schema_take(&t, "DEFERRABLE"))
		return NULL;
	if (schema_take(&t, "INITIALLY")) {
		deferred = schema_take(&t, "DEFERRED");
		if (!deferred && !schema_take(&t, "IMMEDIATE"))
			return NULL;
	}
	c->value[SCHEMA_DEFERRABLE] =
	    deferred && !not ? "INITIALLY DEFERRED" : NULL;
	return t;
}

static bool
is_deferrable(const struct schema_token *t)
{
	return schema_is(t, "DEFERRABLE") ||
	    (schema_is(t, "NOT") && schema_is(&t[1], "DEFERRABLE"));
}

static const struct schema_token *
take_reference_clauses(
    struct place *p, struct schema_part *c, const struct schema_token *t)
{
	const char *insert;

	while (t != NULL) {
		if (schema_is(t, "ON") && schema_is(&t[1], "DELETE")) {
			t = take_action(&t[2], &c->value[SCHEMA_ON_DELETE]);
		} else if (schema_is(t, "ON") && schema_is(&t[1], "UPDATE")) {
			t = take_action(&t[2], &c->value[SCHEMA_ON_UPDATE]);
		} else if (schema_is(t, "ON") && schema_is(&t[1], "INSERT")) {
			t = take_action(&t[2], &insert); /* means nothing */
		} else if (schema_is(t, "MATCH") && schema_is_name(&t[1])) {
			c->value[SCHEMA_MATCH] =
			    schema_upper_text(p->table->arena, t[1].name);
			t += 2;
		} else if (is_deferrable(t)) {
			t = take_deferrable(c, t);
		} else {
			break;
		}
	}
	return t;
}

static const struct schema_token *
take_references(
    struct place *p, struct schema_part *c, const struct schema_token *t)
{
	struct arena *a = p->table->arena;
	const struct schema_token *open;

	if (!schema_is_name(t))
		return NULL;
	c->parent = t->name;
	c->value[SCHEMA_REFERENCES] = schema_name_text(a, t->name);
	open = ++t;
	if (schema_is(open, "(")) {
		t = schema_skip_list(open);
		if (t == NULL)
			return NULL;
		c->value[SCHEMA_REFERENCES] = arena_printf(a, "%s (%s)",
		    c->value[SCHEMA_REFERENCES], schema_list_text(a, open));
	}
	return take_reference_clauses(p, c, t);
}

static const struct schema_token *
take_reference(struct place *p, const struct schema_token *t)
{
	return take_references(p, add_constraint(p, "FOREIGN KEY"), t);
}

static const struct schema_token *
take_foreign(struct place *p, const struct schema_token *t)
{
	struct schema_part *c;

	if (!schema_take(&t, "KEY"))
		return NULL;
	c = add_constraint(p, "FOREIGN KEY");
	t = take_list(p, c, t);
	if (t == NULL || !schema_take(&t, "REFERENCES"))
		return NULL;
	return take_references(p, c, t);
}

/* Of the table's last foreign key, wherever that stood. */
static const struct schema_token *
take_late_deferrable(struct place *p, const struct schema_token *t)
{
	struct schema_parts *all = &p->table->constraints;
	size_t i;

	for (i = all->count; i-- > 0;)
		if (strcmp(all->list[i].value[SCHEMA_TYPE], "FOREIGN KEY") == 0)
			return take_deferrable(&all->list[i], t);
	return NULL;
}

/* Also the name, which an error shows. */
static const struct schema_token *
take_not_null(struct place *p, const struct schema_token *t)
{
	struct arena *a = p->table->arena;
	const char *conflict = NULL, *value = "";

	if (!schema_take(&t, "NULL"))
		return NULL;
	t = take_conflict(t, &conflict);
	if (conflict != NULL)
		value = arena_printf(a, "ON CONFLICT %s", conflict);
	if (p->name != NULL)
		value = arena_printf(a, "CONSTRAINT %s%s%s",
		    schema_name_text(a, p->name), *value == '\0' ? "" : " ",
		    value);
	p->column->value[SCHEMA_NOT_NULL] = value;
	return t;
}

static const struct schema_token *
take_null(struct place *p, const struct schema_token *t)
{
	const char *conflict;

	(void)p;
	return take_conflict(t, &conflict);
}

/* A name alone is a string here, except for the few words that are values. */
static bool
is_default_string(const struct schema_token *t)
{
	if (t->kind == SCHEMA_NAME)
		return true;
	return t->kind == SCHEMA_WORD &&
	    strncmp(t->text, "CURRENT_", strlen("CURRENT_")) != 0 &&
	    !schema_is(t, "TRUE") && !schema_is(t, "FALSE");
}

/* A literal or a word, with or without a sign. */
static const struct schema_token *
take_value(const struct schema_token *t)
{
	if (t->kind == SCHEMA_OPERATOR)
		t++;
	return t->kind == SCHEMA_END || t->kind == SCHEMA_MARK ? NULL : &t[1];
}

static const struct schema_token *
take_default(struct place *p, const struct schema_token *t)
{
	const char **value = &p->column->value[SCHEMA_DEFAULT];
	const struct schema_token *end;

	end = schema_is(t, "(") ? schema_skip_list(t) : take_value(t);
	if (end == NULL)
		return NULL;
	if (!is_default_string(t)) {
		*value = schema_bare_text(p->table->arena, t, end);
		return end;
	}
	*value = schema_string_text(p->table->arena, t->name);
	return end;
}

static const struct schema_token *
take_collate(struct place *p, const struct schema_token *t)
{
	const char **value = &p->column->value[SCHEMA_COLLATE];

	if (!schema_is_name(t))
		return NULL;
	*value = strcmp(t->name, "BINARY") == 0 ? NULL : t->text;
	return &t[1];
}

static const struct schema_token *
take_generated(struct place *p, const struct schema_token *t)
{
	const struct schema_token *end;
	struct schema_part *c = p->column;

	if (schema_take(&t, "ALWAYS") && !schema_take(&t, "AS"))
		return NULL;
	end = schema_is(t, "(") ? schema_skip_list(t) : NULL;
	if (end == NULL)
		return NULL;
	c->stored =
	    end->kind == SCHEMA_NAME && strcasecmp(end->text, "stored") == 0;
	c->value[SCHEMA_GENERATED] = arena_printf(p->table->arena, "(%s)%s",
	    schema_bare_text(p->table->arena, t, end),
	    c->stored ? " STORED" : "");
	return c->stored || schema_is(end, "VIRTUAL") ? &end[1] : end;
}

static const struct clause column_clauses[] = {{"PRIMARY", take_primary},
    {"UNIQUE", take_unique}, {"CHECK", take_check},
    {"REFERENCES", take_reference}, {"NULL", take_null},
    {"DEFAULT", take_default}, {"COLLATE", take_collate},
    {"GENERATED", take_generated}, {"AS", take_generated}, {NULL, NULL}};

static const struct clause table_clauses[] = {{"PRIMARY", take_primary},
    {"UNIQUE", take_unique}, {"CHECK", take_check}, {"FOREIGN", take_foreign},
    {NULL, NULL}};

static const struct clause *
clause_find(const struct clause *c, const struct schema_token *t)
{
	while (c->word != NULL && !schema_is(t, c->word))
		c++;
	return c->word == NULL ? NULL : c;
}

static const struct schema_token *
take_column_clause(struct place *p, const struct schema_token *t)
{
	const struct clause *c;

	if (is_deferrable(t))
		return take_late_deferrable(p, t);
	if (schema_is(t, "NOT"))
		return take_not_null(p, &t[1]);
	c = clause_find(column_clauses, t);
	return c == NULL ? NULL : c->take(p, &t[1]);
}

/* The words of a type end where a clause begins. */
static const struct schema_token *
take_type(struct place *p, const struct schema_token *t)
{
	struct arena *a = p->table->arena;
	const struct schema_token *from = t;
	struct buf b;

	buf_init(&b, BUF_LINE);
	for (; schema_is_name(t); t++) {
		if (schema_is(t, "GENERATED") && schema_is(&t[1], "ALWAYS"))
			break;
		buf_addf(&b, "%s%s", t == from ? "" : " ", t->name);
	}
	if (t > from && schema_is(t, "(")) {
		from = t;
		t = schema_skip_list(t);
		if (t != NULL)
			schema_print(&b, from, t);
	}
	p->column->value[SCHEMA_TYPE] =
	    b.len == 0 ? NULL : schema_upper_text(a, buf_str(&b));
	buf_clear(&b);
	return t;
}

/* The last one counts, for the clause behind it. */
static bool
take_constraint_name(struct place *p, const struct schema_token **t)
{
	if (!schema_is(*t, "CONSTRAINT") || !schema_is_name(&(*t)[1]))
		return false;
	p->name = (*t)[1].name;
	*t += 2;
	return true;
}

const struct schema_token *
schema_take_column(struct schema_table *table, const struct schema_token *t)
{
	struct place p = {.table = table};

	if (!schema_is_name(t))
		return NULL;
	p.column = schema_parts_add(&table->columns);
	p.column->name = t->name;
	t = take_type(&p, &t[1]);
	while (t != NULL && !schema_is(t, ",") && !schema_is(t, ")")) {
		if (take_constraint_name(&p, &t))
			continue;
		t = take_column_clause(&p, t);
		p.name = NULL;
	}
	return t;
}

/* A name for nothing is passed. */
static const struct schema_token *
take_table_clause(struct place *p, const struct schema_token *t)
{
	const struct clause *c = clause_find(table_clauses, t);

	if (c != NULL)
		return c->take(p, &t[1]);
	return schema_is(t, ",") || schema_is(t, ")") ? t : NULL;
}

const struct schema_token *
schema_take_constraint(struct schema_table *table, const struct schema_token *t)
{
	struct place p = {.table = table};

	while (take_constraint_name(&p, &t))
		continue;
	return take_table_clause(&p, t);
}
