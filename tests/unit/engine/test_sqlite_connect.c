/* Opening a database file: which are taken, and what is said of the others. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "engine/list.h"

static char folder[64];
static char path[100]; /* the database of the tests */

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

static struct db *
open_at(const char *where, const struct db_options *opts)
{
	struct target t = {.address = mem_strdup(where)};
	struct err err = ERR_INIT;
	struct db *db = NULL;

	if (engine_sqlite.open(&db, &t, opts, &err) < 0)
		fail_msg("%s", err.message);
	target_clear(&t);
	return db;
}

static void
run(struct db *db, const char *sql)
{
	struct err err = ERR_INIT;

	if (db_query(db, NULL, &err, sql, 0, NULL) < 0)
		fail_msg("%s", err.message);
}

/* A statement fails; the message names the file and holds the text. */
static void
refused(struct db *db, const char *sql, const char *message)
{
	struct err err = ERR_INIT;

	assert_int_equal(db_query(db, NULL, &err, sql, 0, NULL), ERR_STATEMENT);
	if (strstr(err.message, message) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.message, message);
	assert_non_null(strstr(err.message, path));
	err_clear(&err);
	engine_sqlite.rollback(db);
}

static void
open_refused(const char *where, bool create, const char *message)
{
	struct db_options opts = {.create = create};
	struct target t = {.address = mem_strdup(where)};
	struct err err = ERR_INIT;
	struct db *db = NULL;

	assert_int_equal(
	    engine_sqlite.open(&db, &t, &opts, &err), ERR_CONNECTION);
	assert_null(db);
	if (strstr(err.message, message) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.message, message);
	assert_non_null(strstr(err.message, where));
	err_clear(&err);
	target_clear(&t);
}

static void
file_write(const char *name, const char *text, size_t n)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void
test_open_errors(void **state)
{
	char name[160], junk[2000];

	(void)state;
	remove_database();
	open_refused(path, false, "is not there");
	assert_int_equal(access(path, F_OK), -1);
	snprintf(name, sizeof(name), "%s/none/a.db", folder);
	open_refused(name, false, "the folder");
	open_refused(name, true, "the folder");
	open_refused(folder, true, "is a folder");
	open_refused("/dev/null", true, "not a plain file");
	assert_int_equal(mkfifo(path, 0600), 0);
	open_refused(path, true, "not a plain file");
	remove_database();
	memset(junk, 'x', sizeof(junk));
	file_write(path, junk, sizeof(junk));
	open_refused(path, true, "is not an SQLite database");
	snprintf(name, sizeof(name), "%s/below.db", path);
	open_refused(name, true, "cannot open");
	remove_database();
}

/* Byte 19 of the header is the version needed for reading, byte 47 the
 * schema's format: one that is newer than this SQLite. */
static void
test_newer_format(void **state)
{
	static const off_t places[] = {19, 47};
	struct db_options opts = {.create = true};
	struct db *db;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < 2; i++) {
		remove_database();
		db = open_at(path, &opts);
		run(db, "CREATE TABLE t (a integer)");
		engine_sqlite.close(db);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		assert_int_equal(pwrite(fd, "\x09", 1, places[i]), 1);
		close(fd);
		open_refused(path, true,
		    i == 0 ? "a newer format, which this SQLite cannot read"
			   : "unsupported file format");
	}
	remove_database();
}

static void
test_created(void **state)
{
	struct db_options opts = {.create = true};
	struct db *db;

	(void)state;
	remove_database();
	db = open_at(path, &opts);
	assert_true(engine_sqlite.identity(db)->created);
	assert_string_equal(engine_sqlite.identity(db)->database, path);
	engine_sqlite.close(db);
	opts.create = false;
	db = open_at(path, &opts);
	assert_false(engine_sqlite.identity(db)->created);
	engine_sqlite.close(db);

	/* An empty file is an empty database. */
	file_write(path, "", 0);
	db = open_at(path, &opts);
	assert_false(engine_sqlite.identity(db)->created);
	run(db, "CREATE TABLE t (a integer)");
	engine_sqlite.close(db);
}

