/* Where in its file a migration is that is half applied. */
#include "migration/half.h"

#include "migration/part.h"
#include "sql/again.h"

/* The statement number n, counted as the journal does. */
static bool
half_seek(struct script_reader *reader, uint64_t n, struct script_item *item,
    struct err *err)
{
	bool block = false;
	int what;

	while ((what = script_reader_next(reader, item, err)) >= 0 &&
	    what != SCRIPT_END) {
		if (what == SCRIPT_BLOCK_BEGIN)
			block = true;
		else if (what == SCRIPT_BLOCK_END)
			block = false;
		else if (what == SCRIPT_STATEMENT &&
		    part_of(item, block) != PART_SETTING && --n == 0)
			return true;
	}
	return false;
}

/* Whether the file, which was checked, is as it was then. */
static struct script_reader *
half_open(struct folder *f, struct migration *m, bool rollback, struct err *err)
{
	int r = rollback ? folder_check_rollback(f, m, err)
			 : folder_check_forward(f, m, err);

	return r < 0 ? NULL
		     : script_reader_open(rollback ? &m->rollback : &m->forward,
			   &f->options, &f->at, err);
}

static bool
half_is_unknown(const struct dialect *dialect, const struct statement *st)
{
	struct again_target target;
	enum again again = statement_again(dialect, st->text, st->len, &target);

	again_clear(&target);
	return again == AGAIN_UNKNOWN;
}

bool
half_locate(const struct state *s, const struct history *h, struct err *err)
{
	const struct journal *j = &h->journal;
	struct migration *m = state_half(s)->migration;
	bool begun = !j->done && !j->undone, unknown = false;
	struct script_reader *reader;
	struct err ignored = ERR_INIT;
	struct script_item item;
	const struct script *script;

	script = j->rollback ? &m->rollback : &m->forward;
	reader = half_open(s->folder, m, j->rollback, &ignored);
	if (reader != NULL &&
	    half_seek(reader,
		j->error != NULL ? j->failed : j->statement + j->done, &item,
		&ignored)) {
		unknown = begun &&
		    half_is_unknown(
			s->folder->options.dialect, &item.statement);
		script_locate(
		    script, &s->folder->at, &item.statement.place, 0, err);
	}
	script_reader_close(reader);
	err_clear(&ignored);
	err_place(err, &(struct place){.file = script->path});
	return unknown;
}
