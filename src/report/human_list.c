/* For people: the lines of status and plan, aligned. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "migration/version.h"
#include "report/diag.h"
#include "report/human.h"
#include "report/terminal.h"

/* What stays of a column on a narrow terminal: of a time its date. */
#define STAMP_LEAST 11
#define NAME_LEAST 8
#define NOTES_LEAST 4

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
	else if (!entry_is_loose(t))
		buf_addf(b, "%" PRIu64, t->number);
	else
		buf_addc(b, '-');
}

static const struct grid_column status_columns[GRID_COLUMNS] = {
    {"NO.", 0, false},
    {"STATE", 0, false},
    {"VERSION", 0, false},
    {"NAME", NAME_LEAST, false},
    {"APPLIED", STAMP_LEAST, true},
    {"NOTES", NOTES_LEAST, false},
    {"", 0, false},
};

static const char *const status_colors[] = {
    [ENTRY_APPLIED] = TERMINAL_GREEN,
    [ENTRY_PENDING] = TERMINAL_YELLOW,
    [ENTRY_OUT_OF_ORDER] = TERMINAL_RED,
    [ENTRY_CHANGED] = TERMINAL_RED,
    [ENTRY_RENAMED] = TERMINAL_RED,
    [ENTRY_MISSING] = TERMINAL_RED,
    [ENTRY_NEWER] = TERMINAL_RED,
    [ENTRY_UNKNOWN] = TERMINAL_RED,
    [ENTRY_KEPT] = TERMINAL_GREEN,
    [ENTRY_HALF] = TERMINAL_RED,
    [ENTRY_RUNNING] = TERMINAL_CYAN,
};

/* A time, where there is one. */
static void
human_set_time(struct human *h, size_t column, const char *stamp)
{
	struct buf b;

	if (stamp == NULL)
		return;
	buf_init(&b, BUF_LINE);
	clock_add(&b, stamp, false);
	grid_set(&h->grid, column, buf_str(&b));
	buf_clear(&b);
}

void
human_status(struct human *h, const struct event *e)
{
	const struct entry *t = e->entry;
	const char *name = entry_name(t);
	struct buf b;

	buf_init(&b, BUF_LINE);
	grid_add(&h->grid, status_columns);
	human_number(&b, t, name);
	grid_set(&h->grid, 0, buf_str(&b));
	grid_set(&h->grid, 1, entry_state_name(t->state));
	grid_color(&h->grid, 1, status_colors[t->state]);
	if (!entry_version_is_generated(t))
		grid_set(&h->grid, 2, entry_version(t));
	grid_set(&h->grid, 3, name);
	human_set_time(h, 4, t->row == NULL ? NULL : t->row->applied_at);
	buf_reset(&b);
	human_notes(&b, t);
	grid_set(&h->grid, 5, buf_str(&b));
	buf_clear(&b);
}

/* Each entry counts once: "4 migrations: 2 applied, 1 pending, 1 unknown". */
static void
human_states(struct buf *b, const struct state *s)
{
	size_t i;

	human_count(b, s->count, "migration");
	buf_addf(b, ": %zu applied, %zu pending", s->counts[ENTRY_APPLIED],
	    s->counts[ENTRY_PENDING]);
	for (i = ENTRY_PENDING + 1; i < ENTRY_STATES; i++)
		if (s->counts[i] > 0)
			buf_addf(b, ", %zu %s", s->counts[i],
			    entry_state_name((enum entry_state)i));
}

void
human_status_end(struct human *h, const struct event *e)
{
	struct buf b;

	human_write_grid(h);
	if (h->base.options.quiet)
		return;
	buf_init(&b, BUF_LINE);
	human_states(&b, e->state);
	buf_adds(&b, "; ");
	human_schema(&b, e);
	human_result(h, &b);
	buf_clear(&b);
}

static const struct grid_column log_columns[GRID_COLUMNS] = {
    {"TIME", STAMP_LEAST, true},
    {"ACTION", 0, false},
    {"OUTCOME", 0, false},
    {"VERSION", 0, false},
    {"NAME", NAME_LEAST, false},
    {"TOOK", 0, false},
    {"NOTES", NOTES_LEAST, false},
};

/* What each entry of the log has. */
static void
human_log_cells(struct human *h, const struct log_row *l)
{
	human_set_time(h, 0, l->logged_at);
	grid_set(&h->grid, 1, l->action);
	grid_set(&h->grid, 2, l->outcome);
	if (text_same(l->outcome, "failed"))
		grid_color(&h->grid, 2, TERMINAL_RED);
	if (l->version != NULL &&
	    !(l->has_number && version_is_generated(l->version, l->number)))
		grid_set(&h->grid, 3, l->version);
	grid_set(&h->grid, 4, l->name);
}

