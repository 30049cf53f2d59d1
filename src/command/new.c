/* new: makes the next pair of files from a template. */
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "command/context.h"
#include "command/list.h"
#include "migration/header.h"
#include "migration/name.h"
#include "migration/version.h"

#define NEW_TEXT_MAX 65536
#define NEW_DIGITS 3                       /* at least, in the number */
#define NEW_STAMP 14                       /* digits of YYYYMMDDHHMMSS */
#define NEW_NUMBER_END 1000000000000000000 /* 19 digits */

/* What the two files say. */
struct draft {
	char *stem;          /* 004_add_user_phone */
	const char *version; /* NULL: the folder has no versions */
	const char *before;  /* the version that a rollback leads to */
	const char *description;
	const char *author; /* NULL where it is not known */
	const char *text;   /* of the template, which may be "" */
	char date[16];
	bool no_transaction;
};

static const struct migration *
new_newest(const struct folder *f)
{
	return f->count == 0 ? NULL : &f->migrations[f->count - 1];
}

static size_t
new_width(const struct migration *m)
{
	return m == NULL ? 0 : strspn(m->name, "0123456789");
}

/* The number goes up, by the clock where the folder counts that way. */
static int
new_number(const struct context *c, uint64_t *number, struct err *err)
{
	const struct migration *m = new_newest(c->folder);
	uint64_t newest = m == NULL ? 0 : m->number;

	*number = newest + 1;
	if ((settings_flag(c->inv->settings, OPTION_TIMESTAMP) ||
		new_width(m) == NEW_STAMP) &&
	    clock_stamp() > newest)
		*number = clock_stamp();
	if (*number >= NEW_NUMBER_END)
		return err_set(err, ERR_USAGE,
		    "%s has the highest number that there is", m->name);
	return 0;
}

/*
 * The name without a number that was given with it, "004_foo", which must be
 * the next one: any other would be doubled, out of order, or leave a gap.
 */
static int
new_strip_number(
    const struct context *c, uint64_t next, const char **name, struct err *err)
{
	size_t digits = strspn(*name, "0123456789");
	const struct migration *m;
	uint64_t number;
	char *text;

	if (digits == 0 || (*name)[digits] != '_')
		return 0;
	text = arena_strndup(c->arena, *name, digits);
	if (text_parse_number(text, &number) && number == next) {
		*name += digits + 1;
		return 0;
	}
	m = text_parse_number(text, &number) ? folder_find(c->folder, number)
					     : NULL;
	if (m != NULL)
		err_set(err, ERR_USAGE, "the number of \"%s\" is that of %s",
		    *name, m->name);
	else
		err_set(err, ERR_USAGE,
		    "the number of \"%s\" is not the next one, %0*llu", *name,
		    NEW_DIGITS, (unsigned long long)next);
	err_hint(
	    err, "Leave the number out: sqlmigrate new %s", *name + digits + 1);
	return err->code;
}

/* Two files of one name are easily taken for each other. */
static int
new_check_name(const struct context *c, const char *stem, struct err *err)
{
	const char *name = stem + strspn(stem, "0123456789");
	const struct migration *m = c->folder->migrations;

	for (; m < c->folder->migrations + c->folder->count; m++) {
		if (strcmp(m->name + strspn(m->name, "0123456789"), name) != 0)
			continue;
		err_set(err, ERR_USAGE, "%s has that name already", m->name);
		err_hint(
		    err, "Choose another one, for example %s_2.", name + 1);
		return err->code;
	}
	return 0;
}

static int
new_stem(struct context *c, struct draft *d, struct err *err)
{
	const char *given = c->inv->args[0], *rule;
	size_t width = new_width(new_newest(c->folder));
	struct name parts;
	uint64_t number;
	char *p;
	int r;

	r = new_number(c, &number, err);
	if (r == 0)
		r = new_strip_number(c, number, &given, err);
	if (r < 0)
		return r;
	d->stem = arena_printf(c->arena, "%0*llu_%s",
	    (int)(width < NEW_DIGITS ? NEW_DIGITS : width),
	    (unsigned long long)number, given);
	for (p = d->stem; *p != '\0'; p++)
		if (*p == ' ')
			*p = '_';
	if (*given == '\0')
		return err_set(err, ERR_USAGE, "the name is empty");
	if (name_is_sql(given))
		return err_set(err, ERR_USAGE,
		    "\"%s\": the name is given without .sql", given);
	rule = name_parse(
	    arena_printf(c->arena, "%s" NAME_SUFFIX, d->stem), &parts);
	if (rule != NULL)
		return err_set(err, ERR_USAGE, "\"%s\": %s", given, rule);
	if (parts.rollback)
		return err_set(err, ERR_USAGE,
		    "\"%s\": " NAME_ROLLBACK " is the end of a rollback's name",
		    given);
	return new_check_name(c, d->stem, err);
}

