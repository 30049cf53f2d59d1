/* One object on one line, whatever the texts hold. */
#include "report/json_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
test_object(void **state)
{
	struct json_writer w;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	json_init(&w);
	json_begin(&w, "first");
	json_text(&w, "text", "a \"b\" \\ \n\t\x01\xff \xe2\x80\xae");
	json_text(&w, "none", NULL);
	json_number(&w, "exact", (uint64_t)1 << 53);
	json_number(&w, "number", ((uint64_t)1 << 53) + 1);
	json_time(&w, "time", "2026-01-02 03:04:05.6");
	json_time(&w, "never", "");
	json_bool(&w, "yes", true);
	json_bool(&w, "no", false);
	json_null(&w, "null");
	json_end(&w, f);
	json_begin(&w, "second");
	json_end(&w, f);
	json_clear(&w);
	fclose(f);
	assert_string_equal(text,
	    "{\"event\":\"first\",\"text\":\"a \\\"b\\\" \\\\ "
	    "\\n\\u0009\\u0001\xef\xbf\xbd \\u202e\",\"none\":null,"
	    "\"exact\":9007199254740992,\"number\":\"9007199254740993\","
	    "\"time\":\"2026-01-02T03:04:05.600000Z\",\"never\":null,"
	    "\"yes\":true,\"no\":false,"
	    "\"null\":null}\n"
	    "{\"event\":\"second\"}\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