/* "file:" and ":memory:" are names of files, whatever SQLite makes of them. */
static void
test_special_names(void **state)
{
	static const char *const names[] = {
	    "file:a.db?mode=memory", ":memory:", ":other"};
	struct db_options opts = {.create = true};
	char before[256];
	struct db *db;
	size_t i;

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(folder), 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct target t = {.address = mem_strdup(names[i])};

		db = NULL;
		assert_int_equal(engine_sqlite.open(&db, &t, &opts, NULL), 0);
		run(db, "CREATE TABLE t (a integer)");
		engine_sqlite.close(db);
		assert_int_equal(unlink(names[i]), 0);
		target_clear(&t);
	}
	assert_int_equal(chdir(before), 0);
}

/* A database with one table, which must not be there before. */
static struct db *
open_fresh(void)
{
	struct db_options opts = {.create = true};
	struct db *db;

	remove_database();
	db = open_at(path, &opts);
	run(db, "CREATE TABLE t (a integer)");
	return db;
}

static void
test_read_only(void **state)
{
	struct db_options opts = {.read_only = true};
	struct db *db;

	(void)state;
	engine_sqlite.close(open_fresh());
	db = open_at(path, &opts);
	run(db, "SELECT * FROM t");
	refused(db, "INSERT INTO t VALUES (1)", "read-only");
	engine_sqlite.close(db);
}

/* Permissions do not hold for root. */
static void
become_nobody(void)
{
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
}

static void
become_self(void)
{
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

/* A file that may not be written: reading works, begin() says why not. */
static void
test_read_only_file(void **state)
{
	struct db_options opts = {.create = true};
	struct tx tx = {.modes = "", .foreign_keys = -1};
	struct err err = ERR_INIT;
	struct arena *a = arena_new();
	struct table_info t;
	struct db *db;

	(void)state;
	engine_sqlite.close(open_fresh());
	assert_int_equal(chmod(path, 0444), 0);
	become_nobody();
	db = open_at(path, &opts);
	become_self();
	assert_int_equal(
	    engine_sqlite.find_table(db, a, NULL, "t", &t, &err), 0);
	assert_int_equal(engine_sqlite.begin(db, &tx, &err), ERR_STATEMENT);
	assert_non_null(strstr(err.message, path));
	assert_non_null(strstr(err.message, "read-only"));
	assert_non_null(err.hint);
	err_clear(&err);
	engine_sqlite.close(db);
	arena_free(a);
}

/* A folder that may not be written has no place for the journal. */
static void
test_read_only_folder(void **state)
{
	struct db_options opts = {.create = true};
	struct db *db;

	(void)state;
	engine_sqlite.close(open_fresh());
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	become_nobody();
	db = open_at(path, &opts);
	refused(db, "INSERT INTO t VALUES (1)", "");
	become_self();
	engine_sqlite.close(db);
	assert_int_equal(chmod(folder, 0755), 0);
}

/* A file that may not be read, and a folder where none may be made. */
static void
test_no_permission(void **state)
{
	(void)state;
	engine_sqlite.close(open_fresh());
	assert_int_equal(chmod(path, 0), 0);
	become_nobody();
	open_refused(path, true, "cannot open");
	become_self();
	remove_database();
	assert_int_equal(chmod(folder, 0555), 0);
	become_nobody();
	open_refused(path, true, "cannot open");
	become_self();
	assert_int_equal(chmod(folder, 0755), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_open_errors),
	    cmocka_unit_test(test_newer_format),
	    cmocka_unit_test(test_created),
	    cmocka_unit_test(test_special_names),
	    cmocka_unit_test(test_read_only),
	    cmocka_unit_test(test_read_only_file),
	    cmocka_unit_test(test_read_only_folder),
	    cmocka_unit_test(test_no_permission),
	};
	const char *tmp = getenv("TMPDIR");
	int failed;

	snprintf(folder, sizeof(folder), "%.30s/sqlmigrate-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0) {
		printf("Bail out! %s: %s\n", folder, strerror(errno));
		return 1;
	}
	snprintf(path, sizeof(path), "%s/test.db", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove_database();
	rmdir(folder);
	return failed;
}
