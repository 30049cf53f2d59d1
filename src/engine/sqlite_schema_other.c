/* Indexes, views, triggers and virtual tables. */
#include <string.h>

#include "engine/sqlite_schema_int.h"

/* The end of the statement. */
static const struct schema_token *
find_end(const struct schema_token *t)
{
	while (t->kind != SCHEMA_END)
		t++;
	return t;
}

/* Append the tokens as a field; nothing where there are none. */
static void
add_text(struct catalogue *c, struct object *o, const char *key,
    const struct schema_token *from, const struct schema_token *end)
{
	if (from < end)
		catalogue_field(c, o, key, schema_text(c->arena, from, end));
}

bool
schema_add_index(
    struct catalogue *c, struct object *o, const struct schema_token *t)
{
	bool unique = t->kind != SCHEMA_END && schema_is(&t[1], "UNIQUE");
	const struct schema_token *open, *end;

	if (!schema_take_head(&t, "INDEX") || !schema_take(&t, "ON") ||
	    !schema_is_name(t))
		return false;
	open = &t[1];
	if (!schema_is(open, "("))
		return false;
	t = schema_skip_list(open);
	if (t == NULL || (t->kind != SCHEMA_END && !schema_take(&t, "WHERE")))
		return false;
	end = find_end(t);
	if (unique)
		catalogue_field(c, o, "unique", "");
	catalogue_field(c, o, "columns", schema_list_text(c->arena, open));
	if (t < end)
		catalogue_field(
		    c, o, "where", schema_bare_text(c->arena, t, end));
	return true;
}

bool
schema_add_view(
    struct catalogue *c, struct object *o, const struct schema_token *t)
{
	const struct schema_token *open;

	if (!schema_take_head(&t, "VIEW"))
		return false;
	open = t;
	if (schema_is(open, "("))
		t = schema_skip_list(open);
	if (t == NULL || !schema_take(&t, "AS"))
		return false;
	if (schema_is(open, "("))
		catalogue_field(
		    c, o, "columns", schema_list_text(c->arena, open));
	add_text(c, o, "query", t, find_end(t));
	return true;
}

/* BEFORE where nothing is said; what happens; the columns of an UPDATE OF. */
static const struct schema_token *
take_event(struct buf *b, const struct schema_token *t)
{
	const struct schema_token *from;

	if (schema_is(t, "INSTEAD") && schema_is(&t[1], "OF")) {
		buf_adds(b, "INSTEAD OF ");
		t += 2;
	} else {
		buf_adds(b, schema_is(t, "AFTER") ? "AFTER " : "BEFORE ");
		if (schema_is(t, "AFTER") || schema_is(t, "BEFORE"))
			t++;
	}
	for (from = t; !schema_is(t, "ON"); t++)
		if (t->kind == SCHEMA_END)
			return NULL;
	schema_print(b, from, t);
	return t;
}

static const struct schema_token *
take_trigger_table(const struct schema_token *t)
{
	if (!schema_take(&t, "ON") || !schema_is_name(t))
		return NULL;
	t++;
	if (schema_is(t, ".") && schema_is_name(&t[1]))
		t += 2;
	if (schema_is(t, "FOR") && schema_is(&t[1], "EACH") &&
	    schema_is(&t[2], "ROW"))
		t += 3;
	return t;
}

/* Where the body begins; CASE ... END has no BEGIN in it. */
static const struct schema_token *
find_body(const struct schema_token *t)
{
	while (!schema_is(t, "BEGIN") && t->kind != SCHEMA_END)
		t = schema_is(t, "(") && schema_skip_list(t) != NULL
		    ? schema_skip_list(t)
		    : t + 1;
	return t->kind == SCHEMA_END ? NULL : t;
}

bool
schema_add_trigger(
    struct catalogue *c, struct object *o, const struct schema_token *t)
{
	const struct schema_token *when = NULL, *body = NULL, *end;
	struct buf event;

	if (!schema_take_head(&t, "TRIGGER"))
		return false;
	buf_init(&event, BUF_TEXT);
	t = take_event(&event, t);
	if (t != NULL)
		when = take_trigger_table(t);
	if (when != NULL)
		body = find_body(when);
	if (body != NULL && (body == when || schema_is(when, "WHEN"))) {
		catalogue_field(c, o, "event", buf_str(&event));
		if (body > when)
			catalogue_field(c, o, "when",
			    schema_bare_text(c->arena, &when[1], body));
		end = find_end(body);
		add_text(c, o, "body", body, end);
	}
	buf_clear(&event);
	return o->nfields > 0;
}

/* An argument belongs to the module, which sees it as it was written. */
static void
add_argument(struct catalogue *c, struct object *o,
    const struct schema_token *from, const struct schema_token *end)
{
	if (from < end)
		catalogue_field(c, o, "argument",
		    arena_strndup(c->arena, from->raw,
			(size_t)(end[-1].raw - from->raw) + end[-1].raw_len));
}

bool
schema_add_virtual(
    struct catalogue *c, struct object *o, const struct schema_token *t)
{
	const struct schema_token *from, *end = NULL;

	if (!schema_take_head(&t, "TABLE") || !schema_take(&t, "USING") ||
	    !schema_is_name(t))
		return false;
	if (schema_is(&t[1], "("))
		end = schema_skip_list(&t[1]);
	if (end == NULL ? t[1].kind != SCHEMA_END : end->kind != SCHEMA_END)
		return false;
	catalogue_field(c, o, "module", t->name);
	if (end == NULL)
		return true;
	for (from = t += 2; t < end; t++) {
		if (t == &end[-1] || schema_is(t, ",")) {
			add_argument(c, o, from, t);
			from = &t[1];
		} else if (schema_is(t, "(")) {
			t = schema_skip_list(t) - 1;
		}
	}
	return true;
}
