/*
 * The data of COPY ... FROM STDIN: lines up to one that holds \. alone.
 *
 * They are given out as they come; only a line that the sink is to see is
 * waited for, however long it is.
 */
#include <string.h>

#include "sql/scanner_int.h"

/* The end of a line's contents: without its LF or CR LF. */
static size_t
copy_line_trim(const char *text, size_t from, size_t to)
{
	if (to > from && text[to - 1] == '\n')
		to--;
	if (to > from && text[to - 1] == '\r')
		to--;
	return to;
}

/* The server reads data from the line after the one with the semicolon. */
int
scanner_copy_line(struct scanner *s, struct err *err)
{
	struct lexer *lx = &s->lexer;
	const char *text = s->window.data;
	size_t end, trimmed, i = lx->pos;
	int rc;

	if (!scanner_line_end(s, &end) && !window_is_final(&s->window))
		return SCAN_MORE;
	trimmed = copy_line_trim(text, i, end);
	while (i < trimmed && strchr(" \t\f\v\r", text[i]) != NULL)
		i++;
	if (trimmed - i >= 2 && memcmp(text + i, "--", 2) == 0 &&
	    memchr(text + i, '\r', trimmed - i) == NULL) {
		lx->own_line = false;
		rc = scanner_sink(s, TOKEN_COMMENT, i, trimmed, err);
		if (rc != 0)
			return rc;
	} else if (i < trimmed) {
		rc = scanner_fail(s, i, err, "text on the line of a COPY");
		err_hint(err,
		    "The data of COPY ... FROM STDIN begin on the "
		    "next line; move the text behind them.");
		return rc;
	}
	s->data = window_place(&s->window, s->cursor, end);
	lexer_skip_to(lx, end);
	s->mode = SCANNER_COPY_DATA;
	return SCANNER_GO_ON;
}

static bool
copy_is_end(const char *text, size_t from, size_t to)
{
	to = copy_line_trim(text, from, to);
	return to - from == 2 && memcmp(text + from, "\\.", 2) == 0;
}

/* There is no \. before the text ends. */
static int
copy_fail(const struct scanner *s, struct err *err)
{
	int rc = err_set(err, ERR_USAGE, "unterminated data of COPY");

	err_place(err, &s->copy);
	err_hint(err, "End the data with a line that holds \\. alone.");
	return rc;
}

static void
copy_give(struct scanner *s, struct statement *st, size_t from, size_t to)
{
	scanner_give(s, st, from, to);
	st->place = s->data;
}

/* No whole line is there. */
static int
copy_wait(struct scanner *s, struct statement *st, struct err *err)
{
	size_t from = s->lexer.pos, to = s->window.valid;

	if (window_is_final(&s->window))
		return copy_fail(s, err);
	if (s->sink.take != NULL || to - from < SCAN_PIECE)
		return SCAN_MORE;
	copy_give(s, st, from, to);
	lexer_skip_to(&s->lexer, to);
	s->in_line = true;
	return SCAN_DATA;
}

int
scanner_copy_data(struct scanner *s, struct statement *st, struct err *err)
{
	struct lexer *lx = &s->lexer;
	const char *text = s->window.data;
	size_t from = lx->pos, end;
	bool last = false;
	int rc;

	while (scanner_line_end(s, &end)) {
		last = !s->in_line && copy_is_end(text, lx->pos, end);
		if (last)
			break;
		rc = scanner_sink(s, TOKEN_DATA, lx->pos,
		    copy_line_trim(text, lx->pos, end), err);
		if (rc != 0)
			return rc;
		lexer_skip_to(lx, end);
		s->in_line = false;
	}
	if (lx->pos > from) {
		copy_give(s, st, from, lx->pos);
		return SCAN_DATA;
	}
	if (!last)
		return copy_wait(s, st, err);
	lexer_skip_to(lx, end);
	s->mode = SCANNER_SQL;
	return SCAN_DATA_END;
}
