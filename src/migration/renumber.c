/* Renumbering: what collides or falls behind is moved to the end. */
#include "migration/renumber.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "migration/match.h"
#include "migration/name.h"
#include "migration/version.h"

#define DIGITS "0123456789"
#define STAMP_DIGITS 14 /* YYYYMMDDHHMMSS */

struct renumber {
	const struct folder *folder;
	const struct history *history;
	struct moves *moves;
	uint64_t now;
	uint64_t last;       /* number that is given away */
	uint64_t applied;    /* highest number of a row */
	const char *highest; /* version; NULL for none */
};

/* A row made by hand keeps every file in place that it may stand for. */
static bool
renumber_row_is(const struct folder *f, const struct history_row *row,
    const struct migration *m)
{
	struct match match;

	if (row->has_number)
		return row->number == m->number &&
		    (row->name == NULL || strcmp(row->name, m->name) == 0);
	match_row(&match, f, row);
	return match.file == m || match.other == m;
}

static bool
renumber_is_applied(const struct renumber *r, const struct migration *m)
{
	size_t i;

	for (i = 0; i < r->history->count; i++)
		if (renumber_row_is(r->folder, r->history->rows[i], m))
			return true;
	return false;
}

static void
renumber_see_version(struct renumber *r, const char *version)
{
	if (version != NULL && version_is_valid(version) &&
	    (r->highest == NULL || version_compare(version, r->highest) > 0))
		r->highest = version;
}

/* The first of those with one number stays: the applied one, where one is. */
static const struct migration *
renumber_keeper(const struct renumber *r, size_t from, size_t to)
{
	const struct migration *m = r->folder->migrations;
	size_t i;

	for (i = from; i < to; i++)
		if (renumber_is_applied(r, &m[i]))
			return &m[i];
	/* A row of another name: its file was renamed, and is for repair. */
	if (history_find(r->history, m[from].number) == NULL &&
	    m[from].number < r->applied)
		return NULL;
	return &m[from];
}

static struct move *
renumber_move(struct renumber *r, const struct migration *m)
{
	struct moves *all = r->moves;
	struct move *move;

	all->list =
	    mem_grow(all->list, all->count, &all->cap, sizeof(*all->list));
	move = &all->list[all->count++];
	memset(move, 0, sizeof(*move));
	move->migration = m;
	return move;
}

static void
renumber_set_version(struct renumber *r, struct move *move)
{
	const char *version = move->migration->forward.header.version;
	char raised[VERSION_MAX + 1];

	if (version == NULL)
		return;
	if (r->highest != NULL && version_compare(version, r->highest) <= 0 &&
	    version_raise(raised, r->highest, VERSION_MINOR)) {
		move->below = r->highest;
		move->version = arena_strdup(r->moves->arena, raised);
		version = move->version;
	}
	renumber_see_version(r, version);
}

/* One that keeps its number must have a version above all before it. */
static void
renumber_keep(struct renumber *r, const struct migration *m)
{
	const char *version = m->forward.header.version;
	struct move *move;

	if (version == NULL || r->highest == NULL ||
	    renumber_is_applied(r, m) ||
	    version_compare(version, r->highest) > 0) {
		renumber_see_version(r, version);
		return;
	}
	move = renumber_move(r, m);
	move->name = m->name;
	renumber_set_version(r, move);
}

/* Walk over the groups of one number each. */
static void
renumber_choose(struct renumber *r)
{
	const struct folder *f = r->folder;
	const struct migration *keeper;
	size_t i, j, k;

	for (i = 0; i < f->count; i = j) {
		for (j = i + 1; j < f->count &&
		     f->migrations[j].number == f->migrations[i].number;
		     j++)
			;
		keeper = renumber_keeper(r, i, j);
		for (k = i; k < j; k++) {
			if (&f->migrations[k] == keeper)
				renumber_keep(r, keeper);
			else
				renumber_move(r, &f->migrations[k]);
		}
	}
}

static void
renumber_see_rows(struct renumber *r)
{
	const struct history *h = r->history;
	const struct folder *f = r->folder;
	size_t i;

	for (i = 0; i < h->count; i++) {
		renumber_see_version(r, h->rows[i]->version);
		if (h->rows[i]->has_number && h->rows[i]->number > r->applied)
			r->applied = h->rows[i]->number;
	}
	for (i = 0; i < f->count; i++)
		if (f->migrations[i].number > r->applied &&
		    renumber_is_applied(r, &f->migrations[i]))
			r->applied = f->migrations[i].number;
	r->last = r->applied;
	if (f->count > 0 && f->migrations[f->count - 1].number > r->last)
		r->last = f->migrations[f->count - 1].number;
}

static void
renumber_set_name(struct renumber *r, struct move *move)
{
	const char *name = move->migration->name;
	size_t width = strspn(name, DIGITS);

	r->last++;
	if (width == STAMP_DIGITS && r->now > r->last)
		r->last = r->now;
	move->name = arena_printf(r->moves->arena, "%0*" PRIu64 "%s",
	    (int)width, r->last, name + width);
}

struct moves *
renumber_make(const struct folder *f, const struct history *h, uint64_t now)
{
	struct moves *moves = mem_calloc(1, sizeof(*moves));
	struct renumber r = {
	    .folder = f, .history = h, .moves = moves, .now = now};
	size_t i;

	moves->arena = arena_new();
	renumber_see_rows(&r);
	renumber_choose(&r);
	for (i = 0; i < moves->count; i++) {
		if (moves->list[i].name != NULL)
			continue;
		renumber_set_name(&r, &moves->list[i]);
		renumber_set_version(&r, &moves->list[i]);
	}
	return moves;
}

void
renumber_free(struct moves *moves)
{
	if (moves == NULL)
		return;
	arena_free(moves->arena);
	free(moves->list);
	free(moves);
}

/* The text up to a header's value, and another one in its place. */
static void
renumber_value(struct buf *b, const char **text, uint64_t *done,
    const struct place *at, const char *value)
{
	size_t n = (size_t)(at->offset - *done);

	buf_add(b, *text, n);
	buf_adds(b, value);
	n += strcspn(*text + n, "\r\n");
	*text += n;
	*done += n;
}

static void
renumber_version(struct buf *b, const char **text, uint64_t *done,
    const struct header *h, const struct move *move)
{
	if (h->version == NULL || move->version == NULL)
		return;
	renumber_value(b, text, done, &h->version_place, move->version);
	if (h->version_to != NULL)
		buf_addf(b, " -> %s", move->below);
}

void
renumber_text(struct buf *b, const char *text, const struct header *h,
    const struct move *move)
{
	bool named = h->migration != NULL &&
	    name_contradicts(h->migration, move->name, strlen(move->name));
	bool before =
	    named && h->migration_place.offset < h->version_place.offset;
	uint64_t done = 0;

	if (!before)
		renumber_version(b, &text, &done, h, move);
	if (named)
		renumber_value(
		    b, &text, &done, &h->migration_place, move->name);
	if (before)
		renumber_version(b, &text, &done, h, move);
	buf_adds(b, text);
}
