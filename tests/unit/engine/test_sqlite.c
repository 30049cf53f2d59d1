/* The conformance suite on SQLite, and what only SQLite has. */
#include "conformance.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/list.h"

static const struct engine *const e = &engine_sqlite;

static char folder[64];
static char path[100];    /* the database of the tests */
static char address[120]; /* "sqlite:" and the path */
static char missing[140];

static void
remove_database(void)
{
	static const char *const tails[] = {
	    "", "-journal", "-wal", "-shm", "-sqlmigrate-lock"};
	char name[140];
	size_t i;

	for (i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, tails[i]);
		unlink(name);
	}
}

/* One that is there: a connection keeps the file that it has made itself. */
static void
fresh_database(void)
{
	int fd;

	remove_database();
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
}

/* --- what a statement may be ------------------------------------------- */

static void
test_parameters_refused(void **state)
{
	static const char *const sql[] = {
	    "SELECT ?", "SELECT ?1", "SELECT :a", "SELECT @a", "SELECT $a"};
	size_t i;

	for (i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
		conformance_refuse(
		    *state, sql[i], DB_FAIL_STATEMENT, "parameter");
		e->rollback(*state);
	}
}

static void
test_tail(void **state)
{
	conformance_do(*state, "CREATE TABLE t (a integer)");
	conformance_do(*state, "INSERT INTO t VALUES (1) ; -- ;\n /* ; */ ;");
	conformance_do(*state, "INSERT INTO t VALUES (1); /* open");
	conformance_do(*state, "-- nothing");
	conformance_do(*state, "");
	conformance_do(*state, ";;");
	assert_int_equal(
	    conformance_number(*state, "SELECT count(*) FROM t"), 2);
	conformance_refuse(*state,
	    "INSERT INTO t VALUES ('\xc3\xa4'); DELETE FROM t",
	    DB_FAIL_STATEMENT, "earlier");
	assert_int_equal(e->failure(*state)->position, 27);
	e->rollback(*state);
	assert_int_equal(
	    conformance_number(*state, "SELECT count(*) FROM t"), 2);
}

static void
test_refused_in_transaction(void **state)
{
	static const char *const sql[] = {"BEGIN", "COMMIT", "END", "ROLLBACK",
	    "ATTACH ':memory:' AS other", "DETACH main",
	    "PRAGMA foreign_keys = on"};
	struct err err = ERR_INIT;
	size_t i;

	for (i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
		conformance_begin(*state, NULL);
		conformance_refuse(*state, sql[i], DB_FAIL_ESCAPED, "");
		e->rollback(*state);
	}
	/* Outside of one there is nothing against the last two. */
	conformance_do(*state, sql[4]);
	conformance_do(*state, "CREATE TABLE other.t (a integer)");
	conformance_do(*state, sql[6]);
	assert_int_equal(conformance_number(*state, "PRAGMA foreign_keys"), 1);
	assert_int_equal(e->reset(*state, &err), 0);
	assert_int_equal(conformance_number(*state, "PRAGMA foreign_keys"), 0);
	conformance_refuse(
	    *state, "SELECT * FROM other.t", DB_FAIL_STATEMENT, "other");
	e->rollback(*state);
}

/* A transaction that the file opens outside of the runner's is not lost. */
static void
test_left_open(void **state)
{
	conformance_do(*state, "CREATE TABLE t (a integer)");
	conformance_refuse(*state, "BEGIN", DB_FAIL_ESCAPED, "");
	e->rollback(*state);
	conformance_refuse(
	    *state, "SAVEPOINT s", DB_FAIL_ESCAPED, "left a transaction");
	e->rollback(*state);
	conformance_do(*state, "INSERT INTO t VALUES (1)");
}

