/* The reporter for people: one calm line for each thing that happened. */
#include "report/human.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/diag.h"

typedef void human_fn(struct human *, const struct event *);

static struct reporter *
human_open(void)
{
	struct human *h = mem_calloc(1, sizeof(*h));

	return &h->base;
}

/* Wipe the progress line, so that another can stand in its place. */
static void
human_wipe(struct human *h)
{
	if (h->progress)
		fputs("\r\033[K", h->base.options.err);
	h->progress = false;
}

void
human_result(struct human *h, const struct buf *line)
{
	human_wipe(h);
	fflush(h->base.options.err);
	fprintf(h->base.options.out, "%s\n", buf_str(line));
	report_flush(&h->base);
}

void
human_aside(struct human *h, const struct buf *line)
{
	human_wipe(h);
	fprintf(h->base.options.err, "%s\n", buf_str(line));
	fflush(h->base.options.err);
}

void
human_write_grid(struct human *h)
{
	const struct report_options *o = &h->base.options;
	const struct grid_style style = {
	    .width = o->width, .head = !o->quiet, .color = o->color_out};

	grid_write(&h->grid, &style, o->out);
}

void
human_count(struct buf *b, uint64_t count, const char *noun)
{
	buf_addf(b, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
}

void
human_schema(struct buf *b, const struct event *e)
{
	struct current c = report_current(e);

	buf_adds(b, "the schema is at ");
	text_escape(b, c.generated ? c.name : c.version);
	if (c.name == NULL || c.generated)
		return;
	buf_adds(b, " (");
	text_escape(b, c.name);
	buf_addc(b, ')');
}

void
human_duration(struct buf *b, int64_t ms)
{
	if (ms <= 0)
		buf_adds(b, "<1 ms");
	else if (ms < 1000)
		buf_addf(b, "%" PRId64 " ms", ms);
	else if (ms < 60000)
		buf_addf(
		    b, "%" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
	else
		buf_addf(b, "%" PRId64 " min %" PRId64 " s", ms / 60000,
		    ms / 1000 % 60);
}

void
human_name(struct buf *b, const struct event *e)
{
	const char *name = report_name(e);

	text_escape(b, name == NULL ? "(no migration)" : name);
}

static void
human_identity(struct buf *b, const struct db_identity *id)
{
	buf_adds(b, "database ");
	text_escape(b, id->database);
	if (id->user != NULL && *id->user != '\0') {
		buf_adds(b, ", user ");
		text_escape(b, id->user);
	}
	if (id->host != NULL && *id->host != '\0') {
		buf_adds(b, ", host ");
		text_escape(b, id->host);
	}
	buf_adds(b, " (");
	text_escape(b, id->server);
	buf_adds(b, id->pooled ? ", behind a pooler)" : ")");
	if (id->created)
		buf_adds(b, ", created just now");
}

static void
human_database(struct human *h, const struct event *e)
{
	struct buf b;

	if (h->base.options.quiet)
		return;
	buf_init(&b, BUF_LINE);
	human_identity(&b, e->identity);
	human_aside(h, &b);
	buf_clear(&b);
}

static void
human_ready(struct human *h, const struct event *e)
{
	struct buf b;

	if (h->base.options.quiet)
		return;
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "ready: ");
	human_identity(&b, e->identity);
	human_result(h, &b);
	buf_clear(&b);
}

static void
human_labelled(struct human *h, const char *label, const char *text)
{
	struct buf b;

	if (h->base.options.quiet)
		return;
	buf_init(&b, BUF_LINE);
	diag_line(&b, label, text, h->base.options.color);
	human_wipe(h);
	fputs(buf_str(&b), h->base.options.err);
	fflush(h->base.options.err);
	buf_clear(&b);
}

static void
human_warning(struct human *h, const struct event *e)
{
	human_labelled(h, "warning", e->text);
}

static void
human_notice(struct human *h, const struct event *e)
{
	human_labelled(h, "notice", e->text);
}

void
human_say(struct human *h, const struct event *e, bool result,
    const char *before, const char *after)
{
	struct buf b;

	if (h->base.options.quiet)
		return;
	buf_init(&b, BUF_LINE);
	if (before != NULL)
		buf_adds(&b, before);
	if (report_name(e) != NULL)
		human_name(&b, e);
	if (after != NULL)
		text_escape(&b, after);
	if (result)
		human_result(h, &b);
	else
		human_aside(h, &b);
	buf_clear(&b);
}

static void
human_server_notice(struct human *h, const struct event *e)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	if (report_name(e) != NULL)
		buf_adds(&b, ": ");
	buf_addf(&b, "%s: %s", e->severity, e->text);
	human_say(h, e, false, NULL, buf_str(&b));
	buf_clear(&b);
}

static void
human_lock_wait(struct human *h, const struct event *e)
{
	bool known = e->text != NULL && *e->text != '\0';

	human_say(h, e, false, "waiting for the lock, which is held by ",
	    known ? e->text : "another run");
}

static void
human_table_made(struct human *h, const struct event *e)
{
	human_say(h, e, false, "created the table ", e->text);
}

static void
human_adopted(struct human *h, const struct event *e)
{
	human_say(h, e, true, "adopted ", NULL);
}

