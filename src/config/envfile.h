/* Variables in a file, as in the .env of many frameworks. */
#ifndef CONFIG_ENVFILE_H
#define CONFIG_ENVFILE_H

#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"

/* A variable that a file has set, and the line that did. */
struct envfile_name {
	const char *name;
	size_t line;
};

/* Begin with {0}; texts live in the arena, the array is freed by the caller. */
struct envfile {
	struct envfile_name *names;
	size_t count;
	size_t cap;
};

/*
 * Set the variables of n bytes of text that the environment does not have, or
 * has empty.  A line is NAME=VALUE, also after "export"; the value may be in
 * quotes, of which double ones know \n, \", \\ and \$.  Nothing is expanded.
 * ERR_USAGE with the place for any other line, which is not repeated, since it
 * may hold a password.
 */
int envfile_set(struct envfile *, struct arena *, const char *path,
    const char *text, size_t n, struct err *) ERR_CHECKED;

/* The line that has set a variable; 0 if it was not set by the file. */
size_t envfile_line(const struct envfile *, const char *name);

#endif
