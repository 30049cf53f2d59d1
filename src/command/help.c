/* --help, made from the tables of commands and options. */
#include "command/help.h"

#include <stdio.h>
#include <string.h>

#include "command/list.h"

#define HELP_WIDTH 80
#define HELP_COLUMN 32 /* where descriptions begin */

/* Append words, broken at the width; lines after the first are indented. */
static void
help_wrap(struct buf *b, const char *text, size_t indent, size_t at)
{
	size_t n;

	while (*text != '\0') {
		n = strcspn(text, " ");
		if (at > indent && at + 1 + n > HELP_WIDTH) {
			buf_addf(b, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			buf_addc(b, ' ');
			at++;
		}
		buf_add(b, text, n);
		at += n;
		text += n;
		text += strspn(text, " ");
	}
	buf_addc(b, '\n');
}

/* A term and its description, side by side where the term is short. */
static void
help_entry(struct buf *b, const char *term, const char *text)
{
	size_t n = strlen(term);

	buf_addf(b, "  %s", term);
	if (n + 4 > HELP_COLUMN) {
		buf_addf(b, "\n%*s", HELP_COLUMN, "");
	} else {
		buf_addf(b, "%*s", (int)(HELP_COLUMN - n - 2), "");
	}
	help_wrap(b, text, HELP_COLUMN, HELP_COLUMN);
}

static void
help_option(struct buf *b, const struct option_spec *o)
{
	char term[64], text[256];
	char letter[5] = "    ";

	if (o->letter != '\0')
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(term, sizeof(term), "%s--%s%s%s", letter, o->name,
	    o->argument != NULL ? "=" : "",
	    o->argument != NULL ? o->argument : "");
	snprintf(text, sizeof(text), o->fallback != NULL ? "%s [%s]" : "%s",
	    o->help, o->fallback);
	help_entry(b, term, text);
}

static void
help_options(struct buf *b, const char *title, bool global, unsigned command)
{
	bool any = false;
	enum option_id i;

	for (i = 0; i < OPTION_COUNT; i++) {
		if (option_is_global(i) != global ||
		    (option_table[i].commands & command) == 0)
			continue;
		if (!any)
			buf_addf(b, "\n%s:\n", title);
		any = true;
		help_option(b, &option_table[i]);
	}
}

static void
help_program(struct buf *b)
{
	const struct command *const *c;
	char term[64];

	buf_adds(b,
	    "Usage: sqlmigrate [OPTIONS] COMMAND [ARGUMENTS]\n"
	    "\nCommands:\n");
	for (c = commands; *c != NULL; c++) {
		snprintf(term, sizeof(term), "%s%s%s", (*c)->name,
		    *(*c)->arguments != '\0' ? " " : "", (*c)->arguments);
		help_entry(b, term, (*c)->summary);
	}
	help_options(b, "Options, before or after the command", true, FOR_ALL);
	buf_adds(b, "\n");
	help_wrap(b,
	    "Settings also come from the environment: --lock-wait from "
	    "SQLMIGRATE_LOCK_WAIT and so on; the database from DATABASE_URL, "
	    "too, or from the file that DATABASE_URL_FILE names.",
	    0, 0);
	buf_adds(b, "\n");
	help_wrap(b,
	    "\"sqlmigrate help COMMAND\" has the options of a command; "
	    "sqlmigrate(1), sqlmigrate.conf(5) and sqlmigrate-migrations(5) "
	    "have the rest.",
	    0, 0);
}

void
help_page(struct buf *b, const struct command *c)
{
	if (c == NULL) {
		help_program(b);
		return;
	}
	buf_addf(b, "Usage: sqlmigrate [OPTIONS] %s%s%s\n\n", c->name,
	    *c->arguments != '\0' ? " " : "", c->arguments);
	help_wrap(b, c->help, 0, 0);
	help_options(b, "Options of this command", false, c->bit);
	buf_adds(b,
	    "\n\"sqlmigrate --help\" has the options that all commands "
	    "take.\n");
}

void
help_show(struct reporter *reporter, const struct command *c)
{
	struct event e = {.kind = EVENT_HELP};
	struct buf b;

	buf_init(&b, BUF_LINE);
	help_page(&b, c);
	e.text = buf_str(&b);
	e.name = c == NULL ? NULL : c->name;
	report_event(reporter, &e);
	buf_clear(&b);
}

static int
help_run(struct invocation *inv, struct err *err)
{
	const struct command *c = NULL;

	if (inv->nargs > 0) {
		c = command_find(inv->args[0]);
		if (c == NULL)
			return command_unknown(inv->args[0], err);
	}
	help_show(inv->reporter, c);
	return 0;
}

const struct command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "print help, on a command or the program",
    .help = "Prints the usage and the options of a command, or of the program.",
    .bit = FOR_HELP,
    .max_args = 1,
    .run = help_run,
};
