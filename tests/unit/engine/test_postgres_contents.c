/* The PostgreSQL engine: definitions that mean the same, and table contents. */
#include "hard_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An object as a snapshot of the schema with one statement more has it. */
static struct object *
object_of(struct catalogue **c, const char *make, const char *undo,
    enum object_kind kind, const char *identity)
{
	hard_do(make);
	*c = hard_take();
	hard_do(undo);
	/* The snapshot is the caller's, and so are its objects. */
	return (struct object *)(uintptr_t)hard_find(*c, kind, identity);
}

/* Two statements that make an object; whether it means the same. */
static const struct {
	enum object_kind kind;
	const char *identity;
	const char *undo;
	const char *a, *b;
	int same;
} spellings[] = {
    {OBJECT_CONSTRAINT, "public.twin.c",
	"ALTER TABLE public.twin DROP CONSTRAINT c",
	"ALTER TABLE public.twin ADD CONSTRAINT c CHECK (a BETWEEN 1 AND 2 "
	"AND b <> '')",
	"ALTER TABLE public.twin ADD CONSTRAINT c CHECK (((a >= 1) AND "
	"(a <= 2) AND (b <> ''::text)))",
	1},
    {OBJECT_CONSTRAINT, "public.twin.c",
	"ALTER TABLE public.twin DROP CONSTRAINT c",
	"ALTER TABLE public.twin ADD CONSTRAINT c CHECK (a BETWEEN 1 AND 2 "
	"AND b <> '')",
	"ALTER TABLE public.twin ADD CONSTRAINT c CHECK (a BETWEEN 1 AND 3 "
	"AND b <> '')",
	0},
    {OBJECT_CONSTRAINT, "public.twin.c",
	"ALTER TABLE public.twin DROP CONSTRAINT c",
	"ALTER TABLE public.twin ADD CONSTRAINT c CHECK (a BETWEEN 1 AND 2 "
	"AND b <> '') NOT VALID",
	"ALTER TABLE public.twin ADD CONSTRAINT c CHECK (a BETWEEN 1 AND 2 "
	"AND b <> '')",
	0},
    {OBJECT_CONSTRAINT, "app.word.c", "ALTER DOMAIN app.word DROP CONSTRAINT c",
	"ALTER DOMAIN app.word ADD CONSTRAINT c CHECK (VALUE BETWEEN 'a' AND "
	"'b' AND VALUE <> 'ab')",
	"ALTER DOMAIN app.word ADD CONSTRAINT c CHECK (VALUE >= 'a' AND "
	"VALUE <= 'b' AND VALUE <> 'ab')",
	1},
    {OBJECT_VIEW, "app.v", "DROP VIEW app.v",
	"CREATE VIEW app.v AS SELECT id FROM app.users WHERE name IN ('a', "
	"'b')",
	"CREATE VIEW app.v AS SELECT id FROM app.users WHERE name::text = "
	"ANY (ARRAY['a'::varchar::text, 'b'::varchar::text])",
	1},
    {OBJECT_VIEW, "app.v", "DROP VIEW app.v",
	"CREATE VIEW app.v AS SELECT id FROM app.users WHERE name IN ('a', "
	"'b')",
	"CREATE VIEW app.v AS SELECT id FROM app.users WHERE name IN ('a', "
	"'c')",
	0},
    {OBJECT_VIEW, "app.v", "DROP VIEW app.v",
	"CREATE VIEW app.v AS SELECT id FROM app.users",
	"CREATE VIEW app.v WITH (security_barrier) AS SELECT id FROM "
	"app.users",
	0},
    {OBJECT_COLUMN, "public.twin.b",
	"ALTER TABLE public.twin ALTER COLUMN b DROP DEFAULT",
	"ALTER TABLE public.twin ALTER COLUMN b SET DEFAULT CASE WHEN 'x' IN "
	"('a'::varchar, 'b') THEN '' END",
	"ALTER TABLE public.twin ALTER COLUMN b SET DEFAULT CASE WHEN 'x' = "
	"ANY (ARRAY['a'::varchar::text, 'b'::varchar::text]) THEN '' END",
	1},
    {OBJECT_COLUMN, "public.twin.b",
	"ALTER TABLE public.twin ALTER COLUMN b DROP DEFAULT",
	"ALTER TABLE public.twin ALTER COLUMN b SET DEFAULT 'a'",
	"ALTER TABLE public.twin ALTER COLUMN b SET DEFAULT 'b'", 0},
    {OBJECT_COLUMN, "public.twin.c", "ALTER TABLE public.twin DROP COLUMN c",
	"ALTER TABLE public.twin ADD COLUMN c boolean GENERATED ALWAYS AS (a "
	"BETWEEN 1 AND 2 AND b <> '') STORED",
	"ALTER TABLE public.twin ADD COLUMN c boolean GENERATED ALWAYS AS "
	"(a >= 1 AND a <= 2 AND b <> '') STORED",
	1},
    {OBJECT_INDEX, "public.i", "DROP INDEX public.i",
	"CREATE INDEX i ON public.twin (a) WHERE a BETWEEN 1 AND 2 AND b <> "
	"''",
	"CREATE INDEX i ON public.twin (a) WHERE a >= 1 AND a <= 2 AND b <> "
	"''",
	1},
    {OBJECT_INDEX, "public.i", "DROP INDEX public.i",
	"CREATE INDEX i ON public.twin (a)",
	"CREATE UNIQUE INDEX i ON public.twin (a)", 0},
    {OBJECT_TRIGGER, "public.twin.t", "DROP TRIGGER t ON public.twin",
	"CREATE TRIGGER t BEFORE INSERT ON public.twin FOR EACH ROW WHEN "
	"(NEW.a BETWEEN 1 AND 2 AND NEW.b <> '') EXECUTE FUNCTION "
	"app.notify()",
	"CREATE TRIGGER t BEFORE INSERT ON public.twin FOR EACH ROW WHEN "
	"(NEW.a >= 1 AND NEW.a <= 2 AND NEW.b <> '') EXECUTE FUNCTION "
	"app.notify()",
	1},
    {OBJECT_RULE, "public.twin.r", "DROP RULE r ON public.twin",
	"CREATE RULE r AS ON DELETE TO public.twin WHERE OLD.a BETWEEN 1 AND "
	"2 AND OLD.b <> '' DO INSTEAD NOTHING",
	"CREATE RULE r AS ON DELETE TO public.twin WHERE OLD.a >= 1 AND OLD.a "
	"<= 2 AND OLD.b <> '' DO INSTEAD NOTHING",
	1},
    {OBJECT_POLICY, "public.twin.p", "DROP POLICY p ON public.twin",
	"CREATE POLICY p ON public.twin USING (a BETWEEN 1 AND 2 AND b <> '') "
	"WITH CHECK (a BETWEEN 1 AND 2 AND b <> '')",
	"CREATE POLICY p ON public.twin USING (a >= 1 AND a <= 2 AND b <> '') "
	"WITH CHECK (a >= 1 AND a <= 2 AND b <> '')",
	1},
    /* What is temporary cannot refer to what is not, so it cannot be tried. */
    {OBJECT_CONSTRAINT, "public.twin.f",
	"ALTER TABLE public.twin DROP CONSTRAINT f",
	"ALTER TABLE public.twin ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES "
	"app.orders",
	"ALTER TABLE public.twin ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES "
	"app.orders ON DELETE CASCADE",
	0},
    {OBJECT_ENUM, "app.e", "DROP TYPE app.e",
	"CREATE TYPE app.e AS ENUM "
	"('a')",
	"CREATE TYPE app.e AS ENUM ('b')", 0},
};

