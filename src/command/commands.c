/* The commands there are, in the order of --help. */
#include <string.h>

#include "command/command.h"
#include "command/list.h"
#include "command/words.h"
#include "config/suggest.h"

const struct command *const commands[] = {
    &command_new,
    &command_apply,
    &command_rollback,
    &command_status,
    &command_plan,
    &command_history,
    &command_current,
    &command_verify,
    &command_prove,
    &command_dump,
    &command_redo,
    &command_stamp,
    &command_repair,
    &command_renumber,
    &command_init,
    &command_backup,
    &command_wait,
    &command_config,
    &command_help,
    &command_complete,
    NULL,
};

const struct command *
command_find(const char *name)
{
	const struct command *const *c;

	for (c = commands; *c != NULL; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

unsigned
command_bit(const char *name)
{
	const struct command *c = command_find(name);

	return c == NULL ? 0 : c->bit;
}

int
command_unknown(const char *name, struct err *err)
{
	const struct command *const *c;
	struct suggestion s;

	suggestion_init(&s, name, strlen(name));
	for (c = commands; *c != NULL; c++)
		if ((*c)->group != GROUP_HIDDEN)
			suggestion_try(&s, (*c)->name);
	err_set(err, ERR_USAGE, "unknown command \"%s\"", name);
	if (word_translate(name, err))
		return err->code;
	if (s.best != NULL)
		err_hint(err, "Did you mean %s?", s.best);
	else
		err_hint(err, "Run \"sqlmigrate --help\" for the commands.");
	return err->code;
}
