/* Names of migration files. */
#include "migration/name.h"

#include "scratch.h"

static void
test_parse(void **state)
{
	static const struct {
		const char *file;
		uint64_t number;
		bool rollback;
		size_t stem;
	} good[] = {{"001_x.sql", 1, false, 5}, {"1_x.sql", 1, false, 3},
	    {"0_a.b-c_D.sql", 0, false, 9},
	    {"20240101120000_x.sql", 20240101120000, false, 16},
	    {"999999999999999999_x.sql", 999999999999999999, false, 20},
	    {"002_x_rollback.sql", 2, true, 5},
	    {"002_rollback_x.sql", 2, false, 14},
	    {"002_x_rollback_rollback.sql", 2, true, 14},
	    {"002_rollback.sql", 2, true, 3}, {"1__.sql", 1, false, 3}};
	struct name name;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_null(name_parse(good[i].file, &name));
		assert_int_equal(name.number, good[i].number);
		assert_int_equal(name.rollback, good[i].rollback);
		assert_int_equal(name.stem, good[i].stem);
	}
}

static void
test_rules(void **state)
{
	static const char chars[] = "only letters, digits, and _ . - may "
				    "stand in the name";
	static const struct {
		const char *file;
		const char *rule;
	} bad[] = {{"001_x.SQL", "the ending must be .sql in small letters"},
	    {"README.Sql", "the ending must be .sql in small letters"},
	    {"001_x_Rollback.sql",
		"the ending of a rollback must be _rollback.sql in small "
		"letters"},
	    {"001_x.down.sql",
		"the ending of a rollback must be _rollback.sql"},
	    {"001_x.Down.sql",
		"the ending of a rollback must be _rollback.sql"},
	    {"_x.sql", "the name must begin with a number"},
	    {"x.sql", "the name must begin with a number"},
	    {".sql", "the name must begin with a number"},
	    {"V1__x.sql", "the name must begin with a number"},
	    {"1234567890123456789_x.sql", "the number has more than 18 digits"},
	    {"001-x.sql", "an underscore must follow the number"},
	    {"1x.sql", "an underscore must follow the number"},
	    {"001.sql", "an underscore must follow the number"},
	    {"001_.sql", "a name must follow the number"},
	    {"001_a b.sql", chars}, {"001_a\x1b[2J.sql", chars},
	    {"001_a\n.sql", chars}, {"001_a'.sql", chars},
	    {"001_a;.sql", chars}, {"001_%s.sql.sql", chars},
	    {"001_$(x).sql", chars}, {"001_\xc3\xa9.sql", chars},
	    {"001_\xff.sql", chars}, {"001_\xe2\x80\xae.sql", chars}};
	struct name name;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_non_null(name_parse(bad[i].file, &name));
		assert_string_equal(
		    name_parse(bad[i].file, &name), bad[i].rule);
	}
}

static void
test_is_sql(void **state)
{
	(void)state;
	assert_true(name_is_sql("a.sql"));
	assert_true(name_is_sql("a.sQl"));
	assert_true(name_is_sql(".sql"));
	assert_false(name_is_sql("sql"));
	assert_false(name_is_sql("a.sql~"));
	assert_false(name_is_sql("a.sql.bak"));
	assert_false(name_is_sql(""));
}

static void
test_contradicts(void **state)
{
	static const char stem[] = "002_add_user_phone";
	static const char *const no[] = {"002_add_user_phone",
	    "002_add_user_phone.sql", "2_add_user_phone", "add_user_phone",
	    "add_user_phone.sql", "002", "2", "002_add_user_phone (the phone)",
	    "Add the phone of a user", "2 columns", "3 columns more",
	    "003: add"};
	static const char *const yes[] = {"003_add_user_phone", "003",
	    "002_add_user_phones", "add_user", "002_", "002_add_user_phone_",
	    "003_x (copied)", "1000000000000000002", "phone", ".sql"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (name_contradicts(no[i], stem, strlen(stem)))
			fail_msg("%s contradicts", no[i]);
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!name_contradicts(yes[i], stem, strlen(stem)))
			fail_msg("%s does not contradict", yes[i]);
}

static void
test_describe(void **state)
{
	(void)state;
	assert_string_equal(
	    name_describe(arena, "002_add_user-phone"), "add user phone");
	assert_string_equal(name_describe(arena, "1_v1.2"), "v1.2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_is_sql),
	    cmocka_unit_test(test_contradicts),
	    cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests_name(
	    "name", tests, scratch_setup, scratch_teardown);
}
