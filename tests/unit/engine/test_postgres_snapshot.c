/* The PostgreSQL engine's snapshot: what it depends on, and what not. */
#include "hard_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two databases of the same script, and a second look at one of them. */
static void
test_stable(void **state)
{
	struct catalogue *a = hard_take(), *b = hard_take(), *c;
	char name[80];
	struct db *other;

	(void)state;
	hard_assert_same(a, b);
	snprintf(name, sizeof(name), "%s_again", hard_database);
	hard_make(name);
	other = hard_connect(name);
	c = hard_take_from(other, &hard_scope);
	hard_assert_same(a, c);
	catalogue_free(a);
	catalogue_free(b);
	catalogue_free(c);
	other->engine->close(other);
	hard_drop(name);
}

/* What pg_dump makes of it is the same but for the spelling. */
static void
test_restored(void **state)
{
	struct catalogue *a, *b;
	char name[80], command[512];
	struct db *other, *to;
	struct err err = ERR_INIT;
	size_t i, respelled = 0;
	int r;

	(void)state;
	if (!hard_oracle())
		return;
	snprintf(name, sizeof(name), "%s_restored", hard_database);
	to = hard_connect("postgres");
	snprintf(command, sizeof(command), "CREATE DATABASE %s", name);
	assert_int_equal(hard_try(to, command), 0);
	to->engine->close(to);
	hard_do("CREATE VIEW app.spelled AS SELECT id FROM app.users "
		"WHERE age BETWEEN 1 AND 2 AND name IN ('a', 'b')");
	hard_do("REFRESH MATERIALIZED VIEW app.totals WITH NO DATA");
	/* pg_dump does not write handlers that pg_catalog has. */
	hard_do("DROP LANGUAGE cat");
	snprintf(command, sizeof(command),
	    "pg_dump --schema-only %s | psql -Xq -d %s >/dev/null 2>&1",
	    hard_database, name);
	assert_int_equal(system(command), 0);
	other = hard_connect(name);
	a = hard_take();
	b = hard_take_from(other, &hard_scope);
	for (i = 0; i < a->count && i < b->count; i++) {
		if (object_compare(a->objects[i], b->objects[i]) != 0)
			fail_msg("%s or %s", a->objects[i]->identity,
			    b->objects[i]->identity);
		if (object_same(a->objects[i], b->objects[i]))
			continue;
		r = hard_db->engine->respelled(
		    hard_db, a->objects[i], b->objects[i], &err);
		if (r != 1)
			fail_msg("%s %s differs",
			    object_kind_name(a->objects[i]->kind),
			    a->objects[i]->identity);
		respelled++;
	}
	assert_int_equal(a->count, b->count);
	assert_int_equal(respelled, 1);
	catalogue_free(a);
	catalogue_free(b);
	other->engine->close(other);
	hard_drop(name);
	hard_do("DROP VIEW app.spelled");
	hard_do("REFRESH MATERIALIZED VIEW app.totals");
	hard_do("CREATE TRUSTED LANGUAGE cat HANDLER plpgsql_call_handler "
		"INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator");
}

/* Neither the order of statements nor that of grants is in it. */
static void
test_order(void **state)
{
	static const char *const forth[] = {"CREATE SCHEMA turn",
	    "CREATE TABLE turn.a (x integer)",
	    "CREATE TABLE turn.b (x integer)", "CREATE INDEX i ON turn.a (x)",
	    "CREATE INDEX k ON turn.a (x)",
	    "GRANT SELECT ON turn.a TO cat_reader",
	    "GRANT SELECT, INSERT ON turn.a TO cat_writer",
	    "ALTER TABLE turn.a SET (fillfactor = 50)",
	    "ALTER TABLE turn.a SET (autovacuum_enabled = false)"};
	static const int back[] = {0, 2, 1, 4, 3, 8, 7, 6, 5};
	struct catalogue *a, *b;
	size_t i;

	(void)state;
	for (i = 0; i < 9; i++)
		hard_do(forth[i]);
	a = hard_take();
	hard_do("DROP SCHEMA turn CASCADE");
	for (i = 0; i < 9; i++)
		hard_do(forth[back[i]]);
	b = hard_take();
	hard_do("DROP SCHEMA turn CASCADE");
	hard_assert_same(a, b);
	catalogue_free(a);
	catalogue_free(b);
}

