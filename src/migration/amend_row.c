/* Amendments of one row, which is named by its very version. */
#include <string.h>

#include "base/text.h"
#include "migration/amend_int.h"
#include "migration/match.h"
#include "migration/select.h"

static const struct entry *
amend_find_row(const struct state *s, const char *version)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->entries[i].row != NULL &&
		    strcmp(s->entries[i].row->version, version) == 0)
			return &s->entries[i];
	return NULL;
}

void
amend_add_forget(struct amendments *a, const struct entry *e)
{
	const struct history_row *row = e->row;
	struct amendment *new;

	new = amend_add(a, AMEND_FORGET, entry_label(e));
	new->row = row;
	if (amend_was_stamped(row))
		return;
	a->asks = true;
	new->reason = match_is_kept(row)
	    ? "it was kept on purpose"
	    : "it was not stamped: what it did stays in the schema";
}

int
amend_add_adopt(struct amendments *a, struct folder *f, const struct entry *e,
    struct migration *m, struct err *err)
{
	struct amendment *new = amend_add(a, AMEND_ADOPT, m->name);

	new->row = e->row;
	new->migration = m;
	new->reason = arena_printf(a->arena, "the row of version %s%s%s",
	    e->row->version, e->reason == NULL ? "" : ": ",
	    e->reason == NULL ? "" : e->reason);
	return folder_check_pending(f, m, err);
}

/* It is not asked for what is so already. */
static int
amend_keep(struct amendments *a, const struct entry *e, struct err *err)
{
	if (e->state == ENTRY_KEPT)
		return 0;
	if (e->state == ENTRY_UNKNOWN) {
		amend_add(a, AMEND_KEEP, e->row->version)->row = e->row;
		return 0;
	}
	err_set(err, ERR_DISAGREE,
	    "the row of version %s is that of %s, and is not kept without it",
	    e->row->version, entry_label(e));
	err_hint(err,
	    "To see which file each row belongs to, run: sqlmigrate status");
	return err->code;
}

static int
amend_refuse_target(
    const struct entry *e, const struct entry *to, struct err *err)
{
	if (to->row != NULL)
		err_set(err, ERR_DISAGREE,
		    "%s has a row already, of version %s", entry_label(to),
		    to->row->version);
	else
		err_set(err, ERR_DISAGREE,
		    "the row of version %s is that of %s already",
		    e->row->version, entry_label(e));
	err_hint(err,
	    "To see which file each row belongs to, run: sqlmigrate status");
	return err->code;
}

/* Give the row to the file that the target names. */
static int
amend_give(struct amendments *a, const char *target, struct folder *f,
    const struct state *s, const struct entry *e, struct err *err)
{
	struct amendment *new;
	const struct entry *to;
	size_t at;
	int r = select_file(s, target, &at, err);

	if (r < 0)
		return r;
	to = &s->entries[at];
	if (to == e && e->state != ENTRY_CHANGED)
		return 0;
	if (to->row != NULL || (e->migration != NULL && !entry_is_loose(e)))
		return amend_refuse_target(e, to, err);
	if (entry_is_loose(e))
		return amend_add_adopt(a, f, e, to->migration, err);
	new = amend_add(a, AMEND_REPOINT, to->migration->name);
	new->row = e->row;
	new->migration = to->migration;
	new->reason = arena_printf(a->arena, "applied as %s", entry_label(e));
	a->asks = true;
	return folder_check_pending(f, to->migration, err);
}

int
amend_row(struct amendments *a, const struct amend_request *q, struct folder *f,
    const struct state *s, const struct history *h, struct err *err)
{
	const struct entry *e = amend_find_row(s, q->row);

	if (e == NULL) {
		err_set(err, ERR_USAGE, "no row of %s has the version \"%s\"",
		    h->tables.version == NULL ? h->info.name
					      : h->tables.version,
		    q->row);
		err_hint(err,
		    "To see the version of each row, run: sqlmigrate status");
		return err->code;
	}
	if (q->work == AMEND_WORK_UNDO) {
		amend_add_forget(a, e);
		return 0;
	}
	return q->target == NULL ? amend_keep(a, e, err)
				 : amend_give(a, q->target, f, s, e, err);
}

/* Whether the list gives the row a file, and so frees what it has now. */
static bool
amend_frees(const struct amendments *a, const struct history_row *row)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (a->list[i].row == row)
			return true;
	return false;
}

static int
amend_refuse_taken(const struct amendment *a, const struct state *s,
    const struct history *h, const struct history_row *row, struct err *err)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->entries[i].row == row &&
		    s->entries[i].migration == NULL &&
		    state_refuse_entry(&s->entries[i], h, err) < 0)
			return err->code;
	err_set(err, ERR_DISAGREE,
	    "%s cannot have a row: the row of %s has its %s", a->name,
	    row->name == NULL ? row->version : row->name,
	    row->has_number && row->number == a->migration->number ? "number"
								   : "version");
	err_hint(err,
	    "To give the pending one a number and a version of its own, run: "
	    "sqlmigrate renumber");
	return err->code;
}

int
amend_check_free(const struct amendments *a, const struct state *s,
    const struct history *h, struct err *err)
{
	const struct history_row *row;
	const struct amendment *one;
	size_t i, j;
	int r = 0;

	for (i = 0; r == 0 && i < a->count; i++) {
		one = &a->list[i];
		for (j = 0; r == 0 && one->migration != NULL && j < h->count;
		     j++) {
			row = h->rows[j];
			if (row != one->row && !amend_frees(a, row) &&
			    ((row->has_number &&
				 row->number == one->migration->number) ||
				text_same(row->version, amend_version(one))))
				r = amend_refuse_taken(one, s, h, row, err);
		}
	}
	return r;
}
