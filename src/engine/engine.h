/*
 * Engines: the interface that a database behind sqlmigrate provides.
 *
 * An engine is one const struct, listed once in engine.c.  What engines
 * differ in is data here or a function here; nothing outside this room names
 * one.  A member marked optional may be NULL.
 *
 * Statements are sent without waiting for each other's answers.  send()
 * queues one (an engine without a wire runs it at once); wait() returns when
 * all that were queued have succeeded.  Either reports the first failure: from
 * then on nothing further runs until rollback(), and failure() says what it
 * was and which statement it was.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "engine/catalogue.h"
#include "engine/rows.h"
#include "engine/table.h"
#include "sql/dialect.h"

/* One connection: the first member of the engine's own struct. */
struct db {
	const struct engine *engine;
};

/* Which database, and how it was given. */
struct target {
	const struct engine *engine;
	char *address; /* what open() takes; may hold a password: never shown */
	char *shown;   /* the same for people, without the password */
	char *source;  /* "--database", "DATABASE_URL", ... */
};

/* A database for trials: the first member of the engine's own struct. */
struct scratch {
	struct target target; /* what open() takes */
	bool elsewhere;       /* on another server than the one it is like */
};

typedef void notice_fn(void *arg, const char *severity, const char *text);

/*
 * A wait for another's lock takes longer than a moment: who holds it, for
 * people.  Told once, and again after a commit().
 */
typedef void waiting_fn(void *arg, const char *holder);

struct db_options {
	int64_t connect_timeout_ms;
	int64_t lock_wait_ms; /* wait so long for another's lock, each time, 0
				 one try; PostgreSQL: in reads of ours, and
				 for a connection, of which a notice tells */
	bool create;          /* make a database that is not there */
	bool read_only;       /* nothing is going to be written */
	bool foreign_keys;    /* SQLite: enforce them */
	bool unsafe_schema;   /* SQLite: without the defensive mode */
	bool session_pooler;  /* a pooler in between keeps sessions whole */
	notice_fn *notice;    /* the server's notices; may be NULL */
	waiting_fn *waiting;  /* of SQLite's waits for locks; may be NULL */
	void *notice_arg;     /* of both */
	int (*stopped)(void); /* other than 0 ends that wait; may be NULL */
};

/* Who and where we are, for people and for the log; lives with the db. */
struct db_identity {
	const char *database;
	const char *user;
	const char *host;   /* host, socket folder, or "" */
	const char *server; /* "PostgreSQL 15.18", "SQLite 3.40.1" */
	bool created;       /* the database was made just now */
	bool pooled;        /* a pooler stands between */
};

struct query {
	const char *sql;  /* NUL-terminated; copied or sent before return */
	const char *name; /* one of ours that comes again, with the same text:
			     may be kept prepared by this constant; or NULL */
	size_t nparams;   /* text parameters $1 ...; NULL is null */
	const char *const *params;
	struct rows *rows;  /* filled when it has succeeded; may be NULL */
	struct place place; /* of a migration's statement; file NULL if ours */
	bool at_once;       /* fail rather than wait for a lock, or a standby */
	bool limited;       /* ... than wait longer than lock_wait_ms */
};

/* The number of the row that stands for the run lock. */
#define LOCK_ROW "-1"

/* The transaction of one migration. */
struct tx {
	const char *modes;    /* "ISOLATION LEVEL SERIALIZABLE", or "" */
	const char *history;  /* quoted history table; NULL: not there yet */
	const char *lock_key; /* text that names the run lock, or NULL */
	const char *lock_row; /* quoted table whose row LOCK_ROW is locked in
				 its place; NULL: none is there yet */
	uint64_t number;      /* the migration's number ... */
	bool expect_row;      /* ... and whether its row must be there */
	int64_t lock_timeout_ms;
	int64_t statement_timeout_ms;  /* 0: none */
	const char *lock_timeout_from; /* who has set it, for people, or NULL */
	const char *statement_timeout_from;
	uint64_t lock_timeout_line; /* of the file that sets it; 0: another */
	uint64_t statement_timeout_line;
	int foreign_keys; /* SQLite: enforced 1, not 0, as it is -1 */
	bool discards;    /* the file may drop what is prepared */
	bool inside;      /* in the transaction that is open: all that begin()
			     does but opening it; what the migration before
			     left of session state goes */
	bool patient;     /* nobody tries again what meets a lock: SQLite
			     waits as for what is in no transaction */
};

