/* Statements that may or may not have taken effect. */
#include "sql/again.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sql/classify_int.h"
#include "sql/words_int.h"

static bool
again_is_safe(const struct dialect *d, const char *text, size_t len)
{
	static const char *const starts[] = {"vacuum", "analyze", "reindex",
	    "cluster", "checkpoint", "refresh", "pragma", "attach", "detach"};
	struct words w;
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		words_init(&w, d, text, len);
		if (statement_match(&w, starts[i]))
			return true;
	}
	return false;
}

static bool
again_concurrently(struct words *w)
{
	while (!words_at_end(w) && !words_is(w, "concurrently"))
		words_next(w);
	return !words_at_end(w);
}

/* REINDEX CONCURRENTLY makes a new index beside each old one. */
static bool
again_replaces(const struct dialect *d, const char *text, size_t len)
{
	struct words w;

	words_init(&w, d, text, len);
	return words_take(&w, "reindex") && again_concurrently(&w);
}

bool
statement_is_concurrent(const struct dialect *d, const char *text, size_t len)
{
	struct words w;

	words_init(&w, d, text, len);
	return statement_classify(d, text, len) == STATEMENT_OUTSIDE &&
	    again_concurrently(&w);
}

/* The name that stands here, qualified or not; NULL where none does. */
static char *
again_name(struct words *w)
{
	const char *p = w->p, *end = p;

	do {
		end = w->p + w->len;
		words_next(w);
	} while (words_take_mark(w, '.') && !words_at_end(w));
	return end > p ? mem_strndup(p, (size_t)(end - p)) : NULL;
}

static enum again
again_look(const struct dialect *d, const char *text, size_t len,
    struct again_index *index)
{
	struct words w;

	if (again_replaces(d, text, len))
		return AGAIN_REPLACE;
	if (again_is_safe(d, text, len))
		return AGAIN_SAFE;
	words_init(&w, d, text, len);
	if (statement_match(&w, "drop index concurrently if? exists?")) {
		index->name = again_name(&w);
		return AGAIN_DROP;
	}
	words_init(&w, d, text, len);
	if (!statement_match(
		&w, "create unique? index concurrently if? not? exists?"))
		return AGAIN_UNKNOWN;
	if (!words_is(&w, "on"))
		index->name = again_name(&w);
	if (!words_take(&w, "on"))
		return AGAIN_UNKNOWN;
	words_take(&w, "only");
	index->table = again_name(&w);
	return AGAIN_CREATE;
}

/* The server reads these in a statement, but not as a name in text. */
static bool
again_is_strange(const char *name)
{
	return name != NULL &&
	    (strcasestr(name, "u&\"") != NULL || strstr(name, "/*") != NULL ||
		strstr(name, "--") != NULL);
}

enum again
statement_again(const struct dialect *d, const char *text, size_t len,
    struct again_index *index)
{
	enum again again;

	index->name = index->table = NULL;
	again = again_look(d, text, len, index);
	if (again_is_strange(index->name) || again_is_strange(index->table))
		again = AGAIN_UNKNOWN;
	if (again == AGAIN_UNKNOWN) {
		free(index->name);
		free(index->table);
		index->name = index->table = NULL;
	}
	return again;
}
