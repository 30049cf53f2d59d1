/* A clock hand: a function is called once a second. */
#include "report/ticker.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/thread.h"

struct ticker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stop;
	bool stopping;
	void (*tick)(void *);
	void *arg;
};

static void *
ticker_run(void *arg)
{
	struct ticker *t = arg;
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	pthread_mutex_lock(&t->lock);
	while (!t->stopping) {
		next.tv_sec++;
		while (!t->stopping &&
		    pthread_cond_timedwait(&t->stop, &t->lock, &next) == 0)
			;
		if (!t->stopping)
			t->tick(t->arg);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

struct ticker *
ticker_start(void (*tick)(void *arg), void *arg)
{
	struct ticker *t = mem_calloc(1, sizeof(*t));
	pthread_condattr_t clock;

	t->tick = tick;
	t->arg = arg;
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&t->stop, &clock);
	pthread_condattr_destroy(&clock);
	if (thread_start(&t->thread, ticker_run, t) == 0)
		return t;
	pthread_cond_destroy(&t->stop);
	pthread_mutex_destroy(&t->lock);
	free(t);
	return NULL;
}

void
ticker_stop(struct ticker *t)
{
	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_signal(&t->stop);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->stop);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void
ticker_lock(struct ticker *t)
{
	if (t != NULL)
		pthread_mutex_lock(&t->lock);
}

void
ticker_unlock(struct ticker *t)
{
	if (t != NULL)
		pthread_mutex_unlock(&t->lock);
}
