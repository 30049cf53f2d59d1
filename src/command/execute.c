/* What apply, rollback and plan share: the request, and carrying it out. */
#include "command/execute.h"

#include <string.h>

#include "check/drift.h"
#include "command/at_work.h"
#include "command/context.h"
#include "config.h"
#include "migration/select.h"
#include "migration/stored.h"
#include "run/export.h"
#include "run/run.h"
#include "run/stop.h"

/* What would be ignored: neither rolls back, nor writes a script, in one. */
static int
execute_refuse_single(bool rollback, struct err *err)
{
	err_set(err, ERR_USAGE,
	    "%s and --single-transaction exclude each other",
	    rollback ? "--rollback" : "--sql");
	err_hint(err, "Each migration of a %s is a transaction of its own.",
	    rollback ? "rollback" : "script");
	return err->code;
}

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
	q->stored = settings_flag(s, OPTION_STORED);
	q->resume = settings_flag(s, OPTION_RESUME);
	q->target = to != NULL ? to : target;
	if ((to != NULL) + (target != NULL) + q->all > 1) {
		err_set(err, ERR_USAGE, "more than one target is given");
		err_hint(err, "Give one of TARGET, --to TARGET and --all.");
		return ERR_USAGE;
	}
	if (q->single && (rollback || settings_flag(s, OPTION_SQL)))
		return execute_refuse_single(rollback, err);
	if (inv->command->bit == FOR_PLAN && !rollback)
		q->to = false;
	if (!rollback && (q->to || q->all || q->cascade || q->stored)) {
		err_set(err, ERR_USAGE,
		    "--to, --all, --cascade and --stored are for rollbacks");
		err_hint(err, "Add --rollback.");
		return ERR_USAGE;
	}
	return 0;
}

static int
execute_ask(void *arg, const char *question, struct err *err)
{
	return context_confirm(arg, question, err);
}

static const char *
execute_source(const struct settings *s, enum option_id id, const char *none)
{
	const char *source = settings_source(s, id);

	return strcmp(source, "default") == 0 ? none : source;
}

void
execute_settings(const struct settings *s, const struct engine *engine,
    struct run_settings *out)
{
	out->lock_wait_ms = settings_number(s, OPTION_LOCK_WAIT);
	out->lock_timeout_ms = settings_number(s, OPTION_LOCK_TIMEOUT);
	out->statement_timeout_ms =
	    settings_number(s, OPTION_STATEMENT_TIMEOUT);
	out->lock_timeout_from = execute_source(
	    s, OPTION_LOCK_TIMEOUT, "the default of --lock-timeout");
	out->statement_timeout_from = execute_source(
	    s, OPTION_STATEMENT_TIMEOUT, "the default of --statement-timeout");
	out->lock_retries = (uint64_t)settings_number(s, OPTION_LOCK_RETRIES);
	out->single_transaction = settings_flag(s, OPTION_SINGLE_TRANSACTION);
	out->store_rollback = settings_flag(s, OPTION_STORE_ROLLBACK);
	out->backup = settings_text(s, OPTION_BACKUP);
	out->each_statement = settings_number(s, OPTION_VERBOSE) > 1;
	out->show_rows = settings_number(s, OPTION_VERBOSE) > 0;
	out->lock_table = engine->words->locks_rows &&
	    settings_number(s, OPTION_LOCK) == LOCK_TABLE;
	out->session_pooler =
	    settings_number(s, OPTION_POOLER) == POOLER_SESSION;
}

typedef int execute_work(struct run *, const void *request, struct err *);

static bool
execute_is_absent(const struct context *c)
{
	const struct target *t = &c->target;

	return t->engine->absent != NULL && t->engine->absent(t);
}

/*
 * A plan that is refused must not leave a database that was made for it: it
 * is made first as if the database were there, and empty.
 */
static int
execute_check_absent(
    struct context *c, const struct plan_request *q, struct err *err)
{
	const struct engine *engine = c->target.engine;
	struct plan *plan = NULL;
	struct history *none;
	struct state *state;
	int r;

	r = context_folder(c, err);
	if (r < 0 || q == NULL)
		return r;
	none = export_assume(engine, &c->table, c->folder, 0);
	state = state_make(c->folder, none);
	r = plan_make(&plan, q, c->folder, state, err);
	plan_free(plan);
	state_free(state);
	history_free(none);
	return r;
}

static int
execute_open(struct context *c, enum context_use use,
    const struct plan_request *q, struct err *err)
{
	int r = 0;

	if (use == CONTEXT_CREATE && execute_is_absent(c))
		r = execute_check_absent(c, q, err);
	else if (c->inv->command->bit != FOR_BACKUP)
		return context_gather(c, use, err);
	return r < 0 ? r : context_connect(c, use, err);
}

/* Open everything and hand it to the work. */
static int
execute_with(struct invocation *inv, enum context_use use, execute_work *work,
    const void *request, struct err *err)
{
	struct db_options options;
	struct context c;
	struct run run;
	int r;

	r = context_init(&c, inv, err);
	if (r == 0)
		r = execute_open(&c, use, request, err);
	if (r == 0) {
		memset(&run, 0, sizeof(run));
		context_db_options(&c, CONTEXT_WRITE, &options);
		run.db = &c.db;
		run.target = &c.target;
		run.db_options = &options;
		run.table = c.table;
		run.folder = c.folder;
		run.history = c.history;
		run.fresh = c.history != NULL;
		c.history = NULL;
		run.program = PACKAGE_NAME " " PACKAGE_VERSION;
		run.event = context_event;
		run.event_arg = &c;
		run.ask = execute_ask;
		run.ask_arg = &c;
		execute_settings(inv->settings, c.target.engine, &run.settings);
		stop_install();
		r = work(&run, request, err);
		if (r == 0 && c.changed &&
		    settings_number(inv->settings, OPTION_FINGERPRINT) == 1)
			r = drift_record(&run, err);
	}
	stop_watch(NULL);
	context_clear(&c);
	return r < 0 ? stop_reason(err) : r;
}

