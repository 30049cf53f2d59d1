/*
 * SQLite addresses.
 *
 *	sqlite:PATH		everything after the colon is the path
 *	sqlite:///PATH		as SQLAlchemy has it: relative to the working
 *				directory; with a fourth slash absolute
 *	sqlite+DRIVER:...	either, for a program with a driver
 *
 * Nothing is percent-decoded, as SQLAlchemy does not either.  Parameters
 * (?mode=ro) are refused: each would change what the runner can promise.  What
 * reads as another program's spelling is the name of a file only if that file
 * exists: otherwise an empty database would be made under that name, next to
 * the one that was meant.
 *
 * A message repeats no more than a path: what has "//" may hold a password.
 */
#include "engine/sqlite_int.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"

#define FORMS "Give sqlite:PATH or sqlite:///PATH."
#define NO_PARAMETERS "an SQLite address has no parameters"
#define BLANKS " \t\r\n"

/* The text after "sqlite:" or "sqlite+DRIVER:"; NULL where it is not ours. */
static const char *
target_rest(const char *text)
{
	static const char scheme[] = "sqlite";
	size_t n = sizeof(scheme) - 1;

	if (strncasecmp(text, "file:", 5) == 0)
		return text;
	if (strncasecmp(text, scheme, n) != 0)
		return NULL;
	if (text[n] == '+')
		n += strcspn(text + n, ":/");
	return text[n] == ':' ? text + n + 1 : NULL;
}

/* The spelling that is right for what seems to be meant, where that is sure. */
static int
target_respell(const char *path, const char *fault, struct err *err)
{
	struct buf b;
	size_t n;

	err_set(err, ERR_USAGE, "%s", fault);
	path += strspn(path, BLANKS "\"'");
	if (strncasecmp(path, "file:", 5) == 0)
		path += 5;
	if (strncmp(path, "//", 2) == 0)
		path += strncmp(path, "///", 3) == 0 ? 2 : strlen(path);
	n = strcspn(path, "?");
	while (n > 0 && strchr(BLANKS "\"'", path[n - 1]) != NULL)
		n--;
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "sqlite:");
	buf_add(&b, path, n);
	if (n == 0 || text_is_address(buf_str(&b)) ||
	    strncmp(path, ":memory:", n) == 0)
		err_hint(err, FORMS);
	else
		err_hint(err, "Give %s.", buf_str(&b));
	buf_clear(&b);
	return err == NULL ? ERR_USAGE : err->code;
}

/* A path that another program would read otherwise. */
static int
target_check_path(const char *path, struct err *err)
{
	size_t n = strlen(path);

	if (access(path, F_OK) == 0)
		return 0;
	if (strncasecmp(path, "file:", 5) == 0)
		return target_respell(path,
		    "the path of the SQLite address begins with \"file:\"",
		    err);
	if (strchr(path, '?') != NULL) {
		target_respell(path, NO_PARAMETERS, err);
		err_detail(err,
		    "A question mark is part of a path only if the file "
		    "exists.");
		return ERR_USAGE;
	}
	if (n > 0 && strchr(BLANKS, path[0]) != NULL)
		return target_respell(path,
		    "white space before the path of the SQLite address", err);
	if (n > 0 && strchr(BLANKS, path[n - 1]) != NULL)
		return target_respell(path,
		    "white space after the path of the SQLite address", err);
	if (n > 0 && strchr("\"'", path[0]) != NULL)
		return target_respell(path,
		    "the path of the SQLite address begins with a quotation "
		    "mark",
		    err);
	return 0;
}

/* The path after "sqlite:", or NULL with the error set. */
static const char *
target_path(const char *rest, struct err *err)
{
	if (strncmp(rest, "//", 2) == 0) {
		rest += 2;
		if (*rest != '/' && *rest != '\0') {
			target_respell(
			    rest, "an SQLite address has no host", err);
			return NULL;
		}
		rest += *rest == '/';
		if (strchr(rest, '?') != NULL) {
			target_respell(rest, NO_PARAMETERS, err);
			return NULL;
		}
	}
	return target_check_path(rest, err) < 0 ? NULL : rest;
}

int
sqlite_claim(struct target *t, const char *text, struct err *err)
{
	const char *path = target_rest(text);

	if (path == NULL)
		return 0;
	if (path == text)
		return target_respell(
		    text, "\"file:\" is no scheme of sqlmigrate", err);
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
