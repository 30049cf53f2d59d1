/*
 * Independent pieces of work, done by all processors.
 *
 * There are never more threads than processors: of two that take turns on one,
 * each holds up whoever waits for both.  So a thread that has nothing left of
 * its job helps with those that were begun within a piece of it.
 */
#include "base/parallel.h"

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/thread.h"

/* One disk feeds no more than this. */
#define PARALLEL_MAX 8

/*
 * A thread's heap begins with so much (mallopt(3)); it would grow by a page at
 * a time, with a system call that the page faults of all threads wait for.
 */
#define PARALLEL_HEAP (4 << 20)

/* A call of parallel_do(), while it lasts. */
struct job {
	size_t n;
	void (*work)(void *, size_t);
	void *arg;
	size_t next;          /* piece to begin */
	size_t done;          /* pieces that have ended */
	struct job *older;    /* that was there when this one began */
	cpu_set_t processors; /* that this process may use; none: not known */
};

/* All of this, and the jobs, under the lock. */
static pthread_mutex_t parallel_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t parallel_changed = PTHREAD_COND_INITIALIZER;
static struct job *parallel_jobs; /* the newest first */
static size_t parallel_threads;   /* that were started for them */

/* Do the next piece; with the lock, which is let go meanwhile. */
static void
parallel_piece(struct job *job)
{
	size_t i = job->next++;

	pthread_mutex_unlock(&parallel_lock);
	job->work(job->arg, i);
	pthread_mutex_lock(&parallel_lock);
	if (++job->done == job->n)
		pthread_cond_broadcast(&parallel_changed);
}

/* A job that has pieces left: the first one, or one that began after it. */
static struct job *
parallel_find(const struct job *first)
{
	struct job *job = parallel_jobs;

	while (job->next == job->n && job != first)
		job = job->older;
	return job->next < job->n ? job : NULL;
}

/*
 * With the lock: by the time that a thread has it, it was placed; it may run
 * anywhere from now on.
 */
static void
parallel_settle(const cpu_set_t *processors)
{
	sched_setaffinity(0, sizeof(*processors), processors);
}

/* A thread: it helps until the job that it was started for has ended. */
static void *
parallel_help(void *arg)
{
	const struct job *first = arg;
	struct job *job;

	pthread_mutex_lock(&parallel_lock);
	parallel_settle(&first->processors);
	while (first->done < first->n) {
		job = parallel_find(first);
		if (job != NULL)
			parallel_piece(job);
		else
			pthread_cond_wait(&parallel_changed, &parallel_lock);
	}
	pthread_mutex_unlock(&parallel_lock);
	return NULL;
}

/* How many processors there are for us: taskset and cpusets count. */
static size_t
parallel_processors(cpu_set_t *processors)
{
	size_t n;

	if (sched_getaffinity(0, sizeof(*processors), processors) != 0)
		CPU_ZERO(processors);
	n = (size_t)CPU_COUNT(processors);
	return n < PARALLEL_MAX ? n : PARALLEL_MAX;
}

/*
 * Where a new thread begins: left to itself, the kernel often takes the
 * caller's processor, and the other ones stay idle for milliseconds.
 */
static void
parallel_place(const cpu_set_t *processors, pthread_t thread)
{
	cpu_set_t others = *processors;
	int own = sched_getcpu();

	if (own >= 0)
		CPU_CLR((size_t)own, &others);
	if (CPU_COUNT(&others) > 0)
		pthread_setaffinity_np(thread, sizeof(others), &others);
}

static void
parallel_heap(void)
{
#ifdef M_TOP_PAD
	mallopt(M_TOP_PAD, PARALLEL_HEAP);
#endif
}

/* With the lock; false where there is none to be had. */
static bool
parallel_create(pthread_t *thread, const cpu_set_t *processors,
    void *(*run)(void *), void *arg)
{
	if (parallel_threads == 0)
		parallel_heap();
	if (thread_start(thread, run, arg) != 0)
		return false;
	parallel_place(processors, *thread);
	parallel_threads++;
	return true;
}

/* With the lock; returns how many there are. */
static size_t
parallel_start(struct job *job, pthread_t *threads)
{
	size_t most, started = 0;

	if (job->n < 2)
		return 0;
	most = parallel_processors(&job->processors);
	while (started + 1 < job->n && parallel_threads + 1 < most &&
	    parallel_create(
		&threads[started], &job->processors, parallel_help, job))
		started++;
	return started;
}

static void
parallel_end(const struct job *job, pthread_t *threads, size_t started)
{
	struct job **at = &parallel_jobs;
	size_t i;

	for (i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_mutex_lock(&parallel_lock);
	parallel_threads -= started;
	while (*at != job)
		at = &(*at)->older;
	*at = job->older;
	pthread_mutex_unlock(&parallel_lock);
}

void
parallel_do(size_t n, void (*work)(void *arg, size_t i), void *arg)
{
	struct job job = {.n = n, .work = work, .arg = arg};
	pthread_t threads[PARALLEL_MAX];
	size_t started;

	pthread_mutex_lock(&parallel_lock);
	job.older = parallel_jobs;
	parallel_jobs = &job;
	pthread_cond_broadcast(&parallel_changed);
	started = parallel_start(&job, threads);
	while (job.next < job.n)
		parallel_piece(&job);
	while (job.done < job.n)
		pthread_cond_wait(&parallel_changed, &parallel_lock);
	pthread_mutex_unlock(&parallel_lock);
	parallel_end(&job, threads, started);
}

struct companion {
	pthread_t thread;
	cpu_set_t processors;
	void (*work)(void *);
	void *arg;
};

static void *
companion_run(void *arg)
{
	const struct companion *c = arg;

	pthread_mutex_lock(&parallel_lock);
	parallel_settle(&c->processors);
	pthread_mutex_unlock(&parallel_lock);
	c->work(c->arg);
	return NULL;
}

struct companion *
companion_start(void (*work)(void *arg), void *arg)
{
	struct companion *c = mem_calloc(1, sizeof(*c));
	bool started;

	c->work = work;
	c->arg = arg;
	pthread_mutex_lock(&parallel_lock);
	started = parallel_threads + 1 < parallel_processors(&c->processors) &&
	    parallel_create(&c->thread, &c->processors, companion_run, c);
	pthread_mutex_unlock(&parallel_lock);
	if (started)
		return c;
	free(c);
	return NULL;
}

void
companion_join(struct companion *c)
{
	pthread_join(c->thread, NULL);
	pthread_mutex_lock(&parallel_lock);
	parallel_threads--;
	pthread_mutex_unlock(&parallel_lock);
	free(c);
}
