/* --help: whole, in 80 columns, from the tables. */
#include "command/help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "run.h"

static void
assert_fits(const char *text)
{
	const char *end;

	for (; *text != '\0'; text = end + 1) {
		end = strchr(text, '\n');
		assert_non_null(end); /* the last line ends, too */
		if (text_count_chars(text, (size_t)(end - text)) > 80)
			fail_msg("%.*s", (int)(end - text), text);
		assert_true(end == text || end[-1] != ' ');
	}
}

static size_t
count_lines(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* Whether the text has the term, and not only a longer one. */
static bool
has_term(const char *text, const char *term)
{
	size_t n = strlen(term);

	for (text = strstr(text, term); text != NULL;
	     text = strstr(text + n, term))
		if (text[n] != '-' && (text[n] < 'a' || text[n] > 'z'))
			return true;
	return false;
}

/* Each option stands in the help where it belongs, and nowhere else. */
static void
test_pages(void **state)
{
	const struct command *const *c;
	char term[64];
	enum option_id i;
	struct buf b;
	bool there;

	(void)state;
	for (c = commands; *c != NULL; c++) {
		buf_init(&b, BUF_LINE);
		help_page(&b, *c);
		assert_fits(buf_str(&b));
		assert_non_null(strstr(buf_str(&b), (*c)->name));
		for (i = 0; i < OPTION_COUNT; i++) {
			if (option_table[i].letter != '\0')
				snprintf(term, sizeof(term), "  -%c, --%s",
				    option_table[i].letter,
				    option_table[i].name);
			else
				snprintf(term, sizeof(term), "      --%s",
				    option_table[i].name);
			there = has_term(buf_str(&b), term);
			assert_int_equal(there,
			    !option_is_global(i) &&
				(option_table[i].commands & (*c)->bit) != 0);
		}
		buf_clear(&b);
	}
}

/* The program's own page is short: what everybody needs. */
static void
test_program(void **state)
{
	const struct command *const *c;
	char term[64];
	enum option_id i;
	struct buf b;

	(void)state;
	buf_init(&b, BUF_LINE);
	help_page(&b, NULL);
	assert_fits(buf_str(&b));
	for (c = commands; *c != NULL; c++) {
		snprintf(term, sizeof(term), "\n  %s ", (*c)->name);
		assert_int_equal(strstr(buf_str(&b), term) != NULL,
		    (*c)->group != GROUP_HIDDEN);
	}
	for (i = 0; i < OPTION_COUNT; i++) {
		snprintf(term, sizeof(term), ", --%s", option_table[i].name);
		if (option_table[i].letter == '\0')
			snprintf(term, sizeof(term), "      --%s",
			    option_table[i].name);
		assert_int_equal(has_term(buf_str(&b), term),
		    option_is_global(i) && option_table[i].common);
	}
	assert_true(count_lines(buf_str(&b)) <= 60);
	buf_clear(&b);
}

/* Each global option is in the topic of the options, and no other one. */
static void
test_topics(void **state)
{
	const struct help_topic *topic;
	const char *text;
	char term[64];
	enum option_id i;

	(void)state;
	for (topic = help_topics; topic->name != NULL; topic++) {
		snprintf(term, sizeof(term), "help %s", topic->name);
		text = run_program(term)->out;
		assert_fits(text);
	}
	text = run_program("help options")->out;
	for (i = 0; i < OPTION_COUNT; i++) {
		snprintf(term, sizeof(term), " --%s", option_table[i].name);
		assert_int_equal(
		    has_term(text, term) != 0, option_is_global(i));
	}
}

/* The three ways to ask say the same. */
static void
test_ways(void **state)
{
	char *first;
	struct run *r;

	(void)state;
	r = run_program("help apply");
	assert_int_equal(r->status, 0);
	assert_string_equal(r->err, "");
	first = strdup(r->out);
	assert_string_equal(run_program("apply -h")->out, first);
	assert_string_equal(run_program("--help apply 1 2 3")->out, first);
	free(first);
	first = strdup(run_program("--help")->out);
	assert_string_equal(run_program("help")->out, first);
	free(first);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, run_setup, run_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_pages),
	    TEST(test_program),
	    TEST(test_topics),
	    TEST(test_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
