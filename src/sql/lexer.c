/*
 * The lexer: cuts text into tokens where the engine's own lexer would.
 *
 * Each lex_*() below goes on with a token of its kind from lx->pos and
 * returns LEXER_MORE where the text ends too early to decide; it is then
 * called again with more text and must not have moved pos past what it still
 * has to look at.
 *
 * Sources: PostgreSQL's scan.l and SQLite's tokenize.c.
 */
#include "sql/lexer_int.h"

#include <string.h>

struct input {
	const char *p;
	size_t len;
	bool final;
};

void
lexer_init(struct lexer *lx, const struct dialect *d)
{
	memset(lx, 0, sizeof(*lx));
	lx->dialect = d;
	lx->newline = true;
}

static size_t
less(size_t a, size_t b)
{
	return a < b ? 0 : a - b;
}

void
lexer_shift(struct lexer *lx, size_t n)
{
	lx->pos -= n;
	lx->start = less(lx->start, n);
	lx->tail = less(lx->tail, n);
	lx->before = less(lx->before, n);
	lx->opening = less(lx->opening, n);
	lx->fresh = less(lx->fresh, n);
}

void
lexer_skip_to(struct lexer *lx, size_t pos)
{
	lx->state = LEXER_GAP;
	lx->pos = pos;
	lx->newline = true;
	lx->continues = false;
}

static inline enum byte_class
byte_class(const struct lexer *lx, char c)
{
	return lx->dialect->bytes[(unsigned char)c];
}

/* The byte at i; NUL, which no text holds, after the end. */
static inline char
peek(const struct input *in, size_t i)
{
	return i < in->len ? in->p[i] : '\0';
}

/* Whether the byte at i is still unknown. */
static inline bool
unseen(const struct input *in, size_t i)
{
	return i >= in->len && !in->final;
}

static enum lexer_result
lex_escaped(struct lexer *lx, const struct input *in)
{
	size_t i = lx->pos;

	for (;;) {
		while (i < in->len && in->p[i] != '\\' && in->p[i] != '\'')
			i++;
		lx->pos = i;
		if (i == in->len || unseen(in, i + 1))
			return LEXER_MORE;
		if (in->p[i] == '\\' && i + 1 == in->len)
			return LEXER_MORE;
		if (in->p[i] == '\'' && peek(in, i + 1) != '\'')
			break;
		i += 2;
	}
	lx->pos = i + 1;
	return LEXER_TOKEN;
}

/* A doubled quote stays inside, except where names stand in brackets. */
static enum lexer_result
lex_quoted(struct lexer *lx, const struct input *in)
{
	const char *q;
	size_t i;

	if (lx->escapes)
		return lex_escaped(lx, in);
	for (;;) {
		q = memchr(in->p + lx->pos, lx->quote, in->len - lx->pos);
		lx->pos = q == NULL ? in->len : (size_t)(q - in->p);
		i = lx->pos + 1;
		if (q == NULL || unseen(in, i))
			return LEXER_MORE;
		lx->pos = i;
		if (lx->quote == ']' || peek(in, i) != lx->quote)
			break;
		lx->pos++;
	}
	return LEXER_TOKEN;
}

/* Begin a literal or a name whose opening quote is at pos. */
static enum lexer_result
lex_quote(struct lexer *lx, const struct input *in, bool escapes)
{
	char c = in->p[lx->pos];

	lx->state = LEXER_QUOTED;
	lx->kind = c == '\'' ? TOKEN_STRING : TOKEN_NAME;
	lx->quote = c == '[' ? ']' : c;
	lx->escapes = escapes;
	lx->pos++;
	return lex_quoted(lx, in);
}

/* A word of one letter may be the prefix of a literal that follows. */
static enum lexer_result
lex_prefix(struct lexer *lx, const struct input *in)
{
	char letter = (char)(in->p[lx->start] | 0x20), next = peek(in, lx->pos);

	if (letter == 'u' && next == '&') {
		if (unseen(in, lx->pos + 1))
			return LEXER_MORE;
		next = peek(in, lx->pos + 1);
		if (next != '\'' && next != '"')
			return LEXER_TOKEN;
		lx->pos++;
		return lex_quote(lx, in, false);
	}
	if (next != '\'')
		return LEXER_TOKEN;
	if (letter == 'e')
		return lex_quote(lx, in, true);
	if (letter == 'n')
		return lex_quote(lx, in, lx->backslash);
	if (letter == 'b' || letter == 'x')
		return lex_quote(lx, in, false);
	return LEXER_TOKEN;
}

