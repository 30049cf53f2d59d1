/*
 * The PostgreSQL engine's backups: pg_dump's custom format, which pg_restore
 * must be able to list.
 *
 * Both are asked for beside the server first, since a pg_dump that is older
 * than its server refuses.  The connection is described to them in variables:
 * arguments, and with them a password, are for everybody to see.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/text.h"
#include "engine/postgres_address.h"
#include "engine/postgres_int.h"

#define DEBIAN_BIN "/usr/lib/postgresql/%d/bin"
#define BACKUP_SAID 2000 /* bytes of what a program says that are kept */

extern char **environ;

struct backup {
	struct postgres *pg;
	struct arena *arena;
	char **env;
	char *bin; /* a folder to look in before PATH, or NULL */
};

/* Only a superuser is told. */
static char *
backup_server_bin(struct backup *b)
{
	struct err ignored = ERR_INIT;
	char *bin = NULL;
	struct rows rows;

	rows_init(&rows);
	if (db_query(&b->pg->db, &rows, &ignored,
		"SELECT setting FROM pg_config WHERE name = 'BINDIR'", 0,
		NULL) < 0)
		b->pg->db.engine->rollback(&b->pg->db);
	else if (rows_get(&rows, 0, 0) != NULL)
		bin = arena_strdup(b->arena, rows_get(&rows, 0, 0));
	err_clear(&ignored);
	rows_clear(&rows);
	return bin;
}

static bool
backup_has(const struct backup *b, const char *bin)
{
	return bin != NULL &&
	    access(arena_printf(b->arena, "%s/pg_dump", bin), X_OK) == 0;
}

static void
backup_find(struct backup *b)
{
	int version = libpq.PQserverVersion(b->pg->conn) / 10000;
	char *bin = backup_server_bin(b);

	if (!backup_has(b, bin))
		bin = arena_printf(b->arena, DEBIAN_BIN, version);
	b->bin = backup_has(b, bin) ? bin : NULL;
}

/* Whether a variable of the environment is one that libpq reads. */
static bool
backup_is_libpq(const char *entry, const PQconninfoOption *o)
{
	size_t n = strcspn(entry, "=");

	for (; o->keyword != NULL; o++)
		if (o->envvar != NULL && strlen(o->envvar) == n &&
		    strncmp(o->envvar, entry, n) == 0)
			return true;
	return false;
}

/*
 * What a service file says comes before the variables: libpq 18, which tells
 * of the service, too, would have another database dumped than the one that
 * the address names beside it.
 */
static bool
backup_passes(const PQconninfoOption *o)
{
	return o->envvar != NULL && o->val != NULL && *o->val != '\0' &&
	    strcmp(o->keyword, "service") != 0;
}

static int
backup_environment(struct backup *b, struct err *err)
{
	PQconninfoOption *all = address_of(b->pg->conn, err), *o;
	size_t n = 0, count = 0;
	char **e;

	if (all == NULL)
		return err->code;
	for (e = environ; *e != NULL; e++)
		count++;
	for (o = all; o->keyword != NULL; o++)
		count++;
	b->env = arena_alloc(b->arena, (count + 1) * sizeof(char *));
	for (e = environ; *e != NULL; e++)
		if (!backup_is_libpq(*e, all))
			b->env[n++] = *e;
	for (o = all; o->keyword != NULL; o++)
		if (backup_passes(o))
			b->env[n++] =
			    arena_printf(b->arena, "%s=%s", o->envvar, o->val);
	b->env[n] = NULL;
	libpq.PQconninfoFree(all);
	return 0;
}

/* What it says on standard error, as far as that is kept, until it ends. */
static void
backup_listen(int fd, struct buf *said)
{
	char piece[512];
	ssize_t n;

	for (;;) {
		n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		buf_add(said, piece, (size_t)n);
	}
}

static int
backup_start(struct backup *b, char *const *args, int said, pid_t *pid)
{
	const char *path = args[0];

	if (b->bin != NULL)
		path = arena_printf(b->arena, "%s/%s", b->bin, args[0]);
	return child_start(path, args, b->env, said, pid);
}

