/*
 * The history: the rows of schema_version and how they stand to the files.
 *
 * A row stands for a migration that is wholly applied; a row's identity is
 * its number.  Loading writes nothing.
 */
#ifndef MIGRATION_HISTORY_H
#define MIGRATION_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "migration/folder.h"

/* How the history table is named: --table [schema.]name. */
struct history_name {
	const char *schema; /* NULL: by search_path */
	const char *table;
	bool inside; /* a transaction is open, and stays so */
};

struct history_row {
	bool has_number; /* false: written by hand or by a file, not adopted */
	uint64_t number;
	const char *version;
	const char *applied_at; /* sorts as text; see clock_add() */
	const char *description;
	const char *name;
	const char *checksum;
	const char *content_checksum;
	const char *rollback_checksum;
	const char *applied_by;
	const char *origin;
};

/* The no-transaction migration that is in progress. */
struct journal {
	bool present;
	uint64_t number;
	const char *name;
	bool rollback; /* its direction */
	const char *checksum;
	const char *actor;  /* who wrote it, and in which run; "" if unknown */
	uint64_t statement; /* the newest one that was journalled, from 1 */
	bool done;          /* that one is done, not only started */
	bool undone;        /* an operator says that it did not take effect */
	const char *runner; /* who is at it now, for people; NULL: nobody ... */
	bool unseen;       /* ... as far as can be seen here, which it cannot */
	const char *error; /* why it stopped, as the log has it, or NULL ... */
	uint64_t failed;   /* ... and at which statement */
};

/* "rollback" or "apply": the command, in the journal, and in the log. */
const char *direction_name(bool rollback);

/* The three tables, quoted with their schema. */
struct history_tables {
	const char *version;
	const char *log;
	const char *journal;
};

struct history {
	struct arena *arena;
	struct table_info info; /* of schema_version */
	bool exists;            /* schema_version is there */
	bool complete; /* with the runner's columns, and the other tables */
	struct history_tables tables;
	const struct history_row **rows; /* by number, without one last */
	size_t count;
	size_t cap;
	struct journal journal;
	const char *newest; /* greatest applied_at, "" where there is none */
};

/*
 * Find the tables and read them; where the journal names a migration, also
 * look whether another run is at it.  Errors: the table belongs to another
 * tool, is a view, lacks its key, stands in another schema only (ERR_DISAGREE,
 * with the way on); the server refuses.  Free with history_free().
 */
int history_load(struct history **, struct db *, const struct history_name *,
    struct err *) ERR_CHECKED;
void history_free(struct history *);

/* Whether two entries are the same; any two that are not present are. */
bool history_same_entry(const struct journal *, const struct journal *);

/* Copy the texts of an entry into the arena. */
void history_keep_entry(struct journal *, struct arena *);

/* Read the journal again: 1 if its entry is no longer this one, else 0. */
int history_moved(const struct history *, struct db *, const struct journal *,
    struct err *) ERR_CHECKED;

/*
 * A history without a database: all migrations up to a number are applied, as
 * the files have it.  The connection only quotes names.
 */
struct history *history_assume(struct db *, const struct history_name *,
    const struct folder *, uint64_t number);

/* The text that names the run lock of these tables; lives with them. */
const char *history_lock_key(const struct history *);

/* The row with a number; NULL where there is none. */
const struct history_row *history_find(const struct history *, uint64_t);

/*
 * Follow what was written: a row that was added (its texts are copied), or
 * the row of a number that was deleted; other rows stay where they are.
 */
void history_add(struct history *, const struct history_row *);
/* Only its applied_at, NULL for none, before it is sure to stay. */
void history_newest(struct history *, const char *applied_at);
void history_remove(struct history *, uint64_t number);

/* The engine's stamp_after and stamp_text for the column that the table has. */
const char *
history_stamp_after(const struct history *, const struct engine_words *);
const char *
history_stamp_text(const struct history *, const struct engine_words *);

#endif
