/* A plan as a script for the engine's own shell. */
#include "run/export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/writer.h"
#include "migration/record.h"
#include "run/run_int.h"
#include "sql/classify.h"

struct exporter {
	const struct export *x;
	struct arena *arena;
	struct db *db;          /* the writer */
	struct history history; /* as the script has it by then */
	uint64_t highest;       /* number applied by then, 0 for none */
	uint64_t rows;          /* that the table has by then */
	bool dropped;           /* a body drops the table */
};

static struct actor
export_actor(const struct exporter *e)
{
	return (struct actor){
	    .applied_by = writer_actor, .program = e->x->program};
}

static const struct script *
export_script(const struct exporter *e, const struct step *step)
{
	return e->x->plan->rollback ? &step->migration->rollback
				    : &step->migration->forward;
}

static void
export_sink(void *arg, const char *text)
{
	const struct exporter *e = arg;
	struct event event = {.kind = EVENT_SQL, .text = text};

	e->x->event(e->x->event_arg, &event);
}

static void
export_check(struct exporter *e, const char *condition)
{
	writer_fill(e->db, e->db->engine->script->check, condition);
}

/* The table's rows without that of a number. */
static const char *
export_rest(struct exporter *e, uint64_t number)
{
	return arena_printf(e->arena,
	    "(SELECT coalesce(max(number), 0) FROM %s WHERE number <> "
	    "%" PRIu64 ") = %" PRIu64,
	    e->history.tables.version, number, e->highest);
}

/* How many rows there are is known where the table was read. */
static const char *
export_count(struct exporter *e)
{
	if (e->x->db == NULL)
		return "";
	return arena_printf(e->arena,
	    " AND (SELECT count(*) FROM %s) = %" PRIu64,
	    e->history.tables.version, e->rows);
}

