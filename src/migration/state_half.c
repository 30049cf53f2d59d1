/* What the journal names: a migration that is half applied, or being run. */
#include "migration/state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "migration/half.h"

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

/* The number of the migration, as its file has it. */
static const char *
state_digits(struct arena *arena, const struct journal *j)
{
	size_t n = strspn(j->name, "0123456789");

	return n > 0 ? arena_strndup(arena, j->name, n)
		     : arena_printf(arena, "%" PRIu64, j->number);
}

const char *
state_decide(struct arena *arena, const struct journal *j)
{
	return arena_printf(arena,
	    "sqlmigrate repair %s --statement %" PRIu64 "=",
	    state_digits(arena, j), j->statement);
}

/* A hint that is a list of ways, one of which is to be chosen. */
struct ways {
	struct buf text;
	unsigned count;
};

static void ways_add(struct ways *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
ways_add(struct ways *w, const char *fmt, ...)
{
	va_list ap;

	if (w->count == 0)
		buf_adds(&w->text, "Choose one of these:");
	buf_addf(&w->text, "\n%u. ", ++w->count);
	va_start(ap, fmt);
	buf_addv(&w->text, fmt, ap);
	va_end(ap);
}

/* To go on with it: from its file, or from the text that the database has. */
static void
ways_resume(struct ways *w, const struct state *s, const struct history *h,
    bool unknown)
{
	const struct journal *j = &h->journal;
	const char *command = direction_name(j->rollback);
	const struct entry *half = s == NULL ? NULL : state_half(s);

	if (unknown)
		ways_add(w,
		    "Find out whether the statement took effect.  If it did, "
		    "run: %sdone\n   If it did not, run: %sundone\n   Then "
		    "continue: sqlmigrate %s --resume",
		    state_decide(h->arena, j), state_decide(h->arena, j),
		    command);
	else if (s == NULL || state_half_is_here(s, h))
		ways_add(w, "%s with this statement: sqlmigrate %s --resume",
		    j->error != NULL ? "Remove the cause, and continue"
				     : "Continue",
		    command);
	else
		ways_add(w,
		    "%s%s.sql does not exist: restore it as it was, and "
		    "continue: sqlmigrate %s --resume",
		    j->name, j->rollback ? "_rollback" : "", command);
	if (!unknown && s != NULL && !state_half_is_here(s, h) && j->rollback &&
	    half != NULL && half->row != NULL &&
	    half->row->rollback_checksum != NULL)
		ways_add(w,
		    "Continue with the text that the database has stored: "
		    "sqlmigrate rollback --resume --stored");
}

/* To undo it by its rollback file; without the folder there may be one. */
static void
ways_undo(struct ways *w, const struct state *s, const struct history *h)
{
	const struct entry *half = s == NULL ? NULL : state_half(s);

	if (h->journal.rollback || (s != NULL && half == NULL))
		return;
	if (half == NULL ||
	    (half->migration != NULL && half->migration->rollback.name != NULL))
		ways_add(w,
		    "Undo what it did by running its rollback file%s: "
		    "sqlmigrate rollback",
		    half == NULL ? ", if it has one" : "");
}

/* To do it manually: the journal is cleared, and the history says so. */
static void
ways_manually(struct ways *w, const struct history *h)
{
	const struct journal *j = &h->journal;
	const char *number = state_digits(h->arena, j);

	if (j->rollback) {
		ways_add(w,
		    "Finish the rollback manually, and record that: "
		    "sqlmigrate repair && sqlmigrate stamp --undo %s",
		    number);
		ways_add(w,
		    "Restore manually what it removed, and clear the journal: "
		    "sqlmigrate repair");
		return;
	}
	ways_add(w,
	    "Finish the rest manually, and record that: sqlmigrate repair && "
	    "sqlmigrate stamp %s..%s",
	    number, number);
	ways_add(w,
	    "Undo manually what it did, and clear the journal: sqlmigrate "
	    "repair");
}

static void
state_hint_half(const struct state *s, const struct history *h, bool unknown,
    struct err *err)
{
	struct ways w = {.count = 0};

	buf_init(&w.text, BUF_TEXT);
	ways_resume(&w, s, h, unknown);
	ways_undo(&w, s, h);
	ways_manually(&w, h);
	err_hint(err, "%s", buf_str(&w.text));
	buf_clear(&w.text);
}

int
state_refuse_half(
    const struct state *s, const struct history *h, struct err *err)
{
	const struct journal *j = &h->journal;
	bool unknown = false;

	if (state_is_running(h)) {
		err_set(err, ERR_LOCK, "%s", state_running(h));
		err_hint(err, "Wait for it to end.");
		return ERR_LOCK;
	}
	err_set(err, ERR_HALF, "%s is half %s%s%s", j->name,
	    j->rollback ? "rolled back" : "applied",
	    j->error == NULL ? "" : ": ", j->error == NULL ? "" : j->error);
	err_detail(err,
	    "It runs without a transaction and stopped at statement %" PRIu64
	    ", which was %s.",
	    j->statement,
	    j->done         ? "done"
		: j->undone ? "started, and did not take effect"
			    : "started; whether it took effect is not known");
	if (j->unseen)
		err_detail(err,
		    "Or it is being run still, which a standby does not see: "
		    "ask the primary.");
	if (s != NULL && state_half_is_here(s, h)) {
		unknown = half_locate(s, h, err);
		if (state_half(s)->migration->rollback.name == NULL)
			err_detail(err, "It has no rollback file.");
	}
	state_hint_half(s, h, unknown, err);
	return ERR_HALF;
}