enum db_failure_kind {
	DB_FAIL_NONE,
	DB_FAIL_STATEMENT, /* refused by the server */
	DB_FAIL_GUARD,  /* tx: lock not free, or the row is not as expected */
	DB_FAIL_LOCKED, /* begin(): another went on writing for too long */
	DB_FAIL_RETRY,  /* lock timeout, deadlock, serialization: try again */
	DB_FAIL_DUPLICATE, /* a unique key is already there */
	DB_FAIL_ESCAPED,   /* the body ended the runner's transaction */
	DB_FAIL_CANCELLED, /* cancel() ended it */
	DB_FAIL_LOST       /* the connection is gone; a commit is in doubt */
};

struct db_failure {
	enum db_failure_kind kind;
	struct place place; /* of the failed statement, or of its data */
	int64_t position;   /* characters from its start; -1 unknown */
	uint64_t line;      /* of the data, from 1; 0: the statement */
	bool escapes;       /* a backslash keeps such a line from ending */
	bool exists;        /* what it makes is there already */
	bool own_limit;     /* the file itself sets how long it waits */
};

struct lock_holder {
	char text[1024]; /* "pid 4711, user app, since 12:01:07, ..."; or "" */
	size_t named; /* bytes of it that stay; what it runs is behind them */
};

/* Who has the run lock, as far as that can be seen. */
enum lock_seen {
	LOCK_FREE,  /* nobody else */
	LOCK_HELD,  /* another run */
	LOCK_UNSEEN /* it would not show here: a standby has its own locks */
};

/*
 * The words that the shared history statements need of an engine; where it
 * says so, engine_words_fill() puts a text in the place of each %s.
 */
struct engine_words {
	const char *version_type; /* varchar(50) */
	const char *text_type;
	const char *integer_type;
	const char *stamp_column; /* type and default of applied_at */
	const char *log_key;      /* type of the log's key, that counts up */
	const char *log_stamp;    /* type and default of the log's time */
	/*
	 * applied_at: now in UTC, whatever the session's zone is, but later
	 * than the text parameter in %s
	 */
	const char *stamp_after;
	/* the type of a column that keeps a zone, and its stamp_... */
	const char *zoned_type; /* NULL: there is none */
	const char *zoned_after;
	const char *zoned_text;
	/* the version, column in %s, so that it is compared as a text */
	const char *version_key;
	/* SELECT of applied_at as a text that sorts, column in %s */
	const char *stamp_text;
	/* SELECT of the log's time as a text in UTC, column in %s */
	const char *log_stamp_text;
	/* duration in a transaction, at least the parameter in %s */
	const char *elapsed_ms;
	/*
	 * The tables are made before the first statement of a file: what it
	 * makes could be set off by them
	 */
	bool tables_first;
	bool returning;  /* RETURNING gives what was written */
	bool schemas;    /* tables may stand in schemas */
	bool locks_rows; /* SELECT ... FOR UPDATE NOWAIT */
	bool alters;     /* ALTER TABLE adds keys and drops constraints */
};

/*
 * What a script says that the engine's own shell is to run, each part with
 * its end of line; %s stands for what is told in brackets.
 */
struct engine_script {
	const char *head;    /* stop at the first error */
	const char *begin;   /* [the modes] */
	const char *modes;   /* of a file without a transaction */
	const char *lock;    /* the run lock, or fail; [its key, SQL] */
	const char *hold;    /* for the session; [the same] */
	const char *key;     /* that key; [the table's name, a literal] */
	const char *timeout; /* for locks; [milliseconds] */
	const char *limit;   /* for statements; [milliseconds] */
	const char *keys;    /* enforce foreign keys; [on or off]; or NULL */
	const char *check;   /* fail unless this holds; [a condition] */
	const char *absent;  /* the table is not there; [its name, a literal] */
	const char *idle;    /* fail unless it has no entry; [the journal] */
	const char *settle;  /* undo what a body has set */
	const char *aside;   /* likewise, until the transaction ends */
	const char *commit;
	const char *reset; /* no session state stays */
	const char *actor; /* an expression: who runs it */
	const char *run;   /* an expression: who, and in which session */
	const char *send;  /* ends a statement of any words; NULL: a ; does */
	bool backslash;    /* it may escape in plain literals */
	bool variables;    /* the shell replaces :name outside of literals */
	bool separators;   /* it takes a line / or go for a semicolon */
	bool strips_cr;    /* it drops a CR at the end of a line */
};

struct engine {
	const char *name;
	const struct dialect *dialect;
	const struct engine_words *words;
	const struct engine_script *script;
	const char *password_env; /* the variable that a password may be given
				     by; NULL: none is needed */

	/*
	 * Whether the connection that changes a schema is the one to read it
	 * on, since any other would have to load all of it again.
	 */
	bool reads_own;

	/*
	 * Whether a --database text is for this engine.  Fills shown and
	 * address of the target; a text that is ours but wrong is an error,
	 * which never repeats a password.  Returns 1 ours, 0 not ours.
	 */
	int (*claim)(struct target *, const char *text, struct err *);

