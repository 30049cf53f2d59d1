/*
 * The JSON reporter.  The keys of each event are part of the interface and
 * stand in sqlmigrate(1): a key is never left out, it is null instead.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "report/json_int.h"
#include "report/report_int.h"

#define JSON_PROGRESS_MS 1000

struct json_reporter {
	struct reporter base;
	struct json_writer writer;
};

static struct reporter *
json_open(void)
{
	struct json_reporter *j = mem_calloc(1, sizeof(*j));

	json_init(&j->writer);
	return &j->base;
}

/* The end of all: when it was, and of which database. */
static void
json_end_event(struct json_reporter *j)
{
	struct buf now;

	buf_init(&now, BUF_LINE);
	clock_add_now(&now);
	json_text(&j->writer, "time", buf_str(&now));
	json_text(&j->writer, "database", j->base.database);
	json_end(&j->writer, j->base.options.out);
	report_flush(&j->base);
	buf_clear(&now);
}

void
json_migration(struct json_writer *w, const struct event *e)
{
	uint64_t number;

	if (report_number(e, &number))
		json_number(w, "number", number);
	else
		json_null(w, "number");
	json_text(w, "name", report_name(e));
}

static void
json_versioned(struct json_writer *w, const struct event *e)
{
	json_migration(w, e);
	json_text(w, "version", report_version(e));
}

static void
json_direction(struct json_writer *w, const struct event *e)
{
	json_text(w, "direction", direction_name(e->rollback));
}

void
json_current(struct json_writer *w, const struct event *e)
{
	struct current c = report_current(e);

	json_text(w, "current_version", c.version);
	if (c.name == NULL)
		json_null(w, "current_number");
	else
		json_number(w, "current_number", c.number);
	json_text(w, "current_name", c.name);
}

static void
json_identity(struct json_writer *w, const struct event *e)
{
	const struct db_identity *id = e->identity;

	json_text(w, "user", id->user);
	json_text(w, "host", id->host);
	json_text(w, "server", id->server);
	json_bool(w, "created", id->created);
	json_bool(w, "pooled", id->pooled);
}

static void
json_text_only(struct json_writer *w, const struct event *e)
{
	json_text(w, "text", e->text);
}

static void
json_server_notice(struct json_writer *w, const struct event *e)
{
	json_migration(w, e);
	json_text(w, "severity", e->severity);
	json_text(w, "text", e->text);
}

static void
json_start(struct json_writer *w, const struct event *e)
{
	json_versioned(w, e);
	json_direction(w, e);
}

static void
json_progress(struct json_writer *w, const struct event *e)
{
	json_migration(w, e);
	json_number(w, "done", e->done);
	json_number(w, "total", e->total);
	json_number(w, "statements", e->statements);
}

static void
json_statement(struct json_writer *w, const struct event *e)
{
	json_migration(w, e);
	json_text(w, "file", e->place->file);
	json_number(w, "line", e->place->line);
	json_number(w, "duration_ms", (uint64_t)e->duration_ms);
	json_text(w, "text", e->text);
}

static void
json_row(struct json_writer *w, const struct event *e)
{
	json_migration(w, e);
	json_text(w, "file", e->place->file);
	json_number(w, "line", e->place->line);
	json_text(w, "text", e->text);
}

static void
json_stored(struct json_writer *w, const struct event *e)
{
	json_versioned(w, e);
	json_text(w, "text", e->text);
}

static void
json_done(struct json_writer *w, const struct event *e)
{
	json_versioned(w, e);
	json_number(w, "duration_ms", (uint64_t)e->duration_ms);
	json_bool(w, "empty", e->empty);
}

static void
json_retry(struct json_writer *w, const struct event *e)
{
	json_migration(w, e);
	json_text(w, "reason", e->text);
	json_text(w, "blocked_by", e->blocked);
	json_number(w, "retry", e->count);
	json_number(w, "limit", e->total);
	json_number(w, "wait_ms", (uint64_t)e->duration_ms);
}

static void
json_failed(struct json_writer *w, const struct event *e)
{
	json_start(w, e);
	json_bool(w, "half_applied", e->err->code == ERR_HALF);
	json_bool(w, "in_doubt", e->in_doubt);
	json_current(w, e);
}

