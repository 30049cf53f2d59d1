/*
 * The scanner against SQLite itself: the statements that a loop over
 * sqlite3_prepare_v2()'s tail finds in generated SQL.
 *
 * Names are resolved when a statement is prepared, so each one is run; the
 * loop ends at one that SQLite refuses, and the comparison with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "hard_sql.h"

#define TEXTS hard_count(20000)
#define STATEMENTS_MIN TEXTS

struct tally {
	size_t whole;      /* texts compared to their end */
	size_t statements; /* compared */
	size_t bad;
};

/* What SQLite says is left of the text, and the statement that it took. */
struct loop {
	sqlite3 *db;
	const char *text, *tail, *from;
	bool refused;
	bool parameters; /* the statement has some, which we refuse */
};

/* Prepare and run the next statement; false at the end. */
static bool
loop_next(struct loop *l)
{
	sqlite3_stmt *stmt = NULL;

	while (*l->tail != '\0') {
		l->from = l->tail;
		l->refused = sqlite3_prepare_v2(l->db, l->from, -1, &stmt,
				 &l->tail) != SQLITE_OK;
		if (l->refused)
			return false;
		if (stmt == NULL)
			continue;
		l->parameters = sqlite3_bind_parameter_count(stmt) > 0;
		while (sqlite3_step(stmt) == SQLITE_ROW)
			continue;
		sqlite3_finalize(stmt);
		return true;
	}
	return false;
}

/* Ours must lie within SQLite's, which has the white space too. */
static bool
is_within(const struct loop *l, const struct statement *st)
{
	const char *from = l->text + st->place.offset;

	return from >= l->from && from + st->len <= l->tail;
}

static bool
report(const struct loop *l, const char *what)
{
	print_error("%s in:\n%s\n", what, l->text);
	return false;
}

/* Take both through the text, side by side. */
static bool
compare(struct loop *l, struct scanner *s, struct tally *t)
{
	struct err err = ERR_INIT;
	struct statement st;
	int rc;

	for (;; t->statements++) {
		rc = scanner_next(s, &st, &err);
		if (rc == SCAN_MORE) {
			scanner_fed(s, 0);
			rc = scanner_next(s, &st, &err);
		}
		err_clear(&err);
		if (!loop_next(l))
			break;
		if (l->parameters && rc < 0)
			return true;
		if (rc != SCAN_STATEMENT || l->parameters)
			return report(l, "we miss a statement");
		if (!is_within(l, &st))
			return report(l, "a statement is elsewhere");
	}
	if (!l->refused && rc != SCAN_END)
		return report(l, "we have one too many");
	t->whole += !l->refused;
	return true;
}

static void
compare_text(const char *text, size_t len, struct tally *t)
{
	static const char setup[] =
	    "create table t(a, b); create table u(a, b);";
	struct scanner *s = scanner_new(&dialect_sqlite, "t.sql", NULL);
	struct loop l = {.text = text, .tail = text};

	assert_int_equal(sqlite3_open(":memory:", &l.db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(l.db, setup, NULL, NULL, NULL), SQLITE_OK);
	if (len > 0) {
		memcpy(scanner_room(s, len), text, len);
		scanner_fed(s, len);
	}
	t->bad += !compare(&l, s, t);
	scanner_free(s);
	sqlite3_close(l.db);
}

static void
test_generated(void **state)
{
	struct hard h = {.words = &hard_sqlite, .seed = 3};
	struct tally t = {0};
	size_t i;

	(void)state;
	buf_init(&h.out, SCAN_TEXT_MAX);
	for (i = 0; i < TEXTS && t.bad < 5; i++) {
		buf_reset(&h.out);
		hard_text(&h);
		if (i % 2)
			hard_spoil(&h);
		compare_text(buf_str(&h.out), h.out.len, &t);
	}
	buf_clear(&h.out);
	print_message("%zu statements in %zu texts, %zu of these whole\n",
	    t.statements, i, t.whole);
	assert_int_equal(t.bad, 0);
	assert_true(t.statements >= STATEMENTS_MIN);
	assert_true(t.whole >= TEXTS / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_generated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
