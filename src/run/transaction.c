/*
 * A migration in one transaction with its row and its log row, or with
 * --single-transaction all of them in one.
 *
 * Where nothing says that the file looks after its own row, all of it is sent
 * before anything is waited for: begin, body, settle, the row, the log row,
 * the deferred constraints.  Where the file writes to the history table (or
 * makes it), the table is looked at between the body and the row.  COMMIT is
 * sent when all that has been seen to succeed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "run/attempt_int.h"
#include "run/stop.h"

#define AHEAD_MAX 100 /* statements of a step sent behind another's COMMIT */

/* A file's own directive comes before what holds for all. */
static void
transaction_limits(
    const struct run *run, const struct directives *d, struct tx *tx)
{
	const struct run_settings *s = &run->settings;

	tx->lock_timeout_ms = s->lock_timeout_ms;
	tx->lock_timeout_from = s->lock_timeout_from;
	if (d->lock_timeout_ms >= 0) {
		tx->lock_timeout_ms = d->lock_timeout_ms;
		tx->lock_timeout_from = "the directive lock-timeout";
		tx->lock_timeout_line = d->lock_timeout_line;
	}
	tx->statement_timeout_ms = s->statement_timeout_ms;
	tx->statement_timeout_from = s->statement_timeout_from;
	if (d->statement_timeout_ms >= 0) {
		tx->statement_timeout_ms = d->statement_timeout_ms;
		tx->statement_timeout_from = "the directive statement-timeout";
		tx->statement_timeout_line = d->statement_timeout_line;
	}
}

void
transaction_spec(struct run *run, const struct step *step, struct tx *tx)
{
	const struct script *s = step_script(run, step);

	memset(tx, 0, sizeof(*tx));
	tx->modes = s->modes;
	tx->history = run->history->exists && run->history->complete
	    ? run->history->tables.version
	    : NULL;
	lock_spec(run, tx);
	tx->number = step->migration->number;
	tx->expect_row = run->plan->rollback &&
	    history_find(run->history, tx->number) != NULL;
	tx->foreign_keys = s->foreign_keys;
	tx->discards = s->outside;
	tx->patient = s->outside;
	transaction_limits(run, &s->directives, tx);
}

/* The rows of the step at work. */
static struct step_writes *
transaction_writes(const struct attempt *a)
{
	return &a->writes[a->step - a->first];
}

/* Whether the table is looked at between the body and the row. */
static bool
transaction_is_careful(const struct run *run, const struct attempt *a)
{
	return a->careful || !run->history->complete ||
	    run->history->journal.present ||
	    step_script(run, a->step)->own_history;
}

static int
transaction_write(struct run *run, struct attempt *a,
    const struct history_row *own, struct err *err)
{
	struct step_writes *w = transaction_writes(a);
	int r;

	r = run->plan->rollback ? writes_rollback(run, a->step, w, err)
				: writes_apply(run, a->step, own, w, err);
	return r < 0 ? r : writes_log(run, a->step, w->started_ms, err);
}

/*
 * Replace the entry of what is half applied, or delete it; STEP_LOOK_AGAIN if
 * it is not as it was read.
 */
static int
transaction_replace_entry(struct run *run, const struct journal *from,
    const struct journal *to, struct err *err)
{
	struct db *db = *run->db;
	struct rows written;
	int r;

	rows_init(&written);
	r = record_journal(run->history, db, from, to, &written, err);
	if (r == 0)
		r = db->engine->wait(db, err);
	if (r == 0 && written.affected != 1)
		r = writes_refuse_entry(run, from, err);
	rows_clear(&written);
	return r;
}

/*
 * The entry is this run's until the transaction ends: a run that has lost the
 * lock may still take its own entry back.
 */
static int
transaction_claim_entry(struct run *run, struct err *err)
{
	struct journal ours = run->history->journal;
	char actor[ENTRY_ACTOR_SIZE];

	actor_of_entry(run, actor);
	ours.actor = actor;
	return transaction_replace_entry(
	    run, &run->history->journal, &ours, err);
}

