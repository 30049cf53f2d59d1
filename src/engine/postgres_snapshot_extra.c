/* The PostgreSQL engine's snapshot: what is told of objects of any kind. */
#include <string.h>

#include "engine/postgres_snapshot_int.h"

/* The object of a row by its columns oid, class, sub; NULL: left out. */
static const struct snapshot_entry *
extra_of(const struct snapshot *s, const struct rows *rows, size_t row)
{
	struct snapshot_key k = {
	    .class = snapshot_number(rows, row, snapshot_column(rows, "class")),
	    .oid = snapshot_number(rows, row, snapshot_column(rows, "oid")),
	    .sub = snapshot_number(rows, row, snapshot_column(rows, "sub")),
	};
	const struct snapshot_entry *e = snapshot_find(&s->map, k);

	return e == NULL || e->object == NULL ? NULL : e;
}

void
snapshot_read_notes(
    struct snapshot *s, const struct snapshot_query *q, const struct rows *rows)
{
	int of = snapshot_column(rows, "suffix");
	int text = snapshot_column(rows, "text");
	const struct snapshot_entry *e;
	const char *suffix;
	size_t row;

	for (row = 0; row < rows->nrows; row++) {
		e = extra_of(s, rows, row);
		if (e == NULL)
			continue;
		suffix = snapshot_cell(rows, row, of);
		catalogue_field(s->catalogue,
		    snapshot_child(s, e, q->kind, suffix == NULL ? "" : suffix),
		    "text", snapshot_cell(rows, row, text));
	}
}

void
snapshot_read_grants(
    struct snapshot *s, const struct snapshot_query *q, const struct rows *rows)
{
	int name = snapshot_column(rows, "name!");
	int owner = snapshot_column(rows, "owner");
	int acl = snapshot_column(rows, "acl");
	int usual = snapshot_column(rows, "acldefault");
	struct arena *a = s->catalogue->arena;
	struct snapshot_grants is, was;
	const char *who;
	size_t row;

	for (row = 0; row < rows->nrows; row++) {
		who = snapshot_cell(rows, row, owner);
		is = snapshot_grants(a, snapshot_cell(rows, row, acl), who);
		was = snapshot_grants(a, snapshot_cell(rows, row, usual), who);
		if (!snapshot_grants_same(is, was))
			snapshot_grant(s,
			    catalogue_add(s->catalogue, q->kind,
				snapshot_cell(rows, row, name), NULL),
			    is);
	}
}

static bool
extra_is_part(const struct object *o, const struct object *of)
{
	for (; o != NULL; o = o->parent)
		if (o == of)
			return true;
	return false;
}

/* A column that is no object stands for what it is a column of. */
static const struct snapshot_entry *
extra_find(const struct snapshot *s, struct snapshot_key k)
{
	const struct snapshot_entry *e = snapshot_find(&s->map, k);

	if (e == NULL && k.sub != 0) {
		k.sub = 0;
		e = snapshot_find(&s->map, k);
	}
	return e == NULL || e->object == NULL ? NULL : e;
}

void
snapshot_read_needs(
    struct snapshot *s, const struct snapshot_query *q, const struct rows *rows)
{
	static const char *const names[] = {
	    "class", "oid", "sub", "refclass", "refoid", "refsub"};
	const struct snapshot_entry *user, *used;
	unsigned v[6];
	size_t row, i;
	int cols[6];

	(void)q;
	for (i = 0; i < 6; i++)
		cols[i] = snapshot_column(rows, names[i]);
	for (row = 0; row < rows->nrows; row++) {
		for (i = 0; i < 6; i++)
			v[i] = snapshot_number(rows, row, cols[i]);
		user = extra_find(s, (struct snapshot_key){v[0], v[1], v[2]});
		used = extra_find(s, (struct snapshot_key){v[3], v[4], v[5]});
		if (user != NULL && used != NULL &&
		    !extra_is_part(user->object, used->object) &&
		    !extra_is_part(used->object, user->object))
			catalogue_needs(
			    s->catalogue, user->object, used->object);
	}
}
