/*
 * Records: what is written to the history, its log and its journal.
 *
 * Each function queues statements on the connection and belongs into a
 * transaction of the caller, who waits.
 */
#ifndef MIGRATION_RECORD_H
#define MIGRATION_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/engine.h"
#include "migration/folder.h"
#include "migration/history.h"

/* Who records, for every row. */
struct actor {
	const char *applied_by; /* database user / system user@host */
	const char *host;
	const char *program; /* sqlmigrate 1.2.3 */
};

/* A row of schema_version. */
struct record {
	const struct migration *migration;
	const char *version;
	const char *rollback_sql; /* NULL where it is not stored */
	const char *origin;       /* applied, stamped, adopted */
	int64_t duration_ms;
};

/* A row of the log. */
struct log_entry {
	const char *action; /* apply, rollback, adopt, stamp, forget, ... */
	uint64_t number;
	const char *name;
	const char *version;
	const struct script *script; /* checksum, author, date; may be NULL */
	const char *checksum;        /* where there is no script; may be NULL */
	int64_t duration_ms;
	const char *outcome; /* done, failed */
	const char *error;   /* NULL where there is none */
	bool at_once;        /* written now or not at all */
};

/*
 * Make the tables that are not there and add the columns that are missing.
 * Waits; the history's exists and complete are true afterwards.
 */
int record_make_tables(struct history *, struct db *, struct err *) ERR_CHECKED;

/*
 * rights.c: whether record_make_tables() and the writing, of the journal, too,
 * are going to be allowed; the error has the exact GRANT or ALTER.
 */
int record_check_rights(const struct history *, struct db *, bool journal,
    struct err *) ERR_CHECKED;

/* A new row; written receives its applied_at, and affected. */
int record_insert(const struct history *, struct db *, const struct record *,
    const struct actor *, struct rows *written, struct err *) ERR_CHECKED;

/* Complete the row without a number that has this version. */
int record_complete(const struct history *, struct db *, const struct record *,
    const struct actor *, struct rows *written, struct err *) ERR_CHECKED;

/* Complete a hand-made row, whose time and words stay as they are. */
int record_adopt(const struct history *, struct db *, const struct record *,
    struct rows *written, struct err *) ERR_CHECKED;

/* A row without a number stays as it is, without a file. */
int record_keep(const struct history *, struct db *, const char *version,
    struct rows *written, struct err *) ERR_CHECKED;

/* The row that has this version is given the file of the record. */
int record_accept(const struct history *, struct db *, const struct record *,
    const char *version, struct rows *written, struct err *) ERR_CHECKED;

/* The row that has this version has another, and no number for now. */
int record_rename(const struct history *, struct db *, const char *from,
    const char *to, struct rows *written, struct err *) ERR_CHECKED;

/* Delete the row of a number; or the one that has this version. */
int record_delete(const struct history *, struct db *, uint64_t number,
    struct rows *written, struct err *) ERR_CHECKED;

int record_forget(const struct history *, struct db *, const char *version,
    struct rows *written, struct err *) ERR_CHECKED;

int record_log(const struct history *, struct db *, const struct log_entry *,
    const struct actor *, struct err *) ERR_CHECKED;

/*
 * Replace the journal's entry if it is still this one: compare and set.  The
 * first may be one that is not present: then another is inserted.  The second
 * may be NULL: then the entry is deleted.  written->affected is 1 if it was
 * replaced, and 0 if the journal has another entry, or none; NULL for a script.
 */
int
record_journal(const struct history *, struct db *, const struct journal *from,
    const struct journal *to, struct rows *written, struct err *) ERR_CHECKED;

/* The row of the journal's table that lock=table locks, where it lacks. */
int
record_lock_row(const struct history *, struct db *, struct err *) ERR_CHECKED;

#endif
