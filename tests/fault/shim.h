/*
 * Calls that fail on purpose: the n-th one of a kind, counted from the moment
 * that it is asked for.
 *
 * The kinds of our own code stand between it and libc, by the linker's --wrap
 * (wrap.txt has the names): what libraries call is not counted.  The kinds
 * that begin with "any-" count the calls of libraries as well; "any-grow" is a
 * full disk, where only a write that makes its file longer fails, "any-large"
 * little memory: each buffer that would become large, from the n-th on.
 */
#ifndef FAULT_SHIM_H
#define FAULT_SHIM_H

#include <stdbool.h>

/* The names of the kinds, ended by NULL. */
extern const char *const shim_kinds[];

/*
 * From now on the call number n (from 1) of the kind fails, and where lasting
 * is set each later one, too; *hit is set when one has.  Returns whether there
 * is such a kind.
 */
bool shim_arm(const char *kind, unsigned long n, bool lasting, bool *hit);

/* No call fails any more. */
void shim_disarm(void);

#endif
