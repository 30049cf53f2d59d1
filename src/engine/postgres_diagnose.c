/*
 * What is wrong with the address of a PostgreSQL database.
 *
 * A text that is split in the wrong place shows a piece of a password as a
 * host, a port or a parameter: so none of these is repeated, but for the name
 * of a parameter where no password can have come before it.
 */
#include <ctype.h>
#include <string.h>

#include "engine/postgres_address.h"

#define ESCAPES                                                            \
	"In a user or password write %%40 for @, %%2F for /, %%3F for ?, " \
	"%%23 for #, %%25 for %%."

static int
diagnose_bad(struct err *err, const char *what)
{
	err_set(err, ERR_USAGE, "bad database address: %s", what);
	err_hint(err, ESCAPES);
	return err->code;
}

static const char *
diagnose_find(const char *p, const char *end, const char *set)
{
	for (; p < end; p++)
		if (strchr(set, *p) != NULL)
			return p;
	return NULL;
}

/*
 * What stands before the last "@" is a user and a password, and must have
 * their escapes.  That goes for an "@" in the query, too: a text that reads as
 * HOST:PORT/DATABASE?QUERY may as well be a password.
 */
static int
diagnose_user(const char *rest, const char *at, struct err *err)
{
	char what[] = "an unescaped \"@\" before the last \"@\"";
	const char *bad;

	if (diagnose_find(rest, at, "?") != NULL)
		return diagnose_bad(err, "an unescaped \"?\" or \"@\"");
	bad = diagnose_find(rest, at, "@/#");
	if (bad == NULL)
		return 0;
	*strchr(what, '@') = *bad;
	return diagnose_bad(err, what);
}

static int
diagnose_percent(const char *rest, struct err *err)
{
	const char *p;

	for (p = rest; (p = strchr(p, '%')) != NULL; p++) {
		if (!isxdigit((unsigned char)p[1]) ||
		    !isxdigit((unsigned char)p[2]))
			return diagnose_bad(
			    err, "a \"%\" that begins no escape");
		if (p[1] == '0' && p[2] == '0')
			return diagnose_bad(err, "%00 stands for no character");
	}
	return 0;
}

/* HOST:PORT,HOST:PORT: brackets in pairs, ports that are numbers. */
static int
diagnose_hosts(const char *p, const char *end, bool user, struct err *err)
{
	const char *next, *stop;

	for (; p <= end; p = next + 1) {
		next = diagnose_find(p, end, ",");
		next = next == NULL ? end : next;
		if (*p == '[') {
			stop = diagnose_find(p, next, "]");
			if (stop == NULL)
				return diagnose_bad(
				    err, "a \"[\" without its \"]\"");
			p = stop + 1;
		}
		stop = diagnose_find(p, next, ":");
		if (stop == NULL)
			continue;
		stop++;
		if (stop + strspn(stop, "0123456789") >= next &&
		    next - stop <= 5)
			continue;
		err_set(err, ERR_USAGE,
		    "bad database address: the port is not a number "
		    "from 1 to 65535");
		if (!user)
			err_hint(err,
			    "The user and the password end in \"@\": "
			    "postgresql://USER:PASSWORD@HOST/DATABASE.");
		err_hint(err, ESCAPES);
		return err->code;
	}
	return 0;
}

int
address_check_url(const char *rest, struct err *err)
{
	const char *at = strrchr(rest, '@'), *host, *p;

	for (p = rest; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return diagnose_bad(err, "a control character");
	if (at != NULL && diagnose_user(rest, at, err) < 0)
		return err->code;
	if (p > rest && p[-1] == ' ') {
		err_set(
		    err, ERR_USAGE, "bad database address: a blank at its end");
		err_hint(err,
		    "Remove it; one that belongs to a name is written %%20.");
		return err->code;
	}
	if (diagnose_find(rest, rest + strcspn(rest, "?"), "#") != NULL)
		return diagnose_bad(err, "an unescaped \"#\"");
	if (diagnose_percent(rest, err) < 0)
		return err->code;
	host = at == NULL ? rest : at + 1;
	return diagnose_hosts(
	    host, host + strcspn(host, "/?"), at != NULL, err);
}

/* Whether libpq knows the parameter. */
static bool
diagnose_known(const char *name, size_t n)
{
	PQconninfoOption *all = libpq.PQconndefaults(), *o;
	bool found = false;

	for (o = all; o != NULL && o->keyword != NULL && !found; o++)
		found =
		    strlen(o->keyword) == n && memcmp(o->keyword, name, n) == 0;
	libpq.PQconninfoFree(all);
	return found;
}

static bool
diagnose_is(const char *name, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(name, word, n) == 0;
}

static int
diagnose_parameter(const char *name, size_t n, const char *value, size_t length,
    struct err *err)
{
	err_set(err, ERR_USAGE,
	    "bad database address: libpq has no parameter \"%.*s\"", (int)n,
	    name);
	address_suggest(name, n, value, length, err);
	return err->code;
}

/*
 * Look for a parameter that libpq does not know, in a query (separated by &)
 * or in key=value pairs (by blanks).  From a password on, what looks like a
 * name may be a piece of it.
 */
static int
diagnose_names(const char *p, const char *separators, struct err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-";
	const char *name;
	size_t n, length;

	for (;;) {
		name = p + strspn(p, separators);
		n = strspn(name, letters);
		p = name + n + strspn(name + n, " ");
		if (n == 0 || *p != '=' || diagnose_is(name, n, "password") ||
		    diagnose_is(name, n, "sslpassword"))
			return 0;
		p++;
		p += strspn(p, " ");
		length = strcspn(p, separators);
		if (!diagnose_known(name, n))
			return diagnose_parameter(name, n, p, length, err);
		if (*p == '\'')
			return 0;
		p += length;
	}
}

int
address_diagnose(const char *text, const char *rest, struct err *err)
{
	const char *query = rest == NULL ? text : strchr(rest, '?');

	if (query != NULL &&
	    diagnose_names(rest == NULL ? query : query + 1,
		rest == NULL ? " \t\r\n" : "&", err) < 0)
		return err->code;
	err_set(
	    err, ERR_USAGE, "bad database address: libpq cannot take it apart");
	if (rest != NULL)
		err_hint(err,
		    "Give "
		    "postgresql://USER:PASSWORD@HOST:PORT/DATABASE. " ESCAPES);
	else
		err_hint(err,
		    "Give KEY=VALUE pairs; a value with blanks stands in "
		    "'...', with \\ before each ' and \\ in it.");
	return err->code;
}
