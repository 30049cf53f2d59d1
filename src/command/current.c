/* current: the version that the schema is at. */
#include "command/context.h"
#include "command/list.h"

static int
current_run(struct invocation *inv, struct err *err)
{
	struct event e = {.kind = EVENT_CURRENT};
	struct context c;
	int r;

	r = context_look(&c, inv, err);
	if (r == 0) {
		e.current = context_current(&c);
		context_event(&c, &e);
		if (c.history->journal.present)
			r = context_refuse(&c, err);
	}
	context_clear(&c);
	return r;
}

const struct command command_current = {
    .name = "current",
    .arguments = "",
    .summary = "print the version that the schema is at",
    .help = "Prints the version and the name of the highest applied "
	    "migration; 0.0.0 on a database without any.",
    .examples = "sqlmigrate current\n",
    .group = GROUP_LOOK,
    .bit = FOR_CURRENT,
    .run = current_run,
};
