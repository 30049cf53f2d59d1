/*
 * The run lock: tried again and again, never waited for in the server, since
 * a session that waits for a lock blocks CREATE INDEX CONCURRENTLY.
 */
#include <string.h>

#include "base/clock.h"
#include "run/run_int.h"
#include "run/stop.h"

#define LOCK_PAUSE_MS 200

void
lock_spec(struct run *run, struct tx *tx)
{
	if (!run->settings.lock_table)
		tx->lock_key = history_lock_key(run->history);
	else if (run->history->complete)
		tx->lock_row = run->history->tables.journal;
}

static int
lock_late(
    const struct run *run, const struct lock_holder *holder, struct err *err)
{
	err_set(err, ERR_LOCK,
	    "another run holds the lock, and did not end within %g s",
	    (double)run->settings.lock_wait_ms / 1000);
	if (holder->text[0] != '\0')
		err_detail(err, "It is held by %s.", holder->text);
	err_hint(err, "Wait for it to end, or give a longer --lock-wait.");
	return ERR_LOCK;
}

/* The first file that needs the lock of a session, and why it does. */
static void
lock_place_outside(const struct run *run, struct err *err)
{
	const struct script *s;
	size_t i;

	for (i = 0; run->plan != NULL && i < run->plan->count; i++) {
		s = step_script(run, &run->plan->steps[i]);
		if (!s->outside)
			continue;
		err_place(err, &s->directives.no_transaction_at);
		script_show(s, &run->folder->at, err);
		err_place(err, &(struct place){.file = s->path});
		return;
	}
}

static int
lock_check_pooler(const struct run *run, bool outside, struct err *err)
{
	const struct db_identity *id = (*run->db)->engine->identity(*run->db);

	if (!outside || !id->pooled || run->settings.session_pooler)
		return 0;
	err_set(err, ERR_USAGE,
	    "a pooler stands before the server, and a migration without a "
	    "transaction needs a session of its own");
	err_hint(err,
	    "Use the address of the server itself with --direct URL; or, if "
	    "the pooler keeps sessions whole, --pooler=session.");
	lock_place_outside(run, err);
	return ERR_USAGE;
}

/* Nothing is held between transactions. */
static int
lock_take_row(struct run *run, bool outside, struct err *err)
{
	int r;

	if (outside) {
		err_set(err, ERR_USAGE,
		    "a row can be locked within a transaction only, and a "
		    "migration without one needs a lock that lasts");
		err_hint(err, "Give --lock=advisory where the server has it.");
		lock_place_outside(run, err);
		return ERR_USAGE;
	}
	if (!run->history->complete)
		return 0;
	r = record_lock_row(run->history, *run->db, err);
	return r < 0 ? r : (*run->db)->engine->wait(*run->db, err);
}

int
lock_wait(struct run *run, struct lock_wait *w,
    const struct lock_holder *holder, struct err *err)
{
	int64_t now = clock_ms();

	if (w->since_ms == 0 ||
	    strncmp(holder->text, w->told.text, holder->named) != 0)
		run_text(run, EVENT_LOCK_WAIT, holder->text);
	if (w->since_ms == 0)
		w->since_ms = now;
	w->told = *holder;
	if (now - w->since_ms >= run->settings.lock_wait_ms)
		return lock_late(run, holder, err);
	clock_pause(LOCK_PAUSE_MS);
	return stop_check(err);
}

/* 1 when it is had. */
static int
lock_poll(struct run *run, bool outside, struct err *err)
{
	const char *key = history_lock_key(run->history);
	struct lock_wait wait = {0};
	struct lock_holder holder;
	struct db *db = *run->db;
	int r;

	do {
		r = db->engine->try_lock(db, key, outside, &holder, err);
		if (r == 0)
			r = lock_wait(run, &wait, &holder, err);
	} while (r == 0);
	return r;
}

int
lock_take(struct run *run, bool outside, struct err *err)
{
	int r;

	if (run->settings.lock_table)
		return lock_take_row(run, outside, err);
	r = lock_poll(run, outside, err);
	return r < 0 ? r : lock_check_pooler(run, outside, err);
}

int
lock_outlast(struct run *run, struct err *err)
{
	int r = 0;

	/* Who it is stands in the wait that follows. */
	run_text(run, EVENT_NOTICE, state_progress(run->history));
	err_clear(err);
	if (!run->settings.lock_table)
		r = lock_poll(run, true, err);
	return r < 0 ? r : 0;
}

bool
lock_is_elsewhere(const struct run *run, const struct err *err)
{
	return err->code == ERR_LOCK && run->history != NULL &&
	    state_is_running(run->history);
}
