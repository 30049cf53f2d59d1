/* Targets: which migration an operator means. */
#include "migration/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static bool
select_means(const struct entry *e, const char *target)
{
	const char *name = entry_name(e);
	const char *version = entry_version(e);
	size_t n = strlen(target);
	uint64_t number;

	if (version != NULL && strcmp(version, target) == 0)
		return true;
	if (entry_is_loose(e))
		return false;
	if (text_parse_number(target, &number))
		return e->number == number;
	if (text_ends_with(target, ".sql"))
		n -= strlen(".sql");
	return name != NULL && strlen(name) == n &&
	    strncmp(name, target, n) == 0;
}

/* Words of other tools for the newest migration, and for none. */
static void
select_translate(const char *target, struct err *err)
{
	static const char *const newest[] = {
	    "head", "heads", "latest", "newest", "last", "all"};
	static const char *const none[] = {"base", "zero", "first"};
	size_t i;

	for (i = 0; i < sizeof(newest) / sizeof(newest[0]); i++)
		if (text_is_word(target, newest[i]))
			err_hint(err,
			    "sqlmigrate apply and sqlmigrate plan go up to the "
			    "newest without it; stamp and prove have --all.");
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (text_is_word(target, none[i]))
			err_hint(err,
			    "sqlmigrate rollback --all rolls everything back; "
			    "sqlmigrate stamp --undo --all deletes the rows "
			    "that were stamped.");
}

static int
select_unknown(const char *target, struct err *err)
{
	err_set(err, ERR_USAGE, "no migration is meant by \"%s\"", target);
	select_translate(target, err);
	err_hint(err,
	    "Give a number (003), a version (1.2.0) or a name as shown by "
	    "sqlmigrate status.");
	return ERR_USAGE;
}

/* Of two with one version, the one that is applied; else neither. */
static int
select_refuse_two(const struct entry *a, const struct entry *b,
    const char *target, struct err *err)
{
	err_set(err, ERR_USAGE, "\"%s\" means both %s and %s", target,
	    entry_name(a), entry_name(b));
	err_hint(err, "Give the number or the name of one of them.");
	return ERR_USAGE;
}

int
select_one(const struct state *s, const char *target, bool unknown, size_t *at,
    struct err *err)
{
	const struct entry *found = NULL, *e;
	uint64_t number;
	size_t i;

	for (i = 0; i < s->count; i++) {
		e = &s->entries[i];
		if ((entry_is_loose(e) && !unknown) || !select_means(e, target))
			continue;
		if (found != NULL && (found->row == NULL) == (e->row == NULL))
			return select_refuse_two(found, e, target, err);
		if (found == NULL || found->row == NULL) {
			found = e;
			*at = i;
		}
		if (text_parse_number(target, &number))
			break;
	}
	return found == NULL ? select_unknown(target, err) : 0;
}

int
select_file(
    const struct state *s, const char *target, size_t *at, struct err *err)
{
	for (*at = 0; *at < s->count; (*at)++)
		if (s->entries[*at].migration != NULL &&
		    select_means(&s->entries[*at], target))
			return 0;
	return select_unknown(target, err);
}

int
select_range(const struct state *s, const char *target, bool unknown,
    size_t *first, size_t *last, struct err *err)
{
	const char *dots = strstr(target, "..");
	char *from;
	int r;

	if (dots == NULL) {
		r = select_one(s, target, unknown, first, err);
		*last = *first;
		return r;
	}
	from = mem_strndup(target, (size_t)(dots - target));
	r = select_one(s, from, unknown, first, err);
	free(from);
	if (r == 0)
		r = select_one(s, dots + 2, unknown, last, err);
	if (r == 0 && *last < *first)
		r = err_set(err, ERR_USAGE,
		    "%s: the first stands behind the last", target);
	return r;
}

int
select_count(const char *target, uint64_t *count, struct err *err)
{
	if (text_parse_number(target + 1, count) && *count > 0)
		return 0;
	err_set(err, ERR_USAGE, "\"%s\" is no count of migrations", target);
	err_hint(
	    err, "Give %c1 for one, %c2 for two, and so on.", *target, *target);
	return ERR_USAGE;
}
