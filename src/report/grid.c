/* Rows of cells, kept until the widths of the columns are known. */
#include "report/grid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/terminal.h"

#define GRID_GAP 2
#define GRID_CUT "\xe2\x80\xa6" /* an ellipsis, one character */

void
grid_clear(struct grid *g)
{
	arena_free(g->arena);
	free(g->rows);
	memset(g, 0, sizeof(*g));
}

void
grid_add(struct grid *g, const struct grid_column *columns)
{
	size_t i;

	if (g->arena == NULL)
		g->arena = arena_new();
	g->columns = columns;
	g->rows = mem_grow(g->rows, g->count, &g->cap, sizeof(*g->rows));
	for (i = 0; i < GRID_COLUMNS; i++)
		g->rows[g->count].cells[i] = (struct grid_cell){"", NULL};
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
	g->rows[g->count - 1].cells[column].text =
	    arena_strdup(g->arena, buf_str(&b));
	buf_clear(&b);
}

void
grid_color(struct grid *g, size_t column, const char *color)
{
	assert(g->count > 0 && column < GRID_COLUMNS);
	g->rows[g->count - 1].cells[column].color = color;
}

static size_t
grid_width(const char *text)
{
	return text_count_chars(text, strlen(text));
}

/* The titles count, but not where a column is empty below its own. */
static void
grid_widths(const struct grid *g, bool head, size_t *widths)
{
	size_t i, j, w;

	memset(widths, 0, GRID_COLUMNS * sizeof(*widths));
	for (i = 0; i < g->count; i++) {
		for (j = 0; j < GRID_COLUMNS; j++) {
			w = grid_width(g->rows[i].cells[j].text);
			if (w > widths[j])
				widths[j] = w;
		}
	}
	for (j = 0; head && j < GRID_COLUMNS; j++) {
		w = widths[j] > 0 ? grid_width(g->columns[j].title) : 0;
		if (w > widths[j])
			widths[j] = w;
	}
}

static size_t
grid_total(const size_t *widths)
{
	size_t j, total = 0;

	for (j = 0; j < GRID_COLUMNS; j++)
		if (widths[j] > 0)
			total += widths[j] + (total > 0 ? GRID_GAP : 0);
	return total;
}

/* The widest column that may lose a character; GRID_COLUMNS for none. */
static size_t
grid_widest(const struct grid *g, const size_t *widths, bool late)
{
	size_t j, widest = GRID_COLUMNS;

	for (j = 0; j < GRID_COLUMNS; j++) {
		if (g->columns[j].late != late || g->columns[j].least == 0 ||
		    widths[j] <= g->columns[j].least)
			continue;
		if (widest == GRID_COLUMNS || widths[j] >= widths[widest])
			widest = j;
	}
	return widest;
}

/* Character by character, so that columns of one width stay so. */
static void
grid_fit(const struct grid *g, size_t width, size_t *widths)
{
	size_t j;

	while (grid_total(widths) > width) {
		j = grid_widest(g, widths, false);
		if (j == GRID_COLUMNS)
			j = grid_widest(g, widths, true);
		if (j == GRID_COLUMNS)
			break;
		widths[j]--;
	}
}

/* Returns how many characters it has written. */
static size_t
grid_write_cell(const struct grid_cell *cell, size_t width, bool color, FILE *f)
{
	size_t len = strlen(cell->text), chars = grid_width(cell->text);
	const char *paint = color ? cell->color : NULL;
	bool cut = chars > width;

	if (cut)
		len = text_char_offset(cell->text, len, width - 1);
	fprintf(f, "%s%.*s%s%s", paint == NULL ? "" : paint, (int)len,
	    cell->text, cut ? GRID_CUT : "",
	    paint == NULL ? "" : TERMINAL_PLAIN);
	return cut ? width : chars;
}

static void
grid_write_row(
    const struct grid_row *row, const size_t *widths, bool color, FILE *f)
{
	size_t j, gap = 0, wrote;

	for (j = 0; j < GRID_COLUMNS; j++) {
		if (widths[j] == 0)
			continue;
		wrote = 0;
		/* no space goes before a line's end */
		if (row->cells[j].text[0] != '\0') {
			fprintf(f, "%*s", (int)gap, "");
			wrote = grid_write_cell(
			    &row->cells[j], widths[j], color, f);
			gap = 0;
		}
		gap += widths[j] - wrote + GRID_GAP;
	}
	fputc('\n', f);
}

static void
grid_write_head(const struct grid *g, const size_t *widths, bool color, FILE *f)
{
	struct grid_row titles;
	size_t j;

	for (j = 0; j < GRID_COLUMNS; j++)
		titles.cells[j] = (struct grid_cell){
		    widths[j] > 0 ? g->columns[j].title : "", TERMINAL_BOLD};
	grid_write_row(&titles, widths, color, f);
}

void
grid_write(struct grid *g, const struct grid_style *style, FILE *f)
{
	bool head = style->head && g->columns != NULL && g->count > 0;
	size_t widths[GRID_COLUMNS], i;

	grid_widths(g, head, widths);
	if (g->columns != NULL && style->width > 0)
		grid_fit(g, style->width, widths);
	if (head)
		grid_write_head(g, widths, style->color, f);
	for (i = 0; i < g->count; i++)
		grid_write_row(&g->rows[i], widths, style->color, f);
	grid_clear(g);
}
