/* What a statement means to a transaction, decided by its tokens. */
#include "sql/classify.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sql/classify_int.h"

/* One element of a pattern, without its question mark. */
struct element {
	const char *p;
	size_t len;
	bool optional;
};

static bool
element_is(const struct element *e, const char *name)
{
	return strlen(name) == e->len && memcmp(e->p, name, e->len) == 0;
}

/* Cut the next element off the pattern; false at its end. */
static bool
element_next(const char **pattern, struct element *e)
{
	*pattern += **pattern == ' ';
	e->p = *pattern;
	while (**pattern != ' ' && **pattern != '\0')
		++*pattern;
	e->len = (size_t)(*pattern - e->p);
	e->optional = e->len > 0 && e->p[e->len - 1] == '?';
	e->len -= e->optional;
	return e->len > 0;
}

static bool
match_word(struct words *w, const struct element *e)
{
	const char *p = e->p, *end = e->p + e->len, *word;
	size_t n;

	for (; w->kind == TOKEN_WORD && p < end; p++) {
		word = p;
		while (p < end && *p != '|')
			p++;
		n = (size_t)(p - word);
		if (n == w->len && strncasecmp(word, w->p, n) == 0) {
			words_next(w);
			return true;
		}
	}
	return false;
}

/* ONLY t, ONLY (t), t or t *. */
static bool
match_table(struct words *w)
{
	bool found;

	if (words_take(w, "only") && words_is_mark(w, '('))
		return words_take_list(w);
	found = words_take_qualified(w);
	if (w->kind == TOKEN_OPERATOR && w->len == 1 && *w->p == '*')
		words_next(w);
	return found;
}

static bool
match_element(struct words *w, const struct element *e)
{
	if (element_is(e, "NAME"))
		return words_take_qualified(w);
	if (element_is(e, "TABLE"))
		return match_table(w);
	if (element_is(e, "LIST"))
		return words_take_list(w);
	if (element_is(e, "STRING"))
		return w->kind == TOKEN_STRING;
	if (element_is(e, "END"))
		return words_at_end(w);
	return match_word(w, e);
}

bool
statement_match(struct words *w, const char *pattern)
{
	struct element e;

	while (element_next(&pattern, &e))
		if (!match_element(w, &e) && !e.optional)
			return false;
	return true;
}

/* The class that the first rule that fits gives to a statement. */
static enum statement_class
classify_by(const struct statement_rule *r, const struct dialect *d,
    const char *text, size_t len)
{
	struct words first, w;
	char c = (char)(text[0] | 0x20);

	words_init(&first, d, text, len);
	for (; r->pattern != NULL; r++) {
		if (r->pattern[0] != c)
			continue;
		w = first;
		if (statement_match(&w, r->pattern) &&
		    (r->test == NULL || r->test(w, r->option)))
			return r->class;
	}
	return STATEMENT_PLAIN;
}

/* The initials keep the usual INSERT from being looked at. */
enum statement_class
statement_classify(const struct dialect *d, const char *text, size_t len)
{
	char c;

	if (len == 0)
		return STATEMENT_PLAIN;
	c = (char)(text[0] | 0x20);
	if (c < 'a' || c > 'z' || strchr(d->rule_initials, c) == NULL)
		return STATEMENT_PLAIN;
	return classify_by(d->rules, d, text, len);
}

bool
statement_reaches_out(const struct dialect *d, const char *text, size_t len)
{
	return len > 0 &&
	    classify_by(d->reaching, d, text, len) == STATEMENT_OUTSIDE;
}

/* Whether the statement begins so; w is then at the token after it. */
static bool
statement_starts(struct words *w, const struct dialect *d, const char *text,
    size_t len, const char *pattern)
{
	words_init(w, d, text, len);
	return statement_match(w, pattern);
}

/* Go to the first mode of a statement that can have some. */
static void
find_modes(
    struct words *w, const struct dialect *d, const char *text, size_t len)
{
	static const char *const starts[] = {"begin work|transaction?",
	    "start transaction", "set session|local? transaction"};
	size_t i;

	if (d->mode_first) {
		(void)statement_starts(w, d, text, len, "begin");
		return;
	}
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (statement_starts(w, d, text, len, starts[i]))
			return;
}

const char *
statement_modes(
    const struct dialect *d, const char *text, size_t n, size_t *len)
{
	const char *modes, *end;
	struct words w;

	find_modes(&w, d, text, n);
	modes = end = w.p;
	while (!words_at_end(&w) && !words_is(&w, "transaction")) {
		end = w.p + w.len;
		words_next(&w);
	}
	*len = (size_t)(end - modes);
	return modes;
}

