/* Slots that a thread works on ahead of its caller. */
#include "base/ahead.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/parallel.h"

/* The counts only grow: done <= given, taken <= done, given - taken <= slots */
struct ahead {
	size_t slots;
	enum ahead_work (*work)(void *, size_t);
	void *arg;
	struct companion *thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t more;  /* for the thread */
	pthread_cond_t less;  /* for the caller */
	size_t given;         /* to the thread, from the start */
	size_t done;          /* by it */
	size_t taken;         /* of these, by the caller */
	enum ahead_work last; /* what the newest work returned */
	bool hurry;           /* somebody waits for all of it */
	bool stopped;
};

/* How many slots the thread waits for, once it sleeps. */
static size_t
ahead_least(const struct ahead *a)
{
	return a->last == AHEAD_LENT ? a->slots : (a->slots + 1) / 2;
}

/* Whether there is work for it. */
static bool
ahead_is_due(const struct ahead *a, bool asleep)
{
	size_t n = a->given - a->done;

	if (a->last == AHEAD_LENT || (asleep && !a->hurry))
		return n >= ahead_least(a);
	return n > 0;
}

/* Sleep until there is work; false where there will be none. */
static bool
ahead_sleep(struct ahead *a)
{
	bool asleep = false;

	while (!a->stopped && !ahead_is_due(a, asleep)) {
		pthread_cond_wait(&a->more, &a->lock);
		asleep = true;
	}
	return !a->stopped;
}

static void
ahead_run(void *arg)
{
	struct ahead *a = arg;
	enum ahead_work r;

	pthread_mutex_lock(&a->lock);
	while (a->last != AHEAD_LAST && ahead_sleep(a)) {
		size_t slot = a->done % a->slots;

		pthread_mutex_unlock(&a->lock);
		r = a->work(a->arg, slot);
		pthread_mutex_lock(&a->lock);
		a->last = r;
		a->done++;
		pthread_cond_signal(&a->less);
	}
	pthread_mutex_unlock(&a->lock);
}

static void
ahead_free(struct ahead *a)
{
	pthread_cond_destroy(&a->less);
	pthread_cond_destroy(&a->more);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

struct ahead *
ahead_start(
    size_t slots, enum ahead_work (*work)(void *arg, size_t slot), void *arg)
{
	struct ahead *a = mem_calloc(1, sizeof(*a));

	a->slots = a->given = slots;
	a->work = work;
	a->arg = arg;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->more, NULL);
	pthread_cond_init(&a->less, NULL);
	a->thread = companion_start(ahead_run, a);
	if (a->thread != NULL)
		return a;
	ahead_free(a);
	return NULL;
}

size_t
ahead_next(struct ahead *a)
{
	size_t slot;

	pthread_mutex_lock(&a->lock);
	if (a->taken > 0 && ++a->given - a->done == ahead_least(a))
		pthread_cond_signal(&a->more);
	while (a->done == a->taken) {
		assert(a->last != AHEAD_LAST);
		pthread_cond_wait(&a->less, &a->lock);
	}
	slot = a->taken++ % a->slots;
	pthread_mutex_unlock(&a->lock);
	return slot;
}

void
ahead_wait(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->hurry = true;
	pthread_cond_signal(&a->more);
	while (a->done < a->given && a->last == AHEAD_ON)
		pthread_cond_wait(&a->less, &a->lock);
	a->hurry = false;
	pthread_mutex_unlock(&a->lock);
}

void
ahead_stop(struct ahead *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	a->stopped = true;
	pthread_cond_signal(&a->more);
	pthread_mutex_unlock(&a->lock);
	companion_join(a->thread);
	ahead_free(a);
}
