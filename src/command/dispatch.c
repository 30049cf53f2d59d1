/* From the command line to a command, and from its result to the status. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "command/command.h"
#include "command/help.h"
#include "config.h"
#include "config/parse.h"
#include "report/terminal.h"

static struct reporter *
dispatch_reporter(const struct settings *s)
{
	int64_t color = settings_number(s, OPTION_COLOR);
	struct report_options o = {
	    .json = settings_flag(s, OPTION_JSON),
	    .quiet = settings_flag(s, OPTION_QUIET),
	    .verbose = (unsigned)settings_number(s, OPTION_VERBOSE),
	    .color = color == COLOR_ALWAYS,
	    .color_out = color == COLOR_ALWAYS,
	    .out = stdout,
	    .err = stderr,
	};

	if (color == COLOR_AUTO) {
		o.color = terminal_has_color(stderr);
		o.color_out = terminal_has_color(stdout);
	}
	if (terminal_is(stdout))
		o.width = terminal_width(stdout);
	o.progress = terminal_is(stderr) && !o.quiet;
	return report_open(&o);
}

/*
 * An address in the wrong place may hold a password: it is caught before any
 * message can repeat it.
 */
static int
dispatch_check_secret(const char *arg, struct err *err)
{
	if (!text_is_address(arg))
		return 0;
	err_set(err, ERR_USAGE, "a database is not given as an argument");
	err_hint(err, "Give it with --database, or set DATABASE_URL.");
	return err->code;
}

/* "apply, rollback and plan": the commands that take an option. */
static void
dispatch_takers(struct buf *b, unsigned set)
{
	const struct command *const *c;
	size_t left = 0, n = 0;

	for (c = commands; *c != NULL; c++)
		left += ((*c)->bit & set) != 0;
	for (c = commands; *c != NULL; c++) {
		if (((*c)->bit & set) == 0)
			continue;
		if (n > 0)
			buf_adds(b, left > 1 ? ", " : " and ");
		buf_adds(b, (*c)->name);
		n++;
		left--;
	}
}

static int
dispatch_check_options(
    const struct command *c, const struct arguments *a, struct err *err)
{
	const struct option_spec *o = option_table;
	enum option_id i;
	struct buf b;

	for (i = 0; i < OPTION_COUNT; i++, o++)
		if (a->counts[i] > 0 && (o->commands & c->bit) == 0)
			break;
	if (i == OPTION_COUNT)
		return 0;
	buf_init(&b, BUF_LINE);
	dispatch_takers(&b, o->commands);
	err_set(err, ERR_USAGE, "%s does not take --%s", c->name, o->name);
	err_hint(err, "--%s belongs to %s.", o->name, buf_str(&b));
	buf_clear(&b);
	return err->code;
}

static int
dispatch_check_args(
    const struct command *c, const struct arguments *a, struct err *err)
{
	size_t n = a->nargs - 1;

	if (n >= c->min_args && n <= c->max_args)
		return 0;
	if (n < c->min_args)
		err_set(err, ERR_USAGE, "%s: an argument is missing", c->name);
	else
		err_set(err, ERR_USAGE, "%s: unexpected argument \"%s\"",
		    c->name, a->args[c->max_args + 1]);
	err_hint(err, "Usage: sqlmigrate %s%s%s", c->name,
	    *c->arguments == '\0' ? "" : " ", c->arguments);
	return err->code;
}

static int
dispatch_find(
    const struct command **out, const struct arguments *a, struct err *err)
{
	size_t i;
	int r = 0;

	*out = NULL;
	for (i = 0; i < a->nargs && r == 0; i++)
		r = dispatch_check_secret(a->args[i], err);
	if (r < 0 || a->nargs == 0)
		return r;
	*out = command_find(a->args[0]);
	return *out == NULL ? command_unknown(a->args[0], err) : 0;
}

static int
dispatch_run(const struct settings *s, const struct arguments *a,
    struct reporter *reporter, struct err *err)
{
	struct invocation inv = {.settings = s, .reporter = reporter};
	const struct command *c;
	int r;

	r = dispatch_find(&c, a, err);
	if (r < 0)
		return r;
	if (settings_flag(s, OPTION_HELP)) {
		help_show(reporter, c);
		return 0;
	}
	if (c == NULL) {
		err_set(err, ERR_USAGE, "no command given");
		err_hint(err, "Run \"sqlmigrate --help\" for the commands.");
		return err->code;
	}
	r = dispatch_check_options(c, a, err);
	if (r == 0)
		r = dispatch_check_args(c, a, err);
	if (r < 0)
		return r;
	inv.command = c;
	inv.args = a->args + 1;
	inv.nargs = a->nargs - 1;
	return c->run(&inv, err);
}

/* Report how it ended; what could not be written makes a success fail. */
static int
dispatch_end(struct reporter *reporter, int r, struct err *err)
{
	struct err broken = ERR_INIT;
	struct buf b;

	if (r < 0 && err->message != NULL)
		report_error(reporter, err);
	if (report_close(reporter, &broken) < 0) {
		buf_init(&b, BUF_LINE);
		buf_addf(&b, "sqlmigrate: %s\n", broken.message);
		fputs(buf_str(&b), stderr);
		buf_clear(&b);
		r = r < 0 ? r : broken.code;
	}
	err_clear(&broken);
	return r;
}

/* Needs no settings: a script may ask for it whatever else is wrong. */
static int
dispatch_version(void)
{
	if (puts("sqlmigrate " PACKAGE_VERSION) >= 0 && fflush(stdout) == 0)
		return 0;
	perror("sqlmigrate: cannot write to standard output");
	return -ERR_STATEMENT;
}

/*
 * The locale stays "C": numbers and messages are the same on every machine,
 * and texts are UTF-8 throughout.
 */
int
command_dispatch(int argc, char **argv)
{
	struct err err = ERR_INIT, later = ERR_INIT;
	struct settings *settings = NULL;
	struct reporter *reporter;
	struct arguments args;
	int r;

	file_take_standard();
	/*
	 * A reader that went away, and a file that may not grow (ulimit -f),
	 * are errors of the write.
	 */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	r = arguments_parse(&args, argc, argv, command_bit, &err);
	if (r == 0 && args.counts[OPTION_VERSION] > 0) {
		arguments_clear(&args);
		return dispatch_version();
	}
	if (settings_make(&settings, &args, r < 0 ? &later : &err) < 0 &&
	    r == 0)
		r = err.code;
	reporter = dispatch_reporter(settings);
	if (r == 0)
		r = dispatch_run(settings, &args, reporter, &err);
	r = dispatch_end(reporter, r, &err);
	settings_free(settings);
	arguments_clear(&args);
	err_clear(&later);
	err_clear(&err);
	return -r;
}
