/* The folder: pairs, versions, warnings and checks. */
#include "migration/folder.h"

#include "scratch.h"

/* With the rollback files, which are read later than the others. */
static int
read_all(struct folder **f, struct err *e)
{
	int r = folder_read(f, "in", &postgres, e);

	if (r == 0)
		r = folder_identify_rollbacks(*f, e);
	if (r < 0) {
		folder_free(*f);
		*f = NULL;
	}
	return r;
}

static struct folder *
read_folder(void)
{
	struct folder *f = NULL;
	struct err e = ERR_INIT;

	if (read_all(&f, &e) != 0)
		fail_msg("%s", e.message);
	return f;
}

static int
setup(void **state)
{
	int r = scratch_setup(state);

	assert_int_equal(mkdir("in", 0755), 0);
	return r;
}

static void
refuse(const char *message, const char *hint, unsigned line, unsigned column)
{
	struct folder *f = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(read_all(&f, &e), ERR_USAGE);
	assert_null(f);
	assert_string_equal(e.hint == NULL ? "" : e.hint, hint);
	assert_err(&e, message, line, column);
}

static void
guide(void)
{
	scratch_put("in/001_initial_schema.sql",
	    "-- Migration: 001_initial_schema\n-- Version: 1.0.0\n"
	    "create table a(b int);\n");
	scratch_put("in/001_initial_schema_rollback.sql",
	    "-- Rollback: 001_initial_schema\n-- Version: 1.0.0 -> 0.0.0\n"
	    "drop table a;\n");
	scratch_put("in/002_add_user_phone.sql",
	    "-- Version: 1.1.0\n-- Description: The user's phone\n"
	    "begin; alter table a add c int; commit;\n");
	scratch_put("in/README", "not a migration");
}

static void
test_guide(void **state)
{
	struct folder *f;
	struct migration *m;
	struct err e = ERR_INIT;

	(void)state;
	guide();
	f = read_folder();
	assert_int_equal(f->count, 2);
	assert_int_equal(f->nwarnings, 0);
	assert_true(f->versioned);
	m = &f->migrations[0];
	assert_int_equal(m->number, 1);
	assert_string_equal(m->name, "001_initial_schema");
	assert_string_equal(m->version, "1.0.0");
	assert_string_equal(m->description, "initial schema");
	assert_string_equal(m->forward.name, "001_initial_schema.sql");
	assert_string_equal(m->forward.path, "in/001_initial_schema.sql");
	assert_string_equal(
	    m->rollback.name, "001_initial_schema_rollback.sql");
	assert_int_equal(strlen(m->rollback.checksum), 64);
	assert_false(m->forward.checked);
	assert_int_equal(folder_check_forward(f, m, &e), 0);
	assert_int_equal(folder_check_rollback(f, m, &e), 0);
	assert_true(m->forward.checked && m->rollback.checked);
	assert_string_equal(m->version, "1.0.0");
	m = folder_find(f, 2);
	assert_ptr_equal(m, &f->migrations[1]);
	assert_string_equal(m->description, "The user's phone");
	assert_null(m->rollback.name);
	assert_int_equal(folder_check_rollback(f, m, &e), 0);
	assert_int_equal(folder_check_version(f, m, &e), 0);
	assert_null(folder_find(f, 3));
	assert_null(folder_find(f, 0));
	folder_free(f);
	folder_free(NULL);
}

/* Checked once: afterwards the file may be gone. */
static void
test_check_once(void **state)
{
	struct folder *f;
	struct err e = ERR_INIT;

	(void)state;
	guide();
	f = read_folder();
	assert_int_equal(folder_check_forward(f, f->migrations, &e), 0);
	assert_int_equal(folder_check_rollback(f, f->migrations, &e), 0);
	scratch_sh("rm in/*");
	assert_int_equal(folder_check_forward(f, f->migrations, &e), 0);
	assert_int_equal(folder_check_rollback(f, f->migrations, &e), 0);
	assert_int_equal(
	    folder_check_forward(f, f->migrations + 1, &e), ERR_USAGE);
	err_clear(&e);
	folder_free(f);
}

