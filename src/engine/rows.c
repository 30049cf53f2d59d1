/* The rows that a query returned, as text, in one arena. */
#include "engine/rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
rows_init(struct rows *r)
{
	memset(r, 0, sizeof(*r));
}

void
rows_clear(struct rows *r)
{
	arena_free(r->arena);
	free(r->cells);
	rows_init(r);
}

void
rows_add(struct rows *r, size_t ncols)
{
	assert(r->nrows == 0 || r->ncols == ncols);
	if (r->arena == NULL)
		r->arena = arena_new();
	r->ncols = ncols;
	if (r->nrows == r->cap) {
		r->cap = r->cap == 0 ? 8 : r->cap * 2;
		r->cells = mem_realloc(
		    r->cells, r->cap * (ncols + 1), sizeof(*r->cells));
	}
	if (ncols > 0)
		memset(
		    r->cells + r->nrows * ncols, 0, ncols * sizeof(*r->cells));
	r->nrows++;
}

void
rows_set(struct rows *r, size_t col, const char *text)
{
	assert(r->nrows > 0 && col < r->ncols);
	if (text != NULL)
		r->cells[(r->nrows - 1) * r->ncols + col] =
		    arena_strdup(r->arena, text);
}

void
rows_name(struct rows *r, size_t col, const char *name)
{
	size_t i;

	assert(r->nrows > 0 && col < r->ncols);
	if (r->names == NULL) {
		r->names = arena_alloc(r->arena, r->ncols * sizeof(*r->names));
		for (i = 0; i < r->ncols; i++)
			r->names[i] = NULL;
	}
	r->names[col] = arena_strdup(r->arena, name);
}

const char *
rows_get(const struct rows *r, size_t row, size_t col)
{
	if (row >= r->nrows || col >= r->ncols)
		return NULL;
	return r->cells[row * r->ncols + col];
}

int64_t
rows_number(const struct rows *r, size_t row, size_t col)
{
	const char *s = rows_get(r, row, col);

	return s == NULL ? 0 : strtoll(s, NULL, 10);
}
