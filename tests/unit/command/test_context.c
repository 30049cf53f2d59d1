/* What commands share: the table's name, the database, questions. */
#include "command/context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run.h"

static struct settings *
settings_of(enum option_id id, const char *value)
{
	struct arguments a = {0};
	struct err err = ERR_INIT;
	struct settings *s = NULL;

	a.values[OPTION_DATABASE] = "sqlite:t.db";
	a.counts[OPTION_DATABASE] = 1;
	a.values[id] = value;
	a.counts[id] = 1;
	assert_int_equal(settings_make(&s, &a, &err), 0);
	return s;
}

static void
assert_table(const char *text, const char *schema, const char *table)
{
	struct settings *s = settings_of(OPTION_TABLE, text);
	struct invocation inv = {.command = commands[0], .settings = s};
	struct err err = ERR_INIT;
	struct context c;

	assert_int_equal(context_init(&c, &inv, &err), 0);
	assert_string_equal(c.table.table, table);
	if (schema == NULL)
		assert_null(c.table.schema);
	else
		assert_string_equal(c.table.schema, schema);
	context_clear(&c);
	settings_free(s);
}

static void
assert_no_table(const char *text, const char *message)
{
	struct settings *s = settings_of(OPTION_TABLE, text);
	struct invocation inv = {.command = commands[0], .settings = s};
	struct err err = ERR_INIT;
	struct context c;

	assert_int_equal(context_init(&c, &inv, &err), ERR_USAGE);
	assert_string_equal(err.message, message);
	err_clear(&err);
	context_clear(&c);
	settings_free(s);
}

#define LONGEST "a23456789b123456789c123456789d123456789e123456789f12345"

static void
test_table(void **state)
{
	(void)state;
	assert_table("history", NULL, "history");
	assert_table("app.history", "app", "history");
	assert_table(LONGEST, NULL, LONGEST);
	assert_no_table("app.", "--table: bad value \"app.\"");
	assert_no_table(".x", "--table: bad value \".x\"");
	assert_no_table("a.b.c", "--table: bad value \"a.b.c\"");
	assert_no_table(
	    LONGEST "6", "--table: the name is longer than 55 bytes");
}

/* Without a database a command may still know how files are read. */
static void
test_offline(void **state)
{
	struct arguments a = {0};
	struct err err = ERR_INIT;
	struct settings *s = NULL;
	struct invocation inv = {.command = commands[0]};
	struct context c;

	(void)state;
	assert_int_equal(settings_make(&s, &a, &err), 0);
	inv.settings = s;
	assert_int_equal(context_init(&c, &inv, &err), ERR_USAGE);
	context_clear(&c);
	err_clear(&err);
	assert_int_equal(context_init_offline(&c, &inv, &err), 0);
	assert_non_null(c.target.engine->dialect);
	context_clear(&c);
	settings_free(s);
}

/* A run of tests has no terminal: it refuses, and names the option. */
static void
test_confirm(void **state)
{
	struct settings *s = settings_of(OPTION_YES, "");
	struct invocation inv = {.command = commands[0], .settings = s};
	struct err err = ERR_INIT;
	struct context c;

	(void)state;
	assert_int_equal(context_init(&c, &inv, &err), 0);
	assert_int_equal(context_confirm(&c, "Sure?", &err), 0);
	context_clear(&c);
	settings_free(s);
	s = settings_of(OPTION_JSON, "");
	inv.settings = s;
	assert_int_equal(context_init(&c, &inv, &err), 0);
	assert_int_equal(context_confirm(&c, "Sure?", &err), ERR_USAGE);
	assert_string_equal(err.detail, "The question is: Sure?");
	assert_string_equal(err.hint, "Give --yes if that is what you want.");
	err_clear(&err);
	context_clear(&c);
	settings_free(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, run_setup, run_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_table),
	    TEST(test_offline),
	    TEST(test_confirm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
