/*
 * What every engine must do: one suite, run through struct engine alone.
 *
 * An engine's own test program describes its database in a fixture and adds
 * the tests of what only it has; all run as one cmocka group.  The suite is in
 * the files conformance_*.c, one part each.
 *
 * The helpers fail the test where things are not as their names say.
 */
#ifndef TESTS_ENGINE_CONFORMANCE_H
#define TESTS_ENGINE_CONFORMANCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/engine.h"

struct fixture {
	const struct engine *engine;
	const char *address; /* --database text of a database for the tests */
	const char *missing; /* the same of one that is not there */
	const char *wrong;   /* ours, but refused by claim() */
	void (*fresh)(void); /* empty the database; no connection is open */
	const char *slow;    /* a statement that takes a minute or more */
	const char *other;   /* makes "strange": neither table nor view */
	/* Make a write to table "plain" write to "history" as well. */
	const char *const *indirect;
};

struct conformance_part {
	const struct CMUnitTest *tests;
	size_t count;
};

extern const struct conformance_part conformance_statement;
extern const struct conformance_part conformance_tx;
extern const struct conformance_part conformance_session;
extern const struct conformance_part conformance_catalogue;

/* Run the engine's own tests and the suite; returns the exit status. */
int conformance_run(const struct fixture *, const struct conformance_part *own);

/* A test that gets an open connection to an empty database in *state. */
#define CONFORMANCE_TEST(f)              \
	cmocka_unit_test_setup_teardown( \
	    f, conformance_setup, conformance_teardown)

int conformance_setup(void **state);
int conformance_teardown(void **state);

extern const struct fixture *conformance_fx; /* of this run */
extern const char conformance_hostile[];     /* a name that needs quotes */

/* The call succeeded; the error is shown where not, and cleared. */
void conformance_ok(int r, struct err *);

/* Fill a target from a text that the engine claims. */
void conformance_target(struct target *, const char *text);
struct db *conformance_open(const struct db_options *);
struct db *conformance_open_plain(void);

/* Send a statement of 001_test.sql that stands in the given line. */
int conformance_send(struct db *, const char *sql, uint64_t line, struct err *);
/* The same, waited for: it succeeds. */
void conformance_do(struct db *, const char *sql);
/* It fails, and the message holds the text. */
void conformance_refuse(
    struct db *, const char *sql, enum db_failure_kind, const char *message);
/* The number that a query of the runner's returns. */
int64_t conformance_number(struct db *, const char *sql);

/* Of migration 1, which has no row yet; history may be NULL. */
struct tx conformance_tx_of(const char *history);
void conformance_begin(struct db *, const char *history);
/* settle(), seal(), wait(): what stands between a body and its COMMIT. */
int conformance_finish(struct db *, struct err *);
void conformance_commit(struct db *);

struct table_info
conformance_find(struct db *, struct arena *, const char *name);

#endif
