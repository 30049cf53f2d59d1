/* The PostgreSQL engine's snapshot: objects out of rows, by column names. */
#include <stdlib.h>
#include <string.h>

#include "engine/postgres_snapshot_int.h"

#define READ_COLUMNS_MAX 64

enum read_role {
	READ_FIELD,
	READ_ARRAY, /* a field for each element */
	READ_SET,   /* ... in the order of their bytes */
	READ_REF,   /* the identity of a column */
	/* Those with a meaning of their own. */
	READ_OID,
	READ_CLASS,
	READ_SUB,
	READ_KIND,
	READ_SCHEMA,
	READ_NAME,
	READ_ARGS,
	READ_PARENT,
	READ_PARENT_CLASS,
	READ_PARENT_SUB,
	READ_OF,
	READ_ROWTYPE,
	READ_OWNER,
	READ_ACL,
	READ_ACL_DEFAULT,
	READ_GRANTS,
	READ_ROLE,
	READ_PLAIN,
	READ_ROLES
};

static const char *const read_names[READ_ROLES] = {
    [READ_OID] = "oid",
    [READ_CLASS] = "class",
    [READ_SUB] = "sub",
    [READ_KIND] = "kind",
    [READ_SCHEMA] = "namespace",
    [READ_NAME] = "name",
    [READ_ARGS] = "args",
    [READ_PARENT] = "parent",
    [READ_PARENT_CLASS] = "parent class",
    [READ_PARENT_SUB] = "parent sub",
    [READ_OF] = "of",
    [READ_ROWTYPE] = "rowtype",
    [READ_OWNER] = "owner",
    [READ_ACL] = "acl",
    [READ_ACL_DEFAULT] = "acldefault",
    [READ_GRANTS] = "grants",
    [READ_ROLE] = "role",
    [READ_PLAIN] = "plain",
};

static const struct {
	unsigned class;
	char letter;
	enum object_kind kind;
} read_kinds[] = {
    {PG_CLASS_CLASS, 'r', OBJECT_TABLE},
    {PG_CLASS_CLASS, 'p', OBJECT_TABLE},
    {PG_CLASS_CLASS, 'f', OBJECT_FOREIGN_TABLE},
    {PG_CLASS_CLASS, 'v', OBJECT_VIEW},
    {PG_CLASS_CLASS, 'm', OBJECT_MATERIALIZED_VIEW},
    {PG_PROC_CLASS, 'f', OBJECT_FUNCTION},
    {PG_PROC_CLASS, 'w', OBJECT_FUNCTION},
    {PG_PROC_CLASS, 'p', OBJECT_PROCEDURE},
    {PG_TYPE_CLASS, 'e', OBJECT_ENUM},
    {PG_TYPE_CLASS, 'd', OBJECT_DOMAIN},
    {PG_TYPE_CLASS, 'r', OBJECT_RANGE},
    {PG_TYPE_CLASS, 'b', OBJECT_BASE_TYPE},
    {PG_TYPE_CLASS, 'p', OBJECT_BASE_TYPE},
};

/* What the columns of a query are. */
struct reading {
	const struct snapshot_query *query;
	const struct rows *rows;
	size_t row;
	int cols[READ_ROLES]; /* which one has the role; -1 */
	enum read_role roles[READ_COLUMNS_MAX];
	const char *keys[READ_COLUMNS_MAX];
};

int
snapshot_column(const struct rows *rows, const char *name)
{
	size_t i;

	for (i = 0; rows->names != NULL && i < rows->ncols; i++)
		if (strcmp(rows->names[i], name) == 0)
			return (int)i;
	return -1;
}

const char *
snapshot_cell(const struct rows *rows, size_t row, int col)
{
	return col < 0 ? NULL : rows_get(rows, row, (size_t)col);
}

unsigned
snapshot_number(const struct rows *rows, size_t row, int col)
{
	const char *s = snapshot_cell(rows, row, col);

	return s == NULL ? 0 : (unsigned)strtoul(s, NULL, 10);
}

