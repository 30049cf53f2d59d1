/*
 * The lexer: cuts text into tokens where the engine's own lexer would.
 *
 * Sources: PostgreSQL's scan.l and SQLite's tokenize.c.
 */
#include "sql/lexer_int.h"

#include <string.h>

#include "sql/lexer_part_int.h"

void
lexer_init(struct lexer *lx, const struct dialect *d)
{
	memset(lx, 0, sizeof(*lx));
	lx->dialect = d;
	lx->newline = true;
}

void
lexer_shift(struct lexer *lx, size_t n)
{
	lx->pos -= n;
	lx->start = index_less(lx->start, n);
	lx->tail = index_less(lx->tail, n);
	lx->before = index_less(lx->before, n);
	lx->opening = index_less(lx->opening, n);
	lx->fresh = index_less(lx->fresh, n);
	lx->skimmed = index_less(lx->skimmed, n);
}

void
lexer_skip_to(struct lexer *lx, size_t pos)
{
	lx->state = LEXER_GAP;
	lx->pos = pos;
	lx->newline = true;
	lx->continues = false;
}

static inline enum lexer_result
lex_word(struct lexer *lx, const struct input *in)
{
	size_t i = lx->pos;

	while (i < in->len && is_word_byte(lx, in->p[i]))
		i++;
	lx->pos = i;
	if (unseen(in, i))
		return LEXER_MORE;
	if (i - lx->start == 1 && lx->dialect->string_prefixes)
		return lex_prefix(lx, in);
	return LEXER_TOKEN;
}

/* Whether the + or - at i belongs to a number's exponent. */
static bool
is_exponent_sign(const struct lexer *lx, const struct input *in, size_t i)
{
	return (in->p[i] == '+' || in->p[i] == '-') &&
	    (in->p[i - 1] | 0x20) == 'e' &&
	    (in->p[lx->start + 1] | 0x20) != 'x';
}

/*
 * Letters that follow digits are taken along: 1e5, 0x1f, 1_000; what the
 * engine calls junk is an error there in any case.
 */
static inline enum lexer_result
lex_number(struct lexer *lx, const struct input *in)
{
	size_t i = lx->pos;

	for (;;) {
		while (i < in->len &&
		    (byte_class(lx, in->p[i]) <= BYTE_DIGIT || in->p[i] == '.'))
			i++;
		lx->pos = i;
		if (unseen(in, i))
			return LEXER_MORE;
		if (i == in->len || !is_exponent_sign(lx, in, i))
			return LEXER_TOKEN;
		if (unseen(in, i + 1))
			return LEXER_MORE;
		if (byte_class(lx, peek(in, i + 1)) != BYTE_DIGIT)
			return LEXER_TOKEN;
		i++;
	}
}

static enum lexer_result
lex_dot(struct lexer *lx, const struct input *in)
{
	if (unseen(in, lx->start + 1))
		return LEXER_MORE;
	lx->pos = lx->start + 1;
	if (byte_class(lx, peek(in, lx->pos)) != BYTE_DIGIT)
		return LEXER_TOKEN;
	lx->state = LEXER_NUMBER;
	lx->kind = TOKEN_NUMBER;
	return lex_number(lx, in);
}

/* A comment may begin within a run of operator characters. */
static inline enum lexer_result
lex_operator(struct lexer *lx, const struct input *in)
{
	size_t i = lx->pos;
	enum byte_class class;
	char c;

	for (; i < in->len; i++) {
		c = in->p[i];
		class = byte_class(lx, c);
		if (class == BYTE_OPERATOR)
			continue;
		if (class != BYTE_DASH)
			break;
		lx->pos = i;
		if (unseen(in, i + 1))
			return LEXER_MORE;
		if (peek(in, i + 1) != (c == '-' ? '-' : '*'))
			continue;
		return i == lx->start ? lex_comment_start(lx, in) : LEXER_TOKEN;
	}
	lx->pos = i;
	return unseen(in, i) ? LEXER_MORE : LEXER_TOKEN;
}

static inline enum lexer_result
lex_mark(struct lexer *lx, const struct input *in)
{
	char c = in->p[lx->start];

	lx->pos = lx->start + 1;
	if (!lx->dialect->parentheses)
		return LEXER_TOKEN;
	if (c == '(' && lx->depth++ == 0)
		lx->opening = lx->start;
	if (c == ')' && lx->depth > 0)
		lx->depth--;
	return LEXER_TOKEN;
}

