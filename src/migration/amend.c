/* Amendments: changes to the history that run no file. */
#include "migration/amend.h"

#include <stdlib.h>
#include <string.h>

#include "migration/select.h"

static const char *const amend_names[] = {
    [AMEND_STAMP] = "stamp",
    [AMEND_FORGET] = "forget",
    [AMEND_ACCEPT] = "accept",
    [AMEND_REPOINT] = "repoint",
    [AMEND_CLEAR] = "clear",
};

const char *
amend_kind_name(enum amend_kind kind)
{
	return amend_names[kind];
}

static struct amendment *
amend_add(struct amendments *a, enum amend_kind kind, const char *name)
{
	struct amendment *new;

	a->list = mem_grow(a->list, a->count, &a->cap, sizeof(*a->list));
	new = &a->list[a->count++];
	*new = (struct amendment){.kind = kind};
	new->name = arena_strdup(a->arena, name);
	return new;
}

static int
amend_stamp(struct amendments *a, const struct amend_request *q,
    struct folder *f, const struct state *s, struct err *err)
{
	size_t i, first = 0, last = s->count;
	const struct entry *e;
	int r = 0;

	if (!q->all)
		r = select_range(s, q->target, false, &first, &last, err);
	if (!q->all && strstr(q->target, "..") == NULL)
		first = 0;
	for (i = first; r == 0 && i < s->count && i <= last; i++) {
		e = &s->entries[i];
		if (e->state != ENTRY_PENDING && e->state != ENTRY_OUT_OF_ORDER)
			continue;
		amend_add(a, AMEND_STAMP, e->migration->name)->migration =
		    e->migration;
		r = folder_check_pending(f, e->migration, err);
	}
	return r;
}

static bool
amend_was_stamped(const struct history_row *row)
{
	return row->origin != NULL && strcmp(row->origin, "stamped") == 0;
}

static int
amend_undo(struct amendments *a, const struct amend_request *q,
    struct folder *f, const struct state *s, struct err *err)
{
	size_t i, first = 0, last = s->count;
	const struct entry *e;
	struct amendment *new;
	int r = 0;

	(void)f;
	if (!q->all)
		r = select_range(s, q->target, true, &first, &last, err);
	for (i = first; r == 0 && i < s->count && i <= last; i++) {
		e = &s->entries[i];
		/* Everything stamped; or what is named, whatever it is. */
		if (e->row == NULL || (q->all && !amend_was_stamped(e->row)))
			continue;
		new = amend_add(a, AMEND_FORGET,
		    entry_name(e) != NULL ? entry_name(e) : e->row->version);
		new->row = e->row;
		if (amend_was_stamped(e->row))
			continue;
		a->asks = true;
		new->reason = "it was not stamped: what it did stays in the "
			      "schema";
	}
	return r;
}

/* What a repair does about an entry. */
static int
amend_repair_entry(struct amendments *a, struct folder *f,
    const struct entry *e, struct err *err)
{
	struct amendment *new;

	if (e->migration == NULL || e->state == ENTRY_HALF)
		return 0;
	if (e->state == ENTRY_CHANGED || (e->row != NULL && e->reformatted)) {
		new = amend_add(a, AMEND_ACCEPT, e->migration->name);
		new->row = e->row;
		new->reason = e->state == ENTRY_CHANGED
		    ? arena_strdup(a->arena, e->reason)
		    : "reformatted; its statements are the same";
	} else if (e->state == ENTRY_RENAMED) {
		new = amend_add(a, AMEND_REPOINT, e->migration->name);
		new->row = e->was;
		new->reason = arena_strdup(a->arena, e->reason);
	} else {
		return 0;
	}
	new->migration = e->migration;
	a->asks = true;
	return folder_check_pending(f, e->migration, err);
}

static void
amend_clear(struct amendments *a, const struct journal *j)
{
	struct amendment *new = amend_add(a, AMEND_CLEAR, j->name);

	new->reason = arena_printf(a->arena,
	    "its %s stopped at statement %llu, which was %s; what is done "
	    "stays as it is",
	    j->rollback ? "rollback" : "run", (unsigned long long)j->statement,
	    j->done ? "done" : "begun");
	a->asks = true;
}

static int
amend_repair(struct amendments *a, const struct amend_request *q,
    struct folder *f, const struct state *s, const struct history *h,
    struct err *err)
{
	bool half = q->target == NULL && h->journal.present;
	size_t i, first = 0, last = s->count;
	int r = 0;

	if (q->target != NULL)
		r = select_range(s, q->target, false, &first, &last, err);
	for (i = first; r == 0 && i < s->count && i <= last; i++) {
		r = amend_repair_entry(a, f, &s->entries[i], err);
		half |= s->entries[i].state == ENTRY_HALF;
	}
	if (half)
		amend_clear(a, &h->journal);
	return r;
}

int
amend_make(struct amendments **out, const struct amend_request *q,
    struct folder *f, const struct state *s, const struct history *h,
    struct err *err)
{
	struct amendments *a;
	int r = 0;

	if (h->journal.present &&
	    (q->work != AMEND_WORK_REPAIR || state_is_running(h)))
		return state_refuse_half(s, h, err);
	a = mem_calloc(1, sizeof(*a));
	a->arena = arena_new();
	switch (q->work) {
	case AMEND_WORK_STAMP:
		r = amend_stamp(a, q, f, s, err);
		break;
	case AMEND_WORK_UNDO:
		r = amend_undo(a, q, f, s, err);
		break;
	default:
		r = amend_repair(a, q, f, s, h, err);
	}
	if (r == 0)
		*out = a;
	else
		amend_free(a);
	return r;
}

void
amend_free(struct amendments *a)
{
	if (a == NULL)
		return;
	arena_free(a->arena);
	free(a->list);
	free(a);
}

bool
amend_same(const struct amendments *a, const struct amendments *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (a->list[i].kind != b->list[i].kind ||
		    strcmp(a->list[i].name, b->list[i].name) != 0 ||
		    (a->list[i].kind == AMEND_CLEAR &&
			strcmp(a->list[i].reason, b->list[i].reason) != 0))
			return false;
	return true;
}
