/* SQLite addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/list.h"

static void
test_addresses(void **state)
{
	static const struct {
		const char *text;
		const char *path; /* NULL: refused; "": not ours */
	} cases[] = {
	    {"sqlite:a.db", "a.db"},
	    {"sqlite:/var/lib/a.db", "/var/lib/a.db"},
	    {"SQLite:a.db", "a.db"},
	    {"sqlite:///a.db", "a.db"},
	    {"sqlite:///./a b.db", "./a b.db"},
	    {"sqlite:////var/lib/a.db", "/var/lib/a.db"},
	    {"sqlite+aiosqlite:///a.db", "a.db"},
	    {"sqlite+pysqlite:a.db", "a.db"},
	    {"sqlite:odd?name#1%20.db", "odd?name#1%20.db"},
	    {"sqlite:file:a.db", "file:a.db"},
	    {"sqlite:./:memory:", "./:memory:"},
	    {"sqlite:", NULL},
	    {"sqlite://", NULL},
	    {"sqlite:///", NULL},
	    {"sqlite://a.db", NULL},
	    {"sqlite://user:secret@host/a.db", NULL},
	    {"sqlite:///a.db?mode=ro", NULL},
	    {"sqlite::memory:", NULL},
	    {"sqlite:///:memory:", NULL},
	    {"sqlite", ""},
	    {"sqlite3:a.db", ""},
	    {"sqlite+driver", ""},
	    {"sqlite+driver/a:b", ""},
	    {"a.db", ""},
	    {"postgresql:///sqlite:a", ""},
	};
	size_t i;
	int want;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = ERR_INIT;
		struct target t = {0};

		want =
		    cases[i].path == NULL ? ERR_USAGE : *cases[i].path != '\0';
		if (engine_sqlite.claim(&t, cases[i].text, &err) != want)
			fail_msg("%s", cases[i].text);
		assert_int_equal(err.code, want < 0 ? want : 0);
		if (want == 1)
			assert_string_equal(t.address, cases[i].path);
		if (want == 1)
			assert_string_equal(t.shown, cases[i].path);
		if (want < 0)
			assert_non_null(err.hint);
		if (want < 0)
			assert_null(strstr(err.message, "secret"));
		err_clear(&err);
		target_clear(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
