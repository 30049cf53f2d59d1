/* Clocks: elapsed time, and pauses between tries. */
#include "base/clock.h"

#include <string.h>
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
clock_add_now(struct buf *b)
{
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	buf_addf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    (int)(now.tv_nsec / 1000000));
}

/* A date and a time to the second: d is a digit, t a blank or a T. */
#define STAMP "dddd-dd-ddtdd:dd:dd"
#define STAMP_DATE 10
#define STAMP_FRACTION 6

static bool
clock_matches(const char *stamp)
{
	const char *p;

	for (p = STAMP; *p != '\0'; p++, stamp++) {
		if (*p == 'd'       ? *stamp < '0' || *stamp > '9'
			: *p == 't' ? *stamp != ' ' && *stamp != 'T'
				    : *stamp != *p)
			return false;
	}
	return true;
}

void
clock_add(struct buf *b, const char *stamp, bool exact)
{
	const size_t whole = strlen(STAMP);
	const char *fraction, *rest;
	size_t digits;

	if (!clock_matches(stamp)) {
		buf_adds(b, stamp);
		return;
	}
	fraction = stamp + whole + (stamp[whole] == '.');
	digits = strspn(fraction, "0123456789");
	rest = fraction + digits;
	if (*rest != '\0' && strcmp(rest, "Z") != 0) {
		buf_adds(b, stamp);
		return;
	}
	buf_add(b, stamp, STAMP_DATE);
	buf_addc(b, exact ? 'T' : ' ');
	buf_add(b, stamp + STAMP_DATE + 1, whole - STAMP_DATE - 1);
	if (digits > STAMP_FRACTION)
		digits = STAMP_FRACTION;
	if (exact)
		buf_addf(b, ".%.*s%.*s", (int)digits, fraction,
		    (int)(STAMP_FRACTION - digits), "000000");
	buf_adds(b, exact ? "Z" : " UTC");
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
