/* Scripts that run: what is given out, and what is not once they change. */
#include "migration/script.h"

#include "base/buf.h"
#include "migration/source.h"
#include "scratch.h"

static struct script_folder at = {-1, "."};

static int
setup(void **state)
{
	int r = scratch_setup(state);

	at.fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r;
}

static int
teardown(void **state)
{
	close(at.fd);
	return scratch_teardown(state);
}

static struct script
checked(const struct script_options *options, const char *text, bool is_file)
{
	struct script s = scratch_text("001_x.sql", is_file ? NULL : text);
	struct err e = ERR_INIT;

	if (is_file)
		scratch_put("001_x.sql", text);
	if (script_check(&s, arena, options, &at, &e) != 0)
		fail_msg("%s: %s", text, e.message);
	return s;
}

/* All steps, each as a letter and its text. */
static void
give_out(
    struct buf *b, const struct script *s, const struct script_options *options)
{
	static const char letters[] = {[SCRIPT_STATEMENT] = 'S',
	    [SCRIPT_BLOCK_BEGIN] = '{',
	    [SCRIPT_BLOCK_END] = '}',
	    [SCRIPT_DATA] = 'D',
	    [SCRIPT_DATA_END] = 'E',
	    [SCRIPT_END] = '.'};
	struct script_item item;
	struct script_reader *r;
	struct err e = ERR_INIT;
	int step;

	buf_init(b, BUF_LINE);
	r = script_reader_open(s, options, &at, &e);
	assert_non_null(r);
	do {
		step = script_reader_next(r, &item, &e);
		assert_true(step >= 0);
		buf_addf(b, "%c", letters[step]);
		if (step == SCRIPT_STATEMENT || step == SCRIPT_DATA ||
		    step == SCRIPT_BLOCK_BEGIN)
			buf_add(b, item.statement.text, item.statement.len);
		buf_addc(b, '|');
	} while (step != SCRIPT_END);
	assert_int_equal(script_reader_finish(r, &e), 0);
	script_reader_close(r);
}

static void
test_steps(void **state)
{
	static const struct {
		const char *text;
		const char *steps;
	} known[] = {{"", ".|"}, {"-- c\n;;", ".|"},
	    {"select 1; select 2", "Sselect 1|Sselect 2|.|"},
	    {"set a = 1; begin; set transaction read only; b; commit;",
		"Sset a = 1|Sb|.|"},
	    {"copy t from stdin;\n1\n2\n\\.\nselect 1",
		"Scopy t from stdin|D1\n2\n|E|Sselect 1|.|"},
	    {"copy t from stdin;\n\\.\n", "Scopy t from stdin|E|.|"},
	    {"-- sqlmigrate: no-transaction\nbegin read only; a; commit; b;",
		"{begin read only|Sa|}|Sb|.|"}};
	struct script s;
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * sizeof(known) / sizeof(known[0]); i++) {
		s = checked(&postgres, known[i / 2].text, i % 2 == 1);
		give_out(&b, &s, &postgres);
		assert_string_equal(buf_str(&b), known[i / 2].steps);
		buf_clear(&b);
	}
}

static void
test_foreign_keys(void **state)
{
	struct script s = checked(&sqlite,
	    "pragma foreign_keys=off; begin immediate; a; commit; "
	    "pragma foreign_keys=on",
	    true);
	struct buf b;

	(void)state;
	give_out(&b, &s, &sqlite);
	assert_string_equal(buf_str(&b), "Sa|.|");
	buf_clear(&b);
}

static void
test_class(void **state)
{
	struct script s = checked(&postgres, "set a = 1; do ''", false);
	struct script_item item;
	struct script_reader *r;
	struct err e = ERR_INIT;

	(void)state;
	r = script_reader_open(&s, &postgres, NULL, &e);
	assert_non_null(r);
	assert_int_equal(script_reader_next(r, &item, &e), SCRIPT_STATEMENT);
	assert_int_equal(item.class, STATEMENT_SETTING);
	assert_int_equal(script_reader_next(r, &item, &e), SCRIPT_STATEMENT);
	assert_int_equal(item.class, STATEMENT_BLOCK);
	assert_int_equal(item.statement.place.column, 12);
	assert_string_equal(item.statement.place.file, "001_x.sql");
	script_reader_close(r);
	script_reader_close(NULL);
}

