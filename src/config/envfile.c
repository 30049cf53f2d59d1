/* Variables in a file, as in the .env of many frameworks. */
#include "config/envfile.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define BLANKS " \t\r"
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define NAME_DIGITS "0123456789"

static const char *
envfile_skip(const char *p)
{
	return p + strspn(p, BLANKS);
}

/* Whether nothing but a comment follows. */
static bool
envfile_ends(const char *p)
{
	p = envfile_skip(p);
	return *p == '\0' || *p == '#';
}

/* A value in quotes; returns what follows it, or NULL if it has no end. */
static const char *
envfile_quoted(struct buf *to, const char *p)
{
	char quote = *p++;

	for (; *p != quote; p++) {
		if (*p == '\0')
			return NULL;
		if (quote == '"' && *p == '\\' && p[1] != '\0' &&
		    strchr("n\"\\$", p[1]) != NULL) {
			p++;
			buf_addc(to, *p == 'n' ? '\n' : *p);
		} else {
			buf_addc(to, *p);
		}
	}
	return p + 1;
}

/* The rest of the line, up to a blank and a #. */
static void
envfile_plain(struct buf *to, const char *p)
{
	size_t n = 0, i;

	for (i = 0; p[i] != '\0'; i++) {
		if (p[i] == '#' && i > 0 && strchr(BLANKS, p[i - 1]) != NULL)
			break;
		if (strchr(BLANKS, p[i]) == NULL)
			n = i + 1;
	}
	buf_add(to, p, n);
}

static bool
envfile_value(struct buf *to, const char *p)
{
	if (*p == '"' || *p == '\'') {
		p = envfile_quoted(to, p);
		return p != NULL && envfile_ends(p);
	}
	if (*p != '#')
		envfile_plain(to, p);
	return true;
}

static void
envfile_keep(
    struct envfile *f, const char *name, const char *value, size_t line)
{
	const char *was = getenv(name);

	if (was != NULL && *was != '\0' && envfile_line(f, name) == 0)
		return;
	if (setenv(name, value, 1) != 0)
		return;
	f->names = mem_grow(f->names, f->count, &f->cap, sizeof(*f->names));
	f->names[f->count++] = (struct envfile_name){name, line};
}

/* One line; false if it is none of the forms. */
static bool
envfile_take(struct envfile *f, struct arena *arena, const char *p, size_t line)
{
	struct buf value;
	size_t n;
	bool good;

	p = envfile_skip(p);
	if (*p == '\0' || *p == '#')
		return true;
	if (strncmp(p, "export", 6) == 0 && strchr(BLANKS, p[6]) != NULL)
		p = envfile_skip(p + 6);
	n = strspn(p, NAME_LETTERS NAME_DIGITS);
	if (n == 0 || strchr(NAME_DIGITS, *p) != NULL ||
	    *envfile_skip(p + n) != '=')
		return false;
	buf_init(&value, BUF_LINE);
	good = envfile_value(&value, envfile_skip(envfile_skip(p + n) + 1));
	if (good)
		envfile_keep(
		    f, arena_strndup(arena, p, n), buf_str(&value), line);
	buf_clear(&value);
	return good;
}

static int
envfile_refuse(const char *path, size_t line, struct err *err)
{
	const struct place at = {.file = path, .line = line, .column = 1};

	err_set(err, ERR_USAGE, "the line is not NAME=VALUE");
	err_hint(err,
	    "A value in quotes ends on its line; a comment begins with #.");
	err_place(err, &at);
	return ERR_USAGE;
}

int
envfile_set(struct envfile *f, struct arena *arena, const char *path,
    const char *text, size_t n, struct err *err)
{
	const char *end = text + n, *lf;
	size_t line = 1;

	if (memchr(text, '\0', n) != NULL)
		return err_set(err, ERR_USAGE, "%s: holds a NUL byte", path);
	text += text_bom(text, n);
	for (; text < end; text = lf + 1, line++) {
		lf = memchr(text, '\n', (size_t)(end - text));
		if (lf == NULL)
			lf = end;
		if (!envfile_take(f, arena,
			arena_strndup(arena, text, (size_t)(lf - text)), line))
			return envfile_refuse(path, line, err);
	}
	return 0;
}

size_t
envfile_line(const struct envfile *f, const char *name)
{
	size_t i;

	for (i = f->count; i > 0; i--)
		if (strcmp(f->names[i - 1].name, name) == 0)
			return f->names[i - 1].line;
	return 0;
}
