/*
 * Fuzz the addresses of PostgreSQL, as they are and with the input as a
 * password: no message and nothing that is shown may then depend on it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/postgres_target.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int
claim(struct target *t, const char *text, struct err *err)
{
	int r;

	memset(t, 0, sizeof(*t));
	r = postgres_claim(t, text, err);
	assert(r == 1 || r == 0 || r == ERR_USAGE);
	assert((r == 1) == (t->address != NULL));
	assert((r == 1) == (t->shown != NULL));
	assert((r < 0) == (err->message != NULL));
	return r;
}

/* What was taken is taken again, the same way, and shown in plain letters. */
static void
check_text(const char *text)
{
	struct err err = ERR_INIT;
	struct target t, again;
	size_t i;

	if (claim(&t, text, &err) == 1) {
		for (i = 0; t.shown[i] != '\0'; i++)
			assert(t.shown[i] > ' ' && t.shown[i] < 0x7f);
		assert(claim(&again, t.address, &err) == 1);
		assert(strcmp(t.shown, again.shown) == 0);
		target_clear(&again);
	}
	target_clear(&t);
	err_clear(&err);
}

/* The messages are constant, but for one that names a parameter. */
static void
check_password(const char *password)
{
	struct err err = ERR_INIT;
	struct target t;
	struct buf b;
	int r;

	buf_init(&b, BUF_TEXT);
	buf_addf(&b, "postgresql://u:%s@h/db", password);
	r = claim(&t, buf_str(&b), &err);
	assert(r != 0);
	if (r == 1)
		assert(strcmp(t.shown, "postgresql://u@h/db") == 0);
	else
		assert(strstr(err.message, "no parameter") == NULL);
	target_clear(&t);
	err_clear(&err);
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);

	unsetenv("PGDATABASE");
	unsetenv("PGSERVICE");
	check_text(text);
	check_password(text);
	free(text);
	return 0;
}
