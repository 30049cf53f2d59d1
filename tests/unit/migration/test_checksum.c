/* Checksums: known answers, and which texts are the same content. */
#include "migration/checksum.h"

#include "scratch.h"

static void
sum_bytes(const char *p, size_t n, size_t piece, char hex[CHECKSUM_SIZE])
{
	struct checksum *c = checksum_new();
	size_t i, k;

	for (i = 0; i < n; i += k) {
		k = n - i < piece ? n - i : piece;
		checksum_add(c, p + i, k);
	}
	checksum_end(c, hex);
	checksum_free(c);
}

/* What sha256sum(1) prints. */
static void
test_known(void **state)
{
	static const struct {
		const char *text;
		const char *hex;
	} known[] = {{"",
			 "e3b0c44298fc1c149afbf4c8996fb924"
			 "27ae41e4649b934ca495991b7852b855"},
	    {"abc",
		"ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039"
		"a33ce45964ff2167f6ecedd419db06c1"}};
	char hex[CHECKSUM_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		sum_bytes(known[i].text, strlen(known[i].text), 1000, hex);
		assert_string_equal(hex, known[i].hex);
	}
}

/* A million times "a", in pieces that do and do not fit the buffer. */
static void
test_pieces(void **state)
{
	static const size_t pieces[] = {
	    1, 3, 63, 4096, 8191, 8192, 8193, 100000, 1000000};
	char hex[CHECKSUM_SIZE], *text = malloc(1000000);
	size_t i;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 1000000);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		sum_bytes(text, 1000000, pieces[i], hex);
		assert_string_equal(hex,
		    "cdc76e5c9914fb9281a1c7e284d73e67"
		    "f1809a48a497200e046d39ccc7112cd0");
	}
	free(text);
}

/* The documented form, byte for byte. */
static void
test_form(void **state)
{
	static const char stream[] = "\6SELECT\7'a\n\n b'\1;";
	static const char copy[] = "\4copy\1t\4from\5stdin\1;"
				   "\3a\tb\0\3c\rd\2\\.\6select\0011\1;";
	struct script s = scratch_text(
	    "001_x.sql", "-- comment\r\nSELECT /* ; */ 'a\r\n\n b'\r\n;;;");
	struct err e = ERR_INIT;
	char hex[CHECKSUM_SIZE];

	(void)state;
	assert_int_equal(script_check(&s, arena, &postgres, NULL, &e), 0);
	sum_bytes(stream, sizeof(stream) - 1, 1, hex);
	assert_string_equal(s.content_checksum, hex);
	s = scratch_text("001_x.sql",
	    "copy t from stdin;\r\na\tb\r\n\nc\rd\n\\.\r\nselect 1");
	assert_int_equal(script_check(&s, arena, &postgres, NULL, &e), 0);
	sum_bytes(copy, sizeof(copy) - 1, 1, hex);
	assert_string_equal(s.content_checksum, hex);
}

/* A length of more than seven bits. */
static void
test_long_token(void **state)
{
	char text[302], stream[306], hex[CHECKSUM_SIZE];
	struct script s;
	struct err e = ERR_INIT;

	(void)state;
	memset(text, 'a', 300);
	text[300] = '\0';
	s = scratch_text("001_x.sql", text);
	memcpy(stream, "\xac\x02", 2);
	memcpy(stream + 2, text, 300);
	memcpy(stream + 302, "\1;", 2);
	assert_int_equal(script_check(&s, arena, &postgres, NULL, &e), 0);
	sum_bytes(stream, 304, 304, hex);
	assert_string_equal(s.content_checksum, hex);
}

static void
content(const char *text, char hex[CHECKSUM_SIZE])
{
	struct script s = scratch_text("001_x.sql", text);
	struct err e = ERR_INIT;

	if (script_check(&s, arena, &postgres, NULL, &e) != 0)
		fail_msg("%s: %s", text, e.message);
	memcpy(hex, s.content_checksum, CHECKSUM_SIZE);
}

struct couple {
	const char *a;
	const char *b;
};

static void
compare(const struct couple *couples, size_t n, int same)
{
	char a[CHECKSUM_SIZE], b[CHECKSUM_SIZE];
	size_t i;

	for (i = 0; i < n; i++) {
		content(couples[i].a, a);
		content(couples[i].b, b);
		if ((strcmp(a, b) == 0) != same)
			fail_msg(
			    "\"%s\" and \"%s\"", couples[i].a, couples[i].b);
	}
}

static void
test_same(void **state)
{
	static const struct couple same[] = {{"", "-- nothing\n;;\n"},
	    {"\xef\xbb\xbfselect 1", "select 1"}, {"select 1;", "select 1"},
	    {"select 1;;; ;", "select 1"},
	    {"select 1 -- one\n", "/* one */ select/**/1;"},
	    {"select a,b", "select a , b;\n"},
	    {"select 1;\r\nselect 2;\r\n", "select 1;\nselect 2;\n"},
	    {"select 'a\r\nb'", "select 'a\nb'"},
	    {"select $$a\r\n\r\nb$$", "select $$a\n\nb$$"},
	    {"select \"a\r\nb\"", "select \"a\nb\""},
	    {"select 'a' -- x\n 'b'", "select 'a'\n'b'"},
	    {"copy t from stdin;\r\na\r\nb\r\n\\.\r\n",
		"copy t from stdin ; -- c\na\nb\n\\.\n"},
	    {"begin; select 1; commit", "begin;\n\nselect 1;\ncommit;"}};

	(void)state;
	compare(same, sizeof(same) / sizeof(same[0]), 1);
}

static void
test_different(void **state)
{
	static const struct couple different[] = {{"", "select"},
	    {"select 1", "SELECT 1"}, {"select 1", "select 2"},
	    {"select 1; select 2", "select 1 select 2"},
	    {"select a - > b", "select a -> b"}, {"select a b", "select ab"},
	    {"select 'a b'", "select 'a  b'"},
	    {"select 'a\rb'", "select 'a\nb'"},
	    {"select 'a\r\r\nb'", "select 'a\r\nb'"},
	    {"select x'1'", "select x '1'"},
	    {"select 'a''b'", "select 'a' 'b'"},
	    {"select 'a -- b'", "select 'a'"},
	    {"select $$ $$", "select $a$ $a$"},
	    {"copy t from stdin;\na\n\\.\n", "copy t from stdin;\na \n\\.\n"},
	    {"copy t from stdin;\na\n\n\\.\n", "copy t from stdin;\na\n\\.\n"},
	    {"copy t from stdin;\nselect\n\\.\n1",
		"copy t from stdin;\n\\.\nselect 1"},
	    {"copy t from stdin;\n-- a\n\\.\n", "copy t from stdin;\n\\.\n"}};

	(void)state;
	compare(different, sizeof(different) / sizeof(different[0]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known),
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_long_token),
	    cmocka_unit_test(test_same),
	    cmocka_unit_test(test_different),
	};

	return cmocka_run_group_tests_name(
	    "checksum", tests, scratch_setup, scratch_teardown);
}
