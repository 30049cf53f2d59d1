/*
 * The scanner: cuts SQL text into statements, exactly as the server would.
 *
 * The window holds the text, the lexer finds tokens, the splitter says which
 * semicolon ends a statement; here they meet.  Everything before the first
 * token of the open statement, or before the lexer, may leave the window.
 */
#include "sql/scanner.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "sql/scanner_int.h"

struct scanner *
scanner_new(
    const struct dialect *d, const char *file, const struct token_sink *sink)
{
	struct scanner *s = mem_calloc(1, sizeof(*s));

	s->dialect = d;
	if (sink != NULL)
		s->sink = *sink;
	window_init(&s->window, file);
	lexer_init(&s->lexer, d);
	s->cursor.line = s->cursor.column = 1;
	return s;
}

void
scanner_free(struct scanner *s)
{
	if (s == NULL)
		return;
	window_clear(&s->window);
	free(s);
}

static void
scanner_uncut(struct scanner *s)
{
	if (s->cut)
		s->window.data[s->cut_at] = s->cut_byte;
	s->cut = false;
}

void
scanner_give(struct scanner *s, struct statement *st, size_t from, size_t to)
{
	st->text = s->window.data + from;
	st->len = to - from;
	s->cut_at = to;
	s->cut_byte = s->window.data[to];
	s->cut = true;
	s->window.data[to] = '\0';
}

void
scanner_set_backslash(struct scanner *s, bool escapes)
{
	s->backslash = escapes;
	s->lexer.backslash = escapes;
}

char *
scanner_room(struct scanner *s, size_t n)
{
	struct lexer *lx = &s->lexer;
	size_t keep = lx->state == LEXER_GAP ? lx->pos : lx->start, dropped;
	char *room;

	scanner_uncut(s);
	if (s->open)
		keep = s->first.at;
	if (s->cursor.at < keep)
		cursor_walk(&s->cursor, s->window.data, keep);
	room = window_room(&s->window, n, keep, &dropped);
	lexer_shift(lx, dropped);
	s->cursor.at -= dropped;
	s->first.at = index_less(s->first.at, dropped);
	s->split.body = index_less(s->split.body, dropped);
	s->line_seen = index_less(s->line_seen, dropped);
	return room;
}

void
scanner_fed(struct scanner *s, size_t n)
{
	scanner_uncut(s);
	s->window.len += n;
	if (n == 0)
		s->window.finished = true;
}

int
scanner_fail(
    const struct scanner *s, size_t at, struct err *err, const char *fmt, ...)
{
	const struct cursor *c = s->open ? &s->first : &s->cursor;
	struct place p = window_place(&s->window, *c, at);
	struct buf b;
	va_list ap;
	int code;

	buf_init(&b, BUF_LINE);
	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	code = err_set(err, ERR_USAGE, "%s", buf_str(&b));
	err_place(err, &p);
	buf_clear(&b);
	return code;
}

int
scanner_sink(struct scanner *s, enum token_kind kind, size_t from, size_t to,
    struct err *err)
{
	struct token *t = &s->token;

	if (s->sink.take == NULL)
		return 0;
	t->kind = kind;
	t->text = s->window.data + from;
	t->len = to - from;
	t->offset = s->window.base + from;
	if (kind == TOKEN_COMMENT) {
		cursor_walk(&s->cursor, s->window.data, from);
		t->place = window_place(&s->window, s->cursor, from);
		t->own_line = s->lexer.own_line;
	}
	return s->sink.take(s->sink.arg, t, err);
}

bool
scanner_line_end(struct scanner *s, size_t *end)
{
	const struct window *w = &s->window;
	const char *lf;

	if (s->line_seen < s->lexer.pos)
		s->line_seen = s->lexer.pos;
	lf = memchr(w->data + s->line_seen, '\n', w->valid - s->line_seen);
	s->line_seen = lf == NULL ? w->valid : (size_t)(lf - w->data);
	*end = s->line_seen + (lf != NULL);
	return lf != NULL || (window_is_final(w) && *end > s->lexer.pos);
}

/* The statement ends before the index given; what it changes begins here. */
static int
scanner_close(struct scanner *s, struct statement *st, size_t end)
{
	const char *text = s->window.data + s->first.at;
	bool off, reset;

	st->place = window_place(&s->window, s->first, s->first.at);
	st->copy = s->split.state == SPLIT_COPY_STDIN;
	st->escapes = s->lexer.backslash;
	if (st->copy) {
		s->mode = SCANNER_COPY_LINE;
		s->copy = st->place;
	}
	if (s->split.state == SPLIT_SETTING &&
	    split_sets_strings(
		s->dialect, text, end - s->first.at, &off, &reset))
		s->lexer.backslash = reset ? s->backslash : off;
	scanner_give(s, st, s->first.at, end);
	s->open = false;
	s->lexer.skim = false;
	return SCAN_STATEMENT;
}

static int
scanner_open(struct scanner *s, struct err *err)
{
	const struct lexer *lx = &s->lexer;
	int rc;

	cursor_walk(&s->cursor, s->window.data, lx->start);
	s->first = s->cursor;
	s->open = true;
	s->split.state = SPLIT_FIRST;
	if (!s->dialect->shell_lines || s->window.data[lx->start] != '.')
		return 0;
	rc = scanner_fail(
	    s, lx->start, err, "line of the %s shell", s->dialect->name);
	err_hint(err, "Only SQL runs here; take the line out.");
	return rc;
}

/* The sign of a parameter that names none is no token at all. */
static int
scanner_sign(const struct scanner *s, char sign, struct err *err)
{
	int rc = scanner_fail(
	    s, s->lexer.start, err, "unrecognized token \"%c\"", sign);

	err_hint(err,
	    "%s knows none of that sign alone: write x::type as CAST(x AS "
	    "type), and put the value where a template has its mark.",
	    s->dialect->name);
	return rc;
}

