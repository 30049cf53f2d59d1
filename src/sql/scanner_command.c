/*
 * psql's own commands: some lines that pg_dump and careful people write are
 * passed over, everything else is refused.
 */
#include <string.h>

#include "base/text.h"
#include "sql/scanner_int.h"

#define NAME_MAX_SHOWN 32

struct command_line {
	const char *p, *end;
};

/* The next word of the line; its length is 0 at the end. */
static size_t
command_word(struct command_line *line, const char **word)
{
	static const char blanks[] = " \t\r\n\f\v";
	const char *p = line->p;

	while (p < line->end && strchr(blanks, *p) != NULL)
		p++;
	*word = p;
	while (p < line->end && strchr(blanks, *p) == NULL)
		p++;
	line->p = p;
	return (size_t)(p - *word);
}

static bool
command_is_harmless(struct command_line line)
{
	static const char *const yes[] = {"", "on", "1", "true", "yes"};
	const char *w;
	size_t i, n = command_word(&line, &w);
	bool wraps = text_is_word_n(w, n, "\\restrict") ||
	    text_is_word_n(w, n, "\\unrestrict");

	if (wraps)
		return command_word(&line, &w) > 0 &&
		    command_word(&line, &w) == 0;
	if (!text_is_word_n(w, n, "\\set"))
		return false;
	n = command_word(&line, &w);
	if (!text_is_word_n(w, n, "ON_ERROR_STOP"))
		return false;
	n = command_word(&line, &w);
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (text_is_word_n(w, n, yes[i]))
			return command_word(&line, &w) == 0;
	return false;
}

int
scanner_command(struct scanner *s, struct err *err)
{
	struct lexer *lx = &s->lexer;
	struct command_line line;
	const char *name;
	size_t end, n;
	int rc;

	if (!scanner_line_end(s, &end))
		return SCAN_MORE;
	line.p = s->window.data + lx->pos;
	line.end = s->window.data + end;
	if (!s->open && lx->newline && command_is_harmless(line)) {
		lexer_skip_to(lx, end);
		return SCANNER_GO_ON;
	}
	n = command_word(&line, &name);
	rc = scanner_fail(s, lx->pos, err, "command of psql: %.*s",
	    (int)(n < NAME_MAX_SHOWN ? n : NAME_MAX_SHOWN), name);
	err_hint(err, "Only SQL runs here; take the command out.");
	return rc;
}
