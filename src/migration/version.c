/*
 * Versions: SemVer 2.0.0 without build metadata.
 *
 * Numbers are compared as text, by length and then by digits: the standard
 * sets no limit to them, so none is read into an integer.
 */
#include "migration/version.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Section 2: MAJOR.MINOR.PATCH.  Moves *s behind it. */
static const char *
version_core_fault(const char **s)
{
	const char *p = *s;
	size_t i, n;

	for (i = 0; i < 3; i++) {
		if (i > 0 && *p++ != '.')
			return "it needs three numbers, MAJOR.MINOR.PATCH";
		n = strspn(p, DIGITS);
		if (n == 0)
			return "it needs three numbers, MAJOR.MINOR.PATCH";
		if (n > 1 && *p == '0')
			return "a number must not begin with 0";
		p += n;
	}
	*s = p;
	return NULL;
}

/* Section 9: identifiers divided by dots, after the hyphen. */
static const char *
version_pre_fault(const char **s)
{
	const char *p = *s;
	size_t n;

	do {
		p++;
		n = strspn(p, DIGITS LETTERS "-");
		if (n == 0)
			return "a part of the pre-release is empty";
		if (n > 1 && *p == '0' && strspn(p, DIGITS) == n)
			return "a number must not begin with 0";
		p += n;
	} while (*p == '.');
	*s = p;
	return NULL;
}

const char *
version_fault(const char *s)
{
	const char *fault;

	if (strlen(s) > VERSION_MAX)
		return "it is longer than 50 characters";
	fault = version_core_fault(&s);
	if (fault == NULL && *s == '-')
		fault = version_pre_fault(&s);
	if (fault != NULL)
		return fault;
	if (*s == '+')
		return "build metadata (+...) cannot be used";
	if (*s != '\0')
		return "only -PRERELEASE may follow the three numbers";
	return NULL;
}

bool
version_is_valid(const char *s)
{
	return version_fault(s) == NULL;
}

static int
version_compare_numbers(const char *a, size_t an, const char *b, size_t bn)
{
	if (an != bn)
		return an < bn ? -1 : 1;
	return memcmp(a, b, an);
}

/* Section 11, points 4.1 to 4.3: numbers below words, words by ASCII. */
static int
version_compare_parts(const char *a, size_t an, const char *b, size_t bn)
{
	bool anum = strspn(a, DIGITS) >= an, bnum = strspn(b, DIGITS) >= bn;
	int r;

	if (anum && bnum)
		return version_compare_numbers(a, an, b, bn);
	if (anum != bnum)
		return anum ? -1 : 1;
	r = memcmp(a, b, an < bn ? an : bn);
	if (r != 0 || an == bn)
		return r;
	return an < bn ? -1 : 1;
}

/*
 * The pre-releases, given from their hyphen or the final NUL on.  One without
 * is the release itself, above all of its pre-releases.
 */
static int
version_compare_pre(const char *a, const char *b)
{
	size_t an, bn;
	int r;

	if (*a == '\0' || *b == '\0')
		return (*a == '\0') - (*b == '\0');
	for (;;) {
		an = strcspn(++a, ".");
		bn = strcspn(++b, ".");
		r = version_compare_parts(a, an, b, bn);
		a += an;
		b += bn;
		if (r != 0)
			return r;
		if (*a == '\0' || *b == '\0')
			return (*a != '\0') - (*b != '\0');
	}
}

int
version_compare(const char *a, const char *b)
{
	size_t i, an, bn;
	int r;

	for (i = 0; i < 3; i++) {
		an = strspn(a, DIGITS);
		bn = strspn(b, DIGITS);
		r = version_compare_numbers(a, an, b, bn);
		if (r != 0)
			return r;
		/* Behind the patch stands the hyphen or the end. */
		a += an + (i < 2);
		b += bn + (i < 2);
	}
	return version_compare_pre(a, b);
}

bool
version_is_generated(const char *version, uint64_t number)
{
	char generated[VERSION_MAX + 1];

	snprintf(generated, sizeof(generated), "0.0.%llu",
	    (unsigned long long)number);
	return strcmp(version, generated) == 0;
}

bool
version_raise(
    char out[VERSION_MAX + 1], const char *version, enum version_part part)
{
	uint64_t n[3] = {0};
	char digits[20];
	size_t i, len;
	int wrote;

	for (i = 0; i <= (size_t)part; i++, version += len + 1) {
		len = strspn(version, DIGITS);
		snprintf(digits, sizeof(digits), "%.*s", (int)len, version);
		if (len >= sizeof(digits) || !text_parse_number(digits, &n[i]))
			return false;
	}
	n[part]++;
	wrote = snprintf(out, VERSION_MAX + 1, "%llu.%llu.%llu",
	    (unsigned long long)n[0], (unsigned long long)n[1],
	    (unsigned long long)n[2]);
	return wrote <= VERSION_MAX;
}
