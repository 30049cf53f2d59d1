/*
 * Failures of the SQLite engine: the first one is kept, with texts that name
 * the file where SQLite's own do not ("disk I/O error", "unable to open
 * database file").
 */
#include "engine/sqlite_int.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define NO_TRANSACTION "-- sqlmigrate: no-transaction"

/* What SQLite writes beside the file is why the folder matters. */
#define WRITABLE                                                      \
	"The file and its folder must be writable: SQLite keeps its " \
	"journal beside the database."

/* What a result code means; message NULL: SQLite's own, which is exact. */
struct fault {
	int rc;
	enum db_failure_kind kind;
	enum err_code code;
	const char *message; /* followed by the path */
	const char *hint;
};

static const struct fault faults[] = {
    {SQLITE_INTERRUPT, DB_FAIL_CANCELLED, ERR_INTERRUPT, NULL, NULL},
    {SQLITE_FULL, DB_FAIL_STATEMENT, ERR_STATEMENT,
	"the disk is full, or the database at its largest size",
	"Make room for it."},
    {SQLITE_IOERR, DB_FAIL_STATEMENT, ERR_STATEMENT,
	"the database cannot be read or written", NULL},
    {SQLITE_READONLY, DB_FAIL_STATEMENT, ERR_STATEMENT,
	"the database is read-only", WRITABLE},
    {SQLITE_CANTOPEN, DB_FAIL_STATEMENT, ERR_STATEMENT,
	"the database or its journal cannot be opened", WRITABLE},
    {SQLITE_CORRUPT, DB_FAIL_STATEMENT, ERR_STATEMENT,
	"the database is damaged",
	"Look at it with PRAGMA integrity_check; restore a backup."},
    {SQLITE_NOTADB, DB_FAIL_STATEMENT, ERR_STATEMENT,
	"the file is not an SQLite database", NULL},
    {SQLITE_CONSTRAINT_UNIQUE, DB_FAIL_DUPLICATE, ERR_STATEMENT, NULL, NULL},
    {SQLITE_CONSTRAINT_PRIMARYKEY, DB_FAIL_DUPLICATE, ERR_STATEMENT, NULL,
	NULL},
    {SQLITE_CONSTRAINT_ROWID, DB_FAIL_DUPLICATE, ERR_STATEMENT, NULL, NULL},
};

static const struct fault fault_other = {
    SQLITE_ERROR, DB_FAIL_STATEMENT, ERR_STATEMENT, NULL, NULL};

static const struct fault fault_newer = {SQLITE_READONLY, DB_FAIL_STATEMENT,
    ERR_STATEMENT,
    "the database has a newer format, which this SQLite can only read",
    SQLITE_HINT_NEWER};

/* The entry for an extended code, or for the primary code in its low byte. */
static const struct fault *
fault_find(int rc)
{
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].rc == rc || faults[i].rc == (rc & 0xff))
			return &faults[i];
	return &fault_other;
}

/* Whether it is the format that makes it read-only. */
static bool
fail_is_newer(struct sqlite_db *s, int rc)
{
	return (rc & 0xff) == SQLITE_READONLY &&
	    sqlite_read_header(s).write_version > SQLITE_VERSION_WAL;
}

int
sqlite_fail(struct sqlite_db *s, const struct query *q,
    enum db_failure_kind kind, enum err_code code, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	if (s->failed)
		return s->err.code;
	buf_init(&b, BUF_LINE);
	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	err_clear(&s->err);
	err_set(&s->err, code, "%s", buf_str(&b));
	buf_clear(&b);

	s->failed = true;
	memset(&s->failure, 0, sizeof(s->failure));
	s->failure.kind = kind;
	s->failure.position = -1;
	if (q != NULL && q->place.file != NULL) {
		err_place(&s->err, &q->place);
		s->failure.place = s->err.place; /* the file name is ours */
	}
	return code;
}

/* Where in the statement, in characters; -1 where SQLite does not say. */
static int64_t
fail_position(struct sqlite_db *s, const struct query *q)
{
#if SQLITE_VERSION_NUMBER >= 3038000
	int offset = sqlite3_error_offset(s->handle);

	/* An error inside a view's or trigger's text may point past ours. */
	if (q != NULL && offset >= 0 &&
	    strnlen(q->sql, (size_t)offset) == (size_t)offset)
		return (int64_t)text_count_chars(q->sql, (size_t)offset);
#else
	(void)s;
	(void)q;
#endif
	return -1;
}