/* Whether nothing that was read has gone while it was read. */
bool
snapshot_is_whole(const struct rows *rows)
{
	const char *name, *value;
	size_t i, row;

	for (i = 0; rows->names != NULL && i < rows->ncols; i++) {
		name = rows->names[i];
		if (name[strlen(name) - 1] != '!')
			continue;
		for (row = 0; row < rows->nrows; row++) {
			value = rows_get(rows, row, i);
			if (value != NULL && *value == '\0')
				return false;
		}
	}
	return true;
}

/* A key without what it ends with. */
static void
read_key(struct reading *r, struct arena *a, size_t i, const char *name)
{
	size_t n = strlen(name);

	r->roles[i] = READ_FIELD;
	if (n > 2 && strcmp(name + n - 2, "[]") == 0)
		r->roles[i] = READ_ARRAY;
	if (n > 2 && strcmp(name + n - 2, "{}") == 0)
		r->roles[i] = READ_SET;
	if (name[n - 1] == '#')
		r->roles[i] = READ_REF;
	if (r->roles[i] == READ_ARRAY || r->roles[i] == READ_SET)
		n -= 2;
	else if (name[n - 1] == '!' || name[n - 1] == '#')
		n--;
	r->keys[i] = arena_strndup(a, name, n);
}

static void
read_begin(struct reading *r, struct snapshot *s,
    const struct snapshot_query *q, const struct rows *rows)
{
	size_t i;
	int role;

	r->query = q;
	r->rows = rows;
	for (role = 0; role < READ_ROLES; role++)
		r->cols[role] = read_names[role] == NULL
		    ? -1
		    : snapshot_column(rows, read_names[role]);
	for (i = 0; i < rows->ncols && i < READ_COLUMNS_MAX; i++)
		read_key(r, s->catalogue->arena, i, rows->names[i]);
	for (role = 0; role < READ_ROLES; role++)
		if (r->cols[role] >= 0)
			r->roles[r->cols[role]] = (enum read_role)role;
}

static const char *
read_cell(const struct reading *r, enum read_role role)
{
	return snapshot_cell(r->rows, r->row, r->cols[role]);
}

static unsigned
read_number(const struct reading *r, enum read_role role)
{
	return snapshot_number(r->rows, r->row, r->cols[role]);
}

static struct snapshot_key
read_self(const struct reading *r)
{
	struct snapshot_key k = {
	    .class = r->query->oids,
	    .oid = read_number(r, READ_OID),
	    .sub = read_number(r, READ_SUB),
	};

	if (r->cols[READ_CLASS] >= 0)
		k.class = read_number(r, READ_CLASS);
	return k;
}

static enum object_kind
read_kind(const struct reading *r)
{
	const char *letter = read_cell(r, READ_KIND);
	size_t i;

	for (i = 0;
	     letter != NULL && i < sizeof(read_kinds) / sizeof(read_kinds[0]);
	     i++)
		if (read_kinds[i].class == r->query->oids &&
		    read_kinds[i].letter == *letter)
			return read_kinds[i].kind;
	return r->query->kind;
}

static void
read_array(struct snapshot *s, struct object *o, const char *key,
    const char *value, bool sorted)
{
	struct arena *a = s->catalogue->arena;
	const char *p, *item, **items;
	size_t room = 1, n = 0, i;

	for (p = value; *p != '\0'; p++)
		room += *p == ',';
	items = arena_alloc(a, room * sizeof(*items));
	p = value;
	while ((item = snapshot_element(a, &p)) != NULL)
		items[n++] = item;
	if (sorted)
		snapshot_sort(items, n);
	for (i = 0; i < n; i++)
		catalogue_field(s->catalogue, o, key, items[i]);
}

/* The column with that number of the table with that oid; NULL: left out. */
static const struct object *
read_column(const struct snapshot *s, const char *oid, const char *number)
{
	const struct snapshot_entry *e = snapshot_find(&s->map,
	    (struct snapshot_key){.class = PG_CLASS_CLASS,
		.oid = (unsigned)strtoul(oid, NULL, 10),
		.sub = (unsigned)strtoul(number, NULL, 10)});

	return e == NULL ? NULL : e->object;
}