/* Which of three numbers goes up: 0 major, 1 minor, 2 patch. */
static int
new_level(const struct context *c, struct err *err)
{
	static const enum option_id options[] = {
	    OPTION_MAJOR, OPTION_MINOR, OPTION_PATCH};
	int level = -1, i;

	for (i = 0; i < 3; i++) {
		if (!settings_flag(c->inv->settings, options[i]))
			continue;
		if (level >= 0)
			return err_set(err, ERR_USAGE,
			    "--%s and --%s exclude each other",
			    option_table[options[level]].name,
			    option_table[options[i]].name);
		level = i;
	}
	if (level >= 0 && c->folder->count > 0 && !c->folder->versioned) {
		err_set(err, ERR_USAGE, "the files in %s have no Version",
		    c->folder->at.dir);
		err_hint(
		    err, "Leave --%s out.", option_table[options[level]].name);
		return err->code;
	}
	return level < 0 ? 1 : level;
}

/* The version of the newest file that has one. */
static const char *
new_version_before(const struct folder *f)
{
	size_t i;

	for (i = f->count; i > 0; i--)
		if (f->migrations[i - 1].version != NULL)
			return f->migrations[i - 1].version;
	return "0.0.0";
}

/*
 * Numbers are taken from the clock so that branches do not collide; versions
 * would.  One that is asked for is given.
 */
static bool
new_counts_by_time(const struct context *c)
{
	const struct settings *s = c->inv->settings;

	return settings_flag(s, OPTION_TIMESTAMP) &&
	    !settings_flag(s, OPTION_MAJOR) &&
	    !settings_flag(s, OPTION_MINOR) && !settings_flag(s, OPTION_PATCH);
}

static int
new_version(struct context *c, struct draft *d, struct err *err)
{
	char raised[VERSION_MAX + 1];
	int level;

	level = new_level(c, err);
	if (level < 0)
		return level;
	if (!c->folder->versioned &&
	    (c->folder->count > 0 || new_counts_by_time(c)))
		return 0;
	d->before = new_version_before(c->folder);
	d->version = "1.0.0";
	if (c->folder->count == 0)
		return 0;
	if (!version_raise(raised, d->before, (enum version_part)level))
		return err_set(err, ERR_USAGE,
		    "version %s is too large to be raised", d->before);
	d->version = arena_strdup(c->arena, raised);
	return 0;
}

/* The full name of the account, or else its name. */
static const char *
new_author(struct arena *a)
{
	struct passwd *pw = getpwuid(getuid());
	size_t n;
	struct buf b;
	char *author;

	if (pw == NULL)
		return NULL;
	n = pw->pw_gecos == NULL ? 0 : strcspn(pw->pw_gecos, ",");
	author = n > 0 ? arena_strndup(a, pw->pw_gecos, n)
		       : arena_strdup(a, pw->pw_name);
	buf_init(&b, BUF_LINE);
	text_escape(&b, author);
	author = arena_strdup(a, buf_str(&b));
	buf_clear(&b);
	return author;
}

/* What a team begins each migration with. */
static int
new_template(struct context *c, struct draft *d, struct err *err)
{
	const struct settings *s = c->inv->settings;
	const char *path = settings_text(s, OPTION_TEMPLATE);
	struct buf b;
	int r;

	d->text = "";
	if (path == NULL)
		return 0;
	buf_init(&b, NEW_TEXT_MAX / 2);
	r = file_read_text(path, &b, err);
	if (r < 0)
		err_detail(err, "The file is named by %s.",
		    settings_source(s, OPTION_TEMPLATE));
	else
		d->text = arena_strdup(c->arena, buf_str(&b));
	buf_clear(&b);
	return r;
}

static int
new_draft(struct context *c, struct draft *d, struct err *err)
{
	time_t now = time(NULL);
	struct tm tm;
	int r;

	r = new_stem(c, d, err);
	if (r == 0)
		r = new_version(c, d, err);
	if (r == 0)
		r = new_template(c, d, err);
	if (r < 0)
		return r;
	d->description = name_describe(c->arena, d->stem);
	d->author = new_author(c->arena);
	d->no_transaction =
	    settings_flag(c->inv->settings, OPTION_NO_TRANSACTION);
	localtime_r(&now, &tm);
	strftime(d->date, sizeof(d->date), "%Y-%m-%d", &tm);
	return 0;
}

