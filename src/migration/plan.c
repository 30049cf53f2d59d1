/* The plan: which scripts are going to run, in which order. */
#include "migration/plan.h"

#include <stdlib.h>
#include <string.h>

#include "migration/lack.h"
#include "migration/select.h"

/* What has the rollback: the database where that was asked, else the file. */
static struct migration *
plan_back(const struct plan_request *q, const struct entry *e)
{
	return q->stored ? e->stored : e->migration;
}

static void
plan_add(struct plan *p, const struct entry *e, const char *reason)
{
	struct step *s = &p->steps[p->count++];

	s->stored = p->rollback && e->stored != NULL;
	s->migration = s->stored ? e->stored : e->migration;
	s->row = e->row;
	s->reason = reason;
}

bool
plan_is_pending(const struct entry *e)
{
	return e->state == ENTRY_PENDING || e->state == ENTRY_OUT_OF_ORDER;
}

/* A file below the newest applied one: why that matters, and the ways on. */
static int
plan_refuse_order(const struct state *s, const struct entry *e, struct err *err)
{
	err_set(err, ERR_DISAGREE, "%s is out of order", e->migration->name);
	err_detail(err,
	    "It is pending below %llu, which is applied: the schema that it "
	    "was written for has gone by.",
	    (unsigned long long)s->current->number);
	err_hint(err,
	    "Give it a number above the newest (sqlmigrate renumber), or run "
	    "it as it is with --out-of-order.");
	return ERR_DISAGREE;
}

static bool
plan_wants(const struct plan_request *q, uint64_t number)
{
	size_t i;

	for (i = 0; i < q->nonly; i++)
		if (q->only[i] == number)
			return true;
	return q->only == NULL;
}

/* The pending ones up to an entry, at most so many. */
static int
plan_select(struct plan *p, const struct plan_request *q, const struct state *s,
    size_t last, uint64_t most, struct err *err)
{
	const struct entry *e;
	size_t i;

	for (i = 0; p->count < most && i < s->count && i <= last; i++) {
		e = &s->entries[i];
		if (!(plan_is_pending(e) ||
			(q->resume && e->state == ENTRY_HALF)) ||
		    !plan_wants(q, e->number))
			continue;
		if (e->state == ENTRY_OUT_OF_ORDER && !q->out_of_order)
			return plan_refuse_order(s, e, err);
		plan_add(p, e,
		    e->state == ENTRY_PENDING ? "pending"
					      : entry_state_name(e->state));
	}
	return 0;
}

static int
plan_check_all(const struct plan *p, struct folder *f, const struct state *s,
    struct err *err)
{
	struct migration **list;
	size_t i;
	int r = 0;

	list = mem_calloc(p->count, sizeof(struct migration *));
	for (i = 0; i < p->count; i++)
		list[i] = p->steps[i].migration;
	folder_check_ahead(f, list, p->count);
	for (i = 0; r == 0 && i < p->count; i++) {
		r = folder_check_pending(f, list[i], err);
		if (r == 0)
			r = state_check_version(s, f, list[i], err);
	}
	free(list);
	return r;
}

static int
plan_apply(struct plan *p, const struct plan_request *q, struct folder *f,
    const struct state *s, struct err *err)
{
	uint64_t most = UINT64_MAX;
	size_t last = s->count;
	int r = 0;

	if (q->target != NULL && *q->target == '+')
		r = select_count(q->target, &most, err);
	else if (q->target != NULL)
		r = select_one(s, q->target, false, &last, err);
	if (r == 0)
		r = plan_select(p, q, s, last, most, err);
	return r < 0 ? r : plan_check_all(p, f, s, err);
}

bool
plan_is_applied(const struct entry *e)
{
	return e->row != NULL &&
	    (e->state == ENTRY_APPLIED || e->state == ENTRY_CHANGED ||
		e->state == ENTRY_MISSING || e->state == ENTRY_NEWER);
}

/* Applied, from the entry at the index upwards. */
static size_t
plan_applied_from(const struct state *s, size_t at)
{
	size_t n = 0;

	for (; at < s->count; at++)
		n += plan_is_applied(&s->entries[at]);
	return n;
}

