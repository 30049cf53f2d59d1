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

static int
backup_check(sqlite3 *to, const char *path, struct err *err)
{
	sqlite3_stmt *st = NULL;
	const char *said = "it cannot be read";

	if (sqlite3_prepare_v2(to, "PRAGMA integrity_check", -1, &st, NULL) ==
		SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		said = (const char *)sqlite3_column_text(st, 0);
	if (said == NULL || strcmp(said, "ok") != 0)
		err_set(err, ERR_STATEMENT,
		    "no backup: %s: integrity_check says: %s", path, said);
	sqlite3_finalize(st);
	return err->code;
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
		r = backup_check(to, path, err);
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
