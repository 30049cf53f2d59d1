/*
 * The SQLite engine's snapshot: what a connection keeps of it.
 *
 * What is made of a table depends on what sqlite_schema says of it and of its
 * indexes and triggers, and on nothing else: while that is equal, so is the
 * tree of objects.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/sqlite_schema_int.h"

struct schema_kept *
schema_kept(struct schema_kept **of)
{
	if (*of == NULL) {
		*of = mem_calloc(1, sizeof(**of));
		(*of)->arena = arena_new();
	}
	return *of;
}

void
schema_kept_free(struct schema_kept *k)
{
	if (k == NULL)
		return;
	arena_free(k->arena);
	free(k->trees);
	free(k);
}

static int
tree_compare(const void *a, const void *b)
{
	return strcmp(((const struct schema_tree *)a)->text,
	    ((const struct schema_tree *)b)->text);
}

/* Give a tree that is as it was the objects that it had. */
static void
tree_find(const struct schema_kept *k, struct schema_tree *t)
{
	const struct schema_tree *was = k->ntrees == 0
	    ? NULL
	    : bsearch(t, k->trees, k->ntrees, sizeof(*t), tree_compare);

	if (was == NULL)
		return;
	t->text = was->text;
	t->objects = was->objects;
	t->count = was->count;
}

/* All that its rows say, each cell with its length. */
static const char *
tree_text(
    const struct schema_tree *t, const struct rows *rows, struct arena *arena)
{
	const char *cell;
	size_t row, col;
	struct buf b;

	buf_init(&b, BUF_TEXT);
	for (row = t->from; row < t->end; row++)
		for (col = 0; col < rows->ncols; col++) {
			cell = rows_get(rows, row, col);
			buf_addf(&b, "%zu:", strlen(cell));
			buf_adds(&b, cell);
		}
	return schema_take_text(arena, &b);
}

static size_t
tree_end(const struct rows *rows, size_t from, size_t owner)
{
	size_t end = from + 1;

	while (end < rows->nrows &&
	    strcasecmp(
		rows_get(rows, end, owner), rows_get(rows, from, owner)) == 0)
		end++;
	return end;
}

size_t
schema_kept_cut(const struct schema_kept *k, const struct rows *rows,
    size_t owner, struct arena *arena, struct schema_tree **out)
{
	struct schema_tree *trees = mem_calloc(rows->nrows + 1, sizeof(*trees));
	size_t n = 0, i;

	for (i = 0; i < rows->nrows; i = trees[n++].end) {
		trees[n].from = i;
		trees[n].end = tree_end(rows, i, owner);
		if (k == NULL)
			continue;
		trees[n].text = tree_text(&trees[n], rows, arena);
		tree_find(k, &trees[n]);
	}
	*out = trees;
	return n;
}

void
schema_kept_set(struct schema_kept *k, struct schema_tree *trees, size_t n)
{
	free(k->trees);
	k->trees = trees;
	k->ntrees = n;
	if (n > 0)
		qsort(trees, n, sizeof(*trees), tree_compare);
}
