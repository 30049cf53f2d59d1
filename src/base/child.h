/* A program that is run, and does not outlive us. */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <sys/types.h>

/*
 * Start a program, which PATH finds where the name has no slash.  What it
 * writes as errors goes to said; its other streams are /dev/null.  It gets
 * SIGTERM where we end before it does: call it from the main thread, whose
 * end counts (PR_SET_PDEATHSIG, prctl(2)).  0 with *pid, which is to be waited
 * for, or an errno.
 */
int child_start(const char *program, char *const *args, char *const *env,
    int said, pid_t *pid);

/* Its status as of waitpid(2), or -1. */
int child_wait(pid_t);

#endif