	/*
	 * Optional: the database that the environment alone tells of (PG*,
	 * the official container), also filling in source.  1 found, 0 not.
	 */
	int (*ambient)(struct target *, struct err *);

	/*
	 * Optional, for who waits: 1 a server answers there, takes us, and
	 * is no temporary one that only prepares the database; 0 not yet, and
	 * err says why; a negative code where waiting longer will not help.
	 */
	int (*ready)(
	    const struct target *, const struct db_options *, struct err *);

	/*
	 * Optional: where the password comes from, for people; NULL where
	 * there is none.  To be freed.
	 */
	char *(*password)(const struct target *);

	/* Optional: whether open() would have to make the database. */
	bool (*absent)(const struct target *);

	int (*open)(struct db **, const struct target *,
	    const struct db_options *, struct err *);
	void (*close)(struct db *);
	const struct db_identity *(*identity)(struct db *);

	/* Append an identifier or a literal, quoted for this connection. */
	void (*quote_name)(struct db *, struct buf *, const char *);
	void (*quote_text)(struct db *, struct buf *, const char *);

	/*
	 * Look a table up: in the schema, or where NULL as a plain name would
	 * be found.  Not being there is no error.
	 */
	int (*find_table)(struct db *, struct arena *, const char *schema,
	    const char *name, struct table_info *, struct err *);

	/* Outside begin(), each statement is a transaction of its own. */
	int (*send)(struct db *, const struct query *, struct err *);
	int (*wait)(struct db *, struct err *);

	/*
	 * Optional: a statement that takes data: send, then data, then end;
	 * first is where the first line of the data is in the file.
	 */
	int (*copy_begin)(struct db *, const struct query *, struct err *);
	int (*copy_data)(struct db *, const struct place *first, const char *p,
	    size_t n, struct err *);
	int (*copy_end)(struct db *, struct err *);

	/*
	 * Optional: from here on a statement outside begin() waits for a lock,
	 * and runs, for so many milliseconds, 0 without an end, -1 as the
	 * session has it; what a migration has set for the session itself
	 * stays.
	 */
	int (*limit)(
	    struct db *, int64_t lock_ms, int64_t statement_ms, struct err *);

	/*
	 * A migration's transaction.  begin() opens it, takes the lock key
	 * and looks at the row again; the body follows by send(); settle()
	 * puts back what a body may have changed for the runner's own
	 * statements (role, search_path, ...); those follow; seal()
	 * (optional) has checked what would else be checked at commit.
	 * After the wait() that follows settle(), the transaction is known
	 * to be the one that begin() opened, and touched() says whether the
	 * body may have written to the history table.  commit() makes
	 * everything durable: on DB_FAIL_LOST its outcome is in doubt.
	 * rollback() is for any state, also after a failure outside a
	 * transaction.
	 *
	 * commit_send() (optional) is a commit() that does not wait, and may
	 * travel with what follows at once: reset(), then another begin().
	 * Whether it succeeded is what commit_wait() returns, to be called
	 * before anything is waited for; a failure that it returns, and
	 * failure(), are the commit's own, whatever was sent behind it.
	 */
	int (*begin)(struct db *, const struct tx *, struct err *);
	int (*settle)(struct db *, struct err *);
	bool (*touched)(struct db *);
	int (*seal)(struct db *, struct err *);
	int (*commit)(struct db *, struct err *);
	int (*commit_send)(struct db *, struct err *);
	int (*commit_wait)(struct db *, struct err *);
	void (*rollback)(struct db *);

	/* After a migration: no session state of it stays. */
	int (*reset)(struct db *, struct err *);

	/*
	 * The run lock, asked for once.  outside: files without a
	 * transaction are going to run.  1 had, 0 held by another, who is
	 * named as far as the engine can tell.  Behind a pooler that shares
	 * sessions none is taken, since it would stay with the server's
	 * session: 1, and the identity says that it is pooled.
	 *
	 * lock_holder() only looks who else has it, and takes and writes
	 * nothing: an enum lock_seen.  at_work() does so, too, and also sees
	 * a run that has no lock but that of its transaction.
	 */
	int (*try_lock)(struct db *, const char *key, bool outside,
	    struct lock_holder *, struct err *);
	int (*lock_holder)(
	    struct db *, const char *key, struct lock_holder *, struct err *);
	int (*at_work)(
	    struct db *, const char *key, struct lock_holder *, struct err *);
	void (*unlock)(struct db *);

	/*
	 * Optional, where no session holds the run lock between transactions:
	 * whether another connection has committed since this was last asked;
	 * true the first time.
	 */
	bool (*others_wrote)(struct db *);

	/*
	 * Optional: one row for each object that statements outside a
	 * transaction have left half made (invalid indexes): its name; whether
	 * it was to replace another one, which is still there; what no other
	 * object has had; and the other session at work on it, or null.
	 */
	int (*half_made)(struct db *, struct rows *, struct err *);

