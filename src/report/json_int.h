/* Inside report/: the JSON reporter's keys, in its files. */
#ifndef REPORT_JSON_INT_H
#define REPORT_JSON_INT_H

#include "report/json_writer.h"
#include "run/event.h"

/* json.c: "number" and "name" of the migration that an event is about. */
void json_migration(struct json_writer *, const struct event *);

/* json.c: which version the schema is at. */
void json_current(struct json_writer *, const struct event *);

/* json_list.c: the keys of status and history. */
void json_status(struct json_writer *, const struct event *);
void json_status_end(struct json_writer *, const struct event *);
void json_log(struct json_writer *, const struct event *);

/* json_check.c: the keys of proofs and snapshots. */
void json_proving(struct json_writer *, const struct event *);
void json_proof(struct json_writer *, const struct event *);
void json_difference(struct json_writer *, const struct event *);
void json_proof_end(struct json_writer *, const struct event *);
void json_object_begin(struct json_writer *, const struct event *);
void json_object(struct json_writer *, const struct event *);
void json_object_end(struct json_writer *, const struct event *);

#endif
