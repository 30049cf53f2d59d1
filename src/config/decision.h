/* Decisions: what an operator says became of a statement, "2=done". */
#ifndef CONFIG_DECISION_H
#define CONFIG_DECISION_H

#include <stdbool.h>
#include <stdint.h>

struct decision {
	uint64_t statement; /* its number, from 1; 0 if none was given */
	bool done;          /* it took effect; false: it had no effect */
};

/*
 * Parse "done" or "undone", which may follow the number of the statement and
 * "=".  Returns false for any other text, and leaves the decision alone.
 */
bool decision_parse(const char *text, struct decision *);

#endif
