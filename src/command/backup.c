/* backup: writes a backup that was checked. */
#include "command/execute.h"
#include "command/list.h"

static int
backup_run(struct invocation *inv, struct err *err)
{
	return execute_backup(inv, inv->args[0], err);
}

const struct command command_backup = {
    .name = "backup",
    .arguments = "FILE",
    .summary = "write a backup of the database, and check it",
    .help = "PostgreSQL: by pg_dump -Fc, and pg_restore -l must be able to "
	    "list it; both are looked for beside the server and in PATH.  "
	    "SQLite: by its backup API, with an integrity_check.  FILE must "
	    "not be there.  Its size and its SHA-256 go to the log.",
    .examples = "sqlmigrate backup app.dump\n",
    .group = GROUP_OPERATE,
    .bit = FOR_BACKUP,
    .min_args = 1,
    .max_args = 1,
    .run = backup_run,
};
