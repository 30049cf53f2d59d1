/* What apply, rollback and plan share: the request, and carrying it out. */
#ifndef COMMAND_EXECUTE_H
#define COMMAND_EXECUTE_H

#include <stdbool.h>

#include "command/command.h"
#include "command/context.h"
#include "migration/amend.h"
#include "migration/plan.h"
#include "run/run.h"

/* Make a request from the options and the argument; it borrows them. */
int execute_request(const struct invocation *, bool rollback,
    struct plan_request *, struct err *) ERR_CHECKED;

/* What a run needs of the settings. */
void execute_settings(
    const struct settings *, const struct engine *, struct run_settings *);

/* Run what is requested, on the database of the settings. */
int execute_run(
    struct invocation *, const struct plan_request *, struct err *) ERR_CHECKED;

/* Roll back what is requested, and apply it again. */
int execute_redo(
    struct invocation *, const struct plan_request *, struct err *) ERR_CHECKED;

/*
 * The same with a history that is made up: all up to a target is applied, "0"
 * for nothing.
 */
int execute_look_offline(struct context *, const struct invocation *,
    const char *from, struct err *) ERR_CHECKED;

/* As context_look(); with --from the history is made up, without a database. */
int execute_look(
    struct context *, const struct invocation *, struct err *) ERR_CHECKED;

/* Show what would run, and write nothing. */
int execute_plan(
    struct invocation *, const struct plan_request *, struct err *) ERR_CHECKED;

/* Write to the history what is requested, without running a file. */
int execute_amend(struct invocation *, const struct amend_request *,
    struct err *) ERR_CHECKED;

/* Write a backup into a new file. */
int
execute_backup(struct invocation *, const char *path, struct err *) ERR_CHECKED;

/* Make and complete the tables. */
int execute_prepare(struct invocation *, struct err *) ERR_CHECKED;

#endif
