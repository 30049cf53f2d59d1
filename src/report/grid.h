/*
 * Rows of cells, kept until the widths of the columns are known.
 */
#ifndef REPORT_GRID_H
#define REPORT_GRID_H

#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"

#define GRID_COLUMNS 6

struct grid_row {
	const char *cells[GRID_COLUMNS];
};

struct grid {
	struct arena *arena; /* made with the first row */
	struct grid_row *rows;
	size_t count;
	size_t cap;
};

/* Begin with {0}. */
void grid_clear(struct grid *);

/* Add a row of empty cells, and set a cell of the newest one, escaped. */
void grid_add(struct grid *);
void grid_set(struct grid *, size_t column, const char *text);

/* Write the rows, two spaces between columns, and forget them. */
void grid_write(struct grid *, FILE *);

#endif