/* The index from which count applied migrations are the newest. */
static size_t
plan_newest(const struct state *s, uint64_t count)
{
	size_t at = s->count;

	while (at > 0 && count > 0)
		count -= plan_is_applied(&s->entries[--at]);
	return at;
}

static int
plan_refuse_later(const struct state *s, size_t at, struct err *err)
{
	struct buf list;
	size_t i;

	buf_init(&list, BUF_LINE);
	for (i = at + 1; i < s->count; i++)
		if (plan_is_applied(&s->entries[i]))
			buf_addf(&list, "%s%s", list.len > 0 ? ", " : "",
			    s->entries[i].row->name != NULL
				? s->entries[i].row->name
				: s->entries[i].row->version);
	err_set(err, ERR_DISAGREE, "later migrations are applied: %s",
	    buf_str(&list));
	err_hint(err, "Add --cascade to roll them back too, newest first.");
	buf_clear(&list);
	return ERR_DISAGREE;
}

/* Where a rollback with a target begins; *at is the lowest entry. */
static int
plan_rollback_target(const struct plan_request *q, const struct state *s,
    size_t *at, struct err *err)
{
	uint64_t count;
	int r;

	if (*q->target == '-') {
		r = select_count(q->target, &count, err);
		if (r == 0 && count > s->applied) {
			err_set(err, ERR_USAGE,
			    "only %zu applied, %llu asked for", s->applied,
			    (unsigned long long)count);
			err_hint(err, "Count again, see sqlmigrate status.");
			return ERR_USAGE;
		}
		*at = r == 0 ? plan_newest(s, count) : 0;
		return r;
	}
	if (q->to && strcmp(q->target, "0") == 0) {
		*at = 0;
		return 0;
	}
	r = select_one(s, q->target, false, at, err);
	if (r < 0)
		return r;
	if (!plan_is_applied(&s->entries[*at])) {
		err_set(err, ERR_DISAGREE, "%s is not applied", q->target);
		err_hint(err, "See sqlmigrate status.");
		return ERR_DISAGREE;
	}
	if (q->to)
		(*at)++;
	else if (!q->cascade && plan_applied_from(s, *at) > 1)
		return plan_refuse_later(s, *at, err);
	return 0;
}

static int
plan_check_rollback(const struct plan_request *q, struct folder *f,
    const struct entry *e, struct err *err)
{
	if (lack_is(q, e))
		return lack_refuse(q, &e, 1, err);
	return folder_check_rollback(f, plan_back(q, e), err);
}

/* Those from the index on that have no rollback, newest first, all at once. */
static int
plan_check_lacking(const struct plan_request *q, const struct state *s,
    size_t at, struct err *err)
{
	const struct entry **list = mem_calloc(s->count, sizeof(*list));
	size_t i, n = 0;
	int r;

	for (i = s->count; i > at; i--)
		if (plan_is_applied(&s->entries[i - 1]) &&
		    lack_is(q, &s->entries[i - 1]))
			list[n++] = &s->entries[i - 1];
	r = n == 0 ? 0 : lack_refuse(q, list, n, err);
	free(list);
	return r;
}

/*
 * Whether it asks for the rollback of what is half applied, and of nothing
 * else: by its name, or by none.
 */
static bool
plan_undoes(const struct plan_request *q, const struct state *s,
    const struct history *h)
{
	const struct entry *half = state_half(s);
	struct err unknown = ERR_INIT;
	size_t at = 0;
	int r;

	if (half == NULL || h->journal.rollback || !q->rollback || q->to ||
	    q->all || plan_back(q, half) == NULL ||
	    plan_back(q, half)->rollback.name == NULL)
		return false;
	if (q->target == NULL)
		return true;
	if (*q->target == '-')
		return false;
	r = select_one(s, q->target, false, &at, &unknown);
	err_clear(&unknown);
	return r == 0 && &s->entries[at] == half;
}

