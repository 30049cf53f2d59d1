/* The PostgreSQL engine's own: one connection and its queue. */
#ifndef ENGINE_POSTGRES_INT_H
#define ENGINE_POSTGRES_INT_H

#include <signal.h>
#include <sys/types.h>

#include "engine/engine.h"
#include "engine/libpq.h"
#include "engine/postgres_target.h"

/*
 * Statements in flight.  A server answers a statement with some 30 bytes, so
 * the answers of a whole window fit into the socket's buffer on both sides.
 */
#define PG_WINDOW 512
#define PG_FLUSH_EVERY 64

/* The runner's own statements that stay prepared. */
#define PG_PREPARED_MAX 96

enum slot_kind {
	SLOT_QUERY,
	SLOT_LIMITED, /* a read of ours, with a limit of its own */
	SLOT_GUARD,   /* division by zero in it means that the guard said no */
	SLOT_COMMIT,  /* its command tag must be COMMIT */
	SLOT_SYNC
};

/* What was sent and is not yet answered. */
struct slot {
	enum slot_kind kind;
	struct rows *rows;
	struct place place;
};

/* What is known of the data of a COPY. */
struct copy {
	struct place first; /* of its first line; file NULL before it */
	bool escapes;       /* a backslash may stand before the end of one */
};

/* A COMMIT that was sent and not waited for. */
enum commit_state { COMMIT_NONE, COMMIT_SENT, COMMIT_DONE, COMMIT_FAILED };

/* What a file may set for itself. */
enum file_setting {
	FILE_LOCK_TIMEOUT,
	FILE_STATEMENT_TIMEOUT,
	FILE_READ_ONLY,
	FILE_ROLE,
	FILE_SETTINGS
};

struct postgres {
	struct db db;
	PGconn *conn;
	PGcancel *cancel;
	volatile sig_atomic_t cancelled;
	struct db_identity identity;
	char server[64];
	notice_fn *notice;
	void *notice_arg;
	bool session_pooler;
	char read_limit[320]; /* sets the limits of the own reads */
	volatile pid_t child; /* a program that works for us; 0: none */

	struct slot ring[PG_WINDOW];
	size_t head;
	size_t queued;
	size_t unflushed; /* statements since the server was asked to flush */
	bool open_group;  /* ... and some since the last Sync */

	struct db_failure failure;
	int failure_code;
	bool interrupted; /* a timeout or a cancel ended the last failed one */
	char *failure_file; /* the name in failure.place */
	struct copy copy;   /* that is under way, or the last one */

	const char *prepared[PG_PREPARED_MAX];
	size_t nprepared;
	size_t nprepared_settled; /* as many there were for settle() */
	bool unprepared;          /* nothing is kept prepared */

	bool watch_client; /* the server looks whether we are still there */

	char *lock_key;    /* of the run lock that the session has, or NULL */
	bool lock_limited; /* the session's timeout is from limit() */
	bool statement_limited; /* and this one */
	const char *file;       /* of the migration that runs; only compared */
	uint64_t file_lines[FILE_SETTINGS]; /* of its first SETs, or 0 */

	bool in_tx;
	enum commit_state commit;
	struct rows self;    /* the pid of the server's session */
	struct rows opened;  /* what begin() saw */
	struct rows settled; /* what settle() saw */
	char *history;       /* of the transaction, quoted; or NULL */
};

/* The struct behind an open connection. */
static inline struct postgres *
postgres_of(struct db *db)
{
	return (struct postgres *)(void *)db;
}

/*
 * postgres_ready.c: whether the server turns us away for having no connection
 * free, or has one by now; libpq tells the code of a refusal only so.
 */
bool postgres_is_full(const struct target *, const struct db_options *);

/*
 * postgres_password.c: the member password, and what a connection that was
 * refused lacks: its password, and where that and the address came from.
 */
char *postgres_password(const struct target *);
void postgres_explain_refusal(const struct target *, PGconn *, struct err *);

