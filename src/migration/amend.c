/* Amendments: changes to the history that run no file. */
#include "migration/amend_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "migration/select.h"

static const char *const amend_names[] = {
    [AMEND_STAMP] = "stamp",
    [AMEND_FORGET] = "forget",
    [AMEND_ACCEPT] = "accept",
    [AMEND_REPOINT] = "repoint",
    [AMEND_CLEAR] = "clear",
    [AMEND_DECIDE] = "decide",
    [AMEND_ADOPT] = "adopt",
    [AMEND_KEEP] = "keep",
};

const char *
amend_kind_name(enum amend_kind kind)
{
	return amend_names[kind];
}

const char *
amend_state_name(const struct amendment *a)
{
	return a->done ? "done" : "undone";
}

const char *
amend_describe_entry(struct arena *arena, const struct journal *j)
{
	return arena_printf(arena, "its %s stopped at statement %llu, which %s",
	    j->rollback ? "rollback" : "run", (unsigned long long)j->statement,
	    j->done         ? "is completed"
		: j->undone ? "is recorded as undone"
			    : "was started");
}

/* One that was given to its file by hand keeps its version. */
const char *
amend_version(const struct amendment *a)
{
	const struct history_row *row = a->row;

	if (row != NULL &&
	    (a->kind == AMEND_ADOPT || text_same(row->origin, "adopted")))
		return row->version;
	return a->migration->version;
}

struct amendment *
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
	/* The row of another migration may have the number. */
	if (r == 0 && !q->all && s->entries[last].taken != NULL)
		last++;
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

bool
amend_was_stamped(const struct history_row *row)
{
	return row->origin != NULL && strcmp(row->origin, "stamped") == 0;
}

static int
amend_undo(struct amendments *a, const struct amend_request *q,
    const struct state *s, struct err *err)
{
	size_t i, first = 0, last = s->count;
	const struct entry *e;
	int r = 0;

	if (!q->all)
		r = select_range(s, q->target, true, &first, &last, err);
	for (i = first; r == 0 && i < s->count && i <= last; i++) {
		e = &s->entries[i];
		/* Everything stamped; or what is named, whatever it is. */
		if (e->row == NULL || (q->all && !amend_was_stamped(e->row)))
			continue;
		amend_add_forget(a, e);
	}
	return r;
}

