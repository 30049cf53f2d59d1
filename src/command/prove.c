/* prove: whether rollbacks give back what was there. */
#include "check/prove.h"

#include <stdlib.h>
#include <string.h>

#include "command/context.h"
#include "command/execute.h"
#include "command/list.h"
#include "config.h"
#include "migration/log.h"
#include "migration/proof.h"
#include "migration/select.h"
#include "run/export.h"
#include "run/stop.h"

struct prove_command {
	struct context c;
	struct target scratch; /* of --scratch */
	struct db_options db_options;
	struct prove prove;
	bool *chosen;
};

static int
prove_none(struct prove_command *p, struct err *err)
{
	struct event e = {
	    .kind = EVENT_NOTHING, .current = context_current(&p->c)};

	(void)err;
	context_text(&p->c, EVENT_NOTICE,
	    p->c.folder->count == 0 ? "the folder has no migration"
				    : "nothing is pending; --all proves every "
				      "migration, TARGET one");
	context_event(&p->c, &e);
	return 0;
}

static void
prove_choose(struct prove_command *p, const struct migration *m)
{
	size_t at = (size_t)(m - p->c.folder->migrations);

	p->chosen[at] = true;
	if (at > p->prove.last)
		p->prove.last = at;
}

/* 1 where there is something to prove. */
static int
prove_select(struct prove_command *p, struct err *err)
{
	const struct invocation *inv = p->c.inv;
	const struct state *s = p->c.state;
	bool all = settings_flag(inv->settings, OPTION_ALL);
	bool pending = settings_flag(inv->settings, OPTION_PENDING);
	size_t i, first = 0, last = s->count;
	bool any = false;
	int r;

	if (inv->nargs + all + pending > 1) {
		err_set(err, ERR_USAGE, "more than one target is given");
		err_hint(err, "Give one of TARGET, --all and --pending.");
		return ERR_USAGE;
	}
	if (inv->nargs > 0) {
		r = select_range(s, inv->args[0], false, &first, &last, err);
		if (r < 0)
			return r;
		last++;
		all = true;
	}
	for (i = first; i < last; i++) {
		if (s->entries[i].migration == NULL ||
		    (!all && s->entries[i].row != NULL))
			continue;
		prove_choose(p, s->entries[i].migration);
		any = true;
	}
	return any;
}

static int
prove_prepare(struct prove_command *p, struct err *err)
{
	const struct settings *s = p->c.inv->settings;
	const char *scratch = settings_text(s, OPTION_SCRATCH);
	const char *allow = settings_text(s, OPTION_ALLOW);
	struct prove *q = &p->prove;
	int r = 0;

	q->server = &p->c.target;
	if (scratch != NULL) {
		r = target_resolve(&p->scratch, scratch,
		    settings_source(s, OPTION_SCRATCH), err);
		q->server = &p->scratch;
	}
	if (r == 0 && q->server->engine != p->c.target.engine)
		r = err_set(err, ERR_USAGE,
		    "%s: the scratch database must be of the same kind as "
		    "the database",
		    settings_source(s, OPTION_SCRATCH));
	if (r == 0 && allow != NULL && allow_parse(&q->allowed, allow, err) < 0)
		r = err->code;
	context_db_options(&p->c, CONTEXT_WRITE, &p->db_options);
	q->db_options = &p->db_options;
	q->like = p->c.db;
	q->table = p->c.table;
	q->folder = p->c.folder;
	q->program = PACKAGE_NAME " " PACKAGE_VERSION;
	q->event = context_event;
	q->event_arg = &p->c;
	q->chosen = p->chosen;
	q->seed = settings_text(s, OPTION_SEED);
	execute_settings(s, q->server->engine, &q->settings);
	return r;
}

/* A proof may have taken longer than an idle session lives. */
static int
prove_reopen(struct prove_command *p, struct err *err)
{
	struct context *c = &p->c;

	c->db->engine->close(c->db);
	c->db = NULL;
	return c->target.engine->open(&c->db, &c->target, &p->db_options, err);
}

