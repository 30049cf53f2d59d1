/* What the files of amendments share. */
#ifndef RUN_AMEND_INT_H
#define RUN_AMEND_INT_H

#include "run/run_int.h"

/*
 * amend_show.c: the question whether a statement is to be recorded so.  It has
 * the place and the text of the statement if they are found in the folder.
 * The text lives with the run.
 */
const char *amend_show_statement(struct run *, const struct amendment *);

#endif