static void
new_directives(struct buf *b, const struct draft *d, const char *text)
{
	size_t n = strlen(text);

	if (d->no_transaction)
		buf_adds(b, "-- sqlmigrate: no-transaction\n");
	buf_addf(b, "%s%s", text, n > 0 && text[n - 1] != '\n' ? "\n" : "");
	buf_adds(b, "\n" HEADER_TEMPLATE "\n");
}

static void
new_forward(struct buf *b, const struct draft *d)
{
	buf_addf(b, "-- Migration: %s\n", d->stem);
	if (d->version != NULL)
		buf_addf(b, "-- Version: %s\n", d->version);
	buf_addf(b, "-- Description: %s\n", d->description);
	if (d->author != NULL)
		buf_addf(b, "-- Author: %s\n", d->author);
	buf_addf(b, "-- Date: %s\n", d->date);
	new_directives(b, d, d->text);
}

static void
new_rollback(struct buf *b, const struct draft *d)
{
	buf_addf(b, "-- Rollback: %s\n", d->stem);
	if (d->version != NULL)
		buf_addf(b, "-- Version: %s -> %s\n", d->version, d->before);
	new_directives(b, d, "");
}

/* The variable may hold arguments, too: a shell takes it apart. */
static int
new_edit(char *forward, char *rollback, struct err *err)
{
	char shell[] = "sh", flag[] = "-c";
	char script[] = "exec ${VISUAL:-${EDITOR:-vi}} \"$@\"";
	char *args[] = {shell, flag, script, shell, forward, rollback, NULL};
	pid_t pid;

	if (posix_spawnp(&pid, shell, NULL, NULL, args, environ) == 0 &&
	    child_wait(pid) == 0)
		return 0;
	err_set(err, ERR_USAGE, "the editor did not end well");
	err_hint(err, "Set EDITOR to one that is there; the files are made.");
	return err->code;
}

static int
new_write(struct context *c, const struct draft *d, struct err *err)
{
	const char *dir = c->folder->at.dir;
	char *forward, *rollback;
	struct buf b;
	int r;

	forward = arena_printf(c->arena, "%s/%s" NAME_SUFFIX, dir, d->stem);
	rollback = arena_printf(
	    c->arena, "%s/%s" NAME_ROLLBACK NAME_SUFFIX, dir, d->stem);
	buf_init(&b, NEW_TEXT_MAX);
	new_forward(&b, d);
	r = file_create(forward, b.data, b.len, err);
	if (r < 0)
		goto out;
	buf_reset(&b);
	new_rollback(&b, d);
	r = file_create(rollback, b.data, b.len, err);
	if (r < 0) {
		unlink(forward);
		goto out;
	}
	context_text(c, EVENT_CREATED, forward);
	context_text(c, EVENT_CREATED, rollback);
	if (settings_flag(c->inv->settings, OPTION_EDIT))
		r = new_edit(forward, rollback, err);
out:
	buf_clear(&b);
	return r;
}

/* The directory, if it does not exist; one that stays empty is removed. */
static int
new_in_directory(struct context *c, struct err *err)
{
	const char *dir = settings_text(c->inv->settings, OPTION_DIR);
	bool made = mkdir(dir, 0777) == 0;
	struct draft d = {0};
	int r;

	r = context_read(c, err);
	if (r == 0)
		r = new_draft(c, &d, err);
	if (r == 0 && made)
		context_text(c, EVENT_CREATED, dir);
	if (r == 0)
		r = new_write(c, &d, err);
	if (r < 0 && made)
		rmdir(dir);
	return r;
}

static int
new_run(struct invocation *inv, struct err *err)
{
	struct context c;
	int r;

	r = context_init_offline(&c, inv, err);
	if (r == 0)
		r = new_in_directory(&c, err);
	context_clear(&c);
	return r;
}

const struct command command_new = {
    .name = "new",
    .arguments = "NAME",
    .summary = "make the next pair of files",
    .help = "Makes NNN_NAME.sql and NNN_NAME_rollback.sql, numbered after the "
	    "newest file of the directory, which is created if it does not "
	    "exist. If its numbers are timestamps, the new one is, too. The "
	    "migration is refused until it has a statement, or the line "
	    "-- sqlmigrate: empty.",
    .examples = "sqlmigrate new add_user_phone\n"
		"sqlmigrate new --no-transaction index_users\n",
    .group = GROUP_EVERYDAY,
    .bit = FOR_NEW,
    .min_args = 1,
    .max_args = 1,
    .run = new_run,
};
