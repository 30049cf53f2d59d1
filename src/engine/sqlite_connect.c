/*
 * Opening a database file, and the settings that hold for the connection.
 *
 * What can be known about the path is looked at before SQLite sees it, since
 * its one message for all of it is "unable to open database file".
 */
#include "engine/sqlite_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

/* A path where nothing is: right only where a database is to be made. */
static int
path_check_missing(const char *path, bool create, struct err *err)
{
	char *folder = file_folder(path);
	struct stat st;
	int r = 0;

	if (stat(folder, &st) != 0) {
		r = err_set(err, ERR_CONNECTION,
		    "the folder %s of the database %s is not there", folder,
		    path);
		err_hint(err, "Make the folder, or mend the path.");
	} else if (create && access(folder, W_OK | X_OK) != 0) {
		r = err_set(err, ERR_CONNECTION,
		    "cannot make the database %s: %s", path, strerror(errno));
		err_hint(err, "The folder %s must be writable.", folder);
	} else if (!create) {
		r = err_set(
		    err, ERR_CONNECTION, "the database %s is not there", path);
		err_hint(err,
		    "Look at the path; sqlmigrate init or apply "
		    "makes a new database.");
	}
	free(folder);
	return r;
}

/* Look at the path; *missing where a database is to be made. */
static int
path_check(const char *path, bool create, bool *missing, struct err *err)
{
	struct stat st;

	*missing = false;
	if (stat(path, &st) == 0) {
		if (S_ISREG(st.st_mode))
			return 0;
		return err_set(err, ERR_CONNECTION,
		    S_ISDIR(st.st_mode) ? "%s is a folder, not a database"
					: "%s is not a plain file",
		    path);
	}
	if (errno != ENOENT)
		return err_set(err, ERR_CONNECTION,
		    "cannot open the database %s: %s", path, strerror(errno));
	*missing = true;
	return path_check_missing(path, create, err);
}

static int
connect_fail_busy(struct sqlite_db *s, struct err *err)
{
	char *text;

	if (atomic_load(&s->cancelled))
		return err_set(err, ERR_INTERRUPT,
		    "the wait for a lock on %s was cancelled", s->path);
	text = sqlite_busy_text(s);
	err_set(err, ERR_LOCK, "%s", text);
	free(text);
	sqlite_busy_explain(s, err);
	return ERR_LOCK;
}

struct sqlite_header
sqlite_read_header(struct sqlite_db *s)
{
	struct sqlite_header header;
	sqlite3_file *f = NULL;

	if (sqlite3_file_control(s->handle, "main", SQLITE_FCNTL_FILE_POINTER,
		&f) != SQLITE_OK ||
	    f == NULL || f->pMethods == NULL ||
	    f->pMethods->xRead(f, &header, sizeof(header), 0) != SQLITE_OK)
		memset(&header, 0, sizeof(header));
	return header;
}

/* SQLite calls it no database, too. */
static bool
connect_is_newer(struct sqlite_db *s)
{
	struct sqlite_header header = sqlite_read_header(s);

	return memcmp(header.magic, SQLITE_MAGIC, sizeof(header.magic)) == 0 &&
	    header.read_version > SQLITE_VERSION_WAL;
}

static int
connect_fail_strange(struct sqlite_db *s, struct err *err)
{
	struct buf b;

	if (connect_is_newer(s)) {
		err_set(err, ERR_CONNECTION,
		    "%s has a newer format, which this SQLite cannot read",
		    s->path);
		err_hint(err, "%s", SQLITE_HINT_NEWER);
		return ERR_CONNECTION;
	}

	err_set(err, ERR_CONNECTION, "%s is not an SQLite database", s->path);
	err_detail(err, "It may also be encrypted.");
	buf_init(&b, BUF_LINE);
	text_shell(&b, s->path);
	err_hint(err,
	    "Look at the path, and at the file's first bytes: head -c 15 %s "
	    "shows \"SQLite format 3\" where it is a database that is not "
	    "encrypted.",
	    buf_str(&b));
	buf_clear(&b);
	return ERR_CONNECTION;
}

