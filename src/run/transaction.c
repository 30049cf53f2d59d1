/*
 * One migration in one transaction with its row and its log row.
 *
 * Where nothing says that the file looks after its own row, all of it is sent
 * before anything is waited for: begin, body, settle, the row, the log row,
 * the deferred constraints.  Where the file writes to the history table (or
 * makes it), the table is looked at between the body and the row.  COMMIT is
 * sent when all that has been seen to succeed.
 */
#include <string.h>

#include "base/clock.h"
#include "run/run_int.h"
#include "run/stop.h"

#define RETRY_BODY_MS 30000 /* a body that took longer is not run again */
#define RETRY_PAUSE_MS 100
#define REOPEN_PAUSE_MS 500
#define RETRY_PAUSE_MAX_MS 5000
#define AHEAD_MAX 100 /* statements of a step sent behind another's COMMIT */

struct attempt {
	struct lock_wait wait;
	bool careful;
	bool ahead; /* its COMMIT is not waited for */
	bool committing;
	struct step_writes writes;
};

void
transaction_spec(struct run *run, const struct step *step, struct tx *tx)
{
	const struct script *s = step_script(run, step);

	memset(tx, 0, sizeof(*tx));
	tx->modes = s->modes;
	tx->history = run->history->exists && run->history->complete
	    ? run->history->tables.version
	    : NULL;
	tx->lock_key = lock_key(run);
	tx->number = step->migration->number;
	tx->expect_row = run->plan->rollback;
	tx->foreign_keys = s->foreign_keys;
	tx->discards = s->outside;
	tx->polled = !s->outside;
	tx->lock_timeout_ms = s->directives.lock_timeout_ms >= 0
	    ? s->directives.lock_timeout_ms
	    : run->settings.lock_timeout_ms;
	tx->statement_timeout_ms = s->directives.statement_timeout_ms >= 0
	    ? s->directives.statement_timeout_ms
	    : run->settings.statement_timeout_ms;
}

static int
transaction_write(struct run *run, const struct step *step, struct attempt *a,
    const struct history_row *own, struct err *err)
{
	int r;

	r = run->plan->rollback ? writes_rollback(run, step, &a->writes, err)
				: writes_apply(run, step, own, &a->writes, err);
	return r < 0 ? r : writes_log(run, step, a->writes.started_ms, err);
}

/* The body is done: look at the table, make or complete it, write the row. */
static int
transaction_finish_careful(struct run *run, const struct step *step,
    struct attempt *a, struct err *err)
{
	const struct history_row *own = NULL;
	struct history *now = NULL;
	int r;

	a->writes.may_be_gone = run->plan->rollback;
	r = (*run->db)->engine->wait(*run->db, err);
	if (r == 0)
		r = guard_look(run, step, &now, &own, err);
	writes_take_own(run, own, &a->writes);
	a->writes.dropped = r == 0 && !now->exists && run->plan->rollback;
	if (a->writes.dropped) {
		r = writes_log(run, step, a->writes.started_ms, err);
	} else if (r == 0) {
		if (!now->complete)
			r = record_make_tables(now, *run->db, err);
		if (r == 0)
			r = transaction_write(run, step, a, own, err);
	}
	history_free(now);
	return r;
}

/* The row was written unseen: did the body write to that table, too? */
static int
transaction_check_touched(
    struct run *run, const struct step *step, struct err *err)
{
	const struct history_row *own = NULL;
	struct history *now = NULL;
	int r;

	r = guard_look(run, step, &now, &own, err);
	if (r == 0 && own != NULL)
		r = err_set(err, ERR_STATEMENT,
		    "%s inserts a second row, of version %s, into %s",
		    step_script(run, step)->name, own->version,
		    run->history->tables.version);
	history_free(now);
	return r;
}

static int
transaction_seal(struct run *run, const struct step *step, struct attempt *a,
    struct err *err)
{
	struct db *db = *run->db;
	int r = 0;

	if (db->engine->seal != NULL)
		r = db->engine->seal(db, err);
	if (r == 0)
		r = step_open(run, step, err);
	if (r == 0)
		r = db->engine->wait(db, err);
	if (r == 0)
		r = writes_check(run, &a->writes, err);
	if (r == 0 && !a->careful && db->engine->touched(db))
		r = transaction_check_touched(run, step, err);
	return r;
}

static int
transaction_try(struct run *run, const struct step *step, struct attempt *a,
    struct err *err)
{
	struct db *db = *run->db;
	struct tx tx;
	int r;

