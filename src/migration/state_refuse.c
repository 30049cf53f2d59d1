/* What stops a command: entries for which nothing may be written. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "migration/state_int.h"

static int
state_refuse_unread(const struct script *s, struct err *err)
{
	err_set(err, ERR_USAGE, "%s", s->unread);
	err_hint(err, "Make the file readable, and run the command again.");
	return ERR_USAGE;
}

static int
state_refuse_changed(const struct entry *e, struct err *err)
{
	if (e->migration->forward.unread != NULL)
		return state_refuse_unread(&e->migration->forward, err);
	err_set(err, ERR_DISAGREE, "%s was changed after it was applied",
	    entry_name(e));
	err_detail(err, "%s.", e->reason);
	err_hint(err,
	    "Put the file back as it was, and make the change in a new "
	    "migration; or, where the file is right as it is, sqlmigrate "
	    "repair accepts it.");
	return ERR_DISAGREE;
}

static int
state_refuse_renamed(const struct entry *e, struct err *err)
{
	err_set(err, ERR_DISAGREE, "%s was renamed: it is %s", entry_name(e),
	    e->reason);
	if (e->taken == NULL) {
		err_hint(err,
		    "Give the file its old name back, or accept the new one "
		    "with sqlmigrate repair.");
		return ERR_DISAGREE;
	}
	err_detail(err, "Its old number is that of %s, another migration.",
	    e->taken->name);
	err_hint(err,
	    "To let the row follow its file, which runs nothing, run: "
	    "sqlmigrate repair");
	return ERR_DISAGREE;
}

/* A command that decides about a row names it by its very version. */
static void
state_hint_row(struct buf *b, const struct entry *e, const char *option,
    const char *target)
{
	buf_addf(b, "run: sqlmigrate stamp %s--row=", option);
	text_shell(b, e->row->version);
	if (target != NULL)
		buf_addf(b, " %s", target);
}

/* One command for each file that the row may stand for. */
static void
state_hint_files(struct buf *b, const struct entry *e)
{
	size_t i;

	for (i = 0; i < 2 && e->fits[i] != NULL; i++) {
		buf_addf(b, "If it is the row of %s, ", e->fits[i]->name);
		state_hint_row(b, e, "", e->fits[i]->name);
		buf_adds(b, ";  ");
	}
}

static int
state_refuse_missing(const struct entry *e, struct err *err)
{
	struct buf b;

	if (e->stored != NULL)
		return 0;
	err_set(err, ERR_DISAGREE, "%s is applied, but its file is gone",
	    entry_name(e));
	if (e->taken != NULL)
		err_detail(err, "%s.", e->reason);
	buf_init(&b, BUF_LINE);
	state_hint_files(&b, e);
	buf_addf(&b, "Put the file back into the folder%s;  ",
	    e->taken != NULL ? " with a free number" : "");
	if (e->row->rollback_checksum != NULL)
		buf_addf(&b,
		    "or, to undo it by the rollback that the database stores, "
		    "run: sqlmigrate rollback --stored %s;  ",
		    entry_name(e));
	buf_adds(&b, "or, to delete its row, if it is gone for good, ");
	state_hint_row(&b, e, "--undo ", NULL);
	err_hint(err, "%s", buf_str(&b));
	buf_clear(&b);
	return ERR_DISAGREE;
}

static void
state_hint_unknown(const struct entry *e, struct err *err)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	state_hint_files(&b, e);
	if (e->fits[0] == NULL) {
		buf_adds(&b, "If it is the row of a file, ");
		state_hint_row(&b, e, "", "TARGET;  ");
	}
	buf_adds(&b, "To keep the row without a file, ");
	state_hint_row(&b, e, "", NULL);
	buf_adds(&b, ";  To delete it, ");
	state_hint_row(&b, e, "--undo ", NULL);
	if (e->asks)
		buf_adds(&b,
		    ";  To decide about all rows like this one, run: "
		    "sqlmigrate repair");
	err_hint(err, "%s", buf_str(&b));
	buf_clear(&b);
}

static int
state_refuse_unknown(
    const struct entry *e, const struct history *h, struct err *err)
{
	err_set(err, ERR_DISAGREE, "the row of version %s in %s %s",
	    e->row->version, h->tables.version,
	    e->fits[0] == NULL ? "matches no file" : "may be that of a file");
	err_detail(err, "Its description is \"%s\".",
	    e->row->description == NULL ? "" : e->row->description);
	if (e->reason != NULL)
		err_detail(err, "%s.", e->reason);
	if (e->inserts != NULL)
		err_hint(err, "Add this line at the top of %s: -- Version: %s",
		    e->inserts, e->row->version);
	else
		state_hint_unknown(e, err);
	return ERR_DISAGREE;
}

int
state_refuse_entry(
    const struct entry *e, const struct history *h, struct err *err)
{
	switch (e->state) {
	case ENTRY_CHANGED:
		return state_refuse_changed(e, err);
	case ENTRY_RENAMED:
		return state_refuse_renamed(e, err);
	case ENTRY_MISSING:
		return state_refuse_missing(e, err);
	case ENTRY_UNKNOWN:
		return state_refuse_unknown(e, h, err);
	default:
		return 0;
	}
}

/* What is gone may have the number that another one is to get. */
static int
state_refuse_gone(
    const struct state *s, const struct history *h, struct err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < s->count; i++)
		if (s->entries[i].state == ENTRY_MISSING)
			r = state_refuse_entry(&s->entries[i], h, err);
	return r;
}

int
state_refuse_entries(const struct state *s, const struct history *h,
    bool rollback, struct err *err)
{
	int r = state_refuse_gone(s, h, err);
	size_t i;

	for (i = 0; r == 0 && i < s->count; i++)
		if (!rollback || s->entries[i].state != ENTRY_CHANGED)
			r = state_refuse_entry(&s->entries[i], h, err);
	return r;
}

int
state_refuse(const struct state *s, const struct history *h, bool rollback,
    struct err *err)
{
	if (h->journal.present)
		return state_refuse_half(s, h, err);
	return state_refuse_entries(s, h, rollback, err);
}

int
state_check_version(const struct state *s, const struct folder *f,
    const struct migration *m, struct err *err)
{
	const struct entry *e;
	size_t i;

	for (i = 0; i < s->count; i++) {
		e = &s->entries[i];
		if (e->row == NULL || e->migration == m || m->version == NULL ||
		    e->state == ENTRY_RENAMED || e->state == ENTRY_MISSING ||
		    strcmp(e->row->version, m->version) != 0)
			continue;
		if (e->migration != NULL)
			return folder_same_version(f, e->migration, m, err);
		err_set(err, ERR_USAGE,
		    "%s has the version %s, which a row of the history has",
		    m->forward.path, m->version);
		err_place(err, &m->forward.header.version_place);
		script_show(&m->forward, &f->at, err);
		err_hint(err,
		    "To give the file a version of its own, run: sqlmigrate "
		    "renumber");
		return ERR_USAGE;
	}
	return 0;
}
