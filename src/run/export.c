/* A plan as a script for the engine's own shell. */
#include "run/export_int.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sql/classify.h"

static void
export_sink(void *arg, const char *text)
{
	const struct exporter *e = arg;
	struct event event = {.kind = EVENT_SQL, .text = text};

	e->x->event(e->x->event_arg, &event);
}

/* The expression for the run's lock, whose name has the schema. */
static const char *
export_key(struct exporter *e)
{
	const struct table_info *info = &e->history.info;
	struct buf b, key;
	const char *text;

	buf_init(&b, BUF_LINE);
	buf_init(&key, BUF_LINE);
	if (info->schema == NULL) {
		writer_literal(e->db, &b, info->name);
		engine_words_fill(
		    &key, e->db->engine->script->key, buf_str(&b));
	} else {
		buf_addf(&b, "sqlmigrate %s", e->history.tables.version);
		writer_literal(e->db, &key, buf_str(&b));
	}
	text = arena_strdup(e->arena, buf_str(&key));
	buf_clear(&b);
	buf_clear(&key);
	return text;
}

void
export_lock(struct exporter *e, const char *words)
{
	if (words != NULL)
		writer_fill(e->db, words, export_key(e));
}

static void
export_limit(struct exporter *e, const char *words, int64_t ms)
{
	if (words != NULL)
		writer_fill(
		    e->db, words, arena_printf(e->arena, "%" PRId64, ms));
}

/* Where statements have no limit of ours the session's own stands. */
void
export_limits(struct exporter *e, const struct directives *d)
{
	const struct engine_script *script = e->db->engine->script;
	int64_t lock = d->lock_timeout_ms, statement = d->statement_timeout_ms;

	if (lock < 0)
		lock = e->x->settings->lock_timeout_ms;
	if (statement < 0)
		statement = e->x->settings->statement_timeout_ms;
	export_limit(e, script->timeout, lock);
	if (statement > 0)
		export_limit(e, script->limit, statement);
}

void
export_keys(struct exporter *e, bool enforced)
{
	writer_fill(
	    e->db, e->db->engine->script->keys, enforced ? "on" : "off");
}

static void
export_begin(struct exporter *e, const struct script *s)
{
	const struct engine_script *script = e->db->engine->script;

	if (script->keys != NULL && s->foreign_keys >= 0)
		export_keys(e, s->foreign_keys != 0);
	writer_fill(e->db, script->begin, s->modes);
	export_lock(e, script->lock);
	export_limits(e, &s->directives);
}

static void
export_end(struct exporter *e, const struct script *s)
{
	const struct engine_script *script = e->db->engine->script;

	writer_text(e->db, script->commit);
	if (script->keys != NULL && s->foreign_keys >= 0)
		export_keys(e, e->x->foreign_keys);
	writer_text(e->db, script->reset);
}

static void
export_piece(struct exporter *e, const char *text, size_t len)
{
	char *piece = mem_strndup(text, len);

	writer_text(e->db, piece);
	free(piece);
}

/*
 * Without a connection the schema of the history is not known, and public is
 * the usual one; where it is another, the rows that are written after the file
 * meet no table, and nothing of it is kept.
 */
static bool
export_drops(const struct exporter *e, const struct statement *st)
{
	const struct table_info *info = &e->history.info;

	return statement_drops(e->x->engine->dialect, st->text, st->len,
	    info->schema == NULL ? "public" : info->schema, info->name);
}

/* Its end has the style of the data, which is that of the file. */
static void
export_data(struct exporter *e, const struct statement *st)
{
	e->crlf = st->len > 1 && st->text[st->len - 2] == '\r';
	export_piece(e, st->text, st->len);
}

int
export_item(struct exporter *e, enum script_step what,
    const struct script_item *item, struct err *err)
{
	const struct statement *st = &item->statement;

	switch (what) {
	case SCRIPT_STATEMENT:
		e->dropped |= export_drops(e, st);
		e->crlf = false;
		return export_statement(e, st, err);
	case SCRIPT_DATA:
		export_data(e, st);
		return 0;
	case SCRIPT_DATA_END:
		writer_text(e->db, e->crlf ? "\\.\r\n" : "\\.\n");
		return 0;
	default:
		return 0;
	}
}

int
export_body(struct exporter *e, const struct script *s, export_take *take,
    void *arg, struct err *err)
{
	struct script_reader *reader;
	struct script_item item;
	int what, r = 0;

	e->dropped = false;
	e->script = s;
	reader = script_reader_open(
	    s, &e->x->folder->options, &e->x->folder->at, err);
	if (reader == NULL)
		return err->code;
	do {
		what = script_reader_next(reader, &item, err);
		if (what >= 0)
			r = take(arg, (enum script_step)what, &item, err);
	} while (r == 0 && what >= 0 && what != SCRIPT_END);
	if (r == 0)
		r = what < 0 ? what : script_reader_finish(reader, err);
	script_reader_close(reader);
	return r;
}

