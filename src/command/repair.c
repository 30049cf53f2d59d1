/* repair: accepts what became of files, and clears the journal. */
#include "command/execute.h"
#include "command/list.h"

static int
repair_run(struct invocation *inv, struct err *err)
{
	const struct amend_request q = {.work = AMEND_WORK_REPAIR,
	    .target = inv->nargs > 0 ? inv->args[0] : NULL};

	return execute_amend(inv, &q, err);
}

const struct command command_repair = {
    .name = "repair",
    .arguments = "[TARGET]",
    .summary = "accept changed and renamed files, clear the journal",
    .help = "For each applied migration whose file was changed or renamed the "
	    "history is made to agree with the file as it is now, and the "
	    "journal of a half-applied migration is cleared.  No file is run.  "
	    "Each change is shown and asked about, and the log says who made "
	    "it.  TARGET is one migration, or FIRST..LAST.",
    .bit = FOR_REPAIR,
    .max_args = 1,
    .run = repair_run,
};
