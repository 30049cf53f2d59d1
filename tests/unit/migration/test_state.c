/* The state of each migration: every one of them, and why. */
#include "history_test.h"

/* The states by number, as one text. */
static void
assert_states(const char *want)
{
	struct buf b;
	size_t i;

	buf_init(&b, BUF_LINE);
	for (i = 0; i < laid->count; i++)
		buf_addf(&b, "%s%llu %s", i > 0 ? ", " : "",
		    (unsigned long long)laid->entries[i].number,
		    entry_state_name(laid->entries[i].state));
	assert_string_equal(buf_str(&b), want);
	buf_clear(&b);
}

static void
assert_refused(int code, const char *message)
{
	struct err e = ERR_INIT;

	assert_int_equal(state_refuse(laid, history, false, &e), code);
	assert_string_equal(e.message == NULL ? "" : e.message, message);
	if (code != 0)
		assert_non_null(e.hint);
	err_clear(&e);
}

static void
test_pending(void **state)
{
	(void)state;
	scratch_put("in/1_a.sql", "select 1;");
	history_lay();
	assert_states("1 pending");
	assert_int_equal(laid->pending, 1);
	assert_null(laid->current);
	assert_string_equal(state_current(laid).version, "0.0.0");
	assert_refused(0, "");
}

static void
test_applied(void **state)
{
	(void)state;
	history_three();
	assert_states("1 applied, 2 applied, 3 applied");
	assert_int_equal(laid->applied, 3);
	assert_string_equal(state_current(laid).version, "1.2.0");
	assert_string_equal(state_current(laid).name, "003_c");
	assert_false(laid->adopts);
}

static void
test_changed(void **state)
{
	(void)state;
	history_three();
	scratch_put("in/002_b.sql", "-- Version: 1.1.0\ncreate table b(y);");
	history_lay();
	assert_states("1 applied, 2 changed, 3 applied");
	assert_refused(ERR_DISAGREE, "002_b was changed after it was applied");
	scratch_put("in/002_b.sql", "-- Version: 1.1.1\ncreate table b(x);");
	history_lay();
	assert_string_equal(
	    laid->entries[1].reason, "applied as version 1.1.0");
	scratch_put(
	    "in/002_b.sql", "-- Version: 1.1.0\n--c\ncreate table b( x )");
	history_lay();
	assert_states("1 applied, 2 applied, 3 applied");
	assert_true(laid->entries[1].reformatted);
}

static void
put_long(const char *path, const char *last)
{
	scratch_put_long(path, "select 1;", last);
}

/* Only what has a row is summed before it is checked; and all of that is. */
static void
test_late_sums(void **state)
{
	struct script_options late = sqlite;

	(void)state;
	late.late_sums = true;
	put_long("in/1_a.sql", "select 2;");
	put_long("in/2_b.sql", "select 4;");
	history_lay();
	history_apply(1);
	history_lay_as(&late);
	assert_states("1 applied, 2 pending");
	assert_false(laid->entries[0].reformatted);
	assert_int_equal(strlen(folder->migrations[0].forward.checksum), 64);
	assert_false(folder->migrations[0].forward.checked);
	assert_true(folder->migrations[1].forward.late);
	assert_string_equal(folder->migrations[1].forward.checksum, "");
	put_long("in/1_a.sql", "select  2;");
	history_lay_as(&late);
	assert_states("1 applied, 2 pending");
	assert_true(laid->entries[0].reformatted);
	put_long("in/1_a.sql", "select 3;");
	history_lay_as(&late);
	assert_states("1 changed, 2 pending");
	assert_refused(ERR_DISAGREE, "1_a was changed after it was applied");
	scratch_sh("mv in/1_a.sql in/3_a.sql");
	history_lay_as(&late);
	assert_states("1 missing, 2 pending, 3 pending");
	put_long("in/3_a.sql", "select 2;");
	history_lay_as(&late);
	assert_states("1 renamed, 2 pending, 3 renamed");
}

/* One that cannot be read once more is told as that, not as changed. */
static void
test_unread(void **state)
{
	struct script_options late = sqlite;
	struct migration *m;

	(void)state;
	late.late_sums = true;
	put_long("in/1_a.sql", "select 2;");
	history_lay();
	history_apply(1);
	history_lay_as(&late);
	m = &folder->migrations[0];
	m->forward.checksum[0] = '\0';
	m->forward.late = true;
	scratch_sh("rm in/1_a.sql");
	state_free(laid);
	laid = state_make(folder, history);
	assert_refused(ERR_USAGE, "in/1_a.sql: No such file or directory");
}