const char *
sqlite_reason(struct sqlite_db *s, int rc)
{
	/* SQLite keeps the system's error for these two only. */
	bool system =
	    (rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN;
	int sys = system ? sqlite3_system_errno(s->handle) : 0;

	return sys == 0 ? sqlite3_errstr(rc) : strerror(sys);
}

/* What the operator should know besides the message. */
static void
fail_explain(struct sqlite_db *s, const struct fault *f, int rc)
{
	if (f->hint != NULL)
		err_hint(&s->err, "%s", f->hint);
	if (f->message != NULL)
		err_detail(&s->err, "The reason: %s.", sqlite_reason(s, rc));
	/* Dumps of virtual tables write there. */
	if (strstr(s->err.message, "table sqlite_") != NULL &&
	    text_ends_with(s->err.message, " may not be modified"))
		err_hint(&s->err,
		    "Write CREATE VIRTUAL TABLE in place of the statements "
		    "that insert into the schema table.  Or, if the file can "
		    "be trusted, run: sqlmigrate apply --unsafe-schema");
	/* "cannot VACUUM from within a transaction" and the like */
	if (s->in_tx && strstr(s->err.message, "a transaction") != NULL)
		err_hint(&s->err, "Put the line %s at the top of the file.",
		    NO_TRANSACTION);
}

static int
fail_busy(struct sqlite_db *s, const struct query *q)
{
	char *text;

	if (s->failed)
		return s->err.code;
	text = sqlite_busy_text(s);
	sqlite_fail(s, q, DB_FAIL_RETRY, ERR_LOCK, "%s", text);
	free(text);
	sqlite_busy_explain(s, &s->err);
	return s->err.code;
}

int
sqlite_fail_rc(struct sqlite_db *s, const struct query *q, int rc)
{
	const struct fault *f = fault_find(rc);
	int64_t position = fail_position(s, q);
	bool ended = s->in_tx && sqlite3_get_autocommit(s->handle) != 0;

	if (fail_is_newer(s, rc))
		f = &fault_newer;
	if (rc == SQLITE_INTERRUPT && s->timed_out)
		return sqlite_fail(s, q, DB_FAIL_STATEMENT, ERR_STATEMENT,
		    "the statement took longer than its timeout of %lld ms",
		    (long long)s->timeout_ms);
	if ((rc & 0xff) == SQLITE_BUSY) {
		if (!atomic_load(&s->cancelled))
			return fail_busy(s, q);
		f = fault_find(SQLITE_INTERRUPT);
	}
	if (f->kind == DB_FAIL_CANCELLED)
		return sqlite_fail(
		    s, q, f->kind, f->code, "the statement was cancelled");
	if (f->message != NULL)
		sqlite_fail(
		    s, q, f->kind, f->code, "%s: %s", s->path, f->message);
	else
		sqlite_fail(
		    s, q, f->kind, f->code, "%s", sqlite3_errmsg(s->handle));
	fail_explain(s, f, rc);
	s->err.system = (rc & 0xff) == SQLITE_FULL ||
	    (rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_NOMEM;
	s->failure.position = position;
	s->failure.exists = rc == SQLITE_ERROR &&
	    (text_ends_with(s->err.message, " already exists") ||
		strncmp(s->err.message, "duplicate column", 16) == 0);
	if (ended && (rc & 0xff) == SQLITE_CONSTRAINT) {
		s->failure.kind = DB_FAIL_ESCAPED;
		err_detail(&s->err,
		    "The statement rolled the whole transaction back: it has "
		    "OR ROLLBACK, or a trigger has RAISE(ROLLBACK).");
	}
	return s->err.code;
}

bool
sqlite_usable(struct sqlite_db *s)
{
	if (s->handle == NULL)
		sqlite_fail(s, NULL, DB_FAIL_LOST, ERR_CONNECTION,
		    "%s: the connection is closed", s->path);
	return !s->failed;
}

int
sqlite_report(struct sqlite_db *s, struct err *err)
{
	if (!s->failed)
		return 0;
	if (err == NULL || err->code != 0)
		return s->err.code;
	err_set(err, (enum err_code)s->err.code, "%s", s->err.message);
	if (s->err.detail != NULL)
		err_detail(err, "%s", s->err.detail);
	if (s->err.hint != NULL)
		err_hint(err, "%s", s->err.hint);
	err->system = s->err.system;
	return err->code;
}
