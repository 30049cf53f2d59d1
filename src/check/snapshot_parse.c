/* Snapshots: a dump, taken apart again. */
#include <stdlib.h>
#include <string.h>

#include "check/snapshot_int.h"

struct parse {
	struct catalogue *catalogue;
	const char *text; /* as it was given: lines are cut while parsed */
	const char *file;
	uint64_t line;
	struct object *root; /* what indented objects are parts of */
	struct object *object;
	const char *key; /* of a value that stands on lines of its own */
	struct buf value;
	bool open;    /* such a value has begun */
	size_t empty; /* lines of it, where another one follows them */
};

static int
parse_refuse(struct parse *p, const char *what, struct err *err)
{
	const struct place place = {
	    .file = p->file, .line = p->line, .column = 1};
	const char *text = p->text;
	uint64_t i;

	err_set(err, ERR_USAGE, "%s", what);
	err_place(err, &place);
	for (i = 1; i < p->line; i++) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	err_show(err, text, strcspn(text, "\r\n"));
	err_hint(err, "Give a file that sqlmigrate dump has written.");
	return ERR_USAGE;
}

/* The kind with the longest name that the line begins with. */
static enum object_kind
parse_kind(const char *line, size_t *len)
{
	enum object_kind kind, best = OBJECT_KINDS;
	size_t n;

	*len = 0;
	for (kind = 0; kind < OBJECT_KINDS; kind++) {
		n = strlen(object_kind_name(kind));
		if (n > *len && strncmp(line, object_kind_name(kind), n) == 0 &&
		    line[n] == ' ') {
			*len = n;
			best = kind;
		}
	}
	return best;
}

/* The name without its escapes; NULL where there is one that is none. */
static char *
parse_name(struct parse *p, const char *s)
{
	static const char escapes[] = "nr\\", meant[] = "\n\r\\";
	char *name = arena_strdup(p->catalogue->arena, s), *to = name;
	const char *at;

	for (; *s != '\0'; s++) {
		if (*s != '\\') {
			*to++ = *s;
			continue;
		}
		s++;
		at = *s == '\0' ? NULL : strchr(escapes, *s);
		if (at == NULL)
			return NULL;
		*to++ = meant[at - escapes];
	}
	*to = '\0';
	return name;
}

static int
parse_object(struct parse *p, const char *line, bool below, struct err *err)
{
	size_t len;
	enum object_kind kind = parse_kind(line, &len);
	const char *name;

	if (kind == OBJECT_KINDS)
		return parse_refuse(p, "no kind of object that is known", err);
	if (below && p->root == NULL)
		return parse_refuse(p, "a part of nothing", err);
	name = parse_name(p, line + len + 1);
	if (name == NULL)
		return parse_refuse(p, "an escape that is none", err);
	p->object =
	    catalogue_add(p->catalogue, kind, name, below ? p->root : NULL);
	if (!below)
		p->root = p->object;
	return 0;
}

/* What was gathered of a value on lines of its own. */
static void
parse_close(struct parse *p)
{
	p->empty = 0;
	if (p->key == NULL)
		return;
	catalogue_field(
	    p->catalogue, p->object, p->key, p->open ? buf_str(&p->value) : "");
	p->key = NULL;
	p->open = false;
	buf_reset(&p->value);
}

static int
parse_field(struct parse *p, char *line, struct err *err)
{
	char *colon = strchr(line, ':');

	if (p->object == NULL)
		return parse_refuse(p, "a definition of nothing", err);
	if (*line == ' ')
		return parse_refuse(p, "a value of nothing", err);
	if (colon == NULL) {
		catalogue_field(p->catalogue, p->object,
		    arena_strdup(p->catalogue->arena, line), "");
		return 0;
	}
	*colon = '\0';
	p->key = arena_strdup(p->catalogue->arena, line);
	if (colon[1] != ' ')
		return 0;
	buf_adds(&p->value, colon + 2);
	p->open = true;
	parse_close(p);
	return 0;
}

/* What follows the indent, or NULL where the line has less. */
static char *
parse_indent(char *line, bool part, const char *indent)
{
	size_t n = strlen(indent) + (part ? strlen(SNAPSHOT_PART) : 0);

	return strspn(line, " ") >= n ? line + n : NULL;
}

static void
parse_value(struct parse *p, const char *value)
{
	if (p->open)
		buf_addc(&p->value, '\n');
	for (; p->empty > 0; p->empty--)
		buf_addc(&p->value, '\n');
	buf_adds(&p->value, value);
	p->open = true;
}

static int
parse_line(struct parse *p, char *line, struct err *err)
{
	bool part = p->object != NULL && p->object->parent != NULL;
	char *value = parse_indent(line, part, SNAPSHOT_FIELD SNAPSHOT_VALUE);
	char *field = parse_indent(line, part, SNAPSHOT_FIELD);

	p->line++;
	if (value != NULL && p->key != NULL) {
		parse_value(p, value);
		return 0;
	}
	if (*line == '\0') {
		p->empty++;
		return 0;
	}
	parse_close(p);
	if (strncmp(line, "-- ", 3) == 0)
		return 0;
	if (field != NULL)
		return parse_field(p, field, err);
	part = strncmp(line, SNAPSHOT_PART, strlen(SNAPSHOT_PART)) == 0;
	return parse_object(
	    p, line + (part ? strlen(SNAPSHOT_PART) : 0), part, err);
}

/* Each object stands once. */
static int
parse_sort(struct parse *p, struct err *err)
{
	const struct catalogue *c = p->catalogue;
	size_t i;

	catalogue_sort(p->catalogue);
	for (i = 1; i < c->count; i++)
		if (object_compare(c->objects[i - 1], c->objects[i]) == 0)
			return parse_refuse(
			    p, "an object that stands twice", err);
	return 0;
}

int
snapshot_parse(
    struct catalogue **out, const char *text, const char *file, struct err *err)
{
	struct parse p = {
	    .catalogue = catalogue_new(), .text = text, .file = file};
	char *copy = mem_strdup(text), *line = copy, *end;
	int r = 0;

	buf_init(&p.value, BUF_TEXT);
	for (; r == 0 && line != NULL; line = end == NULL ? NULL : end + 1) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end = '\0';
		r = parse_line(&p, line, err);
	}
	parse_close(&p);
	if (r == 0)
		r = parse_sort(&p, err);
	buf_clear(&p.value);
	free(copy);
	if (r < 0) {
		catalogue_free(p.catalogue);
		return r;
	}
	*out = p.catalogue;
	return 0;
}
