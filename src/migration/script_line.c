/* Scripts: the line of text that a message shows. */
#include "migration/script.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "migration/source.h"

#define LINE_BEFORE 120 /* characters shown before the place */
#define LINE_AFTER 80   /* and from it on */
#define CHAR_MAX_BYTES 4
#define PIECE 4096

static bool
line_starts_char(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* Move the place over the characters of the piece, as many as are left. */
static size_t
line_walk(const char *p, size_t n, int64_t *chars, struct place *at)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!line_starts_char(p[i]))
			continue;
		if (*chars == 0)
			break;
		--*chars;
		at->column++;
		if (p[i] == '\n') {
			at->line++;
			at->column = 1;
		}
	}
	at->offset += i;
	return i;
}

/* Move the place that many characters on, at most to the end. */
static int
line_advance(struct source *s, int64_t chars, struct place *at)
{
	char piece[PIECE];
	ssize_t n;

	while (chars > 0) {
		n = source_peek(s, at->offset, piece, sizeof(piece), NULL);
		if (n <= 0)
			return (int)n;
		if (line_walk(piece, (size_t)n, &chars, at) < (size_t)n)
			break;
	}
	return 0;
}

/*
 * Where the line begins in the n bytes before the place, or the part of it
 * that is shown; *caret counts the characters from there to the end.
 */
static size_t
line_begin(const char *p, size_t n, size_t *caret)
{
	size_t i = n;

	for (*caret = 0; i > 0 && p[i - 1] != '\n'; i--) {
		if (!line_starts_char(p[i - 1]))
			continue;
		if (++*caret == LINE_BEFORE)
			return i - 1;
	}
	return i;
}

/* The length of the rest of the line in n bytes, or of what is shown. */
static size_t
line_rest(const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n);

	if (lf != NULL)
		n = (size_t)(lf - p);
	if (n > 0 && p[n - 1] == '\r')
		n--;
	return text_char_offset(p, n, LINE_AFTER);
}

/* The text round the place, read from its neighbourhood alone. */
static char *
line_cut(struct source *s, const struct place *at, size_t *caret)
{
	char text[(LINE_BEFORE + LINE_AFTER + 1) * CHAR_MAX_BYTES];
	const size_t reach = LINE_BEFORE * CHAR_MAX_BYTES;
	size_t before = at->offset < reach ? (size_t)at->offset : reach;
	uint64_t start = at->offset - before;
	size_t from, to, bom;
	ssize_t n;

	n = source_peek(s, start, text, sizeof(text), NULL);
	if (n < 0 || (size_t)n < before)
		return NULL;
	from = line_begin(text, before, caret);
	to = before + line_rest(text + before, (size_t)n - before);
	bom = start + from == 0 ? text_bom(text, to) : 0;
	if (bom > 0) {
		from = bom;
		*caret -= *caret > 0;
	}
	return from > to ? mem_strdup("") : mem_strndup(text + from, to - from);
}

char *
script_line_at(const struct script *script, const struct script_folder *folder,
    const struct place *from, int64_t chars, struct place *at, size_t *caret)
{
	struct source *s = source_open(script, folder, NULL);
	char *line = NULL;

	if (s == NULL)
		return NULL;
	*at = *from;
	if (line_advance(s, chars, at) == 0)
		line = line_cut(s, at, caret);
	source_close(s);
	return line;
}

void
script_show(const struct script *script, const struct script_folder *folder,
    struct err *err)
{
	struct place at;

	if (err == NULL || err->source != NULL || err->file == NULL ||
	    err->place.line == 0 || strcmp(err->file, script->path) != 0)
		return;
	err->source =
	    script_line_at(script, folder, &err->place, 0, &at, &err->caret);
}

void
script_locate(const struct script *script, const struct script_folder *folder,
    const struct place *from, int64_t chars, struct err *err)
{
	struct place at;
	size_t caret = 0;
	char *line;

	if (err->source != NULL)
		return;
	line = script_line_at(script, folder, from, chars, &at, &caret);
	err_place(err, line == NULL ? from : &at);
	err->source = line;
	err->caret = caret;
}

/* Of a line that may go on after its end: what is known in the middle of it. */
struct down {
	uint64_t left; /* ends of lines that are still to come */
	bool escapes;
	bool escaped; /* a backslash is before the next character */
};

static size_t
down_walk(struct down *d, const char *p, size_t n, struct place *at)
{
	size_t i;

	for (i = 0; i < n && d->left > 0; i++) {
		if (p[i] == '\n') {
			at->line++;
			d->left -= !d->escaped;
		}
		d->escaped = d->escapes && p[i] == '\\' && !d->escaped;
	}
	return i;
}

void
script_line_down(const struct script *script,
    const struct script_folder *folder, uint64_t lines, bool escapes,
    struct place *at)
{
	struct down d = {.left = lines, .escapes = escapes};
	struct source *s = source_open(script, folder, NULL);
	char piece[PIECE];
	ssize_t n = 1;

	while (s != NULL && d.left > 0 && n > 0) {
		n = source_peek(s, at->offset, piece, sizeof(piece), NULL);
		if (n > 0)
			at->offset += down_walk(&d, piece, (size_t)n, at);
	}
	source_close(s);
}