static void
test_rolled_back_by_itself(void **state)
{
	conformance_do(*state, "CREATE TABLE t (a integer PRIMARY KEY)");
	conformance_do(*state, "INSERT INTO t VALUES (1)");
	conformance_do(*state, "CREATE TABLE u (a integer)");
	conformance_do(*state,
	    "CREATE TRIGGER r AFTER INSERT ON u "
	    "BEGIN SELECT RAISE(ROLLBACK, 'enough'); END");
	conformance_begin(*state, NULL);
	conformance_do(*state, "INSERT INTO t VALUES (2)");
	conformance_refuse(*state, "INSERT OR ROLLBACK INTO t VALUES (1)",
	    DB_FAIL_ESCAPED, "UNIQUE");
	e->rollback(*state);
	conformance_begin(*state, NULL);
	conformance_do(*state, "INSERT INTO t VALUES (3)");
	conformance_refuse(
	    *state, "INSERT INTO u VALUES (1)", DB_FAIL_ESCAPED, "enough");
	assert_true(e->settle(*state, NULL) < 0);
	assert_true(e->commit(*state, NULL) < 0);
	e->rollback(*state);
	assert_int_equal(
	    conformance_number(*state, "SELECT count(*) FROM t"), 1);
}

/* VACUUM has a BEGIN and an ATTACH of its own. */
static void
test_vacuum(void **state)
{
	struct err err = ERR_INIT;

	conformance_do(*state, "CREATE TABLE t (a integer)");
	conformance_do(*state, "VACUUM");
	assert_int_equal(e->reset(*state, &err), 0);
	conformance_begin(*state, NULL);
	conformance_refuse(*state, "VACUUM", DB_FAIL_STATEMENT, "transaction");
	assert_true(e->settle(*state, &err) < 0);
	assert_non_null(strstr(err.hint, "no-transaction"));
	err_clear(&err);
	e->rollback(*state);
}

static void
test_settings_vanish(void **state)
{
	struct err err = ERR_INIT;

	conformance_do(*state, "CREATE TABLE t (a integer)");
	conformance_begin(*state, NULL);
	conformance_do(*state, "PRAGMA case_sensitive_like = on");
	conformance_do(*state, "CREATE TEMP VIEW v AS SELECT 1");
	conformance_do(*state, "PRAGMA query_only = on");
	/* The runner writes its row after the body. */
	assert_int_equal(e->settle(*state, &err), 0);
	conformance_do(*state, "INSERT INTO t VALUES (1)");
	assert_int_equal(e->commit(*state, &err), 0);
	assert_int_equal(e->reset(*state, &err), 0);
	assert_int_equal(conformance_number(*state, "SELECT 'a' LIKE 'A'"), 1);
	assert_int_equal(conformance_number(
			     *state, "SELECT count(*) FROM sqlite_temp_master"),
	    0);
	assert_int_equal(
	    conformance_number(*state, "SELECT count(*) FROM t"), 1);
}

/* The log's row of a failure is written after rollback(). */
static void
test_settings_rolled_back(void **state)
{
	struct err err = ERR_INIT;

	conformance_do(*state, "CREATE TABLE t (a integer)");
	conformance_begin(*state, NULL);
	conformance_do(*state, "PRAGMA query_only = on");
	conformance_refuse(
	    *state, "INSERT INTO t VALUES (1)", DB_FAIL_STATEMENT, "read-only");
	e->rollback(*state);
	assert_int_equal(e->failure(*state)->kind, DB_FAIL_NONE);
	conformance_do(*state, "INSERT INTO t VALUES (2)");

	/* A setting made outside is the file's, and stays until reset(). */
	conformance_do(*state, "PRAGMA ignore_check_constraints = on");
	conformance_begin(*state, NULL);
	assert_int_equal(e->settle(*state, &err), 0);
	assert_int_equal(e->commit(*state, &err), 0);
	assert_int_equal(
	    conformance_number(*state, "PRAGMA ignore_check_constraints"), 1);
	assert_int_equal(e->reset(*state, &err), 0);
	assert_int_equal(
	    conformance_number(*state, "PRAGMA ignore_check_constraints"), 0);
}

