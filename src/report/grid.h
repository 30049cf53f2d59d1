/*
 * Rows of cells, kept until the widths of the columns are known.
 */
#ifndef REPORT_GRID_H
#define REPORT_GRID_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"

#define GRID_COLUMNS 7

/* Where the lines do not fit, a column is cut, but not below its least. */
struct grid_column {
	const char *title;
	size_t least; /* in characters; 0: it is never cut */
	bool late;    /* only once the others have been cut */
};

struct grid_cell {
	const char *text;
	const char *color; /* NULL for none; see report/terminal.h */
};

struct grid_row {
	struct grid_cell cells[GRID_COLUMNS];
};

struct grid {
	const struct grid_column *columns; /* GRID_COLUMNS of them, or NULL */
	struct arena *arena;               /* made with the first row */
	struct grid_row *rows;
	size_t count;
	size_t cap;
};

/* How the rows are written. */
struct grid_style {
	size_t width; /* of the lines, at most; 0: no limit */
	bool head;    /* with the titles of the columns before them */
	bool color;
};

/* Begin with {0}. */
void grid_clear(struct grid *);

/* Add a row of empty cells; the columns (NULL for none) are borrowed. */
void grid_add(struct grid *, const struct grid_column *);

/* Set a cell of the newest row, escaped; its color is borrowed. */
void grid_set(struct grid *, size_t column, const char *text);
void grid_color(struct grid *, size_t column, const char *color);

/*
 * Write the rows, two spaces between columns, and forget them.  Columns that
 * are empty throughout are left out.
 */
void grid_write(struct grid *, const struct grid_style *, FILE *);

#endif
