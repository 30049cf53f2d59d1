/* The history's tables, as data that loading and making them share. */
#ifndef MIGRATION_HISTORY_INT_H
#define MIGRATION_HISTORY_INT_H

#include "migration/history.h"

enum column_type {
	COLUMN_VERSION,
	COLUMN_STAMP,
	COLUMN_TEXT,
	COLUMN_INTEGER,
	COLUMN_LOG_KEY,
	COLUMN_LOG_STAMP
};

struct column {
	const char *name; /* NULL ends a list */
	enum column_type type;
	const char *rest; /* constraints */
};

/* schema_version; the first HISTORY_GUIDE columns are the guide's own. */
#define HISTORY_GUIDE 3
extern const struct column history_columns[];
extern const struct column log_columns[];
extern const struct column journal_columns[];

/* Whether the table has a column of this name. */
const struct table_column *
history_column(const struct table_info *, const char *name);

/* Read of the tables; waits for a lock no longer than the connection may. */
int history_query(
    struct db *, struct rows *, const char *sql, struct err *) ERR_CHECKED;

/*
 * history_journal.c: a journal that is not there leaves the history
 * incomplete.  A transaction that is open (inside) would not outlive the query
 * of it.
 */
bool history_lacks_journal(struct history *, struct db *);
int history_read_journal(
    struct history *, struct db *, bool inside, struct err *) ERR_CHECKED;

/*
 * Who is at what the journal names.  A run that ends between reading it and
 * looking leaves nobody, and nothing half applied: that is seen when the
 * journal is read once more.  1 where all has to be read again.
 */
int history_look(struct history *, struct db *, struct err *) ERR_CHECKED;

/*
 * rights.c: the query of the table with this suffix has failed.  It may lack a
 * right of these: add what grants it; or another session has the table locked:
 * say so, and which.  What was open is rolled back.
 */
void history_explain(const struct history *, struct db *, const char *suffix,
    unsigned needs, struct err *);

/* Whether what the table has outlasts a crash; else the way on. */
int history_check_logged(const struct table_info *, struct err *) ERR_CHECKED;

/* Whether the table can be ours; else what it looks like, and the way on. */
int history_check_shape(const struct table_info *, const struct engine_words *,
    struct err *) ERR_CHECKED;

#endif
