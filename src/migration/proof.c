/* What the log says of rollbacks that were proven. */
#include "migration/proof.h"

#include <stdio.h>
#include <string.h>

#include "migration/log.h"

void
proof_sums(const struct migration *m, char sums[PROOF_SUMS_SIZE])
{
	snprintf(sums, PROOF_SUMS_SIZE, "%s %s", m->forward.checksum,
	    m->rollback.checksum);
}

/*
 * Of the rows of a number the newest stands last.  *from goes to the first of
 * them, which is never before that of a lower number.
 */
static const char *
proof_find(const struct rows *rows, size_t *from, const struct migration *m)
{
	const char *verdict = "unproven";
	char sums[PROOF_SUMS_SIZE];
	size_t i;

	proof_sums(m, sums);
	while (*from < rows->nrows &&
	    (uint64_t)rows_number(rows, *from, 0) < m->number)
		++*from;
	for (i = *from;
	     i < rows->nrows && (uint64_t)rows_number(rows, i, 0) == m->number;
	     i++)
		if (rows_get(rows, i, 1) != NULL &&
		    strcmp(rows_get(rows, i, 1), sums) == 0)
			verdict = rows_get(rows, i, 2);
	return verdict;
}

int
proof_load(
    struct state *s, const struct history *h, struct db *db, struct err *err)
{
	const struct migration *m;
	size_t i, from = 0;
	struct rows rows;
	int r;

	rows_init(&rows);
	r = log_read_proofs(&rows, h, db, err);
	for (i = 0; r == 0 && rows.nrows > 0 && i < s->count; i++) {
		m = s->entries[i].migration;
		if (m != NULL && m->rollback.name != NULL)
			s->entries[i].proof =
			    arena_strdup(s->arena, proof_find(&rows, &from, m));
	}
	rows_clear(&rows);
	return r;
}