static void
test_defensive(void **state)
{
	static const char edit[] =
	    "UPDATE sqlite_master SET sql = 'CREATE TABLE t (a, b)' "
	    "WHERE name = 't'";
	struct db_options opts = {.unsafe_schema = true};
	struct db *db;

	conformance_do(*state, "CREATE TABLE t (a integer)");
	conformance_do(*state, "PRAGMA writable_schema = on");
	conformance_refuse(
	    *state, edit, DB_FAIL_STATEMENT, "may not be modified");
	e->rollback(*state);

	db = conformance_open(&opts);
	conformance_do(db, "CREATE TABLE history (number integer)");
	conformance_begin(db, "\"main\".\"history\"");
	conformance_do(db, "PRAGMA writable_schema = on");
	conformance_do(db, edit);
	assert_true(e->touched(db));
	assert_int_equal(e->settle(db, NULL), 0);
	conformance_do(db, "INSERT INTO t (b) VALUES (1)");
	e->rollback(db);

	/* A schema that cannot be read is not committed. */
	conformance_begin(db, NULL);
	conformance_do(db, "PRAGMA writable_schema = on");
	conformance_do(
	    db, "UPDATE sqlite_master SET sql = 'broken' WHERE name = 't'");
	assert_int_equal(e->settle(db, NULL), ERR_STATEMENT);
	e->rollback(db);
	assert_int_equal(conformance_number(db, "SELECT count(*) FROM t"), 0);
	e->close(db);
	conformance_refuse(*state, "SELECT load_extension('x')",
	    DB_FAIL_STATEMENT, "not authorized");
	e->rollback(*state);
}

/* --- foreign keys ------------------------------------------------------ */

static void
begin_keys(struct db *db, int foreign_keys)
{
	struct tx tx = {.modes = "", .foreign_keys = foreign_keys};

	assert_int_equal(e->begin(db, &tx, NULL), 0);
}

static void
keys_make(struct db *db)
{
	conformance_do(db, "CREATE TABLE p (a integer PRIMARY KEY)");
	conformance_do(
	    db, "CREATE TABLE c (id integer PRIMARY KEY, a REFERENCES p)");
	conformance_do(db, "INSERT INTO p VALUES (1), (2)");
	conformance_do(db, "INSERT INTO c VALUES (1, 1), (2, 77)");
}

static void
test_keys_hoisted(void **state)
{
	struct err err = ERR_INIT;

	keys_make(*state);
	begin_keys(*state, 1);
	assert_int_equal(conformance_number(*state, "PRAGMA foreign_keys"), 1);
	conformance_do(*state, "PRAGMA foreign_keys = on");
	conformance_refuse(*state, "INSERT INTO c VALUES (3, 78)",
	    DB_FAIL_STATEMENT, "FOREIGN KEY");
	e->rollback(*state);
	assert_int_equal(conformance_number(*state, "PRAGMA foreign_keys"), 0);

	/* What was violated before is no fault of the migration ... */
	begin_keys(*state, 0);
	conformance_do(*state, "INSERT INTO c VALUES (4, 2)");
	assert_int_equal(e->seal(*state, &err), 0);
	assert_int_equal(e->commit(*state, &err), 0);
	/* ... but what is new is, even where an old one went. */
	begin_keys(*state, 0);
	conformance_do(*state, "DELETE FROM c WHERE id = 2");
	conformance_do(*state, "INSERT INTO c VALUES (5, 79)");
	assert_int_equal(e->seal(*state, &err), ERR_STATEMENT);
	assert_non_null(strstr(err.message, "rowid 5 of table c"));
	err_clear(&err);
	e->rollback(*state);
	assert_int_equal(
	    conformance_number(*state, "SELECT count(*) FROM c"), 3);
}

/* The rebuild of a table that is referred to, as SQLite's manual has it. */
static void
test_keys_rebuild(void **state)
{
	struct db_options opts = {.foreign_keys = true};
	struct db *db = conformance_open(&opts);
	struct err err = ERR_INIT;

	(void)state;
	conformance_do(db, "CREATE TABLE p (a integer PRIMARY KEY)");
	conformance_do(db, "CREATE TABLE c (a REFERENCES p ON DELETE CASCADE)");
	conformance_do(db, "INSERT INTO p VALUES (1)");
	conformance_do(db, "INSERT INTO c VALUES (1)");
	begin_keys(db, 0);
	conformance_do(db, "CREATE TABLE q (a integer PRIMARY KEY, b text)");
	conformance_do(db, "INSERT INTO q SELECT a, 'x' FROM p");
	conformance_do(db, "DROP TABLE p");
	conformance_do(db, "ALTER TABLE q RENAME TO p");
	assert_int_equal(e->settle(db, &err), 0);
	assert_int_equal(e->seal(db, &err), 0);
	assert_int_equal(e->commit(db, &err), 0);
	assert_int_equal(conformance_number(db, "SELECT count(*) FROM c"), 1);
	assert_int_equal(conformance_number(db, "PRAGMA foreign_keys"), 1);
	e->close(db);
}

