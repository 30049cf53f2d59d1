/* A plan as a script: the rows that it writes, and what it expects of them. */
#include "run/export_int.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct actor
export_actor(const struct exporter *e)
{
	return (struct actor){
	    .applied_by = writer_actor, .program = e->x->program};
}

const struct script *
export_script(const struct exporter *e, const struct step *step)
{
	return e->x->plan->rollback ? &step->migration->rollback
				    : &step->migration->forward;
}

void
export_check(struct exporter *e, const char *condition)
{
	writer_fill(e->db, e->db->engine->script->check, condition);
}

void
export_check_idle(struct exporter *e)
{
	writer_fill(
	    e->db, e->db->engine->script->idle, e->history.tables.journal);
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

void
export_check_row(struct exporter *e, uint64_t number, bool there)
{
	if (e->history.complete)
		export_check_idle(e);
	export_check(e,
	    arena_printf(e->arena,
		"(SELECT count(*) FROM %s WHERE number = %" PRIu64
		") = %d AND %s%s",
		e->history.tables.version, number, there,
		export_rest(e, number), export_count(e)));
}

static int
export_log(struct exporter *e, const struct step *step, struct err *err)
{
	const struct migration *m = step->migration;
	const struct actor actor = export_actor(e);
	const struct log_entry log = {
	    .action = direction_name(e->x->plan->rollback),
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
	bool own = m->forward.own_row;
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

int
export_rows(struct exporter *e, const struct step *step, struct err *err)
{
	return e->x->plan->rollback ? export_rollback_rows(e, step, err)
				    : export_apply_rows(e, step, err);
}
