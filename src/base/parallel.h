/*
 * Independent pieces of work, done by all processors; and work that goes on
 * beside the caller's.
 */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <stddef.h>

/*
 * Call work(arg, i) once for each i below n, and return when all have
 * returned.  The calls are spread over the processors in no order that can be
 * relied on, the caller's thread doing its share; where no thread can be had
 * it does all.  The other threads take no signals.  The work must not share
 * an arena or a struct err.
 */
void parallel_do(size_t n, void (*work)(void *arg, size_t i), void *arg);

/*
 * A thread that does one long piece of work beside the caller, who is to join
 * it.  It counts among the others: NULL where they use all processors, or no
 * thread can be had; the caller then does the work itself.
 */
struct companion;

struct companion *companion_start(void (*work)(void *arg), void *arg);
void companion_join(struct companion *);

#endif