/* What the settings of a session are, and who looks, changes nothing. */
static void
test_session(void **state)
{
	static const char *const sql[] = {"SET search_path = app, public",
	    "SET DateStyle = 'German'", "SET TimeZone = 'Asia/Tokyo'",
	    "SET quote_all_identifiers = on", "SET enable_seqscan = off",
	    "SET ROLE cat_writer"};
	struct catalogue *a = hard_take(), *b;
	struct err err = ERR_INIT;
	struct rows rows;
	struct buf seen;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sql) / sizeof(sql[0]); i++)
		hard_do(sql[i]);
	b = hard_take();
	rows_init(&rows);
	assert_int_equal(
	    db_query(hard_db, &rows, &err,
		"SELECT current_setting('search_path'), current_user::text", 0,
		NULL),
	    0);
	assert_string_equal(rows_get(&rows, 0, 0), "app, public");
	assert_string_equal(rows_get(&rows, 0, 1), "cat_writer");
	rows_clear(&rows);
	hard_do("RESET ROLE");
	hard_do("RESET ALL");
	/* Only who may use a server sees what others are there. */
	buf_init(&seen, BUF_TEXT);
	hard_compare(a, b, &seen);
	if (!hard_same_lines(buf_str(&seen), "= user mapping far.cat_reader\n"))
		fail_msg("these differ:\n%s", buf_str(&seen));
	buf_clear(&seen);
	catalogue_free(a);
	catalogue_free(b);
}

/* A migration may throw away what the session has prepared. */
static void
test_discarded(void **state)
{
	struct catalogue *a = hard_take(), *b;

	(void)state;
	hard_do("DISCARD ALL");
	b = hard_take();
	hard_assert_same(a, b);
	catalogue_free(a);
	catalogue_free(b);
}

/* The runner's own tables with all that is theirs, and no other. */
static void
test_scope(void **state)
{
	const struct catalogue_scope scope = {
	    .schema = "Odd Name", .table = "my \"own\""};
	struct catalogue *a = hard_take(), *b;

	(void)state;
	hard_do(
	    "CREATE TABLE \"Odd Name\".\"my \"\"own\"\"\" (hard_version text "
	    "PRIMARY KEY, CHECK (hard_version <> ''))");
	hard_do("CREATE TABLE \"Odd Name\".\"my \"\"own\"\"_log\" (id bigint "
		"GENERATED ALWAYS AS IDENTITY PRIMARY KEY)");
	hard_do(
	    "CREATE TABLE \"Odd Name\".\"my \"\"own\"\"_journal\" (a text)");
	hard_do("COMMENT ON TABLE \"Odd Name\".\"my \"\"own\"\"\" IS 'ours'");
	hard_do("GRANT SELECT ON \"Odd Name\".\"my \"\"own\"\"\" "
		"TO cat_reader");
	b = hard_take_from(hard_db, &scope);
	hard_assert_same(a, b);
	catalogue_free(b);
	hard_do("CREATE TABLE \"Odd Name\".\"my \"\"own\"\"_logs\" (a text)");
	b = hard_take_from(hard_db, &scope);
	hard_find(b, OBJECT_TABLE, "\"Odd Name\".\"my \"\"own\"\"_logs\"");
	assert_int_equal(b->count, a->count + 4);
	catalogue_free(a);
	catalogue_free(b);
	hard_do("DROP TABLE \"Odd Name\".\"my \"\"own\"\"\", "
		"\"Odd Name\".\"my \"\"own\"\"_log\", "
		"\"Odd Name\".\"my \"\"own\"\"_logs\", "
		"\"Odd Name\".\"my \"\"own\"\"_journal\"");
}

/* What other sessions have for themselves is not in it. */
static void
test_temporary(void **state)
{
	struct catalogue *a = hard_take(), *b;
	struct db *other = hard_connect(hard_database);

	(void)state;
	assert_int_equal(
	    hard_try(
		other, "CREATE TEMPORARY TABLE mine (a serial PRIMARY KEY)"),
	    0);
	assert_int_equal(
	    hard_try(other, "CREATE TEMPORARY VIEW seen AS SELECT * FROM mine"),
	    0);
	b = hard_take();
	hard_assert_same(a, b);
	catalogue_free(a);
	catalogue_free(b);
	other->engine->close(other);
}

