/*
 * The authorizer: what a migration's statement is about to do.
 *
 * SQLite calls it while it compiles a statement, with the trigger bodies that
 * the statement may fire, so nothing has to be guessed from the text.  It is
 * set once for each connection: setting it again would make SQLite compile
 * everything anew.  Statements that SQLite compiles for itself while one runs
 * (VACUUM has a BEGIN and an ATTACH of its own) are noted, never refused.
 */
#include "engine/sqlite_int.h"

#include <stdlib.h>
#include <string.h>

static int
guard_refuse(struct sqlite_guard *g, const char *why)
{
	if (!g->preparing)
		return SQLITE_OK;
	g->refused = why;
	return SQLITE_DENY;
}

static void
guard_note_write(struct sqlite_guard *g, const char *table)
{
	if (g->history != NULL && table != NULL &&
	    sqlite3_stricmp(table, g->history) == 0)
		g->touched = true;
}

/*
 * Whether a PRAGMA with a value leaves no setting of the connection behind: it
 * is the file's own, of no effect on a statement, or only looks.  ALTER TABLE
 * does a quick_check by itself.
 */
static bool
guard_pragma_is_harmless(const char *name)
{
	static const char *const names[] = {"application_id",
	    "foreign_key_check", "foreign_key_list", "index_info", "index_list",
	    "index_xinfo", "integrity_check", "quick_check", "table_info",
	    "table_list", "table_xinfo", "user_version"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sqlite3_stricmp(name, names[i]) == 0)
			return true;
	return false;
}

/* On that table or on one that is named after it, whose rows it may write. */
static void
guard_note_trigger(struct sqlite_guard *g, const char *table)
{
	if (g->history != NULL &&
	    sqlite3_strnicmp(table, g->history, (int)strlen(g->history)) == 0)
		g->touched = true;
}

static int
guard_pragma(struct sqlite_db *s, const char *name, const char *value)
{
	struct sqlite_guard *g = &s->guard;

	if (value == NULL || guard_pragma_is_harmless(name))
		return SQLITE_OK;
	g->dirty = true;
	g->settings |= s->in_tx;
	/* A schema that is edited as a table can rename any table. */
	if (sqlite3_stricmp(name, "writable_schema") == 0)
		g->touched = true;
	if (sqlite3_stricmp(name, "foreign_keys") == 0 && s->in_tx &&
	    !s->hoisted)
		return guard_refuse(
		    g, "PRAGMA foreign_keys does nothing inside a transaction");
	return SQLITE_OK;
}

int
sqlite_guard_authorize(void *db, int action, const char *a, const char *b,
    const char *schema, const char *trigger)
{
	struct sqlite_db *s = db;
	struct sqlite_guard *g = &s->guard;

	(void)trigger;
	if (!g->body)
		return SQLITE_OK;
	/* ALTER TABLE looks for its table in what is temporary, too. */
	if (schema != NULL && strcmp(schema, "temp") == 0 &&
	    action != SQLITE_READ && action != SQLITE_UPDATE)
		g->dirty = true;
	switch (action) {
	case SQLITE_TRANSACTION:
		return guard_refuse(
		    g, "the statement would change the runner's transaction");
	case SQLITE_ATTACH:
	case SQLITE_DETACH:
		g->dirty = true;
		if (!s->in_tx)
			return SQLITE_OK;
		return guard_refuse(g,
		    "a database cannot be attached or detached inside the "
		    "migration's transaction");
	case SQLITE_PRAGMA:
		return guard_pragma(s, a, b);
	case SQLITE_CREATE_TRIGGER:
	case SQLITE_CREATE_TEMP_TRIGGER:
		guard_note_trigger(g, b);
		return SQLITE_OK;
	case SQLITE_ALTER_TABLE: /* a is the schema here */
		guard_note_write(g, b);
		return SQLITE_OK;
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
	case SQLITE_DROP_TABLE:
	case SQLITE_DROP_VTABLE:
		guard_note_write(g, a);
		return SQLITE_OK;
	default:
		return SQLITE_OK;
	}
}

/* Undo sqlite_quote_name() for the last part of a qualified name. */
static char *
guard_unquote(const char *quoted)
{
	static const char schema[] = "\"main\".";
	char *name, *out;

	if (strncmp(quoted, schema, sizeof(schema) - 1) == 0)
		quoted += sizeof(schema) - 1;
	if (*quoted != '"')
		return mem_strdup(quoted);
	name = out = mem_strdup(quoted);
	for (quoted++; *quoted != '\0'; quoted++) {
		if (*quoted == '"' && *++quoted != '"')
			break;
		*out++ = *quoted;
	}
	*out = '\0';
	return name;
}

void
sqlite_guard_watch(struct sqlite_guard *g, const char *quoted)
{
	free(g->history);
	g->history = quoted == NULL ? NULL : guard_unquote(quoted);
	/* A table that is not there yet may be made by any statement. */
	g->touched = quoted == NULL;
}

void
sqlite_guard_clear(struct sqlite_guard *g)
{
	free(g->history);
	memset(g, 0, sizeof(*g));
}
