/* Which PostgreSQL database: the forms of --database. */
#include "engine/postgres_target.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "engine/postgres_address.h"

/*
 * What follows the scheme and its driver, "postgresql+asyncpg:", with the
 * slashes; NULL for another scheme or none.
 */
static const char *
target_rest(const char *text)
{
	size_t n;

	if (strncasecmp(text, "postgres", 8) != 0)
		return NULL;
	text += strncasecmp(text, "postgresql", 10) == 0 ? 10 : 8;
	if (*text == '+') {
		n = 1;
		while (isalnum((unsigned char)text[n]) || text[n] == '_')
			n++;
		text += n;
	}
	return *text == ':' ? text + 1 : NULL;
}

/* Whether a text looks like key=value pairs. */
static bool
target_is_pairs(const char *text)
{
	size_t n;

	text += strspn(text, " \t");
	n = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
	return n > 0 && text[n + strspn(text + n, " \t")] == '=';
}

/* libpq would take the user's name for the database. */
static int
target_check_name(const PQconninfoOption *o, struct err *err)
{
	const char *name = address_option(o, "dbname");

	if (name == NULL && address_option(o, "service") == NULL) {
		err_set(
		    err, ERR_USAGE, "the database address names no database");
		err_hint(err,
		    "End it with /DATABASE, or set PGDATABASE; the name is "
		    "never guessed.");
		return err->code;
	}
	return 0;
}

static int
target_take(
    struct target *t, const char *address, const char *rest, struct err *err)
{
	PQconninfoOption *o;
	char *said = NULL;
	int r;

	if (libpq_load(err) < 0)
		return err->code;
	o = libpq.PQconninfoParse(address, &said);
	libpq.PQfreemem(said);
	if (o == NULL)
		return address_diagnose(address, rest, err);
	r = address_check_parts(o, err);
	if (r == 0)
		r = target_check_name(o, err);
	if (r == 0) {
		t->address = mem_strdup(address);
		t->shown = address_show(o);
		r = 1;
	}
	libpq.PQconninfoFree(o);
	return r;
}

int
postgres_claim(struct target *t, const char *text, struct err *err)
{
	const char *rest = target_rest(text);
	struct buf b;
	int r;

	if (rest == NULL)
		return target_is_pairs(text) ? target_take(t, text, NULL, err)
					     : 0;
	if (strncmp(rest, "//", 2) != 0) {
		err_set(err, ERR_USAGE,
		    "bad database address: no \"//\" after the scheme");
		err_hint(
		    err, "Give postgresql://USER:PASSWORD@HOST:PORT/DATABASE.");
		return err->code;
	}
	rest += 2;
	r = address_check_url(rest, err);
	if (r < 0)
		return r;
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "postgresql://");
	buf_adds(&b, rest);
	if (buf_overflowed(&b))
		r = err_set(err, ERR_USAGE,
		    "bad database address: longer than %d bytes", BUF_LINE);
	else
		r = target_take(t, buf_str(&b), rest, err);
	buf_clear(&b);
	return r;
}
