/*
 * SQLite addresses.
 *
 *	sqlite:PATH		everything after the colon is the path
 *	sqlite:///PATH		as SQLAlchemy has it: relative to the working
 *				directory; with a fourth slash absolute
 *	sqlite+DRIVER:...	either, for a program with a driver
 *
 * Nothing is percent-decoded, as SQLAlchemy does not either.  Parameters
 * (?mode=ro) exist in the second form only, and are refused: each would change
 * what the runner can promise.  Messages do not repeat the address, since a
 * mistaken one may hold a password.
 */
#include "engine/sqlite_int.h"

#include <string.h>
#include <strings.h>

#define FORMS "Give sqlite:PATH or sqlite:///PATH."

/* The text after "sqlite:" or "sqlite+DRIVER:"; NULL where it is not ours. */
static const char *
target_rest(const char *text)
{
	static const char scheme[] = "sqlite";
	size_t n = sizeof(scheme) - 1;

	if (strncasecmp(text, scheme, n) != 0)
		return NULL;
	if (text[n] == '+')
		n += strcspn(text + n, ":/");
	return text[n] == ':' ? text + n + 1 : NULL;
}

/* The path after "sqlite:", or NULL with the error set. */
static const char *
target_path(const char *rest, struct err *err)
{
	if (strncmp(rest, "//", 2) != 0)
		return rest;
	rest += 2;
	if (*rest == '\0')
		return rest;
	if (*rest != '/') {
		err_set(err, ERR_USAGE, "an SQLite address has no host");
		err_hint(err, FORMS);
		return NULL;
	}
	if (strchr(rest, '?') != NULL) {
		err_set(err, ERR_USAGE, "an SQLite address has no parameters");
		err_detail(err,
		    "A question mark begins them in the form "
		    "sqlite:///PATH.");
		err_hint(err,
		    "Leave them out; a file whose name has a "
		    "question mark is given as sqlite:PATH.");
		return NULL;
	}
	return rest + 1;
}

int
sqlite_claim(struct target *t, const char *text, struct err *err)
{
	const char *path = target_rest(text);

	if (path == NULL)
		return 0;
	path = target_path(path, err);
	if (path == NULL)
		return err == NULL ? ERR_USAGE : err->code;
	if (*path == '\0') {
		err_set(err, ERR_USAGE, "the SQLite address has no path");
		err_hint(err, FORMS);
		return ERR_USAGE;
	}
	if (strcmp(path, ":memory:") == 0) {
		err_set(err, ERR_USAGE,
		    "a database in memory vanishes with the program, so there "
		    "is nothing to migrate");
		err_hint(err, "Give the path of a file: sqlite:PATH.");
		return ERR_USAGE;
	}
	t->address = mem_strdup(path);
	t->shown = mem_strdup(path);
	return 1;
}
