/* Failures of the machine under SQLite: no room, no disk, damage, waiting. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "engine/list.h"

static const struct engine *const e = &engine_sqlite;

static char folder[64];
static char path[100];

#define FILL "INSERT INTO t SELECT randomblob(1000) FROM n"

/* The file is there: a connection keeps one that it has made itself. */
static struct db *
open_path(void)
{
	struct db_options opts = {
	    .create = true, .lock_wait_ms = INT64_C(3600000)};
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	struct target t = {.address = mem_strdup(path)};
	struct err err = ERR_INIT;
	struct db *db = NULL;

	assert_true(fd >= 0);
	close(fd);
	if (e->open(&db, &t, &opts, &err) < 0)
		fail_msg("%s", err.message);
	target_clear(&t);
	return db;
}

/* A statement of the runner's succeeds. */
static void
run(struct db *db, const char *sql)
{
	struct err err = ERR_INIT;

	if (db_query(db, NULL, &err, sql, 0, NULL) < 0)
		fail_msg("%s", err.message);
}

static int64_t
number(struct db *db, const char *sql)
{
	struct rows rows;
	int64_t n;

	rows_init(&rows);
	assert_int_equal(db_query(db, &rows, NULL, sql, 0, NULL), 0);
	n = rows_number(&rows, 0, 0);
	rows_clear(&rows);
	return n;
}

static void
begin(struct db *db)
{
	struct tx tx = {
	    .modes = "", .lock_timeout_ms = 100, .foreign_keys = -1};

	assert_int_equal(e->begin(db, &tx, NULL), 0);
}

/* The message names the file and says what. */
static void
assert_says(struct err *err, const char *what)
{
	assert_non_null(err->message);
	if (strstr(err->message, what) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err->message, what);
	assert_non_null(strstr(err->message, path));
	assert_non_null(err->detail);
	err_clear(err);
}

static int
setup(void **state)
{
	unlink(path);
	*state = open_path();
	run(*state, "CREATE TABLE t (a blob)");
	run(*state, "CREATE TABLE n (a integer)");
	run(*state,
	    "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
	    "WHERE n < 3000) INSERT INTO n SELECT n FROM c");
	return 0;
}

static int
teardown(void **state)
{
	e->close(*state);
	unlink(path);
	return 0;
}

static void
test_full(void **state)
{
	struct err err = ERR_INIT;

	run(*state, "PRAGMA max_page_count = 100");
	begin(*state);
	assert_int_equal(
	    db_query(*state, NULL, &err, FILL, 0, NULL), ERR_STATEMENT);
	assert_non_null(err.hint);
	assert_says(&err, "the disk is full");
	assert_int_equal(e->failure(*state)->kind, DB_FAIL_STATEMENT);
	assert_int_equal(e->commit(*state, NULL), ERR_STATEMENT);
	e->rollback(*state);
	assert_int_equal(number(*state, "SELECT count(*) FROM t"), 0);
}

/*
 * The disk fails at some write, in a statement or in the COMMIT: nothing of
 * the transaction is there afterwards, and the database is whole.
 */
static void
test_io_error(void **state)
{
	struct rlimit limit, before;
	struct err err = ERR_INIT;
	rlim_t size;
	int r, refused = 0;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	for (size = 40000; size < 4200000; size += 130000) {
		limit = before;
		limit.rlim_cur = size;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		begin(*state);
		r = db_query(*state, NULL, &err, FILL, 0, NULL);
		if (r == 0)
			r = e->commit(*state, &err);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		if (r == 0)
			break;
		refused++;
		assert_int_equal(r, ERR_STATEMENT);
		assert_non_null(strstr(err.detail, strerror(EFBIG)));
		assert_says(&err, "cannot be read or written");
		e->rollback(*state);
		assert_int_equal(number(*state, "SELECT count(*) FROM t"), 0);
	}
	assert_true(refused > 5);
	assert_int_equal(number(*state, "SELECT count(*) FROM t"), 3000);
	assert_int_equal(number(*state,
			     "SELECT count(*) FROM pragma_integrity_check "
			     "WHERE integrity_check = 'ok'"),
	    1);
	signal(SIGXFSZ, SIG_DFL);
}

static void
test_damage(void **state)
{
	char junk[4096];
	struct err err = ERR_INIT;
	int fd;

	run(*state, FILL);
	e->close(*state);
	memset(junk, 0xa5, sizeof(junk));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(
	    pwrite(fd, junk, sizeof(junk), sizeof(junk)), sizeof(junk));
	close(fd);
	*state = open_path();
	assert_int_equal(
	    db_query(*state, NULL, &err, "SELECT count(a) FROM t", 0, NULL),
	    ERR_STATEMENT);
	assert_non_null(err.hint);
	assert_says(&err, "damaged");
	e->rollback(*state);
}

static void *
cancel_soon(void *arg)
{
	struct timespec nap = {.tv_nsec = 200000000};
	struct db *db = arg;

	nanosleep(&nap, NULL);
	e->cancel(db);
	return NULL;
}

