/* Records: an entry of the journal replaces exactly the one that was read. */
#include "history_test.h"

static const struct journal none = {.present = false};
static const struct journal entry = {.present = true,
    .number = 2,
    .name = "002_b",
    .checksum = "c1/c0",
    .statement = 1,
    .actor = "me run 1"};

static void
assert_replaced(
    uint64_t affected, const struct journal *from, const struct journal *to)
{
	struct err e = ERR_INIT;
	struct rows written;

	rows_init(&written);
	written.affected = 7;
	assert_int_equal(
	    record_journal(history, db, from, to, &written, &e), 0);
	assert_int_equal(db->engine->wait(db, &e), 0);
	assert_int_equal(written.affected, affected);
	rows_clear(&written);
}

static void
assert_entry(const struct journal *want)
{
	struct err e = ERR_INIT;

	assert_int_equal(history_moved(history, db, want, &e), 0);
}

static int
record_setup(void **state)
{
	struct err e = ERR_INIT;

	if (history_setup(state) != 0 ||
	    history_load(&history, db, &history_name, &e) != 0 ||
	    record_make_tables(history, db, &e) != 0)
		return -1;
	return 0;
}

static void
test_first(void **state)
{
	struct journal other = entry;

	(void)state;
	other.actor = "them run 2";
	assert_entry(&none);
	assert_replaced(1, &none, &entry);
	assert_entry(&entry);
	/* Not over one that is there. */
	assert_replaced(0, &none, &other);
	assert_entry(&entry);
}

static void
test_replace(void **state)
{
	struct journal done = entry;

	(void)state;
	done.done = true;
	done.checksum = "c1";
	assert_replaced(1, &none, &entry);
	assert_replaced(1, &entry, &done);
	assert_entry(&done);
	assert_replaced(0, &entry, &done);
	assert_replaced(0, &entry, NULL);
	assert_entry(&done);
	assert_replaced(1, &done, NULL);
	assert_entry(&none);
	assert_replaced(0, &done, NULL);
}

/* Each column of the entry counts, and the run that wrote it. */
static void
test_compare(void **state)
{
	struct journal others[7];
	size_t i;

	(void)state;
	for (i = 0; i < 7; i++)
		others[i] = entry;
	others[0].number = 3;
	others[1].rollback = true;
	others[2].checksum = "c1";
	others[3].statement = 2;
	others[4].done = true;
	others[5].undone = true;
	others[6].actor = "me run 2";
	assert_replaced(1, &none, &entry);
	for (i = 0; i < 7; i++) {
		assert_false(history_same_entry(&entry, &others[i]));
		assert_replaced(0, &others[i], NULL);
		assert_entry(&entry);
	}
	assert_true(history_same_entry(&entry, &entry));
	assert_false(history_same_entry(&entry, &none));
	assert_true(history_same_entry(&none, &none));
}

/* A table that was made manually may have NULL, or a state that no run has. */
static void
test_not_set(void **state)
{
	struct journal bare = {
	    .present = true, .number = 2, .checksum = "", .actor = ""};

	(void)state;
	history_sql("DROP TABLE schema_version_journal");
	history_sql("CREATE TABLE schema_version_journal (number integer, "
		    "name text, direction text, checksum text, "
		    "statement integer, state text, actor text)");
	history_sql("INSERT INTO schema_version_journal (number) VALUES (2)");
	assert_entry(&bare);
	assert_replaced(1, &bare, NULL);
	history_sql("INSERT INTO schema_version_journal VALUES "
		    "(2, 'b', 'up', '', 0, 'busy', '')");
	assert_entry(&bare);
	assert_replaced(1, &bare, NULL);
	assert_entry(&none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_first, record_setup, history_teardown),
	    cmocka_unit_test_setup_teardown(
		test_replace, record_setup, history_teardown),
	    cmocka_unit_test_setup_teardown(
		test_compare, record_setup, history_teardown),
	    cmocka_unit_test_setup_teardown(
		test_not_set, record_setup, history_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
