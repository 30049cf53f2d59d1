/* Going on behind what is done of a migration without a transaction. */
#include "run/resume_int.h"

#include <string.h>

void
resume_init(struct resume *r, const struct journal *half)
{
	memset(r, 0, sizeof(*r));
	r->half = half;
	part_sums_init(&r->sums);
}

void
resume_clear(struct resume *r)
{
	part_sums_clear(&r->sums);
}

const char *
resume_command(const struct resume *r)
{
	return direction_name(r->half->rollback);
}

const char *
resume_decides(const struct resume *r, const struct run *run, const char *state)
{
	return arena_printf(
	    run->arena, "%s%s", state_decide(run->arena, r->half), state);
}

static int
resume_refuse(const struct resume *r, struct err *err)
{
	unsigned long long ran = r->half->statement - !r->half->done;

	if (ran == 1)
		err_set(err, ERR_HALF,
		    "the first statement of %s is not the one that ran",
		    r->half->name);
	else
		err_set(err, ERR_HALF,
		    "the first %llu statements of %s are not those that ran",
		    ran, r->half->name);
	err_hint(
	    err, "Restore them as they were; later statements may be edited.");
	return ERR_HALF;
}

/* What came of it cannot be looked for by another statement. */
static int
resume_refuse_begun(const struct resume *r, struct run *run, struct err *err)
{
	err_set(err, ERR_HALF,
	    "statement %llu of %s is not the one that was begun",
	    (unsigned long long)r->half->statement, r->half->name);
	err_hint(err,
	    "1. Restore it as it was.  Or, if it had no effect (and any "
	    "invalid index that it left is dropped), run: %s\n"
	    "2. Continue: sqlmigrate %s --resume",
	    resume_decides(r, run, "undone"), resume_command(r));
	return ERR_HALF;
}

/* The name for a message, and the way on, where nothing can tell. */
static int
resume_ask(const struct resume *r, struct run *run, struct err *err)
{
	err_set(err, ERR_HALF,
	    "whether statement %llu of %s took effect cannot be seen",
	    (unsigned long long)r->half->statement, r->half->name);
	err_hint(err,
	    "1. Check the database, and that no session still runs the "
	    "statement.\n"
	    "2. If it took effect, or after you have completed it manually, "
	    "run: %s\n"
	    "   If it had no effect, or after you have undone its effect "
	    "manually, run: %s\n"
	    "3. Continue: sqlmigrate %s --resume\n"
	    "Or begin again: undo manually all that the file has done so far, "
	    "then run: sqlmigrate repair",
	    resume_decides(r, run, "done"), resume_decides(r, run, "undone"),
	    resume_command(r));
	return ERR_HALF;
}

int
resume_take(struct resume *r, struct run *run, uint64_t at,
    const struct statement *st, struct err *err)
{
	int way;

	part_sums_add(&r->sums, st);
	if (r->half == NULL || at > r->half->statement)
		return RESUME_RUN;
	if (at < r->half->statement)
		return RESUME_PASS;
	if (part_sums_agree(&r->sums, r->half->checksum)) {
		if (r->half->done)
			return RESUME_PASS;
		way = resume_look(r, run, st, err);
		return way == RESUME_ASK ? resume_ask(r, run, err) : way;
	}
	if (!r->half->done &&
	    part_sums_agree_before(&r->sums, r->half->checksum))
		return r->half->undone ? RESUME_RUN
				       : resume_refuse_begun(r, run, err);
	return resume_refuse(r, err);
}

int
resume_end(const struct resume *r, uint64_t at, struct err *err)
{
	const struct journal *half = r->half;

	if (half == NULL || at >= half->statement)
		return 0;
	if (half->undone && at == half->statement - 1 &&
	    part_sums_agree_without(&r->sums, half->checksum))
		return 0;
	return resume_refuse(r, err);
}

static int
resume_check_step(
    const struct run *run, const struct step *step, struct err *err)
{
	const struct journal *half = &run->history->journal;
	const struct script *s = step_script(run, step);

	if (!s->outside) {
		err_set(err, ERR_HALF,
		    "%s was begun without a transaction, and its file asks "
		    "for one now",
		    half->name);
		err_hint(err,
		    "Restore the line \"-- sqlmigrate: no-transaction\", or "
		    "use --transaction=auto again.  Or compare the database "
		    "with the file, and clear the journal: sqlmigrate repair");
		return ERR_HALF;
	}
	/* No run writes such an entry. */
	if (half->statement == 0) {
		err_set(err, ERR_HALF,
		    "the journal entry of %s does not say how far it came",
		    half->name);
		err_hint(err,
		    "Compare the database with the file, finish or undo the "
		    "rest manually, then run: sqlmigrate repair");
		return ERR_HALF;
	}
	if (half->rollback || s->own_row ||
	    history_find(run->history, half->number) == NULL)
		return 0;
	err_set(err, ERR_HALF,
	    "%s is half applied, and has a row in %s already", half->name,
	    run->history->tables.version);
	err_hint(err,
	    "Compare the database with the file.  If not all of it is done, "
	    "delete the row.  If it is, clear the journal: sqlmigrate repair");
	return ERR_HALF;
}

int
resume_check(const struct run *run, int planned, struct err *err)
{
	const struct journal *half = &run->history->journal;
	size_t i;

	if (planned < 0) {
		if (half->present) {
			err_detail(err, "%s is half applied.", half->name);
			err->code = ERR_HALF;
		}
		return err->code;
	}
	for (i = 0; half->present && i < run->plan->count; i++)
		if (run->plan->steps[i].migration->number == half->number)
			return resume_check_step(
			    run, &run->plan->steps[i], err);
	return 0;
}
