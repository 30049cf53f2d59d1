/*
 * Slots that a thread works on ahead of its caller, or behind it.
 *
 * The slots are the caller's, an array say; here they are numbers, and go
 * round between the two in their order.  A slot belongs to one side at a time,
 * and what that side did to it the other one sees.  The thread sleeps until
 * half of the slots are there to be worked on, so that they do not wake each
 * other for every one; whoever waits for it is woken at once.
 */
#ifndef BASE_AHEAD_H
#define BASE_AHEAD_H

#include <stddef.h>

/* What a piece of work returns. */
enum ahead_work {
	AHEAD_ON,
	AHEAD_LENT, /* go on only once the caller is through with this slot,
		       and all before it */
	AHEAD_LAST  /* it was the last one; the caller must not ask for more */
};

struct ahead;

/*
 * Start a thread that calls work(arg, slot) for one slot after the other, 0 to
 * slots - 1 and again from 0.  All slots are first the thread's.  Both are
 * borrowed, and the work must not share an arena or a struct err.  Returns
 * NULL where there is no processor or thread to be had.
 */
struct ahead *ahead_start(
    size_t slots, enum ahead_work (*work)(void *arg, size_t slot), void *arg);

/*
 * Give back the slot that was had before, and wait for the next one, which is
 * returned.
 */
size_t ahead_next(struct ahead *);

/*
 * Wait until the thread is through with all slots that are its.  It then
 * leaves alone what both use until the next call of ahead_next().
 */
void ahead_wait(struct ahead *);

/* Let it end the piece of work that it is at, and no other; accepts NULL. */
void ahead_stop(struct ahead *);

#endif
