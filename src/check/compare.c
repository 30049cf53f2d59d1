/* Comparison: what differs between two schemas, and of what sort that is. */
#include "check/compare.h"

#include <stdlib.h>
#include <string.h>

/* What differs by its kind alone. */
static enum allowance
compare_sort_kind(enum object_kind kind)
{
	switch (kind) {
	case OBJECT_OWNER:
		return ALLOW_OWNER;
	case OBJECT_PRIVILEGES:
	case OBJECT_DEFAULT_PRIVILEGES:
		return ALLOW_PRIVILEGES;
	case OBJECT_COMMENT:
		return ALLOW_COMMENT;
	case OBJECT_COLUMN_ORDER:
		return ALLOW_COLUMN_ORDER;
	default:
		return ALLOW_NONE;
	}
}

static void
compare_add(struct comparison *c, enum object_kind kind,
    const struct object *before, const struct object *after)
{
	c->list = mem_grow(c->list, c->count, &c->cap, sizeof(*c->list));
	c->list[c->count++] = (struct difference){
	    .before = before, .after = after, .sort = compare_sort_kind(kind)};
}

/* Both are sorted: one walk. */
static void
compare_merge(struct comparison *c, const struct catalogue *before,
    const struct catalogue *after)
{
	const struct object *a, *b;
	size_t i = 0, j = 0;
	int d;

	while (i < before->count || j < after->count) {
		a = i < before->count ? before->objects[i] : NULL;
		b = j < after->count ? after->objects[j] : NULL;
		d = a == NULL ? 1 : b == NULL ? -1 : object_compare(a, b);
		if (d < 0)
			compare_add(c, a->kind, a, NULL);
		else if (d > 0)
			compare_add(c, b->kind, NULL, b);
		else if (!object_same(a, b))
			compare_add(c, a->kind, a, b);
		i += d <= 0;
		j += d >= 0;
	}
}

static bool
compare_same_parent(const struct object *a, const struct object *b)
{
	if (a->parent == NULL || b->parent == NULL)
		return a->parent == b->parent;
	return object_compare(a->parent, b->parent) == 0;
}

/* One that is missing, and one left over that is the same but for its name. */
static bool
compare_is_renamed(const struct difference *gone, const struct difference *left)
{
	const struct object *a = gone->before, *b = left->after;

	return left->before == NULL && a->kind == b->kind &&
	    object_same(a, b) && compare_same_parent(a, b);
}

static void
compare_drop(struct comparison *c, size_t at)
{
	memmove(&c->list[at], &c->list[at + 1],
	    (c->count - at - 1) * sizeof(*c->list));
	c->count--;
}

static const struct object *
compare_key(const struct difference *d)
{
	return d->before != NULL ? d->before : d->after;
}

static int
compare_find(const void *key, const void *at)
{
	return object_compare(key, compare_key(at));
}

/* Whether it is missing, or left over; the list is sorted still. */
static bool
compare_has(const struct comparison *c, const struct object *o)
{
	const struct difference *d =
	    bsearch(o, c->list, c->count, sizeof(*c->list), compare_find);

	return d != NULL && (d->before == NULL || d->after == NULL);
}

/* A part of what is there still, which says more than its name. */
static bool
compare_may_be_renamed(const struct comparison *c, const struct difference *d)
{
	const struct object *o = d->before;

	return o != NULL && d->after == NULL && o->nfields > 0 &&
	    o->parent != NULL && !compare_has(c, o->parent);
}

static void
compare_pair(struct comparison *c)
{
	size_t i, j;

	for (i = 0; i < c->count; i++) {
		if (!compare_may_be_renamed(c, &c->list[i]))
			continue;
		for (j = 0; j < c->count; j++)
			if (compare_is_renamed(&c->list[i], &c->list[j]))
				break;
		if (j == c->count)
			continue;
		c->list[i].after = c->list[j].after;
		c->list[i].sort = ALLOW_RENAMED;
		compare_drop(c, j);
		i -= j < i;
	}
}

/* Whether something that it is a part of is itself missing or left over. */
static bool
compare_is_part(const struct comparison *c, const struct difference *d)
{
	const struct object *o = compare_key(d)->parent;

	if (d->before != NULL && d->after != NULL)
		return false;
	while (o != NULL && !compare_has(c, o))
		o = o->parent;
	return o != NULL;
}

/*
 * A column that is missing or left over is what changes the order; the columns
 * of a table stand before their order.
 */
static bool
compare_is_order_implied(const struct comparison *c, size_t at)
{
	const struct difference *order = &c->list[at], *d;
	const struct object *o;

	if (order->before == NULL || order->after == NULL ||
	    order->before->kind != OBJECT_COLUMN_ORDER)
		return false;
	for (d = order; d > c->list; d--) {
		o = compare_key(&d[-1]);
		if (!compare_same_parent(o, order->before))
			break;
		if (o->kind == OBJECT_COLUMN &&
		    (d[-1].before == NULL || d[-1].after == NULL ||
			d[-1].sort == ALLOW_RENAMED))
			return true;
	}
	return false;
}

static void
compare_fold(struct comparison *c)
{
	struct comparison kept = {.cap = 0};
	size_t i;

	for (i = 0; i < c->count; i++) {
		if (compare_is_part(c, &c->list[i]) ||
		    compare_is_order_implied(c, i))
			continue;
		kept.list = mem_grow(
		    kept.list, kept.count, &kept.cap, sizeof(*kept.list));
		kept.list[kept.count++] = c->list[i];
	}
	free(c->list);
	*c = kept;
}

/* Whether the labels of the first, a field each, all stand in the second. */
static bool
compare_labels(const struct object *few, const struct object *many)
{
	size_t i, j = 0;

	for (i = 0; i < few->nfields; i++, j++) {
		while (j < many->nfields &&
		    !object_field_same(&few->fields[i], &many->fields[j]))
			j++;
		if (j == many->nfields)
			return false;
	}
	return true;
}

/* The database is asked only where the words differ. */
static int
compare_words(struct comparison *c, struct db *db, struct err *err)
{
	struct difference *d;
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < c->count; i++) {
		d = &c->list[i];
		if (d->before == NULL || d->after == NULL ||
		    d->sort != ALLOW_NONE)
			continue;
		if (d->before->kind == OBJECT_ENUM) {
			if (compare_labels(d->before, d->after))
				d->sort = ALLOW_ENUM_VALUES;
			continue;
		}
		if (db == NULL || db->engine->respelled == NULL)
			continue;
		r = db->engine->respelled(db, d->before, d->after, err);
		if (r == 1)
			d->sort = ALLOW_RESPELLED;
	}
	return r < 0 ? r : 0;
}

int
compare(struct comparison *c, const struct catalogue *before,
    const struct catalogue *after, struct db *db, struct err *err)
{
	*c = (struct comparison){.cap = 0};
	compare_merge(c, before, after);
	compare_pair(c);
	compare_fold(c);
	return compare_words(c, db, err);
}

void
compare_clear(struct comparison *c)
{
	free(c->list);
	*c = (struct comparison){.cap = 0};
}
