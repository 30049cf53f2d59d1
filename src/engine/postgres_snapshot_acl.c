/* The PostgreSQL engine's snapshot: arrays, and privileges in a normal form. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/postgres_snapshot_int.h"

/* The letters of the server's acl.h. */
static const struct {
	char letter;
	const char *name;
} acl_names[] = {
    {'r', "SELECT"},
    {'a', "INSERT"},
    {'w', "UPDATE"},
    {'d', "DELETE"},
    {'D', "TRUNCATE"},
    {'x', "REFERENCES"},
    {'t', "TRIGGER"},
    {'m', "MAINTAIN"},
    {'X', "EXECUTE"},
    {'U', "USAGE"},
    {'C', "CREATE"},
    {'T', "TEMPORARY"},
    {'c', "CONNECT"},
    {'s', "SET"},
    {'A', "ALTER SYSTEM"},
};

/* Where an element ends; its quote is passed. */
static const char *
element_end(const char *s, bool quoted)
{
	for (; *s != '\0'; s++) {
		if (quoted ? *s == '"' : *s == ',' || *s == '}')
			break;
		if (*s == '\\' && s[1] != '\0')
			s++;
	}
	return s;
}

char *
snapshot_element(struct arena *a, const char **p)
{
	const char *s = *p + 1, *end; /* behind the brace or the comma */
	bool quoted = *s == '"';
	size_t n = 0;
	char *out;

	if (**p == '}' || **p == '\0' || *s == '}')
		return NULL;
	s += quoted;
	end = element_end(s, quoted);
	out = arena_alloc(a, (size_t)(end - s) + 1);
	for (; s < end; s++) {
		if (*s == '\\' && s + 1 < end)
			s++;
		out[n++] = *s;
	}
	out[n] = '\0';
	*p = end + quoted;
	return out;
}

static bool
acl_is_plain(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if (!islower((unsigned char)*p) && *p != '_' &&
		    (p == name || !isdigit((unsigned char)*p)))
			return false;
	return p > name;
}

const char *
snapshot_quote(struct arena *a, const char *name)
{
	const char *p;
	char *out, *q;

	if (acl_is_plain(name))
		return name;
	out = q = arena_alloc(a, 2 * strlen(name) + 3);
	*q++ = '"';
	for (p = name; *p != '\0'; p++) {
		if (*p == '"')
			*q++ = '"';
		*q++ = *p;
	}
	*q++ = '"';
	*q = '\0';
	return out;
}

/* The role that ends before one of the letters in end; its name as it is. */
static char *
acl_role(struct arena *a, const char **p, const char *end)
{
	char *out = arena_alloc(a, strlen(*p) + 1);
	const char *s = *p;
	bool quoted = false;
	size_t n = 0;

	for (; *s != '\0' && (quoted || strchr(end, *s) == NULL); s++) {
		if (*s != '"')
			out[n++] = *s;
		else if (quoted && s[1] == '"')
			out[n++] = *++s;
		else
			quoted = !quoted;
	}
	out[n] = '\0';
	*p = s;
	return out;
}

static const char *
acl_who(struct arena *a, const char *role, const char *owner)
{
	if (*role == '\0')
		return "PUBLIC";
	return strcmp(role, owner) == 0 ? "OWNER" : snapshot_quote(a, role);
}

static void
acl_privileges(struct buf *b, const char **p)
{
	size_t i;

	for (; **p != '\0' && **p != '/'; (*p)++) {
		for (i = 0; i < sizeof(acl_names) / sizeof(acl_names[0]); i++)
			if (acl_names[i].letter == **p)
				buf_addf(b, "%s%s", b->len > 0 ? ", " : "",
				    acl_names[i].name);
		if (**p == '*')
			buf_addc(b, '*');
	}
}

/* grantee=letters/grantor, a star behind what may be granted on. */
static const char *
acl_text(struct arena *a, const char *item, const char *owner)
{
	const char *p = item, *by;
	char *to = acl_role(a, &p, "=");
	struct buf b;
	char *text;

	buf_init(&b, BUF_LINE);
	p += *p == '=';
	acl_privileges(&b, &p);
	buf_addf(&b, " TO %s", acl_who(a, to, owner));
	p += *p == '/';
	by = acl_role(a, &p, "");
	if (strcmp(by, owner) != 0)
		buf_addf(&b, " BY %s", snapshot_quote(a, by));
	text = arena_strdup(a, buf_str(&b));
	buf_clear(&b);
	return text;
}

static int
acl_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
snapshot_sort(const char **texts, size_t n)
{
	if (n > 1)
		qsort(texts, n, sizeof(*texts), acl_compare);
}

struct snapshot_grants
snapshot_grants(struct arena *a, const char *acl, const char *owner)
{
	struct snapshot_grants g = {.count = 0};
	const char *p = acl, *item;
	size_t room = 1;

	for (; *p != '\0'; p++)
		room += *p == ',';
	g.texts = arena_alloc(a, room * sizeof(*g.texts));
	p = acl;
	while ((item = snapshot_element(a, &p)) != NULL)
		g.texts[g.count++] = acl_text(a, item, owner);
	snapshot_sort(g.texts, g.count);
	return g;
}

bool
snapshot_grants_same(struct snapshot_grants a, struct snapshot_grants b)
{
	size_t i;

	for (i = 0; a.count == b.count && i < a.count; i++)
		if (strcmp(a.texts[i], b.texts[i]) != 0)
			return false;
	return a.count == b.count;
}

void
snapshot_grant(struct snapshot *s, struct object *o, struct snapshot_grants g)
{
	size_t i;

	for (i = 0; i < g.count; i++)
		catalogue_field(s->catalogue, o, "grant", g.texts[i]);
	if (g.count == 0)
		catalogue_field(s->catalogue, o, "none", "");
}
