/*
 * Tests on the hard schema of tests/data/catalogue-postgres.sql: their tools,
 * which fail the test where something does not work.
 */
#ifndef TESTS_ENGINE_HARD_SCHEMA_H
#define TESTS_ENGINE_HARD_SCHEMA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "engine/engine.h"

extern struct db *hard_db;                      /* to a database with it */
extern char hard_database[64];                  /* the name of that */
extern int hard_version;                        /* of the server: 15 */
extern const struct catalogue_scope hard_scope; /* all but what is needed */

/* For the whole group: make the database, and drop it. */
int hard_setup(void **state);
int hard_teardown(void **state);

/* Another database with the schema. */
void hard_make(const char *name);
void hard_drop(const char *name);
struct db *hard_connect(const char *name);

/* A statement; ":db " stands for the database.  0, or it is told why not. */
int hard_try(struct db *, const char *sql);
/* The same in hard_db; it succeeds. */
void hard_do(const char *sql);

struct catalogue *hard_take(void);
struct catalogue *hard_take_from(struct db *, const struct catalogue_scope *);

/* Append "= KIND IDENTITY" for each object that differs, a line each. */
size_t
hard_compare(const struct catalogue *, const struct catalogue *, struct buf *);
void hard_assert_same(const struct catalogue *, const struct catalogue *);
const struct object *
hard_find(const struct catalogue *, enum object_kind, const char *identity);

/* Whether two lists of lines are the same, whatever their order. */
bool hard_same_lines(const char *, const char *);

/* A file of tests/data, and the next paragraph of it; NULL at the end. */
char *hard_read(const char *name);
char *hard_paragraph(char **text);

/*
 * What pg_dump makes of a database, without comments, its random marks and
 * the order in which rights were given; whether it is new enough to be asked.
 */
char *hard_dump(const char *name);
bool hard_oracle(void);

#endif
