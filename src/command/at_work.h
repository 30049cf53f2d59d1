/* Who runs migrations now, for what only looks. */
#ifndef COMMAND_AT_WORK_H
#define COMMAND_AT_WORK_H

#include "command/context.h"

/*
 * Report with a notice who runs migrations now, if anybody does; what cannot be
 * seen is not reported.
 */
void at_work_tell(struct context *);

#endif
