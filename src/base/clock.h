/* Clocks: elapsed time, and pauses between tries. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds on a clock that only goes forward. */
int64_t clock_ms(void);

/* The time in UTC as a number to name files by: YYYYMMDDHHMMSS. */
uint64_t clock_stamp(void);

/*
 * Sleep for about ms milliseconds, between half of it and all of it, so that
 * many waiting processes do not try again at once.  A signal ends the sleep.
 */
void clock_pause(int64_t ms);

#endif
