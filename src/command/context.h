/*
 * What most commands need: the database, the folder, and how they compare.
 *
 *	struct context c;
 *	int r;
 *
 *	r = context_look(&c, inv, err);
 *	...
 *	context_clear(&c);
 */
#ifndef COMMAND_CONTEXT_H
#define COMMAND_CONTEXT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "command/command.h"
#include "engine/engine.h"
#include "migration/folder.h"
#include "migration/history.h"
#include "migration/state.h"
#include "run/event.h"

enum context_use {
	CONTEXT_READ,  /* nothing is written */
	CONTEXT_WRITE, /* an existing database */
	CONTEXT_CREATE /* made where it is not there */
};

/* Readable by the command; owned by the context. */
struct context {
	const struct invocation *inv;
	struct arena *arena;
	struct target target;
	struct db *db;             /* after context_connect() */
	struct history_name table; /* from --table, after context_init() */
	struct folder *folder;     /* after context_folder() */
	struct history *history;   /* after context_state() */
	struct state *state;       /* after context_state() */
	const struct migration *running; /* that notices belong to */
	bool changed;                    /* a migration has become durable */
};

/* Resolve the database and the table's name; nothing is opened. */
int context_init(
    struct context *, const struct invocation *, struct err *) ERR_CHECKED;

/* As context_init(), for a command that works without a database, too. */
int context_init_offline(
    struct context *, const struct invocation *, struct err *) ERR_CHECKED;

/*
 * All that a command needs that only looks: context_init(), the folder, the
 * connection and the state.
 */
int context_look(
    struct context *, const struct invocation *, struct err *) ERR_CHECKED;

/* Close and free; also right after a failed context_init(). */
void context_clear(struct context *);

/* Read the folder; context_folder() also reports its warnings. */
int context_read(struct context *, struct err *) ERR_CHECKED;
int context_folder(struct context *, struct err *) ERR_CHECKED;

/*
 * Open the database; its notices are reported.  Where it is written to (or
 * with -v) EVENT_DATABASE says which one it is.
 */
int
context_connect(struct context *, enum context_use, struct err *) ERR_CHECKED;

/*
 * Read the folder, and meanwhile (after it, where it comes from standard
 * input) open the database and read the history: as
 * context_folder(), context_connect() and history_load() one after the other,
 * but the database is opened where the folder is refused, too, and a migration
 * that is half applied comes before that refusal.  Once a database is open
 * that is to be written to, signals are caught, and end the reading.
 */
int
context_gather(struct context *, enum context_use, struct err *) ERR_CHECKED;

/* Read the history and lay it beside the folder; may be called again. */
int context_state(struct context *, struct err *) ERR_CHECKED;

/* What context_connect() opens with, for who opens by itself. */
void
context_db_options(struct context *, enum context_use, struct db_options *);

/*
 * Report an event: an event_fn, with the context as its argument, for a run
 * to report to.  context_text() is for events that are no more than a text.
 */
void context_event(void *context, const struct event *);
void context_text(struct context *, enum event_kind, const char *text);

/* Report as a warning what is going to be an error. */
void context_warn(struct context *, const struct err *);

/*
 * As state_refuse(), for what only looks: what another run is at is no reason,
 * and is reported as a notice.
 */
int context_refuse(struct context *, struct err *) ERR_CHECKED;

/* Where the schema stands; texts live as long as the state. */
struct current context_current(const struct context *);

/*
 * Ask before something that cannot be taken back.  With --yes it is answered;
 * without a terminal, or on any answer but yes, an error says what to do.
 */
int context_confirm(
    struct context *, const char *question, struct err *) ERR_CHECKED;

#endif
