/* status: a line for each migration. */
#include "command/at_work.h"
#include "command/context.h"
#include "command/list.h"
#include "migration/plan.h"
#include "migration/header.h"
#include "migration/proof.h"

/* Whether it is still to be applied, or not yet to its end. */
static bool
status_is_open(const struct entry *e)
{
	return plan_is_pending(e) || e->state == ENTRY_HALF ||
	    e->state == ENTRY_RUNNING;
}

static void
status_show(struct context *c)
{
	bool pending = settings_flag(c->inv->settings, OPTION_PENDING);
	struct event e = {.kind = EVENT_STATUS, .state = c->state};
	size_t i;

	for (i = 0; i < c->state->count; i++) {
		e.entry = &c->state->entries[i];
		if (pending && !status_is_open(e.entry))
			continue;
		context_event(c, &e);
	}
	e = (struct event){.kind = EVENT_STATUS_END,
	    .state = c->state,
	    .current = context_current(c)};
	context_event(c, &e);
}

static int
status_check(struct context *c, struct migration *m, struct err *err)
{
	int r = folder_check_forward(c->folder, m, err);

	if (r == 0)
		r = header_check_written(&m->forward, err);
	if (r == 0 && m->twin != NULL)
		r = folder_same_version(c->folder, m->twin, m, err);
	return r < 0 ? r : state_check_version(c->state, c->folder, m, err);
}

/* A pending file that is going to be refused is told of before apply does. */
static void
status_check_pending(struct context *c)
{
	struct err refused = ERR_INIT;
	const struct entry *e;
	size_t i;

	for (i = 0; i < c->state->count; i++) {
		e = &c->state->entries[i];
		if (e->row != NULL || e->migration == NULL ||
		    status_check(c, e->migration, &refused) == 0)
			continue;
		context_warn(c, &refused);
		err_clear(&refused);
	}
}

/*
 * Files that disagree, or a half-applied one, come before what is pending; and
 * so is what another run is at, until it has ended.
 */
static int
status_code(struct context *c, struct err *err)
{
	bool running = state_is_running(c->history);
	int r;

	r = context_refuse(c, err);
	if (r == 0 && (c->state->pending > 0 || running) &&
	    settings_flag(c->inv->settings, OPTION_EXIT_CODE))
		r = ERR_PENDING;
	return r;
}

static int
status_run(struct invocation *inv, struct err *err)
{
	struct context c;
	int r;

	r = context_look(&c, inv, err);
	if (r == 0)
		r = folder_identify_rollbacks(c.folder, err);
	if (r == 0)
		r = proof_load(c.state, c.history, c.db, err);
	if (r == 0) {
		at_work_tell(&c);
		status_check_pending(&c);
		status_show(&c);
		r = status_code(&c, err);
	}
	context_clear(&c);
	return r;
}

const struct command command_status = {
    .name = "status",
    .arguments = "",
    .summary = "show the state of each migration",
    .help =
	"Shows each migration as applied, pending, changed, missing, out "
	"of order, half applied or running, and whether it has a rollback.  "
	"Writes nothing.",
    .examples = "sqlmigrate status\n"
		"sqlmigrate status --pending\n"
		"sqlmigrate status --exit-code || sqlmigrate apply\n",
    .group = GROUP_EVERYDAY,
    .bit = FOR_STATUS,
    .run = status_run,
};