bool
statement_writes(
    const struct dialect *d, const char *text, size_t len, const char *table)
{
	static const char *const starts[] = {"insert into",
	    "insert or rollback|abort|replace|fail|ignore into", "replace into",
	    "update or rollback|abort|replace|fail|ignore only?",
	    "update only?", "delete from only?"};
	size_t i, n = sizeof(starts) / sizeof(starts[0]);
	char c = (char)(text[0] | 0x20);
	struct words first, w, last;

	if (len == 0 || c == '\0' || strchr("irud", c) == NULL)
		return false;
	words_init(&first, d, text, len);
	for (i = 0; i < n; i++) {
		w = first;
		if (starts[i][0] == c && statement_match(&w, starts[i]))
			break;
	}
	if (i == n)
		return false;
	words_take_mark(&w, '(');
	do {
		last = w;
		words_next(&w);
	} while (words_take_mark(&w, '.'));
	return words_is_name(&last, table);
}

bool
statement_drops(const struct dialect *d, const char *text, size_t len,
    const char *schema, const char *table)
{
	const char *name = table;
	struct words w;

	if (len == 0 || (text[0] | 0x20) != 'd')
		return false;
	if (statement_starts(&w, d, text, len, "drop schema if? exists?")) {
		if (schema == NULL)
			return true;
		name = schema;
	} else if (!statement_starts(
		       &w, d, text, len, "drop table if? exists?")) {
		return false;
	}
	while (!words_at_end(&w) && !words_is_name(&w, name))
		words_next(&w);
	return !words_at_end(&w);
}

/* Words that may stand before a parenthesis and change nothing. */
#define QUIET_WORDS                                                         \
	"all|and|any|as|avg|by|case|cast|coalesce|concat|count|"            \
	"current_database|date|datetime|distinct|else|exists|filter|from|"  \
	"group_concat|in|join|length|lower|max|min|not|now|on|or|over|"     \
	"select|string_agg|sum|then|union|upper|using|values|version|when|" \
	"where"

/* Whether a parenthesis after the word may be a call that changes something. */
static bool
statement_calls(const struct words *w, bool qualified)
{
	if (w->kind != TOKEN_WORD && w->kind != TOKEN_NAME)
		return false;
	return qualified || !words_is_value(w, QUIET_WORDS);
}

bool
statement_only_reads(const struct dialect *d, const char *text, size_t len)
{
	bool qualified = false;
	struct words w, last;

	if (!statement_starts(&w, d, text, len, "select|values|table"))
		return false;
	words_init(&last, d, text, len);
	for (; !words_at_end(&w); words_next(&w)) {
		if (words_is(&w, "into") || words_is(&w, "for"))
			return false;
		if (words_is_mark(&w, '(') && statement_calls(&last, qualified))
			return false;
		qualified = words_is_mark(&last, '.');
		last = w;
	}
	return true;
}

bool
statement_returns_rows(const struct dialect *d, const char *text, size_t len)
{
	struct words w;

	return statement_starts(
	    &w, d, text, len, "select|values|table|show|with|explain|pragma");
}

/* The word as the dialect's list has it. */
static const char *
other_type_of(const struct dialect *d, const struct words *w)
{
	const char *const *type;

	for (type = d->other_types; *type != NULL; type++)
		if (words_is(w, *type))
			return *type;
	return NULL;
}

/* A type follows the column's name, and that "(", "," or ADD [COLUMN]. */
static const char *
other_type_in(const struct dialect *d, struct words w)
{
	bool begins = false, named = false;
	const char *type;

	for (; !words_at_end(&w); words_next(&w)) {
		type = named ? other_type_of(d, &w) : NULL;
		if (type != NULL)
			return type;
		if (words_is(&w, "add") || words_is(&w, "column")) {
			begins = true;
			continue;
		}
		named =
		    begins && (w.kind == TOKEN_WORD || w.kind == TOKEN_NAME);
		begins = words_is_mark(&w, '(') || words_is_mark(&w, ',');
	}
	return NULL;
}

const char *
statement_other_type(const struct dialect *d, const char *text, size_t len)
{
	struct words w;

	if (d->other_types == NULL ||
	    (!statement_starts(
		 &w, d, text, len, "create temp|temporary? table") &&
		!statement_starts(&w, d, text, len, "alter table")))
		return NULL;
	return other_type_in(d, w);
}

int
statement_pragma_value(const struct dialect *d, const char *text, size_t len)
{
	struct words w;

	if (!statement_starts(&w, d, text, len, "pragma NAME") ||
	    (*w.p != '=' && *w.p != '('))
		return -1;
	words_next(&w);
	if (words_at_end(&w))
		return -1;
	if (w.kind == TOKEN_NUMBER)
		return atoi(w.p) != 0;
	return words_is_value(&w, "on|yes|true");
}
