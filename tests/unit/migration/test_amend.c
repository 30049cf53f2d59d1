/* Amendments: what an operator may decide about the journal's statement. */
#include "history_test.h"

#include "migration/amend.h"

/* 001 and 002 are applied; the journal names 003, in this state. */
static void
stop(const char *direction, const char *journal_state)
{
	struct buf b;

	history_three();
	history_sql("DELETE FROM schema_version WHERE number = 3");
	buf_init(&b, BUF_LINE);
	buf_addf(&b,
	    "INSERT INTO schema_version_journal (number, name, direction, "
	    "checksum, statement, state, actor) VALUES (3, '003_c', '%s', "
	    "'x/y', 2, '%s', 'somebody')",
	    direction, journal_state);
	history_sql(buf_str(&b));
	buf_clear(&b);
	history_lay();
}

static struct amend_request
request(const char *target, uint64_t statement, bool done)
{
	return (struct amend_request){.work = AMEND_WORK_DECIDE,
	    .target = target,
	    .statement = statement,
	    .done = done};
}

static void
assert_refused(
    const struct amend_request *q, const char *message, const char *detail)
{
	struct amendments *a = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(
	    amend_make(&a, q, folder, laid, history, &e), ERR_DISAGREE);
	assert_null(a);
	assert_string_equal(e.message, message);
	assert_string_equal(e.detail, detail);
	assert_string_equal(
	    e.hint, "To see what to do next, run: sqlmigrate status");
	err_clear(&e);
}

/* The list, of so many amendments. */
static struct amendments *
make(const struct amend_request *q, size_t count)
{
	struct amendments *a = NULL;
	struct err e = ERR_INIT;

	if (amend_make(&a, q, folder, laid, history, &e) < 0)
		fail_msg("%s", e.message);
	assert_int_equal(a->count, count);
	assert_int_equal(a->asks, count > 0);
	return a;
}

static void
test_nothing(void **state)
{
	struct amend_request q = request("003", 2, true);

	(void)state;
	history_three();
	assert_refused(&q, "no migration is half applied",
	    "The journal has no entry, and so no statement to decide.  "
	    "Nothing was changed.");
}

#define STARTED                                                               \
	"The journal names 003_c: its run stopped at statement 2, which was " \
	"started.  Nothing was changed."

static void
test_another(void **state)
{
	static const char *const others[] = {
	    "002", "2", "1.1.0", "002_b", "003_b", "nosuch", "003_c.sq", ""};
	struct amend_request q;
	struct buf b;
	size_t i;

	(void)state;
	stop("apply", "started");
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		q = request(others[i], 2, true);
		buf_init(&b, BUF_LINE);
		buf_addf(&b,
		    "\"%s\" is not the migration that is half applied, "
		    "which "
		    "is 003_c",
		    others[i]);
		assert_refused(&q, buf_str(&b), STARTED);
		buf_clear(&b);
	}
	q = request("003", 1, true);
	assert_refused(&q,
	    "003_c did not stop at statement 1, but at statement 2", STARTED);
	q = request(NULL, 3, false);
	assert_refused(&q,
	    "003_c did not stop at statement 3, but at statement 2", STARTED);
}

/* The next statement follows it: nothing can be decided about it. */
static void
test_done(void **state)
{
	struct amend_request q = request("003", 2, true);

	(void)state;
	stop("rollback", "done");
	assert_refused(&q, "statement 2 of 003_c is recorded as done already",
	    "The journal names 003_c: its rollback stopped at statement 2, "
	    "which is completed.  Nothing was changed.");
	q = request(NULL, 0, false);
	assert_refused(&q, "statement 2 of 003_c is recorded as done already",
	    "The journal names 003_c: its rollback stopped at statement 2, "
	    "which is completed.  Nothing was changed.");
	/* If the COMMIT was lost, it is what was to be written. */
	q = request("003", 2, true);
	q.again = true;
	amend_free(make(&q, 0));
	q.done = false;
	assert_refused(&q, "statement 2 of 003_c is recorded as done already",
	    "The journal names 003_c: its rollback stopped at statement 2, "
	    "which is completed.  Nothing was changed.");
}

