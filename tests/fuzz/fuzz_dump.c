/*
 * Dumps: any text is taken apart or refused with its line; what was taken
 * apart is printed and read again as the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "check/compare.h"
#include "check/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct catalogue *
read_dump(const char *text)
{
	struct catalogue *all = NULL;
	struct err e = ERR_INIT;
	int r = snapshot_parse(&all, text, "f", &e);

	assert(r == 0 || r == ERR_USAGE);
	assert((r == 0) == (all != NULL));
	assert(r == 0 || e.place.line > 0);
	err_clear(&e);
	return all;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);
	struct catalogue *all = read_dump(text), *again;
	struct comparison c;
	struct buf b;
	size_t i;

	free(text);
	if (all == NULL)
		return 0;
	buf_init(&b, BUF_TEXT);
	for (i = 0; i < all->count; i++)
		snapshot_print(&b, all->objects[i]);
	again = read_dump(buf_str(&b));
	assert(again != NULL && again->count == all->count);
	for (i = 0; i < all->count; i++)
		assert(object_same(all->objects[i], again->objects[i]));
	assert(compare(&c, all, again, NULL, NULL) == 0 && c.count == 0);
	compare_clear(&c);
	buf_clear(&b);
	catalogue_free(all);
	catalogue_free(again);
	return 0;
}
