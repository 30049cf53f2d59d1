/* Proofs: what is in the tables, and what of it a rollback has changed. */
#include <stdlib.h>
#include <string.h>

#include "check/prove_int.h"

/* The columns of engine->contents(). */
enum { ROWS_KIND, ROWS_NAME, ROWS_COUNT, ROWS_SUM };

int
prover_count_rows(struct prover *v, struct rows *rows, struct err *err)
{
	const struct history *h = v->run.history;
	const struct catalogue_scope scope = {
	    .schema = h->info.schema, .table = h->info.name};

	return v->eyes->engine->contents(v->eyes, &scope, rows, err);
}

static const char *
rows_cell(const struct rows *rows, size_t row, size_t col)
{
	const char *text = rows_get(rows, row, col);

	return text == NULL ? "" : text;
}

static int
rows_compare(const struct rows *a, size_t i, const struct rows *b, size_t j)
{
	int d = strcmp(rows_cell(a, i, ROWS_KIND), rows_cell(b, j, ROWS_KIND));

	return d != 0
	    ? d
	    : strcmp(rows_cell(a, i, ROWS_NAME), rows_cell(b, j, ROWS_NAME));
}

/*
 * The row of the same table; the number of rows where there is none.  Both
 * are in one order: it is looked for from where it stands in the other.
 */
static size_t
rows_find(const struct rows *in, const struct rows *of, size_t row)
{
	size_t i, at;

	for (i = 0; i < in->nrows; i++) {
		at = (row + i) % in->nrows;
		if (rows_compare(in, at, of, row) == 0)
			return at;
	}
	return in->nrows;
}

static enum allowance
rows_sort(const struct rows *rows, size_t row)
{
	return strcmp(rows_cell(rows, row, ROWS_KIND), "sequence") == 0
	    ? ALLOW_SEQUENCE
	    : ALLOW_NONE;
}

static bool
rows_same(const struct rows *a, size_t i, const struct rows *b, size_t j)
{
	return strcmp(rows_cell(a, i, ROWS_COUNT),
		   rows_cell(b, j, ROWS_COUNT)) == 0 &&
	    strcmp(rows_cell(a, i, ROWS_SUM), rows_cell(b, j, ROWS_SUM)) == 0;
}

/* A table that is gone is a difference of the schema, and told there. */
uint64_t
prover_rows_differ(
    const struct rows *before, const struct rows *after, unsigned allowed)
{
	uint64_t n = 0;
	size_t i, j;

	for (i = 0; i < before->nrows; i++) {
		j = rows_find(after, before, i);
		n += j < after->nrows && !rows_same(before, i, after, j) &&
		    (rows_sort(before, i) == ALLOW_NONE ||
			(allowed & 1U << ALLOW_SEQUENCE) == 0);
	}
	return n;
}

static void
rows_describe(struct buf *b, const struct rows *before, size_t i,
    const struct rows *after, size_t j)
{
	const char *was = rows_cell(before, i, ROWS_COUNT),
		   *is = rows_cell(after, j, ROWS_COUNT);

	if (rows_sort(before, i) == ALLOW_SEQUENCE)
		buf_addf(b, "it stood at %s, and stands at %s",
		    rows_cell(before, i, ROWS_SUM),
		    rows_cell(after, j, ROWS_SUM));
	else if (strcmp(was, is) != 0)
		buf_addf(b, "it had %s row%s, and has %s", was,
		    strcmp(was, "1") == 0 ? "" : "s", is);
	else
		buf_adds(b, "rows of it were changed");
}

void
prover_tell_rows(struct prover *v, const struct migration *m,
    const struct rows *before, const struct rows *after, unsigned allowed)
{
	struct event e = {
	    .kind = EVENT_DIFFERENCE, .migration = m, .rollback = true};
	struct buf b;
	size_t i, j;

	buf_init(&b, BUF_LINE);
	for (i = 0; i < before->nrows; i++) {
		j = rows_find(after, before, i);
		if (j == after->nrows || rows_same(before, i, after, j))
			continue;
		buf_reset(&b);
		rows_describe(&b, before, i, after, j);
		e.severity = rows_cell(before, i, ROWS_KIND);
		e.name = rows_cell(before, i, ROWS_NAME);
		e.text = buf_str(&b);
		e.sort = allow_name(rows_sort(before, i));
		e.allowed = rows_sort(before, i) == ALLOW_SEQUENCE &&
		    (allowed & 1U << ALLOW_SEQUENCE) != 0;
		v->prove->event(v->prove->event_arg, &e);
	}
	buf_clear(&b);
}
