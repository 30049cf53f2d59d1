/*
 * Versions: SemVer 2.0.0 without build metadata, at most 50 characters (the
 * width of the column).
 */
#ifndef MIGRATION_VERSION_H
#define MIGRATION_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#define VERSION_MAX 50

enum version_part { VERSION_MAJOR, VERSION_MINOR, VERSION_PATCH };

/* Whether the text is such a version. */
bool version_is_valid(const char *);

/*
 * The rule that the text breaks, as a clause for a message ("a number must
 * not begin with 0"); NULL where it is a valid version.
 */
const char *version_fault(const char *);

/*
 * Whether a migration of that number has this version only because no file
 * of its directory gives one: 0.0.NUMBER, which nobody chose.
 */
bool version_is_generated(const char *version, uint64_t number);

/*
 * Precedence of two valid versions (SemVer 2.0.0, section 11): negative, 0 or
 * positive, as strcmp() has it.
 */
int version_compare(const char *, const char *);

/*
 * The next version: that part goes up, what follows is 0, and there is no
 * pre-release.  Returns whether its numbers are small enough (18 digits).
 */
bool version_raise(
    char out[VERSION_MAX + 1], const char *version, enum version_part);

#endif
