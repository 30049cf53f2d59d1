/* The window: the part of a text that is in memory, and places in it. */
#include "sql/window_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define CURSOR_NEAR 32

void
window_init(struct window *w, const char *file)
{
	memset(w, 0, sizeof(*w));
	w->file = file;
}

void
window_clear(struct window *w)
{
	free(w->data);
	window_init(w, w->file);
}

static void
window_drop(struct window *w, size_t n)
{
	memmove(w->data, w->data + n, w->len - n);
	w->len -= n;
	w->valid -= n;
	w->checked -= n;
	w->base += n;
}

/*
 * Bytes are moved only where that frees half of the room, and the room else
 * doubles, so that a long statement costs its length, not its square.  The
 * first room is no larger than asked for: most texts come whole.
 */
char *
window_room(struct window *w, size_t n, size_t keep, size_t *dropped)
{
	*dropped = 0;
	if (w->cap > w->len && w->cap - w->len > n)
		return w->data + w->len;
	if (keep > 0 && keep >= w->len / 2) {
		window_drop(w, keep);
		*dropped = keep;
	}
	if (w->cap <= w->len || w->cap - w->len <= n) {
		w->cap = (w->len + n) * (w->cap > 0 ? 2 : 1) + 1;
		w->data = mem_realloc(w->data, w->cap, 1);
	}
	return w->data + w->len;
}

/* A character whose end is not there yet waits for it. */
static void
window_check_more(struct window *w, const char *p, size_t n)
{
	size_t good = text_check_utf8(&w->check, p, n);

	w->broken = good < n;
	w->checked += good;
	w->valid = w->checked;
	while (w->check.need > 0 && w->valid > 0 &&
	    ((unsigned char)w->data[--w->valid] & 0xc0) == 0x80)
		continue;
}

void
window_check(struct window *w)
{
	if (!w->broken && w->checked < w->len)
		window_check_more(w, w->data + w->checked, w->len - w->checked);
	if (w->finished && w->valid < w->len)
		w->broken = true;
}

int
window_fail(const struct window *w, struct cursor c, struct err *err)
{
	struct place p = window_place(w, c, w->valid);
	unsigned char b = (unsigned char)w->data[w->valid];
	int code;

	if (b == 0)
		code = err_set(err, ERR_USAGE, "NUL byte in the text");
	else
		code = err_set(err, ERR_USAGE, "invalid UTF-8 byte 0x%02x", b);
	err_place(err, &p);
	if (p.offset < 2 && (b == 0 || b == 0xfe || b == 0xff))
		err_hint(
		    err, "The file looks like UTF-16; convert it to UTF-8.");
	else if (b == 0)
		err_hint(err, "Engines end a text there; take the byte out.");
	else
		err_hint(err, "Convert the file to UTF-8.");
	return code;
}

size_t
window_bom(const struct window *w)
{
	return w->base > 0 ? 0 : text_bom(w->data, w->valid);
}

/* Byte by byte: from one token to the next it is not far. */
static void
cursor_step(struct cursor *c, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '\n') {
			c->line++;
			c->column = 1;
		} else {
			c->column += ((unsigned char)*p & 0xc0) != 0x80;
		}
	}
}

static void
cursor_leap(struct cursor *c, const char *p, const char *end)
{
	const char *lf;

	while ((lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		c->line++;
		c->column = 1;
		p = lf + 1;
	}
	c->column += text_count_chars(p, (size_t)(end - p));
}

void
cursor_walk(struct cursor *c, const char *data, size_t at)
{
	if (at - c->at <= CURSOR_NEAR)
		cursor_step(c, data + c->at, data + at);
	else
		cursor_leap(c, data + c->at, data + at);
	c->at = at;
}

struct place
window_place(const struct window *w, struct cursor c, size_t at)
{
	struct place p = {.file = w->file, .offset = w->base + at};

	if (at > c.at)
		cursor_walk(&c, w->data, at);
	p.line = c.line;
	p.column = c.column;
	return p;
}
