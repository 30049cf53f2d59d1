/*
 * What a failed attempt comes to: another one, a look at what other runners
 * did, an answer to whether a COMMIT succeeded, or a failure.
 */
#include "run/attempt_int.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "run/stop.h"

#define RETRY_BODY_MS 30000 /* a body that took longer is not run again */
#define RETRY_PAUSE_MS 100
#define RETRY_PAUSE_MAX_MS 5000
#define REOPEN_PAUSE_MS 500

static int
attempt_nothing(struct run *run, void *arg, struct err *err)
{
	(void)run;
	(void)arg;
	(void)err;
	return 0;
}

/*
 * The lock is free when the lost server process is gone; that of transactions
 * alone, where there is no other.
 */
static int
attempt_outlast(struct run *run, struct err *err)
{
	int r = lock_take(run, run_has_outside(run), err);

	if (r == 0 &&
	    (run->settings.lock_table ||
		(*run->db)->engine->identity(*run->db)->pooled))
		r = own_transaction(run, attempt_nothing, NULL, err);
	/* Lost once more, it was outlasted on a newer connection. */
	return r < 0 ? r : 0;
}

/*
 * Of several hosts the one that answers now may be a standby, which may not
 * have what the primary has committed.
 */
static int
attempt_check_primary(struct run *run, struct err *err)
{
	struct table_info info;
	int r;

	r = (*run->db)->engine->find_table(*run->db, run->arena,
	    run->table.schema, run->table.table, &info, err);
	if (r == 0 && info.read_only != NULL) {
		err_set(err, ERR_CONNECTION, "%s", info.read_only);
		r = err->code;
	}
	return r;
}

static int
attempt_reopen(struct run *run, struct history **now, struct err *err)
{
	int r;

	stop_watch(NULL);
	if (*run->db != NULL)
		(*run->db)->engine->close(*run->db);
	*run->db = NULL;
	r = run->target->engine->open(
	    run->db, run->target, run->db_options, err);
	if (r == 0)
		r = attempt_check_primary(run, err);
	if (r == 0)
		r = attempt_outlast(run, err);
	return r < 0 ? r : history_load(now, *run->db, &run->table, err);
}

/*
 * A server that crashed takes a while to answer again, and may take a new
 * connection down with it before.
 */
int
attempt_look(
    struct run *run, const char *what, struct history **now, struct err *err)
{
	int64_t end = clock_ms() + run->settings.lock_wait_ms;
	struct err again = ERR_INIT;
	int r;

	for (;;) {
		r = attempt_reopen(run, now, &again);
		if (r != ERR_CONNECTION || stop_code() != 0 ||
		    clock_ms() >= end)
			break;
		err_clear(&again);
		clock_pause(REOPEN_PAUSE_MS);
	}
	run->in_doubt = r < 0;
	if (r < 0) {
		err_detail(err, "What became of %s could not be found out: %s.",
		    what, again.message);
		err_hint(err, "When the server answers: sqlmigrate status.");
		err_clear(&again);
		return ERR_CONNECTION;
	}
	stop_watch(*run->db);
	return 0;
}

void
attempt_tell_committed(struct run *run)
{
	run_text(run, EVENT_NOTICE,
	    "the connection was lost during COMMIT, which had succeeded");
}

/* Whether the tables say so, whoever did it. */
static bool
attempt_is_done(
    const struct run *run, const struct step *step, const struct history *now)
{
	uint64_t number = step->migration->number;
	bool row = history_find(now, number) != NULL;
	bool half = now->journal.present && now->journal.number == number;

	return run->plan->rollback ? !row && !half : row;
}

int
attempt_resolve(struct run *run, const struct step *step, struct err *err)
{
	struct history *now = NULL;
	bool done;

	if (attempt_look(run, step->migration->name, &now, err) < 0)
		return err->code;
	done = attempt_is_done(run, step, now);
	history_free(now);
	if (!done)
		return ERR_CONNECTION;
	attempt_tell_committed(run);
	err_clear(err);
	return 0;
}