	transaction_spec(run, step, &tx);
	r = db->engine->begin(db, &tx, err);
	if (r == 0 && tx.history == NULL)
		r = run_check_unmoved(run, err);
	if (r == 0)
		r = body_run(run, step, err);
	if (r == 0)
		r = db->engine->settle(db, err);
	if (r == 0)
		r = a->careful ? transaction_finish_careful(run, step, a, err)
			       : transaction_write(run, step, a, NULL, err);
	if (r == 0)
		r = transaction_seal(run, step, a, err);
	if (r == 0)
		r = stop_check(err);
	if (r == 0) {
		a->committing = true;
		r = a->ahead ? db->engine->commit_send(db, err)
			     : db->engine->commit(db, err);
	}
	return r;
}

/*
 * Whether the next step may be sent behind this one's COMMIT.  That one must
 * be short, so that nothing of it is answered before it is told to begin, and
 * sent without waiting; and this COMMIT must be one that cannot fail for a
 * reason to try it again.
 */
static bool
transaction_goes_ahead(
    const struct run *run, const struct step *step, const struct attempt *a)
{
	const struct step *next = step + 1;
	const struct script *s;

	if ((*run->db)->engine->commit_send == NULL || a->careful ||
	    *step_script(run, step)->modes != '\0' ||
	    next == run->plan->steps + run->plan->count)
		return false;
	s = step_script(run, next);
	return !s->outside && !s->own_history && s->statements <= AHEAD_MAX;
}

/* A server that crashed takes a while to answer again. */
static int
transaction_reopen(struct run *run, struct err *err)
{
	int64_t end = clock_ms() + run->settings.lock_wait_ms;
	int r;

	stop_watch(NULL);
	(*run->db)->engine->close(*run->db);
	*run->db = NULL;
	for (;;) {
		r = run->target->engine->open(
		    run->db, run->target, run->db_options, err);
		if (r == 0 || stop_code() != 0 || clock_ms() >= end)
			return r;
		err_clear(err);
		clock_pause(REOPEN_PAUSE_MS);
	}
}

int
transaction_resolve(struct run *run, const struct step *step, struct err *err)
{
	struct err again = ERR_INIT;
	struct history *now = NULL;
	bool done;
	int r;

	r = transaction_reopen(run, &again);
	/* The lock is free when the lost server process is gone. */
	if (r == 0)
		r = lock_take(run, false, &again);
	if (r == 0)
		r = history_load(&now, *run->db, &run->table, &again);
	run->in_doubt = r < 0;
	if (r < 0) {
		err_detail(err,
		    "Whether %s was committed could not be found out: %s.",
		    step->migration->name, again.message);
		err_hint(err, "When the server answers: sqlmigrate status.");
		err_clear(&again);
		return ERR_CONNECTION;
	}
	stop_watch(*run->db);
	done = history_find(now, step->migration->number) != NULL;
	history_free(now);
	if (done == run->plan->rollback)
		return ERR_CONNECTION;
	run_text(run, EVENT_NOTICE,
	    "the connection was lost during COMMIT, which had succeeded");
	err_clear(err);
	return 0;
}

/* Another runner may have been first: then the row tells, and we look again. */
static int
transaction_raced(struct run *run, const struct step *step, struct err *err)
{
	struct err again = ERR_INIT;
	struct history *now = NULL;
	bool row;
	int r;

	r = history_load(&now, *run->db, &run->table, &again);
	err_clear(&again);
	if (r < 0)
		return err->code;
	row = history_find(now, step->migration->number) != NULL;
	history_free(now);
	if (row == run->plan->rollback)
		return err->code;
	err_clear(err);
	run_text(run, EVENT_NOTICE, "another runner was first; looking again");
	return STEP_LOOK_AGAIN;
}

/*
 * Another runner is at work: behind a pooler, and on SQLite, that shows only
 * when the transaction takes its lock.
 */
static int
transaction_locked_out(struct run *run, struct attempt *a, struct err *err)
{
	static const struct lock_holder unknown;
	struct err held = ERR_INIT;
	int r;

	err_move(&held, err);
	r = lock_wait(run, &a->wait, &unknown, err);
	if (r == ERR_LOCK && held.code == ERR_LOCK)
		err_detail(err, "%s.", held.message);
	err_clear(&held);
	return r < 0 ? r : STEP_TRY_AGAIN;
}