/* A setting that only the server knows of changes what follows. */
static void
test_backslash(void **state)
{
	struct script s =
	    checked(&postgres, "select f(); select 'a\\' || 'b';", false);
	struct script_item item;
	struct script_reader *r;
	struct err e = ERR_INIT;

	(void)state;
	r = script_reader_open(&s, &postgres, NULL, &e);
	assert_non_null(r);
	assert_int_equal(script_reader_next(r, &item, &e), SCRIPT_STATEMENT);
	script_reader_backslash(r, true);
	assert_int_equal(script_reader_next(r, &item, &e), ERR_USAGE);
	assert_int_equal(e.place.line, 1);
	err_clear(&e);
	script_reader_close(r);
}

/* Of a small file that changed, nothing is given out. */
static void
test_small_changed(void **state)
{
	static const char *const changed[] = {
	    "select 1; select 3;", "select 1;", "select 1; select 2;\n", ""};
	struct script s = checked(&postgres, "select 1; select 2;", true);
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		scratch_put("001_x.sql", changed[i]);
		assert_null(script_reader_open(&s, &postgres, &at, &e));
		assert_int_equal(e.code, ERR_DISAGREE);
		assert_err(&e,
		    "001_x.sql: the file changed after it was checked", 0, 0);
	}
	unlink("001_x.sql");
	assert_null(script_reader_open(&s, &postgres, &at, &e));
	assert_err(&e, "./001_x.sql: No such file or directory", 0, 0);
}

/* A text of n statements, longer than a small one. */
static char *
make_large(size_t n)
{
	struct buf b;
	size_t i;

	buf_init(&b, BUF_TEXT);
	for (i = 0; i < n; i++)
		buf_addf(&b, "insert into t values (%zu, 'text');\n", i);
	assert_true(b.len > SOURCE_SMALL);
	return buf_take(&b);
}

static int
read_all(const struct script *s, const struct script_options *options,
    uint64_t *n, struct err *e)
{
	struct script_reader *r = script_reader_open(s, options, &at, e);
	struct script_item item;
	int step;

	assert_non_null(r);
	for (*n = 0;; ++*n) {
		step = script_reader_next(r, &item, e);
		if (step != SCRIPT_STATEMENT)
			break;
	}
	if (step == SCRIPT_END)
		step = script_reader_finish(r, e);
	script_reader_close(r);
	return step;
}

/* Of a large one the end tells, and the caller rolls back. */
static void
check_large_changed(const struct script_options *options)
{
	char *text = make_large(20000);
	struct script s = checked(options, text, true);
	struct err e = ERR_INIT;
	uint64_t n;

	assert_int_equal(s.statements, 20000);
	assert_int_equal(read_all(&s, options, &n, &e), 0);
	assert_int_equal(n, 20000);
	text[strlen(text) - 7] = 'T';
	scratch_put("001_x.sql", text);
	assert_int_equal(read_all(&s, options, &n, &e), ERR_DISAGREE);
	assert_int_equal(n, 20000);
	err_clear(&e);
	text[strlen(text) - 1] = '\0';
	scratch_put("001_x.sql", text);
	assert_int_equal(read_all(&s, options, &n, &e), ERR_DISAGREE);
	err_clear(&e);
	free(text);
}

static void
test_large_changed(void **state)
{
	(void)state;
	check_large_changed(&postgres);
	check_large_changed(&sqlite);
}

/* What a check would refuse, a change cannot bring in. */
static void
check_large_refuses(const struct script_options *options)
{
	char *text = make_large(20000);
	struct script s = checked(options, text, true);
	struct err e = ERR_INIT;
	uint64_t n;

	memcpy(text, "commit;", 7);
	scratch_put("001_x.sql", text);
	assert_int_equal(read_all(&s, options, &n, &e), ERR_USAGE);
	assert_int_equal(n, 0);
	assert_err(&e, "COMMIT without a BEGIN", 1, 1);
	free(text);
}

static void
test_large_refuses(void **state)
{
	(void)state;
	check_large_refuses(&postgres);
	check_large_refuses(&sqlite);
}

/* Statements of all lengths, some of them not copied; and what is left out. */
static char *
make_mixed(void)
{
	static const size_t lengths[] = {1, 10, 300000, 64 * 1024, 0, 262143,
	    262144, 262145, 5, 3000000, 3000000, 7, 65535, 65536};
	struct buf b;
	size_t i, k;

	buf_init(&b, BUF_TEXT);
	buf_adds(&b, "pragma foreign_keys=off; begin;\n");
	for (i = 0; i < 5 * sizeof(lengths) / sizeof(lengths[0]); i++) {
		buf_addf(&b, "/* %zu */\n select %zu, '", i, i);
		for (k = 0; k < lengths[i % 14]; k++)
			buf_addc(&b, "abc\n"[k % 4]);
		buf_adds(&b, "';;\n");
		for (k = 0; i % 14 == 13 && k < 3000; k++)
			buf_addf(&b, "a%zu;", k);
	}
	buf_adds(&b, "commit; -- end\n");
	assert_false(buf_overflowed(&b));
	return buf_take(&b);
}

