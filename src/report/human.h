/* Inside report/: the reporter for people, in its two files. */
#ifndef REPORT_HUMAN_H
#define REPORT_HUMAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "report/grid.h"
#include "report/report_int.h"

struct human {
	struct reporter base;
	struct grid grid; /* lines of status and plan, until they end */
	char *kept;       /* where a failure left the schema, or NULL */
	bool progress;    /* a progress line stands on the terminal */
};

/* human_list.c: the events that make the lines of status and plan. */
void human_status(struct human *, const struct event *);
void human_status_end(struct human *, const struct event *);
void human_log(struct human *, const struct event *);
void human_log_end(struct human *, const struct event *);
void human_setting(struct human *, const struct event *);
void human_setting_end(struct human *, const struct event *);
void human_plan(struct human *, const struct event *);
void human_plan_end(struct human *, const struct event *);

/* "12 ms", "1.2 s", "2 min 3 s". */
void human_duration(struct buf *, int64_t ms);

/* "1 migration", "2 migrations". */
void human_count(struct buf *, uint64_t count, const char *noun);

/* "the schema is at 1.1.0 (002_add_user_phone)". */
void human_schema(struct buf *, const struct event *);

/* Write a line that is a result, or one that is not. */
void human_result(struct human *, const struct buf *);
void human_aside(struct human *, const struct buf *);

#endif
