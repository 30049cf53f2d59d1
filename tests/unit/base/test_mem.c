/* Memory: copies, growing arrays, arenas, and the end where there is none. */
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
test_zeroed(void **state)
{
	char *p = mem_calloc(10, 3);
	int i;

	(void)state;
	for (i = 0; i < 30; i++)
		assert_int_equal(p[i], 0);
	free(p);
	p = mem_calloc(0, 8);
	assert_non_null(p);
	free(p);
}

static void
test_resize(void **state)
{
	char *p = mem_realloc(NULL, 4, 1);

	(void)state;
	memcpy(p, "abc", 4);
	p = mem_realloc(p, 1000, 100);
	assert_string_equal(p, "abc");
	p = mem_realloc(p, 0, 1);
	assert_non_null(p);
	free(p);
}

static void
test_strdup(void **state)
{
	char *p = mem_strdup("");

	(void)state;
	assert_string_equal(p, "");
	free(p);
	p = mem_strdup("abc");
	assert_string_equal(p, "abc");
	free(p);
	p = mem_strndup("abcdef", 3);
	assert_string_equal(p, "abc");
	free(p);
}

static void
test_grow(void **state)
{
	size_t i, cap = 0, *array = NULL;

	(void)state;
	for (i = 0; i < 1000; i++) {
		array = mem_grow(array, i, &cap, sizeof(*array));
		assert_true(i < cap);
		array[i] = i;
	}
	for (i = 0; i < 1000; i++)
		assert_int_equal(array[i], i);
	free(array);
}

static void
test_arena_many(void **state)
{
	struct arena *a = arena_new();
	char *texts[3000];
	char want[32];
	size_t i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		texts[i] = arena_printf(a, "text number %zu", i);
		assert_int_equal((uintptr_t)texts[i] % sizeof(void *), 0);
	}
	for (i = 0; i < 3000; i++) {
		snprintf(want, sizeof(want), "text number %zu", i);
		assert_string_equal(texts[i], want);
	}
	arena_free(a);
	arena_free(NULL);
}

/* Sizes around one block, as the first object and after others. */
static void
test_arena_sizes(void **state)
{
	static const size_t sizes[] = {
	    0, 1, 7, 8, 9, 16383, 16384, 16385, 100000, 1};
	const size_t n = sizeof(sizes) / sizeof(sizes[0]);
	struct arena *a;
	unsigned char *p[16];
	size_t first, i, j;

	(void)state;
	for (first = 0; first < n; first++) {
		a = arena_new();
		for (i = 0; i < n; i++) {
			p[i] = arena_alloc(a, sizes[(first + i) % n]);
			memset(p[i], (int)i, sizes[(first + i) % n]);
		}
		for (i = 0; i < n; i++)
			for (j = 0; j < sizes[(first + i) % n]; j++)
				assert_int_equal(p[i][j], i);
		arena_free(a);
	}
}

static void
test_arena_strings(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(arena_strdup(a, ""), "");
	assert_string_equal(arena_strdup(a, "one"), "one");
	assert_string_equal(arena_strndup(a, "onetwo", 3), "one");
	assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
	arena_free(a);
}

static void
die_calloc(void)
{
	free(mem_calloc(SIZE_MAX / 2, 4));
}

static void
die_realloc(void)
{
	free(mem_realloc(NULL, SIZE_MAX / 2, 4));
}

static void
die_arena(void)
{
	struct arena *a = arena_new();

	memset(arena_alloc(a, SIZE_MAX - 4), 0, 1);
	arena_free(a);
}

/* Run f in a child; it must end with status 1 and the one line. */
static void
assert_dies(void (*f)(void))
{
	char text[200] = {0};
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		f();
		_exit(0);
	}
	close(fds[1]);
	n = read(fds[0], text, sizeof(text) - 1);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(n > 0);
	assert_string_equal(text, "sqlmigrate: out of memory\n");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void
test_out_of_memory(void **state)
{
	(void)state;
	/* A sanitizer ends the program itself at such a request. */
	setenv("ASAN_OPTIONS", "allocator_may_return_null=1", 0);
	assert_dies(die_realloc);
	assert_dies(die_arena);
#ifndef __SANITIZE_ADDRESS__
#if !defined(__has_feature)
	assert_dies(die_calloc);
#elif !__has_feature(address_sanitizer)
	assert_dies(die_calloc);
#endif
#endif
	(void)die_calloc;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_zeroed),
	    cmocka_unit_test(test_resize),
	    cmocka_unit_test(test_strdup),
	    cmocka_unit_test(test_grow),
	    cmocka_unit_test(test_arena_many),
	    cmocka_unit_test(test_arena_sizes),
	    cmocka_unit_test(test_arena_strings),
	    cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
