/*
 * A plan as a script: a file without a transaction.
 *
 * The script keeps the journal as a run does, so that whatever becomes of it
 * status tells how far it came, and a run can go on behind that.  Each entry
 * is written where the journal still is as the script has left it.
 */
#include <inttypes.h>
#include <string.h>

#include "run/export_int.h"
#include "migration/part.h"

struct export_parts {
	struct exporter *e;
	const struct script *script;
	struct part_sums sums;
	struct journal entry;           /* as the script has left it by then */
	char checksum[PART_ENTRY_SIZE]; /* of the entry */
	char next[PART_ENTRY_SIZE];     /* and of the one after it */
	uint64_t at;                    /* the statement at work, from 1 */
	bool open;                      /* a transaction is */
	bool block;                     /* ... the file's own */
};

static void
parts_open(struct export_parts *p)
{
	const struct engine_script *script = p->e->db->engine->script;

	/* The file may have set what a plain BEGIN goes by. */
	writer_fill(p->e->db, script->begin, script->modes);
	export_limits(p->e, &p->script->directives);
	p->open = true;
}

/* The journal must be as it was left, whatever has happened since. */
static void
parts_check(struct export_parts *p)
{
	const char *journal = p->e->history.tables.journal;

	if (!p->entry.present) {
		export_check_idle(p->e);
		return;
	}
	export_check(p->e,
	    arena_printf(p->e->arena,
		"EXISTS (SELECT 1 FROM %s WHERE number = %" PRIu64
		" AND statement = %" PRIu64 " AND state = '%s' AND "
		"checksum = '%s' AND actor = %s)",
		journal, p->entry.number, p->entry.statement,
		p->entry.done ? "done" : "started", p->checksum,
		p->e->db->engine->script->run));
}

/* Out of what the file has set, with the lock, in an open transaction. */
static void
parts_settle(struct export_parts *p)
{
	const struct engine_script *script = p->e->db->engine->script;

	writer_text(p->e->db, script->aside);
	export_lock(p->e, script->hold);
	parts_check(p);
}

static int
parts_close(struct export_parts *p, bool done, struct err *err)
{
	struct journal next = p->entry;
	int r;

	parts_settle(p);
	part_sums_entry(&p->sums, done, p->next);
	next.present = true;
	next.checksum = p->next;
	next.actor = writer_run;
	next.statement = p->at;
	next.done = done;
	r = record_journal(
	    &p->e->history, p->e->db, &p->entry, &next, NULL, err);
	p->entry = next;
	memcpy(p->checksum, p->next, sizeof(p->checksum));
	p->entry.checksum = p->checksum;
	writer_text(p->e->db, p->e->db->engine->script->commit);
	p->open = p->block = false;
	return r;
}

static int
parts_enter(struct export_parts *p, bool done, struct err *err)
{
	parts_open(p);
	return parts_close(p, done, err);
}

static int
parts_statement(
    struct export_parts *p, const struct script_item *item, struct err *err)
{
	enum part part = part_of(item, p->block);
	int r = 0;

	if (part != PART_SETTING) {
		p->at++;
		part_sums_add(&p->sums, &item->statement);
	}
	if (part == PART_ALONE)
		r = parts_enter(p, false, err);
	else if (part != PART_SETTING && !p->open)
		parts_open(p);
	if (r == 0)
		r = export_item(p->e, SCRIPT_STATEMENT, item, err);
	if (r == 0 && part == PART_ALONE)
		r = parts_enter(p, true, err);
	else if (r == 0 && part == PART_WHOLE)
		r = parts_close(p, true, err);
	return r;
}

static int
parts_item(void *arg, enum script_step what, const struct script_item *item,
    struct err *err)
{
	struct export_parts *p = arg;
	int r;

	switch (what) {
	case SCRIPT_STATEMENT:
		return parts_statement(p, item, err);
	case SCRIPT_BLOCK_BEGIN:
		parts_open(p);
		p->block = true;
		return 0;
	case SCRIPT_BLOCK_END:
		return parts_close(p, true, err);
	default:
		r = export_item(p->e, what, item, err);
		return r == 0 && what == SCRIPT_DATA_END && !p->block
		    ? parts_close(p, true, err)
		    : r;
	}
}

/* The tables are there, and nothing has happened yet. */
static int
parts_begin(struct export_parts *p, const struct step *step, struct err *err)
{
	struct exporter *e = p->e;
	int r = 0;

	parts_open(p);
	export_lock(e, e->db->engine->script->hold);
	if (!e->history.complete)
		r = record_make_tables(&e->history, e->db, err);
	export_check_row(e, step->migration->number, e->x->plan->rollback);
	writer_text(e->db, e->db->engine->script->commit);
	p->open = false;
	return r;
}

/* All is done: the row, and the end of the journal's entry. */
static int
parts_finish(struct export_parts *p, const struct step *step, struct err *err)
{
	struct exporter *e = p->e;
	int r = 0;

	parts_open(p);
	parts_settle(p);
	if (p->entry.present)
		r = record_journal(
		    &e->history, e->db, &p->entry, NULL, NULL, err);
	if (r == 0)
		r = export_rows(e, step, err);
	writer_text(e->db, e->db->engine->script->commit);
	if (e->db->engine->script->keys != NULL)
		export_keys(e, e->x->foreign_keys);
	writer_text(e->db, e->db->engine->script->reset);
	return r;
}

int
export_outside(struct exporter *e, const struct step *step, struct err *err)
{
	struct export_parts p = {.e = e,
	    .script = export_script(e, step),
	    .entry = {.number = step->migration->number,
		.name = step->migration->name,
		.rollback = e->x->plan->rollback}};
	int r;

	part_sums_init(&p.sums);
	r = parts_begin(&p, step, err);
	if (r == 0)
		r = export_body(e, p.script, parts_item, &p, err);
	if (r == 0)
		r = parts_finish(&p, step, err);
	part_sums_clear(&p.sums);
	return r;
}
