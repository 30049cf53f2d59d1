/*
 * A growing byte buffer, born with its maximum size.
 *
 * Writing past the maximum keeps what fits and marks the buffer: a caller
 * that fills one from outside input looks at buf_overflowed() once, at the
 * end.  The text is always NUL-terminated.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NUL-terminated; "" before the first write */
	size_t len;
	size_t cap;
	size_t max;
	bool overflow;
};

#define BUF_LINE 65536              /* a message or a line of output */
#define BUF_TEXT (64 * 1024 * 1024) /* a text made from many lines */

void buf_init(struct buf *, size_t max);

/* Release the memory; the buffer may be initialised again. */
void buf_clear(struct buf *);

/* Forget the contents, keep the memory. */
void buf_reset(struct buf *);

void buf_add(struct buf *, const void *p, size_t n);
void buf_addc(struct buf *, char c);
void buf_adds(struct buf *, const char *s);
void buf_addf(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_addv(struct buf *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

/* The text; never NULL, valid until the next write. */
const char *buf_str(const struct buf *);

/* True where something did not fit. */
bool buf_overflowed(const struct buf *);

/* The text as a string of its own, to be freed; the buffer is cleared. */
char *buf_take(struct buf *);

#endif
