/* The history: finding, reading and following its tables. */
#include "history_test.h"

static void
assert_load(int code, const char *message)
{
	struct err e = ERR_INIT;

	history_forget();
	assert_int_equal(history_load(&history, db, &history_name, &e), code);
	if (code != 0)
		assert_string_equal(e.message, message);
	err_clear(&e);
}

static void
test_absent(void **state)
{
	(void)state;
	assert_load(0, NULL);
	assert_false(history->exists || history->complete);
	assert_int_equal(history->count, 0);
	assert_string_equal(
	    history->tables.log, "\"main\".\"schema_version_log\"");
}

static void
test_made(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_load(0, NULL);
	assert_int_equal(record_make_tables(history, db, &e), 0);
	assert_load(0, NULL);
	assert_true(history->exists && history->complete);
	assert_false(history->journal.present);
}

static void
test_refused(void **state)
{
	static const char ours[] =
	    "table \"main\".\"schema_version\" is no history table of ours: ";
	static const struct {
		const char *sql;
		const char *why;
	} tables[] = {
	    {"(version_num varchar(32))", "it belongs to another tool"},
	    {"(installed_rank int, version text)",
		"it belongs to another tool"},
	    {"(version integer primary key, dirty bool)",
		"it belongs to another tool"},
	    {"(id int, version_id int, is_applied bool)",
		"it belongs to another tool"},
	    {"(version int4)", "it belongs to another tool"},
	    {"(number int)", "it has no column version"},
	};
	char sql[200], want[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(sql, sizeof(sql), "CREATE TABLE schema_version %s",
		    tables[i].sql);
		history_sql(sql);
		snprintf(want, sizeof(want), "%s%s", ours, tables[i].why);
		assert_load(ERR_DISAGREE, want);
		history_sql("DROP TABLE schema_version");
	}
	history_sql("CREATE VIEW schema_version AS SELECT 1 AS version");
	snprintf(want, sizeof(want), "%sit is a view", ours);
	assert_load(ERR_DISAGREE, want);
}

/* What was written is followed in memory, in the order of the numbers. */
static void
test_follow(void **state)
{
	struct history_row row = {
	    .has_number = true, .version = "v", .applied_at = "2026"};
	uint64_t n;

	(void)state;
	history_three();
	for (n = 9; n > 4; n--) {
		row.number = n;
		history_add(history, &row);
	}
	assert_int_equal(history->count, 8);
	for (n = 5; n <= 9; n++)
		assert_int_equal(history_find(history, n)->number, n);
	history_remove(history, 2);
	history_remove(history, 4);
	assert_null(history_find(history, 2));
	assert_int_equal(history->count, 7);
	assert_int_equal(history->rows[1]->number, 3);
}

/* Each row is later than every other, whatever the clock says. */
static void
test_newest(void **state)
{
	(void)state;
	history_three();
	history_sql("UPDATE schema_version SET "
		    "applied_at = '2999-01-01 00:00:00' WHERE number = 3");
	scratch_put("in/004_d.sql", "-- Version: 2.0.0\nselect 1;");
	history_lay();
	assert_string_equal(history->newest, "2999-01-01 00:00:00");
	history_apply(4);
	history_lay();
	assert_string_equal(history->newest, "2999-01-01 00:00:00.001");
	assert_int_equal(history->rows[3]->number, 4);
	assert_string_equal(
	    history->rows[3]->applied_at, "2999-01-01 00:00:00.001");
}

int
main(void)
{
#define HISTORY_TEST(f) \
	cmocka_unit_test_setup_teardown(f, history_setup, history_teardown)
	const struct CMUnitTest tests[] = {
	    HISTORY_TEST(test_absent),
	    HISTORY_TEST(test_made),
	    HISTORY_TEST(test_refused),
	    HISTORY_TEST(test_follow),
	    HISTORY_TEST(test_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
