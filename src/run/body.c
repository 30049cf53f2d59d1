/* The body of a step: its script's statements, sent to the engine. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "run/run_int.h"
#include "run/stop.h"
#include "sql/classify.h"

#define PROGRESS_MS 1000
#define SHOW_ROWS_MAX 100
#define SHOW_CELL_MAX 200  /* characters */
#define PROGRESS_EVERY 256 /* statements between two looks at the clock */

struct progress {
	struct run *run;
	const struct step *step;
	int64_t began_ms, told_ms;
	uint64_t items, statements;
};

static void
body_tell(const struct progress *p, const struct script_reader *reader)
{
	struct event e = {.kind = EVENT_PROGRESS,
	    .migration = p->step->migration,
	    .rollback = p->run->plan->rollback,
	    .duration_ms = p->told_ms - p->began_ms,
	    .statements = p->statements,
	    .done = script_reader_bytes(reader),
	    .total = step_script(p->run, p->step)->bytes};

	run_event(p->run, &e);
}

/* Once a second, of a file that takes longer than that. */
static void
body_progress(struct progress *p, int what, const struct script_reader *reader)
{
	int64_t now;

	p->statements += what == SCRIPT_STATEMENT;
	/* A piece of data is larger than most statements. */
	if (what == SCRIPT_STATEMENT && ++p->items % PROGRESS_EVERY != 0)
		return;
	now = clock_ms();
	if (now - p->told_ms < PROGRESS_MS)
		return;
	p->told_ms = now;
	body_tell(p, reader);
}

/* Whether the statement makes us wait for what was sent before. */
static bool
body_waits(const struct script_item *item)
{
	return item->statement.copy || item->class == STATEMENT_SETTING ||
	    item->class == STATEMENT_BLOCK;
}

/* After these the server may lex later text in another way. */
static int
body_follow_settings(struct db *db, const struct script_item *item,
    struct script_reader *reader, struct err *err)
{
	int r;

	if (!body_waits(item))
		return 0;
	r = db->engine->wait(db, err);
	if (r == 0 && db->engine->backslash != NULL)
		script_reader_backslash(reader, db->engine->backslash(db));
	return r;
}

int
body_tell_statement(struct run *run, const struct step *step,
    const struct statement *st, int64_t began_ms, struct err *err)
{
	struct event e = {.kind = EVENT_STATEMENT,
	    .migration = step->migration,
	    .rollback = run->plan->rollback,
	    .place = &st->place,
	    .text = st->text};
	int r;

	if (!run->settings.each_statement)
		return 0;
	r = (*run->db)->engine->wait(*run->db, err);
	e.duration_ms = clock_ms() - began_ms;
	if (r == 0)
		run_event(run, &e);
	return r;
}

/* One line of cells: the names where row is NULL. */
static void
body_show_row(struct run *run, const struct step *step, const struct query *q,
    const struct rows *rows, const size_t *row)
{
	struct event e = {.kind = EVENT_ROW,
	    .migration = step->migration,
	    .rollback = run->plan->rollback,
	    .place = &q->place};
	const char *cell;
	struct buf b;
	size_t i, n;

	buf_init(&b, BUF_TEXT);
	for (i = 0; i < rows->ncols; i++) {
		cell = row == NULL ? rows->names[i] : rows_get(rows, *row, i);
		cell = cell == NULL ? "NULL" : cell;
		n = text_char_offset(cell, strlen(cell), SHOW_CELL_MAX);
		buf_adds(&b, i == 0 ? "" : " | ");
		buf_add(&b, cell, n);
		buf_adds(&b, cell[n] == '\0' ? "" : "...");
	}
	e.text = buf_str(&b);
	run_event(run, &e);
	buf_clear(&b);
}

static void
body_show_rows(struct run *run, const struct step *step, const struct query *q,
    const struct rows *rows)
{
	struct event more = {.kind = EVENT_ROW,
	    .migration = step->migration,
	    .rollback = run->plan->rollback,
	    .place = &q->place};
	char text[64];
	size_t i;

	if (rows->nrows == 0)
		return;
	body_show_row(run, step, q, rows, NULL);
	for (i = 0; i < rows->nrows; i++)
		body_show_row(run, step, q, rows, &i);
	if (rows->left_out == 0)
		return;
	snprintf(text, sizeof(text), "... and %zu more rows", rows->left_out);
	more.text = text;
	run_event(run, &more);
}

