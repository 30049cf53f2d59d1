/* Settings: the value of every option, and where it came from. */
#include "config/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/conf.h"
#include "config/decision.h"
#include "config/envfile.h"

#define SETTINGS_FILE_MAX 65536
#define A_DURATION \
	"a duration such as 500ms, 30s or 5min, at most " TEXT_DURATION_MAX

/* The nearer to the command, the greater. */
enum setting_rank { RANK_DEFAULT, RANK_CONF, RANK_ENV, RANK_COMMAND };

struct setting {
	enum setting_rank rank;
	const char *text; /* NULL where nothing gives a value */
	const char *source;
	int64_t number;
};

struct settings {
	struct arena *arena;
	struct conf conf;
	struct envfile variables; /* that the file of --env-file has set */
	struct setting values[OPTION_COUNT];
};

/* A variable that is set and not empty. */
static const char *
settings_env(const char *name)
{
	const char *value = name == NULL ? NULL : getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

/* The file that a variable names holds the value; one line end is dropped. */
static int
settings_read(struct settings *s, struct setting *v, const char *path,
    const char *source, struct err *err)
{
	struct buf b;
	int r;

	buf_init(&b, SETTINGS_FILE_MAX);
	r = file_read_text(path, &b, err);
	if (r < 0) {
		err_detail(err, "The file is named by %s.", source);
		goto out;
	}
	if (b.len > 0 && b.data[b.len - 1] == '\n')
		b.data[--b.len] = '\0';
	if (b.len > 0 && b.data[b.len - 1] == '\r')
		b.data[--b.len] = '\0';
	if (b.len == 0 || strlen(buf_str(&b)) != b.len) {
		r = err_set(err, ERR_USAGE, "%s: %s", path,
		    b.len == 0 ? "empty" : "holds a NUL byte");
		err_detail(err, "The file is named by %s.", source);
		goto out;
	}
	if (strchr(buf_str(&b), '\n') != NULL) {
		r = err_set(err, ERR_USAGE, "%s: more than one line", path);
		err_detail(err, "The file is named by %s.", source);
		goto out;
	}
	v->text = arena_strdup(s->arena, buf_str(&b));
	v->source = source;
out:
	buf_clear(&b);
	return r;
}

/* A variable, and if the file of --env-file has set it, where. */
static const char *
settings_variable(const struct settings *s, const char *name)
{
	size_t line = name == NULL ? 0 : envfile_line(&s->variables, name);

	if (line == 0)
		return name;
	return arena_printf(s->arena, "%s of %s:%zu", name,
	    s->values[OPTION_ENV_FILE].text, line);
}

/* The environment: the option's own variable, its other one, its file. */
static int
settings_from_env(struct settings *s, enum option_id id, struct err *err)
{
	const struct option_spec *o = &option_table[id];
	struct setting *v = &s->values[id];
	const char *file, *path;

	v->rank = RANK_ENV;
	v->text = settings_env(o->env);
	v->source = settings_variable(s, o->env);
	if (v->text != NULL || o->env_also == NULL)
		return 0;
	v->text = settings_env(o->env_also);
	v->source = settings_variable(s, o->env_also);
	file = arena_printf(s->arena, "%s_FILE", o->env_also);
	path = settings_env(file);
	if (v->text != NULL || path == NULL)
		return 0;
	return settings_read(s, v, path, settings_variable(s, file), err);
}

static void
settings_from_conf(struct settings *s, enum option_id id)
{
	const struct conf_value *c = &s->conf.values[id];

	if (c->text == NULL)
		return;
	s->values[id].rank = RANK_CONF;
	s->values[id].text = c->text;
	s->values[id].source =
	    arena_printf(s->arena, "%s:%zu", s->conf.path, c->line);
}

static int
settings_find(struct settings *s, const struct arguments *a, enum option_id id,
    struct err *err)
{
	const struct option_spec *o = &option_table[id];
	struct setting *v = &s->values[id];
	int r;

	if (a->counts[id] > 0) {
		v->rank = RANK_COMMAND;
		v->text = a->values[id];
		v->source = arena_printf(s->arena, "--%s", o->name);
		v->number = a->counts[id];
		return 0;
	}
	r = settings_from_env(s, id, err);
	if (r == 0 && v->text == NULL)
		settings_from_conf(s, id);
	if (r == 0 && v->text == NULL) {
		v->rank = RANK_DEFAULT;
		v->text = o->fallback;
		v->source = "default";
	}
	return r;
}

static int
settings_bad(const struct setting *v, const char *allowed, struct err *err)
{
	err_set(err, ERR_USAGE, "%s: bad value \"%s\"", v->source, v->text);
	err_hint(err, "Give %s.", allowed);
	return err->code;
}

static int
settings_choice(struct setting *v, const char *const *choices, struct err *err)
{
	struct buf list;
	size_t i;

	for (i = 0; choices[i] != NULL; i++)
		if (strcmp(choices[i], v->text) == 0)
			break;
	v->number = (int64_t)i;
	if (choices[i] != NULL)
		return 0;
	buf_init(&list, BUF_LINE);
	for (i = 0; choices[i] != NULL; i++) {
		if (i > 0)
			buf_adds(&list, choices[i + 1] ? ", " : " or ");
		buf_adds(&list, choices[i]);
	}
	settings_bad(v, buf_str(&list), err);
	buf_clear(&list);
	return err->code;
}

/* A flag from the environment, where it has a value. */
static int
settings_yesno(struct setting *v, struct err *err)
{
	static const char *const words[] = {
	    "0", "1", "no", "yes", "off", "on", "false", "true", NULL};
	size_t i;

	for (i = 0; words[i] != NULL; i++) {
		if (text_is_word(v->text, words[i])) {
			v->number = (int64_t)(i % 2);
			return 0;
		}
	}
	return settings_bad(v, "yes or no", err);
}

static int
settings_whole(struct setting *v, struct err *err)
{
	uint64_t number;

	if (!text_parse_number(v->text, &number))
		return settings_bad(
		    v, "a whole number of at most 18 digits", err);
	v->number = (int64_t)number;
	return 0;
}

static int
settings_duration(struct setting *v, bool none, struct err *err)
{
	v->number = 0;
	if (none && strcmp(v->text, "none") == 0)
		return 0;
	if (text_parse_duration(v->text, &v->number))
		return 0;
	return settings_bad(v, none ? A_DURATION ", or none" : A_DURATION, err);
}

static int
settings_decision(const struct setting *v, struct err *err)
{
	struct decision ignored;

	if (decision_parse(v->text, &ignored))
		return 0;
	return settings_bad(v,
	    "done or undone, which may follow the number of the statement, "
	    "such as 2=done",
	    err);
}

/*
 * What was meant for another setting: an address is not repeated, since it may
 * hold a password; an option taken for a value must not be lost, since it may
 * be --dry-run.
 */
static int
settings_misplaced(
    const struct setting *v, const struct option_spec *o, struct err *err)
{
	const char *name = v->text + 2;

	if (!option_is_address((enum option_id)(o - option_table)) &&
	    text_is_address(v->text)) {
		err_set(err, ERR_USAGE,
		    "%s: the value is the address of a database", v->source);
		err_hint(err, "Give it with --database, or set DATABASE_URL.");
		return err->code;
	}
	if (strncmp(v->text, "--", 2) != 0 ||
	    option_find(name, strcspn(name, "=")) == OPTION_COUNT)
		return 0;
	err_set(err, ERR_USAGE, "%s: the value is missing", v->source);
	err_detail(err, "What follows is the option %.*s.",
	    (int)strcspn(v->text, "="), v->text);
	return err->code;
}

static int
settings_parse(struct setting *v, const struct option_spec *o, struct err *err)
{
	/* a flag of the command line was counted */
	if (v->text == NULL || (o->argument == NULL && v->number > 0))
		return 0;
	if (*v->text == '\0') {
		v->number = 0; /* that was a count, and is no choice */
		return err_set(
		    err, ERR_USAGE, "%s: the value is empty", v->source);
	}
	if (settings_misplaced(v, o, err) < 0)
		return err->code;
	switch (o->type) {
	case VALUE_FLAG:
		return settings_yesno(v, err);
	case VALUE_REPEAT:
	case VALUE_NUMBER:
		return settings_whole(v, err);
	case VALUE_DURATION:
	case VALUE_LIMIT:
		return settings_duration(v, o->type == VALUE_LIMIT, err);
	case VALUE_CHOICE:
		return settings_choice(v, o->choices, err);
	case VALUE_DECISION:
		return settings_decision(v, err);
	case VALUE_TEXT:
	case VALUE_TARGET:
		break;
	}
	return 0;
}

/*
 * The file that was asked for must be there; the usual one, only where an
 * environment is asked for, since that has its section there.
 */
static int
settings_load_conf(struct settings *s, struct err *err)
{
	const char *path = s->values[OPTION_CONFIG].text;
	const char *env = s->values[OPTION_ENV].text;
	struct stat st;
	struct buf b;
	int r;

	/* a link to nothing is there, and an error */
	if (path == NULL && env == NULL && lstat(SETTINGS_CONF, &st) != 0 &&
	    errno == ENOENT)
		return 0;
	buf_init(&b, SETTINGS_FILE_MAX);
	r = file_read_small(path == NULL ? SETTINGS_CONF : path, &b, err);
	if (r < 0 && path != NULL)
		err_detail(err, "The file is named by %s.",
		    s->values[OPTION_CONFIG].source);
	else if (r < 0 && env != NULL)
		err_detail(err, "%s=%s asks for a section of it.",
		    s->values[OPTION_ENV].source, env);
	if (r == 0)
		r = conf_parse(&s->conf, s->arena,
		    path == NULL ? SETTINGS_CONF : path, buf_str(&b), b.len,
		    env, err);
	buf_clear(&b);
	return r;
}

/* The variables of the file that is to be read, for all other settings. */
static int
settings_load_variables(struct settings *s, struct err *err)
{
	const struct setting *file = &s->values[OPTION_ENV_FILE];
	struct buf b;
	int r;

	if (file->text == NULL)
		return 0;
	buf_init(&b, SETTINGS_FILE_MAX);
	r = file_read_small(file->text, &b, err);
	if (r == 0)
		r = envfile_set(&s->variables, s->arena, file->text,
		    buf_str(&b), b.len, err);
	if (r < 0)
		err_detail(err, "The file is named by %s.", file->source);
	buf_clear(&b);
	return r;
}

/* https://no-color.org: it gives way to what was asked for by name. */
static void
settings_no_color(struct settings *s)
{
	struct setting *v = &s->values[OPTION_COLOR];

	if (strcmp(v->source, "default") != 0 ||
	    settings_env("NO_COLOR") == NULL)
		return;
	v->text = "never";
	v->number = COLOR_NEVER;
	v->source = "NO_COLOR";
}

static int
settings_resolve(struct settings *s, const struct arguments *a,
    enum option_id id, struct err *err)
{
	int r = settings_find(s, a, id, err);

	return r < 0 ? r
		     : settings_parse(&s->values[id], &option_table[id], err);
}

/* The first error is told; the rest is resolved all the same. */
static int
settings_resolve_all(
    struct settings *s, const struct arguments *a, struct err *err)
{
	struct err later = ERR_INIT, *e = err;
	enum option_id i;
	int r = 0, last;

	for (i = 0; i < OPTION_COUNT; i++) {
		last = settings_resolve(s, a, i, e);
		if (last < 0 && r == 0) {
			r = last;
			e = &later;
		}
	}
	err_clear(&later);
	return r;
}

int
settings_make(struct settings **to, const struct arguments *a, struct err *err)
{
	struct settings *s = mem_calloc(1, sizeof(*s));
	struct err rest = ERR_INIT;
	int r;

	s->arena = arena_new();
	r = settings_resolve(s, a, OPTION_CONFIG, err);
	if (r == 0)
		r = settings_resolve(s, a, OPTION_ENV, err);
	if (r == 0)
		r = settings_load_conf(s, err);
	if (r == 0)
		r = settings_resolve(s, a, OPTION_ENV_FILE, err);
	if (r == 0)
		r = settings_load_variables(s, err);
	if (settings_resolve_all(s, a, r < 0 ? &rest : err) < 0 && r == 0)
		r = err->code;
	err_clear(&rest);
	settings_no_color(s);
	*to = s;
	return r;
}

void
settings_free(struct settings *s)
{
	if (s == NULL)
		return;
	free(s->variables.names);
	arena_free(s->arena);
	free(s);
}

bool
settings_flag(const struct settings *s, enum option_id id)
{
	return s->values[id].number != 0;
}

int64_t
settings_number(const struct settings *s, enum option_id id)
{
	return s->values[id].number;
}

const char *
settings_text(const struct settings *s, enum option_id id)
{
	return s->values[id].text;
}

const char *
settings_source(const struct settings *s, enum option_id id)
{
	return s->values[id].source;
}

enum option_id
settings_address(const struct settings *s)
{
	const struct setting *direct = &s->values[OPTION_DIRECT];

	return direct->text != NULL &&
		direct->rank >= s->values[OPTION_DATABASE].rank
	    ? OPTION_DIRECT
	    : OPTION_DATABASE;
}
