/* Pieces read by a thread: the same bytes, and the same sum of what is found */
#include "migration/pieces.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A text of so many bytes; byte i is that of byte_at(). */
struct text {
	size_t len, at;
	bool broken; /* it ends with an error */
};

static char
byte_at(size_t i)
{
	return (char)(i * 7 + i / 251);
}

static ssize_t
text_read(void *arg, void *to, size_t n, struct err *err)
{
	struct text *t = arg;
	char *p = to;
	size_t i, left = t->len - t->at;

	if (left == 0 && t->broken)
		return err_set(err, ERR_USAGE, "cannot read");
	/* A short read is no end. */
	n = n > 1000 ? n - 1000 : n;
	if (n > left)
		n = left;
	for (i = 0; i < n; i++)
		p[i] = byte_at(t->at++);
	return (ssize_t)n;
}

/* Skips the test where there is one processor. */
static struct pieces *
start(struct text *t, struct checksum *c)
{
	struct pieces *p = pieces_start(text_read, t, c);
	cpu_set_t set;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	if (p == NULL) {
		assert_int_equal(CPU_COUNT(&set), 1);
		checksum_free(c);
		skip();
	}
	return p;
}

/* At the end both sums are the same; all are freed. */
static void
check_sums(struct pieces *p, struct checksum *ahead, struct checksum *plain)
{
	char got[CHECKSUM_SIZE], want[CHECKSUM_SIZE];

	pieces_end(p);
	pieces_free(p);
	checksum_end(ahead, got);
	checksum_end(plain, want);
	assert_string_equal(got, want);
	checksum_free(ahead);
	checksum_free(plain);
}

/* Read it whole, n bytes at a time; what is found is all, times times. */
static void
check(size_t len, size_t n, unsigned times)
{
	struct text t = {len, 0, false};
	struct checksum *ahead = checksum_new(), *plain;
	struct pieces *p = start(&t, ahead);
	struct err e = ERR_INIT;
	char *room = malloc(n);
	size_t at = 0, i;
	ssize_t r;
	unsigned k;

	plain = checksum_new();
	assert_int_equal(pieces_bytes(p), 0);
	while ((r = pieces_read(p, room, n, &e)) > 0) {
		for (i = 0; i < (size_t)r; i++)
			if (room[i] != byte_at(at++))
				fail_msg("byte %zu", at);
		assert_true(pieces_bytes(p) >= at);
		for (k = 0; k < times; k++) {
			checksum_add(ahead, room, (size_t)r);
			checksum_add(plain, room, (size_t)r);
		}
	}
	assert_int_equal(r, 0);
	assert_int_equal(at, len);
	assert_int_equal(pieces_bytes(p), len);
	assert_int_equal(pieces_read(p, room, n, &e), 0);
	checksum_add(ahead, "end", 3);
	checksum_add(plain, "end", 3);
	check_sums(p, ahead, plain);
	free(room);
}

static void
test_all(void **state)
{
	(void)state;
	check(0, 10, 1);
	check(1, 10, 1);
	check(3000000, 65536, 0);
	check(3000000, 65536, 1);
	check(3000001, 100000, 1);
	check(1000000, 99, 1);
}

/* There is no room for all that is found. */
static void
test_much_found(void **state)
{
	(void)state;
	check(3000000, 65536, 7);
	check(1000000, 5000, 3);
}

/* As with a token that is longer than all pieces. */
static void
test_long_found(void **state)
{
	static char token[3000000];
	struct text t = {3000000, 0, false};
	struct checksum *ahead = checksum_new(), *plain;
	struct pieces *p = start(&t, ahead);
	struct err e = ERR_INIT;
	char room[65536];
	int i = 0;

	(void)state;
	plain = checksum_new();
	checksum_add(ahead, token, sizeof(token)); /* before the first piece */
	checksum_add(plain, token, sizeof(token));
	while (pieces_read(p, room, sizeof(room), &e) > 0) {
		checksum_add(ahead, room, 20000);
		checksum_add(plain, room, 20000);
		if (++i % 10 != 0)
			continue;
		checksum_add(ahead, token, sizeof(token));
		checksum_add(plain, token, sizeof(token));
	}
	assert_true(i > 30);
	check_sums(p, ahead, plain);
}

/* What was read before a failure comes first. */
static void
test_failure(void **state)
{
	struct text t = {1000000, 0, true};
	struct checksum *c = checksum_new();
	struct pieces *p = start(&t, c);
	struct err e = ERR_INIT;
	char room[65536];
	size_t at = 0;
	ssize_t r;

	(void)state;
	while ((r = pieces_read(p, room, sizeof(room), &e)) > 0)
		at += (size_t)r;
	assert_int_equal(r, ERR_USAGE);
	assert_int_equal(at, 1000000);
	assert_string_equal(e.message, "cannot read");
	err_clear(&e);
	pieces_free(p);
	pieces_free(NULL);
	checksum_free(c);
}

/* Nobody need read to the end. */
static void
test_stop(void **state)
{
	struct err e = ERR_INIT;
	struct checksum *c;
	struct pieces *p;
	struct text t;
	char room[65536];
	int i, k;

	(void)state;
	for (i = 0; i < 40; i++) {
		t = (struct text){1000000, 0, i % 2 > 0};
		c = checksum_new();
		p = start(&t, c);
		for (k = 0; k < i % 10; k++) {
			assert_true(pieces_read(p, room, sizeof(room), &e) > 0);
			checksum_add(c, room, sizeof(room));
		}
		if (i % 3 == 0)
			usleep(500);
		pieces_free(p);
		checksum_free(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all),
	    cmocka_unit_test(test_much_found),
	    cmocka_unit_test(test_long_found),
	    cmocka_unit_test(test_failure),
	    cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests_name("pieces", tests, NULL, NULL);
}
