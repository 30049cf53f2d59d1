/* SQLite addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
	    {"sqlite:odd#1%20.db", "odd#1%20.db"},
	    {"sqlite:a b.db", "a b.db"},
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

/*
 * What other programs write: the answer is the spelling that is right, and a
 * file with that very name is the only exception.
 */
static void
test_other_spellings(void **state)
{
	static const struct {
		const char *text, *hint;
	} cases[] = {
	    {"sqlite:app.db?mode=rwc", "Give sqlite:app.db."},
	    {"sqlite:app.db?mode=ro", "Give sqlite:app.db."},
	    {"sqlite:app.db?_journal_mode=WAL&_fk=1", "Give sqlite:app.db."},
	    {"sqlite:///app.db?mode=rwc", "Give sqlite:app.db."},
	    {"sqlite:////var/app.db?mode=ro", "Give sqlite:/var/app.db."},
	    {"sqlite+aiosqlite:///app.db?timeout=5", "Give sqlite:app.db."},
	    {"sqlite://app.db", "Give sqlite:app.db."},
	    {"sqlite://app.db?mode=rwc", "Give sqlite:app.db."},
	    {"sqlite://./data/app.db", "Give sqlite:./data/app.db."},
	    {"sqlite:file:app.db?mode=rw", "Give sqlite:app.db."},
	    {"sqlite:file:///var/app.db", "Give sqlite:/var/app.db."},
	    {"sqlite:///file:app.db?mode=ro&uri=true", "Give sqlite:app.db."},
	    {"file:./dev.db", "Give sqlite:./dev.db."},
	    {"file:app.db?mode=ro", "Give sqlite:app.db."},
	    {"FILE:/var/app.db", "Give sqlite:/var/app.db."},
	    {"file://host/app.db", "Give sqlite:PATH or sqlite:///PATH."},
	    {"file::memory:?cache=shared",
		"Give sqlite:PATH or sqlite:///PATH."},
	    {"sqlite::memory:?cache=shared",
		"Give sqlite:PATH or sqlite:///PATH."},
	    {"sqlite:?mode=ro", "Give sqlite:PATH or sqlite:///PATH."},
	    {"sqlite://u:secret@h/a?x=1",
		"Give sqlite:PATH or sqlite:///PATH."},
	    {"sqlite:app.db ", "Give sqlite:app.db."},
	    {"sqlite:app.db\r", "Give sqlite:app.db."},
	    {"sqlite: app.db", "Give sqlite:app.db."},
	    {"sqlite:\tapp.db\n", "Give sqlite:app.db."},
	    {"sqlite:\"app.db\"", "Give sqlite:app.db."},
	    {"sqlite:'app.db'", "Give sqlite:app.db."},
	};
	struct err err = ERR_INIT;
	struct target t = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (engine_sqlite.claim(&t, cases[i].text, &err) != ERR_USAGE)
			fail_msg("%s", cases[i].text);
		if (strcmp(err.hint, cases[i].hint) != 0)
			fail_msg("%s: %s", cases[i].text, err.hint);
		assert_null(strstr(err.message, "secret"));
		assert_null(t.address);
		err_clear(&err);
	}
}

static void
test_odd_name(void **state)
{
	char path[] = "/tmp/sqlmigrate-odd?mode=ro ", text[64];
	struct err err = ERR_INIT;
	struct target t = {0};
	FILE *f;

	(void)state;
	snprintf(text, sizeof(text), "sqlite:%s", path);
	f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(engine_sqlite.claim(&t, text, &err), 1);
	assert_string_equal(t.address, path);
	target_clear(&t);
	unlink(path);
	assert_int_equal(engine_sqlite.claim(&t, text, &err), ERR_USAGE);
	err_clear(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_other_spellings),
	    cmocka_unit_test(test_odd_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
