/* renumber: moves pending migrations whose numbers collide or fall behind. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "command/context.h"
#include "command/execute.h"
#include "command/list.h"
#include "migration/name.h"
#include "migration/renumber.h"

/* Make the new file, or fail and leave none. */
static int
renumber_copy(struct context *c, const struct script *file, const char *path,
    const struct move *move, struct err *err)
{
	const struct folder *f = c->folder;
	struct script s = *file;
	struct buf text, out;
	int r;

	buf_init(&text, BUF_TEXT);
	buf_init(&out, BUF_TEXT);
	r = script_identify(&s, c->arena, &f->options, &f->at, err);
	if (r == 0)
		r = file_read_small(s.path, &text, err);
	if (r == 0 && text.len != s.bytes)
		r = err_set(
		    err, ERR_DISAGREE, "%s has changed meanwhile", s.path);
	if (r == 0) {
		renumber_text(&out, buf_str(&text), &s.header, move);
		r = file_create(path, buf_str(&out), out.len, err);
	}
	buf_clear(&text);
	buf_clear(&out);
	return r;
}

static int
renumber_unlink(const char *path, struct err *err)
{
	if (unlink(path) == 0)
		return 0;
	err_set(
	    err, ERR_USAGE, "%s: cannot remove it: %s", path, strerror(errno));
	err_hint(err, "Its copy with the new number is there: remove one.");
	return err->code;
}

static int
renumber_rename(const char *from, const char *to, struct err *err)
{
	if (rename(from, to) == 0)
		return 0;
	return err_set(
	    err, ERR_USAGE, "%s: cannot rename it: %s", from, strerror(errno));
}

/* Write the new files, both or none. */
static int
renumber_write(struct context *c, const struct move *move, const char *forward,
    const char *rollback, struct err *err)
{
	const struct migration *m = move->migration;
	int r;

	r = renumber_copy(c, &m->forward, forward, move, err);
	if (r < 0 || m->rollback.name == NULL)
		return r;
	r = renumber_copy(c, &m->rollback, rollback, move, err);
	if (r < 0)
		unlink(forward);
	return r;
}

/* The number stays: both files are written before one is replaced. */
static int
renumber_replace(struct context *c, const struct move *move, struct err *err)
{
	const struct migration *m = move->migration;
	bool pair = m->rollback.name != NULL;
	const char *forward, *rollback;
	int r;

	forward = arena_printf(c->arena, "%s.part", m->forward.path);
	rollback = arena_printf(c->arena, "%s.part", m->rollback.path);
	r = renumber_write(c, move, forward, rollback, err);
	if (r < 0)
		return r;
	r = renumber_rename(forward, m->forward.path, err);
	return r == 0 && pair ? renumber_rename(rollback, m->rollback.path, err)
			      : r;
}

/* Both new files exist before an old one is removed. */
static int
renumber_files(struct context *c, const struct move *move, struct err *err)
{
	const struct migration *m = move->migration;
	const char *dir = c->folder->at.dir, *forward, *rollback;
	bool pair = m->rollback.name != NULL;
	int r;

	if (strcmp(move->name, m->name) == 0)
		return renumber_replace(c, move, err);
	forward = arena_printf(c->arena, "%s/%s.sql", dir, move->name);
	rollback =
	    arena_printf(c->arena, "%s/%s_rollback.sql", dir, move->name);
	r = renumber_write(c, move, forward, rollback, err);
	if (r < 0)
		return r;
	r = renumber_unlink(m->forward.path, err);
	return r == 0 && pair ? renumber_unlink(m->rollback.path, err) : r;
}

/* A row that the file inserts has the version in its text. */
static void
renumber_warn_own(struct context *c, const struct move *move)
{
	struct script s = move->migration->forward;
	struct err ignored = ERR_INIT;

	if (move->version == NULL ||
	    script_check(&s, c->arena, &c->folder->options, &c->folder->at,
		&ignored) < 0 ||
	    !s.own_row) {
		err_clear(&ignored);
		return;
	}
	context_text(c, EVENT_WARNING,
	    arena_printf(c->arena,
		"%s writes its own row: change its version to %s there and "
		"in its rollback",
		move->name, move->version));
}

/* Behind the last number that a name can have there is none. */
static int
renumber_check_name(struct context *c, const struct move *move, struct err *err)
{
	struct name name;
	const char *rule;

	rule = name_parse(
	    arena_printf(c->arena, "%s" NAME_SUFFIX, move->name), &name);
	if (rule == NULL)
		return 0;
	err_set(err, ERR_USAGE, "%s cannot become %s: %s",
	    move->migration->forward.path, move->name, rule);
	err_hint(err, "Give it a free number by hand.");
	return err->code;
}

static int
renumber_one(struct context *c, const struct move *move, struct err *err)
{
	bool dry = settings_flag(c->inv->settings, OPTION_DRY_RUN);
	struct event e = {.kind = EVENT_MOVED,
	    .migration = move->migration,
	    .name = move->name,
	    .text = move->version};
	int r = renumber_check_name(c, move, err);

	if (r == 0)
		renumber_warn_own(c, move);
	if (r == 0 && !dry)
		r = renumber_files(c, move, err);
	if (r == 0)
		context_event(c, &e);
	return r;
}

/* A file whose row has another number is applied: it is not to be changed. */
static int
renumber_check_rows(struct context *c, struct err *err)
{
	size_t i;
	int r = 0;

	if (c->state == NULL)
		c->state = state_make(c->folder, c->history);
	for (i = 0; r == 0 && i < c->state->count; i++)
		if (c->state->entries[i].state == ENTRY_RENAMED)
			r = state_refuse_entry(
			    &c->state->entries[i], c->history, err);
	return r;
}

static int
renumber_run(struct invocation *inv, struct err *err)
{
	struct event end = {.kind = EVENT_MOVED_END};
	struct moves *moves = NULL;
	struct context c;
	size_t i;
	int r;

	r = execute_look(&c, inv, err);
	/* init and apply would refuse the folder as it is. */
	if (r == ERR_CONNECTION)
		err_detail(err,
		    "Without a database, --from TARGET tells what is applied; "
		    "--from 0 is nothing.");
	if (r == 0 && c.history->journal.present)
		r = state_refuse_half(NULL, c.history, err);
	if (r == 0)
		r = renumber_check_rows(&c, err);
	if (r == 0) {
		moves = renumber_make(c.folder, c.history, clock_stamp());
		end.count = moves->count;
	}
	for (i = 0; r == 0 && i < moves->count; i++)
		r = renumber_one(&c, &moves->list[i], err);
	if (r == 0)
		context_event(&c, &end);
	renumber_free(moves);
	context_clear(&c);
	return r;
}

const struct command command_renumber = {
    .name = "renumber",
    .arguments = "",
    .summary = "move pending migrations that collide or fall behind to the end",
    .help = "For two branches that were merged.  Of files with one number the "
	    "applied one stays (or the first by name), and a pending one below "
	    "the newest applied one is moved, too; each with its rollback, its "
	    "headers and, where it has one, its version.  A pending version "
	    "that is not above those before it is raised.  Nothing is written "
	    "to the database.",
    .examples = "sqlmigrate renumber --dry-run\n"
		"sqlmigrate renumber\n",
    .group = GROUP_REPAIR,
    .bit = FOR_RENUMBER,
    .run = renumber_run,
};
