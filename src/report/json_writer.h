/* Writes one JSON object per line, flat, its keys in the order of the calls. */
#ifndef REPORT_JSON_WRITER_H
#define REPORT_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

struct json_writer {
	struct buf line;
};

void json_init(struct json_writer *);
void json_clear(struct json_writer *);

/* Begin an object whose first key is "event". */
void json_begin(struct json_writer *, const char *event);

/* A NULL text is null. */
void json_text(struct json_writer *, const char *key, const char *value);

/* A time of a database, see clock_add(), as RFC 3339; "" is null, too. */
void json_time(struct json_writer *, const char *key, const char *stamp);

/* A number above 2^53 becomes a text: many readers would round it. */
void json_number(struct json_writer *, const char *key, uint64_t value);
void json_bool(struct json_writer *, const char *key, bool value);
void json_null(struct json_writer *, const char *key);

/* End it and write the line. */
void json_end(struct json_writer *, FILE *);

#endif
