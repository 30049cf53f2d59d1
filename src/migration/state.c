/*
 * The state of each migration: files and history laid side by side.
 *
 * Rows and files are both in the order of their numbers, so one walk over
 * the two lists gives the entries; rows without a number are matched first.
 */
#include "migration/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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
entry_version(const struct entry *e)
{
	return e->row != NULL ? e->row->version : e->migration->version;
}

bool
entry_version_is_generated(const struct entry *e)
{
	const char *version = entry_version(e);

	if (version == NULL || e->state == ENTRY_UNKNOWN || e->adopted ||
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

/*
 * The file that a hand-made row stands for: by its version, then by the
 * file's name within the description, as the shell loop looked it up.
 */
static struct migration *
state_adopt(const struct folder *f, const struct history_row *row)
{
	struct migration *m;
	size_t i;

	for (i = 0; i < f->count; i++) {
		m = &f->migrations[i];
		if (m->version != NULL && strcmp(m->version, row->version) == 0)
			return m;
	}
	for (i = 0; row->description != NULL && i < f->count; i++) {
		m = &f->migrations[i];
		if (strstr(row->description, m->name) != NULL)
			return m;
	}
	return NULL;
}

/* The row for each migration of the folder, by index; NULL for none. */
static void
state_match(const struct folder *f, const struct history *h,
    const struct history_row **rows, bool *adopted, bool *used)
{
	const struct migration *m;
	size_t i, at;

	for (i = 0; i < h->count; i++) {
		m = h->rows[i]->has_number ? folder_find(f, h->rows[i]->number)
					   : state_adopt(f, h->rows[i]);
		if (m == NULL)
			continue;
		at = (size_t)(m - f->migrations);
		if (rows[at] != NULL)
			continue;
		rows[at] = h->rows[i];
		adopted[at] = !h->rows[i]->has_number;
		used[i] = true;
	}
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

static bool
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

/*
 * Whether a file has the content of a row.  One that is refused has not: what
 * was applied once passed the same checks.
 */
static bool
state_same_content(
    struct folder *f, struct migration *m, const struct history_row *row)
{
	struct err refused = ERR_INIT;
	int r = folder_check_forward(f, m, &refused);

	err_clear(&refused);
	return r == 0 &&
	    state_same(row->content_checksum, m->forward.content_checksum);
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

static void
state_add_file(struct state *s, struct folder *f, struct migration *m,
    const struct history_row *row, bool adopted)
{
	struct entry *e = state_add(s, m->number);

	e->migration = m;
	e->row = row;
	e->adopted = adopted;
	if (row == NULL)
		e->state = ENTRY_PENDING;
	else if (!adopted)
		state_compare(s, f, e);
}

static void
state_add_row(
    struct state *s, const struct folder *f, const struct history_row *row)
{
	struct entry *e = state_add(s, row->number);
	uint64_t newest =
	    f->count == 0 ? 0 : f->migrations[f->count - 1].number;

	e->row = row;
	if (!row->has_number)
		e->state = ENTRY_UNKNOWN;
	else
		e->state = row->number > newest ? ENTRY_NEWER : ENTRY_MISSING;
}

static int
state_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	bool xu = x->state == ENTRY_UNKNOWN, yu = y->state == ENTRY_UNKNOWN;

	if (xu != yu)
		return xu ? 1 : -1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void
state_fill(struct state *s, struct folder *f, const struct history *h)
{
	const struct history_row **rows;
	bool *adopted, *used;
	size_t i;

	rows = mem_calloc(f->count, sizeof(*rows));
	adopted = mem_calloc(f->count, sizeof(*adopted));
	used = mem_calloc(h->count, sizeof(*used));
	s->entries = mem_calloc(f->count + h->count, sizeof(*s->entries));
	state_match(f, h, rows, adopted, used);
	state_sum(f, rows);
	for (i = 0; i < f->count; i++)
		state_add_file(s, f, &f->migrations[i], rows[i], adopted[i]);
	for (i = 0; i < h->count; i++)
		if (!used[i])
			state_add_row(s, f, h->rows[i]);
	qsort(s->entries, s->count, sizeof(*s->entries), state_order);
	free(rows);
	free(adopted);
	free(used);
}

/* A pending file with the content of a row that has none was renumbered. */
static void
state_find_renamed(struct state *s, struct folder *f)
{
	struct entry *gone, *e;
	size_t i, j;

	for (i = 0; i < s->count; i++) {
		gone = &s->entries[i];
		if (gone->migration != NULL || gone->row == NULL ||
		    gone->row->content_checksum == NULL ||
		    gone->row->name == NULL)
			continue;
		for (j = 0; j < s->count; j++) {
			e = &s->entries[j];
			if (e->state != ENTRY_PENDING ||
			    !state_same_content(f, e->migration, gone->row) ||
			    e->migration->forward.statements == 0)
				continue;
			e->state = ENTRY_RENAMED;
			e->was = gone->row;
			e->reason = arena_printf(
			    s->arena, "applied as %s", gone->row->name);
			gone->state = ENTRY_RENAMED;
			gone->reason = arena_printf(
			    s->arena, "now %s", e->migration->name);
			break;
		}
	}
}

static bool
state_counts(const struct entry *e)
{
	return e->row != NULL && e->state != ENTRY_UNKNOWN &&
	    e->state != ENTRY_HALF && e->state != ENTRY_RUNNING;
}

/* A migration in the journal is half applied at best, whatever its row says. */
static void
state_mark_half(struct state *s, const struct history *h)
{
	size_t i;

	for (i = 0; h->journal.present && i < s->count; i++)
		if (s->entries[i].number == h->journal.number &&
		    s->entries[i].state != ENTRY_UNKNOWN)
			s->entries[i].state =
			    state_is_running(h) ? ENTRY_RUNNING : ENTRY_HALF;
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

static int
state_refuse_unread(const struct script *s, struct err *err)
{
	err_set(err, ERR_USAGE, "%s", s->unread);
	err_hint(err, "Make the file readable, and run the command again.");
	return ERR_USAGE;
}

int
state_refuse_entry(
    const struct entry *e, const struct history *h, struct err *err)
{
	const struct history_row *row = e->row;
	const char *name = entry_name(e);

	switch (e->state) {
	case ENTRY_CHANGED:
		if (e->migration->forward.unread != NULL)
			return state_refuse_unread(&e->migration->forward, err);
		err_set(err, ERR_DISAGREE,
		    "%s was changed after it was applied", name);
		err_detail(err, "%s.", e->reason);
		err_hint(err,
		    "Put the file back as it was, and make the change in a "
		    "new migration; or, where the file is right as it is, "
		    "sqlmigrate repair accepts it.");
		break;
	case ENTRY_RENAMED:
		err_set(err, ERR_DISAGREE, "%s was renamed: it is %s", name,
		    e->reason);
		err_hint(err,
		    "Give the file its old name back, or accept the new one "
		    "with sqlmigrate repair.");
		break;
	case ENTRY_MISSING:
		if (e->stored != NULL)
			return 0;
		err_set(err, ERR_DISAGREE,
		    "%s is applied, but its file is gone", name);
		err_hint(err,
		    "Put the file back into the folder; or, where it is gone "
		    "for good, delete its row with sqlmigrate stamp --undo "
		    "%s.",
		    row->version);
		break;
	case ENTRY_UNKNOWN:
		err_set(err, ERR_DISAGREE,
		    "the row of version %s in %s matches no file", row->version,
		    h->tables.version);
		err_detail(err, "Its description is \"%s\".",
		    row->description == NULL ? "" : row->description);
		err_hint(err,
		    "Add the file, or give it the header \"Version: %s\"; "
		    "where "
		    "there is none, sqlmigrate stamp --undo %s deletes the "
		    "row, and sqlmigrate stamp TARGET records what is applied.",
		    row->version, row->version);
		break;
	default:
		return 0;
	}
	return ERR_DISAGREE;
}

int
state_refuse_entries(const struct state *s, const struct history *h,
    bool rollback, struct err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < s->count; i++)
		if (!rollback || s->entries[i].state != ENTRY_CHANGED)
			r = state_refuse_entry(&s->entries[i], h, err);
	return r;
}

int
state_refuse(const struct state *s, const struct history *h, bool rollback,
    struct err *err)
{
	if (h->journal.present)
		return state_refuse_half(s, h, err);
	return state_refuse_entries(s, h, rollback, err);
}