/* What is read ahead is what is read by one that does not. */
static void
test_ahead(void **state)
{
	char *text = make_mixed();
	struct script s = checked(&sqlite, text, true);
	struct script_reader *ahead, *plain;
	struct script_item a, p;
	struct dialect follows = dialect_sqlite;
	struct script_options plainly = sqlite;
	struct err e = ERR_INIT;
	int step;

	(void)state;
	follows.follows_settings = true;
	plainly.dialect = &follows;
	ahead = script_reader_open(&s, &sqlite, &at, &e);
	plain = script_reader_open(&s, &plainly, &at, &e);
	do {
		step = script_reader_next(ahead, &a, &e);
		assert_int_equal(step, script_reader_next(plain, &p, &e));
		if (step == SCRIPT_END)
			break;
		assert_int_equal(a.statement.len, p.statement.len);
		assert_string_equal(a.statement.text, p.statement.text);
		assert_int_equal(strlen(a.statement.text), a.statement.len);
		assert_int_equal(
		    a.statement.place.offset, p.statement.place.offset);
		assert_int_equal(
		    a.statement.place.line, p.statement.place.line);
		assert_int_equal(
		    a.statement.place.column, p.statement.place.column);
		assert_int_equal(a.class, p.class);
		assert_true(script_reader_bytes(ahead) <= s.bytes);
	} while (step >= 0);
	assert_int_equal(step, SCRIPT_END);
	assert_int_equal(script_reader_bytes(ahead), s.bytes);
	assert_int_equal(script_reader_finish(ahead, &e), 0);
	script_reader_close(ahead);
	script_reader_close(plain);
	free(text);
}

/* All before an error is given out first, and then the error's place. */
static void
test_ahead_error(void **state)
{
	char *text = make_large(20000), *at_17000;
	struct script s = checked(&sqlite, text, true);
	struct err e = ERR_INIT;
	uint64_t n;

	(void)state;
	at_17000 = strstr(text, "insert into t values (17000");
	memcpy(at_17000, ".quit ", 6);
	scratch_put("001_x.sql", text);
	assert_int_equal(read_all(&s, &sqlite, &n, &e), ERR_USAGE);
	assert_int_equal(n, 17000);
	assert_string_equal(e.hint, "Only SQL runs here; take the line out.");
	assert_err(&e, "line of the SQLite shell", 17001, 1);
	memcpy(at_17000, "commit;", 7);
	scratch_put("001_x.sql", text);
	assert_int_equal(read_all(&s, &sqlite, &n, &e), ERR_USAGE);
	assert_int_equal(n, 17000);
	assert_err(&e, "COMMIT without a BEGIN", 17001, 1);
	free(text);
}

/* Whoever has enough of it closes it at once, wherever it is. */
static void
test_ahead_closed(void **state)
{
	char *texts[] = {make_mixed(), make_large(20000)};
	struct script_reader *r;
	struct script_item item;
	struct err e = ERR_INIT;
	struct script s;
	int i, k;

	(void)state;
	for (i = 0; i < 60; i++) {
		if (i % 30 == 0)
			s = checked(&sqlite, texts[i / 30], true);
		r = script_reader_open(&s, &sqlite, &at, &e);
		assert_non_null(r);
		for (k = 0; k < i % 30 * i % 30; k++)
			assert_true(script_reader_next(r, &item, &e) >= 0);
		if (i % 7 == 0)
			usleep(2000);
		script_reader_close(r);
	}
	free(texts[0]);
	free(texts[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_steps),
	    cmocka_unit_test(test_foreign_keys),
	    cmocka_unit_test(test_class),
	    cmocka_unit_test(test_backslash),
	    cmocka_unit_test(test_small_changed),
	    cmocka_unit_test(test_large_changed),
	    cmocka_unit_test(test_large_refuses),
	    cmocka_unit_test(test_ahead),
	    cmocka_unit_test(test_ahead_error),
	    cmocka_unit_test(test_ahead_closed),
	};

	return cmocka_run_group_tests_name(
	    "script_reader", tests, setup, teardown);
}
