/*
 * The SQLite engine's own struct, shared by the files sqlite*.c.
 *
 * A statement runs when it is sent.  The first failure is kept in the struct
 * by sqlite_fail() and handed out by sqlite_report() to every call until
 * rollback(), so that the rule "nothing further runs" has one place.
 *
 * A statement of a migration is told from the runner's own by its place: only
 * it is watched by the authorizer (sqlite_guard.c), and only it may be
 * suspected of having ended the transaction.
 */
#ifndef ENGINE_SQLITE_INT_H
#define ENGINE_SQLITE_INT_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "engine/rows.h"

/* What the authorizer knows and has seen. */
struct sqlite_guard {
	bool body;           /* a migration's statement is at work ... */
	bool preparing;      /* ... and is being compiled */
	const char *refused; /* why it was; static, NULL where it was not */
	char *history;       /* name of the history table; NULL unknown */
	bool touched;        /* that table was written to */
	bool dirty;          /* the session is not as open() left it ... */
	bool settings;       /* ... by a PRAGMA of this transaction */
};

/* Waiting for another process's lock. */
struct sqlite_busy {
	int64_t limit_ms; /* of each wait; 0 one try */
	uint64_t line;    /* of the directive that sets it, or 0 */
	int64_t since_ms; /* the wait that is going on began */
	bool at_once;     /* this statement does not wait */
	bool late;        /* the limit was reached */
	bool told;        /* the operator knows of the wait */
};

/* Foreign keys during one transaction. */
struct sqlite_keys {
	int restore;        /* enforcement to put back after it; -1 as is */
	bool watched;       /* violations are compared */
	struct rows before; /* those that were there before the body */
};

struct sqlite_db {
	struct db base;
	sqlite3 *handle;       /* NULL after a reset() that failed */
	sqlite3 *_Atomic live; /* the handle, for cancel() */
	atomic_bool cancelled; /* cancel() came during this statement */
	bool timed_out;        /* the statement's time was up */
	char *path;            /* as the operator gave it */
	struct db_options opts;
	struct db_identity who;
	char server[32];

	bool failed; /* nothing runs until rollback() */
	struct db_failure failure;
	struct err err; /* texts of the failure */

	struct schema_kept *schema; /* as it was read last; NULL: not kept */
	bool reading;        /* sqlite_read_begin() opened a transaction */
	bool in_tx;          /* between begin() and commit() or rollback() */
	bool hoisted;        /* the file's foreign_keys are set already */
	int64_t timeout_ms;  /* of a migration's statement; 0 none */
	int64_t deadline_ms; /* of the one that runs; 0 none */
	struct sqlite_busy busy;
	struct sqlite_guard guard;
	struct sqlite_keys keys;

	bool kept;            /* its file, from one transaction to the next */
	int lock_fd;          /* -1 where the run lock is not had */
	int64_t data_version; /* as it was last asked for */
};

static inline struct sqlite_db *
sqlite_of(struct db *db)
{
	return (struct sqlite_db *)db;
}

/* sqlite_target.c */
int sqlite_claim(struct target *, const char *text, struct err *);

/*
 * sqlite_connect.c: open a file by its name, whatever that looks like, for
 * reading and writing; open the database, set the session up; close it.
 */
int sqlite_open_file(sqlite3 **, const char *path, int flags);
int sqlite_connect(struct sqlite_db *, bool create, struct err *);
void sqlite_disconnect(struct sqlite_db *);

/*
 * What SQLite does not tell of the file's header (File Format, 1.3), all zero
 * where it cannot be read.  Through SQLite's own descriptor: closing another
 * one would drop its locks.
 */
struct sqlite_header {
	char magic[16]; /* SQLITE_MAGIC */
	unsigned char page_size[2];
	unsigned char write_version; /* 1 rollback journal, 2 WAL */
	unsigned char read_version;  /* likewise; above, it is a newer format */
};

#define SQLITE_MAGIC "SQLite format 3"
#define SQLITE_VERSION_WAL 2
#define SQLITE_HINT_NEWER \
	"Use the version of SQLite that made it, or a newer one."

struct sqlite_header sqlite_read_header(struct sqlite_db *);

/* sqlite_guard.c */
int sqlite_guard_authorize(void *db, int action, const char *a, const char *b,
    const char *schema, const char *trigger);
/* Watch this table from now on, given as find_table() quoted it. */
void sqlite_guard_watch(struct sqlite_guard *, const char *quoted);
void sqlite_guard_clear(struct sqlite_guard *);

/*
 * sqlite_fail.c: keep a failure, unless there is one; returns its code.  The
 * query may be NULL.
 */
