/* The parts of a file without a transaction, as the journal has them. */
#include "run/part_int.h"

#include <string.h>

enum part
part_of(const struct script_item *item, bool block)
{
	if (block)
		return PART_OPEN;
	switch (item->class) {
	case STATEMENT_SETTING:
	case STATEMENT_FOREIGN_KEYS:
		return PART_SETTING;
	case STATEMENT_OUTSIDE:
	case STATEMENT_BLOCK:
		return PART_ALONE;
	default:
		return item->statement.copy ? PART_OPEN : PART_WHOLE;
	}
}

void
part_sums_init(struct part_sums *s)
{
	memset(s, 0, sizeof(*s));
	s->sum = checksum_new();
}

void
part_sums_clear(struct part_sums *s)
{
	checksum_free(s->sum);
	s->sum = NULL;
}

/* Each ends with a NUL, which none holds. */
int
part_sums_add(struct part_sums *s, const struct statement *st, struct err *err)
{
	memcpy(s->before, s->now, CHECKSUM_SIZE);
	checksum_add(s->sum, st->text, st->len);
	checksum_add(s->sum, "", 1);
	return checksum_peek(s->sum, s->now, err);
}
