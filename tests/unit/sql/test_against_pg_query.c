/*
 * The scanner against PostgreSQL's own grammar, as libpg_query has it: over
 * generated SQL and over the scripts of the extensions that are installed.
 *
 * Texts that the grammar refuses say nothing; a minimum that it takes is
 * asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glob.h>
#include <pg_query.h>

#include "hard_sql.h"

#define TEXTS hard_count(20000)
#define TEXTS_TAKEN_MIN (TEXTS / 2)
#define FILES_TAKEN_MIN 20

static const char extensions[] = "/usr/share/postgresql/*/extension/*.sql";

/* Where a scan found its statements. */
struct found {
	size_t n, cap;
	struct slice {
		size_t from, to;
	} * slice;
};

/* The statements of a text; false where the scanner refuses it. */
static bool
find_statements(struct found *f, const char *text, size_t len)
{
	struct scanner *s = scanner_new(&dialect_postgres, "t.sql", NULL);
	struct err err = ERR_INIT;
	struct statement st;
	size_t at = 0;
	int rc;

	f->n = 0;
	while ((rc = scanner_next(s, &st, &err)) >= 0 && rc != SCAN_END) {
		if (rc == SCAN_MORE) {
			memcpy(scanner_room(s, len - at), text + at, len - at);
			scanner_fed(s, len - at);
			at = len;
		} else if (rc == SCAN_STATEMENT) {
			f->slice = mem_grow(
			    f->slice, f->n, &f->cap, sizeof(*f->slice));
			f->slice[f->n].from = st.place.offset;
			f->slice[f->n++].to = st.place.offset + st.len;
		}
	}
	if (rc < 0)
		print_error("%d:%d: %s\n", (int)err.place.line,
		    (int)err.place.column, err.message);
	err_clear(&err);
	scanner_free(s);
	return rc == SCAN_END;
}

/* Ours begin and end within theirs, which have the white space too. */
static bool
agrees(const struct found *f, const PgQuerySplitResult *r)
{
	size_t i, from, to;

	if (f->n != (size_t)r->n_stmts)
		return false;
	for (i = 0; i < f->n; i++) {
		from = (size_t)r->stmts[i]->stmt_location;
		to = from + (size_t)r->stmts[i]->stmt_len;
		if (f->slice[i].from < from || f->slice[i].to > to)
			return false;
	}
	return true;
}

/* 1 where both agree, 0 where the grammar refuses the text, -1 else. */
static int
compare(const char *text, size_t len)
{
	PgQuerySplitResult r = pg_query_split_with_parser(text);
	struct found f = {0};
	int result = 0;

	if (r.error == NULL) {
		result = find_statements(&f, text, len) && agrees(&f, &r);
		if (result == 0) {
			print_error("ours %zu, the grammar's %d:\n%s\n", f.n,
			    r.n_stmts, text);
			result = -1;
		}
	}
	free(f.slice);
	pg_query_free_split_result(r);
	return result;
}

static void
test_generated(void **state)
{
	struct hard h = {.words = &hard_postgres, .seed = 15};
	size_t i, taken = 0, bad = 0;
	int rc;

	(void)state;
	buf_init(&h.out, SCAN_TEXT_MAX);
	for (i = 0; i < TEXTS && bad < 5; i++) {
		buf_reset(&h.out);
		hard_text(&h);
		if (i % 2)
			hard_spoil(&h);
		rc = compare(buf_str(&h.out), h.out.len);
		taken += rc > 0;
		bad += rc < 0;
	}
	buf_clear(&h.out);
	print_message("%zu of %zu texts compared\n", taken, i);
	assert_int_equal(bad, 0);
	assert_true(taken >= TEXTS_TAKEN_MIN);
}

/*
 * A script as CREATE EXTENSION reads it: without psql's lines, and with its
 * placeholders, @extschema@ and the like, filled in.
 */
static void
load_script(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[65536], *p;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '\\')
			continue;
		while ((p = strstr(line, "@ext")) != NULL)
			*p = *strchr(p + 1, '@') = '_';
		buf_adds(b, line);
	}
	fclose(f);
}

static void
test_extensions(void **state)
{
	size_t i, taken = 0, bad = 0;
	struct buf b;
	glob_t g;
	int rc;

	(void)state;
	assert_int_equal(glob(extensions, 0, NULL, &g), 0);
	buf_init(&b, SCAN_TEXT_MAX);
	for (i = 0; i < g.gl_pathc; i++) {
		buf_reset(&b);
		load_script(&b, g.gl_pathv[i]);
		rc = compare(buf_str(&b), b.len);
		taken += rc > 0;
		bad += rc < 0;
		if (rc == 0)
			print_message("refused: %s\n", g.gl_pathv[i]);
	}
	print_message("%zu of %zu files compared\n", taken, g.gl_pathc);
	buf_clear(&b);
	globfree(&g);
	assert_int_equal(bad, 0);
	assert_true(taken >= FILES_TAKEN_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_generated),
	    cmocka_unit_test(test_extensions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
