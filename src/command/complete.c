/*
 * complete: what may follow a command line that is being typed, for the shells'
 * completion.  One candidate a line, after a tab what it is.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "command/help.h"
#include "command/list.h"
#include "config/parse.h"
#include "migration/folder.h"
#include "migration/name.h"

struct completion {
	const struct settings *settings; /* of the words before */
	const struct command *command;   /* among them, or NULL */
	bool unknown;                    /* one there is not */
	const char *word;                /* that is being typed */
	const char *before;              /* "--name=" in front of a value */
};

/* A name may hold anything: what is not of one line is not offered. */
static void
complete_offer(
    const struct completion *c, const char *candidate, const char *what)
{
	if (strncmp(candidate, c->word, strlen(c->word)) == 0 &&
	    strpbrk(candidate, "\t\r\n\033") == NULL)
		printf("%s%s\t%s\n", c->before, candidate, what);
}

static void
complete_commands(const struct completion *c)
{
	const struct command *const *p;

	for (p = commands; *p != NULL; p++)
		if ((*p)->group != GROUP_HIDDEN)
			complete_offer(c, (*p)->name, (*p)->summary);
}

static void
complete_topics(const struct completion *c)
{
	const struct help_topic *topic;

	for (topic = help_topics; topic->name != NULL; topic++)
		complete_offer(c, topic->name, topic->summary);
}

static void
complete_option(const struct completion *c, enum option_id id)
{
	const struct option_spec *o = &option_table[id];
	char name[64];

	snprintf(name, sizeof(name), "--%s%s", o->name,
	    option_is_flag(id) ? "" : "=");
	complete_offer(c, name, o->help);
}

/* Those of the command come first, for they are why it was typed. */
static void
complete_options(const struct completion *c)
{
	enum option_id i;

	for (i = 0; i < OPTION_COUNT; i++)
		if (c->command != NULL && !option_is_global(i) &&
		    (option_table[i].commands & c->command->bit) != 0)
			complete_option(c, i);
	for (i = 0; i < OPTION_COUNT; i++)
		if (option_is_global(i))
			complete_option(c, i);
}

static void
complete_choices(const struct completion *c, const char *const *choice)
{
	for (; *choice != NULL; choice++)
		complete_offer(c, *choice, "");
}

static int
complete_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "003" and "add_user_phone" of 003_add_user_phone.sql. */
static void
complete_migration(const struct completion *c, const char *file)
{
	size_t digits = strspn(file, "0123456789"), len = strlen(file);
	char number[32], name[256];

	snprintf(number, sizeof(number), "%.*s", (int)digits, file);
	snprintf(name, sizeof(name), "%.*s", (int)(len - digits - 5),
	    file + digits + 1);
	complete_offer(c, number, name);
}

static void
complete_migrations(const struct completion *c)
{
	DIR *dir = opendir(settings_text(c->settings, OPTION_DIR));
	char **files = NULL;
	size_t n = 0, cap = 0, i;
	struct dirent *d;
	struct name name;

	if (dir == NULL)
		return;
	while ((d = readdir(dir)) != NULL) {
		if (!name_is_sql(d->d_name) || name_is_rollback(d->d_name) ||
		    name_parse(d->d_name, &name) != NULL)
			continue;
		files = mem_grow(files, n, &cap, sizeof(*files));
		files[n++] = mem_strdup(d->d_name);
	}
	closedir(dir);
	if (n > 0)
		qsort(files, n, sizeof(*files), complete_compare);
	for (i = 0; i < n; i++) {
		complete_migration(c, files[i]);
		free(files[i]);
	}
	free(files);
}

/* The names between brackets, each on a line of its own. */
static void
complete_environments(const struct completion *c)
{
	const char *path = settings_text(c->settings, OPTION_CONFIG);
	struct err ignored = ERR_INIT;
	char *line, *end, *save = NULL;
	struct buf b;

	buf_init(&b, BUF_TEXT);
	if (file_read_small(
		path == NULL ? SETTINGS_CONF : path, &b, &ignored) == 0) {
		buf_addc(&b, '\0');
		for (line = strtok_r(b.data, "\r\n", &save); line != NULL;
		     line = strtok_r(NULL, "\r\n", &save)) {
			end = strchr(line, ']');
			if (*line != '[' || end == NULL)
				continue;
			*end = '\0';
			complete_offer(c, line + 1, "section");
		}
	}
	err_clear(&ignored);
	buf_clear(&b);
}

