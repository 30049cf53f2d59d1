/*
 * What was agreed to: the first plan, which was shown, and asked about.
 *
 * Nothing else runs.  While we waited for the answer and the lock another run
 * may have done a part of it; may have applied what stands above what is to be
 * rolled back, or rolled back what stands below what is to be applied, so that
 * the rest would leave a hole; may have completed what was half applied; and a
 * text that the database stores may have become another one.
 */
#include <string.h>

#include "run/run_int.h"

static void
agree_first(struct run *run)
{
	const struct plan *plan = run->plan;
	size_t i;

	run->agreed =
	    arena_alloc(run->arena, (plan->count + 1) * sizeof(uint64_t));
	run->agreed_sums =
	    arena_alloc(run->arena, (plan->count + 1) * sizeof(char *));
	run->nagreed = plan->count;
	run->agreed_half = state_half(run->state) != NULL;
	for (i = 0; i < plan->count; i++) {
		run->agreed[i] = plan->steps[i].migration->number;
		run->agreed_sums[i] =
		    step_script(run, &plan->steps[i])->checksum;
	}
}

int
agree_refuse(struct err *err)
{
	err_set(err, ERR_DISAGREE, "the history has changed in the meantime");
	err_hint(err, "Run the command again.");
	return err->code;
}

/*
 * Whether the number is among those that were agreed to; both are gone through
 * from the end of a run, and at stands before the last one that was met.
 */
static bool
agree_lists(const struct run *run, bool rollback, uint64_t number, size_t *at)
{
	const uint64_t *agreed = run->agreed;

	while (*at > 0 &&
	    (rollback ? agreed[*at - 1] < number : agreed[*at - 1] > number))
		--*at;
	return *at > 0 && agreed[*at - 1] == number;
}

/*
 * What is to be rolled back was all that is applied from the lowest one on;
 * what is to be applied, all that is pending up to the highest.
 */
static int
agree_rest(const struct run *run, bool rollback, struct err *err)
{
	size_t n = run->state->count, at = run->nagreed, i;
	const struct entry *e;
	bool met = false, ours;

	for (i = 0; i < n; i++) {
		e = &run->state->entries[rollback ? i : n - 1 - i];
		if (rollback ? !plan_is_applied(e) : !plan_is_pending(e))
			continue;
		ours = agree_lists(run, rollback, e->number, &at);
		if (met && !ours) {
			agree_refuse(err);
			err_detail(err, "%s is %s now.",
			    entry_name(e) == NULL ? e->row->version
						  : entry_name(e),
			    rollback ? "applied" : "pending");
			return err->code;
		}
		met |= ours;
	}
	return 0;
}

int
agree_explain(
    const struct run *run, const struct plan_request *request, struct err *err)
{
	struct err moved = ERR_INIT;

	if (run->agreed != NULL && request->rollback &&
	    agree_rest(run, true, &moved) < 0)
		err_move(err, &moved);
	err_clear(&moved);
	return err->code;
}

/*
 * To undo the half of one was not to undo the whole of it, and the other way
 * round.
 */
static int
agree_half(const struct run *run, struct err *err)
{
	bool half = state_half(run->state) != NULL;

	if (half && !run->agreed_half)
		return state_refuse_half(run->state, run->history, err);
	if (half || !run->agreed_half || run->plan->count == 0)
		return 0;
	agree_refuse(err);
	err_detail(err, "%s is applied wholly now.",
	    run->plan->steps[0].migration->name);
	return err->code;
}

/* Of a step that is among those of the first plan. */
static int
agree_stored(const struct run *run, const struct step *step, struct err *err)
{
	size_t i = 0;

	while (run->agreed[i] != step->migration->number)
		i++;
	if (strcmp(run->agreed_sums[i], step_script(run, step)->checksum) == 0)
		return 0;
	err_set(err, ERR_DISAGREE,
	    "the stored rollback of %s has changed in the meantime",
	    step->migration->name);
	err_hint(err, "Look at it, and run the command again.");
	return err->code;
}

/* What is half applied is in the way, unless the plan goes on with it. */
static int
agree_left_out(const struct run *run, struct err *err)
{
	const struct entry *half = state_half(run->state);
	size_t i;

	for (i = 0; half != NULL && i < run->plan->count; i++)
		if (run->plan->steps[i].migration->number == half->number)
			half = NULL;
	return half == NULL ? 0
			    : state_refuse_half(run->state, run->history, err);
}

static int
agree_again(
    struct run *run, const struct plan_request *request, struct err *err)
{
	size_t i;
	int r = 0;

	/* Beside those that redo has rolled back others may be pending. */
	if (request->rollback || request->only == NULL)
		r = agree_rest(run, request->rollback, err);
	plan_keep(run->plan, run->agreed, run->nagreed);
	if (r == 0 && request->rollback)
		r = agree_half(run, err);
	for (i = 0; r == 0 && i < run->plan->count; i++)
		if (run->plan->steps[i].stored)
			r = agree_stored(run, &run->plan->steps[i], err);
	return r;
}

int
agree_plan(struct run *run, const struct plan_request *request, struct err *err)
{
	int r = 0;

	if (run->agreed == NULL)
		agree_first(run);
	else
		r = agree_again(run, request, err);
	return r < 0 ? r : agree_left_out(run, err);
}
