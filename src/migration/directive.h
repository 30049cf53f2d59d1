/*
 * Directives: comment lines that set how a migration runs.
 *
 *	-- sqlmigrate: lock-timeout=2s
 *
 * They exist once, in the table of directive.c.
 */
#ifndef MIGRATION_DIRECTIVE_H
#define MIGRATION_DIRECTIVE_H

#include <stdint.h>

#include "base/err.h"
#include "migration/script.h"

/* What no directive has set. */
void directive_init(struct directives *);

/*
 * Set what the text after "sqlmigrate:" says.  *seen, 0 at first, remembers
 * which directives a file has had: each may stand once.  The text must live as
 * long as the directives.  Errors carry
 * ERR_USAGE and no place.
 */
int directive_set(struct directives *, uint32_t *seen, const char *text,
    struct err *) ERR_CHECKED;

#endif