static int
export_plain(void *arg, enum script_step what, const struct script_item *item,
    struct err *err)
{
	return export_item(arg, what, item, err);
}

/* The version of a row that the file writes itself must be known. */
static int
export_check_own(
    const struct exporter *e, const struct migration *m, struct err *err)
{
	if (!m->forward.own_row || e->x->folder->versioned)
		return 0;
	err_set(err, ERR_USAGE,
	    "%s writes its own row of the history: its version is not known "
	    "before it runs",
	    m->forward.path);
	err_hint(err, "Put a line -- Version: MAJOR.MINOR.PATCH at its top.");
	return ERR_USAGE;
}

static int
export_inside(struct exporter *e, const struct step *step, struct err *err)
{
	const struct script *s = export_script(e, step);
	int r;

	export_begin(e, s);
	if (e->history.exists)
		export_check_row(
		    e, step->migration->number, e->x->plan->rollback);
	r = export_body(e, s, export_plain, e, err);
	writer_text(e->db, e->db->engine->script->settle);
	if (r == 0)
		r = export_rows(e, step, err);
	export_end(e, s);
	return r;
}

/* The highest that is left when a step is rolled back. */
static uint64_t
export_below(const struct exporter *e, const struct step *step)
{
	const struct history *h = e->x->history;
	uint64_t below = 0;
	size_t i;

	for (i = 0; i < h->count; i++)
		if (h->rows[i]->has_number &&
		    h->rows[i]->number < step->migration->number)
			below = h->rows[i]->number;
	return below;
}

static int
export_step(struct exporter *e, const struct step *step, struct err *err)
{
	struct buf b;
	int r = 0;

	buf_init(&b, BUF_LINE);
	buf_adds(&b, e->x->plan->rollback ? "\n-- roll back " : "\n-- apply ");
	text_escape(&b, step->migration->name);
	buf_addc(&b, '\n');
	writer_text(e->db, buf_str(&b));
	buf_clear(&b);
	if (e->x->plan->rollback)
		e->highest = export_below(e, step);
	else
		r = export_check_own(e, step->migration, err);
	if (r < 0)
		return r;
	return export_script(e, step)->outside ? export_outside(e, step, err)
					       : export_inside(e, step, err);
}

/* Where they were made meanwhile that is told before the body's own errors. */
static void
export_check_absent(struct exporter *e)
{
	const struct engine *engine = e->db->engine;
	struct buf name, condition;

	buf_init(&name, BUF_LINE);
	buf_init(&condition, BUF_LINE);
	writer_literal(e->db, &name,
	    engine->words->schemas ? e->history.tables.version
				   : e->history.info.name);
	engine_words_fill(&condition, engine->script->absent, buf_str(&name));
	export_check(e, buf_str(&condition));
	buf_clear(&name);
	buf_clear(&condition);
}

static void
export_head(struct exporter *e)
{
	writer_fill(e->db, "-- written by %s plan --sql\n", e->x->program);
	writer_text(e->db, e->db->engine->script->head);
	if (e->db->engine->script->keys != NULL)
		export_keys(e, e->x->foreign_keys);
	if (!e->history.exists)
		export_check_absent(e);
}

static void
export_init(struct exporter *e, const struct export *x)
{
	const struct history *h = x->history;
	size_t i;

	memset(e, 0, sizeof(*e));
	e->x = x;
	e->arena = arena_new();
	e->history = *h;
	e->rows = h->count;
	for (i = 0; i < h->count; i++)
		if (h->rows[i]->has_number && h->rows[i]->number > e->highest)
			e->highest = h->rows[i]->number;
	e->history.newest = "now";
	e->db = writer_open(x->engine, x->db,
	    arena_printf(e->arena, "(SELECT max(applied_at) FROM %s)",
		h->tables.version),
	    export_sink, e);
}

int
export_plan(const struct export *x, struct err *err)
{
	struct exporter e;
	size_t i;
	int r = 0;

	export_init(&e, x);
	export_head(&e);
	for (i = 0; r == 0 && i < x->plan->count; i++)
		r = export_step(&e, &x->plan->steps[i], err);
	writer_close(e.db);
	arena_free(e.arena);
	return r;
}

struct history *
export_assume(const struct engine *engine, const struct history_name *name,
    const struct folder *f, uint64_t number)
{
	struct db *db = writer_open(engine, NULL, "", NULL, NULL);
	struct history *h = history_assume(db, name, f, number);

	writer_close(db);
	return h;
}