int
body_send(struct run *run, const struct step *step, const struct query *q,
    struct err *err)
{
	struct db *db = *run->db;
	struct query shown = *q;
	struct rows rows;
	int r;

	if (!run->settings.show_rows ||
	    !statement_returns_rows(
		db->engine->dialect, q->sql, strlen(q->sql)))
		return db->engine->send(db, q, err);
	rows_init(&rows);
	rows.most = SHOW_ROWS_MAX;
	shown.rows = &rows;
	r = db->engine->send(db, &shown, err);
	if (r == 0)
		r = db->engine->wait(db, err);
	if (r == 0)
		body_show_rows(run, step, q, &rows);
	rows_clear(&rows);
	return r;
}

static int
body_statement(struct run *run, const struct step *step,
    const struct script_item *item, struct script_reader *reader,
    struct err *err)
{
	struct query q = {
	    .sql = item->statement.text, .place = item->statement.place};
	struct db *db = *run->db;
	int64_t began = run->settings.each_statement ? clock_ms() : 0;
	int r = 0;

	if (body_waits(item) || run->settings.each_statement)
		r = step_open(run, step, err);
	if (r == 0 && item->statement.copy)
		return db->engine->copy_begin(db, &q, err);
	if (r == 0)
		r = body_send(run, step, &q, err);
	if (r == 0)
		r = body_tell_statement(
		    run, step, &item->statement, began, err);
	return r != 0 ? r : body_follow_settings(db, item, reader, err);
}

static int
body_step(struct run *run, const struct step *step, enum script_step what,
    const struct script_item *item, struct script_reader *reader,
    struct err *err)
{
	struct db *db = *run->db;

	switch (what) {
	case SCRIPT_STATEMENT:
		return body_statement(run, step, item, reader, err);
	case SCRIPT_DATA:
		return db->engine->copy_data(db, &item->statement.place,
		    item->statement.text, item->statement.len, err);
	case SCRIPT_DATA_END:
		return db->engine->copy_end(db, err);
	default:
		return 0;
	}
}

/*
 * How the session reads the first literal.  While it seems to differ from what
 * a session starts with, the answer to the last file's reset is on its way.
 */
static int
body_follow_session(struct run *run, const struct step *step,
    struct script_reader *reader, struct err *err)
{
	struct db *db = *run->db;
	int r = 0;

	if (db->engine->backslash == NULL)
		return 0;
	if (db->engine->backslash(db) != run->folder->options.backslash) {
		r = step_open(run, step, err);
		if (r == 0)
			r = db->engine->wait(db, err);
	}
	script_reader_backslash(reader, db->engine->backslash(db));
	return r;
}

static int
body_read(struct run *run, const struct step *step,
    struct script_reader *reader, struct err *err)
{
	int64_t now = clock_ms();
	struct progress p = {
	    .run = run, .step = step, .began_ms = now, .told_ms = now};
	struct script_item item;
	int what, r;

	r = body_follow_session(run, step, reader, err);
	while (r == 0) {
		what = script_reader_next(reader, &item, err);
		if (what < 0 || what == SCRIPT_END)
			return what < 0 ? what
					: script_reader_finish(reader, err);
		r = stop_check(err);
		if (r == 0)
			r = body_step(run, step, (enum script_step)what, &item,
			    reader, err);
		body_progress(&p, what, reader);
	}
	return r;
}

int
body_run(struct run *run, const struct step *step, struct err *err)
{
	struct script_reader *reader;
	int r;

	reader = script_reader_open(step_script(run, step),
	    &run->folder->options, &run->folder->at, err);
	if (reader == NULL)
		return err->code;
	r = body_read(run, step, reader, err);
	script_reader_close(reader);
	return r;
}

void
body_locate_at(struct run *run, const struct step *step,
    const struct place *from, int64_t position, struct err *err)
{
	script_locate(step_script(run, step), &run->folder->at, from,
	    position < 0 ? 0 : position, err);
}

void
body_locate(struct run *run, const struct step *step, struct err *err)
{
	const struct db_failure *f = (*run->db)->engine->failure(*run->db);
	struct place at = f->place;

	if (f->kind == DB_FAIL_NONE || at.file == NULL)
		return;
	if (f->line > 0)
		script_line_down(step_script(run, step), &run->folder->at,
		    f->line - 1, f->escapes, &at);
	body_locate_at(run, step, &at, f->position, err);
}
