/* Proofs: up, down and up again, with a look at the schema in between. */
#include "check/prove.h"

#include <string.h>

#include "base/clock.h"
#include "check/prove_int.h"

#define PHASE_APPLY "apply"
#define PROOF_CHECKS 50 /* after so many the whole schema is read */

/* What is found out about one migration. */
struct proof {
	const struct migration *migration;
	enum verdict verdict;
	const char *phase; /* in which it failed */
	struct err err;    /* how */
	struct catalogue *before, *applied, *undone, *again;
	struct rows rows_before, rows_after;
	struct comparison undo; /* of the rollback: what it did not give back */
	struct comparison redo; /* of the second apply: what came out else */
	int64_t began_ms;
	uint64_t counted; /* differences that are not allowed */
	bool stale;       /* the scratch database is no longer as it should */
	bool intact;      /* ... but as it was before the rollback failed */
};

static unsigned
proof_allowed(const struct prover *v, const struct proof *p)
{
	return v->prove->allowed | 1U << ALLOW_RESPELLED |
	    p->migration->forward.directives.allow |
	    p->migration->rollback.directives.allow;
}

/* Why either of its files says that it is not to be proven; or NULL. */
static const char *
proof_exemption(const struct proof *p)
{
	const char *reason = p->migration->forward.directives.no_proof;

	return reason != NULL ? reason
			      : p->migration->rollback.directives.no_proof;
}

static uint64_t
proof_count(
    const struct prover *v, const struct proof *p, const struct comparison *c)
{
	unsigned allowed = proof_allowed(v, p);
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < c->count; i++)
		n += c->list[i].sort == ALLOW_NONE ||
		    (allowed & 1U << c->list[i].sort) == 0;
	return n;
}

static void
proof_tell_list(struct prover *v, const struct proof *p, bool rollback,
    const struct comparison *c)
{
	struct event e = {.kind = EVENT_DIFFERENCE,
	    .migration = p->migration,
	    .rollback = rollback};
	const struct difference *d;
	size_t i;

	for (i = 0; i < c->count; i++) {
		d = &c->list[i];
		e.before = d->before;
		e.after = d->after;
		e.sort = allow_name(d->sort);
		e.allowed = d->sort != ALLOW_NONE &&
		    (proof_allowed(v, p) & 1U << d->sort) != 0;
		v->prove->event(v->prove->event_arg, &e);
	}
}

static void
proof_tell(struct prover *v, const struct proof *p)
{
	struct event e = {.kind = EVENT_PROOF,
	    .migration = p->migration,
	    .verdict = p->verdict,
	    .text = p->phase,
	    .reason = p->verdict == VERDICT_EXEMPT ? proof_exemption(p) : NULL,
	    .err = p->err.code == 0 ? NULL : &p->err,
	    .count = p->counted,
	    .duration_ms = clock_ms() - p->began_ms};

	v->prove->event(v->prove->event_arg, &e);
	proof_tell_list(v, p, true, &p->undo);
	proof_tell_list(v, p, false, &p->redo);
	prover_tell_rows(v, p->migration, &p->rows_before, &p->rows_after,
	    proof_allowed(v, p));
	v->told[p->verdict]++;
}

static void
proof_clear(struct proof *p)
{
	compare_clear(&p->undo);
	compare_clear(&p->redo);
	catalogue_free(p->before);
	catalogue_free(p->applied);
	catalogue_free(p->undone);
	catalogue_free(p->again);
	rows_clear(&p->rows_before);
	rows_clear(&p->rows_after);
	err_clear(&p->err);
}

/* One way of it; what it fails with is the verdict, and no error of ours. */
static int
proof_way(struct prover *v, struct proof *p, bool rollback, const char *phase,
    struct err *err)
{
	int r = run_trial(&v->run, p->migration, rollback, &p->err);

	if (r == 0)
		return 0;
	if (prover_gives_up(&p->err)) {
		err_move(err, &p->err);
		return r;
	}
	p->verdict = strcmp(p->err.sqlstate, SQLSTATE_DENIED) == 0
	    ? VERDICT_UNPROVABLE
	    : VERDICT_FAILS;
	p->phase = phase;
	p->stale = true;
	v->stuck = strcmp(phase, PHASE_APPLY) == 0;
	return 1;
}

/* Whether a rollback that failed has changed nothing, as is usual. */
static int
proof_look_intact(struct prover *v, struct proof *p, struct err *err)
{
	enum db_failure_kind kind = v->hands->engine->failure(v->hands)->kind;
	int r;

	if (p->migration->rollback.outside || kind == DB_FAIL_ESCAPED)
		return 0;
	r = prover_look(v, &p->undone, err);
	if (r == 0)
		p->intact = snapshot_differs(p->applied, p->undone) == NULL;
	return r;
}

