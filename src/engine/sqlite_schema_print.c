/* Walking over tokens, and printing them in one form. */
#include <string.h>

#include "engine/sqlite_schema_int.h"

bool
schema_is(const struct schema_token *t, const char *text)
{
	return (t->kind == SCHEMA_WORD || t->kind == SCHEMA_RESERVED ||
		   t->kind == SCHEMA_MARK) &&
	    !t->quoted && strcmp(t->text, text) == 0;
}

bool
schema_is_name(const struct schema_token *t)
{
	return t->kind == SCHEMA_NAME || t->kind == SCHEMA_STRING ||
	    t->kind == SCHEMA_WORD;
}

bool
schema_take(const struct schema_token **t, const char *text)
{
	if (!schema_is(*t, text))
		return false;
	++*t;
	return true;
}

const struct schema_token *
schema_skip_list(const struct schema_token *t)
{
	size_t depth = 0;

	do {
		if (t->kind == SCHEMA_END)
			return NULL;
		depth += schema_is(t, "(");
		depth -= schema_is(t, ")");
		t++;
	} while (depth > 0);
	return t;
}

/* Whether an operand ends here, so that a sign behind it takes two. */
static bool
is_operand_end(const struct schema_token *t)
{
	return t->kind == SCHEMA_NAME || t->kind == SCHEMA_STRING ||
	    t->kind == SCHEMA_NUMBER || schema_is(t, ")");
}

static bool
is_sign(const struct schema_token *t)
{
	return t->kind == SCHEMA_OPERATOR &&
	    (strcmp(t->text, "-") == 0 || strcmp(t->text, "+") == 0);
}

/* Whether a dot at t belongs to what stands on this side of it. */
static bool
is_dotted(const struct schema_token *dot, const struct schema_token *side)
{
	return schema_is(dot, ".") &&
	    (schema_is_name(side) || strcmp(side->text, "*") == 0);
}

/* Whether white space stands before t, which is not the first. */
static bool
is_apart(const struct schema_token *t, const struct schema_token *from)
{
	const struct schema_token *last = &t[-1];

	if (schema_is(t, ",") || schema_is(t, ")") || schema_is(t, ";") ||
	    schema_is(last, "(") || is_dotted(t, last) || is_dotted(last, t))
		return false;
	if (schema_is(t, "("))
		return last->kind != SCHEMA_NAME;
	return t->kind != SCHEMA_NUMBER || !is_sign(last) ||
	    (last != from && is_operand_end(&last[-1]));
}

void
schema_print(struct buf *b, const struct schema_token *from,
    const struct schema_token *end)
{
	const struct schema_token *t;

	for (t = from; t < end; t++) {
		if (t > from && is_apart(t, from))
			buf_addc(b, ' ');
		buf_adds(b, t->text);
	}
}

const char *
schema_text(struct arena *a, const struct schema_token *from,
    const struct schema_token *end)
{
	struct buf b;

	buf_init(&b, BUF_TEXT);
	schema_print(&b, from, end);
	return schema_take_text(a, &b);
}

/* Leave out parentheses that hold it all. */
static void
strip(const struct schema_token **from, const struct schema_token **end)
{
	while (*from < *end && schema_is(*from, "(") &&
	    schema_skip_list(*from) == *end) {
		++*from;
		--*end;
	}
}

const char *
schema_bare_text(struct arena *a, const struct schema_token *from,
    const struct schema_token *end)
{
	strip(&from, &end);
	return schema_text(a, from, end);
}

/* One member of a list: a name, or an expression, and how it is sorted. */
static void
print_member(struct buf *b, const struct schema_token *from,
    const struct schema_token *end)
{
	if (end > from + 1 && schema_is(&end[-1], "AUTOINCREMENT"))
		end--;
	if (end > from + 1 && schema_is(&end[-1], "ASC"))
		end--;
	strip(&from, &end);
	if (end > from && schema_is_name(from) &&
	    (end == from + 1 || schema_is(&from[1], "COLLATE") ||
		schema_is(&from[1], "DESC"))) {
		schema_name(b, from->name);
		if (end > ++from)
			buf_addc(b, ' ');
	}
	schema_print(b, from, end);
}

const char *
schema_list_text(struct arena *a, const struct schema_token *open)
{
	const struct schema_token *from = open + 1, *t = from;
	struct buf b;

	buf_init(&b, BUF_TEXT);
	for (;;) {
		if (schema_is(t, ",") || schema_is(t, ")")) {
			print_member(&b, from, t);
			if (schema_is(t, ")"))
				break;
			buf_adds(&b, ", ");
			from = ++t;
		} else {
			t = schema_is(t, "(") ? schema_skip_list(t) : t + 1;
		}
	}
	return schema_take_text(a, &b);
}
