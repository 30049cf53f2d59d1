/* Scripts: identified and checked, as files and as texts. */
#include "migration/script.h"

#include "base/buf.h"
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
file(const char *name)
{
	struct script s = {.name = name};

	s.path = arena_printf(arena, "./%s", name);
	return s;
}

/* Both sums are what sha256sum prints, from a file and from a text. */
static void
test_checksum(void **state)
{
	static const char text[] = "\xef\xbb\xbf-- c\r\nselect 1;\n";
	char seen[CHECKSUM_SIZE] = "";
	struct script s = file("001_x.sql"), t;
	struct err e = ERR_INIT;
	FILE *p;

	(void)state;
	scratch_put("001_x.sql", text);
	p = popen("sha256sum 001_x.sql", "r");
	assert_non_null(p);
	assert_int_equal(fread(seen, 1, 64, p), 64);
	pclose(p);
	assert_int_equal(script_identify(&s, arena, &postgres, &at, &e), 0);
	assert_string_equal(s.checksum, seen);
	assert_int_equal(s.bytes, sizeof(text) - 1);
	assert_int_equal(script_check(&s, arena, &postgres, &at, &e), 0);
	assert_string_equal(s.checksum, seen);
	assert_int_equal(s.statements, 1);
	t = scratch_text("001_x.sql", text);
	assert_int_equal(script_check(&t, arena, &postgres, NULL, &e), 0);
	assert_string_equal(t.checksum, seen);
	assert_string_equal(t.content_checksum, s.content_checksum);
	assert_int_equal(t.bytes, s.bytes);
}

/* What is wrong behind the header is not identify's to say. */
static void
test_identify_is_shallow(void **state)
{
	static const char *const texts[] = {"-- Version: 1.0.0\nselect 'open",
	    "-- Version: 1.0.0\nselect 1; \xff",
	    "-- Version: 1.0.0\nselect \\gexec",
	    "-- Version: 1.0.0\nselect 1; commit"};
	struct script s;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		s = scratch_text("001_x.sql", texts[i]);
		assert_int_equal(
		    script_identify(&s, arena, &postgres, NULL, &e), 0);
		assert_int_equal(e.code, 0);
		assert_string_equal(s.header.version, "1.0.0");
		assert_int_equal(s.bytes, strlen(texts[i]));
		assert_string_equal(s.modes, "");
		assert_int_equal(s.foreign_keys, -1);
		assert_int_equal(
		    script_check(&s, arena, &postgres, NULL, &e), ERR_USAGE);
		assert_int_equal(e.place.line, 2);
		assert_string_equal(e.place.file, "001_x.sql");
		err_clear(&e);
	}
}

static void
test_bad_bytes(void **state)
{
	struct script s = file("001_x.sql");
	struct err e = ERR_INIT;

	(void)state;
	scratch_put_n("001_x.sql", "-- a\n-- \0b\n", 12);
	assert_int_equal(
	    script_identify(&s, arena, &postgres, &at, &e), ERR_USAGE);
	assert_int_equal(e.place.line, 2);
	assert_int_equal(e.place.column, 4);
	assert_string_equal(e.place.file, "./001_x.sql");
	err_clear(&e);
}

/* The header ends a piece before, in or behind the boundary of a piece. */
static void
test_header_across_pieces(void **state)
{
	struct script s;
	struct err e = ERR_INIT;
	struct buf b;
	size_t fill;

	(void)state;
	buf_init(&b, BUF_TEXT);
	for (fill = SCAN_PIECE - 60; fill < SCAN_PIECE + 4; fill++) {
		buf_reset(&b);
		buf_adds(&b, "-- ");
		while (b.len < fill)
			buf_addc(&b, 'x');
		buf_adds(&b, "\r\n-- Version: 1.2.3\r\n");
		buf_adds(&b, "-- sqlmigrate: lock-timeout=3s\r\nselect 1");
		s = file("001_x.sql");
		scratch_put_n("001_x.sql", b.data, b.len);
		assert_int_equal(
		    script_identify(&s, arena, &postgres, &at, &e), 0);
		assert_string_equal(s.header.version, "1.2.3");
		assert_int_equal(s.header.version_place.line, 2);
		assert_int_equal(s.header.version_place.column, 13);
		assert_int_equal(s.header.version_place.offset, fill + 2 + 12);
		assert_int_equal(s.directives.lock_timeout_ms, 3000);
		assert_int_equal(s.bytes, b.len);
	}
	buf_clear(&b);
}

