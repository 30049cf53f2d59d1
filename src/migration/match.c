/* Matching: which file a row of the history belongs to. */
#include "migration/match.h"

#include <string.h>

#include "base/text.h"
#include "migration/name.h"

#define DIGITS "0123456789"
#define WORD DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
#define BLANKS " \t\r\n"

/* What people write into the column, without what they write around it. */
struct written {
	const char *text;  /* without blanks at either end */
	const char *plain; /* nor a v before a digit */
	const char *name;  /* nor the directory and .sql */
	bool numbered;     /* plain is nothing but digits */
	uint64_t number;   /* then: its value */
	const char *prose; /* the description, "" for none */
};

static void
match_read(
    struct written *w, const struct folder *f, const struct history_row *row)
{
	const char *text = row->version + strspn(row->version, BLANKS);
	const char *slash;
	size_t n = strlen(text);

	while (n > 0 && strchr(BLANKS, text[n - 1]) != NULL)
		n--;
	w->text = w->plain = arena_strndup(f->arena, text, n);
	if ((*w->text == 'v' || *w->text == 'V') &&
	    strspn(w->text + 1, DIGITS) > 0)
		w->plain = w->text + 1;
	w->numbered = text_parse_number(w->plain, &w->number);
	slash = strrchr(w->text, '/');
	w->name = slash == NULL ? w->text : slash + 1;
	n = strlen(w->name);
	if (text_ends_with(w->name, NAME_SUFFIX))
		n -= strlen(NAME_SUFFIX);
	w->name = arena_strndup(f->arena, w->name, n);
	w->prose = row->description == NULL ? "" : row->description;
}

/* Whether nothing before it makes it the end of a longer name. */
static bool
match_begins(const char *prose, const char *at)
{
	return at == prose || (at[-1] != '.' && strchr(WORD, at[-1]) == NULL);
}

/* Whether nothing after it makes it the beginning of a longer name. */
static bool
match_ends(const char *end)
{
	if (strncmp(end, NAME_SUFFIX, strlen(NAME_SUFFIX)) == 0)
		end += strlen(NAME_SUFFIX);
	if (*end == '.')
		end++;
	return *end == '\0' || strchr(WORD, *end) == NULL;
}

static bool
match_in_prose(const char *prose, const char *name)
{
	const char *at = prose;

	while ((at = strstr(at, name)) != NULL) {
		if (match_begins(prose, at) && match_ends(at + strlen(name)))
			return true;
		at++;
	}
	return false;
}

static bool
match_fits(const struct written *w, const struct migration *m, enum match_by by)
{
	switch (by) {
	case MATCH_VERSION:
		return m->version != NULL &&
		    (strcmp(m->version, w->text) == 0 ||
			strcmp(m->version, w->plain) == 0);
	case MATCH_NUMBER:
		return w->numbered && m->number == w->number;
	case MATCH_NAME:
		return strcmp(m->name, w->name) == 0;
	case MATCH_DESCRIPTION:
		return match_in_prose(w->prose, m->name);
	default:
		return false;
	}
}

void
match_row(
    struct match *match, const struct folder *f, const struct history_row *row)
{
	enum match_by by;
	struct written w;
	size_t i;

	memset(match, 0, sizeof(*match));
	if (match_is_kept(row))
		return;
	match_read(&w, f, row);
	for (by = MATCH_VERSION; by < MATCH_COUNT; by++) {
		for (i = 0; i < f->count && match->other == NULL; i++) {
			if (!match_fits(&w, &f->migrations[i], by))
				continue;
			if (match->file == NULL)
				match->file = &f->migrations[i];
			else
				match->other = &f->migrations[i];
		}
		if (match->file == NULL)
			continue;
		match->by = by;
		return;
	}
}

bool
match_is_sure(const struct match *match)
{
	return match->file != NULL && match->other == NULL &&
	    match->by != MATCH_DESCRIPTION;
}

const char *
match_by_name(enum match_by by)
{
	static const char *const names[MATCH_COUNT] = {
	    "nothing", "version", "number", "name", "description"};

	return names[by];
}

struct migration *
match_number(const struct folder *f, const struct history_row *row)
{
	struct migration *found = folder_find(f, row->number), *m = found;
	const struct migration *end = f->migrations + f->count;

	if (found == NULL || row->name == NULL)
		return found;
	while (m > f->migrations && m[-1].number == row->number)
		m--;
	for (; m < end && m->number == row->number; m++)
		if (strcmp(m->name, row->name) == 0)
			return m;
	return found;
}

bool
match_same_stem(const char *a, const char *b)
{
	return strcmp(a + strspn(a, DIGITS), b + strspn(b, DIGITS)) == 0;
}

bool
match_is_kept(const struct history_row *row)
{
	return !row->has_number && row->origin != NULL &&
	    strcmp(row->origin, "kept") == 0;
}
