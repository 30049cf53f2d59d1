/* Addresses of PostgreSQL databases: how they are shown and quoted. */
#include "engine/postgres_address.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define PORT_MAX 65535

const char *
address_env(const char *name)
{
	const char *value = name == NULL ? NULL : getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

const char *
address_option(const PQconninfoOption *o, const char *keyword)
{
	for (; o->keyword != NULL; o++) {
		if (strcmp(o->keyword, keyword) != 0)
			continue;
		if (o->val != NULL && *o->val != '\0')
			return o->val;
		return address_env(o->envvar);
	}
	return NULL;
}

/* The value or the variable that a message about a part blames. */
static int
address_bad_part(const PQconninfoOption *o, const char *keyword,
    const char *what, struct err *err)
{
	const char *value = address_option(o, keyword), *set = NULL;

	for (; o->keyword != NULL; o++)
		if (strcmp(o->keyword, keyword) == 0)
			break;
	if (o->keyword != NULL)
		set = address_env(o->envvar);
	if (set != NULL && strcmp(set, value) == 0)
		return err_set(err, ERR_USAGE, "%s %s", o->envvar, what);
	return err_set(err, ERR_USAGE, "bad database address: the %s %s",
	    strcmp(keyword, "dbname") == 0 ? "name of the database" : keyword,
	    what);
}

/* A list of ports; an empty one is the default. */
static bool
address_ports_good(const char *p)
{
	char *end;

	for (;;) {
		if (*p != '\0' && *p != ',') {
			if (!isdigit((unsigned char)*p) ||
			    strtoul(p, &end, 10) - 1 >= PORT_MAX)
				return false;
			p = end;
		}
		if (*p != ',')
			return *p == '\0';
		p++;
	}
}

int
address_check_parts(const PQconninfoOption *o, struct err *err)
{
	static const char *const parts[] = {
	    "dbname", "host", "hostaddr", "user", "service"};
	const char *value = address_option(o, "port");
	size_t i;

	if (value != NULL && !address_ports_good(value))
		return address_bad_part(
		    o, "port", "is not a number from 1 to 65535", err);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		value = address_option(o, parts[i]);
		if (value == NULL || !text_is_address(value))
			continue;
		address_bad_part(o, parts[i], "is an address itself", err);
		err_hint(err,
		    "Give an address to --database alone; KEY=VALUE pairs are "
		    "separated by blanks.");
		return err->code;
	}
	return 0;
}

/* Percent-encode all but what may stand anywhere in a URL, and a few more. */
static void
address_encode(struct buf *b, const char *s, const char *let)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	for (; *s != '\0'; s++) {
		if (strchr(plain, *s) != NULL || strchr(let, *s) != NULL)
			buf_addc(b, *s);
		else
			buf_addf(b, "%%%02X", (unsigned char)*s);
	}
}

/* Hosts and ports are lists, the first host with the first port. */
static void
address_hosts(struct buf *b, const char *host, const char *port)
{
	size_t n, m;
	char *one;

	while (host != NULL) {
		n = strcspn(host, ",");
		one = mem_strndup(host, n);
		buf_adds(b, strchr(one, ':') != NULL ? "[" : "");
		address_encode(b, one, ":");
		buf_adds(b, strchr(one, ':') != NULL ? "]" : "");
		free(one);
		m = port == NULL ? 0 : strcspn(port, ",");
		if (m > 0 && strspn(port, "0123456789") == m)
			buf_addf(b, ":%.*s", (int)m, port);
		/* a single port is for all hosts */
		if (port != NULL && port[m] == ',')
			port += m + 1;
		host = host[n] == ',' ? host + n + 1 : NULL;
		if (host != NULL)
			buf_addc(b, ',');
	}
}

/* The password itself, and what replaces one; a list by the names, too,
 * since an older libpq does not mark a newer one's. */
static bool
address_is_secret(const PQconninfoOption *o)
{
	return (o->dispchar != NULL && *o->dispchar == '*') ||
	    strstr(o->keyword, "password") != NULL ||
	    strstr(o->keyword, "secret") != NULL ||
	    strncmp(o->keyword, "scram_", 6) == 0;
}

/* What comes before the "?", and the encoding, which is never the address's. */
static bool
address_is_elsewhere(const PQconninfoOption *o, bool hostaddr, bool socket)
{
	static const char *const words[] = {
	    "user", "host", "dbname", "client_encoding"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(o->keyword, words[i]) == 0)
			return true;
	return (hostaddr && strcmp(o->keyword, "hostaddr") == 0) ||
	    (!socket && strcmp(o->keyword, "port") == 0);
}

/* Nobody has to be shown a default. */
static const char *
address_given(const PQconninfoOption *o)
{
	const char *value =
	    o->val != NULL && *o->val != '\0' ? o->val : address_env(o->envvar);

	return value != NULL && o->compiled != NULL &&
		strcmp(value, o->compiled) == 0
	    ? NULL
	    : value;
}

static void
address_parameter(struct buf *b, const char *keyword, const char *value)
{
	buf_addf(
	    b, "%s%s=", strchr(buf_str(b), '?') == NULL ? "?" : "&", keyword);
	address_encode(b, value, "/@");
}

char *
address_show(const PQconninfoOption *o)
{
	const char *user = address_option(o, "user");
	const char *host = address_option(o, "host");
	const char *name = address_option(o, "dbname");
	bool socket = host != NULL && (*host == '/' || *host == '@');
	bool numeric = host == NULL;
	struct buf b;

	if (numeric)
		host = address_option(o, "hostaddr");
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "postgresql://");
	if (user != NULL) {
		address_encode(&b, user, "");
		buf_addc(&b, '@');
	}
	if (!socket)
		address_hosts(&b, host, address_option(o, "port"));
	buf_addc(&b, '/');
	if (name != NULL)
		address_encode(&b, name, "");
	if (socket)
		address_parameter(&b, "host", host);
	for (; o->keyword != NULL; o++)
		if (!address_is_secret(o) &&
		    !address_is_elsewhere(o, numeric, socket) &&
		    address_given(o) != NULL)
			address_parameter(&b, o->keyword, address_given(o));
	return buf_take(&b);
}

void
address_pair(struct buf *b, const char *keyword, const char *value)
{
	if (b->len > 0)
		buf_addc(b, ' ');
	buf_addf(b, "%s='", keyword);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *value);
	}
	buf_addc(b, '\'');
}

/*
 * libpq leaves out, without a word, a value that it has no memory for, and
 * then another database might be meant: so it is asked twice.
 */
PQconninfoOption *
address_of(PGconn *conn, struct err *err)
{
	PQconninfoOption *all = libpq.PQconninfo(conn);
	PQconninfoOption *again = libpq.PQconninfo(conn);
	bool same = all != NULL && again != NULL;
	size_t i;

	for (i = 0; same && all[i].keyword != NULL; i++)
		same = (all[i].val == NULL) == (again[i].val == NULL);
	libpq.PQconninfoFree(again);
	if (same)
		return all;
	libpq.PQconninfoFree(all);
	err_set(err, ERR_STATEMENT, "libpq has no memory for the address");
	return NULL;
}
