/* Runs: which events they report, in which order, and what they leave. */
#include "../migration/history_test.h"

#include "run/run.h"

static struct buf told;

static void
tell(void *arg, const struct event *e)
{
	static const char *const names[] = {
	    [EVENT_NOTICE] = "notice",
	    [EVENT_TABLE_MADE] = "made",
	    [EVENT_ADOPTED] = "adopted",
	    [EVENT_START] = "start",
	    [EVENT_DONE] = "done",
	    [EVENT_FAILED] = "failed",
	    [EVENT_NOTHING] = "nothing",
	    [EVENT_SUMMARY] = "summary",
	    [EVENT_READY] = NULL,
	};

	(void)arg;
	buf_addf(&told, "%s%s", told.len > 0 ? ", " : "", names[e->kind]);
	if (e->migration != NULL)
		buf_addf(&told, " %s", e->migration->name);
	if (e->kind == EVENT_SUMMARY || e->kind == EVENT_NOTHING ||
	    e->kind == EVENT_FAILED)
		buf_addf(&told, " %s", e->current.version);
}

static int
refuse(void *arg, const char *question, struct err *err)
{
	(void)arg;
	return err_set(err, ERR_USAGE, "no: %s", question);
}

/* Run it; the events must be these. */
static void
assert_run(struct plan_request q, int code, const char *want)
{
	const struct target t = {.engine = &engine_sqlite};
	struct run run = {
	    .db = &db,
	    .target = &t,
	    .table = history_name,
	    .folder = folder,
	    .settings = {.lock_timeout_ms = 1000, .store_rollback = true},
	    .program = "test",
	    .event = tell,
	    .ask = refuse,
	};
	struct err e = ERR_INIT;

	buf_init(&told, BUF_LINE);
	assert_int_equal(run_execute(&run, &q, &e), code);
	assert_string_equal(buf_str(&told), want);
	buf_clear(&told);
	err_clear(&e);
}

/* Both as they are now. */
static void
files(const char *second)
{
	scratch_put("in/1_a.sql", "create table a(x);");
	scratch_put("in/1_a_rollback.sql", "drop table a;");
	scratch_put("in/2_b.sql", second);
	scratch_put("in/2_b_rollback.sql", "drop table b;");
	history_lay();
}

static const struct plan_request all = {.target = NULL};
static const struct plan_request back = {.rollback = true};

static void
test_apply_and_back(void **state)
{
	(void)state;
	files("create table b(x);");
	assert_run(
	    all, 0, "start 1_a, done 1_a, start 2_b, done 2_b, summary 0.0.2");
	assert_run(all, 0, "nothing 0.0.2");
	assert_run(back, 0, "start 2_b, done 2_b, summary 0.0.1");
	assert_run((struct plan_request){.rollback = true, .all = true}, 0,
	    "start 1_a, done 1_a, summary 0.0.0");
	assert_run(back, 0, "nothing 0.0.0");
}

static void
test_confirm(void **state)
{
	(void)state;
	files("create table b(x);");
	assert_run(
	    all, 0, "start 1_a, done 1_a, start 2_b, done 2_b, summary 0.0.2");
	assert_run((struct plan_request){.rollback = true, .all = true},
	    ERR_USAGE, "");
}

static void
test_failure(void **state)
{
	(void)state;
	files("create table b(x); select nosuch;");
	assert_run(all, ERR_STATEMENT,
	    "start 1_a, done 1_a, start 2_b, failed 2_b 0.0.1");
	history_lay();
	assert_int_equal(history->count, 1);
	files("create table b(x);");
	assert_run(all, 0, "start 2_b, done 2_b, summary 0.0.2");
}

/* What the plan had checked is changed before it runs: nothing of it does. */
static void
test_changed_under_way(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	files("create table b(x);");
	scratch_put("in/2_b.sql", "create table c(x);");
	assert_run(all, ERR_DISAGREE, "");
	/* Changed after the plan has checked it. */
	files("create table b(x);");
	assert_int_equal(
	    folder_check_forward(folder, &folder->migrations[1], &e), 0);
	scratch_put("in/2_b.sql", "create table c(x);");
	assert_run(all, ERR_DISAGREE,
	    "start 1_a, done 1_a, start 2_b, failed 2_b 0.0.1");
}

static void
test_adopt(void **state)
{
	(void)state;
	history_sql("CREATE TABLE schema_version (version varchar(50) "
		    "PRIMARY KEY, applied_at timestamp, description text)");
	history_sql("INSERT INTO schema_version VALUES "
		    "('1_a.sql', '2025-01-01', 'x')");
	files("create table b(x);");
	assert_run(all, 0, "adopted 1_a, start 2_b, done 2_b, summary 0.0.2");
}

/* Without a transaction: what is done stays, and the rest is told. */
static void
test_outside(void **state)
{
	(void)state;
	files("-- sqlmigrate: no-transaction\n"
	      "create table b(x);\nvacuum;\nselect nosuch;");
	assert_run(
	    all, ERR_HALF, "start 1_a, done 1_a, start 2_b, failed 2_b 0.0.1");
	history_lay();
	assert_true(history->journal.present && history->journal.done);
	assert_int_equal(history->journal.statement, 2);
	assert_run(all, ERR_HALF, "");
	history_sql("DELETE FROM schema_version_journal");
	files("-- sqlmigrate: no-transaction\nvacuum;\n"
	      "begin; create table c(x); create table d(x); commit;");
	assert_run(all, 0, "start 2_b, done 2_b, summary 0.0.2");
	history_lay();
	assert_false(history->journal.present);
}

int
main(void)
{
#define RUN_TEST(f) \
	cmocka_unit_test_setup_teardown(f, history_setup, history_teardown)
	const struct CMUnitTest tests[] = {
	    RUN_TEST(test_apply_and_back),
	    RUN_TEST(test_confirm),
	    RUN_TEST(test_failure),
	    RUN_TEST(test_changed_under_way),
	    RUN_TEST(test_adopt),
	    RUN_TEST(test_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
