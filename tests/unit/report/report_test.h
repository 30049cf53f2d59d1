/* Shared by the tests of the reporters: a migration, a state, two streams. */
#ifndef REPORT_TEST_H
#define REPORT_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

/* A reporter whose two streams are texts. */
struct fixture {
	struct report_options options;
	struct reporter *reporter;
	char *out, *err;
	size_t nout, nerr;
};

static inline void
fixture_open(struct fixture *f, bool json, bool quiet, unsigned verbose)
{
	memset(f, 0, sizeof(*f));
	f->options.json = json;
	f->options.quiet = quiet;
	f->options.verbose = verbose;
	f->options.out = open_memstream(&f->out, &f->nout);
	f->options.err = open_memstream(&f->err, &f->nerr);
	f->reporter = report_open(&f->options);
}

static inline void
fixture_say(struct fixture *f, const struct event *e)
{
	report_event(f->reporter, e);
}

/* End the report; out and err are then whole.  Returns report_close()'s. */
static inline int
fixture_close(struct fixture *f)
{
	int r = report_close(f->reporter, NULL);

	fclose(f->options.out);
	fclose(f->options.err);
	return r;
}

static inline void
fixture_clear(struct fixture *f)
{
	free(f->out);
	free(f->err);
}

static const struct migration first = {
    .number = 1,
    .name = "001_first",
    .version = "1.0.0",
    .description = "first",
    .rollback = {.name = "001_first_rollback.sql"},
};
static const struct migration second = {
    .number = 2,
    .name = "002_second",
    .version = "1.1.0",
    .description = "second",
};
#define AT_FIRST_FIELDS                                              \
	{                                                            \
		.version = "1.0.0", .name = "001_first", .number = 1 \
	}

/* Where the schema stands, for initialisers. */
#define STANDS_AT_FIRST                                              \
	{                                                            \
		.version = "1.0.0", .name = "001_first", .number = 1 \
	}
#define STANDS_AT_NONE             \
	{                          \
		.version = "0.0.0" \
	}
static const struct current at_first = STANDS_AT_FIRST;
static const struct current at_none = STANDS_AT_NONE;

static const struct db_identity identity = {
    .database = "app",
    .user = "me",
    .host = "h",
    .server = "PostgreSQL 15.18",
};

#endif
