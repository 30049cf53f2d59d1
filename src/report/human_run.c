/* For people: what happens while migrations run, and how they end. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/human.h"
#include "report/terminal.h"

#define HUMAN_PROGRESS_MS 100
#define TICK_MS 900 /* a little less than a second */

/* The line is cut at the terminal's width: one that wraps cannot be wiped. */
void
human_show_progress(struct human *h, const struct buf *line)
{
	unsigned width = terminal_width(h->base.options.err);

	fprintf(
	    h->base.options.err, "\r%.*s\033[K", (int)width - 1, buf_str(line));
	fflush(h->base.options.err);
	h->progress = true;
	h->drawn_ms = clock_ms();
}

void
human_start(struct human *h, const struct event *e)
{
	struct buf b;

	if (h->base.options.verbose > 0)
		human_say(h, e, false,
		    e->rollback ? "rolling back " : "applying ", NULL);
	if (!h->base.options.progress)
		return;
	buf_init(&b, BUF_LINE);
	human_name(&b, e);
	human_show_progress(h, &b);
	free(h->running);
	h->running = buf_take(&b);
	h->began_ms = h->drawn_ms;
}

void
human_tick(void *human)
{
	struct human *h = human;
	int64_t now = clock_ms();
	struct buf b;

	/* A line that says more is not written over. */
	if (h->running == NULL || now - h->drawn_ms < TICK_MS)
		return;
	buf_init(&b, BUF_LINE);
	buf_addf(
	    &b, "%s  %" PRId64 " s", h->running, (now - h->began_ms) / 1000);
	human_show_progress(h, &b);
	buf_clear(&b);
}

/* Bytes, as much of all as there are: "12.3 of 200.0 MB". */
static void
human_share(struct buf *b, const struct event *e)
{
	buf_addf(b, "%.1f of %.1f MB (%" PRIu64 "%%)", (double)e->done / 1e6,
	    (double)e->total / 1e6,
	    e->total == 0 ? 100 : e->done * 100 / e->total);
}

/* How fast so far, and how long it takes if it goes on like this. */
static void
human_rate(struct buf *b, const struct event *e)
{
	double rate =
	    e->duration_ms <= 0 ? 0 : (double)e->done / (double)e->duration_ms;

	if (rate <= 0 || e->done > e->total)
		return;
	buf_addf(b, "  %.1f MB/s  ", rate / 1e3);
	human_duration(b, (int64_t)((double)(e->total - e->done) / rate));
	buf_adds(b, " left");
}

void
human_progress(struct human *h, const struct event *e)
{
	struct buf b;

	if (!h->base.options.progress ||
	    !report_progress_due(&h->base, HUMAN_PROGRESS_MS))
		return;
	buf_init(&b, BUF_LINE);
	human_name(&b, e);
	buf_adds(&b, "  ");
	human_share(&b, e);
	buf_adds(&b, "  ");
	human_count(&b, e->statements, "statement");
	human_rate(&b, e);
	human_show_progress(h, &b);
	buf_clear(&b);
}

/* A row that a statement returned, or the names of its columns. */
void
human_row(struct human *h, const struct event *e)
{
	struct buf b;

	buf_init(&b, BUF_TEXT);
	buf_adds(&b, "    ");
	text_escape(&b, e->text);
	human_aside(h, &b);
	buf_clear(&b);
}

/* "  m/002_b.sql:3  12 ms  CREATE TABLE b (" */
void
human_statement(struct human *h, const struct event *e)
{
	char *line = mem_strndup(e->text, strcspn(e->text, "\r\n"));
	struct buf b;

	buf_init(&b, BUF_LINE);
	buf_adds(&b, "  ");
	text_escape(&b, e->place->file);
	buf_addf(&b, ":%" PRIu64 "  ", e->place->line);
	human_duration(&b, e->duration_ms);
	buf_adds(&b, "  ");
	text_escape(&b, line);
	human_aside(h, &b);
	buf_clear(&b);
	free(line);
}

/* Line by line, so that none can look like one of ours. */
void
human_stored(struct human *h, const struct event *e)
{
	const char *next = e->text;
	struct buf b;
	char *line;
	size_t n;

	if (h->base.options.quiet)
		return;
	human_say(h, e, false, "the stored rollback of ", ":");
	buf_init(&b, BUF_LINE);
	while (*next != '\0') {
		n = strcspn(next, "\n");
		line = mem_strndup(next, n);
		buf_reset(&b);
		buf_adds(&b, "    | ");
		text_escape(&b, line);
		human_aside(h, &b);
		free(line);
		next += n + (next[n] == '\n');
	}
	buf_clear(&b);
}

void
human_done(struct human *h, const struct event *e)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	buf_adds(&b, " (");
	human_duration(&b, e->duration_ms);
	if (e->empty)
		buf_adds(&b,
		    e->rollback ? ", an empty rollback: nothing was undone"
				: ", no statements");
	buf_addc(&b, ')');
	human_say(
	    h, e, true, e->rollback ? "rolled back " : "applied ", buf_str(&b));
	buf_clear(&b);
}

