/* Names of migration files. */
#include "migration/name.h"

#include <string.h>

#include "base/text.h"

#define NUMBER_MAX 18 /* digits; so that it fits a bigint */
#define DIGITS "0123456789"
#define NAME_CHARS \
	DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-"

/* Whether n bytes end in the suffix. */
static bool
name_ends(const char *s, size_t n, const char *suffix)
{
	size_t m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool
name_is_sql(const char *file)
{
	size_t n = strlen(file), m = strlen(NAME_SUFFIX);

	return n >= m && text_is_word(file + n - m, NAME_SUFFIX);
}

bool
name_is_rollback(const char *file)
{
	return text_ends_with(file, NAME_ROLLBACK NAME_SUFFIX);
}

/* The same in any case of letters. */
static bool
name_ends_nearly(const char *s, size_t n, const char *suffix)
{
	size_t m = strlen(suffix);

	return n >= m && text_is_word_n(s + n - m, m, suffix);
}

bool
name_is_down(const char *file, size_t n)
{
	return name_ends_nearly(file, n, NAME_DOWN);
}

/* The rule that a rollback's name breaks: it must never run forward. */
static const char *
name_check_rollback(const char *file, size_t n)
{
	if (name_is_down(file, n))
		return "the ending of a rollback must be _rollback.sql";
	if (!name_is_rollback(file) && name_ends_nearly(file, n, NAME_ROLLBACK))
		return "the ending of a rollback must be _rollback.sql in "
		       "small letters";
	return NULL;
}

/* The value of n digits, at most NUMBER_MAX of them. */
static uint64_t
name_number(const char *s, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v = v * 10 + (uint64_t)(s[i] - '0');
	return v;
}

const char *
name_parse(const char *file, struct name *name)
{
	size_t digits = strspn(file, DIGITS), n = strlen(file);
	const char *rule;

	if (!text_ends_with(file, NAME_SUFFIX))
		return "the ending must be .sql in small letters";
	if (digits == 0)
		return "the name must begin with a number";
	if (digits > NUMBER_MAX)
		return "the number has more than 18 digits";
	if (file[digits] != '_')
		return "an underscore must follow the number";
	n -= strlen(NAME_SUFFIX);
	if (n == digits + 1)
		return "a name must follow the number";
	if (strspn(file, NAME_CHARS) < n)
		return "only letters, digits, and _ . - may stand in the name";
	rule = name_check_rollback(file, n);
	if (rule != NULL)
		return rule;
	name->number = name_number(file, digits);
	name->rollback = name_is_rollback(file);
	name->stem = name->rollback ? n - strlen(NAME_ROLLBACK) : n;
	return NULL;
}

bool
name_contradicts(const char *text, const char *stem, size_t n)
{
	size_t len = strcspn(text, " \t"), own = strspn(stem, DIGITS);
	size_t digits = strspn(text, DIGITS);
	bool numbered = digits > 0 && digits <= NUMBER_MAX &&
	    (digits == len || text[digits] == '_');

	if (text[len] != '\0' && (!numbered || digits == len))
		return false;
	if (name_ends(text, len, NAME_SUFFIX))
		len -= strlen(NAME_SUFFIX);
	if (numbered) {
		if (name_number(text, digits) != name_number(stem, own))
			return true;
		if (digits == len)
			return false;
		text += digits + 1;
		len -= digits + 1;
	}
	return len != n - own - 1 || memcmp(text, stem + own + 1, len) != 0;
}

char *
name_describe(struct arena *arena, const char *stem)
{
	char *text = arena_strdup(arena, stem + strspn(stem, DIGITS) + 1);
	char *p;

	for (p = text; *p != '\0'; p++)
		if (*p == '_' || *p == '-')
			*p = ' ';
	return text;
}
