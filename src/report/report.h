/*
 * Reports: what a run says, for people or as JSON.
 *
 * For people results go to standard output (what was applied, rolled back,
 * created, the lines of status, plan and current) and all else to standard
 * error.  With JSON everything, errors too, is one object per line on
 * standard output, each beginning with "event"; standard error stays empty
 * and the exit status is the same.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "run/event.h"

struct report_options {
	bool json;
	bool quiet;       /* only results and errors */
	unsigned verbose; /* 1: each start, too; 2: each statement */
	bool color;       /* on err, for people */
	bool color_out;   /* and on out */
	unsigned width;   /* of out, in columns; 0: it is no terminal */
	bool progress;    /* a line that is written over */
	FILE *out;
	FILE *err;
};

struct reporter;

struct reporter *report_open(const struct report_options *);

/* An event_fn; the argument is the reporter. */
void report_event(void *reporter, const struct event *);

/*
 * Say which database it is about, for each event from then on; one with
 * EVENT_DATABASE or EVENT_READY is known without.
 */
void report_identify(struct reporter *, const struct db_identity *);

/*
 * Report the failure that ends the run, once; what EVENT_FAILED told of it
 * is added here.
 */
void report_error(struct reporter *, const struct err *);

/*
 * Flush and free.  A result that could not be written (a full disk, a closed
 * pipe) is an error, ERR_STATEMENT: who reads it must not take a part for the
 * whole.
 */
int report_close(struct reporter *, struct err *) ERR_CHECKED;

#endif
