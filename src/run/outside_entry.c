/*
 * The journal entry of a migration without a transaction.
 *
 * A run that loses its session lock inside a statement does not notice it.  So
 * each write replaces only the entry that this run has read or written last: a
 * run that took over in between keeps its own.
 */
#include <stdio.h>
#include <string.h>

#include "run/outside_int.h"

int
outside_open(struct outside *o, struct err *err)
{
	o->open = true;
	return (*o->run->db)->engine->begin(*o->run->db, &o->tx, err);
}

int
outside_journal(
    struct outside *o, bool done, struct rows *written, struct err *err)
{
	if (o->at < o->entry.statement)
		snprintf(o->next_sums, sizeof(o->next_sums), "%s",
		    o->resume.sums.before);
	else
		part_sums_entry(&o->resume.sums, done, o->next_sums);
	o->next = o->entry;
	o->next.present = true;
	o->next.statement = o->at;
	o->next.done = done;
	o->next.undone = false;
	o->next.checksum = o->next_sums;
	o->next.actor = o->next_actor;
	actor_of_entry(o->run, o->next_actor);
	return record_journal(
	    o->run->history, *o->run->db, &o->held, &o->next, written, err);
}

void
outside_journalled(struct outside *o)
{
	o->entry = o->held = o->next;
	memcpy(o->held_sums, o->next_sums, sizeof(o->held_sums));
	memcpy(o->held_actor, o->next_actor, sizeof(o->held_actor));
	o->held.checksum = o->entry.checksum = o->held_sums;
	o->held.actor = o->entry.actor = o->held_actor;
}

/* Once this run has an entry, each write of it shows who else has been here. */
int
outside_check_journal(struct outside *o, struct err *err)
{
	int r = 0;

	if (o->ours || o->run->alone)
		return 0;
	if (run_is_shared(o->run))
		r = run_check_unmoved(o->run, err);
	return r == 0 ? run_check_journal(o->run, err) : r;
}

/* settle() takes the lock for the session, if a statement gave it up. */
int
outside_check_plan(struct outside *o, struct err *err)
{
	struct db *db = *o->run->db;
	int r;

	if (o->ours || o->run->alone)
		return 0;
	r = outside_open(o, err);
	if (r == 0)
		r = db->engine->settle(db, err);
	if (r == 0)
		r = db->engine->wait(db, err);
	if (r == 0)
		r = run_check_unmoved(o->run, err);
	if (r == 0)
		r = run_check_journal(o->run, err);
	if (r == 0)
		r = db->engine->commit(db, err);
	o->open = r != 0;
	return r;
}

int
outside_end_entry(struct outside *o, struct rows *written, struct err *err)
{
	return !o->held.present ? 0
				: record_journal(o->run->history, *o->run->db,
				      &o->held, NULL, written, err);
}

bool
outside_undoes(const struct outside *o)
{
	return o->entry_before.present &&
	    o->entry_before.rollback != o->entry.rollback;
}

/*
 * Whether it resumes the rollback of what is half applied: no row says that
 * there is something to roll back, so an entry must stay.
 */
static bool
outside_is_half(const struct outside *o)
{
	return o->entry.rollback && !outside_undoes(o) &&
	    history_find(o->run->history, o->entry.number) == NULL;
}

/* If none of its statements is done, the entry is what it was before. */
static int
outside_journal_before(struct outside *o, struct rows *written, struct err *err)
{
	if (outside_is_half(o)) {
		o->next = o->held;
		o->next.undone = true;
	} else if (outside_undoes(o)) {
		o->next = o->entry_before;
	} else {
		return outside_end_entry(o, written, err);
	}
	o->next.actor = o->next_actor;
	actor_of_entry(o->run, o->next_actor);
	return record_journal(
	    o->run->history, *o->run->db, &o->held, &o->next, written, err);
}

void
outside_tell_how(struct err *err)
{
	err_detail(err,
	    "A statement may have given up the lock of this run: DISCARD ALL, "
	    "or pg_advisory_unlock_all().");
}

/* The history as it is now, to be freed; NULL if it cannot be read. */
static struct history *
outside_load(const struct outside *o)
{
	/* By its full name: the connection is as the file has left it. */
	const struct history_name name = {
	    .schema = o->run->history->info.schema,
	    .table = o->run->history->info.name,
	    .inside = true};
	struct err ignored = ERR_INIT;
	struct history *h = NULL;
	int r = history_load(&h, *o->run->db, &name, &ignored);

	err_clear(&ignored);
	return r < 0 ? NULL : h;
}

bool
outside_is_ended(const struct outside *o)
{
	struct history *h = outside_load(o);
	uint64_t number = o->step->migration->number;
	bool ended = h != NULL &&
	    !(h->journal.present && h->journal.number == number) &&
	    (history_find(h, number) == NULL) == o->run->plan->rollback;

	history_free(h);
	return ended;
}

/* Only the other run's own report says how far the migration is. */
void
outside_tell_taken(const struct outside *o, struct err *err)
{
	const struct migration *m = o->step->migration;
	struct history *h = outside_load(o);
	const struct journal *now = h == NULL ? NULL : &h->journal;
	bool here = now != NULL && now->present && now->number == m->number;

	if (here)
		err_detail(err,
		    "The journal is at statement %llu of %s now, written by "
		    "%s.",
		    (unsigned long long)now->statement, now->name,
		    *now->actor == '\0' ? "an unknown run" : now->actor);
	else
		err_detail(
		    err, "The journal has no entry of %s any more.", m->name);
	history_free(h);
	outside_tell_how(err);
	err_forget_hint(err);
	err_hint(err,
	    "Run sqlmigrate status.  If another run is at work, wait until it "
	    "has finished.  No trigger may change the rows of the journal.");
	o->run->history->journal.rollback = o->entry.rollback;
	o->run->in_doubt = !here;
	err->code = here ? ERR_HALF : ERR_DISAGREE;
}

int
outside_set_taken(const struct outside *o, struct err *err)
{
	return err_set(err, ERR_HALF,
	    "another run has changed the journal entry of %s",
	    o->step->migration->name);
}

int
outside_refuse_entry(struct outside *o, struct err *err)
{
	int r = writes_refuse_entry(o->run, &o->held, err);

	if (r != STEP_LOOK_AGAIN || !o->ours)
		return r;
	o->taken = true;
	return outside_set_taken(o, err);
}

bool
outside_is_taken(const struct outside *o)
{
	struct err ignored = ERR_INIT;
	int r = history_moved(o->run->history, *o->run->db, &o->held, &ignored);

	err_clear(&ignored);
	return r == 1;
}

void
outside_take_back(struct outside *o)
{
	struct err ignored = ERR_INIT;
	struct db *db = *o->run->db;
	struct rows written;
	int r;

	if (!o->whole)
		return;
	rows_init(&written);
	o->at = o->entry.statement - 1;
	r = o->at == 0 ? outside_journal_before(o, &written, &ignored)
		       : outside_journal(o, true, &written, &ignored);
	if (r == 0)
		r = db->engine->wait(db, &ignored);
	if (r < 0) {
		db->engine->rollback(db);
	} else if (written.affected == 1) {
		o->entry.present =
		    o->at > 0 || outside_undoes(o) || outside_is_half(o);
		o->entry.statement = o->at;
		o->entry.done = true;
	} else {
		o->taken = outside_is_taken(o);
	}
	rows_clear(&written);
	err_clear(&ignored);
}
