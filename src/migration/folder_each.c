/*
 * The same done to many migrations of a folder, by all processors.
 *
 * They are taken in chunks, each with an arena and an error of its own; the
 * folder gets both in its own order, so that what is said does not depend on
 * who was first.
 */
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "migration/folder_int.h"

/* So many cost more than a thread does. */
#define CHUNK 32

/* So many errors are told beside the first. */
#define ERRORS_MAX 20

struct chunk {
	struct arena *arena;
	struct err errs[CHUNK];
};

struct each {
	struct folder *folder;
	struct migration *const *list;
	size_t count;
	folder_work *work;
	struct chunk *chunks;
};

static void
each_chunk(void *arg, size_t i)
{
	const struct each *each = arg;
	struct chunk *chunk = &each->chunks[i];
	size_t at = i * CHUNK, end = at + CHUNK;
	struct err *err = chunk->errs;

	if (end > each->count)
		end = each->count;
	chunk->arena = arena_new();
	for (; at < end; at++)
		if (each->work(
			each->folder, each->list[at], chunk->arena, err) < 0)
			err++;
}

void
folder_gather(struct err *err, struct err *found, size_t *count)
{
	const struct place *at = &found->place;

	if (found->code != 0 && (*count)++ == 0)
		err_move(err, found);
	else if (found->code == 0 || *count > ERRORS_MAX + 1)
		;
	else if (at->file == NULL)
		err_detail(err, "%s.", found->message);
	else
		err_detail(err, "%s:%llu:%llu: %s.", at->file,
		    (unsigned long long)at->line,
		    (unsigned long long)at->column, found->message);
	err_clear(found);
}

void
folder_gather_rest(struct err *err, size_t count)
{
	if (count > ERRORS_MAX + 1)
		err_detail(err, "And %zu more.", count - ERRORS_MAX - 1);
}

int
folder_each(struct folder *f, struct migration *const *list, size_t count,
    folder_work *work, struct err *err)
{
	struct each each = {f, list, count, work, NULL};
	size_t i, k, chunks = (count + CHUNK - 1) / CHUNK, errors = 0;

	each.chunks = mem_calloc(chunks, sizeof(*each.chunks));
	parallel_do(chunks, each_chunk, &each);
	for (i = 0; i < chunks; i++) {
		for (k = 0; k < CHUNK; k++)
			folder_gather(err, &each.chunks[i].errs[k], &errors);
		arena_join(f->arena, each.chunks[i].arena);
	}
	folder_gather_rest(err, errors);
	free(each.chunks);
	return err->code;
}
