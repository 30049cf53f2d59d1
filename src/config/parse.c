/*
 * The command line, taken apart.
 *
 * Not getopt_long(3): it takes "-2" for an option, accepts abbreviations,
 * which break scripts when an option is added, and its messages repeat
 * arguments that may hold a password.
 */
#include "config/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/suggest.h"

struct parser {
	struct arguments *to;
	int argc, at;
	char **argv;
	unsigned commands; /* that the letters may belong to */
};

/* Of an address in the wrong place no more than the scheme is repeated. */
static int
parse_unknown(const char *name, size_t len, struct err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_";
	struct suggestion s;
	enum option_id i;

	if (strspn(name, letters) < len)
		len = strspn(name, letters);
	suggestion_init(&s, name, len);
	for (i = 0; i < OPTION_COUNT; i++)
		suggestion_try(&s, option_table[i].name);
	err_set(err, ERR_USAGE, "unknown option --%.*s", (int)len, name);
	if (s.best != NULL)
		err_hint(err, "Did you mean --%s?", s.best);
	else
		err_hint(
		    err, "Run \"sqlmigrate help options\" for the options.");
	return err->code;
}

/* Keep an address, and leave none in the list of processes. */
static const char *
parse_hide(struct parser *p, enum option_id id, char *value)
{
	char **copy = &p->to->addresses[id];

	free(*copy);
	*copy = mem_strdup(value);
	memset(value, 'x', strlen(value));
	return *copy;
}

static void
parse_take(struct parser *p, enum option_id id, char *value)
{
	p->to->values[id] =
	    option_is_address(id) ? parse_hide(p, id, value) : value;
	p->to->counts[id]++;
}

static void
parse_flag(struct parser *p, enum option_id id)
{
	p->to->values[id] = "";
	p->to->counts[id]++;
}

/* The argument after an option that needs one. */
static int
parse_next(struct parser *p, enum option_id id, struct err *err)
{
	if (p->at >= p->argc)
		return err_set(err, ERR_USAGE, "option --%s needs a value: %s",
		    option_table[id].name, option_table[id].argument);
	parse_take(p, id, p->argv[p->at++]);
	return 0;
}

static int
parse_long(struct parser *p, char *name, struct err *err)
{
	size_t len = strcspn(name, "=");
	enum option_id id = option_find(name, len);

	if (id == OPTION_COUNT)
		return parse_unknown(name, len, err);
	if (option_is_flag(id) && name[len] == '=')
		return err_set(err, ERR_USAGE, "option --%s takes no value",
		    option_table[id].name);
	if (option_is_flag(id))
		parse_flag(p, id);
	else if (name[len] == '=')
		parse_take(p, id, name + len + 1);
	else
		return parse_next(p, id, err);
	return 0;
}

/* The option of a letter; OPTION_COUNT with an error if it is not known. */
static enum option_id
parse_letter(const struct parser *p, char letter, struct err *err)
{
	enum option_id id, other;

	id = option_find_letter(letter, p->commands, OPTION_COUNT);
	if (id == OPTION_COUNT)
		id = option_find_letter(letter, FOR_ALL, OPTION_COUNT);
	if (id == OPTION_COUNT) {
		err_set(err, ERR_USAGE, "unknown option -%c", letter);
		err_hint(
		    err, "Run \"sqlmigrate help options\" for the options.");
		return OPTION_COUNT;
	}
	other = option_find_letter(letter, p->commands, id);
	if (other == OPTION_COUNT)
		return id;
	err_set(err, ERR_USAGE, "option -%c is --%s or --%s", letter,
	    option_table[id].name, option_table[other].name);
	err_hint(err, "Write it after the command, or by its name.");
	return OPTION_COUNT;
}

/* Letters in one argument: flags, the last one perhaps with its value. */
static int
parse_letters(struct parser *p, char *letters, struct err *err)
{
	enum option_id id;

	for (; *letters != '\0'; letters++) {
		id = parse_letter(p, *letters, err);
		if (id == OPTION_COUNT)
			return err->code;
		if (!option_is_flag(id) && letters[1] == '\0')
			return parse_next(p, id, err);
		if (!option_is_flag(id)) {
			parse_take(p, id, letters + 1);
			return 0;
		}
		parse_flag(p, id);
	}
	return 0;
}

/* "-" alone, and "-2" as in "rollback -2", are arguments. */
static bool
parse_is_option(const char *s)
{
	if (s[0] != '-' || s[1] == '\0')
		return false;
	return s[1 + strspn(s + 1, "0123456789")] != '\0';
}

/* The first argument is the command, which limits what a letter means. */
static void
parse_argument(struct parser *p, const char *s, parse_command_fn *find)
{
	unsigned bit = p->to->nargs == 0 ? find(s) : 0;

	if (bit != 0)
		p->commands = bit;
	p->to->args[p->to->nargs++] = s;
}

int
arguments_parse(struct arguments *a, int argc, char **argv,
    parse_command_fn *find, struct err *err)
{
	struct parser p = {a, argc, 1, argv, FOR_ALL};
	struct err later = ERR_INIT, *e = err;
	bool ended = false;
	int r = 0, last = 0;
	char *s;

	memset(a, 0, sizeof(*a));
	a->args = mem_calloc((size_t)argc + 1, sizeof(*a->args));
	while (p.at < argc) {
		s = argv[p.at++];
		if (ended || !parse_is_option(s))
			parse_argument(&p, s, find);
		else if (strcmp(s, "--") == 0)
			ended = true;
		else if (s[1] == '-')
			last = parse_long(&p, s + 2, e);
		else
			last = parse_letters(&p, s + 1, e);
		if (last < 0 && r == 0) {
			r = last;
			e = &later;
		}
	}
	err_clear(&later);
	return r;
}

void
arguments_clear(struct arguments *a)
{
	size_t i;

	free(a->args);
	for (i = 0; i < OPTION_COUNT; i++)
		free(a->addresses[i]);
	memset(a, 0, sizeof(*a));
}