/* A key that cannot be checked before the body may be what it mends. */
static void
test_keys_mismatch(void **state)
{
	struct err err = ERR_INIT;

	conformance_do(*state, "CREATE TABLE p (a integer)");
	conformance_do(*state, "CREATE TABLE c (a REFERENCES p (a))");
	conformance_do(*state, "INSERT INTO c VALUES (1)");
	begin_keys(*state, 0);
	conformance_do(*state, "INSERT INTO p VALUES (1)");
	conformance_do(*state, "CREATE UNIQUE INDEX i ON p (a)");
	assert_int_equal(e->seal(*state, &err), 0);
	assert_int_equal(e->commit(*state, &err), 0);
	/* After it, one that cannot be checked is a fault. */
	begin_keys(*state, 0);
	conformance_do(*state, "DROP INDEX i");
	assert_int_equal(e->seal(*state, &err), ERR_STATEMENT);
	assert_non_null(strstr(err.message, "mismatch"));
	err_clear(&err);
	e->rollback(*state);
}

/* --- locks ------------------------------------------------------------- */

static void
test_busy(void **state)
{
	struct db_options opts = {0};
	struct tx tx = {.modes = "", .lock_timeout_ms = 50, .foreign_keys = -1};
	struct db *other = conformance_open(&opts);
	struct err err = ERR_INIT;

	begin_keys(*state, -1);
	assert_int_equal(e->begin(other, &tx, &err), ERR_LOCK);
	assert_int_equal(e->failure(other)->kind, DB_FAIL_LOCKED);
	assert_non_null(strstr(err.message, "another process holds a lock on"));
	err_clear(&err);
	e->rollback(other);
	e->rollback(*state);

	/* A reader keeps a COMMIT from the file: it can be tried again. */
	conformance_do(*state, "CREATE TABLE t (a integer)");
	conformance_do(*state, "INSERT INTO t VALUES (1)");
	assert_int_equal(e->begin(other, &tx, &err), 0);
	conformance_do(other, "INSERT INTO t VALUES (2)");
	assert_int_equal(db_query(*state, NULL, &err, "BEGIN", 0, NULL), 0);
	assert_int_equal(
	    conformance_number(*state, "SELECT count(*) FROM t"), 1);
	assert_int_equal(e->commit(other, &err), ERR_LOCK);
	assert_int_equal(e->failure(other)->kind, DB_FAIL_RETRY);
	err_clear(&err);
	e->rollback(other);
	e->rollback(*state);
	e->close(other);
}

/* The lock file is never written through a link that someone put there. */
static void
test_lock_file(void **state)
{
	struct lock_holder holder;
	struct err err = ERR_INIT;
	char name[140];

	assert_int_equal(e->try_lock(*state, "k", false, &holder, &err), 1);
	snprintf(name, sizeof(name), "%s-sqlmigrate-lock", path);
	assert_int_equal(e->lock_holder(*state, "k", &holder, &err), LOCK_FREE);
	assert_int_equal(access(name, F_OK), -1);
	assert_int_equal(symlink("/dev/null", name), 0);
	assert_int_equal(
	    e->try_lock(*state, "k", true, &holder, &err), ERR_STATEMENT);
	assert_non_null(strstr(err.message, name));
	err_clear(&err);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(mkdir(name, 0700), 0);
	assert_int_equal(
	    e->try_lock(*state, "k", true, &holder, &err), ERR_STATEMENT);
	err_clear(&err);
	assert_int_equal(rmdir(name), 0);
	assert_int_equal(e->try_lock(*state, "k", true, &holder, &err), 1);
	assert_int_equal(e->try_lock(*state, "k", true, &holder, &err), 1);
	e->unlock(*state);
	e->unlock(*state);
}

