/* Inside report/: the reporter for people, in its two files. */
#ifndef REPORT_HUMAN_H
#define REPORT_HUMAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "report/grid.h"
#include "report/ticker.h"
#include "report/report_int.h"

struct human {
	struct reporter base;
	struct grid grid;      /* lines of status and plan, until they end */
	char *consequence;     /* the failure of a proof, until its end */
	bool legend;           /* it was said what - and + mean */
	char *kept;            /* where a failure left the schema, or NULL */
	bool progress;         /* a progress line stands on the terminal */
	struct ticker *ticker; /* with a progress line; NULL before */
	char *running;         /* what it tells of, or NULL */
	int64_t began_ms;
	int64_t drawn_ms; /* of the line as it stands */
};

/* human_list.c: the events that make the lines of status and plan. */
void human_status(struct human *, const struct event *);
void human_status_end(struct human *, const struct event *);
void human_log(struct human *, const struct event *);
void human_log_end(struct human *, const struct event *);
void human_setting(struct human *, const struct event *);
void human_setting_end(struct human *, const struct event *);
void human_sql(struct human *, const struct event *);
void human_moved(struct human *, const struct event *);
void human_moved_end(struct human *, const struct event *);
void human_finding(struct human *, const struct event *);
void human_finding_end(struct human *, const struct event *);
void human_plan(struct human *, const struct event *);
void human_plan_end(struct human *, const struct event *);

/* human_check.c: proofs and snapshots. */
void human_proving(struct human *, const struct event *);
void human_proof(struct human *, const struct event *);
void human_end_proof(struct human *); /* all was said of the one before */
void human_difference(struct human *, const struct event *);
void human_proof_end(struct human *, const struct event *);
void human_object_begin(struct human *, const struct event *);
void human_object(struct human *, const struct event *);
void human_object_end(struct human *, const struct event *);

/* human_run.c: the events of a run. */
void human_start(struct human *, const struct event *);
void human_progress(struct human *, const struct event *);
void human_statement(struct human *, const struct event *);
void human_row(struct human *, const struct event *);
void human_stored(struct human *, const struct event *);
void human_done(struct human *, const struct event *);
void human_retry(struct human *, const struct event *);
void human_failed(struct human *, const struct event *);
void human_nothing(struct human *, const struct event *);
void human_summary(struct human *, const struct event *);
void human_backup(struct human *, const struct event *);
void human_amended(struct human *, const struct event *);
void human_amended_end(struct human *, const struct event *);

/* A line that is written over. */
void human_show_progress(struct human *, const struct buf *);

/* Once a second: for how long it has been running. */
void human_tick(void *human);

/* Write the rows that were held back. */
void human_write_grid(struct human *);

/* "<1 ms", "12 ms", "1.2 s", "2 min 3 s". */
void human_duration(struct buf *, int64_t ms);

/* "1 migration", "2 migrations". */
void human_count(struct buf *, uint64_t count, const char *noun);

/*
 * "the schema is at 1.1.0 (002_add_user_phone)"; the name alone where nobody
 * has given it a version.
 */
void human_schema(struct buf *, const struct event *);

/* The name of the migration that the event is about. */
void human_name(struct buf *, const struct event *);

/*
 * One line on standard error, or where result is set on standard output:
 * before, the migration's name, after; either part may be NULL.  Nothing with
 * --quiet.
 */
void human_say(struct human *, const struct event *, bool result,
    const char *before, const char *after);

/* A text for a file, as it stands; but not on a terminal. */
void human_write(struct human *, const char *text);

/* Write a line that is a result, or one that is not. */
void human_result(struct human *, const struct buf *);
void human_aside(struct human *, const struct buf *);

#endif
