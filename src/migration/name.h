/*
 * Names of migration files: NNN_name.sql and NNN_name_rollback.sql.
 */
#ifndef MIGRATION_NAME_H
#define MIGRATION_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

#define NAME_SUFFIX ".sql"
#define NAME_ROLLBACK "_rollback"
#define NAME_DOWN ".down" /* as other tools end a rollback's name */

/* A file name taken apart. */
struct name {
	uint64_t number;
	bool rollback;
	size_t stem; /* length of NNN_name, which a pair shares */
};

/* Whether the file name ends in .sql, in any case of letters. */
bool name_is_sql(const char *file);

/* Whether the file name is that of a rollback: X_rollback.sql. */
bool name_is_rollback(const char *file);

/* Whether a name of n bytes without .sql ends in .down, in any case. */
bool name_is_down(const char *file, size_t n);

/*
 * Take the name of a .sql file apart.  Returns NULL, or the rule that it
 * breaks as a clause for a message; *name is then undefined.
 */
const char *name_parse(const char *file, struct name *name);

/*
 * Whether a header's "Migration:" or "Rollback:" text says another migration
 * than the stem of n bytes.  Its first word counts where it has the form
 * NNN_name or is the only word, with or without .sql; numbers are compared as
 * numbers, and either half may be left out.  Other text is a title, which
 * contradicts nothing.
 */
bool name_contradicts(const char *text, const char *stem, size_t n);

/* What the stem says to people: 002_add_user_phone is "add user phone". */
char *name_describe(struct arena *, const char *stem);

#endif
