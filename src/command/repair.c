/* repair: accepts what became of files, and decides about the journal. */
#include <string.h>

#include "command/execute.h"
#include "command/list.h"
#include "config/decision.h"

static int
repair_run(struct invocation *inv, struct err *err)
{
	const char *text = settings_text(inv->settings, OPTION_STATEMENT);
	struct decision decision;
	struct amend_request q = {.work = AMEND_WORK_REPAIR,
	    .target = inv->nargs > 0 ? inv->args[0] : NULL};

	if (text != NULL && decision_parse(text, &decision)) {
		q.work = AMEND_WORK_DECIDE;
		q.statement = decision.statement;
		q.done = decision.done;
	}
	if (q.work == AMEND_WORK_DECIDE && q.target != NULL &&
	    strstr(q.target, "..") != NULL) {
		err_set(err, ERR_USAGE,
		    "repair --statement needs one migration, not the range %s",
		    q.target);
		err_hint(err,
		    "Use the number of the half applied migration, which "
		    "is shown by: sqlmigrate status");
		return ERR_USAGE;
	}
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
	    "it.  TARGET is one migration, or FIRST..LAST.  With --statement "
	    "the journal alone is changed: it then says whether the statement "
	    "that a migration stopped at took effect (done) or had no effect "
	    "(undone), for --resume.",
    .examples = "sqlmigrate repair\n"
		"sqlmigrate repair 003 --yes\n",
    .group = GROUP_REPAIR,
    .bit = FOR_REPAIR,
    .max_args = 1,
    .run = repair_run,
};
