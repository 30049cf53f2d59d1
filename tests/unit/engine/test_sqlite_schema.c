/*
 * Snapshots of SQLite's schema: a list of changes, each seen as what it is and
 * as nothing else, and spellings that mean the same.
 */
#include "schema_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "engine/sqlite_schema_int.h"

#define CHANGES_MIN 140

static void
print_change(struct buf *b, char mark, const struct object *o)
{
	buf_addf(b, "%s%c%s %s", b->len == 0 ? "" : "; ", mark,
	    object_kind_name(o->kind), o->identity);
}

/* What differs, in the words of the list. */
static void
compare(struct buf *b, const struct catalogue *x, const struct catalogue *y)
{
	size_t i = 0, j = 0;
	int d;

	while (i < x->count || j < y->count) {
		if (i == x->count || j == y->count)
			d = i == x->count ? 1 : -1;
		else
			d = object_compare(x->objects[i], y->objects[j]);
		if (d < 0)
			print_change(b, '-', x->objects[i]);
		else if (d > 0)
			print_change(b, '+', y->objects[j]);
		else if (!object_same(x->objects[i], y->objects[j]))
			print_change(b, '~', x->objects[i]);
		i += d <= 0;
		j += d >= 0;
	}
}

static bool
differs_so(const struct catalogue *x, const struct catalogue *y,
    const char *expected, const char *what)
{
	struct buf b;
	bool good;

	buf_init(&b, BUF_TEXT);
	compare(&b, x, y);
	good = strcmp(buf_str(&b), expected) == 0;
	if (!good)
		print_error("%s\n  gives    %s\n  and not  %s\n", what,
		    buf_str(&b), expected);
	buf_clear(&b);
	return good;
}

/* Each of the parts between " | "; a part may be empty. */
static void
split(char *line, char *part[4])
{
	size_t i;

	for (i = 0; i < 4; i++) {
		part[i] = line;
		if (i == 3)
			break;
		line = i == 0 && *line == '|' ? line - 1 : strstr(line, " | ");
		if (line == NULL)
			fail_msg("no part %zu in: %s", i + 1, part[0]);
		if (line >= part[0])
			*line = '\0';
		line += 3;
	}
	if (*part[0] == '|')
		part[0] = part[0] + strlen(part[0]);
}

/* \n in the list is the end of a line. */
static void
run_part(sqlite3 *h, char *sql)
{
	char *p;

	while ((p = strstr(sql, "\\n")) != NULL)
		memcpy(p, " \n", 2);
	if (strcmp(sql, "-") != 0)
		schema_do(h, sql);
}

static bool
try_change(char *line)
{
	bool good;
	char *what = mem_strdup(line), *part[4];
	struct catalogue *before, *after, *again;
	struct db *db;
	sqlite3 *h = schema_fresh(&db);

	split(line, part);
	run_part(h, part[0]);
	before = schema_snapshot(db, false);
	run_part(h, part[1]);
	after = schema_snapshot(db, false);
	good = differs_so(
	    before, after, strcmp(part[3], "-") == 0 ? "" : part[3], what);
	run_part(h, part[2]);
	again = schema_snapshot(db, true);
	if (strcmp(part[2], "-") != 0)
		good = differs_so(before, again, "", what) && good;
	schema_understood(before, what);
	schema_understood(after, what);
	schema_understood(again, what);
	catalogue_free(before);
	catalogue_free(after);
	catalogue_free(again);
	schema_done(h, db);
	free(what);
	return good;
}

static void
test_changes(void **state)
{
	const char *top = getenv("top_srcdir");
	struct err err = ERR_INIT;
	char name[4096], *line, *rest;
	size_t n = 0, bad = 0;
	struct buf b;

	(void)state;
	snprintf(name, sizeof(name), "%s/tests/data/catalogue-sqlite.txt",
	    top == NULL ? "." : top);
	buf_init(&b, BUF_TEXT);
	if (file_read_small(name, &b, &err) < 0)
		fail_msg("%s", err.message);
	for (rest = b.data; (line = strsep(&rest, "\n")) != NULL;) {
		if (*line == '\0' || *line == '#')
			continue;
		bad += !try_change(line);
		n++;
	}
	assert_int_equal(bad, 0);
	assert_true(n >= CHANGES_MIN);
	buf_clear(&b);
}

/* Each of SQLite's keywords is known, and whether it may be a name. */
static void
test_keywords(void **state)
{
	struct arena *a = arena_new();
	struct schema_tokens ts;
	const char *word;
	enum schema_token_kind known;
	int i, len;
	struct db *db;
	sqlite3 *h = schema_fresh(&db);
	char *sql;

	(void)state;
	for (i = 0; i < sqlite3_keyword_count(); i++) {
		assert_int_equal(
		    sqlite3_keyword_name(i, &word, &len), SQLITE_OK);
		sql = sqlite3_mprintf("CREATE TABLE k%d (%.*s)", i, len, word);
		known = sqlite3_exec(h, sql, NULL, NULL, NULL) == SQLITE_OK
		    ? SCHEMA_WORD
		    : SCHEMA_RESERVED;
		assert_true(schema_tokens_read(&ts, a, sql));
		if (ts.list[4].kind != known)
			fail_msg("%s", sql);
		schema_tokens_clear(&ts);
		sqlite3_free(sql);
	}
	assert_true(i > 100);
	arena_free(a);
	schema_done(h, db);
}