static void
test_unversioned(void **state)
{
	struct folder *f;
	struct err e = ERR_INIT;

	(void)state;
	scratch_put("in/7_a.sql", "select 1");
	scratch_put("in/20240101120000_b.sql", "select 1");
	scratch_put("in/7_a_rollback.sql", "-- Version: 1.0.0 -> 0.9.0\n");
	f = read_folder();
	assert_false(f->versioned);
	assert_string_equal(f->migrations[0].version, "0.0.7");
	assert_string_equal(f->migrations[1].version, "0.0.20240101120000");
	assert_true(f->migrations[0].rollback.empty);
	assert_int_equal(folder_check_version(f, &f->migrations[0], &e), 0);
	assert_int_equal(folder_check_rollback(f, &f->migrations[0], &e), 0);
	folder_free(f);
}

static void
test_version_missing(void **state)
{
	struct folder *f;
	struct err e = ERR_INIT;

	(void)state;
	guide();
	scratch_put("in/003_x.sql", "select 1");
	f = read_folder();
	assert_null(f->migrations[2].version);
	assert_int_equal(
	    folder_check_version(f, &f->migrations[2], &e), ERR_USAGE);
	assert_string_equal(
	    e.hint, "Put a line -- Version: MAJOR.MINOR.PATCH at its top.");
	assert_err(&e,
	    "in/003_x.sql: no \"Version:\" header, which other files of the "
	    "folder have",
	    0, 0);
	folder_free(f);
}

static void
test_duplicates(void **state)
{
	static const char hint[] = "Give one of them, with its rollback, the "
				   "next free number; sqlmigrate renumber "
				   "does that to the one that is pending.";
	const struct migration *last;
	struct folder *f = NULL;
	struct err e = ERR_INIT;

	(void)state;
	scratch_sh("touch in/1_b.sql in/001_a.sql in/0001_c.sql");
	refuse("in/0001_c.sql and in/001_a.sql have the same number, 1", hint,
	    0, 0);
	scratch_sh("rm in/* && touch in/01_a.sql in/01_a_rollback.sql "
		   "in/01_b.sql");
	refuse(
	    "in/01_a.sql and in/01_b.sql have the same number, 1", hint, 0, 0);
	scratch_sh("rm in/*");
	guide();
	scratch_put("in/004_x.sql", "\n-- Version: 1.0.0\n");
	assert_int_equal(read_all(&f, &e), 0);
	assert_null(f->migrations[0].twin);
	last = &f->migrations[f->count - 1];
	assert_ptr_equal(last->twin, &f->migrations[0]);
	assert_int_equal(folder_check_version(f, last, &e), ERR_USAGE);
	assert_err(&e,
	    "in/001_initial_schema.sql and in/004_x.sql have the same "
	    "version, 1.0.0",
	    2, 13);
	folder_free(f);
}

static void
test_orphans(void **state)
{
	static const char hint[] =
	    "Name the two alike, or move the rollback away.";
	struct folder *f = NULL;
	struct err e = ERR_INIT;

	(void)state;
	scratch_sh("touch in/001_a.sql in/001_b_rollback.sql");
	refuse("in/001_b_rollback.sql: a rollback without its migration", hint,
	    0, 0);
	scratch_sh("mv in/001_b_rollback.sql in/01_a_rollback.sql");
	assert_int_equal(folder_read(&f, "in", &postgres, &e), ERR_USAGE);
	assert_string_equal(e.detail, "There is no 01_a.sql.");
	assert_err(
	    &e, "in/01_a_rollback.sql: a rollback without its migration", 0, 0);
	scratch_sh("rm in/* && touch in/001_rollback.sql");
	refuse("in/001_rollback.sql: a rollback without its migration", hint, 0,
	    0);
	scratch_sh("rm in/* && touch in/001_a_rollback_rollback.sql "
		   "in/001_a.sql");
	refuse("in/001_a_rollback_rollback.sql: a rollback without its "
	       "migration",
	    hint, 0, 0);
}

static void
test_warnings(void **state)
{
	struct folder *f;

	(void)state;
	guide();
	scratch_put("in/003_down.sql", "-- Version: 1.0.5\nselect 1");
	scratch_put("in/004_empty.sql", "-- Version: 1.2.0\n;");
	scratch_sh("chmod o+w in in/002_add_user_phone.sql "
		   "in/001_initial_schema_rollback.sql");
	f = read_folder();
	assert_int_equal(f->nwarnings, 5);
	assert_string_equal(
	    f->warnings[0], "in: every user may write to this folder");
	assert_string_equal(f->warnings[1],
	    "in/002_add_user_phone.sql: every user may write to it");
	assert_string_equal(
	    f->warnings[2], "in/004_empty.sql: empty, it holds no statement");
	assert_string_equal(f->warnings[3],
	    "in/003_down.sql: version 1.0.5 is below 1.1.0 of "
	    "002_add_user_phone.sql before it");
	assert_string_equal(f->warnings[4],
	    "in/001_initial_schema_rollback.sql: every user may write to "
	    "it");
	folder_free(f);
	scratch_sh("chmod +t in");
	f = read_folder();
	assert_int_equal(f->nwarnings, 4);
	folder_free(f);
}

