/*
 * Fuzzing what takes apart the statements of an SQLite schema: printed and
 * read again, the tokens and every part must be the same, but for the case of
 * names that are keywords.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/sqlite_schema_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
compare(const char *a, const char *b)
{
	if (strcasecmp(a, b) == 0)
		return;
	fprintf(stderr, "first: %s\nthen:  %s\n", a, b);
	abort();
}

static void
put_part(struct buf *b, const struct schema_part *part)
{
	size_t i;

	buf_addf(b, "%s\n", part->name == NULL ? "" : part->name);
	for (i = 0; i < SCHEMA_KEYS; i++)
		if (part->value[i] != NULL)
			buf_addf(b, " %zu %s\n", i, part->value[i]);
}

/* All that was read of a table; nothing where it was not understood. */
static void
put_table(struct buf *b, struct arena *a, const struct schema_tokens *ts)
{
	struct schema_table t;
	size_t i;

	if (schema_table_read(&t, a, ts->list)) {
		buf_addf(b, "%d %d %d\n", t.autoincrement, t.without_rowid,
		    t.strict);
		for (i = 0; i < t.columns.count; i++)
			put_part(b, &t.columns.list[i]);
		for (i = 0; i < t.constraints.count; i++)
			put_part(b, &t.constraints.list[i]);
	}
	schema_table_clear(&t);
}

static void
put_other(struct buf *b, const struct schema_tokens *ts, schema_add_fn *add)
{
	struct catalogue *c = catalogue_new();
	struct object *o = catalogue_add(c, OBJECT_INDEX, "i", NULL);
	size_t i;

	/* The arguments of a module stay as they were written. */
	if (add(c, o, ts->list))
		for (i = 0; i < o->nfields && add != schema_add_virtual; i++)
			buf_addf(
			    b, "%s %s\n", o->fields[i].key, o->fields[i].value);
	else if (o->nfields > 0)
		abort();
	catalogue_free(c);
}

/* The tokens as text; the parts are appended. */
static const char *
take_apart(struct buf *parts, struct arena *a, const char *sql, bool *whole)
{
	static schema_add_fn *const others[] = {schema_add_index,
	    schema_add_view, schema_add_trigger, schema_add_virtual};
	struct schema_tokens ts;
	const char *text;
	size_t i;

	*whole = schema_tokens_read(&ts, a, sql);
	text = schema_text(a, ts.list, &ts.list[ts.count]);
	if (*whole) {
		put_table(parts, a, &ts);
		for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			put_other(parts, &ts, others[i]);
	}
	schema_tokens_clear(&ts);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *sql = arena_strndup(a, (const char *)data, size);
	struct buf first, then;
	const char *text;
	bool whole;

	buf_init(&first, BUF_TEXT);
	buf_init(&then, BUF_TEXT);
	text = take_apart(&first, a, sql, &whole);
	if (whole) {
		compare(text, take_apart(&then, a, text, &whole));
		/* A keyword in quotes is none, and loses them. */
		if (first.len > 0)
			compare(buf_str(&first), buf_str(&then));
	}
	buf_clear(&first);
	buf_clear(&then);
	arena_free(a);
	return 0;
}
