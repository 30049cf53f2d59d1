/*
 * Scripts: given out, statement by statement, to be run.
 *
 * A short script is compared with what was checked before its first statement
 * is given out; a long one while it runs, at the end.
 *
 * A long one is read by a thread of its own, a few batches ahead of what runs,
 * unless its statements may change how later text is cut.
 */
#include "migration/script.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/ahead.h"
#include "base/mem.h"
#include "migration/script_int.h"

/* A batch is full with so many items, or so much text. */
#define BATCH_ITEMS 256
#define BATCH_TEXT ((size_t)64 * 1024)

/* An item longer than this is not copied: it has the scanner for itself. */
#define BATCH_LONG ((size_t)256 * 1024)

#define BATCHES 8

/* Items that were read together. */
struct batch {
	size_t count;
	size_t used;    /* of the text */
	uint64_t bytes; /* of the file that were read behind them */
	int steps[BATCH_ITEMS];
	struct script_item items[BATCH_ITEMS];
	struct err err; /* of the last step, where that is negative */
	char text[BATCH_TEXT + BATCH_LONG];
};

struct script_reader {
	struct script_pass pass; /* the thread's, until it has ended */
	struct ahead *ahead;     /* NULL: without a thread */
	struct batch *batches;
	struct batch *batch; /* that is given out; NULL before the first */
	size_t at;           /* item of it, the next one */
	/* What the thread has read that did not fit into its batch. */
	bool kept;
	int step;
	struct script_item item;
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

static bool
batch_has_room(const struct batch *b)
{
	return b->count < BATCH_ITEMS && b->used < BATCH_TEXT;
}

/* Add an item; one that is not long is copied. */
static void
batch_add(struct batch *b, int step, const struct script_item *item)
{
	const struct statement *from = &item->statement;
	char *text = b->text + b->used;

	b->steps[b->count] = step;
	b->items[b->count] = *item;
	if (from->text != NULL && from->len < BATCH_LONG) {
		memcpy(text, from->text, from->len);
		text[from->len] = '\0';
		b->items[b->count].statement.text = text;
		b->used += from->len + 1;
	}
	b->count++;
}

/* Have the next step, with its item, in the reader. */
static void
script_reader_step(struct script_reader *r, struct err *err)
{
	if (!r->kept) {
		memset(&r->item, 0, sizeof(r->item));
		r->step = script_pass_next(&r->pass, &r->item, err);
	}
	if (r->step < 0 || r->step == SCRIPT_END || r->step == SCRIPT_DATA_END)
		memset(&r->item, 0, sizeof(r->item));
	r->kept = false;
}

/* The thread: fill a batch. */
static enum ahead_work
script_reader_fill(void *arg, size_t slot)
{
	struct script_reader *r = arg;
	struct batch *b = &r->batches[slot];
	bool is_long = false;

	b->count = b->used = 0;
	while (!is_long && batch_has_room(b)) {
		script_reader_step(r, &b->err);
		is_long = r->item.statement.len >= BATCH_LONG;
		r->kept = is_long && b->count > 0;
		if (!r->kept)
			batch_add(b, r->step, &r->item);
		b->bytes = source_bytes(r->pass.source);
		if (r->step < 0 || r->step == SCRIPT_END)
			return AHEAD_LAST;
	}
	return is_long && !r->kept ? AHEAD_LENT : AHEAD_ON;
}

static void
script_reader_begin_ahead(struct script_reader *r, const struct script *script)
{
	if (script->bytes <= SOURCE_SMALL ||
	    r->pass.options->dialect->follows_settings)
		return;
	r->batches = mem_calloc(BATCHES, sizeof(*r->batches));
	r->ahead = ahead_start(BATCHES, script_reader_fill, r);
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
	if (code < 0) {
		script_reader_close(r);
		return NULL;
	}
	script_reader_begin_ahead(r, script);
	return r;
}

void
script_reader_close(struct script_reader *r)
{
	size_t i;

	if (r == NULL)
		return;
	if (r->ahead != NULL)
		source_stop(r->pass.source);
	ahead_stop(r->ahead);
	script_pass_close(&r->pass);
	for (i = 0; r->batches != NULL && i < BATCHES; i++)
		err_clear(&r->batches[i].err);
	free(r->batches);
	free(r);
}

void
script_reader_backslash(struct script_reader *r, bool escapes)
{
	assert(r->ahead == NULL);
	scanner_set_backslash(r->pass.scanner, escapes);
}

int
script_reader_next(
    struct script_reader *r, struct script_item *item, struct err *err)
{
	struct batch *b = r->batch;
	int step;

	if (r->ahead == NULL)
		return script_pass_next(&r->pass, item, err);
	if (b == NULL || r->at == b->count) {
		b = r->batch = &r->batches[ahead_next(r->ahead)];
		r->at = 0;
	}
	step = b->steps[r->at];
	*item = b->items[r->at++];
	if (step < 0)
		err_move(err, &b->err);
	return step;
}

uint64_t
script_reader_bytes(const struct script_reader *r)
{
	if (r->ahead == NULL)
		return source_bytes(r->pass.source);
	return r->batch == NULL ? 0 : r->batch->bytes;
}

int
script_reader_finish(struct script_reader *r, struct err *err)
{
	return source_compare(r->pass.source, err);
}
