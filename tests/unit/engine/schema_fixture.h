/* What the tests of SQLite's snapshots share. */
#ifndef SCHEMA_FIXTURE_H
#define SCHEMA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/err.h"
#include "engine/list.h"

extern const struct catalogue_scope schema_scope;

/* Of a group: one file for its databases. */
int schema_setup(void **);
int schema_teardown(void **);

/* An empty database, for SQLite itself and for the engine. */
sqlite3 *schema_fresh(struct db **);
void schema_done(sqlite3 *, struct db *);

void schema_do(sqlite3 *, const char *sql);

/* Read and sorted. */
struct catalogue *schema_snapshot(struct db *, bool needs);

/* Nothing of it was left as the text that it was. */
void schema_understood(const struct catalogue *, const char *what);

#endif