int
attempt_look_again(struct run *run, struct err *err)
{
	err_clear(err);
	run_text(run, EVENT_NOTICE, "another runner was first; looking again");
	return STEP_LOOK_AGAIN;
}

int
attempt_raced(struct run *run, const struct step *step, struct err *err)
{
	struct err again = ERR_INIT;
	struct history *now = NULL;
	bool done;
	int r;

	r = history_load(&now, *run->db, &run->table, &again);
	err_clear(&again);
	if (r < 0)
		return err->code;
	done = attempt_is_done(run, step, now);
	history_free(now);
	if (!done)
		return err->code;
	return attempt_look_again(run, err);
}

/*
 * Another runner is at work: behind a pooler that shows only when the
 * transaction takes its lock.
 */
static int
attempt_locked_out(struct run *run, struct attempt *a, struct err *err)
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
 * Whether the tables that were made before the body were in its way: it makes
 * the table of the history itself, which the scanner did not see.
 */
static bool
attempt_met_tables(
    const struct run *run, const struct attempt *a, const struct err *err)
{
	return a->made_first && run->history->info.name != NULL &&
	    strstr(err->message, run->history->info.name) != NULL;
}

/*
 * A statement of the runner's own failed: the body may have written its row,
 * or dropped the table, where the scanner did not see it.
 */
static bool
attempt_look_closer(struct attempt *a, struct err *err)
{
	if (a->careful || clock_ms() - a->started_ms > RETRY_BODY_MS)
		return false;
	a->careful = true;
	err_clear(err);
	return true;
}

/* Why it is tried again, in short: an attempt, and a limit, are known. */
static const char *
attempt_reason(struct run *run, const struct attempt *a, const struct err *err)
{
	struct tx tx;

	if (strstr(err->message, "due to lock timeout") == NULL)
		return err->message;
	transaction_spec(run, a->step, &tx);
	if ((*run->db)->engine->failure(*run->db)->own_limit ||
	    tx.lock_timeout_ms == 0)
		return "lock timeout";
	return arena_printf(run->arena, "lock timeout (%g s)",
	    (double)tx.lock_timeout_ms / 1000);
}

/* Who may have been in the way, as far as that shows afterwards; or NULL. */
static const char *
attempt_blocked(struct run *run, const struct err *err)
{
	static const char held[] = "It is held by ";
	const char *who = NULL, *detail = err->detail;
	struct buf b;

	buf_init(&b, BUF_TEXT);
	db_list_blockers(*run->db, &b);
	if (b.len > 0)
		who = arena_strdup(run->arena, buf_str(&b));
	else if (detail != NULL && strncmp(detail, held, strlen(held)) == 0)
		who = arena_strndup(run->arena, detail + strlen(held),
		    strcspn(detail, "\n") - strlen(held) - 1);
	buf_clear(&b);
	return who;
}

bool
attempt_again(struct run *run, struct attempt *a, struct err *err)
{
	int64_t pause = RETRY_PAUSE_MS << (a->retries < 6 ? a->retries : 6);
	struct event e = {.kind = EVENT_RETRY,
	    .migration = a->step->migration,
	    .total = run->settings.lock_retries};

	if (a->retries >= run->settings.lock_retries || stop_code() != 0 ||
	    clock_ms() - a->started_ms > RETRY_BODY_MS) {
		db_name_blockers(*run->db, err);
		return false;
	}
	e.text = attempt_reason(run, a, err);
	e.blocked = attempt_blocked(run, err);
	if (text_same(e.blocked, a->blocked))
		e.blocked = NULL;
	else
		a->blocked = e.blocked;
	e.count = ++a->retries;
	e.duration_ms = pause < RETRY_PAUSE_MAX_MS ? pause : RETRY_PAUSE_MAX_MS;
	run_event(run, &e);
	err_clear(err);
	clock_pause(e.duration_ms);
	return true;
}

/* The rows that are in run->history for its sake go again. */
static void
attempt_forget(struct run *run, struct attempt *a)
{
	while (a->remembered > 0)
		history_remove(
		    run->history, a->first[--a->remembered].migration->number);
	run->history->exists = a->history_exists;
	run->history->complete = a->history_complete;
}

