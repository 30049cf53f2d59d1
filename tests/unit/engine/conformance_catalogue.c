/* Conformance: tables, names, and the words for the history. */
#include "conformance.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/writer.h"

static void
test_find_kinds(void **state)
{
	struct db *db = *state;
	struct arena *a = arena_new();
	struct table_info t;

	t = conformance_find(db, a, "absent");
	assert_int_equal(t.kind, TABLE_ABSENT);
	assert_string_equal(t.name, "absent");
	assert_non_null(strstr(t.quoted, "absent"));
	assert_true(t.may_create);
	assert_int_equal(t.ncolumns, 0);
	conformance_do(db, "CREATE VIEW seen AS SELECT 1 AS one");
	assert_int_equal(conformance_find(db, a, "seen").kind, TABLE_VIEW);
	conformance_do(db, conformance_fx->other);
	assert_int_equal(conformance_find(db, a, "strange").kind, TABLE_OTHER);
	arena_free(a);
}

static void
test_find_columns(void **state)
{
	struct db *db = *state;
	struct arena *a = arena_new();
	struct table_info t;

	conformance_do(db,
	    "CREATE TABLE t (a integer PRIMARY KEY, b varchar(50) NOT NULL, "
	    "c text DEFAULT 'x', d text UNIQUE, e integer, f integer, "
	    "UNIQUE (e, f))");
	conformance_do(db, "CREATE UNIQUE INDEX part ON t (c) WHERE e = 1");
	t = conformance_find(db, a, "t");
	assert_int_equal(t.kind, TABLE_PLAIN);
	assert_true(t.may_alter);
	assert_int_equal(t.lacks, 0);
	assert_int_equal(t.ncolumns, 6);
	assert_string_equal(t.columns[0].name, "a");
	assert_string_equal(t.columns[0].type, "integer");
	assert_true(t.columns[0].key);
	assert_true(t.columns[1].not_null);
	assert_false(t.columns[1].has_default);
	assert_false(t.columns[1].key);
	assert_true(t.columns[2].has_default);
	assert_false(t.columns[2].not_null);
	assert_false(t.columns[2].key);
	assert_true(t.columns[3].key);
	assert_false(t.columns[4].key);
	assert_false(t.columns[5].key);

	conformance_do(
	    db, "CREATE TABLE pair (a integer, b text, PRIMARY KEY (a, b))");
	t = conformance_find(db, a, "pair");
	assert_false(t.columns[0].key);
	assert_false(t.columns[1].key);
	arena_free(a);
}

static void
test_quoting(void **state)
{
	struct db *db = *state;
	struct err err = ERR_INIT;
	struct arena *a = arena_new();
	struct table_info t;
	struct rows rows;
	struct buf b;

	buf_init(&b, BUF_LINE);
	buf_adds(&b, "CREATE TABLE ");
	db->engine->quote_name(db, &b, conformance_hostile);
	buf_adds(&b, " (a text)");
	conformance_do(db, buf_str(&b));
	t = conformance_find(db, a, conformance_hostile);
	assert_int_equal(t.kind, TABLE_PLAIN);
	assert_string_equal(t.name, conformance_hostile);

	buf_reset(&b);
	buf_addf(&b, "INSERT INTO %s VALUES (", t.quoted);
	db->engine->quote_text(db, &b, conformance_hostile);
	buf_adds(&b, ")");
	conformance_do(db, buf_str(&b));
	buf_reset(&b);
	buf_addf(&b, "SELECT a FROM %s", t.quoted);
	rows_init(&rows);
	conformance_ok(db_query(db, &rows, &err, buf_str(&b), 0, NULL), &err);
	assert_string_equal(rows_get(&rows, 0, 0), conformance_hostile);
	rows_clear(&rows);
	buf_clear(&b);
	arena_free(a);
}

/* A text of hard characters, and of others. */
static void
hard_text(char *out, size_t max, unsigned *seed)
{
	static const char hard[] = "'\\\"$%E;-\n\t e1";
	size_t i, n;

	*seed = *seed * 1103515245u + 12345u;
	n = (*seed >> 16) % max;
	for (i = 0; i < n; i++) {
		*seed = *seed * 1103515245u + 12345u;
		out[i] = hard[(*seed >> 16) % (sizeof(hard) - 1)];
	}
	out[n] = '\0';
}