/* What was found out of each goes to the log of the database. */
static int
prove_record(struct prove_command *p, struct err *err)
{
	struct context *c = &p->c;
	struct run run = {.db = &c->db,
	    .target = &c->target,
	    .db_options = &p->db_options,
	    .table = c->table,
	    .program = p->prove.program,
	    .event = context_event,
	    .event_arg = c};
	struct log_entry *entries =
	    mem_calloc(c->folder->count, sizeof(*entries));
	const struct migration *m;
	size_t i, n = 0;
	char *sums;
	int r;

	for (i = 0; i < c->folder->count; i++) {
		m = &c->folder->migrations[i];
		if (p->prove.verdicts[i] == VERDICT_NONE)
			continue;
		sums = arena_alloc(c->arena, PROOF_SUMS_SIZE);
		proof_sums(m, sums);
		entries[n++] = (struct log_entry){.action = LOG_PROVE,
		    .number = m->number,
		    .name = m->name,
		    .version = m->version,
		    .checksum = sums,
		    .outcome = verdict_name(p->prove.verdicts[i])};
	}
	r = prove_reopen(p, err);
	if (r == 0)
		r = run_note(&run, entries, n, err);
	free(entries);
	return r;
}

static int
prove_all(struct prove_command *p, struct err *err)
{
	struct context *c = &p->c;
	bool record = settings_flag(c->inv->settings, OPTION_RECORD);
	int r;

	p->chosen = mem_calloc(c->folder->count + 1, sizeof(*p->chosen));
	r = prove_select(p, err);
	if (r == 0)
		return prove_none(p, err);
	if (r > 0 && record)
		r = run_note_check(c->history, err);
	if (r >= 0)
		r = prove_prepare(p, err);
	if (r < 0)
		return r;
	stop_install();
	r = prove_run(&p->prove, err);
	if ((r == 0 || (r == ERR_CHECK && err->code == 0)) && record &&
	    prove_record(p, err) < 0)
		return err->code;
	return r;
}

/* A database that is not there yet has nothing applied. */
static int
prove_look(struct context *c, const struct invocation *inv, struct err *err)
{
	bool record = settings_flag(inv->settings, OPTION_RECORD);
	int r;

	r = context_init(c, inv, err);
	if (r == 0)
		r = context_folder(c, err);
	if (r < 0)
		return r;
	if (!record && c->target.engine->absent != NULL &&
	    c->target.engine->absent(&c->target)) {
		c->history =
		    export_assume(c->target.engine, &c->table, c->folder, 0);
		c->state = state_make(c->folder, c->history);
		return 0;
	}
	r = context_connect(c, record ? CONTEXT_WRITE : CONTEXT_READ, err);
	return r < 0 ? r : context_state(c, err);
}

static int
prove_command_run(struct invocation *inv, struct err *err)
{
	struct prove_command p = {.chosen = NULL};
	int r;

	r = prove_look(&p.c, inv, err);
	if (r == 0)
		r = folder_identify_rollbacks(p.c.folder, err);
	if (r == 0)
		r = prove_all(&p, err);
	free(p.prove.verdicts);
	free(p.chosen);
	target_clear(&p.scratch);
	context_clear(&p.c);
	return r;
}

const struct command command_prove = {
    .name = "prove",
    .arguments = "[TARGET]",
    .summary = "prove that rollbacks give back what was there",
    .help = "In a scratch database, which is made and dropped, each "
	    "migration is applied, rolled back and applied again, and the "
	    "schema is compared in between.  Proven are those that are "
	    "pending, or those of TARGET (003, 002..004), or --all.  Ends "
	    "with status 8 where a rollback leaves anything else than was "
	    "there, or a statement fails.",
    .examples = "sqlmigrate prove\n"
		"sqlmigrate prove 003\n"
		"sqlmigrate prove --all\n",
    .group = GROUP_CHECK,
    .bit = FOR_PROVE,
    .max_args = 1,
    .run = prove_command_run,
};