static void
export_check_row(struct exporter *e, uint64_t number, bool there)
{
	export_check(e,
	    arena_printf(e->arena,
		"(SELECT count(*) FROM %s WHERE number = %" PRIu64
		") = %d AND %s%s",
		e->history.tables.version, number, there,
		export_rest(e, number), export_count(e)));
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

static void
export_limit(
    struct exporter *e, const char *words, int64_t directive, int64_t setting)
{
	int64_t ms = directive >= 0 ? directive : setting;

	if (words != NULL)
		writer_fill(
		    e->db, words, arena_printf(e->arena, "%" PRId64, ms));
}

static void
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
	if (script->lock != NULL)
		writer_fill(e->db, script->lock, export_key(e));
	export_limit(e, script->timeout, s->directives.lock_timeout_ms,
	    e->x->settings->lock_timeout_ms);
	export_limit(e, script->limit, s->directives.statement_timeout_ms,
	    e->x->settings->statement_timeout_ms);
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

static void
export_item(
    struct exporter *e, enum script_step what, const struct script_item *item)
{
	const struct statement *st = &item->statement;

	switch (what) {
	case SCRIPT_STATEMENT:
		e->dropped |= statement_drops(e->x->engine->dialect, st->text,
		    st->len, e->history.info.name);
		writer_text(e->db, st->text);
		writer_text(e->db, ";\n");
		break;
	case SCRIPT_DATA:
		export_piece(e, st->text, st->len);
		break;
	case SCRIPT_DATA_END:
		writer_text(e->db, "\\.\n");
		break;
	case SCRIPT_BLOCK_BEGIN:
		writer_text(e->db, "BEGIN;\n");
		break;
	case SCRIPT_BLOCK_END:
		writer_text(e->db, "COMMIT;\n");
		break;
	default:
		break;
	}
}

static int
export_body(struct exporter *e, const struct script *s, struct err *err)
{
	struct script_reader *reader;
	struct script_item item;
	int what;

	e->dropped = false;
	reader = script_reader_open(
	    s, &e->x->folder->options, &e->x->folder->at, err);
	if (reader == NULL)
		return err->code;
	do {
		what = script_reader_next(reader, &item, err);
		if (what >= 0)
			export_item(e, (enum script_step)what, &item);
	} while (what >= 0 && what != SCRIPT_END);
	if (what == SCRIPT_END)
		what = script_reader_finish(reader, err);
	script_reader_close(reader);
	return what;
}

/* The version of a row that the file writes itself must be known. */
static int
export_check_own(
    const struct exporter *e, const struct migration *m, struct err *err)
{
	if (!m->forward.own_history || e->x->folder->versioned)
		return 0;
	err_set(err, ERR_USAGE,
	    "%s writes its own row of the history: its version is not known "
	    "before it runs",
	    m->forward.path);
	err_hint(err, "Put a line -- Version: MAJOR.MINOR.PATCH at its top.");
	return ERR_USAGE;
}

static int
export_log(struct exporter *e, const struct step *step, struct err *err)
{
	const struct migration *m = step->migration;
	const struct actor actor = export_actor(e);
	const struct log_entry log = {
	    .action = e->x->plan->rollback ? "rollback" : "apply",
	    .number = m->number,
	    .name = m->name,
	    .version = step->row != NULL ? step->row->version : m->version,
	    .script = export_script(e, step),
	    .outcome = "done"};

	return record_log(&e->history, e->db, &log, &actor, err);
}

/* The file may have made the table of the guide. */
static void
export_take_guide(struct exporter *e)
{
	static const char *const names[] = {
	    "version", "applied_at", "description"};
	struct table_info *info = &e->history.info;
	size_t i;

	info->ncolumns = sizeof(names) / sizeof(names[0]);
	info->columns =
	    arena_alloc(e->arena, info->ncolumns * sizeof(*info->columns));
	memset(info->columns, 0, info->ncolumns * sizeof(*info->columns));
	for (i = 0; i < info->ncolumns; i++)
		info->columns[i].name = names[i];
	e->history.exists = true;
}

static int
export_row(struct exporter *e, const struct migration *m, struct err *err)
{
	const struct actor actor = export_actor(e);
	struct record rec = {
	    .migration = m, .version = m->version, .origin = "applied"};
	bool own = m->forward.own_history;
	char *text;
	int r = 0;

	text = writes_rollback_text(e->x->settings, e->x->folder, m, err);
	if (text == NULL && err->code != 0)
		return err->code;
	rec.rollback_sql = text;
	if (!e->history.exists && own)
		export_take_guide(e);
	if (!e->history.complete)
		r = record_make_tables(&e->history, e->db, err);
	if (r == 0)
		r = own ? record_complete(
			      &e->history, e->db, &rec, &actor, NULL, err)
			: record_insert(
			      &e->history, e->db, &rec, &actor, NULL, err);
	free(text);
	return r;
}

static int
export_apply_rows(struct exporter *e, const struct step *step, struct err *err)
{
	const struct migration *m = step->migration;
	int r;

	r = export_row(e, m, err);
	if (r == 0)
		r = export_log(e, step, err);
	e->rows++;
	if (r == 0)
		export_check_row(e, m->number, true);
	if (m->number > e->highest)
		e->highest = m->number;
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
export_rollback_rows(
    struct exporter *e, const struct step *step, struct err *err)
{
	uint64_t number = step->migration->number;
	int r;

	if (e->dropped)
		return 0;
	r = record_delete(&e->history, e->db, number, NULL, err);
	if (r == 0)
		r = export_log(e, step, err);
	e->rows--;
	if (r == 0)
		export_check_row(e, number, false);
	return r;
}

static int
export_rows(struct exporter *e, const struct step *step, struct err *err)
{
	return e->x->plan->rollback ? export_rollback_rows(e, step, err)
				    : export_apply_rows(e, step, err);
}

/* What the journal of a file without a transaction says while it runs. */
static int
export_journal(struct exporter *e, const struct step *step, struct err *err)
{
	const struct actor actor = export_actor(e);
	const struct journal j = {.number = step->migration->number,
	    .name = step->migration->name,
	    .rollback = e->x->plan->rollback,
	    .checksum = export_script(e, step)->checksum,
	    .statement = 1};

	return record_journal(&e->history, e->db, &j, &actor, err);
}

static int
export_outside(struct exporter *e, const struct step *step, struct err *err)
{
	const struct script *s = export_script(e, step),
			    plain = {.modes = "",
				.foreign_keys = -1,
				.directives = s->directives};
	int r = 0;

	export_begin(e, &plain);
	if (!e->history.complete)
		r = record_make_tables(&e->history, e->db, err);
	export_check_row(e, step->migration->number, e->x->plan->rollback);
	if (r == 0)
		r = export_journal(e, step, err);
	export_end(e, &plain);
	if (r == 0)
		r = export_body(e, s, err);
	writer_text(e->db, e->db->engine->script->reset);
	export_begin(e, &plain);
	if (r == 0)
		r = export_rows(e, step, err);
	if (r == 0 && !e->dropped)
		r = record_journal_clear(&e->history, e->db, err);
	export_end(e, &plain);
	return r;
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
	r = export_body(e, s, err);
	writer_text(e->db, e->db->engine->script->settle);
	if (r == 0)
		r = export_rows(e, step, err);
	export_end(e, s);
	return r;
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

static void
export_head(struct exporter *e)
{
	writer_fill(e->db, "-- written by %s plan --sql\n", e->x->program);
	writer_text(e->db, e->db->engine->script->head);
	if (e->db->engine->script->keys != NULL)
		export_keys(e, e->x->foreign_keys);
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
