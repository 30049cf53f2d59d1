/* Directives: comment lines that set how a migration runs. */
#include "migration/directive.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "migration/allow.h"

#define NAME_MAX_LEN 32 /* of a name that can be a misspelt one */
#define NEAR 2          /* so many wrong letters are a misspelling */

enum directive_kind {
	DIRECTIVE_FLAG,     /* bool: it stands there */
	DIRECTIVE_DURATION, /* int64_t: milliseconds */
	DIRECTIVE_ALLOW,    /* unsigned: see allow_parse() */
	DIRECTIVE_REASON    /* const char *: the text itself */
};

struct directive {
	const char *name;
	enum directive_kind kind;
	size_t offset; /* in struct directives */
};

#define OFFSET(member) offsetof(struct directives, member)

static const struct directive directives[] = {
    {"no-transaction", DIRECTIVE_FLAG, OFFSET(no_transaction)},
    {"empty", DIRECTIVE_FLAG, OFFSET(empty)},
    {"lock-timeout", DIRECTIVE_DURATION, OFFSET(lock_timeout_ms)},
    {"statement-timeout", DIRECTIVE_DURATION, OFFSET(statement_timeout_ms)},
    {"allow", DIRECTIVE_ALLOW, OFFSET(allow)},
    {"no-proof", DIRECTIVE_REASON, OFFSET(no_proof)}};

#define COUNT (sizeof(directives) / sizeof(directives[0]))

void
directive_init(struct directives *d)
{
	memset(d, 0, sizeof(*d));
	d->lock_timeout_ms = -1;
	d->statement_timeout_ms = -1;
}

static size_t
directive_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to insert, remove or replace to make one of the other. */
static size_t
directive_distance(const char *a, size_t an, const char *b)
{
	size_t row[NAME_MAX_LEN + 1], bn = strlen(b), i, j, corner, above;

	for (j = 0; j <= bn; j++)
		row[j] = j;
	for (i = 0; i < an; i++) {
		corner = row[0];
		row[0] = i + 1;
		for (j = 0; j < bn; j++) {
			above = row[j + 1];
			corner += a[i] != b[j];
			row[j + 1] = directive_min(
			    corner, 1 + directive_min(above, row[j]));
			corner = above;
		}
	}
	return row[bn];
}

static int
directive_unknown(const char *name, size_t n, struct err *err)
{
	struct buf known;
	size_t i;
	int code;

	code =
	    err_set(err, ERR_USAGE, "unknown directive \"%.*s\"", (int)n, name);
	for (i = 0; i < COUNT && n <= NAME_MAX_LEN; i++)
		if (directive_distance(name, n, directives[i].name) <= NEAR)
			err_hint(err, "Did you mean %s?", directives[i].name);
	buf_init(&known, BUF_LINE);
	for (i = 0; i < COUNT; i++)
		buf_addf(
		    &known, "%s%s", i == 0 ? "" : ", ", directives[i].name);
	err_detail(err, "Known directives: %s.", buf_str(&known));
	buf_clear(&known);
	return code;
}

static const struct directive *
directive_find(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < COUNT; i++)
		if (text_is_word_n(name, n, directives[i].name))
			return &directives[i];
	return NULL;
}

/* The value of a directive: NULL where there is no = after the name. */
static int
directive_store(struct directives *to, const struct directive *d,
    const char *value, struct err *err)
{
	void *member = (char *)to + d->offset;

	switch (d->kind) {
	case DIRECTIVE_FLAG:
		if (value != NULL)
			return err_set(err, ERR_USAGE,
			    "the directive %s takes no value", d->name);
		*(bool *)member = true;
		return 0;
	case DIRECTIVE_DURATION:
		if (value != NULL && text_parse_duration(value, member))
			return 0;
		err_set(err, ERR_USAGE, "the directive %s needs a duration",
		    d->name);
		err_hint(err,
		    "Write a number and a unit (ms, s, min, h, d), at "
		    "most " TEXT_DURATION_MAX ", for example %s=2s.",
		    d->name);
		return ERR_USAGE;
	case DIRECTIVE_ALLOW:
		return allow_parse(member, value == NULL ? "" : value, err);
	case DIRECTIVE_REASON:
		if (value != NULL && *value != '\0') {
			*(const char **)member = value;
			return 0;
		}
		err_set(
		    err, ERR_USAGE, "the directive %s needs a reason", d->name);
		err_hint(err, "Write why, for example %s=needs a subscription.",
		    d->name);
		return ERR_USAGE;
	}
	return 0;
}

int
directive_set(
    struct directives *to, uint32_t *seen, const char *text, struct err *err)
{
	size_t n = strcspn(text, "= \t");
	const struct directive *d = directive_find(text, n);
	const char *rest = text + n + strspn(text + n, " \t");
	const char *value = NULL;
	uint32_t bit;

	if (d == NULL)
		return directive_unknown(text, n, err);
	if (*rest == '=')
		value = rest + 1 + strspn(rest + 1, " \t");
	else if (*rest != '\0')
		return err_set(err, ERR_USAGE,
		    "text after the directive %s: each directive needs a "
		    "line of its own",
		    d->name);
	bit = (uint32_t)1 << (d - directives);
	if ((*seen & bit) != 0)
		return err_set(
		    err, ERR_USAGE, "the directive %s is given twice", d->name);
	*seen |= bit;
	return directive_store(to, d, value, err);
}
