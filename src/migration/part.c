/* The parts of a file without a transaction, as the journal has them. */
#include "migration/part.h"

#include <stdio.h>
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
void
part_sums_add(struct part_sums *s, const struct statement *st)
{
	memcpy(s->before, s->now, CHECKSUM_SIZE);
	checksum_add(s->sum, st->text, st->len);
	checksum_add(s->sum, "", 1);
	checksum_peek(s->sum, s->now);
}

void
part_sums_entry(const struct part_sums *s, bool done, char *out)
{
	snprintf(out, PART_ENTRY_SIZE, "%s%s%s", s->now, done ? "" : "/",
	    done ? "" : s->before);
}

static const char *
entry_before(const char *entry)
{
	const char *slash = strchr(entry, '/');

	return slash == NULL ? entry : slash + 1;
}

bool
part_sums_agree(const struct part_sums *s, const char *entry)
{
	size_t own = strcspn(entry, "/");

	return strlen(s->now) == own && memcmp(entry, s->now, own) == 0;
}

bool
part_sums_agree_before(const struct part_sums *s, const char *entry)
{
	return strcmp(entry_before(entry), s->before) == 0;
}

bool
part_sums_agree_without(const struct part_sums *s, const char *entry)
{
	return strcmp(entry_before(entry), s->now) == 0;
}
