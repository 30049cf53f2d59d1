/* Decisions: what an operator says became of a statement, "2=done". */
#include "config/decision.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static bool
decision_parse_number(const char *text, size_t len, uint64_t *out)
{
	char *number = mem_strndup(text, len);
	bool good = text_parse_number(number, out) && *out > 0;

	free(number);
	return good;
}

bool
decision_parse(const char *text, struct decision *out)
{
	const char *equals = strchr(text, '=');
	const char *state = equals == NULL ? text : equals + 1;
	struct decision d = {.done = strcmp(state, "done") == 0};

	if (!d.done && strcmp(state, "undone") != 0)
		return false;
	if (equals != NULL &&
	    !decision_parse_number(text, (size_t)(equals - text), &d.statement))
		return false;
	*out = d;
	return true;
}