/*
 * postgres_pooler.c: ..._ask_pooler() asks the server for the pid of its
 * session without waiting; ..._is_pooled() waits for that where need be.
 * Through a pooler it is not the pid that libpq knows.
 * ..._refuse_pooler() is an error of what can only go to the server itself.
 * ..._is_poolers() says whether a message is one of a pooler in statement
 * mode, which closes the connection after it; ..._explain_pooler() adds to
 * that error what it means.
 */
void postgres_ask_pooler(struct postgres *);
bool postgres_is_pooled(struct postgres *);
int postgres_refuse_pooler(
    struct postgres *, const char *what, const char *option, struct err *);
bool postgres_is_poolers(const char *message);
void postgres_explain_pooler(struct err *);

/* postgres_backup.c */
int postgres_backup(struct db *, const char *, struct err *);
void postgres_restore(struct db *, struct buf *, const char *);

/* postgres_scratch.c */
int postgres_scratch_open(struct scratch **, const struct target *,
    const struct db_options *, struct db *, struct err *);
int postgres_scratch_reset(struct scratch *, struct err *);
int postgres_scratch_close(struct scratch *, struct err *) ERR_CHECKED;

/*
 * postgres_scratch_settings.c: those of the database that the connection is
 * to, for the role that has connected; and their copy for another database.
 */
int postgres_settings_read(struct db *, struct rows *, struct err *);
int postgres_settings_write(
    struct db *, const char *database, const struct rows *, struct err *);

/* postgres_script.c */
extern const struct engine_script postgres_script;

/* postgres_queue.c */
int postgres_send(struct db *, const struct query *, struct err *);
int postgres_wait(struct db *, struct err *);
/* As db_query(), with limits of sqlmigrate's own. */
int postgres_ask(struct postgres *, struct rows *, struct err *, const char *,
    size_t, const char *const *);
int postgres_push(
    struct postgres *, const struct query *, enum slot_kind, struct err *);
int postgres_sync(struct postgres *, struct err *);
int postgres_end_group(struct postgres *, struct err *);
int postgres_take_commit(struct postgres *, struct err *);
int postgres_check_tx(struct postgres *, struct err *);
int postgres_fail(
    struct postgres *, const struct slot *, const PGresult *, struct err *);
int postgres_again(struct postgres *, struct err *);
void postgres_drain(struct postgres *);
void postgres_forget_failure(struct postgres *);

/*
 * What makes the server notice that we are gone, as more of a SELECT, for the
 * transaction ("true") or the session ("false"): a statement ends with its
 * client (14 and later), and a client's host that does not answer any more
 * for half a minute is one that is gone (runtime-config-connection).
 */
#define PG_WATCH_HOST(local)                                   \
	", set_config('tcp_keepalives_idle', '15', " local     \
	"), set_config('tcp_keepalives_interval', '5', " local \
	"), set_config('tcp_keepalives_count', '3', " local ")"
#define PG_WATCH_CLIENT(local) \
	", set_config('client_connection_check_interval', '500ms', " local ")"

/*
 * No limit of the role or the database for what sqlmigrate itself does in the
 * transaction: it has limits of its own.  ..._TRANSACTION_LIMIT: 17 and later.
 */
#define PG_NO_LIMIT                                                       \
	", pg_catalog.set_config('statement_timeout', '0', true)"         \
	", pg_catalog.set_config('idle_in_transaction_session_timeout', " \
	"'0', true)"
#define PG_NO_TRANSACTION_LIMIT \
	", pg_catalog.set_config('transaction_timeout', '0', true)"

/* Who a session is, of a row a of pg_stat_activity. */
#define PG_SESSION                                                     \
	"pg_catalog.format('pid %s, user %s, application %L', a.pid, " \
	"a.usename, "                                                  \
	"a.application_name)"

/*
 * Of a row of pg_settings that is no default and not the session's: what has
 * it, as ALTER names that.
 */
#define PG_SETTING_SCOPE                                                    \
	"CASE source WHEN 'database' THEN "                                 \
	"pg_catalog.format('DATABASE %I', current_database()) "             \
	"WHEN 'user' THEN pg_catalog.format('ROLE %I', session_user) "      \
	"WHEN 'database user' THEN pg_catalog.format('ROLE %I IN DATABASE " \
	"%I', "                                                             \
	"session_user, current_database()) ELSE 'SYSTEM' END"