static const struct object *
find(const struct catalogue *c, enum object_kind kind, const char *identity)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (c->objects[i]->kind == kind &&
		    strcmp(c->objects[i]->identity, identity) == 0)
			return c->objects[i];
	fail_msg("no %s %s", object_kind_name(kind), identity);
	return NULL;
}

static void
assert_needs(const struct object *o, size_t n, const char *first)
{
	assert_int_equal(o->nneeds, n);
	if (n > 0)
		assert_string_equal(o->needs[0]->identity, first);
}

static void
test_needs(void **state)
{
	struct catalogue *c;
	struct db *db;
	sqlite3 *h = schema_fresh(&db);

	(void)state;
	schema_do(h,
	    "CREATE TABLE p (i PRIMARY KEY); "
	    "CREATE TABLE c (p REFERENCES \"P\"); CREATE INDEX x ON c (p);"
	    "CREATE VIEW v AS SELECT c.i FROM (SELECT 1 AS i FROM main.c) c; "
	    "CREATE VIEW w AS SELECT 1 FROM [v] JOIN V AS b;"
	    "CREATE TRIGGER r AFTER DELETE ON p BEGIN DELETE FROM c; END");
	c = schema_snapshot(db, true);
	assert_needs(find(c, OBJECT_TABLE, "p"), 0, NULL);
	assert_needs(find(c, OBJECT_TABLE, "c"), 1, "p");
	assert_needs(find(c, OBJECT_VIEW, "v"), 1, "c");
	assert_needs(find(c, OBJECT_VIEW, "w"), 1, "v");
	assert_needs(find(c, OBJECT_TRIGGER, "r"), 1, "c");
	assert_ptr_equal(
	    find(c, OBJECT_TRIGGER, "r")->parent, find(c, OBJECT_TABLE, "p"));
	assert_ptr_equal(
	    find(c, OBJECT_INDEX, "x")->parent, find(c, OBJECT_TABLE, "c"));
	catalogue_free(c);
	c = schema_snapshot(db, false);
	assert_needs(find(c, OBJECT_VIEW, "v"), 0, NULL);
	catalogue_free(c);
	schema_done(h, db);
}

/* What is no statement that we know is refused, not taken for less. */
static void
test_not_understood(void **state)
{
	static const char *const tables[] = {"CREATE TABLE t",
	    "CREATE TABLE t (", "CREATE TABLE t (a", "CREATE TABLE t (a) FAST",
	    "CREATE TABLE t (a NEW 1)", "CREATE TABLE t (a UNIQUE ON CONFLICT",
	    "CREATE TABLE t (a REFERENCES)", "CREATE TABLE t (a DEFAULT",
	    "CREATE TABLE t (a, EXCLUDE (a) b)", "CREATE TABLE t (a,, b)",
	    "CREATE TABLE t (a REFERENCES p ON DELETE EXPLODE)",
	    "CREATE TABLE t (a, PRIMARY KEY)", "CREATE TABLE t (a CHECK a)",
	    "TABLE t (a)", "CREATE VIEW t AS SELECT 1", "CREATE TABLE (a)",
	    "CREATE TABLE IF NOT EXISTS t (a)", "CREATE TABLE main.t (a)",
	    "CREATE TABLE t (a b,)", "CREATE TABLE t (a PRIMARY)",
	    "CREATE TABLE t (a REFERENCES p DEFERRABLE INITIALLY LATE)",
	    "CREATE TABLE t (a REFERENCES p (b)", "CREATE TABLE t (a NOT 1)",
	    "CREATE TABLE t (a REFERENCES p (b",
	    "CREATE TABLE t (a, FOREIGN (a) REFERENCES p)",
	    "CREATE TABLE t (a, FOREIGN KEY (a) p)",
	    "CREATE TABLE t (a DEFERRABLE)", "CREATE TABLE t (a COLLATE)",
	    "CREATE TABLE t (a GENERATED ALWAYS (1))",
	    "CREATE TABLE t (a AS 1)", "CREATE TABLE t (a AS (1",
	    "CREATE TABLE t (a REFERENCES p NOT DEFERRED)"};
	struct arena *a = arena_new();
	struct schema_tokens ts;
	struct schema_table t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		assert_true(schema_tokens_read(&ts, a, tables[i]));
		if (schema_table_read(&t, a, ts.list))
			fail_msg("%s", tables[i]);
		schema_table_clear(&t);
		schema_tokens_clear(&ts);
	}
	assert_false(schema_tokens_read(&ts, a, "CREATE VIEW v AS SELECT 'a"));
	schema_tokens_clear(&ts);
	assert_false(schema_tokens_read(&ts, a, "CREATE VIEW v AS SELECT ?1"));
	schema_tokens_clear(&ts);
	arena_free(a);
}

