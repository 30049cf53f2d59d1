/* Transactions of the runner's own: its rows, and no file. */
#include "run/run_int.h"

/* Only the tables know whether it was committed. */
static int
own_look(struct run *run, struct err *err)
{
	struct history *now = NULL;

	if (attempt_look(run, "the COMMIT", &now, err) < 0)
		return err->code;
	history_free(now);
	err_clear(err);
	run_text(run, EVENT_NOTICE,
	    "the connection was lost during COMMIT; looking what came of it");
	return STEP_LOOK_AGAIN;
}

static int
own_try(struct run *run, own_work *work, void *arg, enum db_failure_kind *kind,
    struct err *err)
{
	struct db *db = *run->db;
	struct tx tx = {.modes = "",
	    .foreign_keys = -1,
	    .lock_timeout_ms = run->settings.lock_timeout_ms,
	    .patient = true};
	bool committing;
	int r;

	lock_spec(run, &tx);
	r = db->engine->begin(db, &tx, err);
	if (r == 0)
		r = work(run, arg, err);
	committing = r == 0;
	if (r == 0)
		r = db->engine->commit(db, err);
	*kind = r == 0 ? DB_FAIL_NONE : db->engine->failure(db)->kind;
	/* No lock keeps two runs from making the tables at once. */
	if (r < 0 && run->settings.lock_table && !run->history->complete &&
	    (*kind == DB_FAIL_DUPLICATE || db->engine->failure(db)->exists)) {
		err_clear(err);
		r = STEP_LOOK_AGAIN;
	}
	if (r != 0)
		db->engine->rollback(db);
	return committing && *kind == DB_FAIL_LOST ? own_look(run, err) : r;
}

int
own_transaction(struct run *run, own_work *work, void *arg, struct err *err)
{
	static const struct lock_holder unknown;
	struct lock_wait wait = {0};
	enum db_failure_kind kind;
	int r;

	for (;;) {
		r = own_try(run, work, arg, &kind, err);
		if (r >= 0 || kind != DB_FAIL_GUARD)
			return r;
		err_clear(err);
		r = lock_wait(run, &wait, &unknown, err);
		if (r < 0)
			return r;
	}
}
