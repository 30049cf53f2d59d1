/* The JSON reporter: proofs and snapshots. */
#include "check/snapshot.h"
#include "report/json_int.h"

void
json_proving(struct json_writer *w, const struct event *e)
{
	json_migration(w, e);
	json_number(w, "done", e->done);
	json_number(w, "total", e->total);
}

void
json_proof(struct json_writer *w, const struct event *e)
{
	json_migration(w, e);
	json_text(w, "verdict", verdict_name(e->verdict));
	json_number(w, "differences", e->count);
	json_text(w, "failed", e->text);
	json_text(w, "reason", e->reason);
	json_text(w, "message", e->err == NULL ? NULL : e->err->message);
	json_text(w, "file", e->err == NULL ? NULL : e->err->place.file);
	if (e->err == NULL || e->err->place.line == 0)
		json_null(w, "line");
	else
		json_number(w, "line", e->err->place.line);
	json_number(w, "duration_ms", (uint64_t)e->duration_ms);
}

static void
json_definition(struct json_writer *w, const char *key, const struct object *o)
{
	struct buf b;

	if (o == NULL) {
		json_null(w, key);
		return;
	}
	buf_init(&b, BUF_TEXT);
	snapshot_define(&b, o, "");
	json_text(w, key, buf_str(&b));
	buf_clear(&b);
}

/* Of rows there are no definitions, but words. */
void
json_difference(struct json_writer *w, const struct event *e)
{
	const struct object *o = e->before != NULL ? e->before : e->after;

	json_migration(w, e);
	json_text(w, "after",
	    e->migration == NULL ? NULL
		: e->rollback    ? "rollback"
				 : "second apply");
	json_text(
	    w, "kind", o == NULL ? e->severity : object_kind_name(o->kind));
	json_text(w, "identity", o == NULL ? e->name : o->identity);
	json_text(w, "new_identity",
	    e->before != NULL && e->after != NULL ? e->after->identity : NULL);
	json_definition(w, "was", e->before);
	json_definition(w, "is", e->after);
	json_text(w, "text", e->text);
	json_text(w, "sort", e->sort);
	json_bool(w, "allowed", e->allowed);
}

void
json_proof_end(struct json_writer *w, const struct event *e)
{
	json_number(w, "proven", e->verdicts[VERDICT_PROVEN]);
	json_number(w, "lies", e->verdicts[VERDICT_LIES]);
	json_number(w, "fails", e->verdicts[VERDICT_FAILS]);
	json_number(w, "empty", e->verdicts[VERDICT_EMPTY]);
	json_number(w, "no_rollback", e->verdicts[VERDICT_NO_ROLLBACK]);
	json_number(w, "exempt", e->verdicts[VERDICT_EXEMPT]);
	json_number(w, "unprovable", e->verdicts[VERDICT_UNPROVABLE]);
	json_number(w, "unproven", e->verdicts[VERDICT_NONE]);
}

/* A line for each. */
static void
json_needs(struct json_writer *w, const struct object *o)
{
	struct buf b;
	size_t i;

	buf_init(&b, BUF_TEXT);
	for (i = 0; i < o->nneeds; i++)
		buf_addf(&b, "%s%s %s", i == 0 ? "" : "\n",
		    object_kind_name(o->needs[i]->kind), o->needs[i]->identity);
	json_text(w, "needs", buf_str(&b));
	buf_clear(&b);
}

void
json_object_begin(struct json_writer *w, const struct event *e)
{
	json_text(w, "server", e->source);
}

void
json_object(struct json_writer *w, const struct event *e)
{
	const struct object *o = e->object, *parent = o->parent;

	json_text(w, "kind", object_kind_name(o->kind));
	json_text(w, "identity", o->identity);
	json_text(w, "parent_kind",
	    parent == NULL ? NULL : object_kind_name(parent->kind));
	json_text(w, "parent", parent == NULL ? NULL : parent->identity);
	json_definition(w, "definition", o);
	json_needs(w, o);
}

void
json_object_end(struct json_writer *w, const struct event *e)
{
	json_number(w, "count", e->count);
	json_text(w, "sum", e->text);
}
