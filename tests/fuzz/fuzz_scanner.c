/*
 * Fuzzing the scanner: the first byte says which dialect, rule for backslashes
 * and sink, the second how the rest is cut into pieces.  What comes out
 * must not depend on the pieces, nor on whether a sink looks at the tokens.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "sql/classify.h"
#include "sql/scanner.h"

#define TEXT_MAX ((size_t)1 << 26)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	const struct dialect *dialect;
	bool backslash;
	bool sink;
	size_t first, rest; /* lengths of the first piece and the others */
	struct buf out;
	struct buf tokens;
};

/* Numbers as they are in memory: to print them would be the most work. */
static void
add_number(struct buf *b, uint64_t n)
{
	buf_add(b, &n, sizeof(n));
}

static void
add_place(struct buf *b, const struct place *p)
{
	add_number(b, p->offset);
	add_number(b, p->line);
	add_number(b, p->column);
}

static void
add_text(struct buf *b, const char *text, size_t len)
{
	add_number(b, len);
	buf_add(b, text, len);
}

static int
take_token(void *arg, const struct token *t, struct err *err)
{
	struct run *r = arg;

	(void)err;
	bool comment = t->kind == TOKEN_COMMENT;

	add_number(&r->tokens, (uint64_t)t->kind);
	add_number(&r->tokens, t->offset);
	if (comment) {
		add_place(&r->tokens, &t->place);
		add_number(&r->tokens, t->own_line);
	}
	add_text(&r->tokens, t->text, t->len);
	return 0;
}

/* COPY data may be cut anywhere; the rest is written down in full. */
static void
note(struct run *r, int rc, const struct statement *st)
{
	size_t n;

	if (rc == SCAN_STATEMENT) {
		if (st->text[st->len] != '\0' || strlen(st->text) != st->len)
			abort();
		(void)statement_classify(r->dialect, st->text, st->len);
		(void)statement_modes(r->dialect, st->text, st->len, &n);
		(void)statement_writes(r->dialect, st->text, st->len, "t");
		(void)statement_pragma_value(r->dialect, st->text, st->len);
		add_place(&r->out, &st->place);
		add_number(&r->out, st->copy);
	}
	if (rc == SCAN_STATEMENT || rc == SCAN_DATA)
		buf_add(&r->out, st->text, st->len);
	if (rc == SCAN_DATA_END)
		add_text(&r->out, "end", 3);
}

static void
run_scan(struct run *r, const uint8_t *p, size_t len)
{
	const struct token_sink sink = {take_token, r};
	struct scanner *s =
	    scanner_new(r->dialect, "f.sql", r->sink ? &sink : NULL);
	struct err err = ERR_INIT;
	struct statement st;
	size_t n = r->first;
	int rc;

	buf_init(&r->out, TEXT_MAX);
	buf_init(&r->tokens, TEXT_MAX);
	scanner_set_backslash(s, r->backslash);
	while ((rc = scanner_next(s, &st, &err)) >= 0 && rc != SCAN_END) {
		if (rc != SCAN_MORE) {
			note(r, rc, &st);
			continue;
		}
		n = n < len ? n : len;
		if (n > 0)
			memcpy(scanner_room(s, n), p, n);
		scanner_fed(s, n);
		p += n;
		len -= n;
		n = r->rest;
	}
	if (rc < 0 && (rc != ERR_USAGE || err.place.line == 0))
		abort();
	add_number(&r->out, (uint64_t)rc);
	if (rc < 0) {
		add_place(&r->out, &err.place);
		add_text(&r->out, err.message, strlen(err.message));
	}
	err_clear(&err);
	scanner_free(s);
}

static void
compare(const struct buf *a, const struct buf *b)
{
	if (a->len != b->len || memcmp(buf_str(a), buf_str(b), a->len) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run whole = {0}, r;
	size_t i;

	if (size < 2)
		return 0;
	whole.dialect = data[0] & 1 ? &dialect_sqlite : &dialect_postgres;
	whole.backslash = (data[0] & 2) != 0;
	whole.sink = true;
	whole.first = whole.rest = size + 1;
	run_scan(&whole, data + 2, size - 2);
	/* In two pieces and in many, one of them without a sink. */
	for (i = 0; i < 2; i++) {
		r = whole;
		r.sink = ((data[0] >> 2) + i) % 2 == 0;
		r.first = i == 0 ? (size_t)data[1] % size + 1 : 1;
		r.rest = i == 0 ? size : (size_t)data[1] % 8 + 1;
		run_scan(&r, data + 2, size - 2);
		compare(&whole.out, &r.out);
		if (r.sink)
			compare(&whole.tokens, &r.tokens);
		buf_clear(&r.out);
		buf_clear(&r.tokens);
	}
	buf_clear(&whole.out);
	buf_clear(&whole.tokens);
	return 0;
}