int sqlite_fail(struct sqlite_db *, const struct query *, enum db_failure_kind,
    enum err_code, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The same for SQLite's result code, with the texts that belong to it. */
int sqlite_fail_rc(struct sqlite_db *, const struct query *, int rc);
/* Whether a statement can run; a connection that is gone is a failure. */
bool sqlite_usable(struct sqlite_db *);
/* Set err to the failure that is kept, without its place: failure() tells. */
int sqlite_report(struct sqlite_db *, struct err *);
/* SQLite's words for a result code, or the system's where it has failed. */
const char *sqlite_reason(struct sqlite_db *, int rc);

/*
 * sqlite_statement.c: run one statement; the failure, if any, is kept and not
 * yet reported.  sqlite_exec() is for the runner's own texts.
 */
int sqlite_run(struct sqlite_db *, const struct query *);
int sqlite_exec(struct sqlite_db *, const char *sql);
int sqlite_send(struct db *, const struct query *, struct err *);
int sqlite_wait(struct db *, struct err *);
void sqlite_cancel(struct db *);
/* A handler of a connection; the argument is its struct sqlite_db. */
int sqlite_on_progress(void *db);

/*
 * sqlite_busy.c: before anything that may wait, what cancel() and an earlier
 * wait have left is forgotten; at_once: it is not to wait.  on_busy() is the
 * connection's handler.  After SQLITE_BUSY, text() is the message, to be freed,
 * and explain() adds to it who holds the lock and what to do.
 */
void sqlite_busy_begin(struct sqlite_db *, bool at_once);
int sqlite_on_busy(void *db, int count);
char *sqlite_busy_text(const struct sqlite_db *);
void sqlite_busy_explain(struct sqlite_db *, struct err *);
/* "pid 4711 (name)": a process, with its name if the system tells it. */
void sqlite_add_process(struct buf *, long pid);
/* lock_holder(), and else whoever of this program's name writes. */
int sqlite_at_work(
    struct db *, const char *key, struct lock_holder *, struct err *);

/* sqlite_tx.c */
int sqlite_begin(struct db *, const struct tx *, struct err *);
int sqlite_settle(struct db *, struct err *);
bool sqlite_touched(struct db *);
int sqlite_seal(struct db *, struct err *);
int sqlite_commit(struct db *, struct err *);
void sqlite_rollback(struct db *);

/* sqlite_keys.c: foreign keys, each step at its place in a transaction. */
void sqlite_keys_hoist(struct sqlite_db *, int wanted); /* before BEGIN */
int sqlite_keys_note(struct sqlite_db *);               /* after BEGIN */
int sqlite_keys_check(struct sqlite_db *);              /* before COMMIT */
void sqlite_keys_restore(struct sqlite_db *);           /* after the end */

/* sqlite_catalogue.c */
void sqlite_quote_name(struct db *, struct buf *, const char *);
void sqlite_quote_text(struct db *, struct buf *, const char *);
int sqlite_find_table(struct db *, struct arena *, const char *schema,
    const char *name, struct table_info *, struct err *);

/*
 * sqlite_schema.c; between begin and end, all that is read is of one moment,
 * whether or not a transaction is open already.
 */
int sqlite_read_begin(struct sqlite_db *);
void sqlite_read_end(struct sqlite_db *);
int sqlite_catalogue(struct db *, const struct catalogue_scope *,
    struct catalogue *, struct err *);

/* sqlite_respelled.c */
int sqlite_respelled(
    struct db *, const struct object *, const struct object *, struct err *);

/* sqlite_contents.c */
int sqlite_contents(
    struct db *, const struct catalogue_scope *, struct rows *, struct err *);

/* sqlite_lock.c */
int sqlite_try_lock(struct db *, const char *key, bool outside,
    struct lock_holder *, struct err *);
int sqlite_lock_holder(
    struct db *, const char *key, struct lock_holder *, struct err *);
void sqlite_unlock(struct db *);
bool sqlite_others_wrote(struct db *);

/* sqlite_backup.c */
int sqlite_backup_to(struct db *, const char *path, struct err *);
void sqlite_restore(struct db *, struct buf *, const char *path);

/* sqlite_scratch.c */
int sqlite_scratch_open(struct scratch **, const struct target *,
    const struct db_options *, struct db *, struct err *);
int sqlite_scratch_reset(struct scratch *, struct err *);
int sqlite_scratch_close(struct scratch *, struct err *) ERR_CHECKED;

/* sqlite_script.c */
extern const struct engine_script sqlite_script;

#endif
