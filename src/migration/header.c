/* Headers: what the comments before the first statement say. */
#include "migration/header.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "migration/directive.h"
#include "migration/name.h"
#include "migration/version.h"

#define BLANKS " \t"
#define ARROW "->"

/* A line "-- Key: value", both trimmed. */
struct header_line {
	const char *key;
	size_t key_len;
	const char *value; /* a string once it is known to be wanted */
	size_t value_len;
	struct place place; /* of the value */
};

/* One key, what it sets, and the further work on its value, if any. */
struct header_key {
	const char *name;
	size_t offset; /* in struct header */
	bool once;     /* a second one is an error, not passed over */
	int (*set)(
	    struct header_reader *, const struct header_line *, struct err *);
};

static int
header_fail(const struct header_line *line, struct err *err)
{
	err_place(err, &line->place);
	return ERR_USAGE;
}

static int
header_set_migration(
    struct header_reader *r, const struct header_line *line, struct err *err)
{
	const char *file = r->script->name;
	struct name name;
	size_t whole;

	r->script->header.migration_place = line->place;
	if (name_parse(file, &name) != NULL)
		return 0;
	whole = strlen(file) - strlen(NAME_SUFFIX);
	if (!name_contradicts(line->value, file, name.stem) ||
	    !name_contradicts(line->value, file, whole))
		return 0;
	err_set(err, ERR_USAGE, "the header names another migration: \"%s\"",
	    line->value);
	err_hint(err, "This file is %s: correct its header or its name.", file);
	return header_fail(line, err);
}

static int
header_set_rollback(
    struct header_reader *r, const struct header_line *line, struct err *err)
{
	r->script->header.rollback = true;
	if (name_is_rollback(r->script->name))
		return header_set_migration(r, line, err);
	err_set(err, ERR_USAGE,
	    "a \"Rollback:\" header in a file that is no rollback");
	err_hint(err,
	    "A rollback file is called like its migration, with "
	    "_rollback.sql at the end.");
	return header_fail(line, err);
}

static int
header_check_version(
    const struct header_line *line, const char *version, struct err *err)
{
	const char *fault = version_fault(version);

	if (fault == NULL)
		return 0;
	err_set(err, ERR_USAGE, "\"%s\" is not a version: %s", version, fault);
	err_hint(err,
	    "A version is written as in SemVer 2.0.0, for example "
	    "1.4.0 or 2.0.0-rc.1.");
	return header_fail(line, err);
}

/* A rollback's "1.1.0 -> 1.0.0": from which version to which. */
static int
header_set_version(
    struct header_reader *r, const struct header_line *line, struct err *err)
{
	struct header *h = &r->script->header;
	const char *arrow = NULL;
	size_t n;
	int code;

	h->version_place = line->place;
	if (name_is_rollback(r->script->name))
		arrow = strstr(line->value, ARROW);
	if (arrow == NULL)
		return header_check_version(line, h->version, err);
	n = (size_t)(arrow - line->value);
	while (n > 0 && strchr(BLANKS, line->value[n - 1]) != NULL)
		n--;
	h->version = arena_strndup(r->arena, line->value, n);
	arrow += strlen(ARROW);
	h->version_to = arrow + strspn(arrow, BLANKS);
	code = header_check_version(line, h->version, err);
	if (code == 0)
		code = header_check_version(line, h->version_to, err);
	return code;
}

#define OFFSET(member) offsetof(struct header, member)

static const struct header_key header_keys[] = {
    {"Migration", OFFSET(migration), true, header_set_migration},
    {"Rollback", OFFSET(migration), true, header_set_rollback},
    {"Version", OFFSET(version), true, header_set_version},
    {"Description", OFFSET(description), true, NULL},
    {"Author", OFFSET(author), false, NULL},
    {"Date", OFFSET(date), false, NULL}};

/*
 * Set what the line says, where its key is known and it says anything: a
 * template's "Author:" with nothing behind it is no header.
 */
static int
header_set(struct header_reader *r, struct header_line *line, struct err *err)
{
	const size_t count = sizeof(header_keys) / sizeof(header_keys[0]);
	const struct header_key *key = header_keys;
	uint32_t bit = 1;

	if (line->value_len == 0)
		return 0;
	while (!text_is_word_n(line->key, line->key_len, key->name)) {
		if (++key == header_keys + count)
			return 0;
		bit <<= 1;
	}
	if ((r->keys & bit) != 0 && key->once) {
		err_set(err, ERR_USAGE, "the header \"%s:\" is given twice",
		    key->name);
		return header_fail(line, err);
	}
	if ((r->keys & bit) != 0)
		return 0;
	r->keys |= bit;
	line->value = arena_strndup(r->arena, line->value, line->value_len);
	*(const char **)((char *)&r->script->header + key->offset) =
	    line->value;
	return key->set == NULL ? 0 : key->set(r, line, err);
}

