/*
 * The PostgreSQL engine's reading of the catalogues.
 *
 * What is read is data: a list of queries, each of which says what its columns
 * are by their names, so that a further kind of object is a further query.
 * These names are special, all others are keys of fields:
 *
 *	oid, class, sub	which row of which catalogue (pg_depend's names);
 *			the class only where it is not the query's
 *	kind		a letter as the catalogue has it, where the query
 *			reads more than one kind
 *	namespace,	the identity; the name is quoted where it must be,
 *	name, args	args are what follows it
 *	parent, parent	what it is a part of, which also gives the identity
 *	class, parent	where there is no namespace
 *	sub
 *	of		a constraint: the row is no object, but says more of
 *			that one
 *	rowtype		the oid of a type that stands for the object
 *	owner, acl,	make the objects that are a child of this one
 *	acldefault
 *	grants		an ACL that is the object itself
 *	role		whose rights the ACL gives, where that is no owner
 *	plain		the column of an index that has no more than that one,
 *			and nothing to say but its name
 *
 * A key ends with "[]" for an array, a field for each element; with "{}" where
 * the order does not matter; with "#" where the value is the oid of a table, a
 * dot and the number of a column, which it names; with "!" where an empty text
 * means that what the row is about has been dropped meanwhile.  A query without
 * a column "name" adds fields to objects that are there already.
 *
 * In a query "@14{x}{y}" is x on a server of version 14 and newer, or else y;
 * "@word{x}" is a phrase of postgres_snapshot_spell.c.
 */
#ifndef ENGINE_POSTGRES_SNAPSHOT_INT_H
#define ENGINE_POSTGRES_SNAPSHOT_INT_H

#include "base/buf.h"
#include "engine/catalogue.h"
#include "engine/rows.h"

/* Catalogues by oid, which is the same on every server. */
enum pg_catalogue {
	PG_TYPE_CLASS = 1247,
	PG_PROC_CLASS = 1255,
	PG_CLASS_CLASS = 1259,
	PG_DATABASE_CLASS = 1262,
	PG_SERVER_CLASS = 1417,
	PG_USER_MAPPING_CLASS = 1418,
	PG_FDW_CLASS = 2328,
	PG_AM_CLASS = 2601,
	PG_CAST_CLASS = 2605,
	PG_CONSTRAINT_CLASS = 2606,
	PG_CONVERSION_CLASS = 2607,
	PG_LANGUAGE_CLASS = 2612,
	PG_NAMESPACE_CLASS = 2615,
	PG_OPCLASS_CLASS = 2616,
	PG_OPERATOR_CLASS = 2617,
	PG_REWRITE_CLASS = 2618,
	PG_TRIGGER_CLASS = 2620,
	PG_OPFAMILY_CLASS = 2753,
	PG_EXTENSION_CLASS = 3079,
	PG_POLICY_CLASS = 3256,
	PG_STATISTIC_CLASS = 3381,
	PG_COLLATION_CLASS = 3456,
	PG_EVENT_TRIGGER_CLASS = 3466,
	PG_TRANSFORM_CLASS = 3576,
	PG_TS_DICT_CLASS = 3600,
	PG_TS_PARSER_CLASS = 3601,
	PG_TS_CONFIG_CLASS = 3602,
	PG_TS_TEMPLATE_CLASS = 3764,
	PG_SUBSCRIPTION_CLASS = 6100,
	PG_PUBLICATION_CLASS = 6104
};

struct snapshot;
struct snapshot_query;

/* Makes objects of all rows. */
typedef void snapshot_read_fn(
    struct snapshot *, const struct snapshot_query *, const struct rows *);

enum snapshot_when {
	SNAPSHOT_ALWAYS,
	SNAPSHOT_RARE, /* where one look at all of them finds a row of it */
	SNAPSHOT_NEEDS /* only where what depends on what is wanted */
};

