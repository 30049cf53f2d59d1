/* For people: the lines of status and plan, aligned. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "report/human.h"

static void
human_note(struct buf *b, const char *note)
{
	if (note == NULL)
		return;
	if (b->len > 0)
		buf_adds(b, ", ");
	buf_adds(b, note);
}

static void
human_notes(struct buf *b, const struct entry *t)
{
	const struct script *undo = NULL;
	const char *origin = t->row == NULL ? NULL : t->row->origin;

	if (t->migration != NULL)
		undo = &t->migration->rollback;
	if (undo != NULL && undo->name == NULL)
		human_note(b, "no rollback");
	if (undo != NULL && undo->empty)
		human_note(b, "empty rollback");
	if (t->adopted)
		human_note(b, "adopted");
	else if (origin != NULL && strcmp(origin, "applied") != 0)
		human_note(b, origin);
	if (t->reformatted)
		human_note(b, "reformatted");
	human_note(b, t->proof);
	human_note(b, t->reason);
}

/* The number as the file writes it, with its zeros, where there is one. */
static void
human_number(struct buf *b, const struct entry *t, const char *name)
{
	size_t n = name == NULL ? 0 : strspn(name, "0123456789");

	if (n > 0)
		buf_add(b, name, n);
	else if (t->state != ENTRY_UNKNOWN)
		buf_addf(b, "%" PRIu64, t->number);
	else
		buf_addc(b, '-');
}

void
human_status(struct human *h, const struct event *e)
{
	const struct entry *t = e->entry;
	const char *name = entry_name(t);
	struct buf b;

	buf_init(&b, BUF_LINE);
	grid_add(&h->grid);
	human_number(&b, t, name);
	grid_set(&h->grid, 0, buf_str(&b));
	grid_set(&h->grid, 1, entry_state_name(t->state));
	grid_set(&h->grid, 2, entry_version(t));
	grid_set(&h->grid, 3, name);
	grid_set(&h->grid, 4, t->row == NULL ? NULL : t->row->applied_at);
	buf_reset(&b);
	human_notes(&b, t);
	grid_set(&h->grid, 5, buf_str(&b));
	buf_clear(&b);
}

void
human_status_end(struct human *h, const struct event *e)
{
	const struct state *s = e->state;
	struct buf b;

	grid_write(&h->grid, h->base.options.out);
	if (h->base.options.quiet)
		return;
	buf_init(&b, BUF_LINE);
	human_count(&b, s->count, "migration");
	buf_addf(&b, ": %zu applied, %zu pending; ", s->applied, s->pending);
	human_schema(&b, e);
	human_result(h, &b);
	buf_clear(&b);
}

void
human_log(struct human *h, const struct event *e)
{
	const struct log_row *l = e->log;
	struct buf b;

	buf_init(&b, BUF_LINE);
	if (l->duration_ms > 0) {
		human_duration(&b, l->duration_ms);
		buf_adds(&b, ", ");
	}
	if (l->actor != NULL)
		buf_addf(&b, "by %s", l->actor);
	if (l->error != NULL)
		buf_addf(&b, ": %s", l->error);
	grid_add(&h->grid);
	grid_set(&h->grid, 0, l->logged_at);
	grid_set(&h->grid, 1, l->action);
	grid_set(&h->grid, 2, l->outcome);
	grid_set(&h->grid, 3, l->version);
	grid_set(&h->grid, 4, l->name);
	grid_set(&h->grid, 5, buf_str(&b));
	buf_clear(&b);
}

void
human_log_end(struct human *h, const struct event *e)
{
	struct buf b;

	grid_write(&h->grid, h->base.options.out);
	if (e->count > 0 || e->total == 0 || h->base.options.quiet)
		return;
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "nothing was logged yet");
	human_aside(h, &b);
	buf_clear(&b);
}

