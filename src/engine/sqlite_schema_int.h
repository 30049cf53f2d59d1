/*
 * A schema as SQLite's text has it, taken apart.
 *
 * sqlite_schema keeps each CREATE statement as it was written, or as ALTER
 * TABLE has rewritten it.  sqlite_schema_token.c brings the tokens into one
 * form, sqlite_schema_table.c and its parts take CREATE TABLE apart,
 * sqlite_schema_other.c the other statements; sqlite_schema.c reads the
 * database.  All texts live in the arena of the tokens.
 */
#ifndef ENGINE_SQLITE_SCHEMA_INT_H
#define ENGINE_SQLITE_SCHEMA_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/catalogue.h"
#include "engine/rows.h"

enum schema_token_kind {
	SCHEMA_END,      /* behind the last one */
	SCHEMA_RESERVED, /* a keyword that is no name without quotes */
	SCHEMA_WORD,     /* one that may be a name */
	SCHEMA_NAME,
	SCHEMA_STRING,
	SCHEMA_NUMBER, /* and blobs */
	SCHEMA_OPERATOR,
	SCHEMA_MARK
};

/*
 * A token; two that mean the same have the same kind and text.  Names are
 * bare where they can be; what may stand for a name without quotes, though it
 * is a keyword, looks like the keyword with and without them.
 */
struct schema_token {
	enum schema_token_kind kind;
	const char *text;
	const char *name; /* what it is where it stands for a name */
	const char *raw;  /* in the statement, borrowed ... */
	size_t raw_len;
	bool quoted; /* no keyword, whatever it looks like */
};

struct schema_tokens {
	struct arena *arena;
	struct schema_token *list; /* SCHEMA_END at [count] */
	size_t count;
	size_t cap;
	bool strange; /* it has what no schema has: a parameter */
};

/* Cut a statement into tokens; false where it is none that a schema has. */
bool
schema_tokens_read(struct schema_tokens *, struct arena *, const char *sql);
void schema_tokens_clear(struct schema_tokens *);

/* Whether it is that keyword, given in upper case, or that mark. */
bool schema_is(const struct schema_token *, const char *text);

/* Whether it can stand for a name. */
bool schema_is_name(const struct schema_token *);

/* As schema_is(), and pass it. */
bool schema_take(const struct schema_token **, const char *text);

/* The token behind the ) that belongs to this (, or NULL. */
const struct schema_token *schema_skip_list(const struct schema_token *);

/* Append the tokens before the end, as people write them. */
void schema_print(struct buf *, const struct schema_token *from,
    const struct schema_token *end);
const char *schema_text(struct arena *, const struct schema_token *from,
    const struct schema_token *end);

/* The same, without parentheses that hold it all. */
const char *schema_bare_text(struct arena *, const struct schema_token *from,
    const struct schema_token *end);

/*
 * The list in these parentheses, of columns or expressions, without the words
 * that change nothing.
 */
const char *schema_list_text(struct arena *, const struct schema_token *open);

/* The text of a buffer, which is cleared. */
const char *schema_take_text(struct arena *, struct buf *);

/* Append a name, quoted where it has to be. */
void schema_name(struct buf *, const char *name);
const char *schema_string_text(struct arena *, const char *text);
const char *schema_name_text(struct arena *, const char *name);

const char *schema_upper_text(struct arena *, const char *);

/* The parts of a column or a constraint, in the order of its fields. */
enum schema_key {
	SCHEMA_TYPE,
	SCHEMA_NOT_NULL,
	SCHEMA_DEFAULT,
	SCHEMA_COLLATE,
	SCHEMA_GENERATED,
	SCHEMA_COLUMNS,
	SCHEMA_EXPRESSION,
	SCHEMA_REFERENCES,
	SCHEMA_MATCH,
	SCHEMA_ON_UPDATE,
	SCHEMA_ON_DELETE,
	SCHEMA_DEFERRABLE,
	SCHEMA_ON_CONFLICT,
	SCHEMA_ROWID, /* the key is another name of the rowid */
	SCHEMA_KEYS
};

extern const char *const schema_key_names[SCHEMA_KEYS];

