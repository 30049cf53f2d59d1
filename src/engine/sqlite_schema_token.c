/*
 * The tokens of a statement in one form.
 *
 * Names match in any case of letters but keep theirs here, since people see
 * them.  A name in double quotes inside an expression may have been meant as a
 * string, where nothing is called so: that cannot be told from the text.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/sqlite_int.h"
#include "engine/sqlite_schema_int.h"
#include "sql/tokens.h"

/*
 * SQLite's keywords, and TRUE and FALSE.  Those with a + may stand for names
 * without quotes; those with a ! too, but mean something else without them.
 */
static const char *const keywords[] = {"ABORT+", "ACTION+", "ADD", "AFTER+",
    "ALL", "ALTER", "ALWAYS+", "ANALYZE+", "AND", "AS", "ASC+", "ATTACH+",
    "AUTOINCREMENT", "BEFORE+", "BEGIN+", "BETWEEN", "BY+", "CASCADE+", "CASE",
    "CAST+", "CHECK", "COLLATE", "COLUMN+", "COMMIT", "CONFLICT+", "CONSTRAINT",
    "CREATE", "CROSS!", "CURRENT+", "CURRENT_DATE!", "CURRENT_TIME!",
    "CURRENT_TIMESTAMP!", "DATABASE+", "DEFAULT", "DEFERRABLE", "DEFERRED+",
    "DELETE", "DESC+", "DETACH+", "DISTINCT", "DO+", "DROP", "EACH+", "ELSE",
    "END+", "ESCAPE", "EXCEPT", "EXCLUDE+", "EXCLUSIVE+", "EXISTS", "EXPLAIN+",
    "FAIL+", "FALSE!", "FILTER+", "FIRST+", "FOLLOWING+", "FOR+", "FOREIGN",
    "FROM", "FULL!", "GENERATED+", "GLOB+", "GROUP", "GROUPS+", "HAVING", "IF+",
    "IGNORE+", "IMMEDIATE+", "IN", "INDEX", "INDEXED+", "INITIALLY+", "INNER!",
    "INSERT", "INSTEAD+", "INTERSECT", "INTO", "IS", "ISNULL", "JOIN", "KEY+",
    "LAST+", "LEFT!", "LIKE+", "LIMIT", "MATCH+", "MATERIALIZED+", "NATURAL!",
    "NO+", "NOT", "NOTHING", "NOTNULL", "NULL", "NULLS+", "OF+", "OFFSET+",
    "ON", "OR", "ORDER", "OTHERS+", "OUTER!", "OVER+", "PARTITION+", "PLAN+",
    "PRAGMA+", "PRECEDING+", "PRIMARY", "QUERY+", "RAISE!", "RANGE+",
    "RECURSIVE+", "REFERENCES", "REGEXP+", "REINDEX+", "RELEASE+", "RENAME+",
    "REPLACE+", "RESTRICT+", "RETURNING", "RIGHT!", "ROLLBACK+", "ROW+",
    "ROWS+", "SAVEPOINT+", "SELECT", "SET", "TABLE", "TEMP+", "TEMPORARY+",
    "THEN", "TIES+", "TO", "TRANSACTION", "TRIGGER+", "TRUE!", "UNBOUNDED+",
    "UNION", "UNIQUE", "UPDATE", "USING", "VACUUM+", "VALUES", "VIEW+",
    "VIRTUAL+", "WHEN", "WHERE", "WINDOW+", "WITH+", "WITHOUT+"};

#define KEYWORDS (sizeof(keywords) / sizeof(keywords[0]))
#define KEYWORD_MAX 17

struct word {
	const char *p;
	size_t n;
};

static int
keyword_compare(const void *key, const void *entry)
{
	const struct word *w = key;
	const char *keyword = *(const char *const *)entry;
	size_t n = strcspn(keyword, "+!");
	int d = strncasecmp(w->p, keyword, w->n < n ? w->n : n);

	if (d != 0 || w->n == n)
		return d;
	return w->n < n ? -1 : 1;
}

