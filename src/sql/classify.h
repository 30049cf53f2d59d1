/*
 * What a statement means to a transaction, decided by its tokens.
 *
 * Sources: PostgreSQL's manual (the notes of each command that "cannot be
 * executed inside a transaction block") and SQLite's lang_transaction.html.
 */
#ifndef SQL_CLASSIFY_H
#define SQL_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/dialect.h"

enum statement_class {
	STATEMENT_PLAIN,        /* runs in a transaction */
	STATEMENT_BEGIN,        /* BEGIN, START TRANSACTION */
	STATEMENT_COMMIT,       /* COMMIT, END */
	STATEMENT_CHAIN,        /* COMMIT or ROLLBACK ... AND CHAIN */
	STATEMENT_ROLLBACK,     /* ROLLBACK, ABORT */
	STATEMENT_TWO_PHASE,    /* PREPARE TRANSACTION */
	STATEMENT_SAVEPOINT,    /* SAVEPOINT, RELEASE, ROLLBACK TO */
	STATEMENT_MODES,        /* SET TRANSACTION */
	STATEMENT_SETTING,      /* SET, RESET, SELECT set_config(...) alone */
	STATEMENT_BLOCK,        /* DO, CALL: code that may change settings */
	STATEMENT_FOREIGN_KEYS, /* PRAGMA foreign_keys = ... */
	STATEMENT_OUTSIDE       /* cannot run inside a transaction */
};

/*
 * One rule: the words a statement begins with, and its class.  Defined in
 * classify_int.h; a dialect's rules end with an empty one.
 */
struct statement_rule;

/* The class of one statement, given as the scanner gives it. */
enum statement_class
statement_classify(const struct dialect *, const char *text, size_t len);

/*
 * For a BEGIN, START TRANSACTION or SET TRANSACTION: its modes, as a part of
 * the text (*len 0 where there are none).
 */
const char *statement_modes(
    const struct dialect *, const char *text, size_t n, size_t *len);

/*
 * Whether the statement is an INSERT INTO, UPDATE or DELETE FROM of the
 * table with this name, given unqualified; a schema before it and quotes
 * round it do not matter.
 */
bool statement_writes(
    const struct dialect *, const char *text, size_t len, const char *table);

/*
 * Whether the statement is a SELECT, VALUES or TABLE that can only read: it
 * locks no rows, makes no table and calls no function but some that are known
 * to change nothing.
 */
bool statement_only_reads(const struct dialect *, const char *text, size_t len);

/* Whether the statement begins as one that is run for the rows it returns. */
bool
statement_returns_rows(const struct dialect *, const char *text, size_t len);

/*
 * For CREATE TABLE and ALTER TABLE: the first type of a column that is one of
 * another dialect, from dialect.other_types; NULL if there is none.
 */
const char *
statement_other_type(const struct dialect *, const char *text, size_t len);

/*
 * The value that a PRAGMA sets, as a boolean: 1 for on, yes, true and numbers
 * but 0, else 0; -1 where the statement is no PRAGMA that sets a value.
 */
int
statement_pragma_value(const struct dialect *, const char *text, size_t len);

/*
 * Whether the statement drops tables of which one may be of this name, or
 * schemas of which one is of this name, any where that is NULL; told without
 * looking at the catalogue.
 */
bool statement_drops(const struct dialect *, const char *text, size_t len,
    const char *schema, const char *table);

/*
 * Whether the statement acts on more than the database it runs in: on roles,
 * other databases, the whole server, other files.  Told by its words; what a
 * function or a DO block does is not seen.
 */
bool statement_reaches_out(const struct dialect *, const char *text, size_t);

#endif
