/* The command line: every way to write an option, and every mistake. */
#include "config/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_ARGS 12

/* Two commands that use -n differently. */
static unsigned
bit(const char *name)
{
	if (strcmp(name, "apply") == 0)
		return FOR_APPLY;
	return strcmp(name, "history") == 0 ? FOR_HISTORY : 0;
}

/* Cut a line at its blanks, in place, and parse it. */
static int
parse(struct arguments *a, char *line, struct err *err)
{
	static char *argv[MAX_ARGS + 1];
	char *save = NULL, *p;
	int argc = 0;

	argv[argc++] = (char *)(uintptr_t) "sqlmigrate";
	for (p = strtok_r(line, " ", &save); p != NULL;
	     p = strtok_r(NULL, " ", &save))
		argv[argc++] = p;
	assert_true(argc <= MAX_ARGS);
	argv[argc] = NULL;
	return arguments_parse(a, argc, argv, bit, err);
}

static void
test_forms(void **state)
{
	static const char *const lines[] = {
	    "--dir=d --quiet -vv rollback -2",
	    "--dir d -qvv rollback -2",
	    "-md -q -v -v rollback -2",
	    "-m d -qv rollback -2 -v",
	    "rollback -2 -qvvm d",
	    "rollback -vvqmd -2",
	    "rollback --dir d -vqv -- -2",
	    "--dir x -qvv --dir d rollback -2",
	};
	struct err err = ERR_INIT;
	struct arguments a;
	char line[80];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		strcpy(line, lines[i]);
		assert_int_equal(parse(&a, line, &err), 0);
		assert_string_equal(a.values[OPTION_DIR], "d");
		assert_int_equal(a.counts[OPTION_QUIET], 1);
		assert_int_equal(a.counts[OPTION_VERBOSE], 2);
		assert_int_equal(a.counts[OPTION_JSON], 0);
		assert_null(a.values[OPTION_JSON]);
		assert_int_equal(a.nargs, 2);
		assert_string_equal(a.args[0], "rollback");
		assert_string_equal(a.args[1], "-2");
		arguments_clear(&a);
	}
}

static void
test_arguments(void **state)
{
	struct err err = ERR_INIT;
	struct arguments a;
	char line[] = "apply +2 - -- --yes -q";

	(void)state;
	assert_int_equal(parse(&a, line, &err), 0);
	assert_int_equal(a.nargs, 5);
	assert_string_equal(a.args[1], "+2");
	assert_string_equal(a.args[2], "-");
	assert_string_equal(a.args[3], "--yes");
	assert_string_equal(a.args[4], "-q");
	assert_int_equal(a.counts[OPTION_YES], 0);
	arguments_clear(&a);
}

/* A letter means what its command has it mean. */
static void
test_letters(void **state)
{
	struct err err = ERR_INIT;
	struct arguments a;
	char apply[] = "apply -yn", history[] = "history -n 5";
	char before[] = "-n apply";

	(void)state;
	assert_int_equal(parse(&a, apply, &err), 0);
	assert_int_equal(a.counts[OPTION_DRY_RUN], 1);
	assert_int_equal(a.counts[OPTION_YES], 1);
	arguments_clear(&a);
	assert_int_equal(parse(&a, history, &err), 0);
	assert_string_equal(a.values[OPTION_LINES], "5");
	assert_int_equal(a.counts[OPTION_DRY_RUN], 0);
	arguments_clear(&a);
	assert_int_equal(parse(&a, before, &err), ERR_USAGE);
	assert_string_equal(err.message, "option -n is --dry-run or --lines");
	assert_string_equal(
	    err.hint, "Write it after the command, or by its name.");
	arguments_clear(&a);
	err_clear(&err);
}

/* However it is given: nothing of it stays, and the last one counts. */
static void
test_address(void **state)
{
	struct err err = ERR_INIT;
	struct arguments a;
	char line[] = "--database=p://u:s3cr3t@h --database p://u:s3cr3t@h "
		      "-qdp://u:s3cr3t@h -d p://u:s3cr3t@last wait";

	(void)state;
	assert_int_equal(parse(&a, line, &err), 0);
	assert_string_equal(a.values[OPTION_DATABASE], "p://u:s3cr3t@last");
	assert_null(memmem(line, sizeof(line), "s3cr3t", 6));
	assert_string_equal(line, "--database=xxxxxxxxxxxxxx");
	assert_string_equal(a.args[0], "wait");
	arguments_clear(&a);
}

static void
test_value_like_option(void **state)
{
	struct err err = ERR_INIT;
	struct arguments a;
	char line[] = "--to -2 --dir= --table --quiet";

	(void)state;
	assert_int_equal(parse(&a, line, &err), 0);
	assert_string_equal(a.values[OPTION_TO], "-2");
	assert_string_equal(a.values[OPTION_DIR], "");
	assert_string_equal(a.values[OPTION_TABLE], "--quiet");
	arguments_clear(&a);
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *line, *message, *hint;
	} cases[] = {
	    {"--dri=x", "unknown option --dri", "Did you mean --dir?"},
	    {"--databse=u:secret@h", "unknown option --databse",
		"Did you mean --database?"},
	    {"--postgresql://u:secret@h", "unknown option --postgresql",
		"Run \"sqlmigrate help options\" for the options."},
	    {"--dry", "unknown option --dry", "Did you mean --dry-run?"},
	    {"--zzzzz", "unknown option --zzzzz",
		"Run \"sqlmigrate help options\" for the options."},
	    {"--=x", "unknown option --",
		"Run \"sqlmigrate help options\" for the options."},
	    {"-x", "unknown option -x",
		"Run \"sqlmigrate help options\" for the options."},
	    {"-qx", "unknown option -x",
		"Run \"sqlmigrate help options\" for the options."},
	    {"-2x", "unknown option -2",
		"Run \"sqlmigrate help options\" for the options."},
	    {"--dir", "option --dir needs a value: DIR", NULL},
	    {"-qm", "option --dir needs a value: DIR", NULL},
	    {"--yes=no", "option --yes takes no value", NULL},
	    {"--verbose=2", "option --verbose takes no value", NULL},
	};
	struct err err = ERR_INIT;
	struct arguments a;
	char line[80];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		strcpy(line, cases[i].line);
		assert_int_equal(parse(&a, line, &err), ERR_USAGE);
		assert_string_equal(err.message, cases[i].message);
		if (cases[i].hint == NULL)
			assert_null(err.hint);
		else
			assert_string_equal(err.hint, cases[i].hint);
		err_clear(&err);
		arguments_clear(&a);
	}
}

/* The first mistake is told, and what comes after it is still read. */
static void
test_reads_on(void **state)
{
	struct err err = ERR_INIT;
	struct arguments a;
	char line[] = "--yes=1 --nope --json";

	(void)state;
	assert_int_equal(parse(&a, line, &err), ERR_USAGE);
	assert_string_equal(err.message, "option --yes takes no value");
	assert_null(err.hint);
	assert_int_equal(a.counts[OPTION_JSON], 1);
	err_clear(&err);
	arguments_clear(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_arguments),
	    cmocka_unit_test(test_letters),
	    cmocka_unit_test(test_address),
	    cmocka_unit_test(test_value_like_option),
	    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_reads_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
