/*
 * Threads of ours: signals are the main thread's.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/*
 * As pthread_create(3), with all signals blocked in the new thread.  Returns 0
 * or an error number.
 */
int thread_start(pthread_t *, void *(*run)(void *), void *arg);

#endif
