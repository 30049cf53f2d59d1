/* Settings: the order of their sources, and what a bad value is told. */
#include "config/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
clean(void **state)
{
	enum option_id i;

	(void)state;
	for (i = 0; i < OPTION_COUNT; i++)
		if (option_table[i].env != NULL)
			unsetenv(option_table[i].env);
	unsetenv("DATABASE_URL");
	unsetenv("DATABASE_URL_FILE");
	unsetenv("NO_COLOR");
	return 0;
}

/* The settings of a command line with at most one option. */
static struct settings *
make(enum option_id id, const char *value)
{
	struct arguments a = {0};
	struct err err = ERR_INIT;
	struct settings *s = NULL;

	if (id != OPTION_COUNT) {
		a.values[id] = value;
		a.counts[id] = 1;
	}
	if (settings_make(&s, &a, &err) < 0)
		fail_msg("%s", err.message);
	return s;
}

static void
test_defaults(void **state)
{
	struct settings *s = make(OPTION_COUNT, NULL);

	(void)state;
	assert_null(settings_text(s, OPTION_DATABASE));
	assert_string_equal(settings_text(s, OPTION_DIR), "migrations");
	assert_string_equal(settings_text(s, OPTION_TABLE), "schema_version");
	assert_string_equal(settings_source(s, OPTION_DIR), "default");
	assert_int_equal(settings_number(s, OPTION_LOCK_WAIT), 60000);
	assert_int_equal(settings_number(s, OPTION_LOCK_TIMEOUT), 5000);
	assert_int_equal(settings_number(s, OPTION_LOCK_RETRIES), 10);
	assert_int_equal(settings_number(s, OPTION_STATEMENT_TIMEOUT), 0);
	assert_int_equal(settings_number(s, OPTION_CONNECT_TIMEOUT), 10000);
	assert_int_equal(settings_number(s, OPTION_TIMEOUT), 60000);
	assert_int_equal(settings_number(s, OPTION_COLOR), COLOR_AUTO);
	assert_int_equal(settings_number(s, OPTION_POOLER), POOLER_AUTO);
	assert_true(settings_flag(s, OPTION_STORE_ROLLBACK));
	assert_false(settings_flag(s, OPTION_FOREIGN_KEYS));
	assert_false(settings_flag(s, OPTION_JSON));
	settings_free(s);
}

static void
test_order(void **state)
{
	struct settings *s;

	(void)state;
	setenv("SQLMIGRATE_DIR", "", 1);
	s = make(OPTION_COUNT, NULL);
	assert_string_equal(settings_text(s, OPTION_DIR), "migrations");
	settings_free(s);
	setenv("SQLMIGRATE_DIR", "env", 1);
	s = make(OPTION_COUNT, NULL);
	assert_string_equal(settings_text(s, OPTION_DIR), "env");
	assert_string_equal(settings_source(s, OPTION_DIR), "SQLMIGRATE_DIR");
	settings_free(s);
	s = make(OPTION_DIR, "line");
	assert_string_equal(settings_text(s, OPTION_DIR), "line");
	assert_string_equal(settings_source(s, OPTION_DIR), "--dir");
	settings_free(s);
}

static void
assert_database(const char *text, const char *source)
{
	struct settings *s = make(OPTION_COUNT, NULL);

	assert_string_equal(settings_text(s, OPTION_DATABASE), text);
	assert_string_equal(settings_source(s, OPTION_DATABASE), source);
	settings_free(s);
}

static void
test_database(void **state)
{
	char path[] = "/tmp/sqlmigrate-settings-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "sqlite:c\n\n", 9), 9);
	close(fd);
	setenv("DATABASE_URL_FILE", path, 1);
	assert_database("sqlite:c", "DATABASE_URL_FILE");
	setenv("DATABASE_URL", "sqlite:b", 1);
	assert_database("sqlite:b", "DATABASE_URL");
	setenv("SQLMIGRATE_DATABASE", "sqlite:a", 1);
	assert_database("sqlite:a", "SQLMIGRATE_DATABASE");
	unlink(path);
}

/* A file that cannot give a value is an error, which names the variable. */
static void
test_database_file(void **state)
{
	char path[] = "/tmp/sqlmigrate-settings-XXXXXX";
	struct arguments a = {0};
	struct err err = ERR_INIT;
	struct settings *s = NULL;
	int fd = mkstemp(path);

	(void)state;
	setenv("DATABASE_URL_FILE", path, 1);
	assert_int_equal(settings_make(&s, &a, &err), ERR_USAGE);
	assert_string_equal(
	    err.detail, "The file is named by DATABASE_URL_FILE.");
	settings_free(s);
	err_clear(&err);
	assert_int_equal(write(fd, "a\0b", 3), 3);
	assert_int_equal(settings_make(&s, &a, &err), ERR_USAGE);
	assert_non_null(strstr(err.message, "holds a NUL byte"));
	settings_free(s);
	err_clear(&err);
	close(fd);
	unlink(path);
	assert_int_equal(settings_make(&s, &a, &err), ERR_USAGE);
	assert_non_null(strstr(err.message, path));
	settings_free(s);
	err_clear(&err);
}

