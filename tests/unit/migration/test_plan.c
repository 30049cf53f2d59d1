/* The plan: what each target means, and what is refused. */
#include "history_test.h"

/* What a request comes to: names in order, or the error. */
static void
assert_plan(struct plan_request q, int code, const char *want)
{
	struct plan *p = NULL;
	struct err e = ERR_INIT;
	struct buf b;
	size_t i;

	buf_init(&b, BUF_LINE);
	assert_int_equal(plan_make(&p, &q, folder, laid, &e), code);
	for (i = 0; p != NULL && i < p->count; i++)
		buf_addf(
		    &b, "%s%s", i > 0 ? " " : "", p->steps[i].migration->name);
	if (p != NULL && p->asks)
		buf_adds(&b, "?");
	if (code < 0)
		buf_adds(&b, e.message);
	assert_string_equal(buf_str(&b), want);
	buf_clear(&b);
	err_clear(&e);
	plan_free(p);
}

#define APPLY(...)            \
	(struct plan_request) \
	{                     \
		__VA_ARGS__   \
	}
#define BACK(...)                             \
	(struct plan_request)                 \
	{                                     \
		.rollback = true, __VA_ARGS__ \
	}

static void
test_apply(void **state)
{
	(void)state;
	history_three();
	history_sql("DELETE FROM schema_version WHERE number > 1");
	history_lay();
	assert_plan(APPLY(.target = NULL), 0, "002_b 003_c");
	assert_plan(APPLY(.target = "2"), 0, "002_b");
	assert_plan(APPLY(.target = "002"), 0, "002_b");
	assert_plan(APPLY(.target = "1.1.0"), 0, "002_b");
	assert_plan(APPLY(.target = "002_b"), 0, "002_b");
	assert_plan(APPLY(.target = "002_b.sql"), 0, "002_b");
	assert_plan(APPLY(.target = "+1"), 0, "002_b");
	assert_plan(APPLY(.target = "+9"), 0, "002_b 003_c");
	assert_plan(APPLY(.target = "1"), 0, "");
	assert_plan(
	    APPLY(.target = "4"), ERR_USAGE, "no migration is meant by \"4\"");
	assert_plan(APPLY(.target = "+0"), ERR_USAGE,
	    "\"+0\" is no count of migrations");
}

static void
test_out_of_order(void **state)
{
	(void)state;
	history_three();
	history_sql("DELETE FROM schema_version WHERE number = 2");
	history_lay();
	assert_plan(
	    APPLY(.target = NULL), ERR_DISAGREE, "002_b is out of order");
	assert_plan(APPLY(.out_of_order = true), 0, "002_b");
}

static void
test_version_missing(void **state)
{
	(void)state;
	history_three();
	scratch_put("in/004_d.sql", "select 1;");
	history_lay();
	assert_plan(APPLY(.target = NULL), ERR_USAGE,
	    "in/004_d.sql: no \"Version:\" header, which other files of the "
	    "folder have");
}

static void
test_rollback(void **state)
{
	(void)state;
	history_three();
	assert_plan(BACK(.target = NULL), 0, "003_c");
	assert_plan(BACK(.target = "3"), 0, "003_c");
	assert_plan(BACK(.target = "2"), ERR_DISAGREE,
	    "later migrations are applied: 003_c");
	assert_plan(BACK(.target = "2", .cascade = true), 0, "003_c 002_b?");
	assert_plan(BACK(.target = "-2"), 0, "003_c 002_b?");
	assert_plan(
	    BACK(.target = "-4"), ERR_USAGE, "only 3 applied, 4 asked for");
	assert_plan(BACK(.target = "2", .to = true), 0, "003_c");
	assert_plan(BACK(.target = "0", .to = true), 0, "003_c 002_b 001_a?");
	assert_plan(BACK(.all = true), 0, "003_c 002_b 001_a?");
}

static void
test_rollback_refused(void **state)
{
	(void)state;
	history_three();
	scratch_sh("rm in/003_c_rollback.sql");
	history_lay();
	assert_plan(
	    BACK(.target = NULL), ERR_USAGE, "003_c has no rollback file");
	scratch_sh("rm in/003_c.sql");
	history_lay();
	assert_plan(BACK(.target = NULL), ERR_DISAGREE,
	    "003_c cannot be rolled back: its files do not exist");
	history_sql("DELETE FROM schema_version WHERE number > 1");
	history_lay();
	assert_plan(BACK(.target = "2"), ERR_DISAGREE, "2 is not applied");
	scratch_put("in/001_a.sql", "-- Version: 1.0.0\ncreate table a(y);");
	history_lay();
	assert_plan(BACK(.target = NULL), 0, "001_a?");
}

int
main(void)
{
#define PLAN_TEST(f) \
	cmocka_unit_test_setup_teardown(f, history_setup, history_teardown)
	const struct CMUnitTest tests[] = {
	    PLAN_TEST(test_apply),
	    PLAN_TEST(test_out_of_order),
	    PLAN_TEST(test_version_missing),
	    PLAN_TEST(test_rollback),
	    PLAN_TEST(test_rollback_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
