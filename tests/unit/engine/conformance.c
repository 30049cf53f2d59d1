/* What the parts of the suite share, and running them all. */
#include "conformance.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const struct fixture *conformance_fx;

const char conformance_hostile[] = "we\"ird 'na\xc3\xafve'; -- \\ %s";

void
conformance_ok(int r, struct err *err)
{
	if (r < 0)
		print_error("%s\n", err->message);
	err_clear(err);
	assert_true(r >= 0);
}

void
conformance_target(struct target *t, const char *text)
{
	struct err err = ERR_INIT;
	int r;

	memset(t, 0, sizeof(*t));
	r = conformance_fx->engine->claim(t, text, &err);
	conformance_ok(r, &err);
	assert_int_equal(r, 1);
	t->engine = conformance_fx->engine;
	t->source = mem_strdup("a test");
}

struct db *
conformance_open(const struct db_options *opts)
{
	struct err err = ERR_INIT;
	struct target t;
	struct db *db = NULL;
	int r;

	conformance_target(&t, conformance_fx->address);
	r = conformance_fx->engine->open(&db, &t, opts, &err);
	target_clear(&t);
	conformance_ok(r, &err);
	assert_non_null(db);
	return db;
}

struct db *
conformance_open_plain(void)
{
	struct db_options opts = {.connect_timeout_ms = 10000, .create = true};

	return conformance_open(&opts);
}

int
conformance_setup(void **state)
{
	conformance_fx->fresh();
	*state = conformance_open_plain();
	return 0;
}

int
conformance_teardown(void **state)
{
	conformance_fx->engine->close(*state);
	return 0;
}

/* Send a migration's statement, which stands in the given line. */
int
conformance_send(struct db *db, const char *sql, uint64_t line, struct err *err)
{
	struct query q = {.sql = sql};

	q.place.file = "001_test.sql";
	q.place.line = line;
	q.place.column = 1;
	return db->engine->send(db, &q, err);
}

void
conformance_do(struct db *db, const char *sql)
{
	struct err err = ERR_INIT;
	int r = conformance_send(db, sql, 1, &err);

	if (r == 0)
		r = db->engine->wait(db, &err);
	if (r < 0)
		print_error("%s\n", sql);
	conformance_ok(r, &err);
}

void
conformance_refuse(struct db *db, const char *sql, enum db_failure_kind kind,
    const char *message)
{
	struct err err = ERR_INIT;
	int r = conformance_send(db, sql, 1, &err);

	if (r == 0)
		r = db->engine->wait(db, &err);
	assert_true(r < 0);
	assert_int_equal(r, err.code);
	assert_int_equal(db->engine->failure(db)->kind, kind);
	if (strstr(err.message, message) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.message, message);
	err_clear(&err);
}

int64_t
conformance_number(struct db *db, const char *sql)
{
	struct err err = ERR_INIT;
	struct rows rows;
	int64_t n;

	rows_init(&rows);
	conformance_ok(db_query(db, &rows, &err, sql, 0, NULL), &err);
	assert_int_equal(rows.nrows, 1);
	n = rows_number(&rows, 0, 0);
	rows_clear(&rows);
	return n;
}

struct tx
conformance_tx_of(const char *history)
{
	struct tx tx = {.modes = "",
	    .history = history,
	    .lock_key = "sqlmigrate conformance",
	    .number = 1,
	    .lock_timeout_ms = 500,
	    .foreign_keys = -1};

	return tx;
}

void
conformance_begin(struct db *db, const char *history)
{
	struct tx tx = conformance_tx_of(history);
	struct err err = ERR_INIT;
	int r;

	r = db->engine->begin(db, &tx, &err);
	if (r == 0)
		r = db->engine->wait(db, &err);
	conformance_ok(r, &err);
}

/* settle(), seal(), wait(): what stands between a body and its COMMIT. */
int
conformance_finish(struct db *db, struct err *err)
{
	int r = db->engine->settle(db, err);

	if (r == 0 && conformance_fx->engine->seal != NULL)
		r = db->engine->seal(db, err);
	return r < 0 ? r : db->engine->wait(db, err);
}

void
conformance_commit(struct db *db)
{
	struct err err = ERR_INIT;
	int r = conformance_finish(db, &err);

	if (r == 0)
		r = db->engine->commit(db, &err);
	conformance_ok(r, &err);
}

struct table_info
conformance_find(struct db *db, struct arena *a, const char *name)
{
	struct err err = ERR_INIT;
	struct table_info t;
	int r;

	memset(&t, 0xff, sizeof(t));
	r = db->engine->find_table(db, a, NULL, name, &t, &err);
	conformance_ok(r, &err);
	return t;
}

static const struct conformance_part *const parts[] = {
    &conformance_statement,
    &conformance_tx,
    &conformance_session,
    &conformance_catalogue,
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

int
conformance_run(const struct fixture *f, const struct conformance_part *own)
{
	struct CMUnitTest *tests;
	size_t i, n = own->count;
	int failed;

	conformance_fx = f;
	tests = mem_calloc(n, sizeof(*tests));
	memcpy(tests, own->tests, n * sizeof(*tests));
	for (i = 0; i < PARTS; i++) {
		tests = mem_realloc(tests, n + parts[i]->count, sizeof(*tests));
		memcpy(tests + n, parts[i]->tests,
		    parts[i]->count * sizeof(*tests));
		n += parts[i]->count;
	}
	failed = _cmocka_run_group_tests(f->engine->name, tests, n, NULL, NULL);
	free(tests);
	return failed == 0 ? 0 : 1;
}
