/* The word that was probably meant. */
#include "config/suggest.h"

#include <string.h>

#define SUGGEST_MAX 40 /* longer words are never compared */

void
suggestion_init(struct suggestion *s, const char *typed, size_t len)
{
	memset(s, 0, sizeof(*s));
	s->typed = typed;
	s->len = len;
	/* one slip in a short word, up to three in a long one */
	s->distance = 1 + (len >= 5) + (len >= 9) + 1;
}

static size_t
suggest_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * The least number of letters inserted, left out, replaced or swapped with
 * their neighbour.  Only the last three rows of the table are kept.
 */
static size_t
suggest_distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t table[3][SUGGEST_MAX + 1], i, j, d;
	size_t *now, *last, *older;

	for (j = 0; j <= m; j++)
		table[0][j] = j;
	for (i = 1; i <= n; i++) {
		now = table[i % 3];
		last = table[(i + 2) % 3];
		older = table[(i + 1) % 3];
		now[0] = i;
		for (j = 1; j <= m; j++) {
			d = last[j - 1] + (a[i - 1] != b[j - 1]);
			d = suggest_min(d, last[j] + 1);
			d = suggest_min(d, now[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d = suggest_min(d, older[j - 2] + 1);
			now[j] = d;
		}
	}
	return table[n % 3][m];
}

void
suggestion_try(struct suggestion *s, const char *word)
{
	size_t m = strlen(word), d;

	if (s->len == 0 || s->len > SUGGEST_MAX || m > SUGGEST_MAX)
		return;
	/* an abbreviation is as good as one slip */
	if (s->len >= 2 && s->len < m && memcmp(word, s->typed, s->len) == 0)
		d = 1;
	else
		d = suggest_distance(s->typed, s->len, word, m);
	if (d < s->distance && d < m) {
		s->distance = d;
		s->best = word;
	}
}