static void
test_respelled(void **state)
{
	struct catalogue *before = hard_take(), *after, *c, *d;
	struct err err = ERR_INIT;
	struct object *a, *b;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		a = object_of(&c, spellings[i].a, spellings[i].undo,
		    spellings[i].kind, spellings[i].identity);
		b = object_of(&d, spellings[i].b, spellings[i].undo,
		    spellings[i].kind, spellings[i].identity);
		assert_false(object_same(a, b));
		hard_do(spellings[i].b);
		r = hard_db->engine->respelled(hard_db, a, b, &err);
		hard_do(spellings[i].undo);
		if (r != spellings[i].same)
			fail_msg("%s\n%s\n%d %s", spellings[i].a,
			    spellings[i].b, r,
			    err.message == NULL ? "" : err.message);
		catalogue_free(c);
		catalogue_free(d);
	}
	after = hard_take();
	hard_assert_same(before, after);
	catalogue_free(before);
	catalogue_free(after);
}

/* The two columns behind an identity, as "count sum"; or "absent". */
static char *
contents_of(const char *kind, const char *identity)
{
	const struct catalogue_scope scope = {
	    .schema = "public", .table = "plain"};
	struct err err = ERR_INIT;
	const char *count;
	struct rows rows;
	struct buf b;
	size_t i;

	rows_init(&rows);
	if (hard_db->engine->contents(hard_db, &scope, &rows, &err) < 0)
		fail_msg("%s", err.message);
	buf_init(&b, BUF_LINE);
	for (i = 0; i < rows.nrows; i++)
		if (strcmp(rows_get(&rows, i, 0), kind) == 0 &&
		    strcmp(rows_get(&rows, i, 1), identity) == 0) {
			count = rows_get(&rows, i, 2);
			buf_addf(&b, "%s %s", count == NULL ? "-" : count,
			    rows_get(&rows, i, 3));
		}
	rows_clear(&rows);
	if (b.len == 0)
		buf_adds(&b, "absent");
	return buf_take(&b);
}