static void
test_names(void **state)
{
	static const char *const names[] = {
	    NULL, "3", "003", "0003", "1.2.0", "003_c", "003_c.sql"};
	struct amend_request q;
	struct amendments *a;
	size_t i;

	(void)state;
	stop("apply", "started");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		q = request(names[i], i % 2 == 0 ? 2 : 0, i % 3 == 0);
		a = make(&q, 1);
		assert_int_equal(a->list[0].kind, AMEND_DECIDE);
		assert_string_equal(a->list[0].name, "003_c");
		assert_string_equal(a->list[0].reason,
		    "its run stopped at statement 2, which was started");
		assert_string_equal(amend_state_name(&a->list[0]),
		    i % 3 == 0 ? "done" : "undone");
		assert_int_equal(a->list[0].entry->statement, 2);
		amend_free(a);
	}
	/* The journal has the name, if the folder has no such file. */
	scratch_sh("rm in/003*");
	history_lay();
	q = request("003_c", 2, true);
	amend_free(make(&q, 1));
	q = request("003", 2, true);
	amend_free(make(&q, 1));
}

static void
test_undone(void **state)
{
	struct amend_request q = request("003", 2, false);
	struct amendments *a;

	(void)state;
	stop("apply", "undone");
	amend_free(make(&q, 0));
	q.done = true;
	a = make(&q, 1);
	assert_string_equal(a->list[0].reason,
	    "its run stopped at statement 2, which is recorded as undone");
	amend_free(a);
}

/* What was agreed to is about that entry, whatever the words are. */
static void
test_same(void **state)
{
	static const char *const changes[] = {"statement = 3",
	    "state = 'undone'", "checksum = 'x/z'", "actor = 'me'",
	    "direction = 'rollback'", "number = 4, name = '004_d'"};
	struct amend_request q = request(NULL, 0, true);
	struct amendments *agreed, *now;
	struct buf b;
	size_t i;

	(void)state;
	stop("apply", "started");
	agreed = make(&q, 1);
	history_lay();
	now = make(&q, 1);
	assert_true(amend_same(agreed, now));
	amend_free(now);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		history_sql("CREATE TABLE kept AS SELECT * FROM "
			    "schema_version_journal");
		buf_init(&b, BUF_LINE);
		buf_addf(
		    &b, "UPDATE schema_version_journal SET %s", changes[i]);
		history_sql(buf_str(&b));
		buf_clear(&b);
		history_lay();
		now = make(&q, 1);
		if (amend_same(agreed, now))
			fail_msg("%s: it is taken for the same", changes[i]);
		amend_free(now);
		history_sql("DELETE FROM schema_version_journal");
		history_sql("INSERT INTO schema_version_journal "
			    "SELECT * FROM kept");
		history_sql("DROP TABLE kept");
	}
	amend_free(agreed);
}

/* How many entries were given this state. */
static uint64_t
decide(const struct journal *from, bool done)
{
	struct journal to = *from;
	struct err e = ERR_INIT;
	struct rows rows;
	uint64_t affected;

	to.done = done;
	to.undone = !done;
	rows_init(&rows);
	if (record_journal(history, db, from, &to, &rows, &e) < 0)
		fail_msg("%s", e.message);
	affected = rows.affected;
	rows_clear(&rows);
	return affected;
}

static void
assert_entry(const char *want)
{
	struct err e = ERR_INIT;
	struct rows rows;

	rows_init(&rows);
	if (db_query(db, &rows, &e,
		"SELECT state || ' ' || actor || ' ' || statement || ' ' || "
		"checksum FROM schema_version_journal",
		0, NULL) < 0)
		fail_msg("%s", e.message);
	assert_string_equal(rows_get(&rows, 0, 0), want);
	rows_clear(&rows);
}

/* Of another entry nothing is changed, and of this one only the state. */
static void
test_write(void **state)
{
	struct journal from, other;

	(void)state;
	stop("apply", "started");
	from = other = history->journal;
	other.statement = 1;
	assert_int_equal(decide(&other, true), 0);
	other = from;
	other.checksum = "x";
	assert_int_equal(decide(&other, true), 0);
	other = from;
	other.actor = "me";
	assert_int_equal(decide(&other, true), 0);
	other = from;
	other.undone = true;
	assert_int_equal(decide(&other, true), 0);
	assert_entry("started somebody 2 x/y");
	assert_int_equal(decide(&from, false), 1);
	assert_entry("undone somebody 2 x/y");
	assert_int_equal(decide(&from, true), 0);
	from.undone = true;
	assert_int_equal(decide(&from, true), 1);
	assert_entry("done somebody 2 x/y");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, history_setup, history_teardown)
	    TEST(test_nothing),
	    TEST(test_another),
	    TEST(test_done),
	    TEST(test_names),
	    TEST(test_undone),
	    TEST(test_same),
	    TEST(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