/* cancel() also ends the wait for another process's lock. */
static void
test_cancel_while_busy(void **state)
{
	struct tx tx = {.modes = "", .foreign_keys = -1}; /* for an hour */
	struct db *other = open_path();
	struct err err = ERR_INIT;
	pthread_t thread;

	begin(other);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, *state), 0);
	assert_true(e->begin(*state, &tx, &err) < 0);
	assert_int_equal(e->failure(*state)->kind, DB_FAIL_CANCELLED);
	err_clear(&err);
	assert_int_equal(pthread_join(thread, NULL), 0);
	e->rollback(*state);
	e->rollback(other);
	assert_int_equal(e->begin(*state, &tx, &err), 0);
	e->rollback(*state);
	e->close(other);
}

/* Who was told of a wait, which ends it. */
struct told {
	struct db *db;
	int waits;
};

static void
end_wait(void *arg, const char *holder)
{
	struct told *told = arg;

	assert_string_not_equal(holder, "");
	told->waits++;
	e->cancel(told->db);
}

static void
open_told(struct told *told)
{
	struct db_options opts = {.lock_wait_ms = INT64_C(3600000),
	    .waiting = end_wait,
	    .notice_arg = told};
	struct target t = {.address = mem_strdup(path)};
	struct err err = ERR_INIT;

	assert_int_equal(e->open(&told->db, &t, &opts, &err), 0);
	target_clear(&t);
}

/* A statement waits as long as open() was told, and not where it says so. */
static void
test_at_once(void **state)
{
	struct told told = {.waits = 0};
	struct query q = {.sql = "INSERT INTO t VALUES (1)", .at_once = true};
	struct err err = ERR_INIT;

	open_told(&told);
	begin(*state);
	assert_int_equal(e->send(told.db, &q, &err), ERR_LOCK);
	assert_int_equal(told.waits, 0);
	assert_non_null(strstr(err.message, "another process holds a lock on"));
	assert_null(strstr(err.message, "within"));
	err_clear(&err);
	e->rollback(told.db);
	q.at_once = false;
	assert_int_equal(e->send(told.db, &q, &err), ERR_INTERRUPT);
	assert_int_equal(told.waits, 1);
	err_clear(&err);
	e->rollback(told.db);
	e->rollback(*state);
	assert_int_equal(e->send(told.db, &q, &err), 0);
	e->close(told.db);
}

/* A new connection waits for others' locks as a statement does. */
static void
test_reset_locked(void **state)
{
	struct told told = {.waits = 0};
	struct query q = {.sql = "PRAGMA recursive_triggers = on",
	    .place = {.file = "001_test.sql"}};
	struct err err = ERR_INIT;

	open_told(&told);
	assert_int_equal(e->send(told.db, &q, &err), 0);
	run(*state, "BEGIN EXCLUSIVE");
	assert_int_equal(e->reset(told.db, &err), ERR_INTERRUPT);
	assert_int_equal(told.waits, 1);
	assert_non_null(strstr(err.message, path));
	assert_non_null(strstr(err.message, "was cancelled"));
	err_clear(&err);
	run(*state, "ROLLBACK");
	q.sql = "SELECT 1";
	assert_int_equal(e->send(told.db, &q, &err), ERR_CONNECTION);
	err_clear(&err);
	assert_int_equal(e->failure(told.db)->kind, DB_FAIL_LOST);
	e->close(told.db);
}

/* A backup waits no longer than a statement does. */
static void
test_backup_locked(void **state)
{
	struct db_options opts = {.lock_wait_ms = 0};
	struct target t = {.address = mem_strdup(path)};
	struct err err = ERR_INIT;
	struct db *db = NULL;
	char name[140];

	assert_int_equal(e->open(&db, &t, &opts, &err), 0);
	target_clear(&t);
	run(*state, "BEGIN EXCLUSIVE");
	snprintf(name, sizeof(name), "%s-backup", path);
	close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(e->backup(db, name, &err), ERR_LOCK);
	assert_non_null(strstr(err.message, "no backup: another process"));
	assert_non_null(err.hint);
	err_clear(&err);
	run(*state, "ROLLBACK");
	assert_int_equal(e->backup(db, name, &err), 0);
	unlink(name);
	e->close(db);
}

/* A database that went away during reset() is an error from then on. */
static void
test_gone(void **state)
{
	struct query q = {.sql = "PRAGMA recursive_triggers = on",
	    .place = {.file = "001_test.sql"}};
	struct tx tx = {.modes = "", .foreign_keys = -1};
	struct err err = ERR_INIT;

	assert_int_equal(e->send(*state, &q, &err), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(e->reset(*state, &err), ERR_CONNECTION);
	assert_non_null(strstr(err.message, "is not there"));
	err_clear(&err);
	assert_int_equal(e->begin(*state, &tx, &err), ERR_CONNECTION);
	err_clear(&err);
	assert_int_equal(e->failure(*state)->kind, DB_FAIL_LOST);
	e->rollback(*state);
	assert_int_equal(e->wait(*state, &err), 0);
	e->cancel(*state);
	assert_int_equal(e->send(*state, &q, &err), ERR_CONNECTION);
	err_clear(&err);
	e->rollback(*state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_io_error, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_cancel_while_busy, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_at_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_reset_locked, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_backup_locked, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
	};
	const char *tmp = getenv("TMPDIR");
	int failed;

	snprintf(folder, sizeof(folder), "%.30s/sqlmigrate-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(folder) == NULL) {
		printf("Bail out! %s: %s\n", folder, strerror(errno));
		return 1;
	}
	snprintf(path, sizeof(path), "%s/test.db", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