static void
writer_nowhere(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

/* Literals and names that are written without a connection mean the same. */
static void
writer_round(struct db *db, struct db *writer, const char *text)
{
	struct err err = ERR_INIT;
	struct rows rows;
	struct buf b;

	buf_init(&b, BUF_LINE);
	buf_adds(&b, "SELECT a FROM (SELECT ");
	writer_literal(writer, &b, text);
	buf_adds(&b, " AS a) AS ");
	writer->engine->quote_name(writer, &b, *text == '\0' ? "x" : text);
	rows_init(&rows);
	conformance_ok(db_query(db, &rows, &err, buf_str(&b), 0, NULL), &err);
	assert_string_equal(rows_get(&rows, 0, 0), text);
	rows_clear(&rows);
	buf_clear(&b);
}

static void
test_written_literals(void **state)
{
	struct db *db = *state, *writer;
	unsigned seed = 1;
	char text[40];
	int i;

	writer = writer_open(db->engine, NULL, "NULL", writer_nowhere, NULL);
	for (i = 0; i < 4000; i++) {
		if (i == 2000 && db->engine->script->backslash)
			conformance_do(
			    db, "SET standard_conforming_strings = off");
		hard_text(text, sizeof(text), &seed);
		writer_round(db, writer, text);
	}
	writer_round(db, writer, conformance_hostile);
	writer_close(writer);
}

/* The stamp that follows on the given one, as a text that sorts. */
static char *
stamp_next(struct db *db, const char *last)
{
	const struct engine_words *w = conformance_fx->engine->words;
	struct err err = ERR_INIT;
	struct buf value, sql;
	struct rows rows;
	char *s;

	buf_init(&value, BUF_LINE);
	buf_init(&sql, BUF_LINE);
	engine_words_fill(&value, w->stamp_after, "$1");
	buf_adds(&sql, "SELECT ");
	engine_words_fill(&sql, w->stamp_text, buf_str(&value));
	rows_init(&rows);
	conformance_ok(
	    db_query(db, &rows, &err, buf_str(&sql), 1, &last), &err);
	assert_non_null(rows_get(&rows, 0, 0));
	s = mem_strdup(rows_get(&rows, 0, 0));
	rows_clear(&rows);
	buf_clear(&value);
	buf_clear(&sql);
	return s;
}

static void
test_stamp(void **state)
{
	static const char future[] = "2999-12-31 23:59:58.998";
	struct db *db = *state;
	char *first = stamp_next(db, NULL);
	char *next = stamp_next(db, first);
	char *late = stamp_next(db, future);
	char *later = stamp_next(db, late);

	assert_true(strcmp(next, first) > 0);
	assert_true(strcmp(late, future) > 0);
	assert_memory_equal(late, future, 19);
	assert_true(strcmp(later, late) > 0);
	free(first);
	free(next);
	free(late);
	free(later);
}

/* The words make tables, and their defaults fill them. */
static void
test_words(void **state)
{
	struct db *db = *state;
	const struct engine_words *w = conformance_fx->engine->words;
	struct buf b;

	buf_init(&b, BUF_LINE);
	buf_addf(&b,
	    "CREATE TABLE v (version %s PRIMARY KEY, "
	    "applied_at %s, description %s, number %s)",
	    w->version_type, w->stamp_column, w->text_type, w->integer_type);
	conformance_do(db, buf_str(&b));
	buf_reset(&b);
	buf_addf(&b, "CREATE TABLE l (id %s, at %s, what text)", w->log_key,
	    w->log_stamp);
	conformance_do(db, buf_str(&b));
	buf_clear(&b);
	conformance_do(db, "INSERT INTO v (version, number) VALUES ('1', 9)");
	conformance_do(db, "INSERT INTO l (what) VALUES ('a')");
	conformance_do(db, "INSERT INTO l (what) VALUES ('b')");
	assert_int_equal(conformance_number(db, "SELECT max(id) FROM l"), 2);
	assert_int_equal(conformance_number(db,
			     "SELECT count(*) FROM v WHERE "
			     "applied_at IS NOT NULL"),
	    1);
}

static const struct CMUnitTest tests[] = {
    CONFORMANCE_TEST(test_find_kinds),
    CONFORMANCE_TEST(test_find_columns),
    CONFORMANCE_TEST(test_written_literals),
    CONFORMANCE_TEST(test_quoting),
    CONFORMANCE_TEST(test_stamp),
    CONFORMANCE_TEST(test_words),
};

const struct conformance_part conformance_catalogue = {
    tests, sizeof(tests) / sizeof(tests[0])};
