/* What people read, event by event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct err half = {.code = ERR_HALF};
static const struct journal entry = {.present = true, .statement = 7};
static const struct amendment decided = {
    .kind = AMEND_DECIDE, .entry = &entry, .done = true};
static const struct amendment undecided = {
    .kind = AMEND_DECIDE, .entry = &entry};
static const struct amendment cleared = {.kind = AMEND_CLEAR};
static const struct err refused = {.code = ERR_STATEMENT};

static const struct {
	struct event event;
	const char *out, *err;
} cases[] = {
    {{.kind = EVENT_DATABASE, .identity = &identity}, "",
	"database app, user me, host h (PostgreSQL 15.18)\n"},
    {{.kind = EVENT_READY, .identity = &identity},
	"ready: database app, user me, host h (PostgreSQL 15.18)\n", ""},
    {{.kind = EVENT_WARNING, .text = "a\nb"}, "",
	"sqlmigrate: warning: a\\nb\n"},
    {{.kind = EVENT_NOTICE, .text = "x"}, "", "sqlmigrate: notice: x\n"},
    {{.kind = EVENT_SERVER_NOTICE,
	 .migration = &second,
	 .severity = "NOTICE",
	 .text = "table \033[31m"},
	"", "002_second: NOTICE: table \\x1b[31m\n"},
    {{.kind = EVENT_SERVER_NOTICE, .severity = "WARNING", .text = "x"}, "",
	"WARNING: x\n"},
    {{.kind = EVENT_LOCK_WAIT, .text = "pid 4711"}, "",
	"waiting for the lock, which is held by pid 4711\n"},
    {{.kind = EVENT_LOCK_WAIT, .text = ""}, "",
	"waiting for the lock, which is held by another run\n"},
    {{.kind = EVENT_TABLE_MADE, .text = "public.schema_version"}, "",
	"created the table public.schema_version\n"},
    {{.kind = EVENT_ADOPTED, .migration = &first}, "adopted 001_first\n", ""},
    {{.kind = EVENT_START, .migration = &first}, "", ""},
    {{.kind = EVENT_DONE, .migration = &second, .duration_ms = 12},
	"applied 002_second (12 ms)\n", ""},
    {{.kind = EVENT_DONE, .name = "009_gone", .duration_ms = 999},
	"applied 009_gone (999 ms)\n", ""},
    {{.kind = EVENT_DONE, .migration = &first, .empty = true},
	"applied 001_first (<1 ms, no statements)\n", ""},
    {{.kind = EVENT_DONE,
	 .migration = &first,
	 .rollback = true,
	 .duration_ms = 1999},
	"rolled back 001_first (1.9 s)\n", ""},
    {{.kind = EVENT_DONE,
	 .migration = &first,
	 .rollback = true,
	 .empty = true,
	 .duration_ms = 125000},
	"rolled back 001_first (2 min 5 s, an empty rollback: nothing was "
	"undone)\n",
	""},
    {{.kind = EVENT_RETRY,
	 .migration = &first,
	 .text = "locked",
	 .blocked = "pid 7",
	 .count = 2,
	 .total = 10,
	 .duration_ms = 200},
	"",
	"retrying 001_first, 2 of 10 in 200 ms: locked; blocked by pid 7\n"},
    {{.kind = EVENT_NOTHING, .current = AT_FIRST_FIELDS},
	"nothing to apply; the schema is at 1.0.0 (001_first)\n", ""},
    {{.kind = EVENT_NOTHING, .current = STANDS_AT_NONE, .rollback = true},
	"nothing to roll back; the schema is at 0.0.0\n", ""},
    {{.kind = EVENT_SUMMARY,
	 .count = 1,
	 .duration_ms = 3,
	 .current = AT_FIRST_FIELDS},
	"1 migration applied in 3 ms; the schema is at 1.0.0 (001_first)\n",
	""},
    {{.kind = EVENT_SUMMARY,
	 .count = 2,
	 .duration_ms = 3,
	 .rollback = true,
	 .current = STANDS_AT_NONE},
	"2 migrations rolled back in 3 ms; the schema is at 0.0.0\n", ""},
    {{.kind = EVENT_CURRENT, .current = AT_FIRST_FIELDS}, "1.0.0 001_first\n",
	""},
    {{.kind = EVENT_CURRENT, .current = STANDS_AT_NONE}, "0.0.0\n", ""},
    {{.kind = EVENT_PLAN_END}, "nothing to apply\n", ""},
    {{.kind = EVENT_PLAN_END, .count = 2, .rollback = true},
	"2 migrations to roll back\n", ""},
    {{.kind = EVENT_AMENDED, .name = "002_second", .amendment = &decided},
	"recorded statement 7 of 002_second as done\n", ""},
    {{.kind = EVENT_AMENDED, .name = "002_second", .amendment = &undecided},
	"recorded statement 7 of 002_second as undone\n", ""},
    {{.kind = EVENT_AMENDED, .name = "002_second", .amendment = &cleared},
	"cleared the journal of 002_second\n", ""},
    {{.kind = EVENT_CREATED, .text = "migrations/001_x.sql"},
	"created migrations/001_x.sql\n", ""},
};

static void
test_events(void **state)
{
	struct fixture f;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		fixture_open(&f, false, false, 0);
		fixture_say(&f, &cases[i].event);
		assert_int_equal(fixture_close(&f), 0);
		assert_string_equal(f.out, cases[i].out);
		assert_string_equal(f.err, cases[i].err);
		fixture_clear(&f);
	}
}

/* Only what was asked for is left. */
static void
test_quiet(void **state)
{
	struct fixture f;
	size_t i;

	(void)state;
	fixture_open(&f, false, true, 0);
	for (i = 0; i < COUNT(cases); i++)
		fixture_say(&f, &cases[i].event);
	assert_int_equal(fixture_close(&f), 0);
	assert_string_equal(f.out, "1.0.0 001_first\n0.0.0\n");
	assert_string_equal(f.err, "");
	fixture_clear(&f);
}

