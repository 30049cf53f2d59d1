/* Headers: what leading comments set, and where each error points. */
#include "migration/header.h"

#include "scratch.h"

static int
identify(struct script *s, const char *name, const char *text, struct err *e)
{
	*s = scratch_text(name, text);
	return script_identify(s, arena, &postgres, NULL, e);
}

static void
test_guide(void **state)
{
	struct script s;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(
	    identify(&s, "002_add_user_phone.sql",
		"\xef\xbb\xbf-- Migration: 002_add_user_phone\r\n"
		"-- Version: 1.1.0\r\n"
		"-- Description: Add phone \xe2\x80\x9c\xc3\xa9\xe2\x80\x9d: "
		"and address  \r\n"
		"--Author:Developer Name\r\n"
		"\t--\tDATE :\t2025-11-03\r\n"
		"-- sqlmigrate: lock-timeout=2s\r\n\r\n"
		"/* a */ begin; select 1; commit;",
		&e),
	    0);
	assert_string_equal(s.header.migration, "002_add_user_phone");
	assert_false(s.header.rollback);
	assert_string_equal(s.header.version, "1.1.0");
	assert_null(s.header.version_to);
	assert_string_equal(s.header.description,
	    "Add phone \xe2\x80\x9c\xc3\xa9\xe2\x80\x9d: and address");
	assert_string_equal(s.header.author, "Developer Name");
	assert_string_equal(s.header.date, "2025-11-03");
	assert_int_equal(s.header.version_place.line, 2);
	assert_int_equal(s.header.version_place.column, 13);
	assert_int_equal(s.directives.lock_timeout_ms, 2000);
	assert_false(s.empty);
	assert_int_equal(strlen(s.checksum), 64);
	assert_string_equal(s.content_checksum, "");
}

static void
test_none(void **state)
{
	struct script s;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(identify(&s, "001_x.sql",
			     "-- Description:\n-- a comment: of words\n"
			     "-- Version\n--\n---- Author: x\n"
			     "/* Version: x */\n"
			     "select 1; -- Version: nonsense\n"
			     "-- Version: nonsense\n",
			     &e),
	    0);
	assert_null(s.header.version);
	assert_null(s.header.description);
	assert_null(s.header.author);
	assert_int_equal(s.directives.lock_timeout_ms, -1);
}

static void
test_not_alone(void **state)
{
	struct script s;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(
	    identify(&s, "001_x.sql", "/* a */ -- Version: x\n", &e), 0);
	assert_null(s.header.version);
	assert_true(s.empty);
}

static void
test_rollback(void **state)
{
	static const char *const good[] = {"-- Rollback: 002_x",
	    "-- rollback: 2_x.sql", "-- Migration: 002_x",
	    "-- Migration: 002_x_rollback", "-- Migration: 002_x_rollback.sql",
	    "-- Rollback: takes the phone away",
	    "-- Migration: 002_x\n-- Rollback: 002_x"};
	struct script s;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (identify(&s, "002_x_rollback.sql", good[i], &e) != 0)
			fail_msg("%s: %s", good[i], e.message);
		assert_int_equal(
		    s.header.rollback, strstr(good[i], "ollback: ") != NULL);
	}
	assert_int_equal(identify(&s, "002_x_rollback.sql",
			     "-- Version: 1.1.0-rc.1  ->  1.0.0\n", &e),
	    0);
	assert_string_equal(s.header.version, "1.1.0-rc.1");
	assert_string_equal(s.header.version_to, "1.0.0");
	assert_int_equal(identify(&s, "002_x_rollback.sql",
			     "-- Version: 1.1.0->1.0.0\n", &e),
	    0);
	assert_string_equal(s.header.version, "1.1.0");
	assert_string_equal(s.header.version_to, "1.0.0");
	assert_int_equal(
	    identify(&s, "002_x_rollback.sql", "-- Version: 1.1.0\n", &e), 0);
	assert_string_equal(s.header.version, "1.1.0");
	assert_null(s.header.version_to);
}

struct bad {
	const char *text;
	const char *message;
	unsigned line;
	unsigned column;
};

static void
refuse(const char *name, const struct bad *bad, size_t n)
{
	struct script s;
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < n; i++) {
		assert_int_equal(
		    identify(&s, name, bad[i].text, &e), ERR_USAGE);
		assert_string_equal(e.place.file, name);
		assert_err(&e, bad[i].message, bad[i].line, bad[i].column);
	}
}

