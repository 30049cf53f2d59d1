/*
 * The window: the part of a text that is in memory, and places in it.
 *
 * Bytes are put at its end and dropped from its front; indexes count from the
 * first byte that is there, and window_room() says by how much they shifted.
 */
#ifndef SQL_WINDOW_INT_H
#define SQL_WINDOW_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

/* A walk through the text that counts lines; at is an index. */
struct cursor {
	size_t at;
	uint64_t line, column;
};

struct window {
	const char *file; /* for places, borrowed */
	char *data;
	size_t cap;
	size_t len;    /* bytes there */
	size_t valid;  /* of them, whole characters that are in order */
	uint64_t base; /* offset of data[0] in the text */
	bool finished; /* nothing comes after len */
	struct text_check check;
	size_t checked; /* bytes that check has seen */
	bool broken;    /* what follows the valid bytes is not text */
};

void window_init(struct window *, const char *file);
void window_clear(struct window *);

/*
 * Room for n bytes and a NUL at the end.  The bytes before keep may be
 * dropped; *dropped is how many were.
 */
char *window_room(struct window *, size_t n, size_t keep, size_t *dropped);

/* Look at what was put there and set valid. */
void window_check(struct window *);

/* Whether no text follows the valid bytes. */
static inline bool
window_is_final(const struct window *w)
{
	return w->finished && w->valid == w->len;
}

/* The error for a broken text. */
int window_fail(const struct window *, struct cursor, struct err *) ERR_CHECKED;

/* The length of a byte order mark at the start of the text. */
size_t window_bom(const struct window *);

/* Walk on to an index, which is not before the cursor. */
void cursor_walk(struct cursor *, const char *data, size_t at);

/* The place of an index that is not before the cursor. */
struct place window_place(const struct window *, struct cursor, size_t at);

#endif