static void
test_verbose(void **state)
{
	struct event e = {.kind = EVENT_START, .migration = &first};
	struct fixture f;

	(void)state;
	fixture_open(&f, false, false, 1);
	fixture_say(&f, &e);
	e.rollback = true;
	fixture_say(&f, &e);
	assert_int_equal(fixture_close(&f), 0);
	assert_string_equal(
	    f.err, "applying 001_first\nrolling back 001_first\n");
	fixture_clear(&f);
}

/* The error comes last, with where the schema stands. */
static void
assert_failure(const struct event *e, const char *want)
{
	struct err err = ERR_INIT;
	struct fixture f;

	err_set(&err, ERR_STATEMENT, "no");
	fixture_open(&f, false, true, 0);
	fixture_say(&f, e);
	report_error(f.reporter, &err);
	assert_int_equal(fixture_close(&f), 0);
	assert_string_equal(f.out, "");
	assert_string_equal(f.err, want);
	fixture_clear(&f);
	err_clear(&err);
}

static void
test_failed(void **state)
{
	struct event e = {.kind = EVENT_FAILED,
	    .migration = &second,
	    .err = &refused,
	    .current = at_first};

	(void)state;
	assert_failure(&e,
	    "sqlmigrate: no\n"
	    "Nothing of 002_second was kept. 001 stays applied; the schema is "
	    "at 1.0.0.\n");
	e.rollback = true;
	assert_failure(&e,
	    "sqlmigrate: no\n"
	    "Nothing of the rollback of 002_second was kept. 001 stays "
	    "applied; the schema is at 1.0.0.\n");
	e.rollback = false;
	e.current = at_none;
	assert_failure(&e,
	    "sqlmigrate: no\n"
	    "Nothing of 002_second was kept. No migration is applied; the "
	    "schema is at 0.0.0.\n");
	e.err = &half;
	e.current = at_first;
	assert_failure(&e,
	    "sqlmigrate: no\n"
	    "002_second is half applied. 001 is applied; the schema is at "
	    "1.0.0.\n");
	e.rollback = true;
	assert_failure(&e,
	    "sqlmigrate: no\n"
	    "002_second is half applied. 001 is applied; the schema is at "
	    "1.0.0.\n");
	e.half_back = true;
	assert_failure(&e,
	    "sqlmigrate: no\n"
	    "002_second is half rolled back. 001 is applied; the schema is at "
	    "1.0.0.\n");
}

