/* Notices: what a plan is allowed to do, and is worth knowing before. */
#include <string.h>

#include "run/run_int.h"

/* A rollback that is not what its row says, and the text of a stored one. */
static void
run_notice_rollback(struct run *run, const struct step *step)
{
	const struct script *s = &step->migration->rollback;
	const char *recorded =
	    step->row == NULL ? NULL : step->row->rollback_checksum;
	struct event e = {.kind = EVENT_STORED,
	    .migration = step->migration,
	    .text = s->text};

	if (step->stored)
		run_event(run, &e);
	else if (recorded != NULL && strcmp(recorded, s->checksum) != 0)
		run_text(run, EVENT_NOTICE,
		    arena_printf(run->arena,
			"%s is not the rollback that was there when %s was "
			"applied; the file is used",
			s->name, step->migration->name));
}

/* Whether the rollback of a step was proven, where proofs are recorded. */
static void
run_notice_proof(struct run *run, const struct entry *e)
{
	size_t i;

	for (i = 0; e->proof != NULL && i < run->plan->count; i++)
		if (run->plan->steps[i].migration == e->migration)
			run_text(run, EVENT_NOTICE,
			    arena_printf(run->arena, "the rollback of %s: %s",
				e->migration->name, e->proof));
}

/* What is allowed, and worth knowing before it goes on. */
void
run_notices(struct run *run)
{
	const struct entry *e;
	const char *text;
	size_t i;

	for (i = 0; i < run->state->count; i++) {
		e = &run->state->entries[i];
		if (e->reformatted)
			text = "was reformatted since it was applied; its "
			       "statements are the same.  To silence this: "
			       "sqlmigrate repair";
		else if (e->state == ENTRY_NEWER)
			text = "is applied and newer than this folder";
		else
			continue;
		run_text(run, EVENT_NOTICE,
		    arena_printf(run->arena, "%s %s", entry_label(e), text));
	}
	for (i = 0; run->plan->rollback && i < run->plan->count; i++)
		run_notice_rollback(run, &run->plan->steps[i]);
	for (i = 0; run->plan->rollback && i < run->state->count; i++)
		run_notice_proof(run, &run->state->entries[i]);
}
