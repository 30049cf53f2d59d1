/* The history's journal: what is half applied, or run by another one. */
#include <stdlib.h>
#include <string.h>

#include "migration/history_int.h"
#include "migration/log.h"

const char *
direction_name(bool rollback)
{
	return rollback ? "rollback" : "apply";
}

/* A table that was made by hand may have NULL where ours cannot. */
static const char *
journal_text(const struct rows *rows, size_t col)
{
	const char *s = rows_get(rows, 0, col);

	return s == NULL ? "" : s;
}

/* The entry, if any; its texts live with the rows. */
static struct journal
journal_of(const struct rows *rows)
{
	struct journal j = {.present = rows->nrows > 0};
	const char *state;

	if (!j.present)
		return j;
	state = journal_text(rows, 5);
	j.number = (uint64_t)rows_number(rows, 0, 0);
	j.name = journal_text(rows, 1);
	j.rollback = strcmp(journal_text(rows, 2), direction_name(true)) == 0;
	j.checksum = journal_text(rows, 3);
	j.statement = (uint64_t)rows_number(rows, 0, 4);
	j.done = strcmp(state, "done") == 0;
	j.undone = strcmp(state, "undone") == 0;
	j.actor = journal_text(rows, 6);
	return j;
}

bool
history_same_entry(const struct journal *a, const struct journal *b)
{
	if (!a->present || !b->present)
		return a->present == b->present;
	return a->number == b->number && a->rollback == b->rollback &&
	    a->statement == b->statement && a->done == b->done &&
	    a->undone == b->undone && strcmp(a->checksum, b->checksum) == 0 &&
	    strcmp(a->actor, b->actor) == 0;
}

void
history_keep_entry(struct journal *j, struct arena *arena)
{
	j->name = arena_strdup(arena, j->name);
	j->checksum = arena_strdup(arena, j->checksum);
	j->actor = arena_strdup(arena, j->actor);
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
	    "SELECT number, name, direction, checksum, statement, state, "
	    "actor FROM %s WHERE number <> " LOCK_ROW,
	    h->tables.journal);
	r = history_query(db, rows, buf_str(&sql), err);
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
		h->journal = journal_of(&rows);
		if (h->journal.present)
			history_keep_entry(&h->journal, h->arena);
	} else if (history_failed_for_journal(h, db, inside)) {
		h->complete = false;
		r = 0;
	} else {
		err_move(err, &absent);
		if (!inside)
			history_explain(h, db, "_journal", TABLE_SELECT, err);
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
history_moved(const struct history *h, struct db *db,
    const struct journal *entry, struct err *err)
{
	struct journal now;
	struct rows rows;
	int r;

	rows_init(&rows);
	r = history_query_journal(h, db, &rows, err);
	if (r == 0) {
		now = journal_of(&rows);
		r = !history_same_entry(&now, entry);
	}
	rows_clear(&rows);
	return r;
}

int
history_look(struct history *h, struct db *db, struct err *err)
{
	struct lock_holder holder;
	int r;

	r = db->engine->lock_holder(db, history_lock_key(h), &holder, err);
	if (r == LOCK_FREE) {
		log_find_failure(h, db);
		return history_moved(h, db, &h->journal, err);
	}
	if (r == LOCK_HELD)
		h->journal.runner = *holder.text == '\0'
		    ? "another run"
		    : arena_strdup(h->arena, holder.text);
	h->journal.unseen = r == LOCK_UNSEEN;
	return r < 0 ? r : 0;
}
