/*
 * Stopping: SIGINT, SIGTERM and SIGHUP end the statement that runs.
 *
 * The handler sets a flag, says so on a terminal and asks the engine to
 * cancel, nothing more; a second signal leaves at once, which the database
 * sees as a lost client.
 */
#ifndef RUN_STOP_H
#define RUN_STOP_H

#include "base/err.h"
#include "engine/engine.h"

/* Catch the signals from now on; SIGHUP only where it is not ignored. */
void stop_install(void);

/* The connection whose statement is to be cancelled; NULL for none. */
void stop_watch(struct db *);

/*
 * 0, or the code for the signal that came: ERR_INTERRUPT, ERR_TERMINATE or
 * ERR_HANGUP.
 */
int stop_code(void);

/* Whether it is the code of a signal. */
bool stop_is_code(int code);

/* stop_code(), with its message. */
int stop_check(struct err *) ERR_CHECKED;

/*
 * After a failure: its code, or where a signal has made the server refuse that
 * signal's, with its message and where it came.
 */
int stop_reason(struct err *);

#endif
