/*
 * What was agreed to: the first plan, which was shown, and asked about.
 *
 * Nothing else runs.  While we waited for the answer and the lock another run
 * may have rolled back what was the newest, and a text that the database
 * stores may have become another one.
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
agree_plan(struct run *run, struct err *err)
{
	size_t i;
	int r = 0;

	if (run->agreed == NULL) {
		agree_first(run);
		return 0;
	}
	plan_keep(run->plan, run->agreed, run->nagreed);
	for (i = 0; r == 0 && i < run->plan->count; i++)
		if (run->plan->steps[i].stored)
			r = agree_stored(run, &run->plan->steps[i], err);
	return r;
}
