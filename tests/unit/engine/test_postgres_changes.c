/*
 * The PostgreSQL engine's snapshot: each of the single changes of
 * tests/data/catalogue-postgres.txt is seen as what it is and as nothing else,
 * taking it back gives the snapshot of before, and pg_dump sees a difference
 * exactly where we do, but where the file says why not.
 */
#include "hard_schema.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A paragraph of the list. */
struct change {
	char *make[8];
	char *undo[8];
	size_t nmake, nundo;
	struct buf expected;
	bool unseen; /* by pg_dump */
	bool wanted; /* on this hard_version */
};

/* Whether the server's hard_version is in a range like "14..17". */
static bool
change_is_for(const char *range)
{
	int until = atoi(strstr(range, "..") + 2);

	return hard_version >= atoi(range) &&
	    (until == 0 || hard_version <= until);
}

static void
change_read(struct change *c, char *paragraph)
{
	char *save, *line;

	memset(c, 0, sizeof(*c));
	c->wanted = true;
	buf_init(&c->expected, BUF_TEXT);
	for (line = strtok_r(paragraph, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (line[0] == '+')
			c->make[c->nmake++] = line + 2;
		else if (line[0] == '-')
			c->undo[c->nundo++] = line + 2;
		else if (line[0] == '=')
			buf_addf(&c->expected, "%s\n", line);
		else if (line[0] == '~')
			c->unseen = true;
		else if (strstr(line, "..") != NULL && line[0] != '#')
			c->wanted = change_is_for(line);
	}
}

static int
run_all(char *const *sql, size_t n)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		r = hard_try(hard_db, sql[i]);
	return r;
}

/* Returns what is wrong, having told it. */
static int
check_change(
    const struct change *c, const struct catalogue *before, char **base)
{
	struct catalogue *after;
	char *dumped;
	struct buf seen;
	int wrong = 0;

	buf_init(&seen, BUF_TEXT);
	if (*base != NULL && (c->unseen || c->expected.len == 0)) {
		free(*base);
		*base = hard_dump(hard_database);
	}
	wrong += run_all(c->make, c->nmake) < 0;
	after = hard_take();
	hard_compare(before, after, &seen);
	if (!hard_same_lines(buf_str(&seen), buf_str(&c->expected))) {
		wrong++;
		print_error("%s\nis seen as\n%s\n", c->make[0], buf_str(&seen));
	}
	dumped = *base == NULL ? NULL : hard_dump(hard_database);
	if (dumped != NULL &&
	    (strcmp(dumped, *base) != 0) != (seen.len > 0 && !c->unseen)) {
		wrong++;
		print_error("%s\npg_dump %s\n", c->make[0],
		    seen.len > 0 ? "does not see it" : "sees something");
	}
	free(dumped);
	catalogue_free(after);
	buf_clear(&seen);
	return wrong;
}

static int
check_undo(const struct change *c, struct catalogue **before)
{
	struct catalogue *after;
	struct buf seen;
	int wrong;

	buf_init(&seen, BUF_TEXT);
	wrong = run_all(c->undo, c->nundo) < 0;
	after = hard_take();
	if (hard_compare(*before, after, &seen) > 0) {
		wrong++;
		print_error(
		    "%s\nis not undone:\n%s\n", c->make[0], buf_str(&seen));
	}
	/* What stays is told once. */
	catalogue_free(*before);
	*before = after;
	buf_clear(&seen);
	return wrong;
}

static void
test_changes(void **state)
{
	char *text = hard_read("catalogue-postgres.txt"), *rest = text, *p;
	struct catalogue *before = hard_take();
	char *base = hard_oracle() ? hard_dump(hard_database) : NULL;
	int wrong = 0, changes = 0;
	struct change c;

	(void)state;
	while ((p = hard_paragraph(&rest)) != NULL) {
		change_read(&c, p);
		if (c.wanted && c.nmake > 0) {
			changes++;
			wrong += check_change(&c, before, &base);
			wrong += check_undo(&c, &before);
		}
		buf_clear(&c.expected);
	}
	free(text);
	free(base);
	catalogue_free(before);
	assert_true(changes > 200);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, hard_setup, hard_teardown);
}
