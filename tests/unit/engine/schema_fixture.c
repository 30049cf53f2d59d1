/* What the tests of SQLite's snapshots share. */
#include "schema_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct engine *const e = &engine_sqlite;
const struct catalogue_scope schema_scope = {.table = "schema_version"};

static char path[] = "/tmp/sqlmigrate-schema-XXXXXX";

int
schema_setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

int
schema_teardown(void **state)
{
	(void)state;
	return unlink(path);
}

void
schema_do(sqlite3 *h, const char *sql)
{
	char *message = NULL;

	if (sqlite3_exec(h, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s in: %s", message, sql);
}

sqlite3 *
schema_fresh(struct db **db)
{
	struct db_options opts = {.create = true};
	struct target t = {.address = path};
	struct err err = ERR_INIT;
	sqlite3 *h;

	assert_int_equal(truncate(path, 0), 0);
	if (e->open(db, &t, &opts, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	schema_do(h, "PRAGMA synchronous = off; PRAGMA journal_mode = memory");
	return h;
}

void
schema_done(sqlite3 *h, struct db *db)
{
	sqlite3_close(h);
	e->close(db);
}

static struct catalogue *
schema_read(struct db *db, const struct catalogue_scope *scope)
{
	struct catalogue *c = catalogue_new();
	struct err err = ERR_INIT;

	if (e->catalogue(db, scope, c, &err) < 0)
		fail_msg("%s", err.message);
	catalogue_sort(c);
	return c;
}

/* What is kept from one reading to the next is what is there. */
static void
schema_check_followed(struct db *db, const struct catalogue *whole)
{
	struct catalogue_scope scope = schema_scope;
	struct catalogue *c;
	size_t i;

	scope.follow = true;
	c = schema_read(db, &scope);
	for (i = 0; i < whole->count && i < c->count; i++)
		if (object_compare(whole->objects[i], c->objects[i]) != 0 ||
		    !object_same(whole->objects[i], c->objects[i]))
			fail_msg("%s is followed as %s",
			    whole->objects[i]->identity,
			    c->objects[i]->identity);
	assert_int_equal(whole->count, c->count);
	catalogue_free(c);
}

struct catalogue *
schema_snapshot(struct db *db, bool needs)
{
	struct catalogue_scope scope = schema_scope;
	struct catalogue *c;

	scope.needs = needs;
	c = schema_read(db, &scope);
	schema_check_followed(db, c);
	return c;
}

void
schema_understood(const struct catalogue *c, const char *what)
{
	size_t i, j;

	for (i = 0; i < c->count; i++)
		for (j = 0; j < c->objects[i]->nfields; j++)
			if (strcmp(c->objects[i]->fields[j].key,
				"definition") == 0)
				fail_msg("%s is not understood in: %s",
				    c->objects[i]->identity, what);
}
