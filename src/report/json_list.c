/* The JSON reporter: the lines of status and history. */
#include "report/json_int.h"

/* What is known of the rollback: "none", "empty", "present". */
static const char *
json_rollback(const struct entry *t)
{
	const struct script *s;

	if (t->migration == NULL)
		return NULL;
	s = &t->migration->rollback;
	if (s->name == NULL)
		return "none";
	return s->empty ? "empty" : "present";
}

void
json_status(struct json_writer *w, const struct event *e)
{
	const struct entry *t = e->entry;
	const struct history_row *row = t->row;
	const struct migration *m = t->migration;
	const char *description = m == NULL ? NULL : m->description;

	if (row != NULL)
		description = row->description;
	if (entry_is_loose(t))
		json_null(w, "number");
	else
		json_number(w, "number", t->number);
	json_text(w, "name", entry_name(t));
	json_text(w, "version", entry_version(t));
	json_text(w, "state", entry_state_name(t->state));
	json_text(w, "description", description);
	json_time(w, "applied_at", row != NULL ? row->applied_at : NULL);
	json_text(w, "applied_by", row != NULL ? row->applied_by : NULL);
	json_text(w, "origin", row != NULL ? row->origin : NULL);
	json_text(w, "rollback", json_rollback(t));
	json_bool(w, "adopted", t->adopted);
	json_bool(w, "reformatted", t->reformatted);
	json_text(w, "proof", t->proof);
	json_text(w, "reason", t->reason);
}

/* A key for each state: its name, with _ for blanks. */
void
json_status_end(struct json_writer *w, const struct event *e)
{
	const char *name;
	struct buf key;
	size_t i;

	json_number(w, "count", e->state->count);
	buf_init(&key, BUF_LINE);
	for (i = 0; i < ENTRY_STATES; i++) {
		buf_reset(&key);
		for (name = entry_state_name((enum entry_state)i);
		     *name != '\0'; name++)
			buf_addc(&key, *name == ' ' ? '_' : *name);
		json_number(w, buf_str(&key), e->state->counts[i]);
	}
	buf_clear(&key);
	json_current(w, e);
}

void
json_log(struct json_writer *w, const struct event *e)
{
	const struct log_row *l = e->log;

	json_time(w, "logged_at", l->logged_at);
	json_text(w, "action", l->action);
	if (l->has_number)
		json_number(w, "number", l->number);
	else
		json_null(w, "number");
	json_text(w, "name", l->name);
	json_text(w, "version", l->version);
	json_text(w, "actor", l->actor);
	json_text(w, "host", l->host);
	json_text(w, "program", l->program);
	if (l->duration_ms < 0)
		json_null(w, "duration_ms");
	else
		json_number(w, "duration_ms", (uint64_t)l->duration_ms);
	json_text(w, "outcome", l->outcome);
	json_text(w, "error", l->error);
}