static void
test_status(void **state)
{
	struct history_row row = {.has_number = true,
	    .number = 1,
	    .version = "1.0.0",
	    .name = "001_first",
	    .applied_at = "2026-01-02 03:04:05",
	    .origin = "applied"};
	struct history_row hand = {.version = "9.9.9"};
	struct migration m1 = first, m2 = second;
	struct entry entries[] = {
	    {.number = 1,
		.state = ENTRY_APPLIED,
		.migration = &m1,
		.row = &row,
		.reformatted = true},
	    {.number = 2, .state = ENTRY_PENDING, .migration = &m2},
	    {.state = ENTRY_UNKNOWN, .row = &hand, .reason = "no\nfile"},
	};
	struct state s = {.entries = entries,
	    .count = 3,
	    .applied = 1,
	    .pending = 1,
	    .counts =
		{[ENTRY_APPLIED] = 1, [ENTRY_PENDING] = 1, [ENTRY_UNKNOWN] = 1},
	    .current = &entries[0]};
	struct event e = {.kind = EVENT_STATUS};
	struct fixture f;
	size_t i;

	(void)state;
	m1.rollback.empty = true;
	fixture_open(&f, false, false, 0);
	for (i = 0; i < 3; i++) {
		e.entry = &entries[i];
		fixture_say(&f, &e);
	}
	e = (struct event){.kind = EVENT_STATUS_END, .state = &s};
	fixture_say(&f, &e);
	assert_int_equal(fixture_close(&f), 0);
	assert_string_equal(f.out,
	    "NO.  STATE    VERSION  NAME        APPLIED                  "
	    "NOTES\n"
	    "001  applied  1.0.0    001_first   2026-01-02 03:04:05 UTC  "
	    "empty rollback, reformatted\n"
	    "002  pending  1.1.0    002_second                           "
	    "no rollback\n"
	    "-    unknown  9.9.9                                         "
	    "no\\nfile\n"
	    "3 migrations: 1 applied, 1 pending, 1 unknown; the schema is at "
	    "1.0.0 "
	    "(001_first)\n");
	fixture_clear(&f);
}

/* A version that nobody has chosen is not shown. */
static void
test_generated(void **state)
{
	struct migration m = {.number = 7, .name = "007_x", .version = "0.0.7"};
	struct history_row r = {.has_number = true,
	    .number = 7,
	    .version = "0.0.7",
	    .name = "007_x",
	    .applied_at = "by hand",
	    .origin = "applied"};
	struct entry one = {.number = 7, .migration = &m, .row = &r};
	struct state s = {.entries = &one,
	    .count = 1,
	    .counts = {[ENTRY_APPLIED] = 1},
	    .current = &one};
	struct log_row l = {.logged_at = "2026-01-02T03:04:05.678Z",
	    .action = "apply",
	    .has_number = true,
	    .number = 7,
	    .name = "007_x",
	    .version = "0.0.7",
	    .outcome = "done",
	    .duration_ms = 0};
	const struct event events[] = {
	    {.kind = EVENT_STATUS, .entry = &one},
	    {.kind = EVENT_STATUS_END, .state = &s},
	    {.kind = EVENT_CURRENT, .state = &s},
	    {.kind = EVENT_LOG, .log = &l},
	    {.kind = EVENT_LOG_END, .count = 1, .total = 1},
	    {.kind = EVENT_PLAN, .migration = &m},
	    {.kind = EVENT_PLAN_END, .count = 1},
	};
	struct fixture f;
	size_t i;

	(void)state;
	fixture_open(&f, false, false, 0);
	for (i = 0; i < COUNT(events); i++)
		fixture_say(&f, &events[i]);
	m.forward.header.version = m.version;
	fixture_say(&f, &events[2]);
	assert_int_equal(fixture_close(&f), 0);
	assert_string_equal(f.out,
	    "NO.  STATE    NAME   APPLIED  NOTES\n"
	    "007  applied  007_x  by hand  no rollback\n"
	    "1 migration: 1 applied, 0 pending; the schema is at 007_x\n"
	    "007_x\n"
	    "TIME                     ACTION  OUTCOME  NAME   TOOK\n"
	    "2026-01-02 03:04:05 UTC  apply   done     007_x  <1 ms\n"
	    "ACTION  NAME\n"
	    "apply   007_x\n"
	    "1 migration to apply\n"
	    "0.0.7 007_x\n");
	fixture_clear(&f);
}

