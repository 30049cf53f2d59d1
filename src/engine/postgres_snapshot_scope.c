/* The PostgreSQL engine's snapshot: what is left out. */
#include "engine/postgres_snapshot_int.h"

#include <string.h>

/* Whether a quoted name is that of a table of the runner's own. */
static bool
scope_is_name(const char *quoted, const char *name, const char *suffix)
{
	size_t n = strlen(name), i = 0;
	const char *p;
	char c;

	for (p = quoted; *p != '\0'; p++) {
		if (*p == '"' && *++p == '\0')
			break;
		c = i < n ? name[i] : suffix[i - n];
		if (c == '\0' || c != *p)
			return false;
		i++;
	}
	return i == n + strlen(suffix);
}

bool
snapshot_is_own(
    const struct snapshot *s, const struct object *schema, const char *name)
{
	static const char *const suffixes[] = {"", "_log", "_journal"};
	const struct catalogue_scope *scope = s->scope;
	size_t i;

	if (scope->schema == NULL || scope->table == NULL || schema == NULL ||
	    !scope_is_name(schema->identity, scope->schema, ""))
		return false;
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (scope_is_name(name, scope->table, suffixes[i]))
			return true;
	return false;
}

void
snapshot_read_members(
    struct snapshot *s, const struct snapshot_query *q, const struct rows *rows)
{
	int class = snapshot_column(rows, "class");
	int oid = snapshot_column(rows, "oid");
	size_t row;

	(void)q;
	for (row = 0; row < rows->nrows; row++)
		snapshot_put(&s->map,
		    (struct snapshot_key){
			.class = snapshot_number(rows, row, class),
			.oid = snapshot_number(rows, row, oid)},
		    NULL, NULL);
}