/* What cannot be a migration is refused, be it a rollback. */
static void
test_not_files(void **state)
{
	static const char hint[] =
	    "A migration is a plain file; move this one away.";

	(void)state;
	scratch_sh("mkdir in/001_x.sql");
	refuse("in/001_x.sql: not a regular file", hint, 0, 0);
	scratch_sh("rmdir in/001_x.sql && touch in/001_x.sql && "
		   "mkfifo in/001_x_rollback.sql");
	refuse("in/001_x_rollback.sql: not a regular file", hint, 0, 0);
	scratch_sh("rm in/001_x_rollback.sql && touch out.sql && "
		   "ln -s ../out.sql in/002_x.sql");
	refuse("in/002_x.sql: a symbolic link that leaves the folder",
	    "Put the file itself into the folder.", 0, 0);
	scratch_sh("rm in/002_x.sql && ln -s nothing in/002_x.sql");
	refuse("in/002_x.sql: a symbolic link to nothing", "", 0, 0);
}

/* As Kubernetes mounts a ConfigMap. */
static void
test_config_map(void **state)
{
	struct folder *f;
	struct err e = ERR_INIT;

	(void)state;
	scratch_sh("cd in && mkdir ..2024 && echo 'select 1' > "
		   "..2024/001_x.sql && ln -s ..2024 ..data && "
		   "ln -s ..data/001_x.sql 001_x.sql");
	f = read_folder();
	assert_int_equal(f->count, 1);
	assert_int_equal(f->nwarnings, 0);
	assert_int_equal(folder_check_forward(f, f->migrations, &e), 0);
	assert_int_equal(f->migrations[0].forward.statements, 1);
	folder_free(f);
}

static void
test_pair_contradicts(void **state)
{
	struct folder *f;
	struct err e = ERR_INIT;

	(void)state;
	guide();
	scratch_put("in/002_add_user_phone_rollback.sql",
	    "-- Version: 1.0.0 -> 0.0.0\n");
	f = read_folder();
	assert_int_equal(
	    folder_check_rollback(f, &f->migrations[1], &e), ERR_USAGE);
	assert_string_equal(e.place.file, "in/002_add_user_phone_rollback.sql");
	assert_err(&e,
	    "the rollback is for version 1.0.0, but its migration is 1.1.0", 1,
	    13);
	assert_int_equal(folder_check_forward(f, &f->migrations[1], &e), 0);
	folder_free(f);
}

static void
test_header_error(void **state)
{
	(void)state;
	guide();
	scratch_put("in/003_x.sql", "-- a\n-- Version: x\n");
	refuse("\"x\" is not a version: it needs three numbers, "
	       "MAJOR.MINOR.PATCH",
	    "A version is written as in SemVer 2.0.0, for example 1.4.0 or "
	    "2.0.0-rc.1.",
	    2, 13);
}

static void
test_many(void **state)
{
	struct folder *f;
	char path[64];
	int i;

	(void)state;
	for (i = 2000; i > 0; i--) {
		snprintf(path, sizeof(path), "in/%d_x.sql", i);
		scratch_put(path, "select 1;\n");
	}
	f = read_folder();
	assert_int_equal(f->count, 2000);
	for (i = 1; i <= 2000; i++) {
		assert_int_equal(f->migrations[i - 1].number, i);
		assert_ptr_equal(
		    folder_find(f, (uint64_t)i), &f->migrations[i - 1]);
	}
	folder_free(f);
}

#define EACH(test) \
	cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(test_guide),
	    EACH(test_check_once),
	    EACH(test_unversioned),
	    EACH(test_version_missing),
	    EACH(test_duplicates),
	    EACH(test_orphans),
	    EACH(test_warnings),
	    EACH(test_not_files),
	    EACH(test_config_map),
	    EACH(test_pair_contradicts),
	    EACH(test_header_error),
	    EACH(test_many),
	};

	return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
