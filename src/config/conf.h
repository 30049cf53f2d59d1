/*
 * The configuration file: flat "key = value" lines, with a [section] for each
 * --env.
 *
 * A key is the name of an option.  Lines that are empty or begin with # or ;
 * are passed over; a value is the rest of its line, without the blanks round
 * it, and has no quotes or escapes.  What stands before the first section
 * holds for all of them.
 */
#ifndef CONFIG_CONF_H
#define CONFIG_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "config/option.h"

/* One value, and the line that gives it. */
struct conf_value {
	const char *text; /* NULL where the file does not give one */
	size_t line;
};

struct conf {
	const char *path; /* borrowed, for messages */
	struct conf_value values[OPTION_COUNT];
};

/*
 * Parse n bytes; values of the section named env (may be NULL) come before
 * those outside of any.  Texts go to the arena.  Errors (ERR_USAGE, with their
 * place): text that is no UTF-8, a line that is neither of the forms, a key
 * that no option has or that is given twice, a section given twice, no section
 * for env.
 */
int conf_parse(struct conf *, struct arena *, const char *path,
    const char *text, size_t n, const char *env, struct err *) ERR_CHECKED;

/* Whether an option can stand in the file. */
bool conf_takes(enum option_id);

#endif