static int
execute_plan_run(struct run *run, const void *request, struct err *err)
{
	return run_execute(run, request, err);
}

int
execute_run(
    struct invocation *inv, const struct plan_request *q, struct err *err)
{
	return execute_with(inv, q->rollback ? CONTEXT_WRITE : CONTEXT_CREATE,
	    execute_plan_run, q, err);
}

static int
execute_backup_run(struct run *run, const void *path, struct err *err)
{
	return run_backup(run, path, err);
}

int
execute_backup(struct invocation *inv, const char *path, struct err *err)
{
	return execute_with(inv, CONTEXT_WRITE, execute_backup_run, path, err);
}

static int
execute_redo_run(struct run *run, const void *request, struct err *err)
{
	return run_redo(run, request, err);
}

int
execute_redo(
    struct invocation *inv, const struct plan_request *q, struct err *err)
{
	return execute_with(inv, CONTEXT_WRITE, execute_redo_run, q, err);
}

static int
execute_prepare_tables(struct run *run, const void *none, struct err *err)
{
	(void)none;
	return run_prepare(run, err);
}

int
execute_prepare(struct invocation *inv, struct err *err)
{
	return execute_with(
	    inv, CONTEXT_CREATE, execute_prepare_tables, NULL, err);
}

static int
execute_amend_run(struct run *run, const void *request, struct err *err)
{
	return run_amend(run, request, err);
}

int
execute_amend(
    struct invocation *inv, const struct amend_request *q, struct err *err)
{
	return execute_with(inv, CONTEXT_WRITE, execute_amend_run, q, err);
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
		e.text = plan->steps[i].stored ? "applied, stored"
					       : plan->steps[i].reason;
		e.outside = script->outside;
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

/* How what --backup would write is restored. */
static void
execute_show_backup(struct context *c)
{
	const char *path = settings_text(c->inv->settings, OPTION_BACKUP);
	struct buf b;

	if (path == NULL || c->db == NULL)
		return;
	buf_init(&b, BUF_LINE);
	buf_addf(&b, "to go back to the backup: ");
	c->target.engine->restore(c->db, &b, path);
	context_text(c, EVENT_NOTICE, buf_str(&b));
	buf_clear(&b);
}

static int
execute_export(struct context *c, const struct plan *plan, struct err *err)
{
	const struct settings *s = c->inv->settings;
	struct run_settings settings;
	const struct export x = {.engine = c->target.engine,
	    .db = c->db,
	    .plan = plan,
	    .folder = c->folder,
	    .history = c->history,
	    .settings = &settings,
	    .foreign_keys = settings_flag(s, OPTION_FOREIGN_KEYS),
	    .program = PACKAGE_NAME " " PACKAGE_VERSION,
	    .event = context_event,
	    .event_arg = c};

	execute_settings(s, c->target.engine, &settings);
	if (!c->state->adopts)
		return export_plan(&x, err);
	err_set(err, ERR_DISAGREE,
	    "%s was made by hand, and is to be completed first",
	    c->history->tables.version);
	err_hint(err, "Run sqlmigrate init, which does that and no more.");
	return ERR_DISAGREE;
}

/* Without a database: what --from says is applied. */
static int
execute_assume(struct context *c, const char *from, struct err *err)
{
	size_t at;
	int r;

	r = context_read(c, err);
	if (r < 0)
		return r;
	c->history = export_assume(c->target.engine, &c->table, c->folder, 0);
	c->state = state_make(c->folder, c->history);
	if (strcmp(from, "0") == 0)
		return 0;
	r = select_one(c->state, from, false, &at, err);
	if (r < 0)
		return r;
	history_free(c->history);
	c->history = export_assume(c->target.engine, &c->table, c->folder,
	    c->state->entries[at].number);
	state_free(c->state);
	c->state = state_make(c->folder, c->history);
	return 0;
}

int
execute_look_offline(struct context *c, const struct invocation *inv,
    const char *from, struct err *err)
{
	int r = context_init_offline(c, inv, err);

	return r < 0 ? r : execute_assume(c, from, err);
}

int
execute_look(struct context *c, const struct invocation *inv, struct err *err)
{
	const char *from = settings_text(inv->settings, OPTION_FROM);

	return from == NULL ? context_look(c, inv, err)
			    : execute_look_offline(c, inv, from, err);
}

int
execute_plan(
    struct invocation *inv, const struct plan_request *q, struct err *err)
{
	bool sql = settings_flag(inv->settings, OPTION_SQL);
	struct plan *plan = NULL;
	struct context c;
	int r;

	r = execute_look(&c, inv, err);
	if (r == 0)
		at_work_tell(&c);
	if (r == 0 && q->stored && c.db != NULL)
		r = stored_load(c.state, c.history, c.db, c.folder, err);
	/* A script is for a journal without an entry. */
	if (r == 0)
		r = sql ? state_refuse(c.state, c.history, q->rollback, err)
			: plan_refuse(q, c.state, c.history, err);
	if (r == 0)
		r = plan_make(&plan, q, c.folder, c.state, err);
	if (r == 0 && sql)
		r = execute_export(&c, plan, err);
	else if (r == 0)
		execute_show(&c, plan);
	if (r == 0)
		execute_show_backup(&c);
	plan_free(plan);
	context_clear(&c);
	return r;
}
