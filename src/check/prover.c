/* The prover: a scratch database, and what is applied to it. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "check/prove_int.h"
#include "run/stop.h"

bool
prover_gives_up(const struct err *err)
{
	return err->system || err->code == ERR_CONNECTION ||
	    stop_is_code(err->code);
}

/* What the migrations say in the scratch database is not worth a word. */
static void
prover_event(void *arg, const struct event *e)
{
	(void)arg;
	(void)e;
}

int
prover_look(struct prover *v, struct catalogue **out, struct err *err)
{
	return snapshot_follow(out, v->eyes, v->run.history, err);
}

int
prover_check_look(
    struct prover *v, const struct catalogue *seen, struct err *err)
{
	const struct object *missed;
	struct catalogue *whole = NULL;
	int r;

	r = snapshot_take(&whole, v->eyes, v->run.history, false, err);
	if (r < 0)
		return r;
	missed = snapshot_differs(seen, whole);
	if (missed != NULL) {
		r = err_set(err, ERR_STATEMENT,
		    "a change of the %s %s was missed while the schema was "
		    "followed",
		    object_kind_name(missed->kind), missed->identity);
		err_hint(err,
		    "This is a fault of sqlmigrate; report it with the "
		    "migrations that change it.  Do not rely on the verdicts "
		    "of this run.");
	}
	catalogue_free(whole);
	return r;
}

/* End the session that migrations run in, and what was read in it. */
static void
prover_end_session(struct prover *v)
{
	if (v->run.arena != NULL)
		run_trial_end(&v->run);
	if (v->eyes == v->hands) {
		catalogue_free(v->base);
		v->base = NULL;
		v->eyes = NULL;
	}
	if (v->hands != NULL)
		v->hands->engine->close(v->hands);
	v->hands = NULL;
}

static void
prover_disconnect(struct prover *v)
{
	prover_end_session(v);
	catalogue_free(v->base);
	v->base = NULL;
	if (v->eyes != NULL)
		v->eyes->engine->close(v->eyes);
	v->eyes = NULL;
}

static int
prover_connect(struct prover *v, struct err *err)
{
	const struct target *t = &v->scratch->target;
	int r;

	v->run = (struct run){.db = &v->hands,
	    .target = t,
	    .db_options = &v->db_options,
	    .table = v->prove->table,
	    .folder = v->prove->folder,
	    .settings = v->prove->settings,
	    .program = v->prove->program,
	    .event = prover_event};
	r = t->engine->open(&v->hands, t, &v->db_options, err);
	if (r == 0 && t->engine->reads_own)
		v->eyes = v->hands;
	else if (r == 0 && v->eyes == NULL)
		r = t->engine->open(&v->eyes, t, &v->db_options, err);
	return r == 0 ? run_trial_begin(&v->run, err) : r;
}

int
prover_reconnect(struct prover *v, struct err *err)
{
	prover_end_session(v);
	return prover_connect(v, err);
}

static int
prover_refuse(const struct folder *f, const struct script *s,
    const struct statement *st, struct err *err)
{
	err_set(err, ERR_USAGE,
	    "this acts on more than a scratch database: a trial would change "
	    "what is in use");
	err_place(err, &st->place);
	script_show(s, &f->at, err);
	err_hint(err,
	    "Take it out of %s; or give --scratch URL, of another server "
	    "that nobody needs.",
	    s->name);
	return ERR_USAGE;
}

/* Whether all statements of a script stay within their database. */
static int
prover_check_script(struct prover *v, const struct script *s, struct err *err)
{
	const struct folder *f = v->prove->folder;
	struct script_reader *reader;
	struct script_item item;
	int what;

	if (s->name == NULL || v->scratch->elsewhere)
		return 0;
	reader = script_reader_open(s, &f->options, &f->at, err);
	if (reader == NULL)
		return err->code;
	do {
		what = script_reader_next(reader, &item, err);
		if (what == SCRIPT_STATEMENT &&
		    statement_reaches_out(f->options.dialect,
			item.statement.text, item.statement.len))
			what = prover_refuse(f, s, &item.statement, err);
	} while (what >= 0 && what != SCRIPT_END);
	script_reader_close(reader);
	return what < 0 ? what : 0;
}

static int
prover_check(struct prover *v, struct err *err)
{
	struct folder *f = v->prove->folder;
	struct migration *m;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i <= v->prove->last; i++) {
		m = &f->migrations[i];
		r = folder_check_pending(f, m, err);
		if (r == 0)
			r = prover_check_script(v, &m->forward, err);
		if (r == 0)
			r = prover_check_script(v, &m->rollback, err);
	}
	return r;
}

