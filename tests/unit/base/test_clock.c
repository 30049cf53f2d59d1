/* Clocks: time goes forward, and a pause ends. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

static void
test_forward(void **state)
{
	int64_t before = clock_ms();

	(void)state;
	clock_pause(2);
	assert_true(clock_ms() > before);
}

static void
wake(int sig)
{
	(void)sig;
}

/* A pause of an hour would not end before the test's own alarm. */
static void
test_interrupted(void **state)
{
	struct sigaction sa = {.sa_handler = wake};

	(void)state;
	sigaction(SIGALRM, &sa, NULL);
	alarm(1);
	clock_pause(3600000);
	assert_int_equal(alarm(0), 0);
}

static const struct {
	const char *stamp, *people, *exact;
} stamps[] = {
    {"2026-01-02 03:04:05", "2026-01-02 03:04:05 UTC",
	"2026-01-02T03:04:05.000000Z"},
    {"2026-01-02 03:04:05.6", "2026-01-02 03:04:05 UTC",
	"2026-01-02T03:04:05.600000Z"},
    {"2026-01-02T03:04:05.678Z", "2026-01-02 03:04:05 UTC",
	"2026-01-02T03:04:05.678000Z"},
    {"2026-01-02 03:04:05.1234567", "2026-01-02 03:04:05 UTC",
	"2026-01-02T03:04:05.123456Z"},
    /* What is no time in UTC stays as it is. */
    {"", "", ""},
    {"2026-01-02", "2026-01-02", "2026-01-02"},
    {"2026-01-02 03:04", "2026-01-02 03:04", "2026-01-02 03:04"},
    {"2026-01-02 03:04:05+09", "2026-01-02 03:04:05+09",
	"2026-01-02 03:04:05+09"},
    {"0044-03-15 12:00:00 BC", "0044-03-15 12:00:00 BC",
	"0044-03-15 12:00:00 BC"},
    {"02.01.2026 03:04:05", "02.01.2026 03:04:05", "02.01.2026 03:04:05"},
};

static void
test_stamps(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, BUF_LINE);
	for (i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		buf_reset(&b);
		clock_add(&b, stamps[i].stamp, false);
		assert_string_equal(buf_str(&b), stamps[i].people);
		buf_reset(&b);
		clock_add(&b, stamps[i].stamp, true);
		assert_string_equal(buf_str(&b), stamps[i].exact);
	}
	buf_clear(&b);
}

/* The time that is now has the form of the others, whatever TZ says. */
static void
test_now(void **state)
{
	struct buf b, again;

	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	buf_init(&b, BUF_LINE);
	buf_init(&again, BUF_LINE);
	clock_add_now(&b);
	assert_int_equal(b.len, strlen("2026-01-02T03:04:05.678Z"));
	clock_add(&again, buf_str(&b), true);
	assert_int_equal(again.len, b.len + 3);
	assert_int_equal(
	    strtol(buf_str(&b) + 11, NULL, 10), time(NULL) % 86400 / 3600);
	buf_clear(&b);
	buf_clear(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forward),
	    cmocka_unit_test(test_interrupted),
	    cmocka_unit_test(test_stamps),
	    cmocka_unit_test(test_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
