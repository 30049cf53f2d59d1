/* Transactions of the runner's own: its rows, and no file. */
#include "run/run_int.h"

static int
own_try(struct run *run, own_work *work, void *arg, enum db_failure_kind *kind,
    struct err *err)
{
	struct db *db = *run->db;
	struct tx tx = {.modes = "",
	    .foreign_keys = -1,
	    .lock_timeout_ms = run->settings.lock_timeout_ms,
	    .polled = true};
	int r;

	lock_spec(run, &tx);
	r = db->engine->begin(db, &tx, err);
	if (r == 0)
		r = work(run, arg, err);
	if (r == 0)
		r = db->engine->commit(db, err);
	*kind = r == 0 ? DB_FAIL_NONE : db->engine->failure(db)->kind;
	/* No lock keeps two runs from making the tables at once. */
	if (run->settings.lock_table && !run->history->complete &&
	    (*kind == DB_FAIL_DUPLICATE || db->engine->failure(db)->exists)) {
		err_clear(err);
		r = STEP_LOOK_AGAIN;
	}
	if (r != 0)
		db->engine->rollback(db);
	return r;
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
		if (r >= 0 || !lock_is_held(kind))
			return r;
		err_clear(err);
		r = lock_wait(run, &wait, &unknown, err);
		if (r < 0)
			return r;
	}
}