/* A role that owns, quoted; for public that is the owner of the database. */
#define PG_OWNER(oid)                                                      \
	"pg_catalog.quote_ident(pg_get_userbyid(CASE pg_get_userbyid(" oid \
	") "                                                               \
	"WHEN 'pg_database_owner' THEN (SELECT datdba FROM pg_database "   \
	"WHERE datname = current_database()) ELSE " oid " END))"

/* Whether we may SET ROLE to it; 2 where nobody should be let. */
#define PG_TAKES_ROLE(oid)                                           \
	"(SELECT CASE WHEN pg_has_role(r.oid, 'MEMBER') THEN 1 "     \
	"WHEN rolsuper OR rolname::text ~ '^pg_' THEN 2 ELSE 0 END " \
	"FROM pg_roles r WHERE r.oid = " oid ")"

/*
 * postgres_explain.c: ..._watch_settings() follows what a file sets for itself
 * by SET.
 */
void postgres_watch_settings(struct postgres *, const struct query *);
void postgres_explain(struct db *, const struct tx *, struct err *);

/* postgres_copy.c: ..._end_copy() ends as an error one that is under way. */
void postgres_end_copy(struct postgres *);
int postgres_copy_begin(struct db *, const struct query *, struct err *);
int postgres_copy_data(
    struct db *, const struct place *, const char *, size_t, struct err *);
int postgres_copy_end(struct db *, struct err *);

/* postgres_tx.c */
int postgres_begin(struct db *, const struct tx *, struct err *);
int postgres_settle(struct db *, struct err *);
bool postgres_touched(struct db *);
int postgres_seal(struct db *, struct err *);
int postgres_watch_client(struct postgres *, struct err *);
int postgres_commit(struct db *, struct err *);
int postgres_commit_send(struct db *, struct err *);
int postgres_commit_wait(struct db *, struct err *);
void postgres_rollback(struct db *);
int postgres_reset(struct db *, struct err *);

/* postgres_limit.c */
int postgres_limit(struct db *, int64_t, int64_t, struct err *);

/* postgres_lock.c */
int postgres_try_lock(
    struct db *, const char *, bool, struct lock_holder *, struct err *);
int postgres_lock_holder(
    struct db *, const char *, struct lock_holder *, struct err *);
void postgres_unlock(struct db *);
int postgres_blockers(struct db *, struct rows *, struct err *);

/* postgres_snapshot.c: ..._settings() for the transaction that is open. */
int postgres_settings(struct postgres *, struct err *);
int postgres_snapshot(struct db *, const struct catalogue_scope *,
    struct catalogue *, struct err *);

/* postgres_respell.c */
int postgres_respelled(
    struct db *, const struct object *, const struct object *, struct err *);

/* postgres_contents.c */
int postgres_contents(
    struct db *, const struct catalogue_scope *, struct rows *, struct err *);

/* postgres_half_made.c */
int postgres_half_made(struct db *, struct rows *, struct err *);
int postgres_find_half_made(
    struct db *, const char *, const char *, struct rows *, struct err *);
int postgres_find_index(
    struct db *, const char *, const char *, struct rows *, struct err *);
int postgres_define_index(
    struct db *, const char *, bool, const char *, struct rows *, struct err *);
int postgres_find_partition(
    struct db *, const char *, const char *, struct rows *, struct err *);

/* postgres_catalogue.c */
int postgres_find_table(struct db *, struct arena *, const char *, const char *,
    struct table_info *, struct err *);
extern const char postgres_read_only[]; /* why nothing can be written, and what
					   helps; null where it can */
int postgres_untrusted(struct db *, const char *, struct rows *, struct err *);
void postgres_quote_name(struct db *, struct buf *, const char *);
void postgres_add_name(PGconn *, struct buf *, const char *);
void postgres_quote_text(struct db *, struct buf *, const char *);

#endif