/* Plain ones, whose definition is not asked for, and their neighbours. */
static const char *const indexes[] = {
    "CREATE TABLE turn.\"T 1\" (\"A b\" integer, \"select\" text, v "
    "varchar(9), c char(3), n name, w app.brief, t text COLLATE \"C\", m "
    "app.mood, d date, p point, l integer[], k numeric)",
    "CREATE INDEX ON turn.\"T 1\" (\"A b\")",
    "CREATE INDEX \"I 1\" ON turn.\"T 1\" (\"select\")",
    "CREATE INDEX ON turn.\"T 1\" (v)",
    "CREATE INDEX ON turn.\"T 1\" (v COLLATE \"C\")",
    "CREATE INDEX ON turn.\"T 1\" (v varchar_pattern_ops)",
    "CREATE INDEX ON turn.\"T 1\" (\"select\" text_pattern_ops)",
    "CREATE INDEX ON turn.\"T 1\" (c)", "CREATE INDEX ON turn.\"T 1\" (n)",
    "CREATE INDEX ON turn.\"T 1\" (w)", "CREATE INDEX ON turn.\"T 1\" (t)",
    "CREATE INDEX ON turn.\"T 1\" (t COLLATE \"default\")",
    "CREATE INDEX ON turn.\"T 1\" (m)", "CREATE INDEX ON turn.\"T 1\" (d DESC)",
    "CREATE INDEX ON turn.\"T 1\" (d NULLS FIRST)",
    "CREATE INDEX ON turn.\"T 1\" (d) WHERE d IS NOT NULL",
    "CREATE INDEX ON turn.\"T 1\" (d) WITH (fillfactor = 50)",
    "CREATE INDEX ON turn.\"T 1\" (d) INCLUDE (k)",
    "CREATE INDEX ON turn.\"T 1\" USING hash (d)",
    "CREATE INDEX ON turn.\"T 1\" USING gist (p)",
    "CREATE INDEX ON turn.\"T 1\" (l)", "CREATE INDEX ON turn.\"T 1\" (k)",
    "CREATE INDEX ON turn.\"T 1\" ((k + 1))",
    "CREATE INDEX ON turn.\"T 1\" (k, d)",
    "CREATE UNIQUE INDEX ON turn.\"T 1\" (k)"};

/* The class that an index of varchar has is no longer the usual one. */
static const char unusual[] =
    "CREATE OPERATOR CLASS turn.unusual DEFAULT FOR TYPE varchar USING btree "
    "AS OPERATOR 1 ~<~ (text, text), OPERATOR 2 ~<=~ (text, text), "
    "OPERATOR 3 = (text, text), OPERATOR 4 ~>=~ (text, text), "
    "OPERATOR 5 ~>~ (text, text), FUNCTION 1 (varchar, varchar) "
    "bttext_pattern_cmp(text, text)";

#define DEFINED                                                 \
	"SELECT format('%I.%I', n.nspname, c.relname), "        \
	"pg_get_indexdef(i.indexrelid) FROM pg_index i "        \
	"JOIN pg_class c ON c.oid = i.indexrelid "              \
	"JOIN pg_namespace n ON n.oid = c.relnamespace "        \
	"WHERE n.nspname !~ '^pg_' AND NOT EXISTS (SELECT "     \
	"FROM pg_constraint k WHERE k.conindid = i.indexrelid " \
	"AND k.contype IN ('p', 'u', 'x'))"

/* A definition is the server's own text, whoever has put it together. */
static void
assert_defined(size_t least)
{
	struct catalogue *c = hard_take();
	const struct object *o;
	struct err err = ERR_INIT;
	struct rows rows;
	size_t i;

	rows_init(&rows);
	assert_int_equal(db_query(hard_db, &rows, &err, DEFINED, 0, NULL), 0);
	assert_true(rows.nrows >= least);
	for (i = 0; i < rows.nrows; i++) {
		o = hard_find(c, OBJECT_INDEX, rows_get(&rows, i, 0));
		assert_string_equal(o->fields[0].key, "definition");
		assert_string_equal(o->fields[0].value, rows_get(&rows, i, 1));
	}
	rows_clear(&rows);
	catalogue_free(c);
}

static void
test_indexes(void **state)
{
	size_t i, n = sizeof(indexes) / sizeof(indexes[0]);

	(void)state;
	hard_do("CREATE SCHEMA turn");
	hard_do("CREATE DOMAIN app.brief AS varchar(8)");
	for (i = 0; i < n; i++)
		hard_do(indexes[i]);
	/* Which one that is not unique may have, too. */
	if (hard_version >= 15)
		hard_do("CREATE INDEX ON turn.\"T 1\" (k) NULLS NOT DISTINCT");
	assert_defined(n - 1);
	hard_do(unusual);
	hard_do("CREATE INDEX ON turn.\"T 1\" (v)");
	assert_defined(n);
	hard_do("DROP SCHEMA turn CASCADE");
	hard_do("DROP DOMAIN app.brief");
}

