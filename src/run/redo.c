/* Redo: rolled back and applied again, under one lock. */
#include "run/run_int.h"
#include "run/stop.h"

/* A forward file that is refused must not be found out when it is late. */
static int
redo_check_files(struct run *run, bool *outside, struct err *err)
{
	struct migration *m;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < run->plan->count; i++) {
		m = run->plan->steps[i].migration;
		r = folder_check_forward(run->folder, m, err);
		if (r == 0)
			r = folder_check_version(run->folder, m, err);
		*outside |= m->forward.outside || m->rollback.outside;
	}
	return r;
}

static bool
redo_has(const struct plan *plan, uint64_t number)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->steps[i].migration->number == number)
			return true;
	return false;
}

/* A changed file that stays applied would be in the way of applying again. */
static int
redo_check_rest(struct run *run, struct err *err)
{
	const struct entry *e;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < run->state->count; i++) {
		e = &run->state->entries[i];
		if (!redo_has(run->plan, e->number))
			r = state_refuse_entry(e, run->history, err);
	}
	return r;
}

/* What was agreed to stands in running order, which is now the other. */
static void
redo_turn(struct run *run)
{
	uint64_t *first = run->agreed, *last = first + run->nagreed, number;

	for (; first + 1 < last; first++) {
		number = *--last;
		*last = *first;
		*first = number;
	}
}

/* Applied again are those that were rolled back, and no other. */
static int
redo_locked(struct run *run, const struct plan_request *back, struct err *err)
{
	struct plan_request forth = {.out_of_order = true};
	int r;

	r = run_work(run, back, err);
	redo_turn(run);
	forth.only = run->agreed;
	forth.nonly = run->nagreed;
	return r < 0 ? r : run_work(run, &forth, err);
}

static int
redo_take(struct run *run, const struct plan_request *back, struct err *err)
{
	bool outside = false;
	int r;

	r = redo_check_rest(run, err);
	if (r == 0)
		r = redo_check_files(run, &outside, err);
	if (r == 0)
		r = record_check_rights(run->history, *run->db,
		    outside || run->settings.lock_table ||
			run->history->journal.present,
		    err);
	/* A changed file is what it is for. */
	run->plan->asks = run->plan->count > 1 || run->history->journal.present;
	if (r == 0)
		r = run_confirm(run, err);
	if (r == 0)
		r = lock_take(run, outside, err);
	if (r < 0)
		return r;
	r = redo_locked(run, back, err);
	run_unlock(run);
	return r;
}

int
run_redo(struct run *run, const struct plan_request *back, struct err *err)
{
	int r;

	run_begin(run);
	r = run_decide_alone(run, back, err);
	run_unlock(run);
	if (r == 0)
		run_notices(run);
	if (r == 0 && run->plan->count == 0)
		run_nothing(run);
	else if (r == 0)
		r = redo_take(run, back, err);
	run_end(run);
	return r < 0 ? stop_reason(err) : r;
}
