/* The history's journal: what is half done, or being done by another run. */
#include <stdlib.h>
#include <string.h>

#include "migration/history_int.h"

static void
history_take_journal(struct history *h, const struct rows *rows)
{
	struct journal *j = &h->journal;

	if (rows->nrows == 0)
		return;
	j->present = true;
	j->number = (uint64_t)rows_number(rows, 0, 0);
	j->name = history_text(h, rows, 0, 1);
	j->rollback = strcmp(rows_get(rows, 0, 2), "rollback") == 0;
	j->checksum = history_text(h, rows, 0, 3);
	j->statement = (uint64_t)rows_number(rows, 0, 4);
	j->done = strcmp(rows_get(rows, 0, 5), "done") == 0;
	j->undone = strcmp(rows_get(rows, 0, 5), "undone") == 0;
}

bool
history_lacks_journal(struct history *h, struct db *db)
{
	const char *name = arena_printf(h->arena, "%s_journal", h->info.name);
	struct err ignored = ERR_INIT;
	struct table_info info;
	int r;

	r = db->engine->find_table(
	    db, h->arena, h->info.schema, name, &info, &ignored);
	err_clear(&ignored);
	return r == 0 && info.kind == TABLE_ABSENT;
}

static int
history_query_journal(
    const struct history *h, struct db *db, struct rows *rows, struct err *err)
{
	struct buf sql;
	int r;

	buf_init(&sql, BUF_LINE);
	buf_addf(&sql,
	    "SELECT number, name, direction, checksum, statement, state "
	    "FROM %s WHERE number <> " LOCK_ROW,
	    h->tables.journal);
	r = db_query(db, rows, err, buf_str(&sql), 0, NULL);
	buf_clear(&sql);
	return r;
}

/* After the query of it has failed: it may be there, and not be ours to read */
static bool
history_failed_for_journal(struct history *h, struct db *db, bool inside)
{
	if (inside || db->engine->failure(db)->kind != DB_FAIL_STATEMENT)
		return false;
	db->engine->rollback(db);
	return history_lacks_journal(h, db);
}

int
history_read_journal(
    struct history *h, struct db *db, bool inside, struct err *err)
{
	struct err absent = ERR_INIT;
	struct rows rows;
	int r;

	h->complete = !inside || !history_lacks_journal(h, db);
	if (!h->complete)
		return 0;
	rows_init(&rows);
	r = history_query_journal(h, db, &rows, &absent);
	if (r == 0) {
		history_take_journal(h, &rows);
	} else if (history_failed_for_journal(h, db, inside)) {
		h->complete = false;
		r = 0;
	} else {
		err_move(err, &absent);
		if (!inside)
			history_explain_rights(
			    h, db, "_journal", TABLE_SELECT, err);
	}
	err_clear(&absent);
	rows_clear(&rows);
	return r;
}

const char *
history_lock_key(const struct history *h)
{
	return arena_printf(h->arena, "sqlmigrate %s", h->tables.version);
}

int
history_moved(const struct history *h, struct db *db, struct err *err)
{
	const struct journal *j = &h->journal;
	struct rows rows;
	int r;

	rows_init(&rows);
	r = history_query_journal(h, db, &rows, err);
	if (r == 0)
		r = rows.nrows == 0 ||
		    (uint64_t)rows_number(&rows, 0, 0) != j->number ||
		    (strcmp(rows_get(&rows, 0, 2), "rollback") == 0) !=
			j->rollback ||
		    strcmp(rows_get(&rows, 0, 3), j->checksum) != 0 ||
		    (uint64_t)rows_number(&rows, 0, 4) != j->statement ||
		    (strcmp(rows_get(&rows, 0, 5), "done") == 0) != j->done ||
		    (strcmp(rows_get(&rows, 0, 5), "undone") == 0) != j->undone;
	rows_clear(&rows);
	return r;
}

int
history_look(struct history *h, struct db *db, struct err *err)
{
	struct lock_holder holder;
	int r;

	r = db->engine->lock_holder(db, history_lock_key(h), &holder, err);
	if (r == LOCK_FREE)
		return history_moved(h, db, err);
	if (r == LOCK_HELD)
		h->journal.runner = *holder.text == '\0'
		    ? "another run"
		    : arena_strdup(h->arena, holder.text);
	h->journal.unseen = r == LOCK_UNSEEN;
	return r < 0 ? r : 0;
}
