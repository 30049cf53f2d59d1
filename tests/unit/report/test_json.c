/* The keys of each event: they are part of the interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct err half = {.code = ERR_HALF};

static const struct history_row row = {.has_number = true,
    .number = 1,
    .version = "1.0.0",
    .name = "001_first",
    .description = "first",
    .applied_at = "2026-01-02 03:04:05",
    .applied_by = "me@host",
    .origin = "applied"};
static struct migration stored;
static const struct journal journalled = {.present = true, .statement = 7};
static const struct amendment decided = {
    .kind = AMEND_DECIDE, .entry = &journalled, .done = true, .reason = "r"};
static const struct amendment cleared = {.kind = AMEND_CLEAR, .reason = "r"};
static const struct entry entries[] = {
    {.number = 1, .state = ENTRY_APPLIED, .migration = &stored, .row = &row},
    {.state = ENTRY_UNKNOWN, .row = &row, .reason = "x"},
};
static const struct state whole = {.count = 2,
    .counts = {[ENTRY_APPLIED] = 1, [ENTRY_UNKNOWN] = 1},
    .current = &entries[0]};

#define ABOUT "\"number\":2,\"name\":\"002_second\""
#define AT_FIRST                                              \
	"\"current_version\":\"1.0.0\",\"current_number\":1," \
	"\"current_name\":\"001_first\""
#define AT_NONE                                                  \
	"\"current_version\":\"0.0.0\",\"current_number\":null," \
	"\"current_name\":null"
#define IDENTITY                                                        \
	"\"user\":\"me\",\"host\":\"h\","                               \
	"\"server\":\"PostgreSQL 15.18\",\"created\":false,\"pooled\":" \
	"false"

static const struct {
	struct event event;
	const char *line; /* without the braces */
} cases[] = {
    {{.kind = EVENT_DATABASE, .identity = &identity},
	"\"event\":\"database\"," IDENTITY},
    {{.kind = EVENT_READY, .identity = &identity},
	"\"event\":\"ready\"," IDENTITY},
    {{.kind = EVENT_WARNING, .text = "x"},
	"\"event\":\"warning\",\"text\":\"x\""},
    {{.kind = EVENT_NOTICE, .text = "x"},
	"\"event\":\"notice\",\"text\":\"x\""},
    {{.kind = EVENT_SERVER_NOTICE,
	 .migration = &second,
	 .severity = "NOTICE",
	 .text = "x"},
	"\"event\":\"server_notice\"," ABOUT ",\"severity\":\"NOTICE\","
	"\"text\":\"x\""},
    {{.kind = EVENT_SERVER_NOTICE, .severity = "NOTICE", .text = "x"},
	"\"event\":\"server_notice\",\"number\":null,\"name\":null,"
	"\"severity\":\"NOTICE\",\"text\":\"x\""},
    {{.kind = EVENT_LOCK_WAIT, .text = "x"},
	"\"event\":\"lock_wait\",\"text\":\"x\""},
    {{.kind = EVENT_TABLE_MADE, .text = "x"},
	"\"event\":\"table_made\",\"text\":\"x\""},
    {{.kind = EVENT_ADOPTED, .migration = &second},
	"\"event\":\"adopted\"," ABOUT ",\"version\":\"1.1.0\""},
    {{.kind = EVENT_START, .migration = &second},
	"\"event\":\"start\"," ABOUT
	",\"version\":\"1.1.0\",\"direction\":\"apply\""},
    {{.kind = EVENT_PROGRESS,
	 .migration = &second,
	 .done = 1,
	 .total = 2,
	 .statements = 3},
	"\"event\":\"progress\"," ABOUT
	",\"done\":1,\"total\":2,\"statements\":3"},
    {{.kind = EVENT_DONE, .migration = &second, .duration_ms = 12},
	"\"event\":\"applied\"," ABOUT
	",\"version\":\"1.1.0\",\"duration_ms\":12,\"empty\":false"},
    {{.kind = EVENT_DONE, .name = "007_gone", .rollback = true, .empty = true},
	"\"event\":\"rolled_back\",\"number\":7,\"name\":\"007_gone\","
	"\"version\":null,\"duration_ms\":0,\"empty\":true"},
    {{.kind = EVENT_RETRY,
	 .migration = &second,
	 .text = "x",
	 .blocked = "y",
	 .count = 1,
	 .total = 10,
	 .duration_ms = 100},
	"\"event\":\"retry\"," ABOUT
	",\"reason\":\"x\",\"blocked_by\":\"y\",\"retry\":1,"
	"\"limit\":10,\"wait_ms\":100"},
    {{.kind = EVENT_FAILED,
	 .migration = &second,
	 .err = &half,
	 .rollback = true,
	 .current = AT_FIRST_FIELDS},
	"\"event\":\"failed\"," ABOUT ",\"version\":\"1.1.0\","
	"\"direction\":\"rollback\",\"half_applied\":true,\"in_doubt\":"
	"false," AT_FIRST},
    {{.kind = EVENT_NOTHING, .current = STANDS_AT_NONE},
	"\"event\":\"nothing\",\"direction\":\"apply\"," AT_NONE},
    {{.kind = EVENT_SUMMARY,
	 .count = 2,
	 .duration_ms = 5,
	 .current = AT_FIRST_FIELDS},
	"\"event\":\"summary\",\"direction\":\"apply\",\"count\":2,"
	"\"duration_ms\":5," AT_FIRST},
    {{.kind = EVENT_STATUS, .entry = &entries[0]},
	"\"event\":\"status\",\"number\":1,\"name\":\"001_first\","
	"\"version\":\"1.0.0\",\"state\":\"applied\","
	"\"description\":\"first\",\"applied_at\":\"2026-01-02T03:04:05."
	"000000Z\","
	"\"applied_by\":\"me@host\",\"origin\":\"applied\","
	"\"rollback\":\"present\",\"adopted\":false,\"reformatted\":false,"
	"\"proof\":null,"
	"\"reason\":null"},
    {{.kind = EVENT_STATUS, .entry = &entries[1]},
	"\"event\":\"status\",\"number\":null,\"name\":\"001_first\","
	"\"version\":\"1.0.0\",\"state\":\"unknown\","
	"\"description\":\"first\",\"applied_at\":\"2026-01-02T03:04:05."
	"000000Z\","
	"\"applied_by\":\"me@host\",\"origin\":\"applied\",\"rollback\":null,"
	"\"adopted\":false,\"reformatted\":false,\"proof\":null,"
	"\"reason\":\"x\""},
    {{.kind = EVENT_STATUS_END, .state = &whole},
	"\"event\":\"status_end\",\"count\":2,\"applied\":1,\"pending\":"
	"0,\"out_of_order\":0,\"changed\":0,\"renamed\":0,\"missing\":0,"
	"\"newer\":0,\"unknown\":1,\"kept\":0,"
	"\"half_applied\":0,\"running\":0," AT_FIRST},
    {{.kind = EVENT_CURRENT, .current = AT_FIRST_FIELDS},
	"\"event\":\"current\",\"version\":\"1.0.0\",\"number\":1,"
	"\"name\":\"001_first\""},
    {{.kind = EVENT_CURRENT, .current = STANDS_AT_NONE},
	"\"event\":\"current\",\"version\":\"0.0.0\",\"number\":null,"
	"\"name\":null"},
    {{.kind = EVENT_PLAN, .migration = &second, .text = "x"},
	"\"event\":\"plan\"," ABOUT
	",\"version\":\"1.1.0\",\"direction\":\"apply\",\"empty\":false,"
	"\"transaction\":true,\"reason\":\"x\""},
    {{.kind = EVENT_PLAN_END, .count = 1},
	"\"event\":\"plan_end\",\"direction\":\"apply\",\"count\":1"},
    {{.kind = EVENT_AMENDED, .name = "002_second", .amendment = &decided},
	"\"event\":\"amended\"," ABOUT ",\"version\":null,\"action\":"
	"\"decide\",\"reason\":\"r\",\"statement\":7,\"state\":\"done\""},
    {{.kind = EVENT_AMENDED, .name = "002_second", .amendment = &cleared},
	"\"event\":\"amended\"," ABOUT ",\"version\":null,\"action\":"
	"\"clear\",\"reason\":\"r\",\"statement\":null,\"state\":null"},
    {{.kind = EVENT_CREATED, .text = "x"},
	"\"event\":\"created\",\"path\":\"x\""},
};

