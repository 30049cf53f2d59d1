/* What the tests of src/sql share: vectors from files, and whole scans. */
#ifndef TESTS_SQL_TEST_H
#define TESTS_SQL_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "sql/scanner.h"

#define SCAN_TEXT_MAX ((size_t)1 << 30)

/* A line of a file under tests/data, cut at its tabs. */
struct vector_line {
	char line[8192];
	char *field[8];
	size_t fields;
};

static inline FILE *
vector_open(const char *name)
{
	const char *dir = getenv("top_srcdir");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/%s",
	    dir == NULL ? "." : dir, name);
	return fopen(path, "r");
}

/* The next line that is no comment; false after the last. */
static inline bool
vector_next(FILE *f, struct vector_line *v)
{
	char *p, *end;

	do {
		if (fgets(v->line, sizeof(v->line), f) == NULL)
			return false;
	} while (v->line[0] == '#' || v->line[0] == '\n');
	v->line[strcspn(v->line, "\n")] = '\0';
	for (p = v->line, v->fields = 0; p != NULL && v->fields < 8; p = end) {
		end = strchr(p, '\t');
		if (end != NULL)
			*end++ = '\0';
		v->field[v->fields++] = p;
	}
	return true;
}

static inline void
utf8_add(struct buf *b, unsigned cp)
{
	if (cp < 0x80) {
		buf_addc(b, (char)cp);
	} else if (cp < 0x800) {
		buf_addc(b, (char)(0xc0 | cp >> 6));
		buf_addc(b, (char)(0x80 | (cp & 0x3f)));
	} else {
		buf_addc(b, (char)(0xe0 | cp >> 12));
		buf_addc(b, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_addc(b, (char)(0x80 | (cp & 0x3f)));
	}
}

/* The bytes of a JSON string (of the basic plane); to be freed. */
static inline char *
json_decode(const char *json, size_t *len)
{
	static const char from[] = "nrtfb\"\\/", to[] = "\n\r\t\f\b\"\\/";
	const char *p = json + 1, *end = json + strlen(json) - 1;
	char hex[5] = {0};
	struct buf b;

	buf_init(&b, SCAN_TEXT_MAX);
	for (; p < end; p++) {
		if (*p != '\\') {
			buf_addc(&b, *p);
		} else if (*++p == 'u') {
			memcpy(hex, p + 1, 4);
			utf8_add(&b, (unsigned)strtoul(hex, NULL, 16));
			p += 4;
		} else {
			buf_addc(&b, to[strchr(from, *p) - from]);
		}
	}
	*len = b.len;
	return buf_take(&b);
}

/* What a scan gave, written down: equal scans have equal text. */
struct scan {
	struct buf text;
	size_t statements;
	int rc; /* SCAN_END or the error */
	struct err err;
};

static inline void
scan_note(struct scan *r, int rc, const struct statement *st)
{
	if (rc == SCAN_STATEMENT) {
		r->statements++;
		buf_addf(&r->text, "\n%d@%d:%d:%d%s ", (int)r->statements,
		    (int)st->place.offset, (int)st->place.line,
		    (int)st->place.column, st->copy ? " copy" : "");
	}
	if (rc == SCAN_STATEMENT || rc == SCAN_DATA)
		buf_add(&r->text, st->text, st->len);
	if (rc == SCAN_DATA_END)
		buf_adds(&r->text, "<end of data>");
}

/* A way to cut the text into pieces: the length of the next one. */
typedef size_t piece_fn(void *arg, size_t left);

static inline size_t
piece_whole(void *arg, size_t left)
{
	(void)arg;
	return left;
}

static inline size_t
piece_byte(void *arg, size_t left)
{
	(void)arg;
	return left > 0;
}

static inline uint32_t
random_next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static inline size_t
piece_random(void *arg, size_t left)
{
	size_t n = 1 + random_next(arg) % 17;

	return n < left ? n : left;
}

struct scan_input {
	const struct dialect *dialect;
	bool backslash;
	const char *text;
	size_t len;
	const struct token_sink *sink;
	piece_fn *piece;
	void *arg;
};

static inline void
scan_clear(struct scan *r)
{
	buf_clear(&r->text);
	err_clear(&r->err);
}

/* Scan the whole text; r is to be cleared. */
static inline void
scan_run(struct scan *r, const struct scan_input *in)
{
	struct scanner *s = scanner_new(in->dialect, "t.sql", in->sink);
	struct statement st;
	size_t at = 0, n;

	memset(r, 0, sizeof(*r));
	buf_init(&r->text, SCAN_TEXT_MAX);
	scanner_set_backslash(s, in->backslash);
	do {
		r->rc = scanner_next(s, &st, &r->err);
		if (r->rc == SCAN_MORE) {
			n = in->piece(in->arg, in->len - at);
			memcpy(scanner_room(s, n), in->text + at, n);
			scanner_fed(s, n);
			at += n;
		} else {
			scan_note(r, r->rc, &st);
		}
	} while (r->rc >= 0 && r->rc != SCAN_END);
	if (r->rc < 0)
		buf_addf(&r->text, "\nerror %d at %d:%d:%d %s (%s)", r->rc,
		    (int)r->err.place.offset, (int)r->err.place.line,
		    (int)r->err.place.column, r->err.message,
		    r->err.hint == NULL ? "" : r->err.hint);
	scanner_free(s);
}

#endif