static bool
header_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Leave blanks at both ends out. */
static void
header_trim(const char **p, size_t *n)
{
	while (*n > 0 && header_is_blank((*p)[*n - 1]))
		--*n;
	while (*n > 0 && header_is_blank(**p)) {
		++*p;
		--*n;
	}
}

/*
 * Take a comment "<mark> key : value" apart; false where it has no colon.
 * The value's column counts bytes from the comment on: a key that means
 * something is ASCII.
 */
static bool
header_split(const struct token *t, const char *mark, struct header_line *line)
{
	size_t skip = strlen(mark);
	const char *colon;

	if (t->len < skip || memcmp(t->text, mark, skip) != 0)
		return false;
	colon = memchr(t->text, ':', t->len);
	if (colon == NULL)
		return false;
	line->key = t->text + skip;
	line->key_len = (size_t)(colon - line->key);
	header_trim(&line->key, &line->key_len);
	line->value = colon + 1;
	line->value_len = (size_t)(t->text + t->len - line->value);
	header_trim(&line->value, &line->value_len);
	line->place = t->place;
	line->place.offset += (uint64_t)(line->value - t->text);
	line->place.column += (uint64_t)(line->value - t->text);
	return true;
}

static bool
header_is_directive(const struct header_line *line)
{
	return text_is_word_n(line->key, line->key_len, "sqlmigrate");
}

/* Where those that were set last stand. */
static void
header_place_directives(struct directives *d, const struct place *at)
{
	if (d->no_transaction && d->no_transaction_at.file == NULL)
		d->no_transaction_at = *at;
	if (d->lock_timeout_ms >= 0 && d->lock_timeout_line == 0)
		d->lock_timeout_line = at->line;
	if (d->statement_timeout_ms >= 0 && d->statement_timeout_line == 0)
		d->statement_timeout_line = at->line;
}

static int
header_directive(struct header_reader *r, const struct token *t,
    const struct header_line *line, struct err *err)
{
	struct directives *directives = &r->script->directives;
	const char *text;
	int code;

	text = arena_strndup(r->arena, line->value, line->value_len);
	if (!r->body && t->own_line)
		code = directive_set(directives, &r->directives, text, err);
	else if (r->body)
		code = err_set(err, ERR_USAGE,
		    "a directive after the first statement has no effect");
	else
		code = err_set(
		    err, ERR_USAGE, "a directive needs a line of its own");
	header_place_directives(directives, &line->place);
	if (code == 0)
		return 0;
	err_hint(err,
	    "Directives stand at the top of the file, each as a "
	    "line -- sqlmigrate: NAME.");
	return header_fail(line, err);
}

/* A directive in a block comment is a mistake; a header there is prose. */
static int
header_block(const struct token *t, struct err *err)
{
	struct header_line line;

	if (!header_split(t, "/*", &line) || !header_is_directive(&line))
		return 0;
	err_set(err, ERR_USAGE, "a directive in a block comment has no effect");
	err_hint(err,
	    "Write it as a line -- sqlmigrate: NAME at the top of "
	    "the file.");
	return header_fail(&line, err);
}

void
header_begin(
    struct header_reader *r, struct arena *arena, struct script *script)
{
	memset(r, 0, sizeof(*r));
	r->arena = arena;
	r->script = script;
	memset(&script->header, 0, sizeof(script->header));
	directive_init(&script->directives);
}

/* What new has put where the SQL goes. */
static void
header_take_template(struct header_reader *r, const struct token *t)
{
	const size_t n = sizeof(HEADER_TEMPLATE) - 1;

	size_t len = t->len;

	while (len > n && header_is_blank(t->text[len - 1]))
		len--;
	if (len == n && memcmp(t->text, HEADER_TEMPLATE, n) == 0)
		r->script->header.template_place = t->place;
}

int
header_token(struct header_reader *r, const struct token *t, struct err *err)
{
	struct header_line line;

	if (t->kind != TOKEN_COMMENT) {
		r->body = true;
		return 0;
	}
	if (!r->body)
		header_take_template(r, t);
	if (!header_split(t, "--", &line))
		return header_block(t, err);
	if (header_is_directive(&line))
		return header_directive(r, t, &line, err);
	if (r->body || !t->own_line)
		return 0;
	return header_set(r, &line, err);
}

int
header_check_written(const struct script *s, struct err *err)
{
	if (!s->empty || s->directives.empty ||
	    s->header.template_place.file == NULL)
		return 0;
	err_set(err, ERR_USAGE, "the file has no statement yet");
	err_place(err, &s->header.template_place);
	err_hint(err,
	    "Write its SQL here; or, if it is to do nothing, the line "
	    "-- sqlmigrate: empty.");
	return ERR_USAGE;
}