static void
human_created(struct human *h, const struct event *e)
{
	human_say(h, e, true, "created ", e->text);
}

static void
human_current(struct human *h, const struct event *e)
{
	struct current c = report_current(e);
	struct buf b;

	buf_init(&b, BUF_LINE);
	if (!c.generated)
		text_escape(&b, c.version);
	if (c.name != NULL) {
		buf_adds(&b, c.generated ? "" : " ");
		text_escape(&b, c.name);
	}
	human_result(h, &b);
	buf_clear(&b);
}

static void
human_help(struct human *h, const struct event *e)
{
	fputs(e->text, h->base.options.out);
}

static human_fn *const human_events[] = {
    [EVENT_DATABASE] = human_database,
    [EVENT_WARNING] = human_warning,
    [EVENT_NOTICE] = human_notice,
    [EVENT_SERVER_NOTICE] = human_server_notice,
    [EVENT_LOCK_WAIT] = human_lock_wait,
    [EVENT_TABLE_MADE] = human_table_made,
    [EVENT_ADOPTED] = human_adopted,
    [EVENT_START] = human_start,
    [EVENT_PROGRESS] = human_progress,
    [EVENT_STATEMENT] = human_statement,
    [EVENT_ROW] = human_row,
    [EVENT_STORED] = human_stored,
    [EVENT_DONE] = human_done,
    [EVENT_RETRY] = human_retry,
    [EVENT_FAILED] = human_failed,
    [EVENT_NOTHING] = human_nothing,
    [EVENT_SUMMARY] = human_summary,
    [EVENT_STATUS] = human_status,
    [EVENT_STATUS_END] = human_status_end,
    [EVENT_CURRENT] = human_current,
    [EVENT_PLAN] = human_plan,
    [EVENT_PLAN_END] = human_plan_end,
    [EVENT_LOG] = human_log,
    [EVENT_LOG_END] = human_log_end,
    [EVENT_SETTING] = human_setting,
    [EVENT_SETTING_END] = human_setting_end,
    [EVENT_AMENDED] = human_amended,
    [EVENT_AMENDED_END] = human_amended_end,
    [EVENT_BACKUP] = human_backup,
    [EVENT_SQL] = human_sql,
    [EVENT_MOVED] = human_moved,
    [EVENT_MOVED_END] = human_moved_end,
    [EVENT_FINDING] = human_finding,
    [EVENT_FINDING_END] = human_finding_end,
    [EVENT_PROVING] = human_proving,
    [EVENT_PROOF] = human_proof,
    [EVENT_DIFFERENCE] = human_difference,
    [EVENT_PROOF_END] = human_proof_end,
    [EVENT_OBJECT_BEGIN] = human_object_begin,
    [EVENT_OBJECT] = human_object,
    [EVENT_OBJECT_END] = human_object_end,
    [EVENT_CREATED] = human_created,
    [EVENT_HELP] = human_help,
    [EVENT_READY] = human_ready,
};

/* What is watched ends with its migration, whatever else is told of it. */
static bool
human_is_end(enum event_kind kind)
{
	return kind == EVENT_DONE || kind == EVENT_FAILED ||
	    kind == EVENT_NOTHING || kind == EVENT_SUMMARY;
}

static void
human_event(struct reporter *r, const struct event *e)
{
	struct human *h = (struct human *)r;

	if (e->kind == EVENT_START && h->base.options.progress &&
	    h->ticker == NULL)
		h->ticker = ticker_start(human_tick, h);
	ticker_lock(h->ticker);
	if (human_is_end(e->kind)) {
		free(h->running);
		h->running = NULL;
	}
	if (e->kind != EVENT_DIFFERENCE)
		human_end_proof(h);
	human_events[e->kind](h, e);
	ticker_unlock(h->ticker);
}

/* Nothing is told from a thread of its own any more. */
static void
human_stop_ticker(struct human *h)
{
	ticker_stop(h->ticker);
	h->ticker = NULL;
	free(h->running);
	h->running = NULL;
}

static void
human_error(struct reporter *r, const struct err *err)
{
	struct human *h = (struct human *)r;
	struct buf b;

	human_stop_ticker(h);
	human_end_proof(h);
	human_wipe(h);
	human_write_grid(h);
	report_flush(r);
	buf_init(&b, BUF_TEXT);
	diag_error(&b, err, r->options.color);
	fputs(buf_str(&b), r->options.err);
	if (h->kept != NULL)
		fputs(h->kept, r->options.err);
	fflush(r->options.err);
	buf_clear(&b);
}

static void
human_finish(struct reporter *r)
{
	struct human *h = (struct human *)r;

	human_stop_ticker(h);
	human_end_proof(h);
	human_wipe(h);
	fflush(r->options.err);
	human_write_grid(h);
}

static void
human_free(struct reporter *r)
{
	struct human *h = (struct human *)r;

	grid_clear(&h->grid);
	free(h->kept);
	free(h->consequence);
	free(h);
}

const struct report_style report_human = {
    .open = human_open,
    .event = human_event,
    .error = human_error,
    .finish = human_finish,
    .free = human_free,
};
