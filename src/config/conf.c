/* The configuration file. */
#include "config/conf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/suggest.h"

#define BLANKS " \t\r"

/* A piece of a line, without the blanks round it. */
struct piece {
	const char *p;
	size_t len;
};

struct conf_reader {
	struct conf *conf;
	struct arena *arena;
	const char *env;
	const char *start; /* of the line */
	size_t line;
	bool in_section;
	bool wanted; /* the section is that of env */
	bool found;  /* ... and was there */
	const char **sections;
	size_t nsections, cap;
	/* In this section: the line of each key, 0 where it was not given. */
	size_t given[OPTION_COUNT];
};

static struct piece
conf_trim(const char *p, const char *end)
{
	while (p < end && strchr(BLANKS, *p) != NULL)
		p++;
	while (end > p && strchr(BLANKS, end[-1]) != NULL)
		end--;
	return (struct piece){p, (size_t)(end - p)};
}

/*
 * A value may be a password, whatever its key: the line is shown up to its
 * equals sign.  Of other lines only those of sections are shown, and not if
 * they may be addresses.
 */
static void
conf_show(const struct conf_reader *r, const char *at, struct err *err)
{
	size_t n = strcspn(r->start, "\r\n=:/@");

	if (r->start[n] == '=')
		n++;
	else if (*at != '[' || (r->start[n] != '\n' && r->start[n] != '\0'))
		return;
	if (at <= r->start + n)
		err_show(err, r->start, n);
}

static int
conf_place(const struct conf_reader *r, const char *at, struct err *err)
{
	struct place place = {.file = r->conf->path, .line = r->line};

	place.column = text_count_chars(r->start, (size_t)(at - r->start)) + 1;
	err_place(err, &place);
	conf_show(r, at, err);
	return ERR_USAGE;
}

/* An option that has a variable is one that lasts longer than a command. */
bool
conf_takes(enum option_id id)
{
	return option_table[id].env != NULL && id != OPTION_CONFIG &&
	    id != OPTION_ENV;
}

static int
conf_unknown(const struct conf_reader *r, struct piece key, struct err *err)
{
	struct suggestion near;
	enum option_id i;

	suggestion_init(&near, key.p, key.len);
	for (i = 0; i < OPTION_COUNT; i++)
		if (conf_takes(i))
			suggestion_try(&near, option_table[i].name);
	err_set(err, ERR_USAGE, "no setting is called \"%.*s\"", (int)key.len,
	    key.p);
	if (near.best != NULL)
		err_hint(err, "Was %s meant?", near.best);
	else
		err_hint(err,
		    "A key is a global option's name without its dashes, for "
		    "example database or lock-wait.");
	return conf_place(r, key.p, err);
}

static int
conf_section(struct conf_reader *r, struct piece line, struct err *err)
{
	struct piece name;
	const char *text;
	size_t i;

	if (line.p[line.len - 1] != ']') {
		err_set(err, ERR_USAGE, "a section without its ]");
		return conf_place(r, line.p, err);
	}
	name = conf_trim(line.p + 1, line.p + line.len - 1);
	if (name.len == 0) {
		err_set(err, ERR_USAGE, "a section without a name");
		return conf_place(r, line.p, err);
	}
	text = arena_strndup(r->arena, name.p, name.len);
	if (text_is_address(text)) {
		err_set(err, ERR_USAGE,
		    "a section's name is the address of a database");
		return conf_place(r, line.p, err);
	}
	for (i = 0; i < r->nsections; i++) {
		if (strcmp(r->sections[i], text) != 0)
			continue;
		err_set(
		    err, ERR_USAGE, "the section [%s] is given twice", text);
		return conf_place(r, line.p, err);
	}
	r->sections =
	    mem_grow(r->sections, r->nsections, &r->cap, sizeof(*r->sections));
	r->sections[r->nsections++] = text;
	r->in_section = true;
	r->wanted = r->env != NULL && strcmp(r->env, text) == 0;
	r->found |= r->wanted;
	memset(r->given, 0, sizeof(r->given));
	return 0;
}

