/* stamp: records migrations as applied without running them. */
#include "command/execute.h"
#include "command/list.h"

/* Of one row, which is named by its version, and not by a target. */
static int
stamp_row(
    struct invocation *inv, const struct amend_request *q, struct err *err)
{
	bool undo = q->work == AMEND_WORK_UNDO;

	if (!q->all && !(undo && q->target != NULL))
		return execute_amend(inv, q, err);
	err_set(err, ERR_USAGE, "stamp --row and %s exclude each other",
	    q->all ? "--all" : "a TARGET of --undo");
	err_hint(err,
	    undo ? "To delete one row, give --undo --row=VERSION alone."
		 : "Give --row=VERSION TARGET, or --row=VERSION alone.");
	return ERR_USAGE;
}

static int
stamp_run(struct invocation *inv, struct err *err)
{
	const struct settings *s = inv->settings;
	struct amend_request q = {.work = AMEND_WORK_STAMP,
	    .target = inv->nargs > 0 ? inv->args[0] : NULL,
	    .row = settings_text(s, OPTION_ROW),
	    .all = settings_flag(s, OPTION_ALL)};

	if (settings_flag(s, OPTION_UNDO))
		q.work = AMEND_WORK_UNDO;
	if (q.row != NULL)
		return stamp_row(inv, &q, err);
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
	    "asked about.  --row names one row by its version, whatever file "
	    "it belongs to: it becomes the row of TARGET, or without TARGET is "
	    "kept as it is, or with --undo deleted.",
    .examples = "sqlmigrate stamp 002\n"
		"sqlmigrate stamp --undo 002 --yes\n",
    .group = GROUP_REPAIR,
    .bit = FOR_STAMP,
    .max_args = 1,
    .run = stamp_run,
};