/*
 * A statement of the runner's own failed: the body may have written its row,
 * or dropped the table, where the scanner did not see it.
 */
static bool
transaction_look_closer(struct attempt *a, struct err *err)
{
	if (a->careful || clock_ms() - a->writes.started_ms > RETRY_BODY_MS)
		return false;
	a->careful = true;
	err_clear(err);
	return true;
}

static bool
transaction_again(struct run *run, const struct step *step, uint64_t tries,
    int64_t started_ms, struct err *err)
{
	struct event e = {.kind = EVENT_RETRY, .migration = step->migration};
	int64_t pause = RETRY_PAUSE_MS << (tries < 6 ? tries : 6);

	if (tries >= run->settings.lock_retries || stop_code() != 0 ||
	    clock_ms() - started_ms > RETRY_BODY_MS)
		return false;
	e.text = err->message;
	e.count = tries + 1;
	run_event(run, &e);
	err_clear(err);
	clock_pause(pause < RETRY_PAUSE_MAX_MS ? pause : RETRY_PAUSE_MAX_MS);
	return true;
}

/* A signal is the reason where one came; the server's words are a detail. */
static int
transaction_reason(struct err *err)
{
	struct err stopped = ERR_INIT;

	if (stop_check(&stopped) == 0)
		return err->code;
	err_move(err, &stopped);
	return err->code;
}

/*
 * One attempt, and what its end means: 0, STEP_LOOK_AGAIN, STEP_TRY_AGAIN or
 * a failure.
 */
static int
transaction_attempt(struct run *run, const struct step *step, struct attempt *a,
    uint64_t tries, struct err *err)
{
	struct db *db = *run->db;
	const struct db_failure *failure = db->engine->failure(db);
	enum db_failure_kind kind;
	bool ours;
	int r, sent;

	rows_clear(&a->writes.row);
	a->committing = false;
	a->ahead = transaction_goes_ahead(run, step, a);
	a->writes.started_ms = clock_ms();
	r = transaction_try(run, step, a, err);
	if (r == 0)
		return 0;
	/* How the step before ended comes first, and may be all there is. */
	if (!run->shown) {
		sent = run->sent == NULL ? r : step_open(run, step, err);
		if (sent != 0)
			return sent;
	}
	kind = failure->kind;
	ours = failure->place.file == NULL &&
	    (kind == DB_FAIL_STATEMENT || kind == DB_FAIL_DUPLICATE);
	body_locate(run, step, err);
	if (ours)
		err_place(
		    err, &(struct place){.file = step_script(run, step)->path});
	db->engine->rollback(db);
	if (r == STEP_LOOK_AGAIN)
		return r;
	if (kind == DB_FAIL_LOST && a->committing)
		return transaction_resolve(run, step, err);
	if (lock_is_held(kind) || kind == DB_FAIL_DUPLICATE) {
		r = transaction_raced(run, step, err);
		if (r > 0)
			return r;
	}
	if (lock_is_held(kind))
		return transaction_locked_out(run, a, err);
	if (ours && transaction_look_closer(a, err))
		return STEP_TRY_AGAIN;
	if (kind == DB_FAIL_RETRY &&
	    transaction_again(run, step, tries, a->writes.started_ms, err))
		return STEP_TRY_AGAIN;
	return transaction_reason(err);
}

/* A connection that is lost by now is noticed by who asks for the answer. */
static int
transaction_hand_over(
    struct run *run, const struct step *step, const struct attempt *a)
{
	struct err late = ERR_INIT;

	step_send(run, step, &a->writes);
	if ((*run->db)->engine->reset(*run->db, &late) < 0)
		err_clear(&late);
	return 0;
}

int
transaction_run(struct run *run, const struct step *step, struct err *err)
{
	struct attempt a = {.careful = !run->history->complete ||
		step_script(run, step)->own_history};
	uint64_t tries = 0;
	int r;

	rows_init(&a.writes.row);
	do
		r = transaction_attempt(run, step, &a, tries++, err);
	while (r == STEP_TRY_AGAIN);
	if (r < 0 && run->shown)
		writes_log_failure(run, step, a.writes.started_ms, err);
	if (r == 0 && a.ahead)
		return transaction_hand_over(run, step, &a);
	if (r == 0) {
		writes_remember(run, step, &a.writes);
		r = (*run->db)->engine->reset(*run->db, err);
	}
	rows_clear(&a.writes.row);
	return r;
}
