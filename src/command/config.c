/* config: every setting, its value, and where it came from. */
#include <stdlib.h>

#include "command/context.h"
#include "command/list.h"

/* An option that has a variable is one that lasts longer than a command. */
static bool
config_is_setting(enum option_id id)
{
	return option_table[id].env != NULL;
}

static const char *
config_value(const struct settings *s, enum option_id id)
{
	const char *text = settings_text(s, id);

	if (option_is_flag(id) && (text == NULL || *text == '\0'))
		return settings_flag(s, id) ? "yes" : "no";
	return text;
}

/* Where the password comes from; its value is not for anybody. */
static void
config_password(
    const struct invocation *inv, const struct target *t, struct event *e)
{
	char *from;

	if (t->address == NULL || t->engine->password == NULL)
		return;
	from = t->engine->password(t);
	e->name = "password";
	e->text = from == NULL ? NULL : "set";
	e->source = from == NULL ? "none" : from;
	report_event(inv->reporter, e);
	free(from);
}

/*
 * The address as it is shown, since it may hold a password.  That none is
 * given is no mistake here; a bad one is, or a variable that leads to none.
 */
static void
config_address(const struct invocation *inv, enum option_id id, struct event *e,
    struct err *err)
{
	const char *text = settings_text(inv->settings, id);
	struct target target = {.address = NULL};

	/* The environment alone may name a database, but no second one. */
	if (id != OPTION_DATABASE && text == NULL) {
		report_event(inv->reporter, e);
		return;
	}
	if (target_resolve(
		&target, text, settings_source(inv->settings, id), err) == 0) {
		e->text = target.shown;
		e->source = target.source;
	} else if (text == NULL && target.engine == NULL) {
		err_clear(err);
	}
	report_event(inv->reporter, e);
	if (id == settings_address(inv->settings))
		config_password(inv, &target, e);
	target_clear(&target);
}

static int
config_run(struct invocation *inv, struct err *err)
{
	struct event e;
	enum option_id i;

	for (i = 0; i < OPTION_COUNT; i++) {
		if (!config_is_setting(i))
			continue;
		e = (struct event){.kind = EVENT_SETTING,
		    .name = option_table[i].name,
		    .source = settings_source(inv->settings, i)};
		if (option_is_address(i)) {
			config_address(inv, i, &e, err);
			continue;
		}
		e.text = config_value(inv->settings, i);
		report_event(inv->reporter, &e);
	}
	report_event(inv->reporter, &(struct event){.kind = EVENT_SETTING_END});
	return err->code;
}

const struct command command_config = {
    .name = "config",
    .arguments = "",
    .summary = "print every setting, and where its value comes from",
    .help = "Prints each setting, its value and where that came from: an "
	    "option, a variable, a line of the configuration file, or the "
	    "default.  Of the password only the source is shown.",
    .examples = "sqlmigrate config\n"
		"sqlmigrate --env live config\n",
    .group = GROUP_OPERATE,
    .bit = FOR_CONFIG,
    .run = config_run,
};