static int
connect_fail_open(struct sqlite_db *s, int rc, struct err *err)
{
	char *folder = file_folder(s->path);

	if (access(folder, W_OK | X_OK) != 0 &&
	    sqlite_read_header(s).read_version == SQLITE_VERSION_WAL) {
		err_set(err, ERR_CONNECTION,
		    "cannot open the database %s: it is in WAL mode, and the "
		    "folder %s cannot be written",
		    s->path, folder);
		err_hint(err,
		    "SQLite keeps the files -wal and -shm beside the "
		    "database, also to read it: make the folder writable, or "
		    "look at a copy of the file elsewhere, and of its -wal "
		    "where there is one.");
	} else {
		err_set(err, ERR_CONNECTION, "cannot open the database %s: %s",
		    s->path, sqlite_reason(s, rc));
		err_hint(err,
		    "The file must be readable, and its folder writable where "
		    "SQLite left a journal or a WAL beside the database.");
	}
	free(folder);
	return ERR_CONNECTION;
}

/* The message for a database that SQLite cannot open or read. */
static int
connect_fail(struct sqlite_db *s, int rc, struct err *err)
{
	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		return connect_fail_strange(s, err);
	case SQLITE_BUSY:
		return connect_fail_busy(s, err);
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_IOERR:
		return connect_fail_open(s, rc, err);
	default:
		return err_set(err, ERR_CONNECTION,
		    "cannot read the database %s: %s", s->path,
		    sqlite3_errmsg(s->handle));
	}
}

int
sqlite_open_file(sqlite3 **handle, const char *path, int flags)
{
	struct buf b;
	int rc;

	buf_init(&b, BUF_LINE);
	text_path(&b, path);
	rc = sqlite3_open_v2(
	    buf_str(&b), handle, SQLITE_OPEN_READWRITE | flags, NULL);
	buf_clear(&b);
	return rc;
}

/*
 * A reading command opens the file as a writing one does, so that a journal
 * that a killed process left is rolled back; query_only keeps it from writing.
 */
static int
connect_set_up(struct sqlite_db *s)
{
	sqlite3 *h = s->handle;
	int defensive = !s->opts.unsafe_schema;
	int keys = s->opts.foreign_keys;

	sqlite3_extended_result_codes(h, 1);
	sqlite3_busy_handler(h, sqlite_on_busy, s);
	sqlite3_set_authorizer(h, sqlite_guard_authorize, s);
	sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, defensive, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_ENABLE_FKEY, keys, NULL);
	return sqlite3_exec(h,
	    s->opts.read_only ? "PRAGMA query_only = on" : "", NULL, NULL,
	    NULL);
}

int
sqlite_connect(struct sqlite_db *s, bool create, struct err *err)
{
	bool missing;
	int rc, r;

	r = path_check(s->path, create, &missing, err);
	if (r < 0)
		return r;
	sqlite_busy_begin(s, false);
	rc = sqlite_open_file(&s->handle, s->path,
	    SQLITE_OPEN_NOMUTEX | (create && missing ? SQLITE_OPEN_CREATE : 0));
	if (rc == SQLITE_OK)
		rc = connect_set_up(s);
	/* Only a look at the schema shows whether it is a database. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->handle,
		    "SELECT 1 FROM sqlite_master LIMIT 1", NULL, NULL, NULL);
	if (rc != SQLITE_OK) {
		r = connect_fail(s, rc, err);
		sqlite_disconnect(s);
		return r;
	}
	s->guard.dirty = false;
	s->kept = false;
	s->who.created = missing;
	atomic_store(&s->live, s->handle);
	return 0;
}

void
sqlite_disconnect(struct sqlite_db *s)
{
	/* First: a signal may come between the two. */
	atomic_store(&s->live, NULL);
	sqlite3_close(s->handle);
	s->handle = NULL;
}