static void
test_forward_refused(void **state)
{
	static const struct bad bad[] = {
	    {"-- Version: 1.0\n",
		"\"1.0\" is not a version: it needs three numbers, "
		"MAJOR.MINOR.PATCH",
		1, 13},
	    {"\n  --   version:   v1.0.0\n",
		"\"v1.0.0\" is not a version: it needs three numbers, "
		"MAJOR.MINOR.PATCH",
		2, 19},
	    {"-- Version: 1.1.0 -> 1.0.0\n",
		"\"1.1.0 -> 1.0.0\" is not a version: only -PRERELEASE may "
		"follow the three numbers",
		1, 13},
	    {"-- Version: 1.0.0\n-- Version: 1.0.0\n",
		"the header \"Version:\" is given twice", 2, 13},
	    {"-- Description: a\n-- description: b\n",
		"the header \"Description:\" is given twice", 2, 17},
	    {"-- Migration: 002_x\n-- Migration: 002_x\n",
		"the header \"Migration:\" is given twice", 2, 15},
	    {"-- Migration: 003_x\n",
		"the header names another migration: \"003_x\"", 1, 15},
	    {"-- Migration: 002_y\n",
		"the header names another migration: \"002_y\"", 1, 15},
	    {"-- Rollback: 002_x\n",
		"a \"Rollback:\" header in a file that is no rollback", 1, 14},
	    {"-- sqlmigrate: nothing\n", "unknown directive \"nothing\"", 1,
		16},
	    {"-- SQLMigrate: no-transaction\n-- a\n"
	     "-- sqlmigrate: no-transaction\n",
		"the directive no-transaction is given twice", 3, 16},
	    {"/* a */ -- sqlmigrate: no-transaction\n",
		"a directive needs a line of its own", 1, 24},
	    {"/* sqlmigrate: no-transaction */\n",
		"a directive in a block comment has no effect", 1, 16}};

	(void)state;
	refuse("002_x.sql", bad, sizeof(bad) / sizeof(bad[0]));
}

static void
test_rollback_refused(void **state)
{
	static const struct bad bad[] = {
	    {"-- Rollback: 003_x\n",
		"the header names another migration: \"003_x\"", 1, 14},
	    {"-- Migration: 003_x_rollback\n",
		"the header names another migration: \"003_x_rollback\"", 1,
		15},
	    {"-- Version: 1.1.0 -> 1.0\n",
		"\"1.0\" is not a version: it needs three numbers, "
		"MAJOR.MINOR.PATCH",
		1, 13},
	    {"-- Version: -> 1.0.0\n",
		"\"\" is not a version: it needs three numbers, "
		"MAJOR.MINOR.PATCH",
		1, 13}};

	(void)state;
	refuse("002_x_rollback.sql", bad, sizeof(bad) / sizeof(bad[0]));
}

/* Behind the first statement only the whole check sees it. */
static void
test_late_directive(void **state)
{
	static const char *const late[] = {
	    "select 1;\n-- sqlmigrate: no-transaction\n",
	    "select 1\n-- sqlmigrate: no-transaction\n;",
	    "select\n1; -- SQLMIGRATE : no-transaction\n"};
	struct script s;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		assert_int_equal(identify(&s, "001_x.sql", late[i], &e), 0);
		assert_int_equal(
		    script_check(&s, arena, &postgres, NULL, &e), ERR_USAGE);
		assert_err(&e,
		    "a directive after the first statement has no effect", 2,
		    i == 2 ? 20 : 16);
	}
}

/* A file without a statement that has a directive is in order. */
static void
test_only_comments(void **state)
{
	struct script s;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(identify(&s, "001_x.sql",
			     "-- Version: 1.0.0\n;;\n"
			     "-- sqlmigrate: no-transaction",
			     &e),
	    0);
	assert_true(s.empty);
	assert_true(s.directives.no_transaction);
	assert_string_equal(s.header.version, "1.0.0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_guide),
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_not_alone),
	    cmocka_unit_test(test_rollback),
	    cmocka_unit_test(test_forward_refused),
	    cmocka_unit_test(test_rollback_refused),
	    cmocka_unit_test(test_late_directive),
	    cmocka_unit_test(test_only_comments),
	};

	return cmocka_run_group_tests_name(
	    "header", tests, scratch_setup, scratch_teardown);
}