struct schema_part {
	const char *name; /* NULL: a constraint without one */
	const char *value[SCHEMA_KEYS];
	const char *parent; /* of a foreign key, the table it refers to */
	const char *alone;  /* the only column of a primary key */
	bool descending;    /* INTEGER PRIMARY KEY DESC: no other rowid */
	bool stored;        /* a generated column */
};

struct schema_parts {
	struct schema_part *list;
	size_t count;
	size_t cap;
};

struct schema_table {
	struct arena *arena;
	struct schema_parts columns;
	struct schema_parts constraints;
	bool autoincrement;
	bool without_rowid;
	bool strict;
};

/*
 * Take CREATE TABLE apart; false where anything in it is not understood.
 * The table is to be cleared in any case.
 */
bool schema_table_read(
    struct schema_table *, struct arena *, const struct schema_token *);
void schema_table_clear(struct schema_table *);

/* Whether it has a primary key. */
bool schema_table_has_key(const struct schema_table *);

/*
 * Pass CREATE, what stands before the name, and the name.  SQLite keeps neither
 * the schema of the name nor IF NOT EXISTS.
 */
bool schema_take_head(const struct schema_token **, const char *what);

/* sqlite_schema_part.c: parts of CREATE TABLE; NULL is not understood. */
struct schema_part *schema_parts_add(struct schema_parts *);
const struct schema_token *
schema_take_column(struct schema_table *, const struct schema_token *);
const struct schema_token *
schema_take_constraint(struct schema_table *, const struct schema_token *);

/*
 * sqlite_schema_other.c: the fields of an index, a view, a trigger, a virtual
 * table; none, and false, where the statement is not understood.
 */
typedef bool
schema_add_fn(struct catalogue *, struct object *, const struct schema_token *);
schema_add_fn schema_add_index;
schema_add_fn schema_add_view;
schema_add_fn schema_add_trigger;
schema_add_fn schema_add_virtual;

/* The names of the runner's own tables; NULL where there are none. */
#define SCHEMA_OWN_TABLES 3
void schema_own_tables(struct arena *, const struct catalogue_scope *,
    const char *own[SCHEMA_OWN_TABLES]);

/*
 * Conditions on a row s of sqlite_master: it is of no table that is SQLite's
 * or the runner's own, these being its parameters; of none that keeps what a
 * virtual table holds, which SQLite cannot tell before 3.37.
 */
#define SCHEMA_FOREIGN                                      \
	"AND s.tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\' " \
	"AND coalesce(s.tbl_name COLLATE NOCASE NOT IN ($1, $2, $3), 1) "
#define SCHEMA_NOT_SHADOW                                           \
	"AND (NOT EXISTS (SELECT 1 FROM main.sqlite_master v "      \
	"  WHERE v.type = 'table' AND v.rootpage = 0) "             \
	"  OR s.tbl_name NOT IN (SELECT l.name "                    \
	"    FROM pragma_table_list l WHERE l.schema = 'main' AND " \
	"    l.type = 'shadow')) "
bool schema_has_shadows(void);

/*
 * sqlite_schema_kept.c: what a connection has read before, a tree for each
 * table or view with all that is a part of it.
 */
struct schema_tree {
	size_t from, end;        /* its rows, while they are there */
	const char *text;        /* all that these rows say */
	struct object **objects; /* NULL: to be read */
	size_t count;
};

struct schema_kept {
	struct arena *arena; /* of all trees */
	struct schema_tree *trees;
	size_t ntrees;
};

/* What the connection has kept; made at the first call. */
struct schema_kept *schema_kept(struct schema_kept **);
void schema_kept_free(struct schema_kept *); /* NULL is accepted */

/*
 * Cut rows into trees by the column that names what each is a part of; those
 * that are as they were get their objects.  Texts are in the arena, the array
 * is the caller's to free.  Returns how many there are.
 */
size_t schema_kept_cut(const struct schema_kept *, const struct rows *,
    size_t owner, struct arena *, struct schema_tree **);

/* Keep these from now on; the array is handed over. */
void schema_kept_set(struct schema_kept *, struct schema_tree *, size_t n);

/* sqlite_schema_object.c: a table's options, columns and constraints. */
void schema_add_parts(
    struct catalogue *, struct object *table, const struct schema_table *);

#endif