/* A changed file is a question to a rollback, and no reason to refuse. */
static void
test_changed_rollback(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	history_three();
	scratch_put("in/003_c.sql", "-- Version: 1.2.0\ncreate table c(y);");
	history_lay();
	assert_int_equal(state_refuse(laid, history, true, &e), 0);
}

static void
test_renamed(void **state)
{
	(void)state;
	history_three();
	scratch_sh("mv in/002_b.sql in/004_b.sql; "
		   "mv in/002_b_rollback.sql in/004_b_rollback.sql");
	history_lay();
	assert_states("1 applied, 2 renamed, 3 applied, 4 renamed");
	assert_refused(ERR_DISAGREE, "002_b was renamed: it is now 004_b");
	history_sql("UPDATE schema_version SET name = NULL WHERE number = 2");
	history_lay();
	assert_states("1 applied, 2 missing, 3 applied, 4 pending");
}

static void
test_missing_and_newer(void **state)
{
	(void)state;
	history_three();
	scratch_sh("rm in/003*");
	history_lay();
	assert_states("1 applied, 2 applied, 3 newer");
	assert_refused(0, "");
	assert_string_equal(state_current(laid).name, "003_c");
	scratch_sh("rm in/001*");
	history_lay();
	assert_states("1 missing, 2 applied, 3 newer");
	assert_refused(ERR_DISAGREE, "001_a is applied, but its file is gone");
}

static void
test_out_of_order(void **state)
{
	(void)state;
	history_three();
	scratch_put("in/0_z.sql", "-- Version: 0.9.0\nselect 1;");
	history_lay();
	assert_states("0 out of order, 1 applied, 2 applied, 3 applied");
	assert_int_equal(laid->pending, 1);
}

static void
test_half(void **state)
{
	(void)state;
	history_three();
	history_sql("INSERT INTO schema_version_journal (number, name, "
		    "direction, checksum, statement, state) VALUES "
		    "(3, '003_c', 'rollback', 'x', 2, 'started')");
	history_lay();
	assert_states("1 applied, 2 applied, 3 half applied");
	assert_string_equal(state_current(laid).name, "002_b");
	assert_refused(ERR_HALF, "003_c is half rolled back");
}

static void
test_adopted(void **state)
{
	(void)state;
	scratch_put("in/001_a.sql", "-- Version: 1.0.0\nselect 1;");
	scratch_put("in/002_b.sql", "-- Version: 1.1.0\nselect 1;");
	scratch_put("in/003_c.sql", "-- Version: 1.2.0\nselect 1;");
	history_sql("CREATE TABLE schema_version (version varchar(50) "
		    "PRIMARY KEY, applied_at timestamp, description text)");
	history_sql("INSERT INTO schema_version VALUES "
		    "('1.0.0', '2025-01-01', NULL), "
		    "('v2', '2025-01-02', 'ran 003_c.sql')");
	history_lay();
	assert_states("1 applied, 2 applied, 3 pending");
	assert_string_equal(laid->entries[0].reason, "by the version 1.0.0");
	assert_string_equal(laid->entries[1].reason, "by the number v2");
	assert_true(laid->adopts);
	assert_true(laid->entries[0].adopted && laid->entries[1].adopted);
	history_sql("INSERT INTO schema_version VALUES "
		    "('9.9.9', '2025-01-03', 'who')");
	history_lay();
	assert_int_equal(laid->entries[3].state, ENTRY_UNKNOWN);
	assert_refused(ERR_DISAGREE,
	    "the row of version 9.9.9 in \"main\".\"schema_version\" matches "
	    "no file");
}

/* Insert a row by hand, and say what it is found to be. */
static void
assert_row(const char *version, const char *description, enum entry_state want,
    const char *reason)
{
	const char *params[] = {version, description};
	struct err e = ERR_INIT;
	struct entry *last;

	history_sql("DELETE FROM schema_version");
	assert_int_equal(db_query(db, NULL, &e,
			     "INSERT INTO schema_version VALUES "
			     "($1, '2025-01-01', $2)",
			     2, params),
	    0);
	history_lay();
	last = &laid->entries[laid->count - 1];
	if (want == ENTRY_APPLIED)
		for (last = laid->entries; last->row == NULL; last++)
			;
	assert_int_equal(last->state, want);
	assert_string_equal(last->reason == NULL ? "" : last->reason, reason);
}

