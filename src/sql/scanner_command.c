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
command_is_one_of(const char *w, size_t n, const char *const *names)
{
	for (; *names != NULL; names++)
		if (text_is_word_n(w, n, *names))
			return true;
	return false;
}

/*
 * Whether psql takes the rest of the line as it is: a backslash would begin
 * another command, and a backquote runs a command of the shell.
 */
static bool
command_is_plain(const struct command_line *line)
{
	const char *p;

	for (p = line->p; p < line->end; p++)
		if (*p == '\\' || *p == '`')
			return false;
	return true;
}

/* Variables that only have psql print more or less. */
static bool
command_sets_harmless(struct command_line *line)
{
	static const char *const prints[] = {
	    "ECHO", "QUIET", "SHOW_CONTEXT", "VERBOSITY", NULL};
	static const char *const yes[] = {"", "on", "1", "true", "yes", NULL};
	const char *w;
	size_t n = command_word(line, &w);

	if (command_is_one_of(w, n, prints))
		return command_is_plain(line);
	if (!text_is_word_n(w, n, "ON_ERROR_STOP"))
		return false;
	n = command_word(line, &w);
	return command_is_one_of(w, n, yes) && command_word(line, &w) == 0;
}

static bool
command_is_harmless(struct command_line line)
{
	static const char *const wraps[] = {"\\restrict", "\\unrestrict", NULL};
	static const char *const prints[] = {"\\echo", "\\qecho", "\\warn",
	    "\\timing", "\\pset", "\\x", "\\a", "\\t", NULL};
	const char *w;
	size_t n = command_word(&line, &w);

	if (command_is_one_of(w, n, wraps))
		return command_word(&line, &w) > 0 &&
		    command_word(&line, &w) == 0;
	if (command_is_one_of(w, n, prints))
		return command_is_plain(&line);
	return text_is_word_n(w, n, "\\set") && command_sets_harmless(&line);
}

/* What to write in the place of a command. */
static const char *
command_advice(const char *name, size_t n)
{
	static const struct {
		const char *name, *advice;
	} all[] = {
	    {"\\i",
		"Make the other file a migration of its own, or copy its "
		"statements into this one."},
	    {"\\ir",
		"Make the other file a migration of its own, or copy its "
		"statements into this one."},
	    {"\\include",
		"Make the other file a migration of its own, or copy "
		"its statements into this one."},
	    {"\\copy",
		"Write COPY ... FROM stdin; with the rows on the lines "
		"after it, and a line \\. at their end."},
	    {"\\c",
		"A migration runs in the database of --database; give "
		"other databases a directory of their own."},
	    {"\\connect",
		"A migration runs in the database of --database; "
		"give other databases a directory of their own."},
	    {"\\set",
		"Variables of psql do not exist here: write the value "
		"where the variable is used."},
	    {"\\gset",
		"Variables of psql do not exist here: use a DO block "
		"with a variable of PL/pgSQL."},
	    {"\\gexec", "Use a DO block that runs each row with EXECUTE."},
	    {"\\g", "End the statement with a semicolon."},
	    {"\\if", "Use a DO block with an IF of PL/pgSQL."},
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (text_is_word_n(name, n, all[i].name))
			return all[i].advice;
	return "Only SQL runs here; remove the command.";
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
	err_hint(err, "%s", command_advice(name, n));
	return rc;
}