/* The body is done: look at the table, make or complete it, write the row. */
static int
transaction_write_careful(struct run *run, struct attempt *a, struct err *err)
{
	struct step_writes *w = transaction_writes(a);
	const struct history_row *own = NULL;
	struct history *now = NULL;
	int r;

	w->may_be_gone = run->plan->rollback;
	r = (*run->db)->engine->wait(*run->db, err);
	if (r == 0)
		r = guard_look(run, a->step, &now, &own, err);
	writes_take_own(run, own, w);
	w->dropped = r == 0 && !now->exists && run->plan->rollback;
	if (w->dropped) {
		r = writes_log(run, a->step, w->started_ms, err);
	} else if (r == 0) {
		if (!now->complete)
			r = record_make_tables(now, *run->db, err);
		if (r == 0)
			r = transaction_write(run, a, own, err);
	}
	/* What was half applied is rolled back. */
	if (r == 0 && run->history->journal.present && now->journal.present)
		r = transaction_replace_entry(run, &now->journal, NULL, err);
	history_free(now);
	return r;
}

/*
 * Whether the table may be other than its rows as they were written say: the
 * row was written unseen behind a body that wrote there, too, or set something
 * off.
 */
static bool
transaction_is_doubtful(const struct run *run, const struct attempt *a)
{
	if (transaction_writes(a)->dropped)
		return false;
	return run->history->info.fires ||
	    (!transaction_is_careful(run, a) &&
		(*run->db)->engine->touched(*run->db));
}

/* Wait for the step at work, and look at what came of it. */
static int
transaction_check(struct run *run, struct attempt *a, struct err *err)
{
	struct step_writes *w = transaction_writes(a);
	struct db *db = *run->db;
	int r;

	r = step_open(run, a->step, err);
	if (r == 0)
		r = db->engine->wait(db, err);
	if (r == 0)
		r = writes_check(run, w, err);
	if (r == 0 && transaction_is_doubtful(run, a))
		r = guard_look_again(run, a->step, err);
	w->took_ms = clock_ms() - w->started_ms;
	return r;
}

/* On to the next step of the same transaction. */
static int
transaction_next(struct run *run, struct attempt *a, struct err *err)
{
	int r = transaction_check(run, a, err);

	if (r != 0)
		return r;
	writes_remember(run, a->step, transaction_writes(a));
	a->remembered++;
	a->step++;
	step_begins(run, a->step);
	return stop_check(err);
}

/*
 * Made before the body, the tables do not set off the event triggers that it
 * makes, nor are they in its search path.  A file that makes the table itself
 * comes first, which the scanner may not see: that attempt is tried again.
 */
static int
transaction_make_first(struct run *run, struct attempt *a, struct err *err)
{
	struct db *db = *run->db;

	if (run->history->exists || a->careful || run->plan->rollback ||
	    !db->engine->words->tables_first ||
	    step_script(run, a->step)->own_history)
		return 0;
	a->made_first = true;
	return record_make_tables(run->history, db, err);
}

/* The step at work, up to its rows; nothing is waited for. */
static int
transaction_step(struct run *run, struct attempt *a, struct err *err)
{
	bool careful = transaction_is_careful(run, a);
	struct db *db = *run->db;
	struct tx tx;
	int r;

	rows_clear(&transaction_writes(a)->row);
	transaction_writes(a)->started_ms = clock_ms();
	transaction_spec(run, a->step, &tx);
	tx.inside = a->step > a->first;
	r = db->engine->begin(db, &tx, err);
	if (r == 0 &&
	    (tx.history == NULL ||
		(!tx.inside &&
		    ((a->tries > 0 && !run->alone) || run_is_shared(run)))))
		r = run_check_unmoved(run, err);
	if (r == 0 && run->history->journal.present)
		r = transaction_claim_entry(run, err);
	if (r == 0)
		r = transaction_make_first(run, a, err);
	if (r == 0)
		r = body_run(run, a->step, err);
	if (r == 0)
		r = db->engine->settle(db, err);
	if (r == 0)
		r = careful ? transaction_write_careful(run, a, err)
			    : transaction_write(run, a, NULL, err);
	return r;
}

