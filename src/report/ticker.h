/*
 * A clock hand: a function is called once a second, while something else is
 * waited for.
 */
#ifndef REPORT_TICKER_H
#define REPORT_TICKER_H

struct ticker;

/*
 * Begin to call tick(arg), from a thread of its own that takes no signals;
 * never while ticker_lock() is held.  NULL where no thread can be had, which
 * the other functions accept.
 */
struct ticker *ticker_start(void (*tick)(void *arg), void *arg);
void ticker_stop(struct ticker *);

void ticker_lock(struct ticker *);
void ticker_unlock(struct ticker *);

#endif