struct snapshot_query {
	const char *name; /* under which it stays prepared */
	const char *sql;
	unsigned oids;    /* the catalogue that its oids are of */
	unsigned parents; /* ... its parents'; 0: the same */
	enum object_kind kind;
	snapshot_read_fn *read; /* NULL: as the names of the columns say */
	enum snapshot_when when;
};

/* One whose parents, where it has any, are of its own catalogue. */
#define SNAPSHOT_QUERY(name, sql, class, kind, when)                \
	{                                                           \
		"sqlmigrate_" name, sql, class, 0, kind, NULL, when \
	}

struct snapshot_key {
	unsigned class;
	unsigned oid;
	unsigned sub; /* a column's number, or 0 */
};

/* What a row of a catalogue has become. */
struct snapshot_entry {
	struct snapshot_key key;
	struct object *object; /* NULL: it is left out */
	const char *label;     /* as comments call it; NULL: by its kind */
};

struct snapshot_map {
	struct snapshot_entry *entries;
	size_t count;
	size_t cap;
};

struct snapshot {
	struct catalogue *catalogue;
	const struct catalogue_scope *scope;
	struct snapshot_map map;
	struct object *order; /* the column order that is being read */
	struct buf text;
};

/* postgres_snapshot_map.c: NULL where it is not there. */
struct snapshot_entry *
snapshot_find(const struct snapshot_map *, struct snapshot_key);
struct snapshot_entry *snapshot_put(
    struct snapshot_map *, struct snapshot_key, struct object *, const char *);

/*
 * postgres_snapshot_spell.c: append n bytes of a query as a server of that
 * version (PQserverVersion()) takes it.
 */
void snapshot_spell(struct buf *, const char *sql, size_t n, int version);

/*
 * postgres_snapshot_acl.c: the next element of an array as the server writes
 * it, in the arena; NULL at the end.  *p begins at its brace.
 */
char *snapshot_element(struct arena *, const char **p);
/* A name, quoted where it is more than lower case letters and digits. */
const char *snapshot_quote(struct arena *, const char *name);
void snapshot_sort(const char **texts, size_t n); /* by bytes */

/* Who may do what, one text for each role, sorted; the owner is OWNER. */
struct snapshot_grants {
	const char **texts;
	size_t count;
};
struct snapshot_grants
snapshot_grants(struct arena *, const char *acl, const char *owner);
bool snapshot_grants_same(struct snapshot_grants, struct snapshot_grants);
/* Add them as fields. */
void snapshot_grant(struct snapshot *, struct object *, struct snapshot_grants);

/* postgres_snapshot_scope.c: whether a quoted name is one of the runner's */
bool snapshot_is_own(
    const struct snapshot *, const struct object *schema, const char *name);
snapshot_read_fn snapshot_read_members; /* those of extensions */

/* postgres_snapshot_read.c */
snapshot_read_fn snapshot_read;
bool snapshot_is_whole(const struct rows *);
/* A further object of an object, whose label and the suffix identify it. */
struct object *snapshot_child(struct snapshot *, const struct snapshot_entry *,
    enum object_kind, const char *suffix);
/* By the name of a column; -1, and then NULL and 0, where there is none. */
int snapshot_column(const struct rows *, const char *name);
const char *snapshot_cell(const struct rows *, size_t row, int col);
unsigned snapshot_number(const struct rows *, size_t row, int col);

/* postgres_snapshot_extra.c */
snapshot_read_fn snapshot_read_notes, snapshot_read_grants, snapshot_read_needs;

/*
 * The queries, ended by a NULL name.  They are read in this order: what is a
 * part of something, or adds to it, comes after that.
 */
extern const struct snapshot_query snapshot_members[];
extern const struct snapshot_query snapshot_relations[];
extern const struct snapshot_query snapshot_types[];
extern const struct snapshot_query snapshot_parts[];
extern const struct snapshot_query snapshot_others[];

#endif
