/* The configuration file: what it gives, and what each mistake is told. */
#include "config/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char good[] = "\xef\xbb\xbf# a comment\n"
			   "  database = postgresql://u@h/d?x=1#y \r\n"
			   "dir=migrations\n"
			   "\n"
			   "[ staging ]\n"
			   "; another comment\n"
			   "dir = elsewhere here\n"
			   "lock-wait = 5s\n"
			   "[live]\n"
			   "dir =";

static void
assert_value(
    const struct conf *c, enum option_id id, const char *text, size_t line)
{
	if (text == NULL) {
		assert_null(c->values[id].text);
		return;
	}
	assert_non_null(c->values[id].text);
	assert_string_equal(c->values[id].text, text);
	assert_int_equal(c->values[id].line, line);
}

static void
parse(struct conf *c, struct arena *arena, const char *env)
{
	struct err err = ERR_INIT;

	/* Without its byte order mark, and with it. */
	if (conf_parse(c, arena, "f", good + 3, sizeof(good) - 4, env, &err) !=
	    0)
		fail_msg("%s", err.message);
}

static void
test_sections(void **state)
{
	struct arena *arena = arena_new();
	struct conf c;

	(void)state;
	parse(&c, arena, NULL);
	assert_value(&c, OPTION_DATABASE, "postgresql://u@h/d?x=1#y", 2);
	assert_value(&c, OPTION_DIR, "migrations", 3);
	assert_value(&c, OPTION_LOCK_WAIT, NULL, 0);
	parse(&c, arena, "staging");
	assert_value(&c, OPTION_DATABASE, "postgresql://u@h/d?x=1#y", 2);
	assert_value(&c, OPTION_DIR, "elsewhere here", 7);
	assert_value(&c, OPTION_LOCK_WAIT, "5s", 8);
	parse(&c, arena, "live");
	assert_value(&c, OPTION_DIR, "", 10);
	assert_value(&c, OPTION_LOCK_WAIT, NULL, 0);
	arena_free(arena);
}

static void
test_mark(void **state)
{
	struct arena *arena = arena_new();
	struct err err = ERR_INIT;
	struct conf c;

	(void)state;
	assert_int_equal(
	    conf_parse(&c, arena, "f", good, sizeof(good) - 1, NULL, &err), 0);
	assert_value(&c, OPTION_DIR, "migrations", 3);
	assert_int_equal(conf_parse(&c, arena, "f", "", 0, NULL, &err), 0);
	arena_free(arena);
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *text;
		const char *env;
		unsigned line, column;
		const char *message;
		const char *hint; /* NULL: any */
	} cases[] = {
	    {"dir = m\ndatabse = x\n", NULL, 2, 1,
		"no setting is called \"databse\"", "Was database meant?"},
	    {"\n  \xc3\xa9 = x", NULL, 2, 3,
		"no setting is called \"\xc3\xa9\"", NULL},
	    {"exit-code = yes", NULL, 1, 1,
		"no setting is called \"exit-code\"", NULL},
	    {"config = x", NULL, 1, 1, "no setting is called \"config\"", NULL},
	    {"= x", NULL, 1, 1, "no setting is called \"\"", NULL},
	    {"dir = a\n[s]\ndir = b\n dir = c\n", NULL, 4, 2,
		"dir is given twice, first in line 3", NULL},
	    {"dir", NULL, 1, 1, "neither KEY = VALUE nor [SECTION]", NULL},
	    {"database: postgresql://u:pw@h/d?a=b", NULL, 1, 1,
		"neither KEY = VALUE nor [SECTION]", NULL},
	    {"u:pw@h/d?a=b", NULL, 1, 1, "neither KEY = VALUE nor [SECTION]",
		NULL},
	    {"[s\n", NULL, 1, 1, "a section without its ]", NULL},
	    {"[ ]\n", NULL, 1, 1, "a section without a name", NULL},
	    {"[postgresql://u:pw@h/d]", "x", 1, 1,
		"a section's name is the address of a database", NULL},
	    {"[s]\n[t]\n[ s ]\n", NULL, 3, 1, "the section [s] is given twice",
		NULL},
	    {"dir = \xff", NULL, 1, 7, "a byte that is not UTF-8 text", NULL},
	    {"[live]\n", "life", 0, 0, "f has no section [life]",
		"Was --env=live meant?"},
	    {"[test]\n[live]\n", "x", 0, 0, "f has no section [x]",
		"Its sections: [test], [live]."},
	    {"", "x", 0, 0, "f has no section [x]", "Its sections: none."},
	};
	struct arena *arena = arena_new();
	struct err err = ERR_INIT;
	struct conf c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(conf_parse(&c, arena, "f", cases[i].text,
				     strlen(cases[i].text), cases[i].env, &err),
		    ERR_USAGE);
		assert_string_equal(err.message, cases[i].message);
		assert_int_equal(err.place.line, cases[i].line);
		assert_int_equal(err.place.column, cases[i].column);
		if (cases[i].hint != NULL)
			assert_string_equal(err.hint, cases[i].hint);
		err_clear(&err);
	}
	assert_int_equal(
	    conf_parse(&c, arena, "f", "a\0b", 3, NULL, &err), ERR_USAGE);
	assert_int_equal(err.place.column, 2);
	err_clear(&err);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sections),
	    cmocka_unit_test(test_mark),
	    cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
