/* Notes: rows of the log that no migration belongs to. */
#include "run/run_int.h"
#include "run/stop.h"

int
run_note_check(const struct history *h, struct err *err)
{
	if (h->complete)
		return 0;
	err_set(err, ERR_DISAGREE, "there is no log to write to");
	err_hint(err, "Run sqlmigrate init, which makes the tables.");
	return ERR_DISAGREE;
}

static int
note_write(
    struct run *run, const struct log_entry *entries, size_t n, struct err *err)
{
	struct db *db = *run->db;
	size_t i;
	int r;

	r = history_load(&run->history, db, &run->table, err);
	if (r == 0)
		r = run_note_check(run->history, err);
	for (i = 0; r == 0 && i < n; i++)
		r = record_log(run->history, db, &entries[i], &run->actor, err);
	return r == 0 ? db->engine->wait(db, err) : r;
}

int
run_note(
    struct run *run, const struct log_entry *entries, size_t n, struct err *err)
{
	int r;

	run_begin(run);
	r = note_write(run, entries, n, err);
	run_end(run);
	return r < 0 ? stop_reason(err) : r;
}
