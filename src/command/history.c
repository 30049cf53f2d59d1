/* history: the log, newest first. */
#include "command/context.h"
#include "command/list.h"
#include "migration/log.h"

static void
history_show(struct context *c, const struct rows *rows, uint64_t most)
{
	struct log_row row;
	struct event e = {.kind = EVENT_LOG, .log = &row};
	size_t i;

	for (i = 0; i < rows->nrows; i++) {
		row = log_take(rows, i);
		context_event(c, &e);
	}
	e = (struct event){
	    .kind = EVENT_LOG_END, .count = rows->nrows, .total = most};
	context_event(c, &e);
}

static int
history_run(struct invocation *inv, struct err *err)
{
	struct context c;
	uint64_t most = (uint64_t)settings_number(inv->settings, OPTION_LINES);
	struct rows rows;
	int r;

	rows_init(&rows);
	r = context_init(&c, inv, err);
	if (r == 0)
		r = context_connect(&c, CONTEXT_READ, err);
	if (r == 0)
		r = history_load(&c.history, c.db, &c.table, err);
	if (r == 0)
		r = log_read(&rows, c.history, c.db, most, err);
	if (r == 0)
		history_show(&c, &rows, most);
	rows_clear(&rows);
	context_clear(&c);
	return r;
}

const struct command command_history = {
    .name = "history",
    .arguments = "",
    .summary = "show what was applied and rolled back, newest first",
    .help = "Shows the log: each apply, rollback, adoption and failure, with "
	    "when, who, how long and why.  Writes nothing, and needs no "
	    "folder.",
    .examples = "sqlmigrate history\n"
		"sqlmigrate history -n 5\n",
    .group = GROUP_LOOK,
    .bit = FOR_HISTORY,
    .run = history_run,
};