void
human_log(struct human *h, const struct event *e)
{
	const struct log_row *l = e->log;
	struct buf b;

	buf_init(&b, BUF_LINE);
	grid_add(&h->grid, log_columns);
	human_log_cells(h, l);
	if (l->duration_ms >= 0) {
		human_duration(&b, l->duration_ms);
		grid_set(&h->grid, 5, buf_str(&b));
		buf_reset(&b);
	}
	if (l->actor != NULL)
		buf_addf(&b, "by %s", l->actor);
	if (l->error != NULL)
		buf_addf(&b, ": %s", l->error);
	grid_set(&h->grid, 6, buf_str(&b));
	buf_clear(&b);
}

void
human_log_end(struct human *h, const struct event *e)
{
	struct buf b;

	human_write_grid(h);
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
	grid_add(&h->grid, NULL);
	grid_set(&h->grid, 0, e->name);
	grid_set(&h->grid, 1, e->text == NULL ? "-" : e->text);
	grid_set(&h->grid, 2, e->source);
}

void
human_setting_end(struct human *h, const struct event *e)
{
	(void)e;
	human_write_grid(h);
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
	if (strcmp(e->migration->name, e->name) != 0) {
		buf_adds(&b, " -> ");
		text_escape(&b, e->name);
	}
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

/* "error: m/002_b.sql:3:1: what" */
static void
human_finding_head(struct buf *b, const struct event *e, bool color)
{
	const struct place *place = &e->err->place;
	const char *paint = e->err->code == 0 ? TERMINAL_YELLOW : TERMINAL_RED;

	diag_colored(b, e->severity, color ? paint : NULL);
	buf_adds(b, ": ");
	if (place->file != NULL) {
		text_escape(b, place->file);
		buf_addf(b, ":%" PRIu64 ":%" PRIu64 ": ", place->line,
		    place->column);
	} else if (e->err->code == 0 && report_name(e) != NULL) {
		human_name(b, e);
		buf_adds(b, ": ");
	}
	text_escape(b, e->err->message);
}

/* Its steps, each on its own line. */
static void
human_finding_hint(struct buf *b, const char *hint)
{
	char *line;
	size_t n;

	while (hint != NULL && *hint != '\0') {
		n = strcspn(hint, "\n");
		line = mem_strndup(hint, n);
		buf_adds(b, "       ");
		text_escape(b, line);
		buf_addc(b, '\n');
		free(line);
		hint += n + (hint[n] == '\n');
	}
}

/* With the line that it is in, and the hint, below. */
void
human_finding(struct human *h, const struct event *e)
{
	bool color = h->base.options.color_out;
	struct buf b;

	if (h->base.options.quiet && e->err->code == 0)
		return;
	buf_init(&b, BUF_TEXT);
	human_finding_head(&b, e, color);
	buf_addc(&b, '\n');
	diag_source(&b, e->err, color);
	human_finding_hint(&b, e->err->hint);
	b.data[--b.len] = '\0'; /* human_result() ends it */
	human_result(h, &b);
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

static const struct grid_column plan_columns[GRID_COLUMNS] = {
    {"ACTION", 0, false},
    {"VERSION", 0, false},
    {"NAME", NAME_LEAST, false},
    {"NOTES", NOTES_LEAST, false},
    {"", 0, false},
    {"", 0, false},
    {"", 0, false},
};

/* NULL where nobody has chosen one. */
static const char *
human_plan_version(const struct event *e)
{
	const char *version = report_version(e);

	if (version != NULL && e->migration->forward.header.version == NULL &&
	    version_is_generated(version, e->migration->number))
		return NULL;
	return version;
}

void
human_plan(struct human *h, const struct event *e)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	if (e->empty)
		human_note(&b, "no statements");
	if (e->outside)
		human_note(&b, "no transaction");
	human_note(&b, e->text);
	grid_add(&h->grid, plan_columns);
	grid_set(&h->grid, 0, e->rollback ? "roll back" : "apply");
	grid_set(&h->grid, 1, human_plan_version(e));
	grid_set(&h->grid, 2, report_name(e));
	grid_set(&h->grid, 3, buf_str(&b));
	buf_clear(&b);
}

void
human_plan_end(struct human *h, const struct event *e)
{
	struct buf b;

	human_write_grid(h);
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