/*
 * Each ends with the time and the database; take them out of the line once
 * they are known to be good.
 */
static void
take_common(char *line, const char *database)
{
	static const char time[] = ",\"time\":\"2026-01-02T03:04:05.678Z\"";
	char *from = strstr(line, ",\"time\":\"2"), *to;
	char want[64];

	assert_non_null(from);
	to = from + strlen(time);
	snprintf(want, sizeof(want), ",\"database\":%s}\n", database);
	assert_memory_equal(to - 2, "Z\"", 2);
	assert_string_equal(to, want);
	strcpy(from, "}\n");
}

static void
test_events(void **state)
{
	char line[1024];
	struct fixture f;
	size_t i;

	(void)state;
	stored = first;
	for (i = 0; i < COUNT(cases); i++) {
		fixture_open(&f, true, true, 0);
		fixture_say(&f, &cases[i].event);
		assert_int_equal(fixture_close(&f), 0);
		take_common(
		    f.out, cases[i].event.identity ? "\"app\"" : "null");
		snprintf(line, sizeof(line), "{%s}\n", cases[i].line);
		assert_string_equal(f.out, line);
		assert_string_equal(f.err, "");
		fixture_clear(&f);
	}
}

static void
test_error(void **state)
{
	struct place p = {"a.sql", 0, 3, 4};
	struct err err = ERR_INIT;
	struct fixture f;

	(void)state;
	err_set(&err, ERR_LOCK, "no");
	err_place(&err, &p);
	strcpy(err.sqlstate, "55P03");
	err_detail(&err, "D.");
	fixture_open(&f, true, false, 0);
	report_identify(f.reporter, &identity);
	report_error(f.reporter, &err);
	assert_int_equal(fixture_close(&f), 0);
	take_common(f.out, "\"app\"");
	assert_string_equal(f.out,
	    "{\"event\":\"error\",\"code\":5,\"message\":\"no\","
	    "\"file\":\"a.sql\",\"line\":3,\"column\":4,"
	    "\"sqlstate\":\"55P03\",\"detail\":\"D.\",\"hint\":null,"
	    "\"source\":null}\n");
	assert_string_equal(f.err, "");
	fixture_clear(&f);
	err_clear(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_events),
	    cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