void
human_retry(struct human *h, const struct event *e)
{
	struct buf b;

	buf_init(&b, BUF_TEXT);
	buf_addf(&b, ", %" PRIu64 " of %" PRIu64 " in ", e->count, e->total);
	human_duration(&b, e->duration_ms);
	buf_addf(&b, ": %s", e->text);
	if (e->blocked != NULL)
		buf_addf(&b, "; blocked by %s", e->blocked);
	human_say(h, e, false, "retrying ", buf_str(&b));
	buf_clear(&b);
}

/* The number of a migration as its name writes it: "001". */
static void
human_digits(struct buf *b, const char *name)
{
	size_t n = strspn(name, "0123456789");

	if (n == 0)
		text_escape(b, name);
	else
		buf_add(b, name, n);
}

/* Where the schema stands, which is known only where nothing is in doubt. */
static void
human_stays(struct buf *b, const struct event *e, bool half)
{
	struct current c = report_current(e);

	if (c.name == NULL) {
		buf_adds(b, " No migration is applied");
	} else {
		buf_addc(b, ' ');
		human_digits(b, c.name);
		buf_adds(b, half ? " is applied" : " stays applied");
	}
	if (!c.generated) {
		buf_adds(b, "; the schema is at ");
		text_escape(b, c.version);
	}
	buf_addc(b, '.');
}

/*
 * Kept for the end of the error: "Nothing of 002_add_user_phone was kept.
 * 001 stays applied; the schema is at 1.0.0."
 */
void
human_failed(struct human *h, const struct event *e)
{
	bool half = e->err->code == ERR_HALF;
	struct buf b;

	buf_init(&b, BUF_LINE);
	if (e->in_doubt)
		buf_adds(&b, "Whether ");
	else if (!half)
		buf_adds(&b, "Nothing of ");
	if (!half && e->rollback)
		buf_adds(&b, "the rollback of ");
	human_name(&b, e);
	if (e->in_doubt)
		buf_adds(&b, " was kept is not known.");
	else if (!half)
		buf_adds(&b, " was kept.");
	else
		buf_addf(&b, " is half %s.",
		    e->half_back ? "rolled back" : "applied");
	if (!e->in_doubt)
		human_stays(&b, e, half);
	buf_addc(&b, '\n');
	free(h->kept);
	h->kept = buf_take(&b);
}

void
human_nothing(struct human *h, const struct event *e)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	human_schema(&b, e);
	human_say(h, e, true,
	    e->rollback ? "nothing to roll back; " : "nothing to apply; ",
	    buf_str(&b));
	buf_clear(&b);
}

void
human_summary(struct human *h, const struct event *e)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	human_count(&b, e->count, "migration");
	buf_adds(&b, e->rollback ? " rolled back in " : " applied in ");
	human_duration(&b, e->duration_ms);
	buf_adds(&b, "; ");
	human_schema(&b, e);
	human_say(h, e, true, NULL, buf_str(&b));
	buf_clear(&b);
}

void
human_amended(struct human *h, const struct event *e)
{
	static const struct {
		const char *before;
		const char *after;
	} texts[] = {
	    [AMEND_STAMP] = {"stamped ", NULL},
	    [AMEND_FORGET] = {"forgot ", NULL},
	    [AMEND_ACCEPT] = {"accepted ", " as it is now"},
	    [AMEND_REPOINT] = {"accepted ", " in place of its old name"},
	    [AMEND_CLEAR] = {"cleared the journal of ", NULL},
	    [AMEND_ADOPT] = {"adopted ", NULL},
	    [AMEND_KEEP] = {"kept the row ", " without a file"},
	};
	const struct amendment *a = e->amendment;
	struct buf b;

	if (a->kind == AMEND_DECIDE) {
		buf_init(&b, BUF_LINE);
		buf_addf(&b, "recorded statement %" PRIu64 " of ",
		    a->entry->statement);
		human_say(h, e, true, buf_str(&b),
		    a->done ? " as done" : " as undone");
		buf_clear(&b);
		return;
	}

	human_say(h, e, true, texts[a->kind].before, texts[a->kind].after);
}

void
human_amended_end(struct human *h, const struct event *e)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	if (e->text != NULL)
		buf_adds(&b, e->text);
	else
		human_count(&b, e->count, "change");
	buf_adds(&b, "; ");
	human_schema(&b, e);
	human_say(h, e, true, NULL, buf_str(&b));
	buf_clear(&b);
}

/* "512 bytes", "20.4 kB", "1.3 MB". */
static void
human_bytes(struct buf *b, uint64_t bytes)
{
	if (bytes < 1000)
		human_count(b, bytes, "byte");
	else if (bytes < 1000000)
		buf_addf(b, "%.1f kB", (double)bytes / 1e3);
	else
		buf_addf(b, "%.1f MB", (double)bytes / 1e6);
}

void
human_backup(struct human *h, const struct event *e)
{
	const struct backup_info *info = e->backup;
	struct buf b;

	buf_init(&b, BUF_LINE);
	buf_addf(&b, "%s (", info->path);
	human_bytes(&b, info->bytes);
	buf_adds(&b, ", ");
	human_duration(&b, info->took_ms);
	buf_addf(&b, ", SHA-256 %s)", info->sum);
	human_say(h, e, true, "backup ", buf_str(&b));
	buf_reset(&b);
	buf_addf(&b, "%s", info->restore);
	human_say(h, e, false, "to go back to it: ", buf_str(&b));
	buf_clear(&b);
}
