/*
 * For the tests of what files and history come to: a folder ./in, an SQLite
 * database, and both laid side by side.
 */
#ifndef TEST_HISTORY_TEST_H
#define TEST_HISTORY_TEST_H

#include "scratch.h"

#include "engine/list.h"
#include "migration/folder.h"
#include "migration/history.h"
#include "migration/plan.h"
#include "migration/record.h"
#include "migration/state.h"

static const struct history_name history_name = {.table = "schema_version"};
static const struct actor actor = {
    .applied_by = "me@here", .host = "here", .program = "test"};
static struct db *db;
static struct folder *folder;
static struct history *history;
static struct state *laid;

static inline void
history_sql(const char *sql)
{
	struct err e = ERR_INIT;

	if (db_query(db, NULL, &e, sql, 0, NULL) < 0)
		fail_msg("%s: %s", sql, e.message);
}

static inline int
history_setup(void **state)
{
	struct target t = {.engine = &engine_sqlite};
	struct db_options o = {.create = true};
	struct err e = ERR_INIT;
	char path[] = "db", shown[] = "db";

	scratch_setup(state);
	t.address = path;
	t.shown = shown;
	scratch_sh("mkdir in");
	return engine_sqlite.open(&db, &t, &o, &e);
}

static inline void
history_forget(void)
{
	state_free(laid);
	history_free(history);
	folder_free(folder);
	laid = NULL;
	history = NULL;
	folder = NULL;
}

static inline int
history_teardown(void **state)
{
	history_forget();
	engine_sqlite.close(db);
	return scratch_teardown(state);
}

/* Read all anew. */
static inline void
history_lay_as(const struct script_options *options)
{
	struct err e = ERR_INIT;

	history_forget();
	if (folder_read(&folder, "in", options, &e) < 0 ||
	    history_load(&history, db, &history_name, &e) < 0)
		fail_msg("%s", e.message);
	laid = state_make(folder, history);
}

static inline void
history_lay(void)
{
	history_lay_as(&sqlite);
}

/* Record a migration of the folder as applied. */
static inline void
history_apply(uint64_t number)
{
	struct migration *m = folder_find(folder, number);
	struct record rec = {
	    .migration = m, .version = m->version, .origin = "applied"};
	struct err e = ERR_INIT;
	struct rows rows;

	rows_init(&rows);
	assert_int_equal(folder_check_forward(folder, m, &e), 0);
	if (!history->complete)
		assert_int_equal(record_make_tables(history, db, &e), 0);
	assert_int_equal(
	    record_insert(history, db, &rec, &actor, &rows, &e), 0);
	assert_int_equal(rows.affected, 1);
	rows_clear(&rows);
}

/* 001 to 003, with versions 1.0.0 to 1.2.0 and rollbacks; all applied. */
static inline void
history_three(void)
{
	scratch_put("in/001_a.sql", "-- Version: 1.0.0\ncreate table a(x);");
	scratch_put("in/001_a_rollback.sql", "drop table a;");
	scratch_put("in/002_b.sql", "-- Version: 1.1.0\ncreate table b(x);");
	scratch_put("in/002_b_rollback.sql", "drop table b;");
	scratch_put("in/003_c.sql", "-- Version: 1.2.0\ncreate table c(x);");
	scratch_put("in/003_c_rollback.sql", "drop table c;");
	history_lay();
	history_apply(1);
	history_apply(2);
	history_apply(3);
	history_lay();
}

#endif
