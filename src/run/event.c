/* Events: the names of what they tell. */
#include "run/event.h"

const char *
verdict_name(enum verdict v)
{
	static const char *const names[VERDICTS] = {
	    [VERDICT_NONE] = "unproven",
	    [VERDICT_PROVEN] = "proven",
	    [VERDICT_LIES] = "lies",
	    [VERDICT_FAILS] = "fails",
	    [VERDICT_EMPTY] = "empty",
	    [VERDICT_NO_ROLLBACK] = "no rollback",
	    [VERDICT_EXEMPT] = "exempt",
	    [VERDICT_UNPROVABLE] = "cannot be proven here",
	};

	return names[v];
}
