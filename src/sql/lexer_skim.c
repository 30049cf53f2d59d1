/*
 * Parts of the lexer: skimming.
 *
 * Most bytes of a large text are in the middle of statements of which only
 * the end matters.  Runs of dull bytes are passed here without being cut into
 * tokens; what the run has to say about the byte that ends it is read off its
 * last bytes.
 */
#include "sql/lexer_part_int.h"

#define BIT(class) (1u << (class))

/* Bytes that alone neither begin nor end anything that can hold a ; */
#define DULL                                                     \
	(BIT(BYTE_LETTER) | BIT(BYTE_DIGIT) | BIT(BYTE_BLANK) |  \
	    BIT(BYTE_NEWLINE) | BIT(BYTE_MARK) | BIT(BYTE_DOT) | \
	    BIT(BYTE_OPERATOR))

static inline bool
is_space(const struct lexer *lx, char c)
{
	return (BIT(byte_class(lx, c)) &
		   (BIT(BYTE_BLANK) | BIT(BYTE_NEWLINE))) != 0;
}

/* Pass a parenthesis or a ; inside them; false where it must be seen. */
static inline bool
skim_group(struct lexer *lx, const struct input *in, size_t i)
{
	bool counts = lx->dialect->parentheses;
	char c = in->p[i];

	if (c == ';')
		return lx->depth > 0;
	if (c == '(' && counts && lx->depth++ == 0)
		lx->opening = i;
	if (c == ')' && lx->depth > 0)
		lx->depth--;
	return true;
}

/* Whether - or / at i is no comment. */
static inline bool
skim_dash(const struct input *in, size_t i)
{
	if (i + 1 >= in->len)
		return false;
	return in->p[i + 1] != (in->p[i] == '-' ? '-' : '*');
}

static inline size_t
skim_run(struct lexer *lx, const struct input *in, size_t i)
{
	enum byte_class c;

	for (; i < in->len; i++) {
		c = byte_class(lx, in->p[i]);
		if ((DULL >> c & 1) != 0)
			continue;
		if (c == BYTE_GROUP && skim_group(lx, in, i))
			continue;
		if (c != BYTE_DASH || !skim_dash(in, i))
			break;
	}
	return i;
}

/* Whether the literal before pos cannot go on with what stands after it. */
static inline bool
skim_ends_literal(struct lexer *lx, const struct input *in)
{
	size_t i = lx->pos;
	enum byte_class c;

	while (i < in->len && is_space(lx, in->p[i]))
		i++;
	if (i == in->len)
		return false;
	c = byte_class(lx, in->p[i]);
	lx->continues = c == BYTE_QUOTE || c == BYTE_DASH;
	return !lx->continues;
}

/*
 * A word or a number at the end of the run goes together with what follows:
 * e'', a$b, 1.5, or more of it in the text to come; so does the & of u&''.
 */
static inline bool
skim_leads_on(const struct lexer *lx, char c)
{
	return is_word_byte(lx, c) || c == '&' || c == '.';
}

void
lex_skim(struct lexer *lx, const struct input *in)
{
	size_t from = lx->pos, i, end;

	if (lx->continues && !skim_ends_literal(lx, in))
		return;
	end = i = skim_run(lx, in, from);
	lx->skimmed = i;
	if (i == in->len || byte_class(lx, in->p[i]) != BYTE_GROUP)
		while (end > from && skim_leads_on(lx, in->p[end - 1]))
			end--;
	if (end == from)
		return;
	lx->pos = end;
	lx->newline = false;
	while (end > from && is_space(lx, in->p[end - 1]))
		end--;
	if (end > from)
		lx->tail = end;
}