/* Another process that has the lock file; returns when it does. */
static pid_t
hold_lock_file(void)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char name[140], ready;
	int ends[2];
	pid_t pid;

	snprintf(name, sizeof(name), "%s-sqlmigrate-lock", path);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		if (fcntl(open(name, O_RDWR | O_CREAT, 0600), F_SETLK, &l) !=
			0 ||
		    write(ends[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	assert_int_equal(read(ends[0], &ready, 1), 1);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

/*
 * Whoever has the lock file waits for a database that we keep: we do not wait
 * for the lock file.
 */
static void
test_kept(void **state)
{
	struct db_options opts = {.create = true};
	struct tx tx = conformance_tx_of(NULL);
	struct err err = ERR_INIT;
	struct db *db;
	pid_t pid;

	tx.lock_key = "k";
	pid = hold_lock_file();
	assert_int_equal(e->begin(*state, &tx, &err), ERR_LOCK);
	err_clear(&err);
	e->rollback(*state);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);

	remove_database();
	db = conformance_open(&opts);
	conformance_begin(db, NULL);
	conformance_do(db, "CREATE TABLE t (a integer)");
	conformance_commit(db);
	pid = hold_lock_file();
	conformance_ok(e->begin(db, &tx, &err), &err);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	e->close(db);
}

static void
test_find_schema(void **state)
{
	struct arena *a = arena_new();
	struct err err = ERR_INIT;
	struct table_info t;

	conformance_do(
	    *state, "CREATE TABLE T1 (a integer PRIMARY KEY NOT NULL, b INT)");
	assert_int_equal(e->find_table(*state, a, "main", "t1", &t, &err), 0);
	assert_string_equal(t.quoted, "\"main\".\"T1\"");
	assert_true(t.columns[0].not_null);
	assert_true(t.columns[0].has_default);
	assert_false(t.columns[1].has_default);
	assert_int_equal(
	    e->find_table(*state, a, "public", "t1", &t, &err), ERR_USAGE);
	err_clear(&err);
	arena_free(a);
}

/* --- the fixture ------------------------------------------------------- */

static const struct CMUnitTest tests[] = {
    CONFORMANCE_TEST(test_parameters_refused),
    CONFORMANCE_TEST(test_tail),
    CONFORMANCE_TEST(test_refused_in_transaction),
    CONFORMANCE_TEST(test_left_open),
    CONFORMANCE_TEST(test_rolled_back_by_itself),
    CONFORMANCE_TEST(test_vacuum),
    CONFORMANCE_TEST(test_settings_vanish),
    CONFORMANCE_TEST(test_settings_rolled_back),
    CONFORMANCE_TEST(test_defensive),
    CONFORMANCE_TEST(test_keys_hoisted),
    CONFORMANCE_TEST(test_keys_rebuild),
    CONFORMANCE_TEST(test_keys_mismatch),
    CONFORMANCE_TEST(test_busy),
    CONFORMANCE_TEST(test_lock_file),
    CONFORMANCE_TEST(test_kept),
    CONFORMANCE_TEST(test_find_schema),
};

static const struct conformance_part own = {
    tests, sizeof(tests) / sizeof(tests[0])};

static const char *const indirect[] = {
    "CREATE TRIGGER note AFTER INSERT ON plain "
    "BEGIN INSERT INTO history VALUES (NEW.a, NULL); END",
    NULL};

static const struct fixture fixture = {
    .engine = &engine_sqlite,
    .address = address,
    .missing = missing,
    .wrong = "sqlite://",
    .fresh = fresh_database,
    .slow = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 "
	    "FROM c WHERE n < 100000000000) SELECT max(n) FROM c",
    .other = "CREATE VIRTUAL TABLE strange USING fts5 (a)",
    .indirect = indirect,
};

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	int r;

	snprintf(folder, sizeof(folder), "%.30s/sqlmigrate-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(folder) == NULL) {
		printf("Bail out! %s: %s\n", folder, strerror(errno));
		return 1;
	}
	snprintf(path, sizeof(path), "%s/test.db", folder);
	snprintf(address, sizeof(address), "sqlite:%s", path);
	snprintf(missing, sizeof(missing), "sqlite:%s/missing.db", folder);
	r = conformance_run(&fixture, &own);
	remove_database();
	rmdir(folder);
	return r;
}
