/* The files of a folder: each rule about names, and each error. */
#include "migration/folder_int.h"

#include "scratch.h"

static int
list(struct folder_list *l, struct err *e)
{
	struct folder f = {.arena = arena, .at = {.fd = -1}};
	int code = folder_open(&f, "in//", e);

	l->files = NULL;
	l->count = 0;
	if (code == 0)
		code = folder_list_files(&f, l, e);
	if (f.at.fd >= 0)
		close(f.at.fd);
	return code;
}

static int
setup(void **state)
{
	int r = scratch_setup(state);

	assert_int_equal(mkdir("in", 0755), 0);
	return r;
}

static void
refuse(const char *message, const char *hint)
{
	struct folder_list l;
	struct err e = ERR_INIT;

	assert_int_equal(list(&l, &e), ERR_USAGE);
	free(l.files);
	assert_string_equal(e.hint == NULL ? "" : e.hint, hint);
	assert_err(&e, message, 0, 0);
}

static void
test_order(void **state)
{
	static const char *const order[] = {"0_zero.sql", "2_b.sql",
	    "2_b_rollback.sql", "010_a.sql", "010_a-b.sql",
	    "010_a-b_rollback.sql", "11_a.sql", "20240101120000_a.sql",
	    "999999999999999999_a.sql"};
	struct folder_list l;
	struct err e = ERR_INIT;
	size_t i, n = sizeof(order) / sizeof(order[0]);
	char path[64];

	(void)state;
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "in/%s", order[n - 1 - i]);
		scratch_put(path, "");
	}
	assert_int_equal(list(&l, &e), 0);
	assert_int_equal(l.count, n);
	for (i = 0; i < n; i++)
		assert_string_equal(l.files[i].file, order[i]);
	free(l.files);
}

static void
test_empty(void **state)
{
	struct folder_list l;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(list(&l, &e), 0);
	assert_int_equal(l.count, 0);
	free(l.files);
}

/* What is passed over, as a ConfigMap's own folders and an editor's files. */
static void
test_passed_over(void **state)
{
	struct folder_list l;
	struct err e = ERR_INIT;

	(void)state;
	scratch_sh("cd in && touch README 001_x.sql~ 001_x.sql.bak .001_x.sql "
		   "sql 001_x && mkdir -p ..2024/sub .git docs lost+found "
		   "docs/deep && touch ..2024/001_x.sql .git/a.sql "
		   "docs/README docs/.a.sql lost+found/1.txt && "
		   "ln -s ..2024 ..data && ln -s nothing dangling && "
		   "ln -s docs linked && ln -s .. docs/deep/up && "
		   "chmod 000 lost+found && mkfifo fifo");
	assert_int_equal(list(&l, &e), 0);
	assert_int_equal(l.count, 0);
	free(l.files);
}

static void
test_names(void **state)
{
	static const char hint[] =
	    "A migration is called NNN_name.sql, for example "
	    "002_add_user_phone.sql: rename this file, or move it out of "
	    "the folder.";

	(void)state;
	scratch_put("in/001-x.sql", "");
	refuse("in/001-x.sql: an underscore must follow the number", hint);
	scratch_sh("mv in/001-x.sql in/x.sql");
	refuse("in/x.sql: the name must begin with a number", hint);
	scratch_sh("mv in/x.sql in/001_.sql");
	refuse("in/001_.sql: a name must follow the number", hint);
	scratch_sh("mv in/001_.sql \"in/001_\033[2J.sql\"");
	refuse("in/001_\033[2J.sql: only letters, digits, and _ . - may "
	       "stand in the name",
	    hint);
	scratch_sh("rm in/* && touch in/1234567890123456789_x.sql");
	refuse("in/1234567890123456789_x.sql: the number has more than 18 "
	       "digits",
	    hint);
	scratch_sh("rm in/* && touch in/001_x.SQL");
	refuse("in/001_x.SQL: the ending must be .sql in small letters",
	    "Rename it to 001_x.sql.");
}

/* Of several mistakes the first name's is told, in whatever order they lie. */
static void
test_steady(void **state)
{
	(void)state;
	scratch_sh("cd in && mkdir b && touch c.sql b/x.sql a.sql d.SQL");
	refuse("in/a.sql: the name must begin with a number",
	    "A migration is called NNN_name.sql, for example "
	    "002_add_user_phone.sql: rename this file, or move it out of "
	    "the folder.");
}

static void
test_subfolders(void **state)
{
	static const char hint[] =
	    "All migrations lie in one folder: move these files up, or the "
	    "subfolder elsewhere.";

	(void)state;
	scratch_sh("mkdir in/sub && touch in/sub/001_x.sQL");
	refuse("in/sub: a subfolder with .sql files", hint);
	scratch_sh("rm in/sub/* && mkdir -p in/sub/a/b && touch "
		   "in/sub/a/b/x.sql");
	refuse("in/sub: a subfolder with .sql files", hint);
	scratch_sh("rm -r in/sub && mkdir out && touch out/x.sql && "
		   "ln -s ../out in/sub");
	refuse("in/sub: a subfolder with .sql files", hint);
	scratch_sh("rm in/sub && mkdir in/x && mkdir in/x/y.sql");
	refuse("in/x: a subfolder with .sql files", hint);
}

static void
test_no_folder(void **state)
{
	struct folder_list l;
	struct err e = ERR_INIT;

	(void)state;
	scratch_sh("rmdir in");
	refuse("there is no folder in//",
	    "Make it with \"sqlmigrate init\", or name another one with "
	    "--dir.");
	scratch_put("in", "");
	assert_int_equal(list(&l, &e), ERR_USAGE);
	assert_err(&e, "cannot open the folder in//: Not a directory", 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_order, setup, scratch_teardown),
	    cmocka_unit_test_setup_teardown(
		test_empty, setup, scratch_teardown),
	    cmocka_unit_test_setup_teardown(
		test_passed_over, setup, scratch_teardown),
	    cmocka_unit_test_setup_teardown(
		test_names, setup, scratch_teardown),
	    cmocka_unit_test_setup_teardown(
		test_steady, setup, scratch_teardown),
	    cmocka_unit_test_setup_teardown(
		test_subfolders, setup, scratch_teardown),
	    cmocka_unit_test_setup_teardown(
		test_no_folder, setup, scratch_teardown),
	};

	return cmocka_run_group_tests_name("folder_list", tests, NULL, NULL);
}
