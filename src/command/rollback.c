/* rollback: runs rollback files, newest first. */
#include "command/execute.h"
#include "command/list.h"

static int
rollback_run(struct invocation *inv, struct err *err)
{
	struct plan_request q;
	int r;

	r = execute_request(inv, true, &q, err);
	return r < 0 ? r : execute_run(inv, &q, err);
}

const struct command command_rollback = {
    .name = "rollback",
    .arguments = "[TARGET]",
    .summary = "roll back the newest migration, or those that are named",
    .help = "Without TARGET the newest applied migration.  TARGET names one "
	    "(002, 1.1.0, 002_name), or says how many of the newest (-2); "
	    "--to names the one to go back to.  Where later ones are applied "
	    "they are shown, and --cascade takes them too.  More than one is "
	    "asked about first; one is not, whatever it drops: plan "
	    "--rollback shows it.",
    .examples = "sqlmigrate rollback\n"
		"sqlmigrate rollback 003\n"
		"sqlmigrate rollback --to 002 --yes\n",
    .group = GROUP_EVERYDAY,
    .bit = FOR_ROLLBACK,
    .max_args = 1,
    .run = rollback_run,
};
