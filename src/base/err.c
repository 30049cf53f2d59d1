/* Errors: what a failed function says. */
#include "base/err.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define ERR_TEXT_MAX 65536

void
err_clear(struct err *e)
{
	free(e->message);
	free(e->detail);
	free(e->hint);
	free(e->file);
	free(e->source);
	memset(e, 0, sizeof(*e));
}

static char *
err_format(const char *, va_list) __attribute__((format(printf, 1, 0)));

static char *
err_format(const char *fmt, va_list ap)
{
	struct buf b;

	buf_init(&b, ERR_TEXT_MAX);
	buf_addv(&b, fmt, ap);
	return buf_take(&b);
}

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return code;
	if (e->code != 0)
		return e->code;
	va_start(ap, fmt);
	e->message = err_format(fmt, ap);
	va_end(ap);
	e->code = code;
	return code;
}

void
err_detail(struct err *e, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	if (e == NULL || e->code == 0)
		return;
	buf_init(&b, ERR_TEXT_MAX);
	if (e->detail != NULL)
		buf_addf(&b, "%s\n", e->detail);
	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	free(e->detail);
	e->detail = buf_take(&b);
}

void
err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL || e->code == 0 || e->hint != NULL)
		return;
	va_start(ap, fmt);
	e->hint = err_format(fmt, ap);
	va_end(ap);
}

void
err_forget_hint(struct err *e)
{
	free(e->hint);
	e->hint = NULL;
}

void
err_place(struct err *e, const struct place *p)
{
	if (e == NULL || e->code == 0 || e->file != NULL || p->file == NULL)
		return;
	e->file = mem_strdup(p->file);
	e->place = *p;
	e->place.file = e->file;
}

void
err_show(struct err *e, const char *line, size_t n)
{
	if (e == NULL || e->file == NULL || e->source != NULL)
		return;
	e->source = mem_strndup(line, n);
	e->caret = e->place.column > 0 ? (size_t)e->place.column - 1 : 0;
}

void
err_move(struct err *to, struct err *from)
{
	err_clear(to);
	*to = *from;
	memset(from, 0, sizeof(*from));
}