/* The keyword with its mark, or NULL. */
static const char *
keyword_find(const char *p, size_t n)
{
	const struct word w = {p, n};
	const char *const *found;

	if (n < 2 || n > KEYWORD_MAX + 1)
		return NULL;
	found = bsearch(
	    &w, keywords, KEYWORDS, sizeof(keywords[0]), keyword_compare);
	return found == NULL ? NULL : *found;
}

/* Whether a name of these letters needs no quotes, keywords apart. */
static bool
name_is_plain(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (!isalpha(*p) && *p != '_' && *p < 0x80)
		return false;
	for (; *p != '\0'; p++)
		if (!isalnum(*p) && *p != '_' && *p != '$' && *p < 0x80)
			return false;
	return true;
}

void
schema_name(struct buf *b, const char *name)
{
	const char *keyword = keyword_find(name, strlen(name));

	if (name_is_plain(name) &&
	    (keyword == NULL || strchr(keyword, '+') != NULL)) {
		buf_adds(b, name);
		return;
	}
	sqlite_quote_name(NULL, b, name);
}

const char *
schema_take_text(struct arena *a, struct buf *b)
{
	const char *s = arena_strndup(a, buf_str(b), b->len);

	buf_clear(b);
	return s;
}

const char *
schema_name_text(struct arena *a, const char *name)
{
	struct buf b;

	buf_init(&b, BUF_TEXT);
	schema_name(&b, name);
	return schema_take_text(a, &b);
}

const char *
schema_string_text(struct arena *a, const char *text)
{
	struct buf b;

	buf_init(&b, BUF_TEXT);
	sqlite_quote_text(NULL, &b, text);
	return schema_take_text(a, &b);
}

/* What stands in quotes, of whichever kind. */
static const char *
unquote(struct arena *a, const char *p, size_t n)
{
	char quote = *p == '[' ? ']' : *p, *out, *to;
	const char *end = p + n - 1;

	out = to = arena_alloc(a, n);
	for (p++; p < end; p++) {
		*to++ = *p;
		if (*p == quote && quote != ']')
			p++;
	}
	*to = '\0';
	return out;
}

static const char *
in_case(struct arena *a, const char *p, size_t n, int (*fold)(int))
{
	char *s = arena_strndup(a, p, n);
	size_t i;

	for (i = 0; i < n; i++)
		s[i] = (char)fold((unsigned char)s[i]);
	return s;
}

const char *
schema_upper_text(struct arena *a, const char *s)
{
	return in_case(a, s, strlen(s), toupper);
}

static void
token_set_word(struct arena *a, struct schema_token *t)
{
	const char *keyword = keyword_find(t->raw, t->raw_len);

	t->name = arena_strndup(a, t->raw, t->raw_len);
	t->text = keyword == NULL ? t->name : schema_upper_text(a, t->name);
	if (keyword == NULL)
		t->kind = SCHEMA_NAME;
	else
		t->kind =
		    keyword[t->raw_len] == '\0' ? SCHEMA_RESERVED : SCHEMA_WORD;
}

static void
token_set_name(struct arena *a, struct schema_token *t)
{
	const char *keyword;
	bool same;

	t->quoted = true;
	t->name = unquote(a, t->raw, t->raw_len);
	keyword = keyword_find(t->name, strlen(t->name));
	same = keyword != NULL && strchr(keyword, '+') != NULL;
	t->kind = same ? SCHEMA_WORD : SCHEMA_NAME;
	t->text =
	    same ? schema_upper_text(a, t->name) : schema_name_text(a, t->name);
}

static struct schema_token *
tokens_add(struct schema_tokens *ts, const char *p, size_t n)
{
	struct schema_token *t;

	ts->list = mem_grow(ts->list, ts->count, &ts->cap, sizeof(*ts->list));
	t = &ts->list[ts->count++];
	*t = (struct schema_token){
	    .kind = SCHEMA_MARK, .name = "", .raw = p, .raw_len = n};
	return t;
}

