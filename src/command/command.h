/*
 * Commands: one file each, ending in one const struct; commands.c lists them.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <stddef.h>

#include "base/err.h"
#include "config/option.h"
#include "config/settings.h"
#include "report/report.h"

/* One run of the program; everything is borrowed. */
struct invocation {
	const struct command *command;
	const struct settings *settings;
	const char *const *args; /* after the command's name */
	size_t nargs;
	struct reporter *reporter;
};

/* What a command is for: the parts of --help, in their order. */
enum command_group {
	GROUP_EVERYDAY,
	GROUP_LOOK,
	GROUP_CHECK,
	GROUP_REPAIR,
	GROUP_OPERATE,
	GROUP_HIDDEN /* not for people */
};

struct command {
	const char *name;
	const char *arguments; /* "[TARGET]", or "" */
	const char *summary;   /* what it does, in a few words */
	const char *help;      /* a paragraph for its own --help */
	const char *examples;  /* command lines, one a line; NULL: none */
	enum command_group group;
	enum option_command bit;
	size_t min_args;
	size_t max_args;

	/*
	 * Returns 0 or a negative code; a code without a message is an
	 * answer (status --exit-code), not a failure.
	 */
	int (*run)(struct invocation *, struct err *);
};

/* All commands in the order of --help, ended by NULL. */
extern const struct command *const commands[];

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* The bit of that command, or 0. */
unsigned command_bit(const char *name);

/* The error about a command that there is not, with what is near. */
int command_unknown(const char *name, struct err *) ERR_CHECKED;

/* Run the program; returns its exit status. */
int command_dispatch(int argc, char **argv);

#endif
