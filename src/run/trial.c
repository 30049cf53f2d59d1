/*
 * Trials: migrations run one by one, to and fro, on a database that nobody
 * else uses, so that the history is read once.
 */
#include "run/run_int.h"
#include "run/stop.h"

/* The history may stand in a schema that was made by hand, as this one is. */
static int
trial_make_schema(struct run *run, struct err *err)
{
	struct db *db = *run->db;
	struct buf b;
	int r;

	if (run->table.schema == NULL || !db->engine->words->schemas)
		return 0;
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "CREATE SCHEMA IF NOT EXISTS ");
	db->engine->quote_name(db, &b, run->table.schema);
	r = db_query(db, NULL, err, buf_str(&b), 0, NULL);
	buf_clear(&b);
	return r;
}

int
run_trial_begin(struct run *run, struct err *err)
{
	int r;

	run_begin(run);
	run->alone = true;
	r = trial_make_schema(run, err);
	if (r == 0)
		r = run_load(run, err);
	/* A row that is locked keeps nobody out of what runs without one. */
	if (r == 0 && !run->settings.lock_table)
		r = lock_take(run, true, err);
	return r;
}

int
run_trial(
    struct run *run, const struct migration *m, bool rollback, struct err *err)
{
	struct plan_request q = {.target = rollback ? m->name : NULL,
	    .rollback = rollback,
	    .only = &m->number,
	    .nonly = 1};
	int r;

	run->agreed = NULL;
	run->nagreed = 0;
	r = run_locked(run, &q, err);
	return r < 0 ? stop_reason(err) : r;
}

static int
trial_script(struct run *run, const struct step *step, struct err *err)
{
	struct db *db = *run->db;
	struct plan plan = {.rollback = false};
	struct tx tx;
	int r;

	plan_free(run->plan);
	run->plan = &plan;
	transaction_spec(run, step, &tx);
	tx.history = NULL;
	r = db->engine->begin(db, &tx, err);
	if (r == 0)
		r = body_run(run, step, err);
	if (r == 0)
		r = db->engine->settle(db, err);
	if (r == 0)
		r = db->engine->wait(db, err);
	if (r == 0)
		r = db->engine->commit(db, err);
	if (r < 0) {
		body_locate(run, step, err);
		db->engine->rollback(db);
	} else {
		r = db->engine->reset(db, err);
	}
	run->plan = NULL;
	return r < 0 ? stop_reason(err) : r;
}

int
run_trial_script(struct run *run, const struct script *s, struct err *err)
{
	struct migration m = {.name = s->name, .forward = *s};
	const struct step step = {.migration = &m};

	return trial_script(run, &step, err);
}

void
run_trial_end(struct run *run)
{
	run_end(run);
	run->alone = false;
}