static void
json_nothing(struct json_writer *w, const struct event *e)
{
	json_direction(w, e);
	json_current(w, e);
}

static void
json_summary(struct json_writer *w, const struct event *e)
{
	json_direction(w, e);
	json_number(w, "count", e->count);
	json_number(w, "duration_ms", (uint64_t)e->duration_ms);
	json_current(w, e);
}

static void
json_where(struct json_writer *w, const struct event *e)
{
	struct current c = report_current(e);

	json_text(w, "version", c.version);
	if (c.name == NULL)
		json_null(w, "number");
	else
		json_number(w, "number", c.number);
	json_text(w, "name", c.name);
}

static void
json_plan(struct json_writer *w, const struct event *e)
{
	json_versioned(w, e);
	json_direction(w, e);
	json_bool(w, "empty", e->empty);
	json_bool(w, "transaction", !e->outside);
	json_text(w, "reason", e->text);
}

static void
json_plan_end(struct json_writer *w, const struct event *e)
{
	json_direction(w, e);
	json_number(w, "count", e->count);
}

static void
json_setting(struct json_writer *w, const struct event *e)
{
	json_text(w, "name", e->name);
	json_text(w, "value", e->text);
	json_text(w, "source", e->source);
}

static void
json_counted(struct json_writer *w, const struct event *e)
{
	json_number(w, "count", e->count);
}

static void
json_nothing_more(struct json_writer *w, const struct event *e)
{
	(void)w;
	(void)e;
}

static void
json_created(struct json_writer *w, const struct event *e)
{
	json_text(w, "path", e->text);
}

static void
json_positive(struct json_writer *w, const char *key, uint64_t value)
{
	if (value == 0)
		json_null(w, key);
	else
		json_number(w, key, value);
}

static void
json_amended(struct json_writer *w, const struct event *e)
{
	const struct amendment *a = e->amendment;
	bool decided = a->kind == AMEND_DECIDE;

	json_versioned(w, e);
	json_text(w, "action", amend_kind_name(a->kind));
	json_text(w, "reason", a->reason);
	json_positive(w, "statement", decided ? a->entry->statement : 0);
	json_text(w, "state", decided ? amend_state_name(a) : NULL);
}

static void
json_amended_end(struct json_writer *w, const struct event *e)
{
	json_number(w, "count", e->count);
	json_current(w, e);
}

static void
json_backup(struct json_writer *w, const struct event *e)
{
	json_text(w, "path", e->backup->path);
	json_number(w, "bytes", e->backup->bytes);
	json_text(w, "sha256", e->backup->sum);
	json_number(w, "duration_ms", (uint64_t)e->backup->took_ms);
	json_text(w, "restore", e->backup->restore);
}

static void
json_moved(struct json_writer *w, const struct event *e)
{
	json_versioned(w, e);
	json_text(w, "new_name", e->name);
	json_text(w, "new_version", e->text);
}

static void
json_finding(struct json_writer *w, const struct event *e)
{
	const struct place *place = &e->err->place;

	json_migration(w, e);
	json_text(w, "severity", e->severity);
	json_text(w, "message", e->err->message);
	json_text(w, "file", place->file);
	json_positive(w, "line", place->line);
	json_positive(w, "column", place->column);
	json_text(w, "hint", e->err->hint);
	json_text(w, "source", e->err->source);
}

static void
json_finding_end(struct json_writer *w, const struct event *e)
{
	json_number(w, "files", e->total);
	json_number(w, "errors", e->count);
	json_number(w, "warnings", e->done);
	json_current(w, e);
}

static void
json_help(struct json_writer *w, const struct event *e)
{
	json_text(w, "command", e->name);
	json_text(w, "text", e->text);
}

