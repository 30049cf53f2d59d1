/*
 * The command line, taken apart; what the values mean is for the settings.
 *
 * Options stand before or after the command: --name=value, --name value,
 * -lVALUE, -l VALUE, flags bundled as in -qv; "--" ends them.  Names are
 * never abbreviated.  A minus sign and digits are an argument, as in
 * "rollback -2".  A letter that commands use differently needs the command
 * before it.
 */
#ifndef CONFIG_PARSE_H
#define CONFIG_PARSE_H

#include <stddef.h>

#include "base/err.h"
#include "config/option.h"

/* Everything points into argv, but for the array args and the addresses. */
struct arguments {
	const char *values[OPTION_COUNT]; /* NULL where not given; flags: "" */
	unsigned counts[OPTION_COUNT];    /* how often it was given */
	const char **args;                /* the command first */
	size_t nargs;
	char *addresses[OPTION_COUNT]; /* owned copies that the values are of
					  options with an address */
};

/* The bit of the command of that name (enum option_command), or 0. */
typedef unsigned parse_command_fn(const char *name);

/*
 * Errors never repeat more of an argument than the option's name.  The first
 * one is kept; the rest is read on, so that --json is known in any case.
 * In argv each value that is an address is overwritten: every user of the
 * machine can read the arguments of a process (ps), and an address may hold a
 * password.
 */
int arguments_parse(struct arguments *, int argc, char **argv,
    parse_command_fn *, struct err *) ERR_CHECKED;
void arguments_clear(struct arguments *);

#endif
