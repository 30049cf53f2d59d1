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

char *
half_made_since(struct run *run, const struct rows *before, struct err *err)
{
	char *found = NULL;
	struct rows rows;
	size_t i;

	rows_init(&rows);
	if (half_made_read(run, &rows, err) == 0)
		for (i = 0; found == NULL && i < rows.nrows; i++)
			if (!half_made_has(before, rows_get(&rows, i, 2)))
				found = mem_strdup(rows_get(&rows, i, 0));
	rows_clear(&rows);
	return found;
}
