/* Independent pieces of work: each is done once, whoever does it. */
#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "processors.h"

#define PIECES 10000

struct work {
	int done[PIECES];
	pthread_t caller;
	int blocked; /* pieces that another thread did with SIGTERM blocked */
	int elsewhere;
	pthread_mutex_t lock;
};

static void
work_piece(void *arg, size_t i)
{
	struct work *w = arg;
	sigset_t mask;

	w->done[i]++;
	if (pthread_equal(pthread_self(), w->caller))
		return;
	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	pthread_mutex_lock(&w->lock);
	w->elsewhere++;
	w->blocked += sigismember(&mask, SIGTERM);
	pthread_mutex_unlock(&w->lock);
}

static void
work_init(struct work *w)
{
	memset(w, 0, sizeof(*w));
	w->caller = pthread_self();
	pthread_mutex_init(&w->lock, NULL);
}

static void
test_each_once(void **state)
{
	static struct work w;
	sigset_t mask;
	int i;

	(void)state;
	work_init(&w);
	parallel_do(PIECES, work_piece, &w);
	for (i = 0; i < PIECES; i++)
		assert_int_equal(w.done[i], 1);
	assert_int_equal(w.blocked, w.elsewhere);
	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	assert_false(sigismember(&mask, SIGTERM));
}

static void
test_few(void **state)
{
	static struct work w;

	(void)state;
	work_init(&w);
	parallel_do(0, work_piece, &w);
	assert_int_equal(w.done[0], 0);
	parallel_do(1, work_piece, &w);
	assert_int_equal(w.done[0], 1);
	assert_int_equal(w.elsewhere, 0);
}

struct nested {
	struct work inner[4];
	atomic_int at_once;
	atomic_int most;
};

struct nested_part {
	struct nested *all;
	struct work *work;
};

/* Long enough that all threads are in one at the same time. */
static void
nested_piece(void *arg, size_t i)
{
	struct nested_part *p = arg;
	int now = atomic_fetch_add(&p->all->at_once, 1) + 1;
	int most = atomic_load(&p->all->most);

	while (now > most &&
	    !atomic_compare_exchange_weak(&p->all->most, &most, now))
		continue;
	p->work->done[i]++;
	usleep(200);
	atomic_fetch_sub(&p->all->at_once, 1);
}

static void
nested_job(void *arg, size_t i)
{
	struct nested *all = arg;
	struct nested_part p = {all, &all->inner[i]};

	/* The first has nothing: its thread helps the others. */
	parallel_do(i * 100, nested_piece, &p);
}

/* Jobs within pieces: each is done, and no more threads than processors. */
static void
test_nested(void **state)
{
	static struct nested all;
	cpu_set_t set;
	int i, k;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	parallel_do(4, nested_job, &all);
	for (i = 0; i < 4; i++)
		for (k = 0; k < 400; k++)
			assert_int_equal(all.inner[i].done[k], k < i * 100);
	assert_true(atomic_load(&all.most) <= CPU_COUNT(&set));
	if (CPU_COUNT(&set) > 1)
		assert_true(atomic_load(&all.most) > 1);
}

/* With one processor the caller does all. */
static void
test_one_processor(void **state)
{
	static struct work w;
	cpu_set_t old;

	(void)state;
	processors_one(&old);
	work_init(&w);
	parallel_do(100, work_piece, &w);
	assert_int_equal(w.done[99], 1);
	assert_int_equal(w.elsewhere, 0);
	processors_restore(&old);
}

/* What one arena held lives as long as the other. */
static void
test_arena_join(void **state)
{
	struct arena *a = arena_new(), *b = arena_new(), *none = arena_new();
	const char *first = arena_strdup(a, "first");
	const char *second = arena_strdup(b, "second");

	(void)state;
	arena_join(a, b);
	arena_join(a, none);
	assert_string_equal(arena_strdup(a, "third"), "third");
	assert_string_equal(first, "first");
	assert_string_equal(second, "second");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_once),
	    cmocka_unit_test(test_few),
	    cmocka_unit_test(test_nested),
	    cmocka_unit_test(test_one_processor),
	    cmocka_unit_test(test_arena_join),
	};

	return cmocka_run_group_tests_name("parallel", tests, NULL, NULL);
}
