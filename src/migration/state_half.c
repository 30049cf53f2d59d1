/* What the journal names: a migration that is half done, or being run. */
#include "migration/state.h"

bool
state_is_running(const struct history *h)
{
	return h->journal.runner != NULL;
}

const char *
state_progress(const struct history *h)
{
	const struct journal *j = &h->journal;

	return arena_printf(h->arena,
	    "%s of %s is being run, now at statement %llu",
	    j->rollback ? "the rollback" : "the migration", j->name,
	    (unsigned long long)j->statement + j->done);
}

const char *
state_running(const struct history *h)
{
	return arena_printf(
	    h->arena, "%s, by %s", state_progress(h), h->journal.runner);
}

const struct entry *
state_half(const struct state *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->entries[i].state == ENTRY_HALF)
			return &s->entries[i];
	return NULL;
}

bool
state_half_is_here(const struct state *s, const struct history *h)
{
	const struct entry *half = state_half(s);

	return half != NULL && half->migration != NULL &&
	    (!h->journal.rollback || half->migration->rollback.name != NULL);
}

/* What a rollback of what is half applied would do. */
static const char *
state_half_rollback(const struct entry *half, const struct journal *j)
{
	if (j->rollback)
		return "";
	if (half == NULL)
		return "; sqlmigrate rollback runs its rollback file, if any";
	return half->migration->rollback.name == NULL
	    ? "; it has no rollback file"
	    : "; sqlmigrate rollback runs its rollback file";
}

/* How to go on; without the folder (s is NULL) its files count as there. */
static void
state_hint_half(const struct state *s, const struct history *h, struct err *err)
{
	const struct entry *half = s == NULL ? NULL : state_half(s);
	const struct journal *j = &h->journal;
	const char *command = direction_name(j->rollback);
	bool here = s == NULL || state_half_is_here(s, h);
	bool stored = !here && j->rollback && half != NULL &&
	    half->row != NULL && half->row->rollback_checksum != NULL;
	const char *way;

	if (here)
		way = arena_printf(h->arena,
		    "sqlmigrate %s --resume goes on behind what is done%s.",
		    command, state_half_rollback(half, j));
	else
		way = arena_printf(h->arena,
		    "%s%s.sql is not in the folder: put it back as it was, "
		    "and sqlmigrate %s --resume goes on behind what is "
		    "done%s.",
		    j->name, j->rollback ? "_rollback" : "", command,
		    stored ? "; with --stored it does so by the text that the "
			     "database has"
			   : "");
	err_hint(err,
	    "%s  Or compare the database with the file and finish or undo the "
	    "rest by hand; then sqlmigrate repair clears the journal, and "
	    "sqlmigrate stamp %s (or stamp --undo) records what is so.",
	    way, j->name);
}

int
state_refuse_half(
    const struct state *s, const struct history *h, struct err *err)
{
	const struct journal *j = &h->journal;

	if (state_is_running(h)) {
		err_set(err, ERR_LOCK, "%s", state_running(h));
		err_hint(err, "Wait for it to end.");
		return ERR_LOCK;
	}
	err_set(err, ERR_HALF, "%s of %s is half done",
	    j->rollback ? "the rollback" : "the migration", j->name);
	err_detail(err,
	    "It runs without a transaction and stopped at statement %llu, "
	    "which was %s.",
	    (unsigned long long)j->statement,
	    j->done         ? "done"
		: j->undone ? "begun, and did not take effect"
			    : "begun; whether it took effect is not known");
	if (j->unseen)
		err_detail(err,
		    "Or it is being run still, which a standby does not see: "
		    "ask the primary.");
	state_hint_half(s, h, err);
	return ERR_HALF;
}