static void
complete_value(const struct completion *c, enum option_id id)
{
	static const char *const decisions[] = {"done", "undone", NULL};
	const struct option_spec *o = &option_table[id];

	if (o->choices != NULL)
		complete_choices(c, o->choices);
	else if (id == OPTION_ENV)
		complete_environments(c);
	else if (o->type == VALUE_TARGET)
		complete_migrations(c);
	else if (o->type == VALUE_DECISION)
		complete_choices(c, decisions);
	else if (id == OPTION_DIR)
		puts(":folders");
	else if (id == OPTION_CONFIG || id == OPTION_BACKUP ||
	    id == OPTION_ENV_FILE || id == OPTION_TEMPLATE)
		puts(":files");
}

static void
complete_argument(const struct completion *c)
{
	if (c->unknown)
		return;
	if (c->command == NULL || c->command->bit == FOR_HELP)
		complete_commands(c);
	if (c->command == NULL)
		return;
	if (c->command->bit == FOR_HELP)
		complete_topics(c);
	else if (strstr(c->command->arguments, "TARGET") != NULL)
		complete_migrations(c);
	else if (strstr(c->command->arguments, "FILE") != NULL)
		puts(":files");
}

/* The option whose value is still to come; OPTION_COUNT for none. */
static enum option_id
complete_waiting(const struct completion *c, const char *word)
{
	unsigned set = c->command == NULL ? FOR_ALL : c->command->bit;
	enum option_id id = OPTION_COUNT;

	if (strncmp(word, "--", 2) == 0)
		id = option_find(word + 2, strlen(word + 2));
	else if (*word == '-' && word[1] != '\0')
		id = option_find_letter(
		    word[strlen(word) - 1], set, OPTION_COUNT);
	return id == OPTION_COUNT || option_is_flag(id) ? OPTION_COUNT : id;
}

/* "--name=" and the beginning of its value. */
static void
complete_attached(struct completion *c, const char *word)
{
	size_t n = strcspn(word, "=");
	enum option_id id = option_find(word + 2, n - 2);
	char *before = mem_strndup(word, n + 1);

	c->before = before;
	c->word = word + n + 1;
	if (id != OPTION_COUNT && !option_is_flag(id))
		complete_value(c, id);
	free(before);
}

static void
complete_word(struct completion *c, const char *last, const char *word)
{
	enum option_id waiting = complete_waiting(c, last);

	c->word = word;
	c->before = "";
	if (waiting != OPTION_COUNT)
		complete_value(c, waiting);
	else if (strncmp(word, "--", 2) == 0 && strchr(word, '=') != NULL)
		complete_attached(c, word);
	else if (*word == '-')
		complete_options(c);
	else
		complete_argument(c);
}

/* What is wrong with the words so far is for the command itself to say. */
static int
complete_run(struct invocation *inv, struct err *err)
{
	struct err ignored = ERR_INIT;
	struct settings *settings = NULL;
	struct completion c = {0};
	struct arguments a;
	size_t n = inv->nargs;
	char **words;

	(void)err;
	words = mem_calloc(n + 1, sizeof(*words));
	memcpy(words, inv->args, n * sizeof(*words));
	if (arguments_parse(
		&a, (int)n - (n > 1), words, command_bit, &ignored) < 0 ||
	    settings_make(&settings, &a, &ignored) < 0)
		err_clear(&ignored);
	if (settings == NULL && settings_make(&settings, &a, &ignored) < 0)
		err_clear(&ignored);
	c.settings = settings;
	c.command = a.nargs == 0 ? NULL : command_find(a.args[0]);
	c.unknown = a.nargs > 0 && c.command == NULL;
	complete_word(&c, n > 1 ? words[n - 2] : "", n > 1 ? words[n - 1] : "");
	settings_free(settings);
	arguments_clear(&a);
	free(words);
	return 0;
}

const struct command command_complete = {
    .name = "complete",
    .arguments = "WORD...",
    .summary = "print what may follow, for the completion of shells",
    .help = "WORD... is the command line so far, the program's name first and "
	    "the word that is being typed last: sqlmigrate complete -- "
	    "sqlmigrate apply ''.  Prints one candidate a line and after a tab "
	    "what it is; :files or :folders where a path is wanted.",
    .group = GROUP_HIDDEN,
    .bit = FOR_COMPLETE,
    .min_args = 1,
    .max_args = 1000,
    .run = complete_run,
};
