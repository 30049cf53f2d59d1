/* init: makes the folder and the tables. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "command/context.h"
#include "command/execute.h"
#include "command/list.h"
#include "config/template.h"

static int
init_folder(struct invocation *inv, struct err *err)
{
	const char *dir = settings_text(inv->settings, OPTION_DIR);
	struct event e = {.kind = EVENT_CREATED, .text = dir};

	if (mkdir(dir, 0777) == 0) {
		report_event(inv->reporter, &e);
		return 0;
	}
	if (errno == EEXIST)
		return 0;
	err_set(err, ERR_USAGE, "%s: cannot make the folder: %s", dir,
	    strerror(errno));
	if (errno == ENOENT)
		err_hint(err, "Make the folder that it is to stand in first.");
	return err->code;
}

/* A mistyped address or table must not leave a folder behind. */
static int
init_check(struct invocation *inv, bool offline, struct err *err)
{
	struct context c;
	int r;

	r = offline ? context_init_offline(&c, inv, err)
		    : context_init(&c, inv, err);
	context_clear(&c);
	return r;
}

/*
 * Where no other file is named.  A working directory that cannot be written
 * to, as in a container, is no reason to stop.
 */
static void
init_conf(struct invocation *inv)
{
	struct event e = {.kind = EVENT_CREATED, .text = SETTINGS_CONF};
	struct err ignored = ERR_INIT;
	struct buf b;

	if (settings_text(inv->settings, OPTION_CONFIG) != NULL)
		return;
	buf_init(&b, BUF_LINE);
	template_write(&b);
	if (file_create(SETTINGS_CONF, b.data, b.len, &ignored) == 0)
		report_event(inv->reporter, &e);
	err_clear(&ignored);
	buf_clear(&b);
}

static int
init_run(struct invocation *inv, struct err *err)
{
	bool offline = settings_flag(inv->settings, OPTION_OFFLINE);
	int r;

	r = init_check(inv, offline, err);
	if (r == 0)
		r = init_folder(inv, err);
	if (r == 0 && !offline)
		r = execute_prepare(inv, err);
	if (r == 0)
		init_conf(inv);
	return r;
}

const struct command command_init = {
    .name = "init",
    .arguments = "",
    .summary = "make the folder of migrations and the history's tables",
    .help = "Makes what is not there: the folder, the database file where "
	    "the engine keeps one, the tables, and sqlmigrate.conf with every "
	    "setting as a comment.  A table that was made by "
	    "hand is completed, its rows are matched to the files.  With "
	    "--offline only the files are created.",
    .examples = "sqlmigrate init\n"
		"sqlmigrate -d sqlite:app.db init\n"
		"sqlmigrate init --offline\n",
    .group = GROUP_OPERATE,
    .bit = FOR_INIT,
    .run = init_run,
};
