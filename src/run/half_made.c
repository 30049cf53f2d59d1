/* Objects that a statement outside of a transaction leaves half made. */
#include <string.h>

#include "run/run_int.h"

int
half_made_read(struct run *run, struct rows *rows, struct err *err)
{
	const struct engine *engine = (*run->db)->engine;

	return engine->half_made == NULL
	    ? 0
	    : engine->half_made(*run->db, rows, err);
}

static bool
half_made_has(const struct rows *rows, const char *identity)
{
	size_t i;

	for (i = 0; i < rows->nrows; i++)
		if (strcmp(rows_get(rows, i, 2), identity) == 0)
			return true;
	return false;
}

int
half_made_since(struct run *run, const struct rows *before, struct rows *names,
    struct err *err)
{
	struct rows rows;
	size_t i;
	int r;

	rows_init(&rows);
	r = half_made_read(run, &rows, err);
	for (i = 0; r == 0 && i < rows.nrows; i++) {
		if (rows_get(&rows, i, 3) != NULL ||
		    half_made_has(before, rows_get(&rows, i, 2)))
			continue;
		rows_add(names, 1);
		rows_set(names, 0, rows_get(&rows, i, 0));
	}
	rows_clear(&rows);
	return r;
}
