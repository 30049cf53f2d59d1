/* Slots that a thread works on: in order, each on one side at a time. */
#include "base/ahead.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "processors.h"

#define SLOTS 8
#define LAST 20000

struct numbers {
	int slots[SLOTS];
	int next;
	int lend;             /* each number divisible by it is lent; 0 none */
	int pause;            /* likewise, the thread is slow there */
	atomic_int in_use;    /* slots that the caller has */
	atomic_int disturbed; /* works done while a lent slot was in use */
	pthread_t caller;
	bool lent;
	bool blocked; /* SIGTERM, in the thread */
};

static enum ahead_work
numbers_work(void *arg, size_t slot)
{
	struct numbers *n = arg;
	sigset_t mask;
	int i = n->next++;

	if (i == 0) {
		assert_false(pthread_equal(pthread_self(), n->caller));
		pthread_sigmask(SIG_BLOCK, NULL, &mask);
		n->blocked = sigismember(&mask, SIGTERM);
	}
	if (n->lent && atomic_load(&n->in_use) > 0)
		atomic_fetch_add(&n->disturbed, 1);
	n->slots[slot] = i;
	n->lent = n->lend > 0 && i % n->lend == 0;
	if (n->pause > 0 && i % n->pause == 0)
		usleep(100);
	if (i == LAST)
		return AHEAD_LAST;
	return n->lent ? AHEAD_LENT : AHEAD_ON;
}

/* Skips the test where there is one processor. */
static struct ahead *
numbers_start(struct numbers *n, size_t slots)
{
	struct ahead *a;
	cpu_set_t set;

	n->caller = pthread_self();
	a = ahead_start(slots, numbers_work, n);
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	if (CPU_COUNT(&set) < 2) {
		assert_null(a);
		skip();
	}
	assert_non_null(a);
	return a;
}

static void
check_all(struct numbers n, size_t slots, int slow)
{
	struct ahead *a = numbers_start(&n, slots);
	size_t slot;
	int i;

	for (i = 0; i <= LAST; i++) {
		atomic_store(&n.in_use, 0);
		slot = ahead_next(a);
		atomic_store(&n.in_use, n.slots[slot] % 7 == 0);
		assert_int_equal(slot, (size_t)i % slots);
		assert_int_equal(n.slots[slot], i);
		if (slow > 0 && i % slow == 0)
			usleep(100);
	}
	ahead_stop(a);
	assert_true(n.blocked);
	assert_int_equal(atomic_load(&n.disturbed), 0);
}

static void
test_order(void **state)
{
	size_t slots;

	(void)state;
	for (slots = 1; slots <= SLOTS; slots++)
		check_all((struct numbers){.lend = 0}, slots, 0);
}

static void
test_slow(void **state)
{
	(void)state;
	check_all((struct numbers){.lend = 0}, SLOTS, 100);
	check_all((struct numbers){.pause = 100}, SLOTS, 0);
	check_all((struct numbers){.pause = 31}, SLOTS, 50);
}

/* What is lent is left alone until it comes back. */
static void
test_lent(void **state)
{
	size_t slots;

	(void)state;
	for (slots = 1; slots <= SLOTS; slots++)
		check_all((struct numbers){.lend = 7}, slots, 100);
}

static void
test_stop(void **state)
{
	struct ahead *a;
	struct numbers n;
	int i, taken;

	(void)state;
	ahead_stop(NULL);
	for (i = 0; i < 200; i++) {
		memset(&n, 0, sizeof(n));
		n.lend = i % 2 * 3;
		a = numbers_start(&n, SLOTS);
		for (taken = 0; taken < i % 20; taken++)
			ahead_next(a);
		if (i % 5 == 0)
			usleep(1000);
		ahead_stop(a);
		assert_true(n.next >= taken);
		assert_true(n.next <= taken + SLOTS);
	}
}

/* All that is given is done, however little; and nothing goes on meanwhile. */
static void
test_wait(void **state)
{
	struct numbers n = {.pause = 3};
	struct ahead *a = numbers_start(&n, SLOTS);
	int i;

	(void)state;
	for (i = 0; i < 500; i++) {
		ahead_next(a);
		if (i % 5 > 1)
			continue;
		ahead_wait(a);
		assert_int_equal(n.next, i + SLOTS);
	}
	ahead_wait(a);
	ahead_stop(a);
}

/* There is no use for a thread that waits for the processor of its caller. */
static void
test_one_processor(void **state)
{
	struct numbers n = {.lend = 0};
	cpu_set_t old;

	(void)state;
	processors_one(&old);
	assert_null(ahead_start(SLOTS, numbers_work, &n));
	processors_restore(&old);
	assert_int_equal(n.next, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_slow),
	    cmocka_unit_test(test_lent),
	    cmocka_unit_test(test_stop),
	    cmocka_unit_test(test_wait),
	    cmocka_unit_test(test_one_processor),
	};

	return cmocka_run_group_tests_name("ahead", tests, NULL, NULL);
}
