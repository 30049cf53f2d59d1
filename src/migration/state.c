/*
 * The state of each migration: files and history laid side by side.
 *
 * Rows and files are both in the order of their numbers, so one walk over
 * the two lists gives the entries; rows without a number are matched first.
 */
#include "migration/state_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "migration/match.h"
#include "migration/version.h"

static const char *const state_names[] = {
    [ENTRY_APPLIED] = "applied",
    [ENTRY_PENDING] = "pending",
    [ENTRY_OUT_OF_ORDER] = "out of order",
    [ENTRY_CHANGED] = "changed",
    [ENTRY_RENAMED] = "renamed",
    [ENTRY_MISSING] = "missing",
    [ENTRY_NEWER] = "newer",
    [ENTRY_UNKNOWN] = "unknown",
    [ENTRY_KEPT] = "kept",
    [ENTRY_HALF] = "half applied",
    [ENTRY_RUNNING] = "running",
};

const char *
entry_state_name(enum entry_state s)
{
	return state_names[s];
}

const char *
entry_name(const struct entry *e)
{
	return e->migration != NULL ? e->migration->name : e->row->name;
}

const char *
entry_label(const struct entry *e)
{
	return entry_name(e) != NULL ? entry_name(e) : e->row->version;
}

const char *
entry_version(const struct entry *e)
{
	return e->row != NULL ? e->row->version : e->migration->version;
}

bool
entry_version_is_generated(const struct entry *e)
{
	const char *version = entry_version(e);

	if (version == NULL || entry_is_loose(e) || e->adopted ||
	    (e->migration != NULL &&
		e->migration->forward.header.version != NULL))
		return false;
	return version_is_generated(version, e->number);
}

struct current
state_current(const struct state *s)
{
	struct current c = {.version = "0.0.0"};

	if (s->current == NULL)
		return c;
	c.version = entry_version(s->current);
	c.name = entry_name(s->current);
	c.number = s->current->number;
	c.generated = entry_version_is_generated(s->current);
	return c;
}

/* Rows and files, while they are laid side by side. */
struct pairs {
	const struct history_row **rows; /* of each file, NULL for none */
	struct match *matches;           /* of each row without a number */
	enum match_by *by;               /* what each file's row is had by */
	bool *used;                      /* of each row: its file is known */
};

static void
pairs_take(struct pairs *p, const struct folder *f, size_t i,
    const struct history_row *row, const struct migration *m, enum match_by by)
{
	size_t at = m == NULL ? 0 : (size_t)(m - f->migrations);

	if (m == NULL || p->rows[at] != NULL)
		return;
	p->rows[at] = row;
	p->by[at] = by;
	p->used[i] = true;
}

/* Rows with a number first; then the surest match of the others. */
static void
pairs_match(struct pairs *p, const struct folder *f, const struct history *h)
{
	const struct history_row *row;
	enum match_by by;
	size_t i;

	for (i = 0; i < h->count; i++) {
		row = h->rows[i];
		if (row->has_number)
			pairs_take(
			    p, f, i, row, match_number(f, row), MATCH_NOTHING);
		else
			match_row(&p->matches[i], f, row);
	}
	for (by = MATCH_VERSION; by < MATCH_DESCRIPTION; by++)
		for (i = 0; i < h->count; i++)
			if (p->matches[i].by == by &&
			    match_is_sure(&p->matches[i]))
				pairs_take(p, f, i, h->rows[i],
				    p->matches[i].file, by);
}

/* The sums of those that have a row to compare with. */
static void
state_sum(struct folder *f, const struct history_row **rows)
{
	struct migration **late = mem_calloc(f->count, sizeof(*late));
	size_t i, n = 0;

	for (i = 0; i < f->count; i++)
		if (rows[i] != NULL && f->migrations[i].forward.late)
			late[n++] = &f->migrations[i];
	if (n > 0)
		folder_sum(f, late, n);
	free(late);
}

bool
state_same(const char *a, const char *b)
{
	return a == NULL || b == NULL || strcmp(a, b) == 0;
}

static void
state_compare_version(struct state *s, struct entry *e)
{
	const char *header = e->migration->forward.header.version;

	if (state_same(header, e->row->version))
		e->state = ENTRY_APPLIED;
	else
		e->reason = arena_printf(
		    s->arena, "applied as version %s", e->row->version);
}

bool
state_same_content(
    struct folder *f, struct migration *m, const struct history_row *row)
{
	struct err refused = ERR_INIT;
	int r = folder_check_forward(f, m, &refused);

	err_clear(&refused);
	return r == 0 &&
	    state_same(row->content_checksum, m->forward.content_checksum);
}

/*
 * Whether the file is another migration than the one that the row belongs to,
 * though it has its number: another name, and other statements.
 */
static bool
state_is_other(
    struct folder *f, struct migration *m, const struct history_row *row)
{
	return row->name != NULL && row->content_checksum != NULL &&
	    m->forward.unread == NULL && !match_same_stem(row->name, m->name) &&
	    !state_same(row->checksum, m->forward.checksum) &&
	    !state_same_content(f, m, row);
}

/* Compare an applied migration with its row. */
static void
state_compare(struct state *s, struct folder *f, struct entry *e)
{
	const struct script *file = &e->migration->forward;
	const struct history_row *row = e->row;

	e->state = ENTRY_CHANGED;
	if (!state_same(row->name, e->migration->name)) {
		e->reason = arena_printf(s->arena, "applied as %s", row->name);
		return;
	}
	if (!state_same(row->checksum, file->checksum)) {
		if (!state_same_content(f, e->migration, row)) {
			e->reason = "the file is not what was applied";
			return;
		}
		e->reformatted = true;
	}
	/* A hand-made row may stand for its file by name alone. */
	if (row->origin == NULL || strcmp(row->origin, "adopted") != 0)
		state_compare_version(s, e);
	else
		e->state = ENTRY_APPLIED;
}