int
plan_refuse(const struct plan_request *q, const struct state *s,
    const struct history *h, struct err *err)
{
	int r;

	if (plan_undoes(q, s, h))
		r = state_refuse_entries(s, h, true, err);
	else
		r = state_refuse(s, h, q->rollback, err);
	if (r == ERR_DISAGREE && q->rollback)
		lack_advise(q, s, h, err);
	return r;
}

/* Only what is half applied: the rest of a rollback, or all of it. */
static int
plan_rollback_half(struct plan *p, const struct plan_request *q,
    struct folder *f, const struct state *s, struct err *err)
{
	const struct entry *half = state_half(s);

	if (half == NULL)
		return 0;
	p->asks = !q->resume;
	plan_add(p, half, entry_state_name(ENTRY_HALF));
	return plan_check_rollback(q, f, half, err);
}

static int
plan_rollback(struct plan *p, const struct plan_request *q, struct folder *f,
    const struct state *s, struct err *err)
{
	const struct entry *e;
	size_t at = 0, i;
	int r = 0;

	if (q->resume || state_half(s) != NULL)
		return plan_rollback_half(p, q, f, s, err);
	if (q->target != NULL)
		r = plan_rollback_target(q, s, &at, err);
	else if (!q->all)
		at = plan_newest(s, 1);
	if (r == 0)
		r = plan_check_lacking(q, s, at, err);
	for (i = s->count; r == 0 && i > at; i--) {
		e = &s->entries[i - 1];
		if (!plan_is_applied(e))
			continue;
		r = plan_check_rollback(q, f, e, err);
		p->asks |= p->count > 0 || e->state == ENTRY_CHANGED;
		plan_add(p, e,
		    e->state == ENTRY_CHANGED ? "applied, changed since"
					      : "applied");
	}
	return r;
}

static const struct script *
plan_script(const struct plan *p, size_t i)
{
	const struct migration *m = p->steps[i].migration;

	return p->rollback ? &m->rollback : &m->forward;
}

/* All in one: then none may need a transaction of its own, or none at all. */
static int
plan_check_single(const struct plan *p, struct err *err)
{
	const struct script *s;
	struct buf names;
	size_t i;

	buf_init(&names, BUF_LINE);
	for (i = 0; i < p->count; i++) {
		s = plan_script(p, i);
		if (s->outside || s->foreign_keys >= 0 ||
		    strcmp(s->modes, plan_script(p, 0)->modes) != 0)
			buf_addf(
			    &names, "%s%s", names.len > 0 ? ", " : "", s->name);
	}
	if (names.len > 0) {
		err_set(err, ERR_USAGE, "not all can be in one transaction: %s",
		    buf_str(&names));
		err_detail(err,
		    "A file that runs without one, turns foreign keys on or "
		    "off, or has another isolation level than the first is "
		    "in the way.");
		err_hint(err,
		    "Leave --single-transaction out, or apply up to the file "
		    "before it.");
	}
	buf_clear(&names);
	return err->code;
}

int
plan_make(struct plan **out, const struct plan_request *q, struct folder *f,
    const struct state *s, struct err *err)
{
	struct plan *p = mem_calloc(1, sizeof(*p));
	int r;

	p->arena = arena_new();
	p->rollback = q->rollback;
	p->steps = mem_calloc(s->count, sizeof(*p->steps));
	r = q->rollback ? plan_rollback(p, q, f, s, err)
			: plan_apply(p, q, f, s, err);
	if (r == 0 && q->single)
		r = plan_check_single(p, err);
	if (r < 0) {
		plan_free(p);
		return r;
	}
	*out = p;
	return 0;
}

void
plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	arena_free(p->arena);
	free(p->steps);
	free(p);
}

/* Both are in the order in which they run. */
void
plan_keep(struct plan *p, const uint64_t *numbers, size_t count)
{
	size_t i, j = 0, kept = 0;
	uint64_t n;

	for (i = 0; i < p->count; i++) {
		n = p->steps[i].migration->number;
		while (j < count &&
		    (p->rollback ? numbers[j] > n : numbers[j] < n))
			j++;
		if (j < count && numbers[j] == n)
			p->steps[kept++] = p->steps[i];
	}
	p->count = kept;
}