	/*
	 * Optional: an index, names as a statement writes them, the table
	 * NULL where not known.  One row where it is there: whether it is
	 * valid, its full name, quoted, and, where not, who is at work on it.
	 */
	int (*find_index)(struct db *, const char *name, const char *table,
	    struct rows *, struct err *);

	/*
	 * With find_index(): the full name of each invalid index of a table
	 * that is not older than the entry of the journal, a quoted table.
	 */
	int (*find_half_made)(struct db *, const char *table,
	    const char *journal, struct rows *, struct err *);

	/*
	 * Outside begin(): one row with the definition of an index, and that
	 * by a statement that ends in key; one text where they mean the same.
	 */
	int (*define_index)(struct db *, const char *index, bool unique,
	    const char *key, struct rows *, struct err *);

	/*
	 * As find_index(), a partition.  One row where both tables are there:
	 * whether it is one, whether its detach is pending, both full names.
	 */
	int (*find_partition)(struct db *, const char *name, const char *table,
	    struct rows *, struct err *);

	/*
	 * Optional: one row for each of the sessions that hold locks on
	 * tables, those that began first, for who met one of them: all that
	 * is known of it, and the same in short.
	 */
	int (*blockers)(struct db *, struct rows *, struct err *);

	/*
	 * Optional: one row for each role that may write to the table (its
	 * name quoted) and is no superuser; none where we are not one.
	 */
	int (*untrusted)(
	    struct db *, const char *table, struct rows *, struct err *);

	/*
	 * Write a backup of the whole database into a file that is there and
	 * empty, and see that it can be read.  restore() appends the command
	 * for a shell that puts it back, and asks the database how that can be.
	 */
	int (*backup)(struct db *, const char *path, struct err *);
	void (*restore)(struct db *, struct buf *, const char *path);

	/*
	 * Read the whole schema, by a number of queries that does not depend
	 * on its size, in a transaction of its own.  The caller has made the
	 * catalogue, which is sorted afterwards.
	 */
	int (*catalogue)(struct db *, const struct catalogue_scope *,
	    struct catalogue *, struct err *);

	/*
	 * Optional: whether two definitions of one object that differ as
	 * texts mean the same, since the database respells what it is given.
	 * The connection is to a database where both can be made to see: 1
	 * they do, 0 they do not or it cannot be told.
	 */
	int (*respelled)(struct db *, const struct object *,
	    const struct object *, struct err *);

	/*
	 * What is in the database: for each table its identity as in the
	 * catalogue, its number of rows, and a text that is the same for the
	 * same rows whatever their order and that of the columns; likewise
	 * of each sequence, where it stands: kind, identity, count, sum.
	 */
	int (*contents)(struct db *, const struct catalogue_scope *,
	    struct rows *, struct err *);

	/*
	 * An empty database for trials, like the one that the connection is
	 * to (encoding, locale), on the server of the target near; it is gone
	 * with scratch_close(), of NULL too, which frees it also where it
	 * cannot drop the database.  What killed runs left is removed first.
	 * scratch_reset() empties it: nobody may be connected to it then.
	 */
	int (*scratch_open)(struct scratch **, const struct target *near,
	    const struct db_options *, struct db *like, struct err *);
	int (*scratch_reset)(struct scratch *, struct err *);
	int (*scratch_close)(struct scratch *, struct err *);

	/* Safe in a signal handler: end the statement that runs. */
	void (*cancel)(struct db *);

	const struct db_failure *(*failure)(struct db *);

	/*
	 * Optional: after rollback(), add to the error of a migration's
	 * statement what can be found out about it, and what helps.
	 */
	void (*explain)(struct db *, const struct tx *, struct err *);

	/* Optional: whether a backslash escapes in plain literals now. */
	bool (*backslash)(struct db *);
};

/* The engines that were built in, ended by NULL. */
extern const struct engine *const engines[];

/*
 * Find the engine and the address for a --database text; where text is NULL,
 * what the environment tells.  source says where the text came from.
 */
int target_resolve(struct target *, const char *text, const char *source,
    struct err *) ERR_CHECKED;
void target_clear(struct target *);

/* Append words of an engine, with the text in the place of each %s. */
void engine_words_fill(struct buf *, const char *words, const char *text);

/* One query of the runner's own, waited for; rows may be NULL. */
int db_query(struct db *, struct rows *, struct err *, const char *sql,
    size_t nparams, const char *const *params) ERR_CHECKED;
/*
 * The sessions of blockers(): added to an error; or in short, appended to a
 * text.
 */
void db_name_blockers(struct db *, struct err *);
void db_list_blockers(struct db *, struct buf *);

#endif