/* What a repair does about an entry. */
static int
amend_repair_entry(struct amendments *a, struct folder *f,
    const struct entry *e, struct err *err)
{
	struct amendment *new;

	if (e->state == ENTRY_UNKNOWN && e->asks) {
		a->asks = true;
		return amend_add_adopt(a, f, e, e->fits[0], err);
	}
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

/* What is written later is about the entry as it was read here. */
static struct amendment *
amend_add_entry(
    struct amendments *a, enum amend_kind kind, const struct journal *j)
{
	struct amendment *new = amend_add(a, kind, j->name);
	struct journal *entry = arena_alloc(a->arena, sizeof(*entry));

	*entry = *j;
	history_keep_entry(entry, a->arena);
	new->entry = entry;
	a->asks = true;
	return new;
}

static void
amend_clear(struct amendments *a, const struct journal *j)
{
	struct amendment *new = amend_add_entry(a, AMEND_CLEAR, j);

	new->reason = arena_printf(a->arena,
	    "its %s stopped at statement %llu, which was %s; what is done "
	    "stays as it is",
	    j->rollback ? "rollback" : "run", (unsigned long long)j->statement,
	    j->done ? "done" : "begun");
}

/* The entry of the file that a renamed row is that of now. */
static const struct entry *
amend_follow(const struct state *s, const struct entry *e)
{
	size_t i;

	if (e->state != ENTRY_RENAMED || e->migration != NULL)
		return e;
	for (i = 0; i < s->count; i++)
		if (s->entries[i].was == e->row)
			return &s->entries[i];
	return e;
}

/* The row of another migration is not accepted: it is said what to do. */
static int
amend_refuse_other(const struct amendments *a, const struct state *s,
    const struct history *h, size_t first, size_t last, struct err *err)
{
	size_t i;
	int r = 0;

	for (i = first; a->count == 0 && r == 0 && i < s->count && i <= last;
	     i++)
		if (s->entries[i].state == ENTRY_MISSING &&
		    s->entries[i].taken != NULL)
			r = state_refuse_entry(&s->entries[i], h, err);
	return r;
}

static int
amend_repair(struct amendments *a, const struct amend_request *q,
    struct folder *f, const struct state *s, const struct history *h,
    struct err *err)
{
	bool half = q->target == NULL && h->journal.present;
	size_t i, first = 0, last = s->count;
	const struct entry *e;
	int r = 0;

	if (q->target != NULL)
		r = select_range(s, q->target, false, &first, &last, err);
	for (i = first; r == 0 && i < s->count && i <= last; i++) {
		e = &s->entries[i];
		if (q->target != NULL && first == last)
			e = amend_follow(s, e);
		r = amend_repair_entry(a, f, e, err);
		half |= e->state == ENTRY_HALF;
	}
	if (half)
		amend_clear(a, &h->journal);
	return r < 0 ? r : amend_refuse_other(a, s, h, first, last, err);
}

/* As select_one(), but the journal's migration may have no file, and no row. */
static bool
amend_is_named(
    const struct state *s, const struct journal *j, const char *target)
{
	struct err ignored = ERR_INIT;
	size_t at, len = strlen(target);
	uint64_t number;
	bool named;

	if (text_parse_number(target, &number) && number == j->number)
		return true;
	if (text_ends_with(target, ".sql"))
		len -= strlen(".sql");
	if (strlen(j->name) == len && strncmp(j->name, target, len) == 0)
		return true;
	named = select_one(s, target, false, &at, &ignored) == 0 &&
	    s->entries[at].number == j->number;
	err_clear(&ignored);
	return named;
}

/* The command may come from a message about what another run has resumed. */
static int
amend_refuse_statement(struct amendments *a, const struct amend_request *q,
    const struct state *s, const struct journal *j, struct err *err)
{
	unsigned long long at = j->statement;

	if (!j->present)
		err_set(err, ERR_DISAGREE, "no migration is half applied");
	else if (q->target != NULL && !amend_is_named(s, j, q->target))
		err_set(err, ERR_DISAGREE,
		    "\"%s\" is not the migration that is "
		    "half applied, which is %s",
		    q->target, j->name);
	else if (q->statement != 0 && q->statement != j->statement)
		err_set(err, ERR_DISAGREE,
		    "%s did not stop at statement %llu, but at statement %llu",
		    j->name, (unsigned long long)q->statement, at);
	else if (j->done && !(q->again && q->done))
		err_set(err, ERR_DISAGREE,
		    "statement %llu of %s is recorded as done already", at,
		    j->name);
	else
		return 0;
	if (j->present)
		err_detail(err,
		    "The journal names %s: %s.  Nothing was changed.", j->name,
		    amend_describe_entry(a->arena, j));
	else
		err_detail(err,
		    "The journal has no entry, and so no statement "
		    "to decide.  Nothing was changed.");
	err_hint(err, "To see what to do next, run: sqlmigrate status");
	return err->code;
}

static int
amend_statement(struct amendments *a, const struct amend_request *q,
    const struct state *s, const struct history *h, struct err *err)
{
	struct amendment *new;
	int r = amend_refuse_statement(a, q, s, &h->journal, err);

	if (r < 0 || h->journal.done || (h->journal.undone && !q->done))
		return r;
	new = amend_add_entry(a, AMEND_DECIDE, &h->journal);
	new->done = q->done;
	new->reason = amend_describe_entry(a->arena, new->entry);
	return 0;
}

/* A run that is at it is in the way of all; what it left, of all but these. */
static bool
amend_is_hindered(const struct amend_request *q, const struct history *h)
{
	return h->journal.present &&
	    ((q->work != AMEND_WORK_REPAIR && q->work != AMEND_WORK_DECIDE) ||
		state_is_running(h));
}

static int
amend_decide_all(struct amendments *a, const struct amend_request *q,
    struct folder *f, const struct state *s, const struct history *h,
    struct err *err)
{
	if (q->row != NULL)
		return amend_row(a, q, f, s, h, err);
	switch (q->work) {
	case AMEND_WORK_STAMP:
		return amend_stamp(a, q, f, s, err);
	case AMEND_WORK_UNDO:
		return amend_undo(a, q, s, err);
	case AMEND_WORK_DECIDE:
		return amend_statement(a, q, s, h, err);
	default:
		return amend_repair(a, q, f, s, h, err);
	}
}

int
amend_make(struct amendments **out, const struct amend_request *q,
    struct folder *f, const struct state *s, const struct history *h,
    struct err *err)
{
	struct amendments *a;
	int r = 0;

	if (amend_is_hindered(q, h))
		return state_refuse_half(s, h, err);
	a = mem_calloc(1, sizeof(*a));
	a->arena = arena_new();
	r = amend_decide_all(a, q, f, s, h, err);
	if (r == 0)
		r = amend_check_free(a, s, h, err);
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
		    (a->list[i].entry != NULL &&
			!history_same_entry(
			    a->list[i].entry, b->list[i].entry)))
			return false;
	return true;
}