/* Quotes of another dialect would be parameters. */
static int
scanner_dollar(const struct scanner *s, int len, struct err *err)
{
	int rc = scanner_fail(s, s->lexer.start, err,
	    "%s has no dollar quotes: %.*s", s->dialect->name, len,
	    s->window.data + s->lexer.start);

	err_hint(err,
	    "Write a text in '...'; a DO block or a function in another "
	    "language has no counterpart here.");
	return rc;
}

static int
scanner_parameter(const struct scanner *s, struct err *err)
{
	const struct lexer *lx = &s->lexer;
	const char *text = s->window.data + lx->start;
	int len = (int)(lx->pos - lx->start), rc;

	if (len == 1 && *text != '?')
		return scanner_sign(s, *text, err);
	if (len > 1 && *text == '$' && text[len - 1] == '$')
		return scanner_dollar(s, len, err);
	rc = scanner_fail(
	    s, lx->start, err, "parameter %.*s has no value", len, text);
	err_hint(err, "It would be NULL, in silence; put the value there.");
	return rc;
}

/* Take the lexer's token. */
static int
scanner_token(struct scanner *s, struct statement *st, struct err *err)
{
	struct lexer *lx = &s->lexer;
	bool semicolon = lx->kind == TOKEN_MARK && lx->depth == 0 &&
	    s->window.data[lx->start] == ';';
	int rc = 0;

	if (!s->open && semicolon)
		return SCANNER_GO_ON;
	if (!s->open && lx->kind != TOKEN_COMMENT)
		rc = scanner_open(s, err);
	if (rc == 0 && lx->kind == TOKEN_PARAMETER &&
	    s->dialect->null_parameters)
		rc = scanner_parameter(s, err);
	if (rc == 0)
		rc = scanner_sink(s, lx->kind, lx->start, lx->pos, err);
	if (rc != 0)
		return rc;
	if (lx->kind == TOKEN_COMMENT)
		return SCANNER_GO_ON;
	if (semicolon && split_can_end(&s->split))
		return scanner_close(s, st, lx->before);
	if (split_is_decided(&s->split))
		return SCANNER_GO_ON;
	split_token(&s->split, lx, s->window.data);
	lx->skim = s->sink.take == NULL && split_is_decided(&s->split);
	return SCANNER_GO_ON;
}

/* The text ends inside a token. */
static int
scanner_unterminated(const struct scanner *s, struct err *err)
{
	const struct lexer *lx = &s->lexer;
	const char *text = s->window.data + lx->start;
	int rc;

	if (lx->state == LEXER_COMMENT) {
		rc = scanner_fail(s, lx->start, err, "unterminated comment");
		err_hint(err, "Close each /* with a */; comments nest.");
	} else if (lx->state == LEXER_DOLLAR_QUOTED) {
		rc = scanner_fail(s, lx->start, err,
		    "unterminated dollar quote %.*s", (int)lx->tag, text);
		err_hint(
		    err, "Close it with the same %.*s.", (int)lx->tag, text);
	} else {
		rc = scanner_fail(s, lx->start, err, "unterminated %s",
		    lx->kind == TOKEN_STRING ? "string" : "quoted name");
		err_hint(err, "Close it with %c.", lx->quote);
	}
	return rc;
}

/* The text ends between tokens. */
static int
scanner_end(struct scanner *s, struct statement *st, struct err *err)
{
	bool atomic = s->dialect->body == BODY_ATOMIC;
	int rc;

	if (!s->open)
		return SCAN_END;
	if (s->lexer.depth > 0) {
		rc = scanner_fail(
		    s, s->lexer.opening, err, "unterminated parenthesis");
		err_hint(
		    err, "A semicolon inside ( ) does not end a statement.");
		return rc;
	}
	if (!split_can_end(&s->split)) {
		rc = scanner_fail(s, s->split.body, err, "unterminated %s body",
		    atomic ? "BEGIN ATOMIC" : "trigger");
		err_hint(err,
		    "Close it with END after the ; of its last statement.");
		return rc;
	}
	return scanner_close(s, st, s->lexer.tail);
}

static int
scanner_sql(struct scanner *s, struct statement *st, struct err *err)
{
	const struct window *w = &s->window;

	switch (lexer_next(&s->lexer, w->data, w->valid, window_is_final(w))) {
	case LEXER_TOKEN:
		return scanner_token(s, st, err);
	case LEXER_COMMAND:
		return scanner_command(s, err);
	case LEXER_OPEN:
		return scanner_unterminated(s, err);
	case LEXER_END:
		return scanner_end(s, st, err);
	case LEXER_MORE:
		break;
	}
	return SCAN_MORE;
}

static int
scanner_step(struct scanner *s, struct statement *st, struct err *err)
{
	switch (s->mode) {
	case SCANNER_COPY_LINE:
		return scanner_copy_line(s, err);
	case SCANNER_COPY_DATA:
		return scanner_copy_data(s, st, err);
	case SCANNER_SQL:
		break;
	}
	return scanner_sql(s, st, err);
}

int
scanner_next(struct scanner *s, struct statement *st, struct err *err)
{
	struct window *w = &s->window;
	int rc;

	scanner_uncut(s);
	window_check(w);
	if (w->base + s->lexer.pos == 0) {
		s->lexer.pos = window_bom(w);
		s->cursor.at = s->lexer.pos;
	}
	do {
		rc = scanner_step(s, st, err);
	} while (rc == SCANNER_GO_ON);
	if (rc == SCAN_MORE && w->broken)
		return window_fail(w, s->open ? s->first : s->cursor, err);
	return rc;
}