/* Rolled back: the schema, and with a seed the rows, must be as before. */
static int
proof_undo(struct prover *v, struct proof *p, struct err *err)
{
	int r;

	r = proof_way(v, p, true, "rollback", err);
	if (r > 0)
		return proof_look_intact(v, p, err) < 0 ? err->code : r;
	if (r == 0)
		r = prover_look(v, &p->undone, err);
	if (r == 0)
		r = compare(&p->undo, p->before, p->undone, v->eyes, err);
	if (r == 0 && v->prove->seed != NULL)
		r = prover_count_rows(v, &p->rows_after, err);
	return r;
}

static int
proof_redo(struct prover *v, struct proof *p, struct err *err)
{
	int r;

	r = proof_way(v, p, false, "second apply", err);
	if (r == 0)
		r = prover_look(v, &p->again, err);
	if (r == 0)
		r = compare(&p->redo, p->applied, p->again, v->eyes, err);
	return r;
}

/* What the round trip came to, where it came to its end. */
static void
proof_judge(struct prover *v, struct proof *p)
{
	uint64_t redo = proof_count(v, p, &p->redo);

	p->counted = redo + proof_count(v, p, &p->undo) +
	    prover_rows_differ(
		&p->rows_before, &p->rows_after, proof_allowed(v, p));
	if (p->verdict == VERDICT_NONE)
		p->verdict = p->counted > 0 ? VERDICT_LIES : VERDICT_PROVEN;
	p->stale |= redo > 0;
}

static int
proof_round(struct prover *v, struct proof *p, struct err *err)
{
	int r = 0;

	if (v->prove->seed != NULL)
		r = prover_count_rows(v, &p->rows_before, err);
	if (r == 0)
		r = proof_way(v, p, false, PHASE_APPLY, err);
	if (r == 0)
		r = prover_look(v, &p->applied, err);
	if (r == 0)
		r = proof_undo(v, p, err);
	if (r == 0)
		r = proof_redo(v, p, err);
	return r;
}

/* One without a statement leaves all that there is then. */
static int
proof_empty(struct prover *v, struct proof *p, struct err *err)
{
	int r;

	p->verdict = VERDICT_EMPTY;
	r = proof_way(v, p, false, PHASE_APPLY, err);
	if (r == 0)
		r = prover_look(v, &p->again, err);
	if (r == 0)
		r = compare(&p->undo, p->before, p->again, v->eyes, err);
	return r;
}

/* Applied all the same: later ones need what it makes. */
static int
proof_forward(
    struct prover *v, struct proof *p, enum verdict verdict, struct err *err)
{
	p->verdict = verdict;
	catalogue_free(v->base);
	v->base = NULL;
	return proof_way(v, p, false, PHASE_APPLY, err);
}

static int
proof_find_out(struct prover *v, struct proof *p, struct err *err)
{
	const struct script *back = &p->migration->rollback;
	int r = 0;

	if (back->name == NULL)
		return proof_forward(v, p, VERDICT_NO_ROLLBACK, err);
	if (proof_exemption(p) != NULL)
		return proof_forward(v, p, VERDICT_EXEMPT, err);
	if (v->base == NULL)
		r = prover_look(v, &v->base, err);
	p->before = v->base;
	v->base = NULL;
	if (r == 0)
		r = back->statements == 0 ? proof_empty(v, p, err)
					  : proof_round(v, p, err);
	return r;
}

/* The next one begins where this one has ended. */
static int
proof_go_on(struct prover *v, struct proof *p, size_t at, struct err *err)
{
	bool last = at == v->prove->last;

	if (!p->stale) {
		v->base = p->again;
		p->again = NULL;
		return v->base != NULL && (last || at % PROOF_CHECKS == 0)
		    ? prover_check_look(v, v->base, err)
		    : 0;
	}
	if (v->stuck || last)
		return 0;
	if (!p->intact)
		return prover_replay(v, at + 1, err);
	v->base = p->applied;
	p->applied = NULL;
	return prover_reconnect(v, err);
}

int
prove_one(struct prover *v, size_t at, struct err *err)
{
	struct proof p = {.migration = &v->prove->folder->migrations[at],
	    .began_ms = clock_ms()};
	struct event e = {.kind = EVENT_PROVING,
	    .migration = p.migration,
	    .done = at,
	    .total = v->prove->last + 1};
	int r;

	rows_init(&p.rows_before);
	rows_init(&p.rows_after);
	v->prove->event(v->prove->event_arg, &e);
	r = proof_find_out(v, &p, err);
	if (r >= 0) {
		proof_judge(v, &p);
		proof_tell(v, &p);
		v->prove->verdicts[at] = p.verdict;
		r = proof_go_on(v, &p, at, err);
	}
	proof_clear(&p);
	return r;
}
