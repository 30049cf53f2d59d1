/*
 * Steps: what is told of one, and the COMMIT that is still on its way.
 *
 * Where the next step is sent behind the COMMIT of this one, that one begins,
 * for who listens, when this one is known to be durable.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "run/run_int.h"

const struct script *
step_script(const struct run *run, const struct step *step)
{
	return run->plan->rollback ? &step->migration->rollback
				   : &step->migration->forward;
}

void
step_begins(struct run *run, const struct step *step)
{
	struct event e = {.kind = EVENT_START,
	    .migration = step->migration,
	    .rollback = run->plan->rollback};

	run->shown = true;
	run_event(run, &e);
}

void
step_tell_half(const struct run *run, struct err *err)
{
	err_detail(err,
	    "%s is half applied still: nothing of its rollback was kept.",
	    run->history->journal.name);
	err_hint(err, "To see what to do next, run: sqlmigrate status");
	err->code = ERR_HALF;
}

void
step_ends(struct run *run, const struct step *step, int64_t duration_ms,
    const struct err *err)
{
	const struct script *script = step_script(run, step);
	struct event e = {.kind = err != NULL ? EVENT_FAILED : EVENT_DONE,
	    .migration = step->migration,
	    .rollback = run->plan->rollback,
	    .err = err,
	    .in_doubt = run->in_doubt,
	    .duration_ms = duration_ms,
	    .statements = script->statements,
	    .empty = script->statements == 0};

	if (err != NULL && err->code == ERR_HALF) {
		run->history->journal.present = true;
		run->history->journal.number = step->migration->number;
		e.half_back = run->history->journal.rollback;
	}
	e.current = run_current(run);
	run->done += err == NULL;
	run_event(run, &e);
}

int
step_look_again(const struct run *run, const struct step *next)
{
	return next < run->plan->steps + run->plan->count ? STEP_LOOK_AGAIN : 0;
}

/* Its own row of the history is known already, the next must be newer. */
void
step_send(
    struct run *run, const struct step *step, const struct step_writes *writes)
{
	run->sent = mem_calloc(1, sizeof(*run->sent));
	run->sent->step = step;
	run->sent->writes = *writes;
	history_newest(run->history, rows_get(&writes->row, 0, 0));
}

static void
step_forget(struct run *run)
{
	rows_clear(&run->sent->writes.row);
	free(run->sent);
	run->sent = NULL;
}

int
step_confirm(struct run *run, struct err *err)
{
	struct sent *sent = run->sent;
	int r, again = 0;

	if (sent == NULL)
		return 0;
	r = (*run->db)->engine->commit_wait(*run->db, err);
	if (r < 0 &&
	    (*run->db)->engine->failure(*run->db)->kind == DB_FAIL_LOST) {
		r = attempt_resolve(run, sent->step, err);
		again = STEP_LOOK_AGAIN;
	}
	if (r < 0 && again == 0)
		(*run->db)->engine->rollback(*run->db);
	if (r < 0)
		writes_log_failure(run, sent->step, sent->writes.started_ms,
		    err, err->message);
	else
		writes_remember(run, sent->step, &sent->writes);
	step_ends(run, sent->step, clock_ms() - sent->writes.started_ms,
	    r < 0 ? err : NULL);
	step_forget(run);
	return r < 0 ? r : again;
}

int
step_open(struct run *run, const struct step *step, struct err *err)
{
	int r = step_confirm(run, err);

	if (r == 0 && !run->shown)
		step_begins(run, step);
	return r;
}
