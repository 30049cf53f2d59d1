/* new: numbers, versions, what the files say, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "run.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Make a migration by hand, versioned where version is not NULL. */
static void
have(const char *stem, const char *version)
{
	char path[128], text[128] = "SELECT 1;\n";

	snprintf(path, sizeof(path), "migrations/%s.sql", stem);
	if (version != NULL)
		snprintf(
		    text, sizeof(text), "-- Version: %s\nSELECT 1;\n", version);
	run_write(path, text);
}

/* The run makes this pair, and the forward file holds the text. */
static void
assert_new(const char *line, const char *stem, const char *holds)
{
	struct run *r = run_program(line);
	char want[256], path[128], text[RUN_MAX];

	assert_string_equal(r->err, "");
	assert_int_equal(r->status, 0);
	snprintf(want, sizeof(want),
	    "created migrations/%s.sql\n"
	    "created migrations/%s_rollback.sql\n",
	    stem, stem);
	assert_string_equal(r->out, want);
	snprintf(path, sizeof(path), "migrations/%s.sql", stem);
	run_read(path, text);
	assert_non_null(strstr(text, holds));
}

static void
test_series(void **state)
{
	char text[RUN_MAX];

	(void)state;
	assert_string_equal(run_program("new first")->out,
	    "created migrations\ncreated migrations/001_first.sql\n"
	    "created migrations/001_first_rollback.sql\n");
	run_read("migrations/001_first.sql", text);
	assert_non_null(strstr(text, "-- Version: 1.0.0\n"));
	assert_non_null(strstr(text, "\n\n-- Write the SQL here.\n"));
	assert_new("new add.it-2", "002_add.it-2",
	    "-- Migration: 002_add.it-2\n-- Version: 1.1.0\n"
	    "-- Description: ");
	assert_new("new --patch c", "003_c", "-- Version: 1.1.1\n");
	assert_new("--major new d", "004_d", "-- Version: 2.0.0\n");
	assert_new("new --no-transaction e", "005_e",
	    "\n-- sqlmigrate: no-transaction\n");
	run_read("migrations/005_e_rollback.sql", text);
	assert_string_equal(text,
	    "-- Rollback: 005_e\n-- Version: 2.1.0 -> 2.0.0\n"
	    "-- sqlmigrate: no-transaction\n\n-- Write the SQL here.\n");
}

static void
test_width(void **state)
{
	(void)state;
	mkdir("migrations", 0777);
	have("0009_a", NULL);
	assert_new("new b", "0010_b", "-- Migration: 0010_b\n-- Desc");
	have("9999_c", NULL);
	assert_new("new d", "10000_d", "-- Description: d\n");
}

static void
test_timestamp(void **state)
{
	struct run *r;

	(void)state;
	mkdir("migrations", 0777);
	r = run_program("new --timestamp a");
	assert_int_equal(r->status, 0);
	assert_memory_equal(r->out, "created migrations/20", 21);
	/* the next one follows, even within the same second */
	r = run_program("new b");
	assert_int_equal(r->status, 0);
	assert_memory_equal(r->out, "created migrations/20", 21);
	assert_non_null(strstr(r->out, "_b.sql"));
	have("99990101000000_future", "8.0.0");
	assert_new("new c", "99990101000001_c", "-- Version: 8.1.0\n");
}

static void
test_version_raised(void **state)
{
	struct run *r;

	(void)state;
	mkdir("migrations", 0777);
	have("001_a", "1.2.3-rc.1");
	assert_new("new --patch b", "002_b", "-- Version: 1.2.4\n");
	have("003_c", "9999999999999999999.0.0");
	r = run_program("new d");
	assert_int_equal(r->status, 2);
	assert_string_equal(r->err,
	    "sqlmigrate: version 9999999999999999999.0.0 is too large to be "
	    "raised\n");
}

static void
test_refused(void **state)
{
	static const struct {
		const char *line, *err;
	} cases[] = {
	    {"new a;b", "\"a;b\": "},
	    {"new a/b", "\"a/b\": "},
	    {"new ../b", "\"../b\": "},
	    {"new a.sql", "\"a.sql\": the name is given without .sql"},
	    {"new a_rollback", "\"a_rollback\": _rollback is the end of"},
	    {"new --major --patch a", "--major and --patch exclude each"},
	    {"new --major a", "the files in migrations have no Version"},
	    {"new -m none/a b", "there is no folder none/a"},
	    {"new 001_y", "the number of \"001_y\" is that of 001_x"},
	    {"new 1_x", "the number of \"1_x\" is that of 001_x"},
	    {"new 004_y",
		"the number of \"004_y\" is not the next one, 002\n"
		"Hint: Leave the number out: sqlmigrate new y\n"},
	    {"new x",
		"001_x has that name already\n"
		"Hint: Choose another one, for example x_2.\n"},
	    {"new 002_x", "001_x has that name already"},
	};
	struct run *r;
	size_t i;

	(void)state;
	mkdir("migrations", 0777);
	have("001_x", NULL);
	for (i = 0; i < COUNT(cases); i++) {
		r = run_program(cases[i].line);
		assert_int_equal(r->status, 2);
		assert_string_equal(r->out, "");
		if (strstr(r->err, cases[i].err) == NULL)
			fail_msg("%s: %s", cases[i].line, r->err);
	}
	assert_int_equal(system("test \"$(ls migrations)\" = 001_x.sql"), 0);
}

/* A number that is the next one may be given, and is not doubled. */
static void
test_number(void **state)
{
	(void)state;
	mkdir("migrations", 0777);
	have("003_x", NULL);
	assert_new("new 004_foo", "004_foo", "-- Migration: 004_foo\n");
	assert_new("new 5_bar", "005_bar", "-- Migration: 005_bar\n");
	assert_new("new 2fa", "006_2fa", "-- Migration: 006_2fa\n");
}

/* A name that is refused leaves no directory. */
static void
test_no_directory(void **state)
{
	(void)state;
	assert_int_equal(run_program("new a;b")->status, 2);
	assert_int_equal(system("test ! -e migrations"), 0);
}

static void
test_highest(void **state)
{
	struct run *r;

	(void)state;
	mkdir("migrations", 0777);
	have("999999999999999999_z", NULL);
	r = run_program("new a");
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, "has the highest number that there is"));
}

/* A folder that takes one file but not the second keeps neither. */
static void
test_both_or_none(void **state)
{
	char line[320] = "new ";
	struct run *r;

	(void)state;
	mkdir("migrations", 0777);
	/* 255 bytes of name are for the first one, not with _rollback */
	memset(line + 4, 'a', 240);
	r = run_program(line);
	assert_int_equal(r->status, 2);
	assert_string_equal(r->out, "");
	assert_non_null(strstr(r->err, "cannot create"));
	assert_int_equal(system("test -z \"$(ls migrations)\""), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, run_setup, run_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_series),
	    TEST(test_width),
	    TEST(test_timestamp),
	    TEST(test_version_raised),
	    TEST(test_refused),
	    TEST(test_number),
	    TEST(test_no_directory),
	    TEST(test_highest),
	    TEST(test_both_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
