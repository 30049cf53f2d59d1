/*
 * Stopping: SIGINT and SIGTERM end the statement that runs.
 *
 * The handler sets a flag and asks the engine to cancel, nothing more; a
 * second signal leaves at once, which the database sees as a lost client.
 */
#ifndef RUN_STOP_H
#define RUN_STOP_H

#include "base/err.h"
#include "engine/engine.h"

/* Catch the signals from now on. */
void stop_install(void);

/* The connection whose statement is to be cancelled; NULL for none. */
void stop_watch(struct db *);

/* 0, or the code for the signal that came: ERR_INTERRUPT, ERR_TERMINATE. */
int stop_code(void);

/* stop_code(), with its message. */
int stop_check(struct err *) ERR_CHECKED;

/*
 * After a failure: its code, or where a signal has made the server refuse that
 * signal's, with its message.
 */
int stop_reason(struct err *);

#endif