/* The length of the operator that SQLite sees at the start of a run of them. */
static size_t
operator_length(const char *p, size_t n)
{
	static const char *const operators[] = {
	    "->>", "->", "||", "<=", "<>", "<<", ">=", ">>", "==", "!="};
	size_t i, m;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		m = strlen(operators[i]);
		if (m <= n && memcmp(p, operators[i], m) == 0)
			return m;
	}
	return 1;
}

static void
tokens_add_operators(struct schema_tokens *ts, const char *p, size_t n)
{
	struct schema_token *t;
	size_t m;

	for (; n > 0; p += m, n -= m) {
		m = operator_length(p, n);
		t = tokens_add(ts, p, m);
		t->kind = SCHEMA_OPERATOR;
		t->text = arena_strndup(ts->arena, p, m);
		if (strcmp(t->text, "==") == 0)
			t->text = "=";
		if (strcmp(t->text, "!=") == 0)
			t->text = "<>";
	}
}

/* A string; or, right behind an X, a blob. */
static void
tokens_add_string(struct schema_tokens *ts, const char *p, size_t n)
{
	struct schema_token *t =
	    ts->count > 0 ? &ts->list[ts->count - 1] : NULL;

	if (t != NULL && t->kind == SCHEMA_NAME && t->raw_len == 1 &&
	    (*t->raw == 'x' || *t->raw == 'X') && t->raw + 1 == p) {
		t->kind = SCHEMA_NUMBER;
		t->raw_len += n;
		t->text = in_case(ts->arena, t->raw, t->raw_len, toupper);
		t->name = "";
		return;
	}
	t = tokens_add(ts, p, n);
	t->kind = SCHEMA_STRING;
	t->text = arena_strndup(ts->arena, p, n);
	t->name = unquote(ts->arena, p, n);
}

static void
tokens_take(void *arg, enum token_kind kind, const char *p, size_t n)
{
	struct schema_tokens *ts = arg;
	struct schema_token *t;

	ts->strange = ts->strange || kind == TOKEN_PARAMETER;
	switch (kind) {
	case TOKEN_OPERATOR:
		tokens_add_operators(ts, p, n);
		break;
	case TOKEN_STRING:
		tokens_add_string(ts, p, n);
		break;
	case TOKEN_WORD:
		token_set_word(ts->arena, tokens_add(ts, p, n));
		break;
	case TOKEN_NAME:
		token_set_name(ts->arena, tokens_add(ts, p, n));
		break;
	case TOKEN_NUMBER:
		t = tokens_add(ts, p, n);
		t->kind = SCHEMA_NUMBER;
		t->text = in_case(ts->arena, p, n, tolower);
		break;
	default:
		t = tokens_add(ts, p, n);
		t->text = arena_strndup(ts->arena, p, n);
	}
}

/* Collations match in any case of letters; nothing else shows their names. */
static void
tokens_fold_collations(struct schema_tokens *ts)
{
	struct schema_token *t;
	size_t i;

	for (i = 1; i < ts->count; i++) {
		t = &ts->list[i];
		if (!schema_is(&t[-1], "COLLATE") || !schema_is_name(t))
			continue;
		t->kind = SCHEMA_NAME;
		t->name = schema_upper_text(ts->arena, t->name);
		t->text = schema_name_text(ts->arena, t->name);
	}
}

bool
schema_tokens_read(struct schema_tokens *ts, struct arena *a, const char *sql)
{
	size_t len = strlen(sql);
	bool whole;

	*ts = (struct schema_tokens){.arena = a};
	whole = tokens_each(&dialect_sqlite, false, sql, len, tokens_take, ts);
	tokens_fold_collations(ts);
	*tokens_add(ts, sql + len, 0) = (struct schema_token){
	    .kind = SCHEMA_END, .text = "", .name = "", .raw = sql + len};
	ts->count--;
	return whole && !ts->strange;
}

void
schema_tokens_clear(struct schema_tokens *ts)
{
	free(ts->list);
	*ts = (struct schema_tokens){0};
}
