/* The words of other tools, and what they are called here. */
#include "command/words.h"

#include <string.h>

struct word {
	const char *foreign;
	const char *run;  /* what does that here: a command, with options */
	const char *what; /* what it does; NULL: the command's own summary */
};

static const struct word words[] = {
    {"up", "apply", NULL},
    {"migrate", "apply", NULL},
    {"upgrade", "apply", NULL},
    {"update", "apply", NULL},
    {"deploy", "apply", NULL},
    {"down", "rollback", NULL},
    {"downgrade", "rollback", NULL},
    {"undo", "rollback", NULL},
    {"revert", "rollback", NULL},
    {"create", "new NAME", NULL},
    {"revision", "new NAME", NULL},
    {"generate", "new NAME", NULL},
    {"add", "new NAME", NULL},
    {"make", "new NAME", NULL},
    {"validate", "verify", NULL},
    {"check", "verify", NULL},
    {"lint", "verify", NULL},
    {"baseline", "stamp TARGET", NULL},
    {"mark", "stamp TARGET", NULL},
    {"fake", "stamp TARGET", NULL},
    {"force", "repair", NULL},
    {"resolve", "repair", NULL},
    {"fix", "renumber", NULL},
    {"merge", "renumber", NULL},
    {"info", "status", NULL},
    {"list", "status", NULL},
    {"show", "status", NULL},
    {"heads", "status", NULL},
    {"log", "history", NULL},
    {"setup", "init", NULL},
    {"version", "current",
	"print the version that the schema is at (sqlmigrate --version prints "
	"that of the program)"},
    {"reset", "rollback --all",
	"roll all of them back; sqlmigrate apply then applies them again"},
    {"refresh", "rollback --all",
	"roll all of them back; sqlmigrate apply then applies them again"},
    {"goto", "apply TARGET",
	"apply up to TARGET; sqlmigrate rollback --to TARGET goes back to it"},
    {"export", "plan --sql", "write what is pending as a script"},
    {"test", "prove", NULL},
    {"diff", "verify --against FILE",
	"show what differs from a schema that dump has written"},
};

bool
word_translate(const char *foreign, struct err *err)
{
	const size_t count = sizeof(words) / sizeof(words[0]);
	const struct command *c;
	char name[32];
	size_t i, n;

	for (i = 0; i < count; i++)
		if (strcmp(words[i].foreign, foreign) == 0)
			break;
	if (i == count)
		return false;
	n = strcspn(words[i].run, " ");
	memcpy(name, words[i].run, n);
	name[n] = '\0';
	c = command_find(name);
	err_hint(err, "Here that is \"sqlmigrate %s\": %s.", words[i].run,
	    words[i].what != NULL ? words[i].what : c->summary);
	return true;
}