static inline enum lexer_result
lex_word(struct lexer *lx, const struct input *in)
{
	size_t i = lx->pos;

	while (i < in->len && byte_class(lx, in->p[i]) <= BYTE_DOLLAR)
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

static enum lexer_result
lex_dollar_quoted(struct lexer *lx, const struct input *in)
{
	const char *p = in->p + lx->pos, *end = in->p + in->len;

	while ((p = memchr(p, '$', (size_t)(end - p))) != NULL) {
		lx->pos = (size_t)(p - in->p);
		if ((size_t)(end - p) < lx->tag)
			return LEXER_MORE;
		if (memcmp(p, in->p + lx->start, lx->tag) == 0) {
			lx->pos += lx->tag;
			return LEXER_TOKEN;
		}
		p++;
	}
	lx->pos = in->len;
	return LEXER_MORE;
}

static enum lexer_result
lex_parameter_tail(struct lexer *lx, const struct input *in)
{
	size_t i = lx->pos;
	enum byte_class c = BYTE_LETTER;

	for (; i < in->len && in->p[i] != ')'; i++) {
		c = byte_class(lx, in->p[i]);
		if (c == BYTE_BLANK || c == BYTE_NEWLINE)
			break;
	}
	lx->pos = i;
	if (unseen(in, i))
		return LEXER_MORE;
	if (peek(in, i) == ')')
		lx->pos++;
	return LEXER_TOKEN;
}

/* $1 in PostgreSQL; in SQLite ?1, :name and $name::more(anything). */
static enum lexer_result
lex_parameter(struct lexer *lx, const struct input *in)
{
	bool digits = lx->dialect->dollar_quotes || in->p[lx->start] == '?';
	enum byte_class first = digits ? BYTE_DIGIT : BYTE_LETTER;
	enum byte_class last = digits ? BYTE_DIGIT : BYTE_DOLLAR, c;
	size_t i = lx->pos;

	for (;; i++) {
		lx->pos = i;
		if (unseen(in, i))
			return LEXER_MORE;
		c = byte_class(lx, peek(in, i));
		if (i < in->len && c >= first && c <= last)
			continue;
		if (digits || peek(in, i) != ':')
			break;
		if (unseen(in, i + 1))
			return LEXER_MORE;
		if (peek(in, ++i) != ':')
			break;
	}
	if (digits || peek(in, lx->pos) != '(' || lx->pos == lx->start + 1)
		return LEXER_TOKEN;
	lx->state = LEXER_PARAMETER_TAIL;
	lx->pos++;
	return lex_parameter_tail(lx, in);
}

/* A tag is a name without $; where none ends in $, the $ stands alone. */
static enum lexer_result
lex_dollar(struct lexer *lx, const struct input *in)
{
	size_t first = lx->start + 1, i = lx->pos;

	if (unseen(in, first))
		return LEXER_MORE;
	if (byte_class(lx, peek(in, first)) == BYTE_DIGIT) {
		lx->state = LEXER_PARAMETER;
		lx->kind = TOKEN_PARAMETER;
		return lex_parameter(lx, in);
	}
	while (i < in->len && byte_class(lx, in->p[i]) <= BYTE_DIGIT)
		i++;
	lx->pos = i;
	if (unseen(in, i))
		return LEXER_MORE;
	if (peek(in, i) != '$') {
		lx->pos = first;
		return LEXER_TOKEN;
	}
	lx->state = LEXER_DOLLAR_QUOTED;
	lx->kind = TOKEN_STRING;
	lx->tag = ++lx->pos - lx->start;
	return lex_dollar_quoted(lx, in);
}

static enum lexer_result
lex_line_comment(struct lexer *lx, const struct input *in)
{
	size_t n = in->len - lx->pos;
	const char *p = in->p + lx->pos, *end = memchr(p, '\n', n), *cr = NULL;

	if (end != NULL)
		n = (size_t)(end - p);
	if (lx->dialect->cr_ends_comment)
		cr = memchr(p, '\r', n);
	if (cr != NULL)
		n = (size_t)(cr - p);
	lx->pos += n;
	if (unseen(in, lx->pos))
		return LEXER_MORE;
	if (in->p[lx->pos - 1] == '\r')
		lx->pos--;
	return LEXER_TOKEN;
}

/* The two bytes of a starter or an end belong to no other pair. */
static enum lexer_result
lex_comment(struct lexer *lx, const struct input *in)
{
	const char *p;

	for (;;) {
		p = memchr(in->p + lx->pos, '/', in->len - lx->pos);
		lx->pos = p == NULL ? in->len : (size_t)(p - in->p);
		if (p == NULL)
			return LEXER_MORE;
		if (lx->pos > lx->fresh && p[-1] == '*') {
			lx->fresh = ++lx->pos;
			if (--lx->nesting == 0)
				return LEXER_TOKEN;
			continue;
		}
		if (unseen(in, lx->pos + 1))
			return LEXER_MORE;
		lx->pos++;
		if (lx->dialect->nested_comments && peek(in, lx->pos) == '*') {
			lx->nesting++;
			lx->fresh = ++lx->pos;
		}
	}
}

/* Begin a comment whose two bytes are at start. */
static enum lexer_result
lex_comment_start(struct lexer *lx, const struct input *in)
{
	lx->kind = TOKEN_COMMENT;
	lx->pos = lx->fresh = lx->start + 2;
	lx->nesting = 1;
	if (in->p[lx->start] == '-') {
		lx->state = LEXER_LINE_COMMENT;
		return lex_line_comment(lx, in);
	}
	lx->state = LEXER_COMMENT;
	return lex_comment(lx, in);
}

/* A comment may begin within a run of operator characters. */
static inline enum lexer_result
lex_operator(struct lexer *lx, const struct input *in)
{
	size_t i = lx->pos;
	char c;

	for (; i < in->len; i++) {
		c = in->p[i];
		if (byte_class(lx, c) != BYTE_OPERATOR)
			break;
		if (c != '-' && c != '/')
			continue;
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

static enum lexer_result
lex_quote_start(struct lexer *lx, const struct input *in)
{
	bool literal = in->p[lx->start] == '\'';

	if (literal && lx->continues && lx->own_line)
		return lex_quote(lx, in, lx->escapes);
	return lex_quote(lx, in, literal && lx->backslash);
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
	    [BYTE_DOT] = {LEXER_DOT, TOKEN_MARK},
	    [BYTE_OPERATOR] = {LEXER_OPERATOR, TOKEN_OPERATOR},
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
	if (c != BYTE_OPERATOR && c != BYTE_QUOTE)
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
		if (lx->state == LEXER_GAP)
			r = lex_gap(lx, &in);
		else
			r = LEXER_TOKEN;
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
