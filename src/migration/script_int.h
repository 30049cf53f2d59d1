/*
 * Inside the scripts: the steps that checking and running have in common.
 */
#ifndef MIGRATION_SCRIPT_INT_H
#define MIGRATION_SCRIPT_INT_H

#include <stdbool.h>

#include "base/err.h"
#include "migration/control.h"
#include "migration/script.h"
#include "migration/source.h"
#include "sql/scanner.h"

/* One pass over a script. */
struct script_pass {
	const struct script *script;
	const struct script_folder *folder;
	const struct script_options *options;
	struct source *source;
	struct scanner *scanner;
	struct control control;
	uint64_t foreign; /* the line of a SET client_encoding, 0 for none */
	struct place
	    data; /* of the next data of a COPY, while foreign is set */
};

/*
 * Open the source and a scanner whose tokens go to the sink (may be NULL).
 * The script and the rest are borrowed; the struct is to be closed also where
 * this fails.
 */
int script_pass_open(struct script_pass *, const struct script *,
    const struct script_options *, const struct script_folder *,
    const struct token_sink *, struct err *) ERR_CHECKED;
void script_pass_close(struct script_pass *);

/* Read the next piece into the scanner. */
int script_pass_feed(struct script_pass *, struct err *) ERR_CHECKED;

/*
 * The next enum script_step, or a negative code.  The script's directives
 * must be there when its first statement is.
 */
int script_pass_next(
    struct script_pass *, struct script_item *, struct err *) ERR_CHECKED;

#endif
