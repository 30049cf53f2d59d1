/* Adoption: a table made by hand is completed, its rows are numbered. */
#include <stdlib.h>

#include "run/run_int.h"

static int
adopt_row(struct run *run, const struct entry *e, struct err *err)
{
	struct db *db = *run->db;
	struct record rec = {.migration = e->migration,
	    .version = e->row->version,
	    .origin = "adopted"};
	struct log_entry log = {.action = "adopt",
	    .number = e->number,
	    .name = e->migration->name,
	    .version = e->row->version,
	    .script = &e->migration->forward,
	    .outcome = "done"};
	struct rows written;
	char *text;
	int r;

	rows_init(&written);
	text = writes_rollback_text(
	    &run->settings, run->folder, e->migration, err);
	rec.rollback_sql = text;
	r = text == NULL && err->code != 0 ? err->code : 0;
	if (r == 0)
		r = record_adopt(run->history, db, &rec, &written, err);
	if (r == 0)
		r = record_log(run->history, db, &log, &run->actor, err);
	if (r == 0)
		r = db->engine->wait(db, err);
	if (r == 0 && written.affected != 1)
		r = err_set(err, ERR_STATEMENT,
		    "the row of version %s could not be adopted",
		    e->row->version);
	rows_clear(&written);
	free(text);
	return r;
}

static int
adopt_check_files(struct run *run, struct migration *m, struct err *err)
{
	int r;

	r = folder_check_forward(run->folder, m, err);
	return r < 0 ? r : folder_check_rollback(run->folder, m, err);
}

static int
adopt_all(struct run *run, struct err *err)
{
	const struct entry *e;
	size_t i;
	int r;

	r = record_make_tables(run->history, *run->db, err);
	if (r == 0 && run->settings.lock_table)
		r = record_lock_row(run->history, *run->db, err);
	for (i = 0; r == 0 && i < run->state->count; i++) {
		e = &run->state->entries[i];
		if (!e->adopted)
			continue;
		r = adopt_check_files(run, e->migration, err);
		if (r == 0)
			r = adopt_row(run, e, err);
	}
	return r;
}

static void
adopt_report(struct run *run, bool made)
{
	struct event e = {.kind = EVENT_ADOPTED};
	size_t i;

	if (made)
		run_text(run, EVENT_TABLE_MADE, run->history->tables.version);
	for (i = 0; i < run->state->count; i++) {
		if (!run->state->entries[i].adopted)
			continue;
		e.migration = run->state->entries[i].migration;
		run_event(run, &e);
	}
}

static int
adopt_write(struct run *run, void *arg, struct err *err)
{
	int r = run_check_unmoved(run, err);

	(void)arg;
	return r == 0 ? adopt_all(run, err) : r;
}

/* In one transaction; the tables are read again afterwards. */
int
adopt_rows(struct run *run, struct err *err)
{
	bool made = !run->history->exists;
	int r;

	r = own_transaction(run, adopt_write, NULL, err);
	if (r == 0)
		adopt_report(run, made);
	return r;
}