static int
backup_failed(
    const char *program, int error, const struct buf *said, struct err *err)
{
	char *text = mem_strndup(buf_str(said), said->len), *rest = NULL;
	const char *line = strtok_r(text, "\n", &rest);

	if (error != 0)
		err_set(err, ERR_USAGE, "no backup: %s cannot be run: %s",
		    program, strerror(error));
	else
		err_set(err, ERR_STATEMENT, "no backup: %s failed%s%s", program,
		    line == NULL ? "" : ": ", line == NULL ? "" : line);
	while (line != NULL && (line = strtok_r(NULL, "\n", &rest)) != NULL)
		err_detail(err, "%s", line);
	if (error == ENOENT)
		err_hint(err,
		    "Put %s of the server's version into PATH; on Debian: "
		    "apt-get install postgresql-client.",
		    program);
	free(text);
	return err->code;
}

static int
backup_run(struct backup *b, char *const *args, struct err *err)
{
	struct buf said;
	int ends[2], r, status = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set(
		    err, ERR_USAGE, "no backup: no pipe: %s", strerror(errno));
	buf_init(&said, BACKUP_SAID);
	r = backup_start(b, args, ends[1], &pid);
	close(ends[1]);
	if (r == 0) {
		b->pg->child = pid;
		backup_listen(ends[0], &said);
		status = child_wait(pid);
		b->pg->child = 0;
	}
	close(ends[0]);
	if (r != 0 || status != 0)
		backup_failed(args[0], r, &said, err);
	buf_clear(&said);
	return err->code;
}

/* The words of a command, which exec wants to be writable. */
static char **
backup_words(struct backup *b, const char *const *words, const char *path)
{
	struct buf file;
	char **args;
	size_t n;

	for (n = 0; words[n] != NULL; n++)
		;
	args = arena_alloc(b->arena, (n + 2) * sizeof(char *));
	for (n = 0; words[n] != NULL; n++)
		args[n] = arena_strdup(b->arena, words[n]);
	buf_init(&file, BUF_LINE);
	text_path(&file, path);
	args[n++] = arena_strdup(b->arena, buf_str(&file));
	args[n] = NULL;
	buf_clear(&file);
	return args;
}

int
postgres_backup(struct db *db, const char *path, struct err *err)
{
	static const char *const dump[] = {
	    "pg_dump", "-Fc", "--no-password", "-f", NULL};
	static const char *const list[] = {"pg_restore", "-l", NULL};
	struct backup b = {.pg = postgres_of(db)};
	int r;

	r = postgres_refuse_pooler(b.pg, "no backup", "", err);
	if (r < 0)
		return r;
	b.arena = arena_new();
	backup_find(&b);
	r = backup_environment(&b, err);
	if (r == 0)
		r = backup_run(&b, backup_words(&b, dump, path), err);
	if (r == 0)
		r = backup_run(&b, backup_words(&b, list, path), err);
	arena_free(b.arena);
	return r;
}

static void
backup_option(struct buf *b, const char *option, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	buf_adds(b, option);
	text_shell(b, value);
}

/*
 * The role that the command names.  --create drops the database before it
 * makes it again, and its owner may do the first without the second: then no
 * role that is there is named, so that the command as it stands drops nothing.
 */
static const char *
backup_role(struct db *db, const char *user)
{
	struct err ignored = ERR_INIT;
	bool may = false;
	struct rows rows;

	rows_init(&rows);
	if (db_query(db, &rows, &ignored,
		"SELECT 1 FROM pg_roles WHERE rolname = current_user "
		"AND (rolsuper OR rolcreatedb)",
		0, NULL) < 0)
		db->engine->rollback(db);
	else
		may = rows_get(&rows, 0, 0) != NULL;
	err_clear(&ignored);
	rows_clear(&rows);
	return may ? user : "SUPERUSER";
}

/* The database to be connected to meanwhile: not the one that is replaced. */
static const char *
backup_other(const char *name)
{
	return strcmp(name, "postgres") == 0 ? "template1" : "postgres";
}

void
postgres_restore(struct db *db, struct buf *b, const char *path)
{
	PGconn *conn = postgres_of(db)->conn;
	struct buf file;

	buf_init(&file, BUF_LINE);
	text_path(&file, path);
	buf_adds(b, "pg_restore --clean --if-exists --create --exit-on-error");
	backup_option(b, " -h ", libpq.PQhost(conn));
	backup_option(b, " -p ", libpq.PQport(conn));
	backup_option(b, " -U ", backup_role(db, libpq.PQuser(conn)));
	backup_option(b, " -d ", backup_other(libpq.PQdb(conn)));
	backup_option(b, " ", buf_str(&file));
	buf_clear(&file);
}
