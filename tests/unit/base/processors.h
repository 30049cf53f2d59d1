/* For the tests of threads: as on a machine of one processor. */
#ifndef TEST_PROCESSORS_H
#define TEST_PROCESSORS_H

#include <sched.h>

/* Stay on the processor that this is; old is for processors_restore(). */
static inline void
processors_one(cpu_set_t *old)
{
	cpu_set_t one;

	assert_int_equal(sched_getaffinity(0, sizeof(*old), old), 0);
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
}

static inline void
processors_restore(const cpu_set_t *old)
{
	assert_int_equal(sched_setaffinity(0, sizeof(*old), old), 0);
}

#endif
