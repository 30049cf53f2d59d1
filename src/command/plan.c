/* plan: shows what apply or rollback would run. */
#include "command/execute.h"
#include "command/list.h"

static int
plan_run(struct invocation *inv, struct err *err)
{
	struct plan_request q;
	int r;

	r = execute_request(
	    inv, settings_flag(inv->settings, OPTION_ROLLBACK), &q, err);
	return r < 0 ? r : execute_plan(inv, &q, err);
}

const struct command command_plan = {
    .name = "plan",
    .arguments = "[TARGET]",
    .summary = "show what would run, and change nothing",
    .help = "Shows, in order, what apply TARGET (or, with --rollback, "
	    "rollback TARGET) would run, and why.  Every file of the plan is "
	    "read and checked.",
    .examples = "sqlmigrate plan\n"
		"sqlmigrate plan --rollback --to 002\n"
		"sqlmigrate plan --sql >next.sql\n",
    .group = GROUP_LOOK,
    .bit = FOR_PLAN,
    .max_args = 1,
    .run = plan_run,
};
