/* --help, made from the tables of commands and options. */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include "base/buf.h"
#include "command/command.h"

/* The page of a command, or where NULL of the program. */
void help_page(struct buf *, const struct command *);

/* Report it with EVENT_HELP. */
void help_show(struct reporter *, const struct command *);

/* What help has besides the commands; ended by a NULL name. */
struct help_topic {
	const char *name;
	const char *summary;
	void (*write)(struct buf *);
};

extern const struct help_topic help_topics[];

#endif
