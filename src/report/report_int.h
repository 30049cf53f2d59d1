/* Inside report/: what the two kinds of reporter share. */
#ifndef REPORT_REPORT_INT_H
#define REPORT_REPORT_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "report/report.h"

/* The first member of each reporter's own struct. */
struct reporter {
	const struct report_style *style;
	struct report_options options;
	int64_t progress_at; /* milliseconds, of the last one let through */
	char *database;      /* that is worked on; NULL: not known yet */
	int broken;          /* errno of the first failed write, or 0 */
};

struct report_style {
	struct reporter *(*open)(void);
	void (*event)(struct reporter *, const struct event *);
	void (*error)(struct reporter *, const struct err *);
	void (*finish)(struct reporter *); /* print what was held back */
	void (*free)(struct reporter *);
};

extern const struct report_style report_human;
extern const struct report_style report_json;

/* Hand on what was printed: a result is visible once it is durable. */
void report_flush(struct reporter *);

/* The migration that an event is about, with or without a file. */
const char *report_name(const struct event *); /* NULL: about none */
bool report_number(const struct event *, uint64_t *);
const char *report_version(const struct event *); /* NULL: not known */

/* Where the schema stands: the event's own, or that of its state. */
struct current report_current(const struct event *);

/* Whether ms have passed since the last progress that was let through. */
bool report_progress_due(struct reporter *, int64_t ms);

#endif
