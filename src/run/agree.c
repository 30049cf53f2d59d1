/*
 * What was agreed to: the first plan, which was shown, and asked about.
 *
 * Nothing else runs.  While we waited for the answer and the lock another run
 * may have done a part of it; may have applied what stands above what is to be
 * rolled back, or rolled back what stands below what is to be applied, so that
 * the rest would leave a hole; and a text that the database stores may have
 * become another one.
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
	for (i = 0; i < plan->count; i++) {
		run->agreed[i] = plan->steps[i].migration->number;
		run->agreed_sums[i] =
		    step_script(run, &plan->steps[i])->checksum;
	}
}

static bool
agree_has(const struct run *run, uint64_t number)
{
	size_t i;

	for (i = 0; i < run->nagreed; i++)
		if (run->agreed[i] == number)
			return true;
	return false;
}

static int
agree_refuse(const struct entry *e, const char *now, struct err *err)
{
	const char *name = entry_name(e);

	err_set(err, ERR_DISAGREE, "the history has changed in the meantime");
	err_detail(
	    err, "%s is %s now.", name == NULL ? e->row->version : name, now);
	err_hint(err, "Run the command again.");
	return err->code;
}

/* What is to be rolled back was all that is applied from the lowest one on. */
static int
agree_above(const struct run *run, struct err *err)
{
	const struct entry *e;
	bool below = false;
	size_t i;

	for (i = 0; i < run->state->count; i++) {
		e = &run->state->entries[i];
		if (!plan_is_applied(e))
			continue;
		if (below && !agree_has(run, e->number))
			return agree_refuse(e, "applied", err);
		below |= agree_has(run, e->number);
	}
	return 0;
}

/* What is to be applied was all that is pending up to the highest one. */
static int
agree_below(const struct run *run, struct err *err)
{
	const struct entry *e;
	bool above = false;
	size_t i;

	for (i = run->state->count; i-- > 0;) {
		e = &run->state->entries[i];
		if (!plan_is_pending(e))
			continue;
		if (above && !agree_has(run, e->number))
			return agree_refuse(e, "pending", err);
		above |= agree_has(run, e->number);
	}
	return 0;
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

int
agree_plan(struct run *run, const struct plan_request *request, struct err *err)
{
	size_t i;
	int r = 0;

	if (run->agreed == NULL) {
		agree_first(run);
		return 0;
	}
	/* Beside those that redo has rolled back others may be pending. */
	if (request->rollback)
		r = agree_above(run, err);
	else if (request->only == NULL)
		r = agree_below(run, err);
	plan_keep(run->plan, run->agreed, run->nagreed);
	for (i = 0; r == 0 && i < run->plan->count; i++)
		if (run->plan->steps[i].stored)
			r = agree_stored(run, &run->plan->steps[i], err);
	return r;
}