/* DONE has a second name, for a rollback. */
static const struct {
	const char *name;
	void (*keys)(struct json_writer *, const struct event *);
} json_events[] = {
    [EVENT_DATABASE] = {"database", json_identity},
    [EVENT_WARNING] = {"warning", json_text_only},
    [EVENT_NOTICE] = {"notice", json_text_only},
    [EVENT_SERVER_NOTICE] = {"server_notice", json_server_notice},
    [EVENT_LOCK_WAIT] = {"lock_wait", json_text_only},
    [EVENT_TABLE_MADE] = {"table_made", json_text_only},
    [EVENT_ADOPTED] = {"adopted", json_versioned},
    [EVENT_START] = {"start", json_start},
    [EVENT_PROGRESS] = {"progress", json_progress},
    [EVENT_STATEMENT] = {"statement", json_statement},
    [EVENT_ROW] = {"row", json_row},
    [EVENT_STORED] = {"stored", json_stored},
    [EVENT_DONE] = {"applied", json_done},
    [EVENT_RETRY] = {"retry", json_retry},
    [EVENT_FAILED] = {"failed", json_failed},
    [EVENT_NOTHING] = {"nothing", json_nothing},
    [EVENT_SUMMARY] = {"summary", json_summary},
    [EVENT_STATUS] = {"status", json_status},
    [EVENT_STATUS_END] = {"status_end", json_status_end},
    [EVENT_CURRENT] = {"current", json_where},
    [EVENT_PLAN] = {"plan", json_plan},
    [EVENT_PLAN_END] = {"plan_end", json_plan_end},
    [EVENT_LOG] = {"log", json_log},
    [EVENT_LOG_END] = {"log_end", json_counted},
    [EVENT_SETTING] = {"setting", json_setting},
    [EVENT_SETTING_END] = {"setting_end", json_nothing_more},
    [EVENT_AMENDED] = {"amended", json_amended},
    [EVENT_AMENDED_END] = {"amended_end", json_amended_end},
    [EVENT_BACKUP] = {"backup", json_backup},
    [EVENT_SQL] = {"sql", json_text_only},
    [EVENT_MOVED] = {"moved", json_moved},
    [EVENT_MOVED_END] = {"moved_end", json_counted},
    [EVENT_FINDING] = {"finding", json_finding},
    [EVENT_FINDING_END] = {"finding_end", json_finding_end},
    [EVENT_PROVING] = {"proving", json_proving},
    [EVENT_PROOF] = {"proof", json_proof},
    [EVENT_DIFFERENCE] = {"difference", json_difference},
    [EVENT_PROOF_END] = {"proof_end", json_proof_end},
    [EVENT_OBJECT_BEGIN] = {"object_begin", json_object_begin},
    [EVENT_OBJECT] = {"object", json_object},
    [EVENT_OBJECT_END] = {"object_end", json_object_end},
    [EVENT_CREATED] = {"created", json_created},
    [EVENT_HELP] = {"help", json_help},
    [EVENT_READY] = {"ready", json_identity},
};

static void
json_event(struct reporter *r, const struct event *e)
{
	struct json_reporter *j = (struct json_reporter *)r;
	const char *name = json_events[e->kind].name;

	if (e->kind == EVENT_PROGRESS &&
	    !report_progress_due(r, JSON_PROGRESS_MS))
		return;
	if (e->kind == EVENT_DONE && e->rollback)
		name = "rolled_back";
	json_begin(&j->writer, name);
	json_events[e->kind].keys(&j->writer, e);
	json_end_event(j);
}

static void
json_error(struct reporter *r, const struct err *err)
{
	struct json_reporter *j = (struct json_reporter *)r;
	struct json_writer *w = &j->writer;

	json_begin(w, "error");
	json_number(w, "code", (uint64_t)-err->code);
	json_text(w, "message", err->message);
	json_text(w, "file", err->place.file);
	json_positive(w, "line", err->place.line);
	json_positive(w, "column", err->place.column);
	json_text(
	    w, "sqlstate", err->sqlstate[0] == '\0' ? NULL : err->sqlstate);
	json_text(w, "detail", err->detail);
	json_text(w, "hint", err->hint);
	json_text(w, "source", err->source);
	json_end_event(j);
}

static void
json_finish(struct reporter *r)
{
	(void)r;
}

static void
json_free(struct reporter *r)
{
	json_clear(&((struct json_reporter *)r)->writer);
	free(r);
}

const struct report_style report_json = {
    .open = json_open,
    .event = json_event,
    .error = json_error,
    .finish = json_finish,
    .free = json_free,
};
