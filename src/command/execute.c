/* What apply, rollback and plan share: the request, and carrying it out. */
#include "command/execute.h"

#include <string.h>

#include "command/context.h"
#include "config.h"
#include "run/run.h"
#include "run/stop.h"

int
execute_request(const struct invocation *inv, bool rollback,
    struct plan_request *q, struct err *err)
{
	const struct settings *s = inv->settings;
	const char *to = settings_text(s, OPTION_TO);
	const char *target = inv->nargs > 0 ? inv->args[0] : NULL;

	memset(q, 0, sizeof(*q));
	q->rollback = rollback;
	q->out_of_order = settings_flag(s, OPTION_OUT_OF_ORDER);
	q->single = settings_flag(s, OPTION_SINGLE_TRANSACTION);
	q->to = to != NULL;
	q->all = settings_flag(s, OPTION_ALL);
	q->cascade = settings_flag(s, OPTION_CASCADE);
	q->target = to != NULL ? to : target;
	if ((to != NULL) + (target != NULL) + q->all > 1) {
		err_set(err, ERR_USAGE, "more than one target is given");
		err_hint(err, "Give one of TARGET, --to TARGET and --all.");
		return ERR_USAGE;
	}
	if (!rollback && (q->to || q->all || q->cascade)) {
		err_set(err, ERR_USAGE,
		    "--to, --all and --cascade are for rollbacks");
		err_hint(err, "Add --rollback.");
		return ERR_USAGE;
	}
	return 0;
}

/* "Roll back 003_a, 002_b?", in the order in which they run. */
static int
execute_confirm(void *arg, const struct plan *plan, struct err *err)
{
	const struct step *step;
	struct buf b;
	size_t i;
	int r;

	buf_init(&b, BUF_LINE);
	buf_addf(&b,
	    "%s %zu migration%s: ", plan->rollback ? "Roll back" : "Apply",
	    plan->count, plan->count == 1 ? "" : "s");
	for (i = 0; i < plan->count; i++) {
		step = &plan->steps[i];
		buf_addf(&b, "%s%s%s", i > 0 ? ", " : "", step->migration->name,
		    strcmp(step->reason, "applied") == 0 ? ""
							 : " (changed since)");
	}
	buf_addc(&b, '?');
	r = context_confirm(arg, buf_str(&b), err);
	buf_clear(&b);
	return r;
}

static void
execute_settings(const struct settings *s, struct run_settings *out)
{
	out->lock_wait_ms = settings_number(s, OPTION_LOCK_WAIT);
	out->lock_timeout_ms = settings_number(s, OPTION_LOCK_TIMEOUT);
	out->statement_timeout_ms =
	    settings_number(s, OPTION_STATEMENT_TIMEOUT);
	out->lock_retries = (uint64_t)settings_number(s, OPTION_LOCK_RETRIES);
	out->single_transaction = settings_flag(s, OPTION_SINGLE_TRANSACTION);
	out->store_rollback = settings_flag(s, OPTION_STORE_ROLLBACK);
	out->session_pooler =
	    settings_number(s, OPTION_POOLER) == POOLER_SESSION;
}

/* Open everything and hand it to the work. */
static int
execute_with(struct invocation *inv, enum context_use use,
    int (*work)(struct run *, const struct plan_request *, struct err *),
    const struct plan_request *q, struct err *err)
{
	struct db_options options;
	struct context c;
	struct run run;
	int r;

	r = context_init(&c, inv, err);
	if (r == 0)
		r = context_folder(&c, err);
	if (r == 0)
		r = context_connect(&c, use, err);
	if (r == 0) {
		memset(&run, 0, sizeof(run));
		context_db_options(&c, CONTEXT_WRITE, &options);
		run.db = &c.db;
		run.target = &c.target;
		run.db_options = &options;
		run.table = c.table;
		run.folder = c.folder;
		run.program = PACKAGE_NAME " " PACKAGE_VERSION;
		run.event = context_event;
		run.event_arg = &c;
		run.confirm = execute_confirm;
		run.confirm_arg = &c;
		execute_settings(inv->settings, &run.settings);
		stop_install();
		r = work(&run, q, err);
	}
	context_clear(&c);
	return r;
}

int
execute_run(
    struct invocation *inv, const struct plan_request *q, struct err *err)
{
	return execute_with(inv, q->rollback ? CONTEXT_WRITE : CONTEXT_CREATE,
	    run_execute, q, err);
}

static int
execute_prepare_tables(
    struct run *run, const struct plan_request *q, struct err *err)
{
	(void)q;
	return run_prepare(run, err);
}

int
execute_prepare(struct invocation *inv, struct err *err)
{
	return execute_with(
	    inv, CONTEXT_CREATE, execute_prepare_tables, NULL, err);
}

static void
execute_show(struct context *c, const struct plan *plan)
{
	struct event e = {.kind = EVENT_PLAN, .rollback = plan->rollback};
	const struct script *script;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		e.migration = plan->steps[i].migration;
		script = plan->rollback ? &e.migration->rollback
					: &e.migration->forward;
		e.text = plan->steps[i].reason;
		e.statements = script->statements;
		e.empty = script->statements == 0;
		context_event(c, &e);
	}
	e = (struct event){.kind = EVENT_PLAN_END,
	    .rollback = plan->rollback,
	    .count = plan->count,
	    .current = context_current(c)};
	context_event(c, &e);
}

int
execute_plan(
    struct invocation *inv, const struct plan_request *q, struct err *err)
{
	struct plan *plan = NULL;
	struct context c;
	int r;

	r = context_look(&c, inv, err);
	if (r == 0)
		r = state_refuse(c.state, c.history, q->rollback, err);
	if (r == 0)
		r = plan_make(&plan, q, c.folder, c.state, err);
	if (r == 0)
		execute_show(&c, plan);
	plan_free(plan);
	context_clear(&c);
	return r;
}
