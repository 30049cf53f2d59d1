/* apply: runs what is pending. */
#include "command/execute.h"
#include "command/list.h"

static int
apply_run(struct invocation *inv, struct err *err)
{
	struct plan_request q;
	int r;

	r = execute_request(inv, false, &q, err);
	if (r < 0)
		return r;
	return settings_flag(inv->settings, OPTION_DRY_RUN)
	    ? execute_plan(inv, &q, err)
	    : execute_run(inv, &q, err);
}

const struct command command_apply = {
    .name = "apply",
    .arguments = "[TARGET]",
    .summary = "apply what is pending",
    .help = "Each migration runs in one transaction together with its row "
	    "in the history; the first error ends the run, and what was "
	    "applied before it stays.  TARGET is the last one to apply: a "
	    "number (003), a version (1.2.0), a name (003_name), or how many "
	    "(+2).",
    .examples = "sqlmigrate apply\n"
		"sqlmigrate apply --dry-run\n"
		"sqlmigrate apply 003\n"
		"sqlmigrate apply --backup before.dump\n",
    .group = GROUP_EVERYDAY,
    .bit = FOR_APPLY,
    .max_args = 1,
    .run = apply_run,
};