static void
read_ref(
    struct snapshot *s, struct object *o, const char *key, const char *value)
{
	const char *dot = strchr(value, '.');
	const struct object *column = read_column(s, value, dot + 1);

	if (column != NULL)
		catalogue_field(s->catalogue, o, key, column->identity);
}

static void
read_fields(const struct reading *r, struct snapshot *s, struct object *o)
{
	const char *value;
	size_t i;

	for (i = 0; i < r->rows->ncols && i < READ_COLUMNS_MAX; i++) {
		value = rows_get(r->rows, r->row, i);
		if (value == NULL || r->roles[i] > READ_REF)
			continue;
		if (r->roles[i] == READ_FIELD)
			catalogue_field(s->catalogue, o, r->keys[i], value);
		else if (r->roles[i] == READ_REF)
			read_ref(s, o, r->keys[i], value);
		else
			read_array(
			    s, o, r->keys[i], value, r->roles[i] == READ_SET);
	}
}

/* As pg_get_indexdef() has it for one that is as plain as can be. */
static void
read_plain(const struct reading *r, struct snapshot *s, struct object *o)
{
	const struct object *table = o->parent;
	const char *number = read_cell(r, READ_PLAIN);
	const struct object *column;

	if (number == NULL)
		return;
	column = read_column(s, read_cell(r, READ_PARENT), number);
	if (column != NULL)
		catalogue_field(s->catalogue, o, "definition",
		    arena_printf(s->catalogue->arena,
			"CREATE INDEX %s ON %s USING btree (%s)",
			read_cell(r, READ_NAME), table->identity,
			column->identity + strlen(table->identity) + 1));
}

static const char *
read_label(struct snapshot *s, const struct snapshot_entry *e)
{
	if (e->label != NULL)
		return e->label;
	return arena_printf(s->catalogue->arena, "%s %s",
	    object_kind_name(e->object->kind), e->object->identity);
}

struct object *
snapshot_child(struct snapshot *s, const struct snapshot_entry *of,
    enum object_kind kind, const char *suffix)
{
	struct arena *a = s->catalogue->arena;

	return catalogue_add(s->catalogue, kind,
	    arena_printf(a, "%s%s", read_label(s, of), suffix), of->object);
}

static void
read_owned(
    const struct reading *r, struct snapshot *s, const struct snapshot_entry *e)
{
	const char *owner = read_cell(r, READ_OWNER);
	const char *role = owner == NULL ? read_cell(r, READ_ROLE) : owner;
	const char *acl = read_cell(r, READ_ACL);
	const char *usual = read_cell(r, READ_ACL_DEFAULT);
	struct arena *a = s->catalogue->arena;
	struct snapshot_grants grants;

	if (owner != NULL)
		catalogue_field(s->catalogue,
		    snapshot_child(s, e, OBJECT_OWNER, ""), "role",
		    snapshot_quote(a, owner));
	if (acl == NULL || role == NULL)
		return;
	grants = snapshot_grants(a, acl, role);
	if (usual == NULL ||
	    !snapshot_grants_same(grants, snapshot_grants(a, usual, role)))
		snapshot_grant(
		    s, snapshot_child(s, e, OBJECT_PRIVILEGES, ""), grants);
}

/* What the row is a part of; NULL: it is left out, and so is the row. */
static const struct snapshot_entry *
read_parent(const struct reading *r, const struct snapshot *s)
{
	struct snapshot_key k = {
	    .class = r->query->parents,
	    .oid = read_number(r, READ_PARENT),
	    .sub = read_number(r, READ_PARENT_SUB),
	};
	const struct snapshot_entry *e;

	if (r->cols[READ_PARENT_CLASS] >= 0)
		k.class = read_number(r, READ_PARENT_CLASS);
	e = snapshot_find(&s->map, k);
	return e == NULL || e->object == NULL ? NULL : e;
}

