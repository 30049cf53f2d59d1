/* Rows of cells, kept until the widths of the columns are known. */
#include "report/grid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void
grid_clear(struct grid *g)
{
	arena_free(g->arena);
	free(g->rows);
	memset(g, 0, sizeof(*g));
}

void
grid_add(struct grid *g)
{
	size_t i;

	if (g->arena == NULL)
		g->arena = arena_new();
	g->rows = mem_grow(g->rows, g->count, &g->cap, sizeof(*g->rows));
	for (i = 0; i < GRID_COLUMNS; i++)
		g->rows[g->count].cells[i] = "";
	g->count++;
}

void
grid_set(struct grid *g, size_t column, const char *text)
{
	struct buf b;

	assert(g->count > 0 && column < GRID_COLUMNS);
	if (text == NULL)
		return;
	buf_init(&b, BUF_LINE);
	text_escape(&b, text);
	g->rows[g->count - 1].cells[column] =
	    arena_strdup(g->arena, buf_str(&b));
	buf_clear(&b);
}

static size_t
grid_width(const char *cell)
{
	return text_count_chars(cell, strlen(cell));
}

/* Columns that are empty throughout are left out. */
static void
grid_widths(const struct grid *g, size_t *widths)
{
	size_t i, j, w;

	memset(widths, 0, GRID_COLUMNS * sizeof(*widths));
	for (i = 0; i < g->count; i++) {
		for (j = 0; j < GRID_COLUMNS; j++) {
			w = grid_width(g->rows[i].cells[j]);
			if (w > widths[j])
				widths[j] = w;
		}
	}
}

static void
grid_write_row(const struct grid_row *row, const size_t *widths, FILE *f)
{
	size_t j, gap = 0;

	for (j = 0; j < GRID_COLUMNS; j++) {
		if (widths[j] == 0)
			continue;
		/* no space goes before a line's end */
		if (row->cells[j][0] != '\0') {
			fprintf(f, "%*s%s", (int)gap, "", row->cells[j]);
			gap = 0;
		}
		gap += widths[j] - grid_width(row->cells[j]) + 2;
	}
	fputc('\n', f);
}

void
grid_write(struct grid *g, FILE *f)
{
	size_t widths[GRID_COLUMNS], i;

	grid_widths(g, widths);
	for (i = 0; i < g->count; i++)
		grid_write_row(&g->rows[i], widths, f);
	grid_clear(g);
}
