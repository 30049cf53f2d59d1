/*
 * A connection to nowhere: what is sent to it is written down as a script, for
 * psql or the sqlite3 shell to run.
 */
#ifndef ENGINE_WRITER_H
#define ENGINE_WRITER_H

#include <stddef.h>

#include "engine/engine.h"

/* Takes a piece of the script. */
typedef void writer_sink(void *arg, const char *text);

/* As a parameter: who runs the script, not who writes it; and in which run. */
extern const char writer_actor[];
extern const char writer_run[];

/*
 * Make one for an engine.  Names and literals are quoted by the connection's
 * own functions, or where that is NULL by the writer's.  newest is an
 * expression for the greatest applied_at by then; it is borrowed.  The
 * connection is closed with writer_close().
 */
struct db *writer_open(const struct engine *, struct db *connection,
    const char *newest, writer_sink *, void *arg);
void writer_close(struct db *);

/* Write text as it stands, and with another in the place of each %s. */
void writer_text(struct db *, const char *text);
void writer_fill(struct db *, const char *text, const char *fill);

/* Append a literal, as the script's engine reads it under any setting. */
void writer_literal(struct db *, struct buf *, const char *text);

#endif
