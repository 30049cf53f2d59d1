/* Rights to the tables: what is missing, and the GRANT that gives it. */
#include "migration/history_int.h"
#include "migration/record.h"

static void
rights_list(struct buf *b, unsigned lacks)
{
	static const char *const words[] = {
	    "SELECT", "INSERT", "UPDATE", "DELETE"};
	const char *before = "";
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if ((lacks & (TABLE_SELECT << i)) == 0)
			continue;
		buf_addf(b, "%s%s", before, words[i]);
		before = ", ";
	}
}

/* Of what an error needs. */
static void
rights_hint(const struct table_info *t, unsigned needs, struct err *err)
{
	unsigned lacks = t->lacks & needs;
	struct buf b;

	buf_init(&b, BUF_LINE);
	if ((t->lacks & TABLE_USAGE) != 0)
		buf_addf(&b, " GRANT USAGE ON SCHEMA %s TO %s;",
		    t->schema_quoted, t->user_quoted);
	if (lacks != 0) {
		buf_adds(&b, " GRANT ");
		rights_list(&b, lacks);
		buf_addf(&b, " ON %s TO %s;", t->quoted, t->user_quoted);
	}
	if (b.len > 0)
		err_hint(err, "As %s run:%s", t->owner, buf_str(&b));
	buf_clear(&b);
}

/* Without USAGE of its schema the history could not have been read. */
static int
rights_check(const struct table_info *t, unsigned needs, struct err *err)
{
	struct buf b;

	if ((t->lacks & needs) == 0)
		return 0;
	buf_init(&b, BUF_LINE);
	rights_list(&b, t->lacks & needs);
	err_set(err, ERR_STATEMENT, "user %s lacks %s on table %s", t->user,
	    buf_str(&b), t->quoted);
	buf_clear(&b);
	rights_hint(t, needs, err);
	return ERR_STATEMENT;
}

static int
rights_find(const struct history *h, struct db *db, const char *suffix,
    struct table_info *t, struct err *err)
{
	return db->engine->find_table(db, h->arena, h->info.schema,
	    arena_printf(h->arena, "%s%s", h->info.name, suffix), t, err);
}

/* Another session has had the table to itself for too long: which? */
static void
rights_locked(struct db *db, const struct table_info *t, struct err *err)
{
	err_clear(err);
	err_set(
	    err, ERR_LOCK, "another session has locked table %s", t->quoted);
	db_name_blockers(db, err);
	err_hint(err, "Wait for it to end, or give a longer --lock-wait.");
}

void
history_explain(const struct history *h, struct db *db, const char *suffix,
    unsigned needs, struct err *err)
{
	bool locked = err->code == ERR_LOCK && db->engine->blockers != NULL;
	struct err ignored = ERR_INIT;
	struct table_info t;

	if (db->engine->failure(db)->kind == DB_FAIL_LOST)
		return;
	db->engine->rollback(db);
	if (rights_find(h, db, suffix, &t, &ignored) == 0) {
		if (locked)
			rights_locked(db, &t, err);
		else
			rights_hint(&t, needs, err);
	}
	err_clear(&ignored);
}

static int
rights_check_beside(const struct history *h, struct db *db, const char *suffix,
    unsigned needs, struct err *err)
{
	struct table_info t;
	int r = rights_find(h, db, suffix, &t, err);

	if (r == 0)
		r = history_check_logged(&t, err);
	return r < 0 || t.kind == TABLE_ABSENT ? r
					       : rights_check(&t, needs, err);
}

static int
rights_check_tables(
    const struct history *h, struct db *db, bool journal, struct err *err)
{
	int r = rights_check(&h->info, TABLE_WRITE, err);

	if (r == 0 && h->complete)
		r = rights_check_beside(h, db, "_log", TABLE_INSERT, err);
	if (r == 0 && h->complete && journal)
		r = rights_check_beside(h, db, "_journal", TABLE_WRITE, err);
	return r;
}

int
record_check_rights(
    const struct history *h, struct db *db, bool journal, struct err *err)
{
	const struct table_info *t = &h->info;

	if (t->read_only != NULL) {
		err_set(err, ERR_STATEMENT, "nothing can be written: %s",
		    t->read_only);
		err_hint(err, "%s", t->read_only_hint);
		return ERR_STATEMENT;
	}
	if (!h->exists && !t->may_create) {
		err_set(err, ERR_STATEMENT,
		    "user %s may not create tables in schema %s", t->user,
		    t->schema);
		err_hint(err,
		    "As its owner run: GRANT USAGE, CREATE ON SCHEMA %s TO "
		    "%s; or name another schema with --table SCHEMA.%s.",
		    t->schema_quoted, t->user_quoted, t->name);
		return ERR_STATEMENT;
	}
	if (h->exists && !h->complete && !t->may_alter) {
		err_set(err, ERR_STATEMENT,
		    "user %s is not the owner of %s, whose columns have to "
		    "be completed",
		    t->user, t->quoted);
		err_hint(err, "As %s run: ALTER TABLE %s OWNER TO %s;",
		    t->owner, t->quoted, t->user_quoted);
		return ERR_STATEMENT;
	}
	return h->exists ? rights_check_tables(h, db, journal, err) : 0;
}
