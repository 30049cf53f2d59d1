/*
 * Inside the PostgreSQL engine: addresses, taken apart and put together.
 *
 * libpq's own message about a malformed address repeats parts of it, the
 * password among them, and is never used.  No message made here repeats more
 * than the name of a parameter.
 */
#ifndef ENGINE_POSTGRES_ADDRESS_H
#define ENGINE_POSTGRES_ADDRESS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/libpq.h"

/*
 * Check what follows "postgresql://" for characters that had to be escaped:
 * libpq would split the text elsewhere than its author did.
 */
int address_check_url(const char *rest, struct err *) ERR_CHECKED;

/*
 * Say what is wrong with a text that libpq cannot take apart; rest is what
 * follows "://", NULL for key=value pairs.  Returns the error's code.
 */
int address_diagnose(const char *text, const char *rest, struct err *);

/* The value of a parameter, or else of its PG* variable; NULL for neither. */
const char *address_option(const PQconninfoOption *, const char *keyword);

/*
 * Check the parts of an address, its own and those that the PG* variables
 * give: ports that are numbers, since libpq's message repeats a bad one; and
 * no part that is an address by itself, which may hold a password.
 */
int address_check_parts(const PQconninfoOption *, struct err *) ERR_CHECKED;

/* A variable that is set and not empty, or NULL. */
const char *address_env(const char *name);

/*
 * Add to an error what may have been meant by a parameter that libpq does not
 * know: its name of n bytes and its value.
 */
void address_suggest(
    const char *name, size_t n, const char *value, size_t length, struct err *);

/*
 * "postgresql://user@host:port/db?sslmode=require": all that the address and
 * the PG* variables give, but no secret; to be freed.
 */
char *address_show(const PQconninfoOption *);

/* Append keyword='value', quoted as libpq wants it. */
void address_pair(struct buf *, const char *keyword, const char *value);

/*
 * All that an open connection was made with, for PQconninfoFree(); NULL and
 * ERR_STATEMENT where libpq has no memory for it.
 */
PQconninfoOption *address_of(PGconn *, struct err *);

#endif