static const struct {
	enum object_kind kind, used_kind;
	const char *identity, *used;
} edges[] = {
    {OBJECT_VIEW, OBJECT_COLUMN, "app.adults", "app.users.age"},
    {OBJECT_VIEW, OBJECT_COLUMN, "app.emails", "app.adults.email"},
    {OBJECT_MATERIALIZED_VIEW, OBJECT_COLUMN, "app.totals", "app.orders.total"},
    {OBJECT_CONSTRAINT, OBJECT_CONSTRAINT, "app.orders.orders_user_id_fkey",
	"app.users.users_pkey"},
    {OBJECT_COLUMN, OBJECT_SEQUENCE, "app.orders.id", "app.orders_id_seq"},
    {OBJECT_COLUMN, OBJECT_ENUM, "app.users.mood", "app.mood"},
    {OBJECT_COLUMN, OBJECT_COMPOSITE, "app.users.home", "app.address"},
    {OBJECT_TRIGGER, OBJECT_FUNCTION, "app.users.notify", "app.notify()"},
    {OBJECT_AGGREGATE, OBJECT_FUNCTION, "app.total(integer)",
	"app.grow(bigint, integer)"},
    {OBJECT_TABLE, OBJECT_TABLE, "app.child", "app.parent"},
    {OBJECT_TABLE, OBJECT_SCHEMA, "public.plain", "public"},
};

static void
test_needs(void **state)
{
	const struct catalogue_scope scope = {.needs = true};
	struct catalogue *c = hard_take_from(hard_db, &scope),
			 *plain = hard_take();
	const struct object *o, *used;
	size_t i, k;
	bool found;

	(void)state;
	hard_assert_same(c, plain);
	for (i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		o = hard_find(c, edges[i].kind, edges[i].identity);
		used = hard_find(c, edges[i].used_kind, edges[i].used);
		found = false;
		for (k = 0; k < o->nneeds; k++) {
			found |= o->needs[k] == used;
			assert_true(k == 0 ||
			    object_compare(o->needs[k - 1], o->needs[k]) < 0);
		}
		if (!found)
			fail_msg("%s does not need %s", edges[i].identity,
			    edges[i].used);
	}
	assert_int_equal(
	    hard_find(plain, OBJECT_VIEW, "app.adults")->nneeds, 0);
	catalogue_free(c);
	catalogue_free(plain);
}

/* A lock that is held by another is waited for only a little. */
static void
test_locked(void **state)
{
	struct db *other = hard_connect(hard_database);
	struct tx tx = {
	    .modes = "", .lock_key = "test", .lock_timeout_ms = 100};
	struct query q = {.sql = "LOCK TABLE app.adults IN ACCESS EXCLUSIVE "
				 "MODE"};
	struct catalogue *c = catalogue_new();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(other->engine->begin(other, &tx, &err), 0);
	assert_int_equal(other->engine->send(other, &q, &err), 0);
	assert_int_equal(other->engine->wait(other, &err), 0);
	assert_true(
	    hard_db->engine->catalogue(hard_db, &hard_scope, c, &err) < 0);
	assert_string_equal(err.sqlstate, "55P03");
	assert_non_null(strstr(err.detail, "pid "));
	assert_int_equal(c->count, 0);
	err_clear(&err);
	catalogue_free(c);
	other->engine->rollback(other);
	other->engine->close(other);
	c = hard_take();
	assert_true(c->count > 200);
	catalogue_free(c);
}

/*
 * Another session changes the schema all the time: a snapshot is taken, or it
 * says why not.
 */
static void
test_moving(void **state)
{
	struct err err = ERR_INIT;
	struct catalogue *c;
	char command[256];
	int i, taken = 0;
	FILE *f;

	(void)state;
	snprintf(command, sizeof(command), "psql -Xq -d %s >/dev/null",
	    hard_database);
	f = popen(command, "w");
	assert_non_null(f);
	for (i = 0; i < 150; i++)
		fprintf(f,
		    "CREATE VIEW app.gone AS SELECT id FROM app.users;\n"
		    "CREATE INDEX moving ON public.twin (a);\n"
		    "DROP VIEW app.gone;\nDROP INDEX public.moving;\n"
		    "SELECT FROM pg_sleep(0.01);\n");
	fflush(f);
	for (i = 0; i < 60; i++) {
		c = catalogue_new();
		if (hard_db->engine->catalogue(hard_db, &hard_scope, c, &err) ==
		    0)
			taken++;
		else if (err.hint == NULL ||
		    strstr(err.hint, "change the schema") == NULL)
			fail_msg("%s %s", err.sqlstate, err.message);
		err_clear(&err);
		catalogue_free(c);
	}
	assert_int_equal(pclose(f), 0);
	assert_true(taken > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stable),
	    cmocka_unit_test(test_restored),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_session),
	    cmocka_unit_test(test_discarded),
	    cmocka_unit_test(test_scope),
	    cmocka_unit_test(test_temporary),
	    cmocka_unit_test(test_indexes),
	    cmocka_unit_test(test_needs),
	    cmocka_unit_test(test_locked),
	    cmocka_unit_test(test_moving),
	};

	return cmocka_run_group_tests(tests, hard_setup, hard_teardown);
}
