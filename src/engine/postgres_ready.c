/*
 * Whether a PostgreSQL server is ready, for who waits for it.
 *
 * libpq tells no SQLSTATE of a failed connection but in its verbose message:
 * "... FATAL:  28P01: password authentication failed ...".
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/postgres_address.h"
#include "engine/postgres_int.h"

#define COMM_MAX 64

bool
postgres_is_entry_point(const char *comm)
{
	return strcmp(comm, "bash") == 0 ||
	    strncmp(comm, "docker-entrypoi", 15) == 0;
}

/*
 * In the official container process 1 is the entry point, a script, until
 * it has prepared the database with a temporary server and becomes the server.
 */
static bool
ready_is_temporary(const struct target *t)
{
	bool entry = false;
	struct buf b;

	if (strncmp(t->source, "POSTGRES_", 9) != 0)
		return false;
	buf_init(&b, COMM_MAX);
	if (file_read_small("/proc/1/comm", &b, NULL) == 0) {
		b.data[strcspn(b.data, "\n")] = '\0';
		entry = postgres_is_entry_point(buf_str(&b));
	}
	buf_clear(&b);
	return entry;
}

/* Connect within the time; false where it is over. */
static bool
ready_connect(PGconn *conn, int64_t ms)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	int64_t end = clock_ms() + ms, left;
	struct pollfd fd;

	if (libpq.PQstatus(conn) == CONNECTION_BAD)
		return true;
	libpq.PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
	while (
	    state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
		left = end - clock_ms();
		if (left <= 0)
			return false;
		fd.fd = libpq.PQsocket(conn);
		fd.events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		if (poll(&fd, 1, (int)left) == 0)
			return false;
		state = libpq.PQconnectPoll(conn);
	}
	return true;
}

/* Find "SEVERITY:  CODE: " in a message; NULL where there is none. */
static const char *
ready_sqlstate(const char *message, char *state)
{
	const char *p;

	for (p = message; (p = strstr(p, ":  ")) != NULL; p++) {
		if (strspn(p + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") !=
			5 ||
		    strncmp(p + 8, ": ", 2) != 0)
			continue;
		memcpy(state, p + 3, 5);
		state[5] = '\0';
		return p + 10;
	}
	return NULL;
}

/*
 * What libpq says of its own parameters and of certificates, in the C locale:
 * the same words after any wait.  A host name that is not known yet, and a
 * server that is no standby yet, may become what is asked for.
 */
static bool
ready_is_setting(const char *message)
{
	static const char *const texts[] = {"invalid ", "sslmode value ",
	    "gssencmode value ", "could not match ", "definition of service ",
	    "service file ", "syntax error in service file ",
	    "nested service specifications ", "root certificate file ",
	    "could not read root certificate file ", "certificate file ",
	    "could not open certificate file ",
	    "could not load private key file ", "private key file ",
	    "certificate present, but not private key file ",
	    "certificate verify failed", "server certificate for ",
	    "server does not support SSL, but SSL was required"};
	const char *reason = strstr(message, " failed: ");
	size_t i;

	reason = reason == NULL ? message : reason + strlen(" failed: ");
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strncmp(reason, texts[i], strlen(texts[i])) == 0)
			return true;
	return strncmp(reason, "SSL error: certificate", 22) == 0;
}

/* Wrong names and passwords (class 28) and rights stay as they are. */
static bool
ready_is_final(const PGconn *conn, const char *state)
{
	return strncmp(state, "28", 2) == 0 ||
	    strcmp(state, SQLSTATE_DENIED) == 0 ||
	    libpq.PQconnectionNeedsPassword(conn) ||
	    (*state == '\0' && ready_is_setting(libpq.PQerrorMessage(conn)));
}

/* libpq's own message, which has no password in it, as one line. */
static char *
ready_line(const char *message)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	for (; *message != '\0'; message++)
		if (strchr("\n\t", *message) == NULL)
			buf_addc(&b, *message);
		else if (*message == '\n' && message[1] != '\0')
			buf_addc(&b, ' ');
	return buf_take(&b);
}

/* The database may still be created; who waits in vain is shown how. */
static void
ready_hint_create(PGconn *conn, struct err *err)
{
	const char *host = libpq.PQhost(conn), *port = libpq.PQport(conn);
	struct buf b;

	buf_init(&b, BUF_LINE);
	buf_adds(&b, "createdb");
	if (*host != '\0') {
		buf_adds(&b, " -h ");
		text_shell(&b, host);
	}
	if (*port != '\0') {
		buf_adds(&b, " -p ");
		text_shell(&b, port);
	}
	buf_adds(&b, " -U ");
	text_shell(&b, libpq.PQuser(conn));
	buf_adds(&b, " -- ");
	text_shell(&b, libpq.PQdb(conn));
	err_hint(err, "If nothing else creates it, run: %s", buf_str(&b));
	buf_clear(&b);
}

static int
ready_failed(const struct target *t, PGconn *conn, struct err *err)
{
	const char *message = libpq.PQerrorMessage(conn), *said;
	char state[6] = "", *line;
	int r;

	said = ready_sqlstate(message, state);
	line = ready_line(message);
	if (said != NULL)
		err_set(err, ERR_CONNECTION, "cannot connect to %s: %.*s",
		    t->shown, (int)strcspn(said, "\n"), said);
	else if (libpq.PQconnectionNeedsPassword(conn))
		err_set(err, ERR_CONNECTION,
		    "cannot connect to %s: the server asks for a password",
		    t->shown);
	else
		err_set(err, ERR_CONNECTION, "cannot connect to %s: %s",
		    t->shown, line);
	free(line);
	if (strcmp(state, "3D000") == 0)
		ready_hint_create(conn, err);
	r = ready_is_final(conn, state) ? err->code : 0;
	memcpy(err->sqlstate, state, sizeof(state));
	postgres_explain_refusal(t, conn, err);
	return r;
}

bool
postgres_is_full(const struct target *t, const struct db_options *o)
{
	const char *keys[] = {"fallback_application_name", "dbname", NULL};
	const char *values[] = {"sqlmigrate", t->address, NULL};
	char state[6] = "";
	PGconn *conn;
	bool full;

	conn = libpq.PQconnectStartParams(keys, values, 1);
	full = ready_connect(conn, o->connect_timeout_ms);
	if (full && libpq.PQstatus(conn) != CONNECTION_OK) {
		ready_sqlstate(libpq.PQerrorMessage(conn), state);
		full = strcmp(state, "53300") == 0;
	}
	libpq.PQfinish(conn);
	return full;
}

int
postgres_ready(
    const struct target *t, const struct db_options *o, struct err *err)
{
	const char *keys[] = {"fallback_application_name", "dbname", NULL};
	const char *values[] = {"sqlmigrate", t->address, NULL};
	PGconn *conn;
	int r = 0;

	if (ready_is_temporary(t)) {
		err_set(err, ERR_CONNECTION,
		    "%s: the container's first start has not ended", t->shown);
		return 0;
	}
	if (libpq_load(err) < 0)
		return err->code;
	conn = libpq.PQconnectStartParams(keys, values, 1);
	if (!ready_connect(conn, o->connect_timeout_ms))
		err_set(err, ERR_CONNECTION,
		    "cannot connect to %s: no answer in time", t->shown);
	else if (libpq.PQstatus(conn) == CONNECTION_OK)
		r = 1;
	else
		r = ready_failed(t, conn, err);
	libpq.PQfinish(conn);
	return r;
}
