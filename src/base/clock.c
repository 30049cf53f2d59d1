/* Clocks: elapsed time, and pauses between tries. */
#include "base/clock.h"

#include <time.h>
#include <unistd.h>

int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t
clock_stamp(void)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	return (((((uint64_t)tm.tm_year + 1900) * 100 + (uint64_t)tm.tm_mon +
		     1) *
			100 +
		    (uint64_t)tm.tm_mday) *
		       100 +
		   (uint64_t)tm.tm_hour) *
	    10000 +
	    (uint64_t)tm.tm_min * 100 + (uint64_t)tm.tm_sec;
}

void
clock_pause(int64_t ms)
{
	struct timespec now, t;
	int64_t ns;

	/* The clock's low digits and the process differ between runners. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = ms * 500000;
	ns += (now.tv_nsec ^ ((int64_t)getpid() * 7919)) % (ns + 1);
	t.tv_sec = ns / 1000000000;
	t.tv_nsec = ns % 1000000000;
	nanosleep(&t, NULL);
}
