/*
 * Scripts: given out, statement by statement, to be run.
 *
 * A short script is compared with what was checked before its first statement
 * is given out; a long one while it runs, at the end.
 */
#include "migration/script.h"

#include <stdlib.h>

#include "base/mem.h"
#include "migration/script_int.h"

struct script_reader {
	struct script_pass pass;
};

/* A short script is compared before anything of it is used. */
static int
script_reader_begin(
    struct script_reader *r, const struct script *script, struct err *err)
{
	int code;

	if (script->bytes > SOURCE_SMALL)
		return 0;
	code = source_load(r->pass.source, err);
	return code < 0 ? code : source_compare(r->pass.source, err);
}

struct script_reader *
script_reader_open(const struct script *script,
    const struct script_options *options, const struct script_folder *folder,
    struct err *err)
{
	struct script_reader *r = mem_calloc(1, sizeof(*r));
	int code;

	code = script_pass_open(&r->pass, script, options, folder, NULL, err);
	if (code == 0)
		code = script_reader_begin(r, script, err);
	if (code == 0)
		return r;
	script_reader_close(r);
	return NULL;
}

void
script_reader_close(struct script_reader *r)
{
	if (r == NULL)
		return;
	script_pass_close(&r->pass);
	free(r);
}

void
script_reader_backslash(struct script_reader *r, bool escapes)
{
	scanner_set_backslash(r->pass.scanner, escapes);
}

int
script_reader_next(
    struct script_reader *r, struct script_item *item, struct err *err)
{
	return script_pass_next(&r->pass, item, err);
}

uint64_t
script_reader_bytes(const struct script_reader *r)
{
	return source_bytes(r->pass.source);
}

int
script_reader_finish(struct script_reader *r, struct err *err)
{
	return source_compare(r->pass.source, err);
}
