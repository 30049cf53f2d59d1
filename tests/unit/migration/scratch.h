/*
 * For the tests of this room: a fresh folder of migration files, and scripts
 * that are texts.
 */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "migration/script.h"

static char scratch[] = "/tmp/test_migration.XXXXXX";
static struct arena *arena;

static const struct script_options postgres = {
    .dialect = &dialect_postgres, .table = "schema_version"};
static const struct script_options sqlite = {
    .dialect = &dialect_sqlite, .table = "schema_version"};

static inline void
scratch_sh(const char *command)
{
	assert_int_equal(system(command), 0);
}

/* Every test stands in an empty directory ... */
static inline int
scratch_setup(void **state)
{
	(void)state;
	strcpy(scratch, "/tmp/test_migration.XXXXXX");
	assert_non_null(mkdtemp(scratch));
	assert_int_equal(chdir(scratch), 0);
	umask(022);
	arena = arena_new();
	return 0;
}

/* ... that goes away behind it. */
static inline int
scratch_teardown(void **state)
{
	char command[64];

	(void)state;
	arena_free(arena);
	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "chmod -R u+rwx %s", scratch);
	scratch_sh(command);
	snprintf(command, sizeof(command), "rm -rf %s", scratch);
	scratch_sh(command);
	return 0;
}

static inline void
scratch_put_n(const char *path, const char *text, size_t n)
{
	struct err e = ERR_INIT;

	unlink(path);
	assert_int_equal(file_create(path, text, n, &e), 0);
}

static inline void
scratch_put(const char *path, const char *text)
{
	scratch_put_n(path, text, strlen(text));
}

/* A file that is long: a first line, empty ones, and the last statement. */
static inline void
scratch_put_long(const char *path, const char *first, const char *last)
{
	const size_t at = 399999;
	char *text = mem_calloc(at + strlen(last) + 1, 1);

	memset(text, '\n', at);
	memcpy(text, first, strlen(first));
	strcpy(text + at, last);
	scratch_put(path, text);
	free(text);
}

/* A script that is a text. */
static inline struct script
scratch_text(const char *name, const char *text)
{
	struct script s = {.name = name, .path = name, .text = text};

	return s;
}

/* The error is this one, at this place; the struct is cleared. */
static inline void
assert_err(struct err *e, const char *message, unsigned line, unsigned column)
{
	assert_int_not_equal(e->code, 0);
	assert_string_equal(e->message, message);
	assert_int_equal(e->place.line, line);
	assert_int_equal(e->place.column, column);
	err_clear(e);
}

#endif
