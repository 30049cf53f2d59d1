/* Independent pieces of work, done by all processors. */
#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

/* One disk feeds no more than this. */
#define PARALLEL_MAX 8

struct parallel {
	size_t n;
	void (*work)(void *, size_t);
	void *arg;
	atomic_size_t next;
};

static void *
parallel_work(void *arg)
{
	struct parallel *p = arg;
	size_t i;

	while ((i = atomic_fetch_add(&p->next, 1)) < p->n)
		p->work(p->arg, i);
	return NULL;
}

/* Processors that this process may use: taskset and cpusets count. */
static size_t
parallel_processors(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < PARALLEL_MAX ? (size_t)n : PARALLEL_MAX;
}

/* Start up to count helpers; returns how many there are. */
static size_t
parallel_start(struct parallel *p, pthread_t *threads, size_t count)
{
	size_t started = 0;
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (started < count &&
	    pthread_create(&threads[started], NULL, parallel_work, p) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return started;
}

void
parallel_do(size_t n, void (*work)(void *arg, size_t i), void *arg)
{
	struct parallel p = {.n = n, .work = work, .arg = arg};
	size_t most = parallel_processors(), helpers = 0;
	pthread_t threads[PARALLEL_MAX];

	most = most < n ? most : n;
	atomic_init(&p.next, 0);
	if (most > 1)
		helpers = parallel_start(&p, threads, most - 1);
	parallel_work(&p);
	while (helpers > 0)
		pthread_join(threads[--helpers], NULL);
}
