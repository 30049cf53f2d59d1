/*
 * Where in its file a migration is that is half applied.
 */
#ifndef MIGRATION_HALF_H
#define MIGRATION_HALF_H

#include <stdbool.h>

#include "migration/state.h"

/*
 * Find the statement at which the migration of the journal stopped: the one
 * that failed or was begun, else the one after the last that is done.  Adds its
 * place and its line to the error, if the file is there and has it.  Returns
 * whether nobody but a person can tell whether that statement took effect.
 */
bool half_locate(const struct state *, const struct history *, struct err *);

#endif
