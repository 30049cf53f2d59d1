/*
 * Catalogues: what the schema of a database is made of, as plain data.
 *
 * An engine reads its own; all that compares, prints or hashes them knows no
 * engine.  What a person would change on its own is an object of its own:
 * columns, constraints, owners, privileges and comments too, so that a
 * comparison can say what it was.  A definition is a list of fields, which
 * says everything, in a form that does not depend on how it came about.
 */
#ifndef ENGINE_CATALOGUE_H
#define ENGINE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* In the order in which they are listed. */
enum object_kind {
	OBJECT_DATABASE,
	OBJECT_SCHEMA,
	OBJECT_EXTENSION,
	OBJECT_ACCESS_METHOD,
	OBJECT_LANGUAGE,
	OBJECT_COLLATION,
	OBJECT_CONVERSION,
	OBJECT_BASE_TYPE,
	OBJECT_ENUM,
	OBJECT_COMPOSITE,
	OBJECT_DOMAIN,
	OBJECT_RANGE,
	OBJECT_CAST,
	OBJECT_TRANSFORM,
	OBJECT_FUNCTION,
	OBJECT_PROCEDURE,
	OBJECT_AGGREGATE,
	OBJECT_OPERATOR,
	OBJECT_OPERATOR_FAMILY,
	OBJECT_OPERATOR_CLASS,
	OBJECT_TEXT_SEARCH_PARSER,
	OBJECT_TEXT_SEARCH_TEMPLATE,
	OBJECT_TEXT_SEARCH_DICTIONARY,
	OBJECT_TEXT_SEARCH_CONFIGURATION,
	OBJECT_FOREIGN_DATA_WRAPPER,
	OBJECT_SERVER,
	OBJECT_USER_MAPPING,
	OBJECT_SEQUENCE,
	OBJECT_TABLE,
	OBJECT_FOREIGN_TABLE,
	OBJECT_VIRTUAL_TABLE,
	OBJECT_VIEW,
	OBJECT_MATERIALIZED_VIEW,
	OBJECT_COLUMN,
	OBJECT_COLUMN_ORDER,
	OBJECT_CONSTRAINT,
	OBJECT_INDEX,
	OBJECT_STATISTICS,
	OBJECT_TRIGGER,
	OBJECT_RULE,
	OBJECT_POLICY,
	OBJECT_PUBLICATION,
	OBJECT_SUBSCRIPTION,
	OBJECT_EVENT_TRIGGER,
	OBJECT_DEFAULT_PRIVILEGES,
	OBJECT_SETTING,
	OBJECT_MEMBER, /* what depends on an extension */
	OBJECT_OWNER,
	OBJECT_PRIVILEGES,
	OBJECT_COMMENT,
	OBJECT_SECURITY_LABEL,
	OBJECT_KINDS
};

/* One part of a definition. */
struct object_field {
	const char *key;   /* "type", "default" */
	const char *value; /* "" where the key says it all */
};

struct object {
	enum object_kind kind;
	/* As people write it, schema first; unique within its kind. */
	const char *identity;
	const struct object *parent; /* what it is a part of, or NULL */
	struct object_field *fields; /* in an order that is the kind's own */
	size_t nfields;
	const struct object **needs; /* what it depends on, sorted; where it */
	size_t nneeds;               /* was asked for */
};

/* All texts and objects live in the arena. */
struct catalogue {
	struct arena *arena;
	struct object **objects; /* sorted by object_compare() */
	size_t count;
	size_t cap;
	bool lent; /* the arena is a connection's, and lives as long as it */
};

/* What is left out, and what is wanted. */
struct catalogue_scope {
	const char *schema; /* of the runner's own tables; NULL: it has none */
	const char *table;  /* schema_version: that one, _log and _journal are
			       left out with all that is theirs; NULL: none */
	bool needs;         /* also read what depends on what */
	bool follow;        /* read again only what can have changed since the
			       last time that this connection was asked to */
};

struct catalogue *catalogue_new(void);
void catalogue_free(struct catalogue *); /* NULL is accepted */

/* A new object; the identity is copied. */
struct object *catalogue_add(struct catalogue *, enum object_kind,
    const char *identity, const struct object *parent);

/* Append an object that is in the same arena already. */
void catalogue_append(struct catalogue *, struct object *);

/* From now on, objects are in an arena of a connection. */
void catalogue_lend(struct catalogue *, struct arena *);

/* Append a field; the value is copied, the key is a constant; NULL is none. */
void catalogue_field(
    struct catalogue *, struct object *, const char *key, const char *value);

void
catalogue_needs(struct catalogue *, struct object *, const struct object *used);

/* To be called once, when all have been added. */
void catalogue_sort(struct catalogue *);

/* Put a list of objects in the order of object_compare(). */
void catalogue_sort_objects(struct object **, size_t n);

/*
 * The order of the list: what is part of something stands below it.  0 for
 * the same object, whatever its definition.
 */
int object_compare(const struct object *, const struct object *);

/* Whether the fields, or the whole definitions, are the same. */
bool
object_field_same(const struct object_field *, const struct object_field *);
bool object_same(const struct object *, const struct object *);

/* "table", "column"; as SQL has it, in lower case. */
const char *object_kind_name(enum object_kind);

#endif
