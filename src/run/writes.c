/* The rows that a step writes: history, log, and what is stored with them. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "migration/source.h"
#include "run/run_int.h"
#include "run/stop.h"

#define STORED_MAX ((size_t)1024 * 1024)

/*
 * The text of the rollback file, of exactly the bytes that were checked, to
 * be freed.  NULL where it is not stored, or with the error set.
 */
char *
writes_rollback_text(const struct run_settings *settings,
    const struct folder *f, const struct migration *m, struct err *err)
{
	const struct script *s = &m->rollback;
	struct source *source;
	size_t len = 0;
	char *text;
	ssize_t n;

	if (!settings->store_rollback || s->name == NULL ||
	    s->bytes > STORED_MAX)
		return NULL;
	source = source_open(s, &f->at, err);
	if (source == NULL)
		return NULL;
	text = mem_calloc((size_t)s->bytes + 2, 1);
	/* One byte more shows that the file has grown. */
	do {
		n = source_read(
		    source, text + len, (size_t)s->bytes + 1 - len, err);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len <= s->bytes);
	if (n < 0 || source_compare(source, err) < 0) {
		free(text);
		text = NULL;
	}
	source_close(source);
	return text;
}

int
writes_version(const struct run *run, const struct migration *m,
    const struct history_row *own, const char **version, struct err *err)
{
	const char *header = m->forward.header.version;

	*version = own != NULL ? own->version : m->version;
	if (own == NULL || !run->folder->versioned || header == NULL ||
	    strcmp(header, own->version) == 0)
		return 0;
	err_set(err, ERR_STATEMENT,
	    "%s inserts version %s, but its header says %s", m->forward.name,
	    own->version, header);
	err_hint(err, "Make the two the same.");
	return ERR_STATEMENT;
}

void
writes_take_own(
    struct run *run, const struct history_row *own, struct step_writes *w)
{
	w->own = own != NULL;
	w->description = NULL;
	if (own != NULL && own->description != NULL)
		w->description = arena_strdup(run->arena, own->description);
}

int
writes_apply(struct run *run, const struct step *step,
    const struct history_row *own, struct step_writes *w, struct err *err)
{
	const struct migration *m = step->migration;
	struct record rec = {.migration = m, .origin = "applied"};
	char *text;
	int r;

	r = writes_version(run, m, own, &rec.version, err);
	if (r < 0)
		return r;
	w->version = arena_strdup(run->arena, rec.version);
	text = writes_rollback_text(&run->settings, run->folder, m, err);
	if (text == NULL && err->code != 0)
		return err->code;
	rec.rollback_sql = text;
	rec.duration_ms = clock_ms() - w->started_ms;
	r = own != NULL ? record_complete(run->history, *run->db, &rec,
			      &run->actor, &w->row, err)
			: record_insert(run->history, *run->db, &rec,
			      &run->actor, &w->row, err);
	free(text);
	return r;
}

int
writes_rollback(struct run *run, const struct step *step, struct step_writes *w,
    struct err *err)
{
	return record_delete(
	    run->history, *run->db, step->migration->number, &w->row, err);
}

static void
writes_entry(const struct run *run, const struct step *step, int64_t started_ms,
    struct log_entry *e)
{
	const struct migration *m = step->migration;

	memset(e, 0, sizeof(*e));
	e->action = direction_name(run->plan->rollback);
	e->number = m->number;
	e->name = m->name;
	e->version = step->row != NULL ? step->row->version : m->version;
	e->script = step_script(run, step);
	e->duration_ms = clock_ms() - started_ms;
	e->outcome = "done";
}

int
writes_log(struct run *run, const struct step *step, int64_t started_ms,
    struct err *err)
{
	struct log_entry e;

	writes_entry(run, step, started_ms, &e);
	return record_log(run->history, *run->db, &e, &run->actor, err);
}

/* Best effort: it never changes how the run ends. */
void
writes_log_failure(struct run *run, const struct step *step, int64_t started_ms,
    const struct err *why, const char *text)
{
	struct err ignored = ERR_INIT;
	struct db *db = *run->db;
	struct log_entry e;

	if (db == NULL || !run->history->complete)
		return;
	writes_entry(run, step, started_ms, &e);
	e.outcome = "failed";
	e.error = text;
	e.at_once = why->code == ERR_LOCK || stop_code() != 0;
	if (record_log(run->history, db, &e, &run->actor, &ignored) < 0 ||
	    db->engine->wait(db, &ignored) < 0)
		db->engine->rollback(db);
	err_clear(&ignored);
}

int
writes_refuse(const char *table, struct err *err)
{
	err_set(err, ERR_STATEMENT, "the row of %s was not written", table);
	err_hint(err, "Look for a rule or a trigger on that table.");
	return ERR_STATEMENT;
}

int
writes_refuse_entry(
    const struct run *run, const struct journal *entry, struct err *err)
{
	int r = history_moved(run->history, *run->db, entry, err);

	if (r != 0)
		return r < 0 ? r : STEP_LOOK_AGAIN;
	return writes_refuse(run->history->tables.journal, err);
}

/* Exactly one row: a rule or a trigger can make an INSERT write none. */
int
writes_check(
    const struct run *run, const struct step_writes *w, struct err *err)
{
	if (w->row.affected == 1 || (w->may_be_gone && w->row.affected == 0))
		return 0;
	return writes_refuse(run->history->tables.version, err);
}

/* Follow in memory what has become durable. */
void
writes_remember(
    struct run *run, const struct step *step, const struct step_writes *w)
{
	const struct migration *m = step->migration;
	struct history_row row = {.has_number = true,
	    .number = m->number,
	    .version = w->version,
	    .applied_at = rows_get(&w->row, 0, 0),
	    .description = w->own ? w->description : m->description,
	    .name = m->name,
	    .checksum = m->forward.checksum,
	    .content_checksum = m->forward.content_checksum,
	    .rollback_checksum =
		m->rollback.name == NULL ? NULL : m->rollback.checksum,
	    .applied_by = run->actor.applied_by,
	    .origin = "applied"};

	/* An entry of the journal goes with the row. */
	run->history->journal.present = false;
	if (run->plan->rollback) {
		history_remove(run->history, m->number);
		if (w->dropped)
			run->history->exists = run->history->complete = false;
		return;
	}
	run->history->exists = run->history->complete = true;
	history_add(run->history, &row);
}