/* Where a name stands: in a schema, or else in its parent. */
static const char *
read_identity(
    const struct reading *r, struct snapshot *s, const struct object *within)
{
	const char *args = read_cell(r, READ_ARGS);

	buf_reset(&s->text);
	if (within != NULL)
		buf_addf(&s->text, "%s.", within->identity);
	buf_adds(&s->text, read_cell(r, READ_NAME));
	buf_adds(&s->text, args == NULL ? "" : args);
	return buf_str(&s->text);
}

/* The names of a parent's columns, one row after the other. */
static void
read_order(struct snapshot *s, const struct object *column, const char *name)
{
	const struct object *of = column->parent;

	if (of->kind == OBJECT_VIEW || of->kind == OBJECT_MATERIALIZED_VIEW)
		return;
	if (s->order == NULL || s->order->parent != of)
		s->order = catalogue_add(
		    s->catalogue, OBJECT_COLUMN_ORDER, of->identity, of);
	catalogue_field(s->catalogue, s->order, "column", name);
}

static void
read_object(
    const struct reading *r, struct snapshot *s, const struct object *parent)
{
	const struct snapshot_entry *schema;
	struct snapshot_key self = read_self(r);
	enum object_kind kind = read_kind(r);
	const char *name = read_cell(r, READ_NAME);
	const char *acl = read_cell(r, READ_GRANTS);
	const struct object *within = parent;
	struct object *o;

	if (r->cols[READ_SCHEMA] >= 0) {
		schema = snapshot_find(&s->map,
		    (struct snapshot_key){.class = PG_NAMESPACE_CLASS,
			.oid = read_number(r, READ_SCHEMA)});
		if (schema == NULL || schema->object == NULL)
			return;
		within = schema->object;
		if (kind == OBJECT_TABLE && snapshot_is_own(s, within, name))
			return;
	}
	o = catalogue_add(
	    s->catalogue, kind, read_identity(r, s, within), parent);
	read_plain(r, s, o);
	read_fields(r, s, o);
	if (self.class != 0)
		read_owned(r, s, snapshot_put(&s->map, self, o, NULL));
	if (acl != NULL)
		snapshot_grant(s, o,
		    snapshot_grants(
			s->catalogue->arena, acl, read_cell(r, READ_ROLE)));
	if (kind == OBJECT_COLUMN)
		read_order(s, o, name);
	self = (struct snapshot_key){
	    .class = PG_TYPE_CLASS, .oid = read_number(r, READ_ROWTYPE)};
	if (self.oid != 0)
		snapshot_put(&s->map, self, o, NULL);
}

/* A row that says more of an object, by which its own oid goes from now. */
static void
read_more(const struct reading *r, struct snapshot *s, struct snapshot_key k)
{
	const struct snapshot_entry *e = snapshot_find(&s->map, k);
	struct arena *a = s->catalogue->arena;

	if (e == NULL || e->object == NULL)
		return;
	read_fields(r, s, e->object);
	read_owned(r, s, e);
	if (r->cols[READ_OF] >= 0)
		snapshot_put(&s->map, read_self(r), e->object,
		    arena_printf(a, "%s of %s",
			object_kind_name(r->query->kind), read_label(s, e)));
}

static void
read_row(const struct reading *r, struct snapshot *s)
{
	struct snapshot_key of = {
	    .class = PG_CONSTRAINT_CLASS, .oid = read_number(r, READ_OF)};
	const struct snapshot_entry *e;

	if (r->cols[READ_NAME] < 0) {
		read_more(r, s, read_self(r));
		return;
	}
	e = snapshot_find(&s->map, read_self(r));
	if (e != NULL && e->object == NULL)
		return;
	if (of.oid != 0) {
		read_more(r, s, of);
		return;
	}
	if (read_number(r, READ_PARENT) == 0) {
		read_object(r, s, NULL);
		return;
	}
	e = read_parent(r, s);
	if (e != NULL)
		read_object(r, s, e->object);
}

void
snapshot_read(
    struct snapshot *s, const struct snapshot_query *q, const struct rows *rows)
{
	struct reading r;

	if (rows->nrows == 0)
		return;
	read_begin(&r, s, q, rows);
	for (r.row = 0; r.row < rows->nrows; r.row++)
		read_row(&r, s);
}
