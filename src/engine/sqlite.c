/*
 * The SQLite engine: its words, and the life of a connection.
 *
 * The other files: sqlite_target.c addresses, sqlite_connect.c the file,
 * sqlite_statement.c statements, sqlite_busy.c waiting for others' locks,
 * sqlite_fail.c failures, sqlite_guard.c what a body does, sqlite_tx.c
 * transactions, sqlite_keys.c foreign keys, sqlite_catalogue.c tables,
 * sqlite_lock.c the run lock, sqlite_schema*.c the whole schema,
 * sqlite_contents.c the rows.
 */
#include "engine/sqlite_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/list.h"
#include "engine/sqlite_schema_int.h"

/*
 * SQLite counts its allocations under a mutex, which takes a quarter of the
 * time of a large file of INSERTs, and nobody here asks for the count.  Has
 * no effect after the first connection (sqlite3_config(), SQLITE_MISUSE).
 */
static void
sqlite_set_up_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static bool
sqlite_absent(const struct target *t)
{
	return access(t->address, F_OK) != 0 && errno == ENOENT;
}

static int
sqlite_open(struct db **out, const struct target *t,
    const struct db_options *opts, struct err *err)
{
	struct sqlite_db *s = mem_calloc(1, sizeof(*s));
	int r;

	sqlite_set_up_library();
	s->base.engine = &engine_sqlite;
	s->opts = *opts;
	s->path = mem_strdup(t->address);
	s->busy.limit_ms = opts->lock_wait_ms;
	s->lock_fd = -1;
	s->keys.restore = -1;
	rows_init(&s->keys.before);
	sqlite3_snprintf(
	    sizeof(s->server), s->server, "SQLite %s", sqlite3_libversion());
	s->who.database = s->path;
	s->who.user = "";
	s->who.host = "";
	s->who.server = s->server;
	r = sqlite_connect(s, opts->create, err);
	if (r < 0) {
		s->base.engine->close(&s->base);
		return r;
	}
	*out = &s->base;
	return 0;
}

static void
sqlite_close(struct db *db)
{
	struct sqlite_db *s = sqlite_of(db);

	if (db == NULL)
		return;
	sqlite_rollback(db);
	sqlite_unlock(db);
	sqlite_disconnect(s);
	sqlite_guard_clear(&s->guard);
	schema_kept_free(s->schema);
	err_clear(&s->err);
	free(s->path);
	free(s);
}

static const struct db_identity *
sqlite_identity(struct db *db)
{
	return &sqlite_of(db)->who;
}

/*
 * Settings, attached databases and temporary objects belong to the
 * connection: where a migration made any, a new connection is the one way
 * that forgets none.
 */
static int
sqlite_reset(struct db *db, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);
	bool created = s->who.created;
	int r;

	if (s->failed)
		return sqlite_report(s, err);
	if (!s->guard.dirty)
		return 0;
	sqlite_rollback(db);
	sqlite_disconnect(s);
	r = sqlite_connect(s, false, err);
	s->who.created = created;
	return r;
}

static const struct db_failure *
sqlite_failure(struct db *db)
{
	return &sqlite_of(db)->failure;
}

/*
 * CURRENT_TIMESTAMP has whole seconds in UTC; the runner's stamps have the
 * same form with a fraction, so that all sort together as text.
 */
static const struct engine_words sqlite_words = {
    .returning = true,
    .version_type = "varchar(50)",
    .text_type = "text",
    .integer_type = "integer",
    .stamp_column = "timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP",
    .log_key = "integer PRIMARY KEY",
    .log_stamp =
	"text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
    .stamp_after = "max(strftime('%Y-%m-%d %H:%M:%f', 'now'), "
		   "coalesce(strftime('%Y-%m-%d %H:%M:%f', %s, "
		   "'+0.001 seconds'), ''))",
    .version_key = "%s",
    .stamp_text = "%s",
    .log_stamp_text = "%s",
    .elapsed_ms = "%s",
    .schemas = false,
    .alters = false,
};

const struct engine engine_sqlite = {
    .name = "sqlite",
    .dialect = &dialect_sqlite,
    .words = &sqlite_words,
    .script = &sqlite_script,
    .reads_own = true,
    .claim = sqlite_claim,
    .absent = sqlite_absent,
    .open = sqlite_open,
    .close = sqlite_close,
    .identity = sqlite_identity,
    .quote_name = sqlite_quote_name,
    .quote_text = sqlite_quote_text,
    .find_table = sqlite_find_table,
    .send = sqlite_send,
    .wait = sqlite_wait,
    .begin = sqlite_begin,
    .settle = sqlite_settle,
    .touched = sqlite_touched,
    .seal = sqlite_seal,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .reset = sqlite_reset,
    .try_lock = sqlite_try_lock,
    .lock_holder = sqlite_lock_holder,
    .at_work = sqlite_at_work,
    .unlock = sqlite_unlock,
    .others_wrote = sqlite_others_wrote,
    .backup = sqlite_backup_to,
    .restore = sqlite_restore,
    .catalogue = sqlite_catalogue,
    .respelled = sqlite_respelled,
    .contents = sqlite_contents,
    .scratch_open = sqlite_scratch_open,
    .scratch_reset = sqlite_scratch_reset,
    .scratch_close = sqlite_scratch_close,
    .cancel = sqlite_cancel,
    .failure = sqlite_failure,
};
