/*
 * Settings: the value of every option, and where it came from.
 *
 * The command line comes before the environment, that before the
 * configuration file, and that before the default.
 * An empty environment variable counts as one that is not set; those of the
 * file of --env-file are set in the environment, for libpq and for programs
 * that are started.  Each value is
 * parsed once; a bad one is an error (ERR_USAGE) that names its source.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/option.h"
#include "config/parse.h"

/* The configuration file where none is named. */
#define SETTINGS_CONF "sqlmigrate.conf"

struct settings;

/*
 * Resolve all options; the arguments must live as long as the settings.
 * The first error is kept, and the settings are made in any case, so that it
 * can be reported as the good ones ask (--json, --color).  Free with
 * settings_free(), which accepts NULL.
 */
int settings_make(
    struct settings **, const struct arguments *, struct err *) ERR_CHECKED;
void settings_free(struct settings *);

/* VALUE_FLAG: whether it is set. */
bool settings_flag(const struct settings *, enum option_id);

/*
 * VALUE_REPEAT, NUMBER, DURATION and LIMIT (milliseconds), CHOICE (index).
 */
int64_t settings_number(const struct settings *, enum option_id);

/* VALUE_TEXT, TARGET, DECISION; NULL where it has no value.  Lives with the
 * settings. */
const char *settings_text(const struct settings *, enum option_id);

/*
 * The option that has the address to connect to: --direct if it is given as
 * near to the command as --database is (option, variable, file).  A variable
 * that is set for one database must not lead the option of another one there.
 */
enum option_id settings_address(const struct settings *);

/*
 * Where the value came from: "--dir", "SQLMIGRATE_DIR", "sqlmigrate.conf:3" or
 * "default".
 */
const char *settings_source(const struct settings *, enum option_id);

#endif
