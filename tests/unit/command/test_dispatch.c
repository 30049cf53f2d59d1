/* From the command line to a status: what is refused before a command runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HELP "Hint: Run \"sqlmigrate --help\" for the "
#define OPTIONS "Hint: Run \"sqlmigrate help options\" for the "

static void
test_version(void **state)
{
	struct run *r;

	(void)state;
	/* whatever else is wrong: a script asks for nothing but this */
	setenv("SQLMIGRATE_COLOR", "bad", 1);
	r = run_program("apply -V");
	assert_int_equal(r->status, 0);
	assert_memory_equal(r->out, "sqlmigrate ", 11);
	assert_string_equal(r->err, "");
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *line, *err;
	} cases[] = {
	    {"", "sqlmigrate: no command given\n" HELP "commands.\n"},
	    {"aply",
		"sqlmigrate: unknown command \"aply\"\n"
		"Hint: Did you mean apply?\n"},
	    {"xyzzy",
		"sqlmigrate: unknown command \"xyzzy\"\n" HELP "commands.\n"},
	    {"help xyzzy",
		"sqlmigrate: unknown command \"xyzzy\"\n" HELP "commands.\n"},
	    {"apply --nope",
		"sqlmigrate: unknown option --nope\n" OPTIONS "options.\n"},
	    {"status --all",
		"sqlmigrate: status does not take --all\n"
		"Hint: --all belongs to rollback, plan, prove, redo and "
		"stamp.\n"},
	    {"apply --statement=done",
		"sqlmigrate: apply does not take --statement\n"
		"Hint: --statement belongs to repair.\n"},
	    {"repair --statement",
		"sqlmigrate: option --statement needs a value: "
		"[K=]done|undone\n"},
	    {"repair 003 --statement 2=",
		"sqlmigrate: --statement: bad value \"2=\"\n"
		"Hint: Give done or undone, which may follow the number of "
		"the statement, such as 2=done.\n"},
	    {"repair 001..003 --statement 2=done",
		"sqlmigrate: repair --statement needs one migration, not the "
		"range 001..003\n"
		"Hint: Use the number of the half applied migration, "
		"which is shown by: sqlmigrate status\n"},
	    {"--yes current",
		"sqlmigrate: current does not take --yes\n"
		"Hint: --yes belongs to apply, rollback, redo, stamp and "
		"repair.\n"},
	    {"new",
		"sqlmigrate: new: an argument is missing\n"
		"Hint: Usage: sqlmigrate new NAME\n"},
	    {"status 1",
		"sqlmigrate: status: unexpected argument \"1\"\n"
		"Hint: Usage: sqlmigrate status\n"},
	    {"apply 1 2",
		"sqlmigrate: apply: unexpected argument \"2\"\n"
		"Hint: Usage: sqlmigrate apply [TARGET]\n"},
	    {"--lock-wait=x status",
		"sqlmigrate: --lock-wait: bad value "
		"\"x\"\nHint: Give a duration such as "
		"500ms, 30s or 5min, at most 24d.\n"},
	};
	struct run *r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		r = run_program(cases[i].line);
		assert_string_equal(r->err, cases[i].err);
		assert_string_equal(r->out, "");
		assert_int_equal(r->status, 2);
	}
}

/* An address in the wrong place is not repeated. */
static void
test_secret(void **state)
{
	static const char *const lines[] = {
	    "apply postgresql://u:Zq7Xw9@h/db",
	    "postgresql://u:Zq7Xw9@h/db apply",
	    "postgresql://u:Zq7Xw9@h/db",
	    "help postgresql://u:Zq7Xw9@h/db",
	    "status host=h,password=Zq7Xw9",
	    "--databse=postgresql://u:Zq7Xw9@h/db apply",
	    "--databse postgresql://u:Zq7Xw9@h/db apply",
	    "-x postgresql://u:Zq7Xw9@h/db apply",
	    "-dpostgresql://u:Zq7@Xw9@h/db apply",
	    "-q=postgresql://u:Zq7Xw9@h/db apply",
	    "--json apply postgresql://u:Zq7Xw9@h/db",
	};
	struct run *r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		r = run_program(lines[i]);
		assert_int_equal(r->status, 2);
		assert_true(r->err[0] != '\0' || r->out[0] != '\0');
		assert_null(strstr(r->out, "Xw9"));
		assert_null(strstr(r->err, "Xw9"));
	}
}

/* With --json the error is there as well, even where it comes later. */
static void
test_json(void **state)
{
	struct run *r;

	(void)state;
	r = run_program("--nope --json");
	assert_int_equal(r->status, 2);
	assert_string_equal(r->err, "");
	assert_memory_equal(r->out, "{\"event\":\"error\",\"code\":2,", 26);
	setenv("SQLMIGRATE_JSON", "1", 1);
	setenv("SQLMIGRATE_DIR", "", 1);
	setenv("SQLMIGRATE_COLOR", "bad", 1);
	r = run_program("status");
	assert_int_equal(r->status, 2);
	assert_string_equal(r->err, "");
	assert_non_null(strstr(r->out, "SQLMIGRATE_COLOR: bad value"));
}

static void
test_color(void **state)
{
	struct run *r;

	(void)state;
	r = run_program("--color=always");
	assert_memory_equal(r->err, "\033[1;31msqlmigrate: \033[0m", 22);
	r = run_program("");
	assert_memory_equal(r->err, "sqlmigrate: ", 12);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, run_setup, run_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_version),
	    TEST(test_mistakes),
	    TEST(test_secret),
	    TEST(test_json),
	    TEST(test_color),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