static void
test_values(void **state)
{
	static const struct {
		enum option_id id;
		const char *text;
		int64_t number;
	} cases[] = {
	    {OPTION_LOCK_WAIT, "500ms", 500},
	    {OPTION_LOCK_WAIT, "0", 0},
	    {OPTION_LOCK_WAIT, "2min", 120000},
	    {OPTION_LOCK_TIMEOUT, "none", 0},
	    {OPTION_STATEMENT_TIMEOUT, "10s", 10000},
	    {OPTION_LOCK_RETRIES, "0", 0},
	    {OPTION_COLOR, "always", COLOR_ALWAYS},
	    {OPTION_COLOR, "never", COLOR_NEVER},
	    {OPTION_POOLER, "session", POOLER_SESSION},
	    {OPTION_STORE_ROLLBACK, "no", 0},
	    {OPTION_FOREIGN_KEYS, "on", 1},
	    {OPTION_YES, "", 1},
	};
	struct settings *s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		s = make(cases[i].id, cases[i].text);
		assert_int_equal(
		    settings_number(s, cases[i].id), cases[i].number);
		settings_free(s);
	}
}

static void
test_flags(void **state)
{
	static const struct {
		const char *text;
		bool set;
	} cases[] = {{"1", true}, {"yes", true}, {"TRUE", true}, {"on", true},
	    {"0", false}, {"No", false}, {"false", false}, {"off", false},
	    {"", false}};
	struct settings *s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		setenv("SQLMIGRATE_JSON", cases[i].text, 1);
		s = make(OPTION_COUNT, NULL);
		assert_int_equal(settings_flag(s, OPTION_JSON), cases[i].set);
		settings_free(s);
	}
	setenv("SQLMIGRATE_VERBOSE", "2", 1);
	unsetenv("SQLMIGRATE_JSON");
	s = make(OPTION_COUNT, NULL);
	assert_int_equal(settings_number(s, OPTION_VERBOSE), 2);
	settings_free(s);
}

static void
test_no_color(void **state)
{
	struct settings *s;

	(void)state;
	setenv("NO_COLOR", "1", 1);
	s = make(OPTION_COUNT, NULL);
	assert_int_equal(settings_number(s, OPTION_COLOR), COLOR_NEVER);
	assert_string_equal(settings_source(s, OPTION_COLOR), "NO_COLOR");
	settings_free(s);
	s = make(OPTION_COLOR, "always");
	assert_int_equal(settings_number(s, OPTION_COLOR), COLOR_ALWAYS);
	settings_free(s);
}

static void
test_bad(void **state)
{
	static const struct {
		enum option_id id;
		const char *text, *message, *hint;
	} cases[] = {
	    {OPTION_DIR, "", "--dir: the value is empty", NULL},
	    {OPTION_DATABASE, "", "--database: the value is empty", NULL},
	    {OPTION_LOCK_WAIT, "5 parsecs",
		"--lock-wait: bad value \"5 parsecs\"",
		"Give a duration such as 500ms, 30s or 5min, at most 24d."},
	    {OPTION_LOCK_WAIT, "none", "--lock-wait: bad value \"none\"",
		"Give a duration such as 500ms, 30s or 5min, at most 24d."},
	    {OPTION_LOCK_TIMEOUT, "-1", "--lock-timeout: bad value \"-1\"",
		"Give a duration such as 500ms, 30s or 5min, at most 24d, or "
		"none."},
	    {OPTION_LOCK_RETRIES, "ten", "--lock-retries: bad value \"ten\"",
		"Give a whole number of at most 18 digits."},
	    {OPTION_COLOR, "Always", "--color: bad value \"Always\"",
		"Give auto, always or never."},
	    {OPTION_FOREIGN_KEYS, "1", "--foreign-keys: bad value \"1\"",
		"Give off or on."},
	    {OPTION_STATEMENT, "maybe", "--statement: bad value \"maybe\"",
		"Give done or undone, which may follow the number of the "
		"statement, such as 2=done."},
	    {OPTION_STATEMENT, "0=done", "--statement: bad value \"0=done\"",
		"Give done or undone, which may follow the number of the "
		"statement, such as 2=done."},
	    {OPTION_DIR, "postgresql://u:secret@h/d",
		"--dir: the value is the address of a database",
		"Give it with --database, or set DATABASE_URL."},
	    {OPTION_LOCK_WAIT, "u:secret@h",
		"--lock-wait: the value is the address of a database",
		"Give it with --database, or set DATABASE_URL."},
	    {OPTION_TABLE, "--dry-run", "--table: the value is missing", NULL},
	    {OPTION_DATABASE, "--dir=x", "--database: the value is missing",
		NULL},
	};
	struct arguments a;
	struct err err = ERR_INIT;
	struct settings *s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		memset(&a, 0, sizeof(a));
		a.values[cases[i].id] = cases[i].text;
		a.counts[cases[i].id] = 1;
		a.counts[OPTION_JSON] = 1;
		a.values[OPTION_JSON] = "";
		assert_int_equal(settings_make(&s, &a, &err), ERR_USAGE);
		assert_string_equal(err.message, cases[i].message);
		if (cases[i].hint == NULL)
			assert_null(err.hint);
		else
			assert_string_equal(err.hint, cases[i].hint);
		/* the good ones are there, for who reports it */
		assert_true(settings_flag(s, OPTION_JSON));
		settings_free(s);
		err_clear(&err);
	}
}

static void
test_bad_environment(void **state)
{
	struct arguments a = {0};
	struct err err = ERR_INIT;
	struct settings *s;

	(void)state;
	setenv("SQLMIGRATE_QUIET", "perhaps", 1);
	assert_int_equal(settings_make(&s, &a, &err), ERR_USAGE);
	assert_string_equal(
	    err.message, "SQLMIGRATE_QUIET: bad value \"perhaps\"");
	assert_string_equal(err.hint, "Give yes or no.");
	settings_free(s);
	err_clear(&err);
}

#define TEST(f) cmocka_unit_test_setup(f, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_defaults),
	    TEST(test_order),
	    TEST(test_database),
	    TEST(test_database_file),
	    TEST(test_values),
	    TEST(test_flags),
	    TEST(test_no_color),
	    TEST(test_bad),
	    TEST(test_bad_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
