/* The rows that a query returned, as text, in one arena. */
#ifndef ENGINE_ROWS_H
#define ENGINE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct rows {
	struct arena *arena;
	const char **cells; /* nrows x ncols; NULL for SQL's null */
	const char **names; /* of the columns, or NULL: not kept */
	size_t nrows;
	size_t ncols;
	size_t cap;
	uint64_t affected; /* rows that an INSERT, UPDATE, DELETE changed */
	size_t most;       /* rows to keep at most; 0: all */
	size_t left_out;   /* rows that were not kept for that */
};

/* Begin empty; the arena is made with the first row. */
void rows_init(struct rows *);
void rows_clear(struct rows *);

/* Begin a row of ncols columns, all null, to be filled by rows_set(). */
void rows_add(struct rows *, size_t ncols);

/* Set a column of the newest row; the text is copied, NULL stays null. */
void rows_set(struct rows *, size_t col, const char *text);

/* Keep the name of a column, once there is a row; the text is copied. */
void rows_name(struct rows *, size_t col, const char *name);

/* A cell: NULL for null, and for a row or column that is not there. */
const char *rows_get(const struct rows *, size_t row, size_t col);

/* A cell as a number; 0 where it is null. */
int64_t rows_number(const struct rows *, size_t row, size_t col);

#endif
