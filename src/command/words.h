/* The words of other tools, and what they are called here. */
#ifndef COMMAND_WORDS_H
#define COMMAND_WORDS_H

#include <stdbool.h>

#include "base/err.h"
#include "command/command.h"

/*
 * If another tool has a command of that name, add the command that does the
 * same here to the error, as its hint.  Returns whether it has.
 */
bool word_translate(const char *foreign, struct err *);

#endif
