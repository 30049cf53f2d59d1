/*
 * The text of a statement, as the engine's shell must be given it.
 *
 * psql replaces :name, :'name' and :"name" by the value of a variable (its
 * manual, "SQL Interpolation"); a space after the colon prevents that and
 * means nothing to the server.  psql also counts a BEGIN in a statement that
 * might be CREATE FUNCTION as the start of a body, whose semicolons do not
 * end the statement: \g ends it nevertheless.  sqlite3 takes a line with
 * nothing but / or go for a semicolon (shell.c, line_is_command_terminator()),
 * and there is no other way to write it that keeps the schema's text.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "run/export_int.h"
#include "sql/tokens.h"

struct export_text {
	const struct engine_script *shell;
	const struct statement *st;
	struct buf text;
	const char *done;      /* the text before it is in the buffer */
	const char *separator; /* a word that the shell takes for the end */
	bool begin;            /* the word is in it */
};

static void
text_copy(struct export_text *t, const char *to)
{
	if (to > t->done)
		buf_add(&t->text, t->done, (size_t)(to - t->done));
	t->done = to > t->done ? to : t->done;
}

/* Whether psql takes a colon before this for the start of a variable. */
static bool
text_is_variable(const char *p)
{
	unsigned char c = (unsigned char)*p;

	return isalnum(c) || c >= 0x80 || (c != '\0' && strchr("_'\"{", c));
}

/* A token outside of literals: put spaces after its colons. */
static void
text_colons(struct export_text *t, const char *p, const char *end)
{
	if (p < t->done)
		p = t->done;
	for (; p < end; p++) {
		if (*p != ':')
			continue;
		text_copy(t, p + 1);
		if (p[1] == ':' || p[1] == '=')
			text_copy(t, ++p + 1);
		else if (text_is_variable(p + 1))
			buf_addc(&t->text, ' ');
	}
}

/* Whether nothing else is on the line of these bytes of the statement. */
static bool
text_is_alone(const struct export_text *t, const char *p, const char *end)
{
	while (p > t->st->text && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	end += strspn(end, " \t\r\f\v");
	return p > t->st->text && p[-1] == '\n' &&
	    (*end == '\n' || *end == '\0' || *end == '-' || *end == '/');
}

static void
text_token(void *arg, enum token_kind kind, const char *token, size_t len)
{
	struct export_text *t = arg;

	if (kind == TOKEN_STRING || kind == TOKEN_NAME)
		return;
	if (t->shell->variables)
		text_colons(t, token, token + len);
	t->begin |= len == 5 && strncasecmp(token, "begin", 5) == 0;
	if (t->shell->separators && t->separator == NULL &&
	    ((len == 1 && *token == '/') ||
		(len == 2 && strncasecmp(token, "go", 2) == 0)) &&
	    text_is_alone(t, token, token + len))
		t->separator = token;
}

static int
text_refuse(
    const struct exporter *e, const struct export_text *t, struct err *err)
{
	const struct statement *st = t->st;
	size_t chars =
	    text_count_chars(st->text, (size_t)(t->separator - st->text));
	struct place at = st->place;

	err_set(
	    err, ERR_USAGE, "the shell would end the statement at this line");
	err_hint(err,
	    "Move it to the end of the line before.  Only plan --sql needs "
	    "that: sqlmigrate apply runs the file as it is.");
	err->source = script_line_at(e->script, &e->x->folder->at, &st->place,
	    (int64_t)chars, &at, &err->caret);
	err_place(err, &at);
	return ERR_USAGE;
}

int
export_statement(
    struct exporter *e, const struct statement *st, struct err *err)
{
	const struct engine_script *shell = e->db->engine->script;
	struct export_text t = {.shell = shell, .st = st, .done = st->text};
	int r = 0;

	/* A space for each byte at most. */
	buf_init(&t.text, 2 * st->len + BUF_LINE);
	tokens_each(e->x->engine->dialect, st->escapes, st->text, st->len,
	    text_token, &t);
	text_copy(&t, st->text + st->len);
	buf_adds(&t.text, t.begin && shell->send != NULL ? shell->send : ";\n");
	if (t.separator != NULL)
		r = text_refuse(e, &t, err);
	else
		writer_text(e->db, buf_str(&t.text));
	buf_clear(&t.text);
	return r;
}
