/*
 * Which PostgreSQL database: the forms of --database, and what the
 * environment tells.  The members claim and ambient of the engine.
 *
 * No text made here holds a password, but for the target's address.
 */
#ifndef ENGINE_POSTGRES_TARGET_H
#define ENGINE_POSTGRES_TARGET_H

#include <stdbool.h>

#include "base/err.h"
#include "engine/engine.h"

/* 1 ours, 0 not ours, or a negative code; fills address and shown. */
int postgres_claim(struct target *, const char *text, struct err *);

/* 1 found, 0 not, or a negative code; fills source as well. */
int postgres_ambient(struct target *, struct err *);

/*
 * The member ready: an attempt to connect, told apart by its SQLSTATE, and in
 * the official container whether its entry point has handed over.
 */
int
postgres_ready(const struct target *, const struct db_options *, struct err *);

/* Whether a process of that name (/proc/PID/comm) is the entry point. */
bool postgres_is_entry_point(const char *comm);

#endif
