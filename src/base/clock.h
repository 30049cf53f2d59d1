/* Clocks: elapsed time, and pauses between tries. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Milliseconds on a clock that only goes forward. */
int64_t clock_ms(void);

/* The time in UTC as a number to name files by: YYYYMMDDHHMMSS. */
uint64_t clock_stamp(void);

/* Append the time in UTC, to the millisecond, as RFC 3339 has it. */
void clock_add_now(struct buf *);

/*
 * Append a time in UTC that a database keeps as text: "2026-01-02 03:04:05 UTC"
 * for people; exact: "2026-01-02T03:04:05.000000Z", as RFC 3339 has it.  A
 * text that is no such time is appended as it is.
 */
void clock_add(struct buf *, const char *stamp, bool exact);

/*
 * Sleep for about ms milliseconds, between half of it and all of it, so that
 * many waiting processes do not try again at once.  A signal ends the sleep.
 */
void clock_pause(int64_t ms);

#endif
