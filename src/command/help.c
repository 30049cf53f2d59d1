/* --help, made from the tables of commands and options. */
#include "command/help.h"

#include <stdio.h>
#include <string.h>

#include "command/list.h"
#include "command/runbook.h"

#define HELP_WIDTH 80
#define HELP_COLUMN 32  /* where the descriptions of options begin */
#define HELP_SUMMARY 22 /* and those of commands */

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

/* A term and, from the column on, its description. */
static void
help_entry(struct buf *b, size_t column, const char *term, const char *text)
{
	size_t n = strlen(term);

	buf_addf(b, "  %s", term);
	if (n + 4 > column) {
		buf_addf(b, "\n%*s", (int)column, "");
	} else {
		buf_addf(b, "%*s", (int)(column - n - 2), "");
	}
	help_wrap(b, text, column, column);
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
	help_entry(b, HELP_COLUMN, term, text);
}

/* Which options a part of the help lists. */
enum help_part {
	HELP_COMMON,  /* global ones that many need */
	HELP_GLOBAL,  /* all global ones */
	HELP_COMMAND, /* those of one command */
};

static bool
help_has(enum help_part part, enum option_id id, unsigned command)
{
	if (part == HELP_COMMAND)
		return !option_is_global(id) &&
		    (option_table[id].commands & command) != 0;
	return option_is_global(id) &&
	    (part == HELP_GLOBAL || option_table[id].common);
}

static void
help_options(
    struct buf *b, const char *title, enum help_part part, unsigned command)
{
	bool any = false;
	enum option_id i;

	for (i = 0; i < OPTION_COUNT; i++) {
		if (!help_has(part, i, command))
			continue;
		if (!any)
			buf_addf(b, "\n%s:\n", title);
		any = true;
		help_option(b, &option_table[i]);
	}
}

static void
help_examples(struct buf *b, const char *lines)
{
	size_t n;

	if (lines == NULL)
		return;
	buf_adds(b, "\nExamples:\n");
	for (; *lines != '\0'; lines += n + 1) {
		n = strcspn(lines, "\n");
		buf_addf(b, "  %.*s\n", (int)n, lines);
	}
}

static void
help_commands(struct buf *b)
{
	static const char *const titles[] = {
	    [GROUP_EVERYDAY] = "Everyday",
	    [GROUP_LOOK] = "Look",
	    [GROUP_CHECK] = "Check",
	    [GROUP_REPAIR] = "Repair",
	    [GROUP_OPERATE] = "Operate",
	    [GROUP_HIDDEN] = NULL,
	};
	const struct command *const *c;
	const char *title = NULL;
	char term[64];

	for (c = commands; *c != NULL && titles[(*c)->group] != NULL; c++) {
		if (title != titles[(*c)->group])
			buf_addf(b, "\n%s:\n", titles[(*c)->group]);
		title = titles[(*c)->group];
		snprintf(term, sizeof(term), "%s%s%s", (*c)->name,
		    *(*c)->arguments != '\0' ? " " : "", (*c)->arguments);
		help_entry(b, HELP_SUMMARY, term, (*c)->summary);
	}
}

static void
help_program(struct buf *b)
{
	buf_adds(b, "Usage: sqlmigrate [OPTIONS] COMMAND [ARGUMENTS]\n");
	help_commands(b);
	help_options(b, "Options", HELP_COMMON, 0);
	help_examples(b,
	    "sqlmigrate new add_user_phone\n"
	    "sqlmigrate -d sqlite:app.db apply\n"
	    "sqlmigrate rollback --to 002\n");
	buf_adds(b, "\n");
	help_wrap(b,
	    "\"sqlmigrate help COMMAND\" shows the options of a command and "
	    "examples, \"sqlmigrate help options\" the options that all "
	    "commands take, \"sqlmigrate help runbook\" what to do by exit "
	    "status. The manual is sqlmigrate(1), sqlmigrate.conf(5), "
	    "sqlmigrate-migrations(5) and sqlmigrate-runbook(7).",
	    0, 0);
}

/* The topic "options". */
static void
help_global(struct buf *b)
{
	help_options(b, "Options, before or after the command", HELP_GLOBAL, 0);
	buf_adds(b, "\n");
	help_wrap(b,
	    "Settings also come from the environment: --lock-wait from "
	    "SQLMIGRATE_LOCK_WAIT and so on; the database from DATABASE_URL, "
	    "too, or from the file that DATABASE_URL_FILE names.",
	    0, 0);
}

/* The topic "runbook". */
static void
help_runbook(struct buf *b)
{
	const struct runbook_step *s;

	buf_adds(b, "What to do, by exit status:\n");
	for (s = runbook_steps; s->status != 0; s++) {
		buf_addf(b, "\n  %d  %s:\n     ", s->status, s->what);
		help_wrap(b, s->next, 5, 5);
	}
	buf_addc(b, '\n');
	help_wrap(
	    b, "sqlmigrate-runbook(7) has each procedure step by step.", 0, 0);
}

const struct help_topic help_topics[] = {
    {"options", "the options that all commands take", help_global},
    {"runbook", "what to do, by exit status", help_runbook},
    {NULL, NULL, NULL},
};

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
	help_options(b, "Options of this command", HELP_COMMAND, c->bit);
	help_examples(b, c->examples);
	buf_adds(b,
	    "\n\"sqlmigrate help options\" has the options that all commands "
	    "take.\n");
}

static void
help_report(struct reporter *reporter, const struct buf *b, const char *name)
{
	struct event e = {.kind = EVENT_HELP, .text = buf_str(b), .name = name};

	report_event(reporter, &e);
}

void
help_show(struct reporter *reporter, const struct command *c)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	help_page(&b, c);
	help_report(reporter, &b, c == NULL ? NULL : c->name);
	buf_clear(&b);
}

static void
help_show_topic(struct reporter *reporter, const struct help_topic *topic)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	topic->write(&b);
	help_report(reporter, &b, topic->name);
	buf_clear(&b);
}

static int
help_run(struct invocation *inv, struct err *err)
{
	const struct help_topic *topic = help_topics;
	const char *name = inv->nargs > 0 ? inv->args[0] : NULL;
	const struct command *c = NULL;

	while (name != NULL && topic->name != NULL) {
		if (strcmp(topic->name, name) == 0) {
			help_show_topic(inv->reporter, topic);
			return 0;
		}
		topic++;
	}
	if (name != NULL)
		c = command_find(name);
	if (name != NULL && c == NULL)
		return command_unknown(name, err);
	help_show(inv->reporter, c);
	return 0;
}

const struct command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "print help on a command, on options, or the runbook",
    .help = "Prints the usage, the options and examples of a command; with "
	    "\"options\" the options that all commands take, with "
	    "\"runbook\" what to do by exit status.",
    .examples = "sqlmigrate help apply\n"
		"sqlmigrate help options\n"
		"sqlmigrate help runbook\n",
    .group = GROUP_OPERATE,
    .bit = FOR_HELP,
    .max_args = 1,
    .run = help_run,
};
