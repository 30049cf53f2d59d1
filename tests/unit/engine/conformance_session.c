/* Conformance: cancelling, resetting, and the run lock. */
#include "conformance.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *
cancel_soon(void *arg)
{
	struct db *db = arg;
	struct timespec nap = {.tv_nsec = 500000000};

	nanosleep(&nap, NULL);
	db->engine->cancel(db);
	return NULL;
}

static void
test_cancel(void **state)
{
	struct db *db = *state;
	pthread_t thread;
	time_t start = time(NULL);

	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, db), 0);
	conformance_refuse(db, conformance_fx->slow, DB_FAIL_CANCELLED, "");
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(time(NULL) - start < 20);
	db->engine->rollback(db);
	assert_int_equal(conformance_number(db, "SELECT 1"), 1);
}

static void
test_reset(void **state)
{
	struct db *db = *state;
	struct err err = ERR_INIT;

	conformance_do(db, "CREATE TABLE kept (a integer)");
	conformance_ok(db->engine->reset(db, &err), &err);
	conformance_begin(db, NULL);
	conformance_do(db, "CREATE TEMPORARY TABLE gone (a integer)");
	conformance_commit(db);
	conformance_ok(db->engine->reset(db, &err), &err);
	assert_int_equal(
	    conformance_number(db, "SELECT count(*) FROM kept"), 0);
	conformance_refuse(db, "SELECT * FROM gone", DB_FAIL_STATEMENT, "gone");
	db->engine->rollback(db);
}

/*
 * Another process, since a lock of one's own may be had twice.  It is begun
 * while no connection is open here: SQLite's must not be carried over fork().
 */
static pid_t
holder_begin(int *release)
{
	struct lock_holder holder;
	struct err err = ERR_INIT;
	int up[2], down[2];
	struct db *db;
	pid_t pid;
	char c = 'n';

	assert_int_equal(pipe(up), 0);
	assert_int_equal(pipe(down), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(down[1]);
		db = conformance_open_plain();
		if (db->engine->try_lock(db, "key", true, &holder, &err) == 1)
			c = 'y';
		c = write(up[1], &c, 1) == 1 ? c : 'n';
		(void)!read(down[0], &c, 1); /* until the test lets go */
		_exit(0);
	}
	close(up[1]);
	close(down[0]);
	assert_int_equal(read(up[0], &c, 1), 1);
	close(up[0]);
	assert_int_equal(c, 'y');
	*release = down[1];
	return pid;
}

static void
expect_holder(struct db *db, int seen)
{
	struct lock_holder holder = {.text = "x"};
	struct err err = ERR_INIT;
	int r = db->engine->lock_holder(db, "key", &holder, &err);

	conformance_ok(r, &err);
	assert_int_equal(r, seen);
	assert_int_equal(strncmp(holder.text, "pid ", 4) == 0, r == LOCK_HELD);
	assert_int_equal(*holder.text == '\0', r == LOCK_FREE);
}

/* A server may need a moment to see that its client is gone. */
static int
lock_within_seconds(struct db *db, struct err *err)
{
	struct lock_holder holder;
	int i, r = 0;

	for (i = 0; i < 100 && r == 0; i++) {
		r = db->engine->try_lock(db, "key", true, &holder, err);
		if (r == 0)
			poll(NULL, 0, 50);
	}
	return r;
}

static void
test_lock(void **state)
{
	struct lock_holder holder = {.named = 0};
	struct err err = ERR_INIT;
	struct db *db;
	int release, r;
	pid_t pid;

	(void)state;
	conformance_fx->fresh();
	pid = holder_begin(&release);
	db = conformance_open_plain();
	r = db->engine->try_lock(db, "key", true, &holder, &err);
	conformance_ok(r, &err);
	assert_int_equal(r, 0);
	assert_non_null(strstr(holder.text, "pid "));
	expect_holder(db, LOCK_HELD);
	/* Nor is it had for what needs no more than transactions. */
	r = db->engine->try_lock(db, "key", false, &holder, &err);
	conformance_ok(r, &err);
	assert_int_equal(r, 0);
	close(release);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	r = lock_within_seconds(db, &err);
	conformance_ok(r, &err);
	assert_int_equal(r, 1);
	expect_holder(db, LOCK_FREE); /* but for ourselves */

	/* It outlives a reset, and is free after unlock(). */
	conformance_ok(db->engine->reset(db, &err), &err);
	db->engine->unlock(db);
	db->engine->close(db);
	pid = holder_begin(&release);
	close(release);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static const struct CMUnitTest tests[] = {
    CONFORMANCE_TEST(test_cancel),
    CONFORMANCE_TEST(test_reset),
    cmocka_unit_test(test_lock),
};

const struct conformance_part conformance_session = {
    tests, sizeof(tests) / sizeof(tests[0])};