/* The text of an object as another version of SQLite might have it. */
static void
replace_text(sqlite3 *h, const char *name, const char *sql)
{
	char *update = sqlite3_mprintf(
	    "PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql = %Q "
	    "WHERE name = %Q",
	    sql, name);

	schema_do(h, update);
	sqlite3_free(update);
}

/* Of an object that is not understood the snapshot has the whole text. */
static void
test_kept_whole(void **state)
{
	static const struct {
		enum object_kind kind;
		const char *name, *sql;
	} texts[] = {
	    {OBJECT_TABLE, "t", "CREATE TABLE t(a, b) FAST"},
	    {OBJECT_TABLE, "t", "CREATE TABLE t(a)"},
	    {OBJECT_TABLE, "t", "CREATE TABLE t(a, c)"},
	    {OBJECT_INDEX, "x", "CREATE UNIQUE INDEX x"},
	    {OBJECT_INDEX, "x", "CREATE INDEX x ON t"},
	    {OBJECT_INDEX, "x", "CREATE INDEX x ON t(a"},
	    {OBJECT_INDEX, "x", "CREATE INDEX x ON t(a) FAST"},
	    {OBJECT_VIEW, "v", "CREATE VIEW v"},
	    {OBJECT_VIEW, "v", "CREATE v AS SELECT 1"},
	    {OBJECT_VIEW, "v", "CREATE VIEW v(a AS SELECT 1"},
	    {OBJECT_VIEW, "v", "CREATE VIEW v SELECT 1"},
	    {OBJECT_TRIGGER, "r", "CREATE r"},
	    {OBJECT_TRIGGER, "r", "CREATE TRIGGER r AFTER DELETE"},
	    {OBJECT_TRIGGER, "r", "CREATE TRIGGER r AFTER DELETE ON"},
	    {OBJECT_TRIGGER, "r", "CREATE TRIGGER r AFTER DELETE ON t SELECT"},
	    {OBJECT_TRIGGER, "r",
		"CREATE TRIGGER r AFTER DELETE ON t LATE BEGIN SELECT 1; END"},
	    {OBJECT_VIRTUAL_TABLE, "q", "CREATE VIRTUAL TABLE q"},
	    {OBJECT_VIRTUAL_TABLE, "q", "CREATE VIRTUAL TABLE q USING"},
	    {OBJECT_VIRTUAL_TABLE, "q", "CREATE VIRTUAL TABLE q USING fts5(a"},
	    {OBJECT_VIRTUAL_TABLE, "q",
		"CREATE VIRTUAL TABLE q USING fts5 FAST"},
	};
	const struct object *o;
	struct catalogue *c;
	struct db *db;
	sqlite3 *h = schema_fresh(&db);
	size_t i;

	(void)state;
	schema_do(h,
	    "CREATE TABLE t (a, b); CREATE INDEX x ON t (a);"
	    "CREATE VIEW v AS SELECT 1;"
	    "CREATE TRIGGER r AFTER DELETE ON t BEGIN SELECT 1; END;"
	    "CREATE VIRTUAL TABLE q USING fts5 (a)");
	catalogue_free(schema_snapshot(db, false));
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		replace_text(h, texts[i].name, texts[i].sql);
		c = schema_snapshot(db, false);
		o = find(c, texts[i].kind, texts[i].name);
		assert_int_equal(o->nfields, 1);
		assert_string_equal(o->fields[0].key, "definition");
		assert_string_equal(o->fields[0].value, texts[i].sql);
		catalogue_free(c);
	}
	schema_done(h, db);
}

static struct catalogue *
follow(struct db *db)
{
	struct catalogue_scope scope = {.follow = true};
	struct catalogue *c = catalogue_new();
	struct err err = ERR_INIT;

	if (db->engine->catalogue(db, &scope, c, &err) < 0)
		fail_msg("%s", err.message);
	return c;
}

/* What has not changed is not read again: it is the same object. */
static void
test_follow(void **state)
{
	struct catalogue *before, *after;
	struct db *db;
	sqlite3 *h = schema_fresh(&db);

	(void)state;
	schema_do(h, "CREATE TABLE a (x); CREATE TABLE b (x)");
	before = follow(db);
	schema_do(h, "CREATE INDEX i ON b (x); CREATE TABLE c (y)");
	after = follow(db);
	assert_ptr_equal(before->objects[0], after->objects[0]);
	assert_int_equal(before->count, 6);
	assert_int_equal(after->count, 10);
	assert_string_equal(after->objects[6]->identity, "i");
	assert_ptr_equal(after->objects[6]->parent, after->objects[3]);
	assert_ptr_not_equal(before->objects[3], after->objects[3]);
	catalogue_free(before);
	catalogue_free(after);
	schema_do(h, "ALTER TABLE a RENAME TO z; DROP TABLE b");
	catalogue_free(schema_snapshot(db, false));
	schema_done(h, db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_changes),
	    cmocka_unit_test(test_keywords),
	    cmocka_unit_test(test_needs),
	    cmocka_unit_test(test_not_understood),
	    cmocka_unit_test(test_kept_whole),
	    cmocka_unit_test(test_follow),
	};

	return cmocka_run_group_tests(tests, schema_setup, schema_teardown);
}