void
human_setting(struct human *h, const struct event *e)
{
	grid_add(&h->grid);
	grid_set(&h->grid, 0, e->name);
	grid_set(&h->grid, 1, e->text == NULL ? "-" : e->text);
	grid_set(&h->grid, 2, e->source);
}

void
human_setting_end(struct human *h, const struct event *e)
{
	(void)e;
	grid_write(&h->grid, h->base.options.out);
}

void
human_write(struct human *h, const char *text)
{
	FILE *out = h->base.options.out;
	struct buf b;

	if (!isatty(fileno(out))) {
		fputs(text, out);
		return;
	}
	buf_init(&b, BUF_TEXT);
	text_escape_lines(&b, text);
	fputs(buf_str(&b), out);
	buf_clear(&b);
}

void
human_sql(struct human *h, const struct event *e)
{
	human_write(h, e->text);
}

void
human_moved(struct human *h, const struct event *e)
{
	const char *was = e->migration->forward.header.version;
	struct buf b;

	buf_init(&b, BUF_LINE);
	text_escape(&b, e->migration->name);
	buf_adds(&b, " -> ");
	text_escape(&b, e->name);
	if (e->text != NULL)
		buf_addf(&b, ", version %s -> %s", was, e->text);
	human_result(h, &b);
	buf_clear(&b);
}

void
human_moved_end(struct human *h, const struct event *e)
{
	if (e->count == 0)
		human_say(
		    h, e, true, "no migration collides or falls behind", NULL);
}

/* "error  m/002_b.sql:3:1  what  Hint", one line each. */
void
human_finding(struct human *h, const struct event *e)
{
	const struct place *place = &e->err->place;
	struct buf b;

	if (h->base.options.quiet && e->err->code == 0)
		return;
	buf_init(&b, BUF_LINE);
	buf_addf(&b, "%s: ", e->severity);
	if (place->file != NULL) {
		text_escape(&b, place->file);
		buf_addf(&b, ":%" PRIu64 ":%" PRIu64 ": ", place->line,
		    place->column);
	} else if (e->err->code == 0 && report_name(e) != NULL) {
		human_name(&b, e);
		buf_adds(&b, ": ");
	}
	text_escape(&b, e->err->message);
	human_result(h, &b);
	buf_reset(&b);
	if (e->err->hint != NULL) {
		buf_adds(&b, "       ");
		text_escape(&b, e->err->hint);
		human_result(h, &b);
	}
	buf_clear(&b);
}

void
human_finding_end(struct human *h, const struct event *e)
{
	struct buf b;

	if (h->base.options.quiet)
		return;
	buf_init(&b, BUF_LINE);
	human_count(&b, e->total, "file");
	buf_adds(&b, " checked: ");
	human_count(&b, e->count, "error");
	buf_adds(&b, ", ");
	human_count(&b, e->done, "warning");
	buf_adds(&b, "; ");
	human_schema(&b, e);
	human_result(h, &b);
	buf_clear(&b);
}

void
human_plan(struct human *h, const struct event *e)
{
	grid_add(&h->grid);
	grid_set(&h->grid, 0, e->rollback ? "roll back" : "apply");
	grid_set(&h->grid, 1, report_version(e));
	grid_set(&h->grid, 2, report_name(e));
	grid_set(&h->grid, 3, e->empty ? "no statements" : NULL);
	grid_set(&h->grid, 4, e->outside ? "no transaction" : NULL);
	grid_set(&h->grid, 5, e->text);
}

void
human_plan_end(struct human *h, const struct event *e)
{
	struct buf b;

	grid_write(&h->grid, h->base.options.out);
	if (h->base.options.quiet)
		return;
	buf_init(&b, BUF_LINE);
	if (e->count == 0)
		buf_adds(&b, "nothing");
	else
		human_count(&b, e->count, "migration");
	buf_adds(&b, e->rollback ? " to roll back" : " to apply");
	human_result(h, &b);
	buf_clear(&b);
}
