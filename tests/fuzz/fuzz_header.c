/*
 * Headers, directives and transaction control: a script of any bytes is
 * identified, checked, and where it passes given out.  What was checked must
 * be what is given out.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "migration/script.h"
#include "migration/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_read(const struct script *s, const struct script_options *options)
{
	struct script_item item;
	struct err e = ERR_INIT;
	struct script_reader *r = script_reader_open(s, options, NULL, &e);
	uint64_t n = 0;
	int step;

	assert(r != NULL);
	do {
		step = script_reader_next(r, &item, &e);
		n += step == SCRIPT_STATEMENT;
	} while (step >= 0 && step != SCRIPT_END);
	assert(step == SCRIPT_END);
	assert(n == s->statements);
	assert(script_reader_finish(r, &e) == 0);
	script_reader_close(r);
}

static void
fuzz_script(
    const char *name, const char *text, const struct script_options *options)
{
	struct script s = {.name = name, .path = name, .text = text};
	struct arena *arena = arena_new();
	struct err e = ERR_INIT;
	int identified;

	identified = script_identify(&s, arena, options, NULL, &e);
	assert((identified == 0) == (e.code == 0));
	assert(identified != 0 || s.header.version == NULL ||
	    version_is_valid(s.header.version));
	err_clear(&e);
	if (script_check(&s, arena, options, NULL, &e) == 0) {
		assert(identified == 0);
		fuzz_read(&s, options);
	} else {
		assert(e.code != 0 && e.place.line > 0);
	}
	err_clear(&e);
	arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct script_options postgres = {
	    .dialect = &dialect_postgres, .table = "schema_version"};
	static const struct script_options sqlite = {
	    .dialect = &dialect_sqlite, .table = "schema_version"};
	char *text = mem_strndup((const char *)data, size);

	fuzz_script("002_x.sql", text, &postgres);
	fuzz_script("002_x_rollback.sql", text, &postgres);
	fuzz_script("002_x.sql", text, &sqlite);
	free(text);
	return 0;
}
