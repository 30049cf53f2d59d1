/* Rows without their file: which one may be it. */
#include <string.h>

#include "base/text.h"
#include "migration/match.h"
#include "migration/state_int.h"

/* What a pending file must have of a row, the surest first. */
enum likeness { LIKE_BOTH, LIKE_CONTENT, LIKE_NAME, LIKE_COUNT };

static bool
state_is_like(struct folder *f, const struct entry *e,
    const struct history_row *row, enum likeness like)
{
	if (e->state != ENTRY_PENDING)
		return false;
	if (like != LIKE_CONTENT &&
	    !match_same_stem(row->name, e->migration->name))
		return false;
	return like == LIKE_NAME ||
	    (row->content_checksum != NULL &&
		state_same_content(f, e->migration, row) &&
		e->migration->forward.statements > 0);
}

/* The statements decide; the same name alone is a guess. */
static void
state_pair(struct state *s, struct entry *gone, struct entry *e)
{
	e->state = ENTRY_RENAMED;
	e->was = gone->row;
	e->reason = arena_printf(s->arena, "applied as %s", gone->row->name);
	gone->state = ENTRY_RENAMED;
	gone->reason = arena_printf(s->arena, "now %s", e->migration->name);
}

static bool
state_is_gone(const struct entry *e)
{
	return (e->state == ENTRY_MISSING || e->state == ENTRY_NEWER) &&
	    e->row->name != NULL;
}

/* Whether there are as many files of this content as rows that lack theirs. */
static bool
state_is_even(struct state *s, struct folder *f, const struct history_row *row)
{
	const struct entry *e;
	size_t i, rows = 0, files = 0;

	for (i = 0; i < s->count; i++) {
		e = &s->entries[i];
		rows += state_is_gone(e) &&
		    text_same(e->row->content_checksum, row->content_checksum);
		files += state_is_like(f, e, row, LIKE_CONTENT);
	}
	return rows == files;
}

static void
state_find_like(
    struct state *s, struct folder *f, struct entry *gone, enum likeness like)
{
	struct entry *found[2] = {NULL, NULL}, *e;
	size_t i, n = 0;

	for (i = 0; i < s->count && n < 2; i++) {
		e = &s->entries[i];
		if (state_is_like(f, e, gone->row, like))
			found[n++] = e;
	}
	if (like == LIKE_CONTENT && n == 2 && state_is_even(s, f, gone->row))
		n = 1;
	if (n == 1 && like != LIKE_NAME) {
		state_pair(s, gone, found[0]);
		return;
	}
	for (i = 0; i < n && gone->fits[0] == NULL; i++)
		gone->fits[i] = found[i]->migration;
	if (n == 2 && gone->fits[1] == NULL)
		gone->fits[1] = found[1]->migration;
}

void
state_find_renamed(struct state *s, struct folder *f)
{
	enum likeness like;
	size_t i;

	for (like = LIKE_BOTH; like < LIKE_COUNT; like++)
		for (i = 0; i < s->count; i++)
			if (state_is_gone(&s->entries[i]) &&
			    s->entries[i].fits[0] == NULL)
				state_find_like(s, f, &s->entries[i], like);
}

static const struct entry *
state_entry_of(const struct state *s, const struct migration *m)
{
	size_t i;

	for (i = 0; s->entries[i].migration != m; i++)
		;
	return &s->entries[i];
}

/* Another row of which the same is guessed, or NULL. */
static const struct entry *
state_rival(const struct state *s, const struct entry *e)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (&s->entries[i] != e &&
		    s->entries[i].state == ENTRY_UNKNOWN &&
		    s->entries[i].fits[0] == e->fits[0])
			return &s->entries[i];
	return NULL;
}

/* The file that inserts the row without saying so in its header. */
static const char *
state_inserter(struct folder *f, const struct history_row *row)
{
	struct err refused = ERR_INIT;
	struct migration *m;
	size_t i;

	for (i = 0; i < f->count; i++) {
		m = &f->migrations[i];
		if (m->forward.header.version == NULL &&
		    folder_check_forward(f, m, &refused) == 0 &&
		    m->forward.own_version != NULL &&
		    strcmp(m->forward.own_version, row->version) == 0)
			return m->forward.path;
		err_clear(&refused);
	}
	return NULL;
}

static void
state_explain_row(struct state *s, struct folder *f, struct entry *e)
{
	const struct entry *file, *rival;

	if (e->fits[0] == NULL) {
		e->inserts = state_inserter(f, e->row);
		if (e->inserts != NULL)
			e->reason = arena_printf(
			    s->arena, "%s inserts this version", e->inserts);
		return;
	}
	file = state_entry_of(s, e->fits[0]);
	rival = state_rival(s, e);
	e->asks &= e->fits[1] == NULL && file->row == NULL && rival == NULL;
	if (e->fits[1] != NULL)
		e->reason = arena_printf(s->arena, "%s and %s both fit",
		    e->fits[0]->name, e->fits[1]->name);
	else if (file->row != NULL)
		e->reason =
		    arena_printf(s->arena, "%s, which it names, has the row %s",
			e->fits[0]->name, file->row->version);
	else if (rival != NULL)
		e->reason = arena_printf(s->arena,
		    "%s is what it names, and the row %s, too",
		    e->fits[0]->name, rival->row->version);
	else
		e->reason = arena_printf(s->arena,
		    "%s is named by its description", e->fits[0]->name);
	if (file->row != NULL && e->fits[1] == NULL)
		e->fits[0] = NULL;
}

void
state_explain_rows(struct state *s, struct folder *f)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->entries[i].state == ENTRY_UNKNOWN)
			state_explain_row(s, f, &s->entries[i]);
}
