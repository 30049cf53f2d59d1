/*
 * The configuration file: any bytes are read or refused with their place, and
 * what is read does not depend on what other sections say.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "config/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
read_conf(struct conf *c, struct arena *arena, const uint8_t *data, size_t size,
    const char *env)
{
	struct err e = ERR_INIT;
	int r = conf_parse(c, arena, "f", (const char *)data, size, env, &e);

	assert(r == 0 || r == ERR_USAGE);
	assert((r == 0) == (e.message == NULL));
	assert(r == 0 || env != NULL || e.place.line > 0);
	err_clear(&e);
	return r;
}

static void
check_value(const struct conf_value *v, size_t size)
{
	assert(v->text == NULL || v->line > 0);
	assert(v->text == NULL || strlen(v->text) < size);
	assert(v->text == NULL || strchr(v->text, '\n') == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct conf plain, with;
	enum option_id i;
	int r = read_conf(&plain, arena, data, size, NULL);

	/* A section more or less asked for changes no mistake into none. */
	if (read_conf(&with, arena, data, size, "s") == 0)
		assert(r == 0);
	for (i = 0; r == 0 && i < OPTION_COUNT; i++)
		check_value(&plain.values[i], size);
	arena_free(arena);
	return 0;
}
