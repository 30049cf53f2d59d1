/*
 * Where the password of an address comes from, as libpq looks for it: the
 * address, its service, PGPASSWORD, the password file (manual of PostgreSQL,
 * libpq, "The Password File").
 *
 * The password itself is only passed over here.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "engine/postgres_address.h"
#include "engine/postgres_int.h"
#include "engine/postgres_target.h"

#define DEFAULT_PORT "5432"

/* What the fields of a line are compared with. */
struct password_key {
	const char *host, *port, *name, *user;
};

/* Whether the field at *line is *, or the value; moves to the next field. */
static bool
password_field(const char **line, const char *value)
{
	const char *p = *line;
	bool any = p[0] == '*' && p[1] == ':', same = value != NULL;

	for (; *p != ':'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		if (*p == '\0' || *p == '\n')
			return false;
		same = same && *value == *p;
		value += same;
	}
	*line = p + 1;
	return any || (same && *value == '\0');
}

static bool
password_matches(const char *line, const struct password_key *k)
{
	return password_field(&line, k->host) &&
	    password_field(&line, k->port) && password_field(&line, k->name) &&
	    password_field(&line, k->user);
}

/* libpq reads no file that others can read. */
static bool
password_in_file(const char *path, const struct password_key *k)
{
	char line[1024];
	bool found = false;
	struct stat st;
	FILE *f = fopen(path, "r");

	if (f == NULL)
		return false;
	if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		while (!found && fgets(line, sizeof(line), f) != NULL)
			found = *line != '#' && password_matches(line, k);
	fclose(f);
	return found;
}

/* Of several hosts the first; without one the local socket. */
static char *
password_host(const PQconninfoOption *o)
{
	const char *host = address_option(o, "host");

	if (host == NULL)
		host = address_option(o, "hostaddr");
	if (host == NULL || strcmp(host, "/var/run/postgresql") == 0)
		host = "localhost";
	return mem_strndup(host, strcspn(host, ","));
}

static char *
password_path(const PQconninfoOption *o)
{
	const char *path = address_option(o, "passfile");
	const char *home = address_env("HOME");
	char text[PATH_MAX];

	if (path != NULL)
		return mem_strdup(path);
	snprintf(text, sizeof(text), "%s/.pgpass", home == NULL ? "" : home);
	return mem_strdup(text);
}

/* The path of the file, where a line of it fits; to be freed. */
static char *
password_file(const PQconninfoOption *o)
{
	PQconninfoOption *all = libpq.PQconndefaults();
	const char *port = address_option(o, "port");
	struct password_key k = {.user = address_option(o, "user")};
	char *host = password_host(o), *path = password_path(o), *first;

	if (k.user == NULL && all != NULL)
		k.user = address_option(all, "user");
	k.name = address_option(o, "dbname");
	first = mem_strndup(port == NULL ? DEFAULT_PORT : port,
	    port == NULL ? strlen(DEFAULT_PORT) : strcspn(port, ","));
	k.host = host;
	k.port = first;
	if (!password_in_file(path, &k)) {
		free(path);
		path = NULL;
	}
	libpq.PQconninfoFree(all);
	free(host);
	free(first);
	return path;
}

/* The container's variables make an address of their own. */
static const char *
password_of_address(const struct target *t)
{
	if (strncmp(t->source, "POSTGRES_", 9) != 0)
		return t->source;
	return address_env("POSTGRES_PASSWORD") != NULL
	    ? "POSTGRES_PASSWORD"
	    : "POSTGRES_PASSWORD_FILE";
}

static const char *
password_value(const PQconninfoOption *o)
{
	for (; o->keyword != NULL; o++)
		if (strcmp(o->keyword, "password") == 0)
			return o->val;
	return NULL;
}

char *
postgres_password(const struct target *t)
{
	PQconninfoOption *o = libpq.PQconninfoParse(t->address, NULL);
	const char *value;
	char *from = NULL;

	if (o == NULL)
		return NULL;
	value = password_value(o);
	if (value != NULL && *value != '\0')
		from = mem_strdup(password_of_address(t));
	else if (address_option(o, "service") != NULL)
		from = mem_strdup("the service file, or as without it");
	else if (address_env("PGPASSWORD") != NULL)
		from = mem_strdup("PGPASSWORD");
	else
		from = password_file(o);
	libpq.PQconninfoFree(o);
	return from;
}

void
postgres_explain_refusal(const struct target *t, PGconn *conn, struct err *err)
{
	char *from;

	if (libpq.PQconnectionNeedsPassword(conn)) {
		err_detail(err, "No password was given.");
		err_hint(err,
		    "Put the password into the connection string, into "
		    "PGPASSWORD, or into ~/.pgpass as "
		    "HOST:PORT:DATABASE:USER:PASSWORD (chmod 600).");
	} else if (libpq.PQconnectionUsedPassword(conn)) {
		from = postgres_password(t);
		if (from != NULL)
			err_detail(err, "The password came from %s.", from);
		free(from);
	}
	err_detail(err, "The address came from %s.", t->source);
	err_hint(err,
	    "Check the address: sqlmigrate config shows its parts and where "
	    "it comes from.");
}
