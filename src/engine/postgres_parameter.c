/*
 * Parameters that libpq does not know: what other programs call them, and
 * what libpq or sqlmigrate has for it.
 *
 * Names are compared without their case, "-" and "_".  Of a value, only words
 * of the table here are repeated.
 */
#include <ctype.h>
#include <string.h>

#include "engine/postgres_address.h"

#define SCHEMA_HINT                                                     \
	"For another schema write ?options=-csearch_path%3DSCHEMA, or " \
	"use --table SCHEMA.NAME."
#define TABLE_HINT "Remove it, and use --table [SCHEMA.]NAME."
#define LIMIT_HINT "Remove it, and use --statement-timeout TIME."
#define LOCK_HINT "Remove it, and use --lock-wait TIME."
#define POOLER_HINT "Remove it: sqlmigrate detects a connection pooler itself."

/* asyncpg, JDBC, Prisma, sqlx, SQLAlchemy, golang-migrate. */
static const struct {
	const char *name; /* in lower case, without "-" and "_" */
	const char *hint; /* or the name that libpq has, without a blank */
} parameter_others[] = {
    {"schema", SCHEMA_HINT},
    {"currentschema", SCHEMA_HINT},
    {"searchpath", SCHEMA_HINT},
    {"xmigrationstable", TABLE_HINT},
    {"migrationstable", TABLE_HINT},
    {"xstatementtimeout", LIMIT_HINT},
    {"statementtimeout", LIMIT_HINT},
    {"commandtimeout", LIMIT_HINT},
    {"xlockstrategy", LOCK_HINT},
    {"locktimeout", "Remove it, and use --lock-timeout TIME."},
    {"pgbouncer", POOLER_HINT},
    {"xmultistatement",
	"Remove it: sqlmigrate always runs one statement at a time."},
    {"username", "user"},
    {"hostname", "host"},
    {"database", "dbname"},
    {"db", "dbname"},
    {"passwd", "password"},
    {"pwd", "password"},
    {"timeout", "connect_timeout"},
    {"connectiontimeout", "connect_timeout"},
    {"sslca", "sslrootcert"},
    {"sslidentity", "sslcert"},
};

/* How others call the values of sslmode. */
static const struct {
	const char *value, *mode;
} parameter_modes[] = {
    {"disable", "disable"},
    {"allow", "allow"},
    {"prefer", "prefer"},
    {"require", "require"},
    {"verify-ca", "verify-ca"},
    {"verify_ca", "verify-ca"},
    {"verify-full", "verify-full"},
    {"verify_full", "verify-full"},
    {"true", "require"},
    {"yes", "require"},
    {"on", "require"},
    {"1", "require"},
    {"false", "disable"},
    {"no", "disable"},
    {"off", "disable"},
    {"0", "disable"},
    {"strict", "verify-full"},
    {"accept_invalid_certs", "require"},
};

/* Whether two names are equal; name has n bytes. */
static bool
parameter_is(const char *name, size_t n, const char *word)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (name[i] == '-' || name[i] == '_')
			continue;
		word += *word == '_';
		if (tolower((unsigned char)name[i]) != *word++)
			return false;
	}
	return *word == '\0';
}

static void
parameter_suggest_mode(const char *value, size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(parameter_modes) / sizeof(parameter_modes[0]);
	     i++)
		if (strlen(parameter_modes[i].value) == n &&
		    memcmp(parameter_modes[i].value, value, n) == 0) {
			err_hint(err,
			    "libpq calls it sslmode: write sslmode=%s.",
			    parameter_modes[i].mode);
			return;
		}
	err_hint(err,
	    "libpq calls it sslmode: write sslmode=require, "
	    "sslmode=verify-full or another mode of libpq.");
}

/* One that libpq knows by a spelling of its own. */
static bool
parameter_suggest_libpq(const char *name, size_t n, struct err *err)
{
	PQconninfoOption *all = libpq.PQconndefaults(), *o;
	bool found = false;

	for (o = all; o != NULL && o->keyword != NULL && !found; o++) {
		found = parameter_is(name, n, o->keyword);
		if (found)
			err_hint(err, "libpq calls it %s.", o->keyword);
	}
	libpq.PQconninfoFree(all);
	return found;
}

void
address_suggest(const char *name, size_t n, const char *value, size_t length,
    struct err *err)
{
	size_t i;

	if (parameter_is(name, n, "ssl") || parameter_is(name, n, "sslmode") ||
	    parameter_is(name, n, "sslaccept")) {
		parameter_suggest_mode(value, length, err);
		return;
	}
	if (parameter_suggest_libpq(name, n, err))
		return;
	for (i = 0; i < sizeof(parameter_others) / sizeof(parameter_others[0]);
	     i++) {
		if (!parameter_is(name, n, parameter_others[i].name))
			continue;
		if (strchr(parameter_others[i].hint, ' ') != NULL)
			err_hint(err, "%s", parameter_others[i].hint);
		else
			err_hint(err, "libpq calls it %s.",
			    parameter_others[i].hint);
		return;
	}
	err_hint(err, "Remove it.");
}