/* Begin the token at pos, by its first byte. */
static inline enum lexer_result
lex_start(struct lexer *lx, const struct input *in)
{
	static const struct {
		enum lexer_state state;
		enum token_kind kind;
	} starts[] = {
	    [BYTE_LETTER] = {LEXER_WORD, TOKEN_WORD},
	    [BYTE_DIGIT] = {LEXER_NUMBER, TOKEN_NUMBER},
	    [BYTE_DOLLAR] = {LEXER_DOLLAR, TOKEN_OPERATOR},
	    [BYTE_QUOTE] = {LEXER_QUOTE, TOKEN_STRING},
	    [BYTE_MARK] = {LEXER_MARK, TOKEN_MARK},
	    [BYTE_GROUP] = {LEXER_MARK, TOKEN_MARK},
	    [BYTE_DOT] = {LEXER_DOT, TOKEN_MARK},
	    [BYTE_OPERATOR] = {LEXER_OPERATOR, TOKEN_OPERATOR},
	    [BYTE_DASH] = {LEXER_OPERATOR, TOKEN_OPERATOR},
	    [BYTE_SIGIL] = {LEXER_PARAMETER, TOKEN_PARAMETER},
	};
	enum byte_class c = byte_class(lx, in->p[lx->pos]);

	if (c == BYTE_BACKSLASH)
		return LEXER_COMMAND;
	if (c == BYTE_DOLLAR && !lx->dialect->dollar_quotes)
		c = BYTE_SIGIL;
	lx->own_line = lx->newline;
	lx->newline = false;
	lx->state = starts[c].state;
	lx->kind = starts[c].kind;
	lx->start = lx->pos;
	if (c != BYTE_DASH && c != BYTE_QUOTE)
		lx->pos++;
	return LEXER_TOKEN;
}

/* Pass the white space at pos. */
static inline enum lexer_result
lex_gap(struct lexer *lx, const struct input *in)
{
	size_t i = lx->pos;
	enum byte_class c;

	for (; i < in->len; i++) {
		c = byte_class(lx, in->p[i]);
		if (c == BYTE_NEWLINE)
			lx->newline = true;
		else if (c != BYTE_BLANK)
			break;
	}
	lx->pos = i;
	if (i < in->len)
		return lex_start(lx, in);
	return in->final ? LEXER_END : LEXER_MORE;
}

static inline enum lexer_result
lex_go_on(struct lexer *lx, const struct input *in)
{
	switch (lx->state) {
	case LEXER_WORD:
		return lex_word(lx, in);
	case LEXER_NUMBER:
		return lex_number(lx, in);
	case LEXER_DOT:
		return lex_dot(lx, in);
	case LEXER_MARK:
		return lex_mark(lx, in);
	case LEXER_QUOTE:
		return lex_quote_start(lx, in);
	case LEXER_QUOTED:
		return lex_quoted(lx, in);
	case LEXER_DOLLAR:
		return lex_dollar(lx, in);
	case LEXER_DOLLAR_QUOTED:
		return lex_dollar_quoted(lx, in);
	case LEXER_PARAMETER:
		return lex_parameter(lx, in);
	case LEXER_PARAMETER_TAIL:
		return lex_parameter_tail(lx, in);
	case LEXER_OPERATOR:
		return lex_operator(lx, in);
	case LEXER_LINE_COMMENT:
		return lex_line_comment(lx, in);
	case LEXER_COMMENT:
		return lex_comment(lx, in);
	case LEXER_GAP:
		break;
	}
	return LEXER_TOKEN;
}

/*
 * White space and line comments may stand between the parts of a literal,
 * nothing else; a dollar quote has no parts.
 */
static inline void
lex_finish(struct lexer *lx)
{
	if (lx->kind != TOKEN_COMMENT) {
		lx->before = lx->tail;
		lx->tail = lx->pos;
	}
	if (lx->state != LEXER_LINE_COMMENT)
		lx->continues =
		    lx->state == LEXER_QUOTED && lx->kind == TOKEN_STRING;
	lx->state = LEXER_GAP;
}

/* Whether a skimming caller wants to see the token. */
static inline bool
lex_is_wanted(const struct lexer *lx, const struct input *in)
{
	if (lx->kind == TOKEN_MARK)
		return in->p[lx->start] == ';' && lx->depth == 0;
	return lx->kind == TOKEN_PARAMETER;
}

enum lexer_result
lexer_next(struct lexer *lx, const char *text, size_t len, bool final)
{
	const struct input in = {text, len, final};
	enum lexer_result r;

	do {
		r = LEXER_TOKEN;
		if (lx->skim && lx->state == LEXER_GAP &&
		    lx->pos >= lx->skimmed)
			lex_skim(lx, &in);
		if (lx->state == LEXER_GAP)
			r = lex_gap(lx, &in);
		if (r == LEXER_TOKEN)
			r = lex_go_on(lx, &in);
		if (r == LEXER_MORE && final) {
			if (lx->state != LEXER_COMMENT ||
			    !lx->dialect->open_comment_ends)
				return LEXER_OPEN;
			r = LEXER_TOKEN;
		}
		if (r != LEXER_TOKEN)
			return r;
		lex_finish(lx);
	} while (lx->skim && !lex_is_wanted(lx, &in));
	return LEXER_TOKEN;
}