static void
test_rows(void **state)
{
	(void)state;
	scratch_put("in/1_add_tax.sql", "select 1;");
	scratch_put("in/011_add_tax.sql", "select 1;");
	scratch_put("in/012_add.tax.sql", "select 1;");
	history_sql("CREATE TABLE schema_version (version varchar(50) "
		    "PRIMARY KEY, applied_at timestamp, description text)");
	assert_row("11", NULL, ENTRY_APPLIED, "by the number 11");
	assert_row(" v011\n", NULL, ENTRY_APPLIED, "by the number  v011\n");
	assert_row("1_add_tax", "", ENTRY_APPLIED, "by the name 1_add_tax");
	assert_row("sql/011_add_tax.sql", "", ENTRY_APPLIED,
	    "by the name sql/011_add_tax.sql");
	assert_row("v0.0.11", "", ENTRY_APPLIED, "by the version v0.0.11");
	assert_row("x", "hotfix 011_add_tax.", ENTRY_UNKNOWN,
	    "011_add_tax is named by its description");
	assert_row("x", "ran 1_add_tax.sql (again)", ENTRY_UNKNOWN,
	    "1_add_tax is named by its description");
	assert_row("x", "1_add_tax, then 011_add_tax", ENTRY_UNKNOWN,
	    "1_add_tax and 011_add_tax both fit");
	assert_row("x",
	    "11_add_tax 1_add_tax_rollback.sql 1_add_tax.sqlx "
	    "01_add_tax 1_add_taxes 3.1_add_tax",
	    ENTRY_UNKNOWN, "");
	assert_row("13", "011_add", ENTRY_UNKNOWN, "");
}

/* Two rows of one file: the surer one has it. */
static void
test_two_rows(void **state)
{
	(void)state;
	scratch_put("in/001_a.sql", "select 1;");
	history_sql("CREATE TABLE schema_version (version varchar(50) "
		    "PRIMARY KEY, applied_at timestamp, description text)");
	history_sql("INSERT INTO schema_version VALUES "
		    "('001_a', '2025-01-01', ''), ('1', '2025-01-02', '')");
	history_lay();
	assert_string_equal(laid->entries[0].reason, "by the number 1");
	assert_int_equal(laid->entries[1].state, ENTRY_UNKNOWN);
	assert_string_equal(
	    laid->entries[1].reason, "001_a, which it names, has the row 1");
}

/* A file of another name and other statements is another migration. */
static void
test_other(void **state)
{
	(void)state;
	history_three();
	scratch_sh("mv in/002_b.sql in/004_b.sql");
	scratch_put("in/002_x.sql", "-- Version: 1.0.5\ncreate table x(x);");
	scratch_sh("mv in/002_b_rollback.sql in/004_b_rollback.sql");
	history_lay();
	assert_states("1 applied, 2 renamed, 2 out of order, 3 applied, "
		      "4 renamed");
	assert_string_equal(laid->entries[1].reason, "now 004_b");
	scratch_put("in/004_b.sql", "-- Version: 1.1.0\ncreate table b(y);");
	history_lay();
	assert_states("1 applied, 2 missing, 2 out of order, 3 applied, "
		      "4 pending");
	assert_refused(ERR_DISAGREE, "002_b is applied, but its file is gone");
	assert_string_equal(laid->entries[1].fits[0]->name, "004_b");
	assert_null(laid->entries[1].fits[1]);
	scratch_sh("rm in/004_b*");
	scratch_put("in/002_b_.sql", "create table b(y)");
	scratch_sh("mv in/002_b_.sql in/002_x.sql");
	history_lay();
	assert_states("1 applied, 2 missing, 2 out of order, 3 applied");
}

int
main(void)
{
#define STATE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, history_setup, history_teardown)
	const struct CMUnitTest tests[] = {
	    STATE_TEST(test_pending),
	    STATE_TEST(test_applied),
	    STATE_TEST(test_changed),
	    STATE_TEST(test_late_sums),
	    STATE_TEST(test_unread),
	    STATE_TEST(test_changed_rollback),
	    STATE_TEST(test_renamed),
	    STATE_TEST(test_missing_and_newer),
	    STATE_TEST(test_out_of_order),
	    STATE_TEST(test_half),
	    STATE_TEST(test_adopted),
	    STATE_TEST(test_rows),
	    STATE_TEST(test_two_rows),
	    STATE_TEST(test_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
