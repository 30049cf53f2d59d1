/*
 * The splitter: decides by a statement's tokens whether a semicolon ends it.
 *
 * The steps below say which unquoted word, outside parentheses, leads from
 * which state to which; any other token leads to the state in others[].
 *
 * The END of a body is the one directly after a ; or after the body's start:
 * a statement cannot begin with END, and an END elsewhere closes a CASE or is
 * a label.
 */
#include "sql/split_int.h"

#include "base/text.h"
#include "sql/words_int.h"

struct step {
	enum split_state from;
	enum split_state to;
	const char *word; /* in lower case */
};

static const struct step atomic_steps[] = {
    {SPLIT_FIRST, SPLIT_CREATE, "create"},
    {SPLIT_FIRST, SPLIT_COPY, "copy"},
    {SPLIT_FIRST, SPLIT_SETTING, "set"},
    {SPLIT_FIRST, SPLIT_SETTING, "reset"},
    {SPLIT_CREATE, SPLIT_CREATE, "or"},
    {SPLIT_CREATE, SPLIT_CREATE, "replace"},
    {SPLIT_CREATE, SPLIT_ROUTINE, "function"},
    {SPLIT_CREATE, SPLIT_ROUTINE, "procedure"},
    {SPLIT_ROUTINE, SPLIT_ROUTINE_BEGIN, "begin"},
    {SPLIT_ROUTINE_BEGIN, SPLIT_ROUTINE_BEGIN, "begin"},
    {SPLIT_ROUTINE_BEGIN, SPLIT_BODY_START, "atomic"},
    {SPLIT_BODY_START, SPLIT_REST, "end"},
    {SPLIT_COPY, SPLIT_COPY_FROM, "from"},
    {SPLIT_COPY_FROM, SPLIT_COPY_FROM, "from"},
    {SPLIT_COPY_FROM, SPLIT_COPY_STDIN, "stdin"},
    {SPLIT_FIRST, SPLIT_FIRST, NULL},
};

static const struct step trigger_steps[] = {
    {SPLIT_FIRST, SPLIT_CREATE, "create"},
    {SPLIT_FIRST, SPLIT_EXPLAIN, "explain"},
    {SPLIT_EXPLAIN, SPLIT_EXPLAIN, "query"},
    {SPLIT_EXPLAIN, SPLIT_EXPLAIN, "plan"},
    {SPLIT_EXPLAIN, SPLIT_CREATE, "create"},
    {SPLIT_CREATE, SPLIT_CREATE, "temp"},
    {SPLIT_CREATE, SPLIT_CREATE, "temporary"},
    {SPLIT_CREATE, SPLIT_TRIGGER, "trigger"},
    {SPLIT_TRIGGER, SPLIT_BODY_START, "begin"},
    {SPLIT_BODY_START, SPLIT_REST, "end"},
    {SPLIT_FIRST, SPLIT_FIRST, NULL},
};

static const struct step *const body_steps[] = {
    [BODY_ATOMIC] = atomic_steps, [BODY_TRIGGER] = trigger_steps};

static const enum split_state others[] = {
    [SPLIT_FIRST] = SPLIT_REST,
    [SPLIT_EXPLAIN] = SPLIT_REST,
    [SPLIT_CREATE] = SPLIT_REST,
    [SPLIT_ROUTINE] = SPLIT_ROUTINE,
    [SPLIT_ROUTINE_BEGIN] = SPLIT_ROUTINE,
    [SPLIT_TRIGGER] = SPLIT_TRIGGER,
    [SPLIT_BODY_START] = SPLIT_BODY,
    [SPLIT_BODY] = SPLIT_BODY,
    [SPLIT_COPY] = SPLIT_COPY,
    [SPLIT_COPY_FROM] = SPLIT_COPY,
    [SPLIT_COPY_STDIN] = SPLIT_COPY_STDIN,
    [SPLIT_SETTING] = SPLIT_SETTING,
    [SPLIT_REST] = SPLIT_REST,
};

static enum split_state
split_step(
    const struct split *sp, enum dialect_body body, const char *p, size_t n)
{
	const struct step *s = body_steps[body];

	for (; s->word != NULL; s++)
		if (s->from == sp->state && s->word[0] == (*p | 0x20) &&
		    text_is_word_n(p, n, s->word))
			return s->to;
	return others[sp->state];
}

void
split_token(struct split *sp, const struct lexer *lx, const char *text)
{
	const char *p = text + lx->start;

	if (!split_can_end(sp) && lx->kind == TOKEN_MARK && *p == ';') {
		sp->state = SPLIT_BODY_START;
		return;
	}
	if (lx->kind != TOKEN_WORD || lx->depth > 0) {
		sp->state = others[sp->state];
		return;
	}
	sp->state = split_step(sp, lx->dialect->body, p, lx->pos - lx->start);
	if (sp->state == SPLIT_ROUTINE_BEGIN ||
	    (sp->state == SPLIT_BODY_START &&
		lx->dialect->body == BODY_TRIGGER))
		sp->body = lx->start;
}

bool
split_sets_strings(const struct dialect *d, const char *text, size_t len,
    bool *off, bool *reset)
{
	static const char name[] = "standard_conforming_strings";
	struct words w;

	words_init(&w, d, text, len);
	*off = false;
	*reset = words_take(&w, "reset");
	if (*reset)
		return words_is_value(&w, name) || words_is(&w, "all");
	words_next(&w);
	if (!words_take(&w, "session"))
		words_take(&w, "local");
	if (!words_is_value(&w, name))
		return false;
	words_next(&w);
	words_next(&w);
	*reset = words_is(&w, "default");
	*off = !*reset && words_is_off(&w);
	return true;
}
