/* The scanner against vectors found by experiment, and its own promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sql_test.h"

#define VECTORS_MIN 150

static const struct dialect *
find_dialect(const char *name)
{
	return strncmp(name, "sqlite", 6) == 0 ? &dialect_sqlite
					       : &dialect_postgres;
}

static bool
run_vector(const struct vector_line *v, uint32_t *seed)
{
	struct scan_input in = {.dialect = find_dialect(v->field[1])};
	static piece_fn *const pieces[] = {
	    piece_whole, piece_byte, piece_random, piece_random, piece_random};
	bool refuse = strcmp(v->field[2], "refuse") == 0, good = true;
	char *text = json_decode(v->field[3], &in.len);
	struct scan first, r;
	size_t i;

	in.text = text;
	in.backslash = strstr(v->field[1], "+backslash") != NULL;
	in.arg = seed;
	in.piece = piece_whole;
	scan_run(&first, &in);
	good = refuse ? first.rc == ERR_USAGE && first.err.hint != NULL
		      : first.rc == SCAN_END &&
		first.statements == (size_t)atoi(v->field[2]);
	if (!good)
		print_error("%s: expected %s, got:%s\n", v->field[0],
		    v->field[2], buf_str(&first.text));
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		in.piece = pieces[i];
		scan_run(&r, &in);
		if (strcmp(buf_str(&r.text), buf_str(&first.text)) != 0) {
			print_error("%s: whole:%s\nin pieces:%s\n", v->field[0],
			    buf_str(&first.text), buf_str(&r.text));
			good = false;
		}
		scan_clear(&r);
	}
	scan_clear(&first);
	free(text);
	return good;
}

static void
test_vectors(void **state)
{
	FILE *f = vector_open("vectors.tsv");
	size_t count = 0, bad = 0;
	uint32_t seed = 1;
	struct vector_line v;

	(void)state;
	assert_non_null(f);
	while (vector_next(f, &v)) {
		assert_true(v.fields >= 4);
		count++;
		bad += !run_vector(&v, &seed);
	}
	fclose(f);
	print_message("%zu vectors, %zu failed\n", count, bad);
	assert_int_equal(bad, 0);
	assert_true(count >= VECTORS_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
