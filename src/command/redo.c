/* redo: rolls back and applies again. */
#include "command/execute.h"
#include "command/list.h"

static int
redo_run(struct invocation *inv, struct err *err)
{
	struct plan_request q;
	int r;

	r = execute_request(inv, true, &q, err);
	return r < 0 ? r : execute_redo(inv, &q, err);
}

const struct command command_redo = {
    .name = "redo",
    .arguments = "[TARGET]",
    .summary = "roll back, then apply again",
    .help = "For a migration that is being written: what rollback TARGET "
	    "would roll back (without TARGET the newest) is rolled back and "
	    "applied again, and its file may have been changed since.  The "
	    "file is checked before anything is rolled back.",
    .examples = "sqlmigrate redo\n",
    .group = GROUP_REPAIR,
    .bit = FOR_REDO,
    .max_args = 1,
    .run = redo_run,
};