static struct entry *
state_add(struct state *s, uint64_t number)
{
	struct entry *e = &s->entries[s->count++];

	memset(e, 0, sizeof(*e));
	e->number = number;
	return e;
}

static struct entry *
state_add_row(
    struct state *s, const struct folder *f, const struct history_row *row)
{
	struct entry *e = state_add(s, row->number);
	uint64_t newest =
	    f->count == 0 ? 0 : f->migrations[f->count - 1].number;

	e->row = row;
	if (!row->has_number)
		e->state = match_is_kept(row) ? ENTRY_KEPT : ENTRY_UNKNOWN;
	else
		e->state = row->number > newest ? ENTRY_NEWER : ENTRY_MISSING;
	return e;
}

/* The row of another migration leaves the file pending. */
static void
state_add_file(struct state *s, struct folder *f, struct migration *m,
    const struct history_row *row, enum match_by by)
{
	bool adopted = row != NULL && !row->has_number;
	struct entry *e;

	if (row != NULL && !adopted && state_is_other(f, m, row)) {
		e = state_add_row(s, f, row);
		e->taken = m;
		e->reason = arena_printf(s->arena,
		    "%s has its number, and is another migration", m->name);
		row = NULL;
	}
	e = state_add(s, m->number);
	e->migration = m;
	e->row = row;
	e->adopted = adopted;
	if (row == NULL)
		e->state = ENTRY_PENDING;
	else if (!adopted)
		state_compare(s, f, e);
	else
		e->reason = arena_printf(
		    s->arena, "by the %s %s", match_by_name(by), row->version);
}

bool
entry_is_loose(const struct entry *e)
{
	return e->state == ENTRY_UNKNOWN || e->state == ENTRY_KEPT;
}

static int
state_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (entry_is_loose(x) != entry_is_loose(y))
		return entry_is_loose(x) ? 1 : -1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	if (x->migration == NULL || y->migration == NULL)
		return (x->migration != NULL) - (y->migration != NULL);
	return strcmp(x->migration->name, y->migration->name);
}

static void
state_fill(struct state *s, struct folder *f, const struct history *h)
{
	struct pairs p = {
	    .rows = mem_calloc(f->count, sizeof(*p.rows)),
	    .matches = mem_calloc(h->count, sizeof(*p.matches)),
	    .by = mem_calloc(f->count, sizeof(*p.by)),
	    .used = mem_calloc(h->count, sizeof(*p.used)),
	};
	struct entry *e;
	size_t i;

	s->entries = mem_calloc(f->count + h->count, sizeof(*s->entries));
	pairs_match(&p, f, h);
	state_sum(f, p.rows);
	for (i = 0; i < f->count; i++)
		state_add_file(s, f, &f->migrations[i], p.rows[i], p.by[i]);
	for (i = 0; i < h->count; i++) {
		if (p.used[i])
			continue;
		e = state_add_row(s, f, h->rows[i]);
		e->fits[0] = p.matches[i].file;
		e->fits[1] = p.matches[i].other;
		e->asks = p.matches[i].by == MATCH_DESCRIPTION;
	}
	qsort(s->entries, s->count, sizeof(*s->entries), state_order);
	free(p.rows);
	free(p.matches);
	free(p.by);
	free(p.used);
}

static bool
state_counts(const struct entry *e)
{
	return e->row != NULL && !entry_is_loose(e) && e->state != ENTRY_HALF &&
	    e->state != ENTRY_RUNNING;
}

/* Of two with the number of the journal, the one of its name. */
static struct entry *
state_journalled(struct state *s, const struct journal *j)
{
	struct entry *found = NULL, *e;
	size_t i;

	for (i = 0; i < s->count; i++) {
		e = &s->entries[i];
		if (e->number == j->number && !entry_is_loose(e) &&
		    (found == NULL || text_same(entry_name(e), j->name)))
			found = e;
	}
	return found;
}

/* A migration in the journal is half applied at best, whatever its row says. */
static void
state_mark_half(struct state *s, const struct history *h)
{
	struct entry *e = NULL;

	if (h->journal.present)
		e = state_journalled(s, &h->journal);
	if (e != NULL)
		e->state = state_is_running(h) ? ENTRY_RUNNING : ENTRY_HALF;
}

static void
state_sum_up(struct state *s, const struct history *h)
{
	struct entry *e;
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (!state_counts(&s->entries[i]))
			continue;
		s->applied++;
		s->current = &s->entries[i];
	}
	for (i = 0; i < s->count; i++) {
		e = &s->entries[i];
		s->adopts |= e->adopted;
		if (e->state != ENTRY_PENDING)
			continue;
		s->pending++;
		if (s->current != NULL && e->number < s->current->number)
			e->state = ENTRY_OUT_OF_ORDER;
	}
	s->adopts |= h->exists && !h->complete;
	for (i = 0; i < s->count; i++)
		s->counts[s->entries[i].state]++;
}

struct state *
state_make(struct folder *f, const struct history *h)
{
	struct state *s = mem_calloc(1, sizeof(*s));

	s->arena = arena_new();
	s->folder = f;
	state_fill(s, f, h);
	state_find_renamed(s, f);
	state_explain_rows(s, f);
	state_mark_half(s, h);
	state_sum_up(s, h);
	return s;
}

void
state_free(struct state *s)
{
	if (s == NULL)
		return;
	arena_free(s->arena);
	free(s->entries);
	free(s);
}
