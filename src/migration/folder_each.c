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

struct chunk {
	struct arena *arena;
	struct err err;
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
	int code = 0;

	if (end > each->count)
		end = each->count;
	chunk->arena = arena_new();
	for (; code == 0 && at < end; at++)
		code = each->work(
		    each->folder, each->list[at], chunk->arena, &chunk->err);
}

int
folder_each(struct folder *f, struct migration *const *list, size_t count,
    folder_work *work, struct err *err)
{
	struct each each = {f, list, count, work, NULL};
	size_t i, chunks = (count + CHUNK - 1) / CHUNK;

	each.chunks = mem_calloc(chunks, sizeof(*each.chunks));
	parallel_do(chunks, each_chunk, &each);
	for (i = 0; i < chunks; i++) {
		if (err->code == 0)
			err_move(err, &each.chunks[i].err);
		err_clear(&each.chunks[i].err);
		arena_join(f->arena, each.chunks[i].arena);
	}
	free(each.chunks);
	return err->code;
}