static void
assert_contents(const char *kind, const char *identity, const char *expected)
{
	char *is = contents_of(kind, identity);

	assert_string_equal(is, expected);
	free(is);
}

static void
test_contents(void **state)
{
	char *first, *second;

	(void)state;
	assert_contents("table", "public.twin", "0 0");
	assert_contents("table", "public.plain", "absent");
	assert_contents("table", "app.log", "absent");
	assert_contents("table", "app.remote", "absent");
	assert_contents("table", "app.adults", "absent");
	assert_contents("sequence", "app.counter", "- 20 (unused)");
	hard_do(
	    "INSERT INTO public.twin VALUES (1, 'x'), (2, NULL), (2, NULL)");
	first = contents_of("table", "public.twin");
	assert_memory_equal(first, "3 ", 2);

	/* In another order, also of the columns. */
	hard_do("ALTER TABLE public.twin DROP COLUMN a");
	hard_do("ALTER TABLE public.twin ADD COLUMN a integer");
	hard_do("TRUNCATE public.twin");
	hard_do("INSERT INTO public.twin (a, b) VALUES (2, NULL), (1, 'x'), "
		"(2, NULL)");
	assert_contents("table", "public.twin", first);
	hard_do("UPDATE public.twin SET b = '' WHERE b IS NULL");
	second = contents_of("table", "public.twin");
	assert_string_not_equal(first, second);
	free(second);

	/* What is a row of a child is none of its parent. */
	hard_do("INSERT INTO app.child (id) VALUES (7)");
	assert_contents("table", "app.parent", "0 0");
	hard_do("INSERT INTO app.log VALUES ('2024-05-05 00:00:00+00')");
	second = contents_of("table", "app.log_2024");
	assert_memory_equal(second, "1 ", 2);
	free(second);
	hard_do("SELECT nextval('app.counter')");
	second = contents_of("sequence", "app.counter");
	assert_string_equal(second, "- 30");
	free(second);
	free(first);
	hard_do("ALTER SEQUENCE app.counter RESTART");
	hard_do("TRUNCATE public.twin, app.child");
	hard_do("DELETE FROM app.log");
	hard_do("ALTER TABLE public.twin DROP COLUMN b");
	hard_do("ALTER TABLE public.twin ADD COLUMN b text");
}

static void
test_contents_denied(void **state)
{
	struct err err = ERR_INIT;
	struct rows rows;

	(void)state;
	hard_do("SET ROLE cat_reader");
	rows_init(&rows);
	assert_true(
	    hard_db->engine->contents(hard_db, &hard_scope, &rows, &err) < 0);
	hard_do("RESET ROLE");
	assert_string_equal(err.message,
	    "permission denied to read \"Odd Name\".\"Table \"\"q\"\"\"");
	rows_clear(&rows);
	err_clear(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_respelled),
	    cmocka_unit_test(test_contents),
	    cmocka_unit_test(test_contents_denied),
	};

	return cmocka_run_group_tests(tests, hard_setup, hard_teardown);
}
