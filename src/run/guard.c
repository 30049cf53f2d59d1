/*
 * The guard of the history: a migration may write its own row and no other.
 *
 * A rollback file copied with the wrong DELETE would otherwise make an older
 * migration run again.
 */
#include <string.h>

#include "base/text.h"
#include "run/run_int.h"

static bool
guard_same_row(const struct history_row *a, const struct history_row *b)
{
	return a->has_number == b->has_number && a->number == b->number &&
	    text_same(a->version, b->version) &&
	    text_same(a->applied_at, b->applied_at) &&
	    text_same(a->description, b->description) &&
	    text_same(a->name, b->name) &&
	    text_same(a->checksum, b->checksum) &&
	    text_same(a->content_checksum, b->content_checksum) &&
	    text_same(a->rollback_checksum, b->rollback_checksum) &&
	    text_same(a->origin, b->origin);
}

/* The row of h that stands for the same migration. */
static const struct history_row *
guard_find(const struct history *h, const struct history_row *row)
{
	size_t i;

	if (row->has_number)
		return history_find(h, row->number);
	for (i = 0; i < h->count; i++)
		if (!h->rows[i]->has_number &&
		    strcmp(h->rows[i]->version, row->version) == 0)
			return h->rows[i];
	return NULL;
}

static int
guard_refuse(const struct run *run, const struct step *step, const char *what,
    const struct history_row *row, struct err *err)
{
	const struct script *s = step_script(run, step);

	err_set(err, ERR_STATEMENT, "%s %s the row of version %s in %s",
	    s->name, what, row->version, run->history->tables.version);
	err_detail(
	    err, "A file may write the row of its own migration and no other.");
	err_hint(err, "Mend the INSERT, UPDATE or DELETE in %s%s.", s->path,
	    run->history->info.fires
		? ", or a trigger or rule on that table or those beside it"
		: "");
	return ERR_STATEMENT;
}

static int
guard_check_old(struct run *run, const struct step *step,
    const struct history *now, struct err *err)
{
	const struct history *before = run->history;
	const struct history_row *row, *found;
	size_t i;

	for (i = 0; i < before->count; i++) {
		row = before->rows[i];
		if (row->has_number && row->number == step->migration->number)
			continue;
		found = guard_find(now, row);
		if (found == NULL)
			return guard_refuse(run, step, "deletes", row, err);
		if (!guard_same_row(row, found))
			return guard_refuse(run, step, "changes", row, err);
	}
	return 0;
}

static int
guard_check_new(struct run *run, const struct step *step,
    const struct history *now, const struct history_row **own, struct err *err)
{
	const struct history_row *row;
	size_t i;

	*own = NULL;
	for (i = 0; i < now->count; i++) {
		row = now->rows[i];
		if (row->has_number && row->number == step->migration->number)
			continue;
		if (guard_find(run->history, row) != NULL)
			continue;
		if (row->has_number || run->plan->rollback || *own != NULL)
			return guard_refuse(run, step, "inserts", row, err);
		*own = row;
	}
	return 0;
}

static int
guard_rows(struct run *run, const struct step *step, const struct history *now,
    const struct history_row **own, struct err *err)
{
	int r;

	*own = NULL;
	r = guard_check_old(run, step, now, err);
	return r < 0 ? r : guard_check_new(run, step, now, own, err);
}

int
guard_look(struct run *run, const struct step *step, struct history **now,
    const struct history_row **own, struct err *err)
{
	/* By its full name, since the body may have set another path. */
	const struct history_name name = {.schema = run->history->info.schema,
	    .table = run->history->info.name,
	    .inside = true};
	int r;

	r = history_load(now, *run->db, &name, err);
	if (r < 0)
		return r;
	run->history->info.fires |= (*now)->info.fires;
	return guard_rows(run, step, *now, own, err);
}

int
guard_look_again(struct run *run, const struct step *step, struct err *err)
{
	const struct history_row *own = NULL, *row;
	struct history *now = NULL;
	int r;

	r = guard_look(run, step, &now, &own, err);
	if (r == 0 && own != NULL) {
		r = err_set(err, ERR_STATEMENT,
		    "%s inserts a second row, of version %s, into %s",
		    step_script(run, step)->name, own->version,
		    run->history->tables.version);
	} else if (r == 0) {
		row = history_find(now, step->migration->number);
		if ((row == NULL) != run->plan->rollback)
			r = writes_refuse(run->history->tables.version, err);
	}
	history_free(now);
	return r;
}
