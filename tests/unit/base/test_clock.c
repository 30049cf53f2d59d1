/* Clocks: time goes forward, and a pause ends. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forward),
	    cmocka_unit_test(test_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
