/*
 * Which PostgreSQL database: what the environment alone tells.
 *
 * PGDATA and PG_VERSION, which the official container image sets, say
 * nothing; neither does a user's name.
 */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/postgres_address.h"
#include "engine/postgres_target.h"

#define SOCKET_DIR "/var/run/postgresql"
#define SECRET_MAX 65536

/* PGDATABASE or PGSERVICE: libpq reads them, and the rest, by itself. */
static int
ambient_libpq(struct target *t, const char *source, struct err *err)
{
	const char *name = address_env("PGDATABASE");
	PQconninfoOption *o;
	int r;

	if (name != NULL && text_is_address(name)) {
		err_set(err, ERR_USAGE,
		    "PGDATABASE holds an address, not a database's name");
		err_hint(err, "Set DATABASE_URL to it, and unset PGDATABASE.");
		return err->code;
	}
	if (libpq_load(err) < 0)
		return err->code;
	o = libpq.PQconndefaults();
	if (o == NULL)
		return err_set(err, ERR_USAGE,
		    "%s: libpq cannot read the "
		    "PG* variables",
		    source);
	r = address_check_parts(o, err);
	if (r == 0) {
		t->address = mem_strdup("");
		t->shown = address_show(o);
		t->source = mem_strdup(source);
		r = 1;
	}
	libpq.PQconninfoFree(o);
	return r;
}

/* One of the container's settings. */
struct secret {
	const char *name;   /* POSTGRES_USER */
	const char *file;   /* POSTGRES_USER_FILE */
	const char *source; /* that of them which is set; NULL for none */
	struct buf value;
};

/* As the image's entry point does: one or the other, line ends dropped. */
static int
ambient_read(struct secret *s, struct err *err)
{
	const char *value = address_env(s->name), *path = address_env(s->file);
	int r;

	if (value != NULL && path != NULL) {
		err_set(
		    err, ERR_USAGE, "both %s and %s are set", s->name, s->file);
		err_hint(err, "Unset one of them.");
		return err->code;
	}
	if (value != NULL)
		buf_adds(&s->value, value);
	s->source = value != NULL ? s->name : path != NULL ? s->file : NULL;
	if (path == NULL)
		return 0;
	r = file_read_small(path, &s->value, err);
	if (r < 0)
		err_detail(err, "The file is named by %s.", s->file);
	while (s->value.len > 0 && s->value.data[s->value.len - 1] == '\n')
		s->value.data[--s->value.len] = '\0';
	return r;
}

static const char *
ambient_value(const struct secret *s)
{
	return s->value.len == 0 ? NULL : buf_str(&s->value);
}

/*
 * The container's own defaults: user postgres, the database named after the
 * user, the local socket.  A PGUSER goes before, and has another password.
 */
static void
ambient_pairs(struct buf *b, const struct secret *user,
    const struct secret *name, const struct secret *password)
{
	const char *owner = ambient_value(user);

	owner = owner == NULL ? "postgres" : owner;
	if (address_env("PGUSER") == NULL) {
		address_pair(b, "user", owner);
		if (ambient_value(password) != NULL)
			address_pair(b, "password", ambient_value(password));
	}
	address_pair(b, "dbname",
	    ambient_value(name) == NULL ? owner : ambient_value(name));
	if (address_env("PGHOST") == NULL &&
	    address_env("PGHOSTADDR") == NULL && access(SOCKET_DIR, F_OK) == 0)
		address_pair(b, "host", SOCKET_DIR);
}

static int
ambient_container(struct target *t, struct err *err)
{
	struct secret all[] = {
	    {.name = "POSTGRES_USER", .file = "POSTGRES_USER_FILE"},
	    {.name = "POSTGRES_DB", .file = "POSTGRES_DB_FILE"},
	    {.name = "POSTGRES_PASSWORD", .file = "POSTGRES_PASSWORD_FILE"},
	};
	const char *source = NULL;
	struct buf b;
	size_t i;
	int r = 0;

	buf_init(&b, BUF_TEXT);
	for (i = 0; i < 3; i++)
		buf_init(&all[i].value, SECRET_MAX);
	for (i = 0; i < 3 && r == 0; i++)
		r = ambient_read(&all[i], err);
	for (i = 3; i > 0; i--)
		if (all[i - 1].source != NULL)
			source = all[i - 1].source;
	if (r < 0 || source == NULL)
		goto out;
	ambient_pairs(&b, &all[0], &all[1], &all[2]);
	r = postgres_claim(t, buf_str(&b), err);
	if (r == 1)
		t->source = mem_strdup(source);
out:
	for (i = 0; i < 3; i++)
		buf_clear(&all[i].value);
	buf_clear(&b);
	return r;
}

int
postgres_ambient(struct target *t, struct err *err)
{
	if (address_env("PGDATABASE") != NULL)
		return ambient_libpq(t, "PGDATABASE", err);
	if (address_env("PGSERVICE") != NULL)
		return ambient_libpq(t, "PGSERVICE", err);
	return ambient_container(t, err);
}