static int
transaction_commit(struct run *run, struct attempt *a, struct err *err)
{
	struct db *db = *run->db;
	int r = 0;

	if (db->engine->seal != NULL)
		r = db->engine->seal(db, err);
	if (r == 0)
		r = transaction_check(run, a, err);
	if (r == 0)
		r = stop_check(err);
	if (r != 0)
		return r;
	a->committing = true;
	return a->ahead ? db->engine->commit_send(db, err)
			: db->engine->commit(db, err);
}

static int
transaction_try(struct run *run, struct attempt *a, struct err *err)
{
	int r;

	a->step = a->first;
	a->started_ms = clock_ms();
	r = transaction_step(run, a, err);
	while (r == 0 && a->step + 1 < a->first + a->count) {
		r = transaction_next(run, a, err);
		if (r == 0)
			r = transaction_step(run, a, err);
	}
	return r != 0 ? r : transaction_commit(run, a, err);
}

/*
 * Whether the next step may be sent behind this one's COMMIT.  That one must
 * be short, so that nothing of it is answered before it is told to begin, and
 * sent without waiting; and this COMMIT must be one that cannot fail for a
 * reason to try it again.
 */
static bool
transaction_goes_ahead(const struct run *run, const struct attempt *a)
{
	const struct step *next = a->first + a->count;
	const struct script *s;

	if ((*run->db)->engine->commit_send == NULL || a->count > 1 ||
	    run_is_shared(run) || a->careful || !run->history->complete ||
	    run->settings.each_statement || run->settings.show_rows ||
	    *step_script(run, a->first)->modes != '\0' ||
	    next == run->plan->steps + run->plan->count)
		return false;
	s = step_script(run, next);
	return !s->outside && !s->own_history && s->statements <= AHEAD_MAX;
}

/* One attempt, and what its end means. */
static int
transaction_attempt(struct run *run, struct attempt *a, struct err *err)
{
	int r, sent;

	a->committing = false;
	a->ahead = transaction_goes_ahead(run, a);
	r = transaction_try(run, a, err);
	if (r == 0)
		return 0;
	/* How the step before ended comes first, and may be all there is. */
	if (!run->shown) {
		sent = run->sent == NULL ? r : step_open(run, a->step, err);
		if (sent != 0)
			return sent;
	}
	return attempt_failed(run, a, r, err);
}

/* A connection that is lost by now is noticed by who asks for the answer. */
static int
transaction_hand_over(struct run *run, struct attempt *a)
{
	struct err late = ERR_INIT;

	step_send(run, a->first, a->writes);
	rows_init(&a->writes->row);
	if ((*run->db)->engine->reset(*run->db, &late) < 0)
		err_clear(&late);
	return 0;
}

static int
transaction_done(struct run *run, struct attempt *a, struct err *err)
{
	size_t i;

	if (a->ahead)
		return transaction_hand_over(run, a);
	writes_remember(run, a->step, transaction_writes(a));
	for (i = 0; i < a->count; i++)
		step_ends(run, &a->first[i], a->writes[i].took_ms, NULL);
	return a->resolved ? step_look_again(run, a->first + a->count)
			   : (*run->db)->engine->reset(*run->db, err);
}

static void
transaction_failed(struct run *run, const struct attempt *a, struct err *err)
{
	if (!run->shown)
		return;
	writes_log_failure(run, a->step, a->started_ms, err, err->message);
	if (run->history->journal.present && !run->in_doubt)
		step_tell_half(run, err);
	step_ends(run, a->step, clock_ms() - a->started_ms, err);
}

int
transaction_run(
    struct run *run, const struct step *first, size_t count, struct err *err)
{
	struct attempt a = {.first = first,
	    .step = first,
	    .count = count,
	    .history_exists = run->history->exists,
	    .history_complete = run->history->complete};
	size_t i;
	int r;

	a.writes = mem_calloc(count, sizeof(*a.writes));
	/* What an attempt left of session state, the next one would see. */
	do
		r = transaction_attempt(run, &a, err);
	while (r == STEP_TRY_AGAIN && ++a.tries > 0 &&
	    (r = (*run->db)->engine->reset(*run->db, err)) == 0);
	if (r == 0)
		r = transaction_done(run, &a, err);
	else if (r < 0)
		transaction_failed(run, &a, err);
	for (i = 0; i < count; i++)
		rows_clear(&a.writes[i].row);
	free(a.writes);
	return r;
}
