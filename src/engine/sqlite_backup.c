/*
 * The SQLite engine's backups: the online backup API, and integrity_check of
 * what it made.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/sqlite_int.h"

#define BACKUP_PAGES 1000 /* copied at a time */

static int
backup_fail(
    struct sqlite_db *s, sqlite3 *to, const char *path, int rc, struct err *err)
{
	char *busy;

	if ((rc & 0xff) == SQLITE_BUSY && !atomic_load(&s->cancelled)) {
		busy = sqlite_busy_text(s);
		err_set(err, ERR_LOCK, "no backup: %s", busy);
		free(busy);
		sqlite_busy_explain(s, err);
		return ERR_LOCK;
	}
	return err_set(err, ERR_STATEMENT, "no backup: %s: %s", path,
	    to != NULL ? sqlite3_errmsg(to) : sqlite3_errstr(rc));
}

/*
 * A writer in between makes it begin again; it goes on until it is done.  A
 * lock is waited for as in a statement.
 */
static int
backup_copy(struct sqlite_db *s, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", s->handle, "main");
	int rc;

	if (b == NULL)
		return sqlite3_errcode(to);
	sqlite_busy_begin(s, false);
	do {
		rc = sqlite3_backup_step(b, BACKUP_PAGES);
	} while (rc == SQLITE_OK && !atomic_load(&s->cancelled));
	sqlite3_backup_finish(b);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/*
 * Functions and collations of the application are unknown here, and the check
 * of a schema that uses them does not run.  The copy itself has ended well:
 * each page was read and written.
 */
static bool
backup_needs_application(sqlite3 *to)
{
	const char *said = sqlite3_errmsg(to);

	return strncmp(said, "unknown function: ", 18) == 0 ||
	    strncmp(said, "no such function: ", 18) == 0 ||
	    strncmp(said, "no such collation sequence: ", 28) == 0;
}

static int
backup_check(
    struct sqlite_db *s, sqlite3 *to, const char *path, struct err *err)
{
	sqlite3_stmt *st = NULL;
	const char *said;
	struct buf b;
	int rc, r = 0;

	rc = sqlite3_prepare_v2(to, "PRAGMA integrity_check", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	said = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0)
				: sqlite3_errmsg(to);
	if (rc != SQLITE_ROW && backup_needs_application(to)) {
		buf_init(&b, BUF_LINE);
		buf_addf(&b,
		    "the backup is complete, but integrity_check cannot run "
		    "outside the application: %s",
		    said);
		if (s->opts.notice != NULL)
			s->opts.notice(
			    s->opts.notice_arg, "WARNING", buf_str(&b));
		buf_clear(&b);
	} else if (said == NULL || strcmp(said, "ok") != 0) {
		r = err_set(err, ERR_STATEMENT,
		    "no backup: %s: integrity_check says: %s", path, said);
	}
	sqlite3_finalize(st);
	return r;
}

int
sqlite_backup_to(struct db *db, const char *path, struct err *err)
{
	struct sqlite_db *s = sqlite_of(db);
	sqlite3 *to = NULL;
	int rc, r = 0;

	rc = sqlite_open_file(&to, path, SQLITE_OPEN_NOFOLLOW);
	if (rc == SQLITE_OK)
		rc = backup_copy(s, to);
	if (rc != SQLITE_OK)
		r = backup_fail(s, to, path, rc, err);
	if (r == 0)
		r = backup_check(s, to, path, err);
	sqlite3_close(to);
	return r;
}

/* The shell's own commands take backslashes in double quotes. */
void
sqlite_restore(struct db *db, struct buf *b, const char *path)
{
	struct buf file, command;
	const char *p;

	buf_init(&file, BUF_LINE);
	buf_init(&command, BUF_LINE);
	text_path(&file, path);
	buf_adds(&command, ".restore \"");
	for (p = buf_str(&file); *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			buf_addc(&command, '\\');
		buf_addc(&command, *p);
	}
	buf_addc(&command, '"');
	buf_reset(&file);
	text_path(&file, sqlite_of(db)->path);
	buf_adds(b, "sqlite3 ");
	text_shell(b, buf_str(&file));
	buf_addc(b, ' ');
	text_shell(b, buf_str(&command));
	buf_clear(&file);
	buf_clear(&command);
}