static int
conf_pair(struct conf_reader *r, struct piece line, const char *equals,
    struct err *err)
{
	struct piece key = conf_trim(line.p, equals);
	struct piece value = conf_trim(equals + 1, line.p + line.len);
	enum option_id id = option_find(key.p, key.len);

	if (id == OPTION_COUNT || !conf_takes(id))
		return conf_unknown(r, key, err);
	if (r->given[id] > 0) {
		err_set(err, ERR_USAGE, "%s is given twice, first in line %zu",
		    option_table[id].name, r->given[id]);
		return conf_place(r, key.p, err);
	}
	r->given[id] = r->line;
	if (r->in_section && !r->wanted)
		return 0;
	r->conf->values[id].text = arena_strndup(r->arena, value.p, value.len);
	r->conf->values[id].line = r->line;
	return 0;
}

static int
conf_line(struct conf_reader *r, struct piece line, struct err *err)
{
	const char *equals;

	if (line.len == 0 || *line.p == '#' || *line.p == ';')
		return 0;
	if (*line.p == '[')
		return conf_section(r, line, err);
	equals = memchr(line.p, '=', line.len);
	/* what may be an address, with a "=" anywhere in it, is not repeated */
	if (equals != NULL && line.p + strcspn(line.p, "=:/@") == equals)
		return conf_pair(r, line, equals, err);
	err_set(err, ERR_USAGE, "neither KEY = VALUE nor [SECTION]");
	err_hint(err, "A comment begins with # at the start of its line.");
	return conf_place(r, line.p, err);
}

/* A byte that is no text: where it stands. */
static int
conf_check_text(
    struct conf_reader *r, const char *text, size_t n, struct err *err)
{
	struct text_check check = {0};
	size_t good = text_check_utf8(&check, text, n), i;

	if (good == n && check.need == 0)
		return 0;
	for (i = 0; i < good; i++) {
		if (text[i] != '\n')
			continue;
		r->line++;
		r->start = text + i + 1;
	}
	err_set(err, ERR_USAGE, "a byte that is not UTF-8 text");
	return conf_place(r, text + good, err);
}

static int
conf_lines(struct conf_reader *r, const char *text, size_t n, struct err *err)
{
	const char *end = text + n, *lf;
	int code = 0;

	for (; code == 0 && text < end; text = lf + 1) {
		lf = memchr(text, '\n', (size_t)(end - text));
		if (lf == NULL)
			lf = end;
		r->start = text;
		code = conf_line(r, conf_trim(text, lf), err);
		r->line++;
	}
	return code;
}

static int
conf_no_section(const struct conf_reader *r, struct err *err)
{
	struct suggestion near;
	struct buf list;
	size_t i;

	suggestion_init(&near, r->env, strlen(r->env));
	for (i = 0; i < r->nsections; i++)
		suggestion_try(&near, r->sections[i]);
	err_set(
	    err, ERR_USAGE, "%s has no section [%s]", r->conf->path, r->env);
	if (near.best != NULL) {
		err_hint(err, "Was --env=%s meant?", near.best);
		return ERR_USAGE;
	}
	buf_init(&list, BUF_LINE);
	for (i = 0; i < r->nsections; i++)
		buf_addf(&list, "%s[%s]", i > 0 ? ", " : "", r->sections[i]);
	err_hint(
	    err, "Its sections: %s.", list.len > 0 ? buf_str(&list) : "none");
	buf_clear(&list);
	return ERR_USAGE;
}

int
conf_parse(struct conf *conf, struct arena *arena, const char *path,
    const char *text, size_t n, const char *env, struct err *err)
{
	struct conf_reader r = {
	    .conf = conf, .arena = arena, .env = env, .start = text, .line = 1};
	size_t bom = text_bom(text, n);
	int code;

	memset(conf, 0, sizeof(*conf));
	conf->path = path;
	text += bom;
	n -= bom;
	r.start = text;
	code = conf_check_text(&r, text, n, err);
	if (code == 0)
		code = conf_lines(&r, text, n, err);
	if (code == 0 && env != NULL && !r.found)
		code = conf_no_section(&r, err);
	free(r.sections);
	return code;
}
