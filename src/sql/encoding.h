/* Statements that change the encoding in which the server takes the text. */
#ifndef SQL_ENCODING_H
#define SQL_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/dialect.h"

/*
 * Whether a statement sets client_encoding: SET, SET NAMES, RESET, or a
 * set_config() at the start of a SELECT.  *foreign is then whether the server
 * would convert UTF-8 text as if it were something else; SQL_ASCII is taken
 * as it is (PostgreSQL manual, "Automatic Character Set Conversion").
 */
bool encoding_is_set(
    const struct dialect *, const char *text, size_t len, bool *foreign);

#endif
