/* Sources: bytes read, hashed and compared. */
#include "migration/source.h"

#include "scratch.h"

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223"
			  "b00361a396177a9cb410ff61f20015ad";

static struct script
script_abc(const char *text)
{
	struct script s = scratch_text("001_x.sql", text);

	s.bytes = 3;
	memcpy(s.checksum, abc, sizeof(abc));
	return s;
}

static struct source *
open_source(const struct script *s)
{
	struct script_folder at = {
	    open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "."};
	struct err e = ERR_INIT;
	struct source *source = source_open(s, &at, &e);

	close(at.fd);
	assert_non_null(source);
	return source;
}

static void
test_read(void **state)
{
	struct script s = script_abc("abc");
	struct err e = ERR_INIT;
	struct source *source;
	char p[10], hex[CHECKSUM_SIZE];
	uint64_t bytes;
	int i;

	(void)state;
	scratch_put("001_x.sql", "abc");
	for (i = 0; i < 2; i++) {
		source = open_source(&s);
		assert_int_equal(source_read(source, p, 2, &e), 2);
		assert_memory_equal(p, "ab", 2);
		assert_int_equal(source_read(source, p, 10, &e), 1);
		assert_memory_equal(p, "c", 1);
		assert_int_equal(source_read(source, p, 10, &e), 0);
		source_sum(source, hex, &bytes);
		assert_string_equal(hex, abc);
		assert_int_equal(bytes, 3);
		assert_int_equal(source_compare(source, &e), 0);
		source_close(source);
		s.text = NULL; /* and now the file */
	}
}

static void
test_peek(void **state)
{
	struct script s = script_abc("abc");
	struct err e = ERR_INIT;
	struct source *source;
	char p[10];
	int i;

	(void)state;
	scratch_put("001_x.sql", "abc");
	for (i = 0; i < 2; i++) {
		source = open_source(&s);
		assert_int_equal(source_peek(source, 1, p, 10, &e), 2);
		assert_memory_equal(p, "bc", 2);
		assert_int_equal(source_peek(source, 1, p, 1, &e), 1);
		assert_int_equal(source_peek(source, 3, p, 10, &e), 0);
		assert_int_equal(source_peek(source, 100, p, 10, &e), 0);
		assert_int_equal(source_read(source, p, 10, &e), 3);
		assert_int_equal(source_compare(source, &e), 0);
		source_close(source);
		s.text = NULL;
	}
}

static void
test_load(void **state)
{
	struct script s = script_abc("abc");
	struct err e = ERR_INIT;
	struct source *source;
	char p[10];
	int i;

	(void)state;
	scratch_put("001_x.sql", "abc");
	for (i = 0; i < 2; i++) {
		source = open_source(&s);
		assert_int_equal(source_load(source, &e), 0);
		assert_int_equal(source_compare(source, &e), 0);
		scratch_put("001_x.sql", "xyz");
		assert_int_equal(source_read(source, p, 2, &e), 2);
		assert_memory_equal(p, "ab", 2);
		assert_int_equal(source_read(source, p, 2, &e), 1);
		assert_int_equal(source_read(source, p, 2, &e), 0);
		assert_int_equal(source_compare(source, &e), 0);
		source_close(source);
		s.text = NULL;
		scratch_put("001_x.sql", "abc");
	}
}

static void
test_changed(void **state)
{
	static const char *const changed[] = {"abd", "ab", "abcd", ""};
	struct script s = script_abc(NULL);
	struct err e = ERR_INIT;
	struct source *source;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		scratch_put("001_x.sql", changed[i]);
		source = open_source(&s);
		assert_int_equal(source_load(source, &e), 0);
		assert_int_equal(source_compare(source, &e), ERR_DISAGREE);
		assert_err(&e,
		    "001_x.sql: the file changed after it was checked", 0, 0);
		source_close(source);
	}
}

static void
test_cannot_open(void **state)
{
	struct script s = script_abc(NULL);
	struct script_folder at = {AT_FDCWD, "."};
	struct err e = ERR_INIT;

	(void)state;
	s.name = "nothing.sql";
	assert_null(source_open(&s, &at, &e));
	assert_int_equal(e.code, ERR_USAGE);
	err_clear(&e);
	source_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_peek),
	    cmocka_unit_test(test_load),
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_cannot_open),
	};

	return cmocka_run_group_tests_name(
	    "source", tests, scratch_setup, scratch_teardown);
}