/* Rows to put in before the first one that is proven. */
static int
prover_read_seed(struct prover *v, struct err *err)
{
	const struct folder *f = v->prove->folder;
	struct buf b;
	int r;

	if (v->prove->seed == NULL)
		return 0;
	buf_init(&b, BUF_TEXT);
	r = file_read_small(v->prove->seed, &b, err);
	v->seed.name = v->seed.path = v->prove->seed;
	v->seed.text = arena_strdup(v->arena, buf_str(&b));
	buf_clear(&b);
	if (r == 0)
		r = script_identify(
		    &v->seed, v->arena, &f->options, &f->at, err);
	if (r == 0)
		r = script_check(&v->seed, v->arena, &f->options, &f->at, err);
	return r == 0 ? prover_check_script(v, &v->seed, err) : r;
}

static int
prover_run_seed(struct prover *v, size_t at, struct err *err)
{
	int r;

	if (at != v->first || v->prove->seed == NULL)
		return 0;
	r = run_trial_script(&v->run, &v->seed, err);
	if (r < 0 && !prover_gives_up(err))
		err_detail(err,
		    "It ran in the scratch database, which has what was made "
		    "before %s.",
		    v->prove->folder->migrations[at].name);
	return r;
}

static int
prover_forward(struct prover *v, size_t at, struct err *err)
{
	const struct migration *m = &v->prove->folder->migrations[at];
	int r;

	r = prover_run_seed(v, at, err);
	if (r < 0)
		return r;
	r = run_trial(&v->run, m, false, err);
	if (r < 0 && !prover_gives_up(err))
		err_detail(err,
		    "It was applied in the scratch database, for those behind "
		    "it; no other database was changed.");
	return r;
}

int
prover_replay(struct prover *v, size_t n, struct err *err)
{
	size_t i;
	int r;

	prover_disconnect(v);
	r = v->scratch->target.engine->scratch_reset(v->scratch, err);
	if (r == 0)
		r = prover_connect(v, err);
	for (i = 0; r == 0 && i < n; i++)
		r = prover_forward(v, i, err);
	return r;
}

/* One that is not chosen is applied, for those that are. */
static int
prover_each(struct prover *v, struct err *err)
{
	const struct prove *p = v->prove;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i <= p->last; i++) {
		if (v->stuck) {
			v->told[VERDICT_NONE] += p->chosen[i];
			continue;
		}
		if (!p->chosen[i]) {
			r = prover_forward(v, i, err);
			continue;
		}
		r = prover_run_seed(v, i, err);
		if (r == 0)
			r = prove_one(v, i, err);
	}
	return r;
}

static int
prover_begin(struct prover *v, struct err *err)
{
	const struct prove *p = v->prove;
	const struct engine *engine = p->server->engine;
	int r;

	while (!p->chosen[v->first])
		v->first++;
	r = engine->scratch_open(
	    &v->scratch, p->server, p->db_options, p->like, err);
	if (r == 0)
		r = prover_check(v, err);
	if (r == 0)
		r = prover_read_seed(v, err);
	return r == 0 ? prover_connect(v, err) : r;
}

/* What was found out stays true where the database is left. */
static void
prover_close(struct prover *v)
{
	struct event e = {.kind = EVENT_NOTICE};
	struct err left = ERR_INIT;

	prover_disconnect(v);
	if (v->prove->server->engine->scratch_close(v->scratch, &left) < 0) {
		e.text = left.message;
		v->prove->event(v->prove->event_arg, &e);
	}
	err_clear(&left);
	arena_free(v->arena);
}

static void
prover_tell_end(struct prover *v)
{
	struct event e = {.kind = EVENT_PROOF_END, .verdicts = v->told};

	v->prove->event(v->prove->event_arg, &e);
}

int
prove_run(struct prove *p, struct err *err)
{
	struct prover v = {
	    .prove = p, .db_options = *p->db_options, .arena = arena_new()};
	int r;

	v.db_options.create = true;
	v.db_options.read_only = false;
	v.db_options.notice = NULL;
	p->verdicts = mem_calloc(p->folder->count, sizeof(enum verdict));
	r = prover_begin(&v, err);
	if (r == 0)
		r = prover_each(&v, err);
	prover_close(&v);
	if (r < 0)
		return stop_reason(err);
	prover_tell_end(&v);
	return v.told[VERDICT_LIES] + v.told[VERDICT_FAILS] +
		    v.told[VERDICT_UNPROVABLE] >
		0
	    ? ERR_CHECK
	    : 0;
}
