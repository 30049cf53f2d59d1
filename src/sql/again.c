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
again_create(struct words *w, struct again_target *target)
{
	const char *end = w->text + w->text_len;

	target->unique = words_take(w, "unique");
	if (!statement_match(w, "index concurrently if? not? exists?"))
		return AGAIN_UNKNOWN;
	if (!words_is(w, "on"))
		target->name = again_name(w);
	if (!words_take(w, "on"))
		return AGAIN_UNKNOWN;
	words_take(w, "only");
	target->table = again_name(w);
	if (!words_at_end(w))
		target->key = mem_strndup(w->p, (size_t)(end - w->p));
	return AGAIN_CREATE;
}

static enum again
again_detach(struct words *w, struct again_target *target)
{
	target->table = again_name(w);
	if (!words_at_end(w) && *w->p == '*')
		words_next(w);
	if (!statement_match(w, "detach partition"))
		return AGAIN_UNKNOWN;
	target->name = again_name(w);
	return words_is(w, "concurrently") ? AGAIN_DETACH : AGAIN_UNKNOWN;
}

static enum again
again_look(const struct dialect *d, const char *text, size_t len,
    struct again_target *target)
{
	struct words w;

	if (again_replaces(d, text, len))
		return AGAIN_REPLACE;
	if (again_is_safe(d, text, len))
		return AGAIN_SAFE;
	words_init(&w, d, text, len);
	if (statement_match(&w, "drop index concurrently if? exists?")) {
		target->name = again_name(&w);
		return AGAIN_DROP;
	}
	words_init(&w, d, text, len);
	if (statement_match(&w, "alter table if? exists? only?"))
		return again_detach(&w, target);
	words_init(&w, d, text, len);
	return words_take(&w, "create") ? again_create(&w, target)
					: AGAIN_UNKNOWN;
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
    struct again_target *target)
{
	enum again again;

	memset(target, 0, sizeof(*target));
	again = again_look(d, text, len, target);
	if (again_is_strange(target->name) || again_is_strange(target->table))
		again = AGAIN_UNKNOWN;
	if (again == AGAIN_UNKNOWN)
		again_clear(target);
	return again;
}

void
again_clear(struct again_target *target)
{
	free(target->name);
	free(target->table);
	free(target->key);
	memset(target, 0, sizeof(*target));
}
