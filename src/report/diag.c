/* Diagnostics: an error in full, with the line it is about and a caret. */
#include "report/diag.h"

#include <string.h>

#include "base/text.h"
#include "report/terminal.h"

void
diag_colored(struct buf *b, const char *text, const char *color)
{
	if (color != NULL)
		buf_adds(b, color);
	buf_adds(b, text);
	if (color != NULL)
		buf_adds(b, TERMINAL_PLAIN);
}

static void
diag_place(struct buf *b, const struct place *p)
{
	if (p->file == NULL)
		return;
	text_escape(b, p->file);
	if (p->line > 0)
		buf_addf(b, ":%llu", (unsigned long long)p->line);
	if (p->line > 0 && p->column > 0)
		buf_addf(b, ":%llu", (unsigned long long)p->column);
	buf_adds(b, ": ");
}

/* White space as wide as the escaped text, tabs as tabs. */
static void
diag_blank(struct buf *b, const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++) {
		if (*p == '\t')
			buf_addc(b, '\t');
		else if (((unsigned char)*p & 0xc0) != 0x80)
			buf_addc(b, ' ');
	}
}

static void
diag_caret(struct buf *b, const struct err *err, bool color)
{
	size_t len = strlen(err->source);
	struct buf before, shown;

	if (err->place.column == 0)
		return;
	buf_init(&before, BUF_LINE);
	buf_init(&shown, BUF_LINE);
	buf_add(&before, err->source,
	    text_char_offset(err->source, len, err->caret));
	text_escape_lines(&shown, buf_str(&before));
	buf_addf(b, "%5s | ", "");
	diag_blank(b, buf_str(&shown));
	diag_colored(b, "^", color ? TERMINAL_RED : NULL);
	buf_addc(b, '\n');
	buf_clear(&before);
	buf_clear(&shown);
}

void
diag_source(struct buf *b, const struct err *err, bool color)
{
	if (err->source == NULL || err->place.line == 0)
		return;
	buf_addf(b, "%5llu | ", (unsigned long long)err->place.line);
	text_escape_lines(b, err->source);
	buf_addc(b, '\n');
	diag_caret(b, err, color);
}

/* The steps of a hint, like a server's detail, may be several lines. */
static void
diag_paragraph(
    struct buf *b, const char *label, const char *indent, const char *text)
{
	const char *end;
	struct buf line;

	if (text == NULL)
		return;
	buf_adds(b, label);
	buf_init(&line, BUF_LINE);
	for (;;) {
		end = strchr(text, '\n');
		buf_reset(&line);
		buf_add(&line, text,
		    end != NULL ? (size_t)(end - text) : strlen(text));
		text_escape_lines(b, buf_str(&line));
		buf_addc(b, '\n');
		if (end == NULL || end[1] == '\0')
			break;
		text = end + 1;
		buf_adds(b, indent);
	}
	buf_clear(&line);
}

void
diag_error(struct buf *b, const struct err *err, bool color)
{
	diag_colored(b, "sqlmigrate: ", color ? TERMINAL_RED : NULL);
	diag_place(b, &err->place);
	text_escape(b, err->message == NULL ? "failed" : err->message);
	if (err->sqlstate[0] != '\0') {
		buf_adds(b, " (SQLSTATE ");
		text_escape(b, err->sqlstate);
		buf_addc(b, ')');
	}
	buf_addc(b, '\n');
	diag_source(b, err, color);
	diag_paragraph(b, "Detail: ", "    ", err->detail);
	diag_paragraph(b, "Hint: ", "      ", err->hint);
}

void
diag_line(struct buf *b, const char *label, const char *text, bool color)
{
	buf_adds(b, "sqlmigrate: ");
	diag_colored(b, label, color ? TERMINAL_YELLOW : NULL);
	buf_adds(b, ": ");
	text_escape(b, text);
	buf_addc(b, '\n');
}