/* The states have colours only where they are wanted. */
static void
test_colors(void **state)
{
	struct history_row hand = {.version = "9"};
	struct entry one = {.state = ENTRY_UNKNOWN, .row = &hand};
	struct event e = {.kind = EVENT_STATUS, .entry = &one};
	struct fixture f;

	(void)state;
	fixture_open(&f, false, true, 0);
	f.options.color_out = true;
	assert_int_equal(report_close(f.reporter, NULL), 0);
	f.reporter = report_open(&f.options);
	fixture_say(&f, &e);
	assert_int_equal(fixture_close(&f), 0);
	assert_string_equal(f.out, "-  \033[1;31munknown\033[0m  9\n");
	fixture_clear(&f);
}

/* Lines that were held back come out where an error ends the list. */
static void
test_plan(void **state)
{
	struct event e = {.kind = EVENT_PLAN,
	    .migration = &first,
	    .rollback = true,
	    .text = "why"};
	struct err err = ERR_INIT;
	struct fixture f;

	(void)state;
	err_set(&err, ERR_USAGE, "no");
	fixture_open(&f, false, false, 0);
	fixture_say(&f, &e);
	e.migration = &second;
	e.empty = true;
	fixture_say(&f, &e);
	report_error(f.reporter, &err);
	assert_int_equal(fixture_close(&f), 0);
	assert_string_equal(f.out,
	    "ACTION     VERSION  NAME        NOTES\n"
	    "roll back  1.0.0    001_first   why\n"
	    "roll back  1.1.0    002_second  no statements, why\n");
	assert_string_equal(f.err, "sqlmigrate: no\n");
	fixture_clear(&f);
	err_clear(&err);
}

/* The line is written over, and wiped before another stands there. */
static void
test_progress(void **state)
{
	struct event e = {.kind = EVENT_PROGRESS,
	    .migration = &first,
	    .done = 50000000,
	    .total = 200000000,
	    .duration_ms = 2000,
	    .statements = 1};
	struct fixture f;

	(void)state;
	fixture_open(&f, false, false, 0);
	fixture_say(&f, &e);
	assert_int_equal(fixture_close(&f), 0);
	assert_string_equal(f.err, "");
	fixture_clear(&f);
	fixture_open(&f, false, false, 0);
	f.options.progress = true;
	assert_int_equal(report_close(f.reporter, NULL), 0);
	f.reporter = report_open(&f.options);
	fixture_say(&f, &e);
	fixture_say(&f, &e); /* too soon after the first */
	e = (struct event){.kind = EVENT_DONE, .migration = &first};
	fixture_say(&f, &e);
	assert_int_equal(fixture_close(&f), 0);
	assert_string_equal(f.err,
	    "\r001_first  50.0 of 200.0 MB (25%)  1 statement  "
	    "25.0 MB/s  6.0 s left\033[K\r\033[K");
	assert_string_equal(f.out, "applied 001_first (<1 ms)\n");
	fixture_clear(&f);
}

static void
test_full_disk(void **state)
{
	struct report_options o = {
	    .out = fopen("/dev/full", "w"), .err = stderr};
	struct event e = {.kind = EVENT_CURRENT, .current = at_first};
	struct err err = ERR_INIT;
	struct reporter *r;

	(void)state;
	assert_non_null(o.out);
	r = report_open(&o);
	report_event(r, &e);
	assert_int_equal(report_close(r, &err), ERR_STATEMENT);
	assert_string_equal(err.message,
	    "cannot write to standard output: No space left on device");
	err_clear(&err);
	fclose(o.out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_events),
	    cmocka_unit_test(test_quiet),
	    cmocka_unit_test(test_verbose),
	    cmocka_unit_test(test_failed),
	    cmocka_unit_test(test_status),
	    cmocka_unit_test(test_generated),
	    cmocka_unit_test(test_colors),
	    cmocka_unit_test(test_plan),
	    cmocka_unit_test(test_progress),
	    cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
