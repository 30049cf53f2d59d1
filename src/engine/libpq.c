/* libpq, loaded on demand. */
#include "engine/libpq.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#ifdef __APPLE__
#define LIBPQ_FILE "libpq.5.dylib"
#else
#define LIBPQ_FILE "libpq.so.5"
#endif

struct libpq libpq;

struct libpq_symbol {
	const char *name;
	size_t offset; /* of the member, in struct libpq */
};

#define LIBPQ_SYMBOL(name) {#name, offsetof(struct libpq, name)},
static const struct libpq_symbol libpq_symbols[] = {
    LIBPQ_FUNCTIONS(LIBPQ_SYMBOL)};

#define LIBPQ_COUNT (sizeof(libpq_symbols) / sizeof(libpq_symbols[0]))

static int
libpq_fail(struct err *err)
{
	const char *reason = dlerror();

	err_set(err, ERR_CONNECTION, "libpq cannot be loaded: %s",
	    reason == NULL ? "no reason is given" : reason);
	err_hint(err,
	    "PostgreSQL needs its client library, 14 or newer; on Debian: "
	    "apt-get install libpq5.");
	return err->code;
}

int
libpq_load(struct err *err)
{
	static bool loaded;
	void *library, *symbol;
	size_t i;

	if (loaded)
		return 0;
	library = dlopen(LIBPQ_FILE, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return libpq_fail(err);
	for (i = 0; i < LIBPQ_COUNT; i++) {
		symbol = dlsym(library, libpq_symbols[i].name);
		if (symbol == NULL)
			return libpq_fail(err);
		memcpy((char *)&libpq + libpq_symbols[i].offset, &symbol,
		    sizeof(symbol));
	}
	loaded = true;
	return 0;
}
