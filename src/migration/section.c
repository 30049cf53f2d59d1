/* Sections: files that hold a migration and its rollback. */
#include "migration/section.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

#define BLANKS " \t\r"

static const struct {
	const char *text; /* in any case of letters */
	bool back;
	bool options; /* words may follow */
} marks[] = {
    {"+goose up", false, true},
    {"+goose down", true, true},
    {"+micrate up", false, true},
    {"+micrate down", true, true},
    {"+migrate up", false, true},
    {"+migrate down", true, true},
    {"migrate:up", false, true},
    {"migrate:down", true, true},
    {"up migration", false, false},
    {"down migration", true, false},
    {"-- create above / drop below ----", true, false},
    {"//@UNDO", true, false},
};

/* Whether n bytes are the mark, or begin with it and a blank. */
static bool
section_is(const char *s, size_t n, size_t mark)
{
	size_t m = strlen(marks[mark].text);

	if (n < m || !text_is_word_n(s, m, marks[mark].text))
		return false;
	return n == m || (marks[mark].options && strchr(BLANKS, s[m]) != NULL);
}

void
section_comment(struct section *section, const struct token *t, bool body)
{
	const char *s = t->text, *end = t->text + t->len;
	size_t i, n;

	if (!t->own_line || t->len < 2 || memcmp(s, "--", 2) != 0)
		return;
	for (s += 2; s < end && strchr(BLANKS, *s) != NULL; s++)
		;
	while (end > s && strchr(BLANKS, end[-1]) != NULL)
		end--;
	n = (size_t)(end - s);
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (!section_is(s, n, i))
			continue;
		section->turned = body && section->back != marks[i].back;
		section->place = t->place;
		if (!body)
			section->back = marks[i].back;
		return;
	}
}

int
section_refuse(const struct section *section, struct err *err)
{
	err_set(err, ERR_USAGE,
	    "the other direction of the migration begins here, in one file "
	    "with the first");
	err_hint(err,
	    "All of it would run: put each direction into a file of its own, "
	    "X.sql and X_rollback.sql.");
	err_place(err, &section->place);
	return ERR_USAGE;
}
