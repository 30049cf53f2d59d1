/* Rollbacks that the history stores. */
#include "migration/stored.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Who may write the table and is no superuser, where we are one. */
static int
stored_check_writers(const struct history *h, struct db *db, struct err *err)
{
	struct rows rows;
	struct buf names;
	size_t i;
	int r;

	if (db->engine->untrusted == NULL)
		return 0;
	rows_init(&rows);
	buf_init(&names, BUF_LINE);
	r = db->engine->untrusted(db, h->tables.version, &rows, err);
	for (i = 0; r == 0 && i < rows.nrows; i++)
		buf_addf(
		    &names, "%s%s", i > 0 ? ", " : "", rows_get(&rows, i, 0));
	if (rows.nrows > 0) {
		r = err_set(err, ERR_USAGE,
		    "a stored rollback is not run as a superuser: %s may "
		    "write to %s",
		    buf_str(&names), h->tables.version);
		err_hint(err,
		    "Connect as the owner of the schema instead, or put the "
		    "file back into the folder.");
	}
	buf_clear(&names);
	rows_clear(&rows);
	return r;
}

static struct migration *
stored_make(struct folder *f, const struct history_row *row, const char *text)
{
	struct migration *m = arena_alloc(f->arena, sizeof(*m));
	const char *name = row->name == NULL ? row->version : row->name;

	memset(m, 0, sizeof(*m));
	m->number = row->number;
	m->name = arena_strdup(f->arena, name);
	m->version = arena_strdup(f->arena, row->version);
	m->description = row->description == NULL
	    ? NULL
	    : arena_strdup(f->arena, row->description);
	m->rollback.name = arena_printf(f->arena, "%s_rollback.sql", name);
	m->rollback.path =
	    arena_printf(f->arena, "%s_rollback.sql (stored)", name);
	m->rollback.text = arena_strdup(f->arena, text);
	return m;
}

/* Its sum must be the one that was recorded with it. */
static int
stored_check(const struct history_row *row, struct folder *f,
    struct migration *m, struct err *err)
{
	int r;

	r = script_identify(&m->rollback, f->arena, &f->options, NULL, err);
	if (r < 0 || strcmp(m->rollback.checksum, row->rollback_checksum) == 0)
		return r;
	err_set(err, ERR_DISAGREE,
	    "the stored rollback of %s is not the one that was recorded",
	    m->name);
	err_hint(err, "Put its file back into the folder.");
	return err->code;
}

static int
stored_read(struct entry *e, const struct history *h, struct db *db,
    struct folder *f, struct err *err)
{
	char number[24];
	const char *params[] = {number};
	struct rows rows;
	struct buf sql;
	int r;

	snprintf(number, sizeof(number), "%" PRIu64, e->number);
	rows_init(&rows);
	buf_init(&sql, BUF_LINE);
	buf_addf(&sql,
	    "SELECT rollback_sql FROM %s "
	    "WHERE number = CAST($1 AS bigint)",
	    h->tables.version);
	r = db_query(db, &rows, err, buf_str(&sql), 1, params);
	if (r == 0 && rows_get(&rows, 0, 0) != NULL) {
		e->stored = stored_make(f, e->row, rows_get(&rows, 0, 0));
		r = stored_check(e->row, f, e->stored, err);
	}
	buf_clear(&sql);
	rows_clear(&rows);
	return r;
}

int
stored_load(struct state *s, const struct history *h, struct db *db,
    struct folder *f, struct err *err)
{
	bool any = false;
	struct entry *e;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < s->count; i++) {
		e = &s->entries[i];
		if (entry_is_loose(e) || e->row == NULL ||
		    e->row->rollback_checksum == NULL)
			continue;
		r = stored_read(e, h, db, f, err);
		any |= e->stored != NULL;
	}
	return r == 0 && any ? stored_check_writers(h, db, err) : r;
}
