/* Allowances: sorts of differences that may be accepted. */
#include "migration/allow.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static const char *const allow_names[ALLOW_COUNT] = {
    [ALLOW_COLUMN_ORDER] = "column-order",
    [ALLOW_ENUM_VALUES] = "enum-values",
    [ALLOW_SEQUENCE] = "sequence",
    [ALLOW_RENAMED] = "renamed",
    [ALLOW_RESPELLED] = "respelled",
    [ALLOW_OWNER] = "owner",
    [ALLOW_PRIVILEGES] = "privileges",
    [ALLOW_COMMENT] = "comment",
};

const char *
allow_name(enum allowance a)
{
	return allow_names[a];
}

static int
allow_unknown(const char *word, size_t n, struct err *err)
{
	struct buf known;
	unsigned a;

	err_set(err, ERR_USAGE, "\"%.*s\" cannot be allowed", (int)n, word);
	buf_init(&known, BUF_LINE);
	for (a = ALLOW_NONE + 1; a < ALLOW_RESPELLED; a++)
		buf_addf(
		    &known, "%s%s", known.len == 0 ? "" : ", ", allow_names[a]);
	err_hint(err, "Give some of %s, with commas.", buf_str(&known));
	buf_clear(&known);
	return ERR_USAGE;
}

int
allow_parse(unsigned *set, const char *list, struct err *err)
{
	const char *word = list;
	unsigned a;
	size_t n;

	for (;; word += n + 1) {
		word += strspn(word, " \t");
		n = strcspn(word, ", \t");
		for (a = ALLOW_NONE + 1; a < ALLOW_RESPELLED; a++)
			if (text_is_word_n(word, n, allow_names[a]))
				break;
		if (a == ALLOW_RESPELLED)
			return allow_unknown(word, n, err);
		*set |= 1U << a;
		n += strspn(word + n, " \t");
		if (word[n] != ',')
			return word[n] == '\0'
			    ? 0
			    : allow_unknown(word, strlen(word), err);
	}
}
