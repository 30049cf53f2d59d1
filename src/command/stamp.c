/* stamp: records migrations as applied without running them. */
#include "command/execute.h"
#include "command/list.h"

static int
stamp_run(struct invocation *inv, struct err *err)
{
	const struct settings *s = inv->settings;
	struct amend_request q = {.work = AMEND_WORK_STAMP,
	    .target = inv->nargs > 0 ? inv->args[0] : NULL,
	    .all = settings_flag(s, OPTION_ALL)};

	if (settings_flag(s, OPTION_UNDO))
		q.work = AMEND_WORK_UNDO;
	if ((q.target != NULL) == q.all) {
		err_set(err, ERR_USAGE, "stamp needs one of TARGET and --all");
		err_hint(err, "TARGET is %s, such as 003.",
		    q.work == AMEND_WORK_UNDO
			? "the migration whose row is to be deleted"
			: "the last migration that the schema already has");
		return ERR_USAGE;
	}
	return execute_amend(inv, &q, err);
}

const struct command command_stamp = {
    .name = "stamp",
    .arguments = "[TARGET]",
    .summary = "record migrations as applied without running them",
    .help = "For a schema that is there already: all that is pending up to "
	    "TARGET is recorded, or only FIRST..LAST.  With --undo the rows of "
	    "TARGET are deleted (with --all, of all that were stamped); what "
	    "the migrations did stays, and a row that was not stamped is "
	    "asked about.",
    .examples = "sqlmigrate stamp 002\n"
		"sqlmigrate stamp --undo 002 --yes\n",
    .group = GROUP_REPAIR,
    .bit = FOR_STAMP,
    .max_args = 1,
    .run = stamp_run,
};