/* Where the failure has no place, it is at least of this file. */
static bool
attempt_locate(struct run *run, const struct attempt *a,
    const struct db_failure *f, struct err *err)
{
	bool ours = f->place.file == NULL &&
	    (f->kind == DB_FAIL_STATEMENT || f->kind == DB_FAIL_DUPLICATE);

	body_locate(run, a->step, err);
	if (ours)
		err_place(err,
		    &(struct place){.file = step_script(run, a->step)->path});
	return ours;
}

/* A first file that writes its own row, and does not create the table. */
static void
attempt_advise_table(
    const struct run *run, const struct attempt *a, struct err *err)
{
	const char *table = run->history->info.name;

	if (step_script(run, a->step)->own_row && table != NULL &&
	    strstr(err->message, table) != NULL)
		err_hint(err,
		    "The file writes a row of the history, whose table it "
		    "does not create.  To create it, run: sqlmigrate init");
}

void
attempt_explain(struct run *run, const struct step *step, struct err *err)
{
	struct tx tx;

	if ((*run->db)->engine->explain == NULL || stop_code() != 0)
		return;
	transaction_spec(run, step, &tx);
	(*run->db)->engine->explain(*run->db, &tx, err);
}

/* The very first migration meets what it is to make; no trial made that. */
static void
attempt_advise(const struct run *run, const struct attempt *a, struct err *err)
{
	if (run->plan->rollback || run->history->count > 0 || run->alone)
		return;
	err_hint(err,
	    "Where the schema was made by other means, record what it has "
	    "without running it: sqlmigrate stamp %s, or the newest that is "
	    "in it.",
	    a->step->migration->name);
}

/* What is true of one is true of all in its transaction. */
static void
attempt_tell_all(const struct attempt *a, struct err *err)
{
	if (a->step > a->first)
		err_detail(err,
		    "All were in one transaction: nothing of those before it "
		    "was kept, either.");
}

/* During COMMIT: the answer is known now, or never will be. */
static int
attempt_lost(struct run *run, struct attempt *a, struct err *err)
{
	int r;

	a->ahead = false;
	r = attempt_resolve(run, a->step, err);
	a->resolved = r == 0;
	if (r == 0)
		return 0;
	attempt_forget(run, a);
	if (!run->in_doubt)
		attempt_tell_all(a, err);
	else if (a->step > a->first)
		err_detail(err,
		    "All were in one transaction: those before it were kept "
		    "if it was.");
	return r;
}

int
attempt_failed(struct run *run, struct attempt *a, int code, struct err *err)
{
	struct db *db = *run->db;
	const struct db_failure *failure = db->engine->failure(db);
	enum db_failure_kind kind = failure->kind;
	bool exists = failure->exists;
	bool ours = attempt_locate(run, a, failure, err);
	int r;

	db->engine->rollback(db);
	if (kind == DB_FAIL_LOST && a->committing)
		return attempt_lost(run, a, err);
	attempt_forget(run, a);
	if (code == STEP_LOOK_AGAIN)
		return code;
	if (kind == DB_FAIL_GUARD || kind == DB_FAIL_DUPLICATE) {
		r = attempt_raced(run, a->step, err);
		if (r > 0)
			return r;
	}
	if (kind == DB_FAIL_GUARD)
		return attempt_locked_out(run, a, err);
	if ((ours || attempt_met_tables(run, a, err)) &&
	    attempt_look_closer(a, err))
		return STEP_TRY_AGAIN;
	/* The pause may have been ended by a signal. */
	if (kind == DB_FAIL_RETRY && attempt_again(run, a, err))
		return stop_check(err) < 0 ? err->code : STEP_TRY_AGAIN;
	attempt_explain(run, a->step, err);
	if (exists)
		attempt_advise(run, a, err);
	else if (!run->history->exists)
		attempt_advise_table(run, a, err);
	attempt_tell_all(a, err);
	return stop_reason(err);
}