/* A CRLF in a literal, with a boundary of a piece at each place in it. */
static void
test_content_across_pieces(void **state)
{
	char content[CHECKSUM_SIZE] = "";
	struct script s;
	struct err e = ERR_INIT;
	struct buf b;
	size_t fill;

	(void)state;
	buf_init(&b, BUF_TEXT);
	for (fill = SCAN_PIECE - 30; fill < SCAN_PIECE + 4; fill++) {
		buf_reset(&b);
		while (b.len < fill)
			buf_addc(&b, ' ');
		buf_adds(&b,
		    "select 'a\r\nb', $$\r\n$$;\r\ncopy t from stdin;"
		    "\r\na\tb\r\n\\.\r\n");
		s = file("001_x.sql");
		scratch_put_n("001_x.sql", b.data, b.len);
		assert_int_equal(
		    script_check(&s, arena, &postgres, &at, &e), 0);
		if (content[0] == '\0')
			memcpy(content, s.content_checksum, CHECKSUM_SIZE);
		assert_string_equal(s.content_checksum, content);
	}
	buf_clear(&b);
	s = scratch_text("001_x.sql",
	    "select 'a\nb',$$\n$$; copy t from stdin;\na\tb\n\\.\n");
	assert_int_equal(script_check(&s, arena, &postgres, NULL, &e), 0);
	assert_string_equal(s.content_checksum, content);
}

/* Its header may be in use already, so it may not change any more. */
static void
test_changed_between(void **state)
{
	struct script s = file("001_x.sql");
	struct err e = ERR_INIT;

	(void)state;
	scratch_put("001_x.sql", "select 1");
	assert_int_equal(script_identify(&s, arena, &postgres, &at, &e), 0);
	scratch_put("001_x.sql", "select 2");
	assert_int_equal(
	    script_check(&s, arena, &postgres, &at, &e), ERR_DISAGREE);
	assert_false(s.checked);
	assert_err(
	    &e, "./001_x.sql: the file changed after it was checked", 0, 0);
	unlink("001_x.sql");
	assert_int_equal(
	    script_check(&s, arena, &postgres, &at, &e), ERR_USAGE);
	assert_err(&e, "./001_x.sql: No such file or directory", 0, 0);
}

/* A text of 3 MB, with tokens of all lengths. */
static char *
long_text(void)
{
	struct buf b;
	size_t i;

	buf_init(&b, BUF_TEXT);
	buf_adds(&b, "-- Version: 1.0.0\n");
	while (b.len < 3000000) {
		buf_adds(&b, "copy t from stdin;\n1\r\n2\n\\.\n");
		for (i = 0; i < 3000; i++)
			buf_addf(&b, "insert into t values (%zu, 'x');\n", i);
		buf_adds(&b, "select '");
		for (i = 0; i < 300000; i++)
			buf_adds(&b, "y\r\n");
		buf_adds(&b, "' || (((((1)))));\n");
	}
	return buf_take(&b);
}

/* A long file is read beside what is done with it; a text is not. */
static void
test_long(void **state)
{
	char *text = long_text();
	struct script s = file("001_x.sql"), t;
	struct err e = ERR_INIT;

	(void)state;
	scratch_put("001_x.sql", text);
	t = scratch_text("001_x.sql", text);
	assert_int_equal(script_check(&t, arena, &postgres, NULL, &e), 0);
	assert_int_equal(script_identify(&s, arena, &postgres, &at, &e), 0);
	assert_int_equal(script_check(&s, arena, &postgres, &at, &e), 0);
	assert_string_equal(s.checksum, t.checksum);
	assert_string_equal(s.content_checksum, t.content_checksum);
	assert_int_equal(s.bytes, strlen(text));
	assert_int_equal(s.statements, t.statements);
	assert_true(s.statements > 3000);

	memcpy(strstr(text, "(1500, 'x')"), "(1501", 5);
	scratch_put("001_x.sql", text);
	assert_int_equal(
	    script_check(&s, arena, &postgres, &at, &e), ERR_DISAGREE);
	err_clear(&e);
	memcpy(strrchr(text, 's'), "\\gexec", 6);
	scratch_put("001_x.sql", text);
	assert_int_equal(
	    script_check(&s, arena, &postgres, &at, &e), ERR_USAGE);
	assert_string_equal(e.place.file, "./001_x.sql");
	assert_true(e.place.line > 3000);
	err_clear(&e);
	free(text);
}

