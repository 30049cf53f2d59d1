/* The table of options is in order: names, letters, defaults, helps. */
#include "config/option.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/settings.h"

static void
test_complete(void **state)
{
	const struct option_spec *o;
	enum option_id i, j;

	(void)state;
	for (i = 0; i < OPTION_COUNT; i++) {
		o = &option_table[i];
		assert_non_null(o->name);
		assert_non_null(o->help);
		assert_true(islower((unsigned char)o->help[0]) ||
		    strncmp(o->help, "SQLite: ", 8) == 0 ||
		    strncmp(o->help, "PostgreSQL: ", 12) == 0);
		assert_int_not_equal(o->commands, 0);
		assert_int_equal(o->choices != NULL, o->type == VALUE_CHOICE);
		assert_int_equal(o->argument == NULL,
		    o->type == VALUE_FLAG || o->type == VALUE_REPEAT);
		for (j = 0; j < i; j++) {
			assert_string_not_equal(o->name, option_table[j].name);
			/* two commands may use one letter differently */
			assert_true(o->letter == '\0' ||
			    o->letter != option_table[j].letter ||
			    (o->commands & option_table[j].commands) == 0);
		}
	}
}

/* SQLMIGRATE_LOCK_WAIT belongs to --lock-wait, for each that has one. */
static void
test_environment(void **state)
{
	static const char prefix[] = "SQLMIGRATE_";
	const struct option_spec *o;
	enum option_id i;
	size_t k, n;

	(void)state;
	for (i = 0; i < OPTION_COUNT; i++) {
		o = &option_table[i];
		if (o->env == NULL)
			continue;
		assert_memory_equal(o->env, prefix, sizeof(prefix) - 1);
		n = strlen(o->name);
		assert_int_equal(strlen(o->env), sizeof(prefix) - 1 + n);
		for (k = 0; k < n; k++)
			assert_int_equal(o->env[sizeof(prefix) - 1 + k],
			    o->name[k] == '-'
				? '_'
				: toupper((unsigned char)o->name[k]));
	}
}

/* Every default is a value that the option itself accepts. */
static void
test_defaults(void **state)
{
	struct arguments a = {0};
	struct err err = ERR_INIT;
	struct settings *s;
	enum option_id i;

	(void)state;
	for (i = 0; i < OPTION_COUNT; i++) {
		a.values[i] = option_table[i].fallback;
		a.counts[i] = option_table[i].fallback != NULL;
	}
	if (settings_make(&s, &a, &err) < 0)
		fail_msg("%s", err.message);
	settings_free(s);
}

static void
test_find(void **state)
{
	(void)state;
	assert_int_equal(option_find("dir", 3), OPTION_DIR);
	assert_int_equal(option_find("dir=x", 3), OPTION_DIR);
	assert_int_equal(option_find("di", 2), OPTION_COUNT);
	assert_int_equal(option_find("", 0), OPTION_COUNT);
	assert_int_equal(
	    option_find_letter('m', FOR_WAIT, OPTION_COUNT), OPTION_DIR);
	assert_int_equal(
	    option_find_letter('x', FOR_ALL, OPTION_COUNT), OPTION_COUNT);
	assert_int_equal(
	    option_find_letter('\0', FOR_ALL, OPTION_COUNT), OPTION_COUNT);
	assert_int_equal(
	    option_find_letter('n', FOR_HISTORY, OPTION_COUNT), OPTION_LINES);
	assert_int_equal(
	    option_find_letter('n', FOR_APPLY, OPTION_COUNT), OPTION_DRY_RUN);
	assert_int_equal(
	    option_find_letter('n', FOR_ALL, OPTION_DRY_RUN), OPTION_LINES);
	assert_int_equal(
	    option_find_letter('n', FOR_ALL, OPTION_LINES), OPTION_COUNT);
	assert_true(option_is_flag(OPTION_YES));
	assert_false(option_is_flag(OPTION_DIR));
	assert_true(option_is_global(OPTION_DIR));
	assert_false(option_is_global(OPTION_YES));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_complete),
	    cmocka_unit_test(test_environment),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
