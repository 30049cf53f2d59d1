/* --help, made from the tables of commands and options. */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include "base/buf.h"
#include "command/command.h"

/* The page of a command, or where NULL of the program. */
void help_page(struct buf *, const struct command *);

/* Report it with EVENT_HELP. */
void help_show(struct reporter *, const struct command *);

#endif