/* The sum may come with the check; the header must then be what it was. */
static void
test_late(void **state)
{
	struct script_options late = postgres;
	struct script s = file("001_x.sql"), t;
	struct err e = ERR_INIT;
	int i;

	(void)state;
	late.late_sums = true;
	scratch_put_long("001_x.sql", "-- Version: 1.0.0", "select 1;");
	assert_int_equal(script_identify(&s, arena, &late, &at, &e), 0);
	assert_true(s.late);
	assert_string_equal(s.checksum, "");
	assert_string_equal(s.header.version, "1.0.0");
	t = s;
	assert_int_equal(script_sum(&t, arena, &late, &at, &e), 0);
	assert_false(t.late);
	assert_int_equal(t.bytes, 399999 + 9);
	t.checksum[0] ^= 1;
	assert_int_equal(script_sum(&t, arena, &late, &at, &e), 0);
	assert_int_equal(script_check(&t, arena, &late, &at, &e), ERR_DISAGREE);
	err_clear(&e);
	t.checksum[0] ^= 1;

	scratch_put_long("001_x.sql", "-- Version: 1.0.1", "select 1;");
	for (i = 0; i < 4; i++) {
		assert_int_equal(i % 2 > 0
			? script_sum(&s, arena, &late, &at, &e)
			: script_check(&s, arena, &late, &at, &e),
		    ERR_DISAGREE);
		assert_string_equal(s.header.version, "1.0.0");
		assert_string_equal(s.checksum, "");
		assert_err(&e,
		    "./001_x.sql: the file changed after it was checked", 0, 0);
	}
	scratch_put_long("001_x.sql", "-- Version: 1.0.0", "select 1;");
	assert_int_equal(script_check(&s, arena, &late, &at, &e), 0);
	assert_false(s.late);
	assert_string_equal(s.checksum, t.checksum);
	assert_int_equal(s.bytes, t.bytes);

	/* A short one has its sum at once. */
	scratch_put("001_x.sql", "select 1;");
	s = file("001_x.sql");
	assert_int_equal(script_identify(&s, arena, &late, &at, &e), 0);
	assert_false(s.late);
	assert_int_equal(strlen(s.checksum), 64);
}

/* The guide's own form, to the letter. */
static void
test_guide(void **state)
{
	struct script s = scratch_text("002_add_user_phone.sql",
	    "-- Migration: 002_add_user_phone\n-- Version: 1.1.0\n\nBEGIN;\n"
	    "\nALTER TABLE usertable ADD COLUMN phone VARCHAR(20);\n\n"
	    "INSERT INTO schema_version (version, description)\nVALUES "
	    "('1.1.0', 'Migration 002: add phone');\n\nCOMMIT;\n");
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(script_check(&s, arena, &postgres, NULL, &e), 0);
	assert_true(s.absorbed);
	assert_true(s.own_history);
	assert_int_equal(s.statements, 2);
	assert_false(s.empty);
}

static void
test_backslash(void **state)
{
	struct script_options options = postgres;
	struct script s =
	    scratch_text("001_x.sql", "select 'a\\'; select 2;' ; select 3;");
	struct err e = ERR_INIT;

	(void)state;
	options.backslash = true;
	assert_int_equal(script_check(&s, arena, &options, NULL, &e), 0);
	assert_int_equal(s.statements, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_checksum),
	    cmocka_unit_test(test_identify_is_shallow),
	    cmocka_unit_test(test_bad_bytes),
	    cmocka_unit_test(test_header_across_pieces),
	    cmocka_unit_test(test_content_across_pieces),
	    cmocka_unit_test(test_changed_between),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_late),
	    cmocka_unit_test(test_guide),
	    cmocka_unit_test(test_backslash),
	};

	return cmocka_run_group_tests_name("script", tests, setup, teardown);
}
