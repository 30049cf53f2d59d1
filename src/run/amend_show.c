/*
 * The statement that an operator decides, as the question shows it.
 *
 * The operator may have another number in mind: so its file is read up to it.
 * If that part is not what ran, its text would mislead, and is not shown.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "run/amend_int.h"
#include "migration/part.h"

#define SHOW_CHARS 60

/* "m/003_v.sql:4: CALL merge_customers()", of its first line. */
static const char *
show_place(struct run *run, const struct statement *st)
{
	size_t line = strcspn(st->text, "\r\n");
	size_t n = text_char_offset(st->text, line, SHOW_CHARS);

	return arena_printf(run->arena, "%s:%" PRIu64 ": %.*s%s",
	    st->place.file, st->place.line, (int)n, st->text,
	    n < st->len ? "..." : "");
}

/* NULL if the file has no such statement, or another one. */
static const char *
show_find(struct run *run, struct script_reader *reader,
    const struct journal *entry, struct err *err)
{
	struct part_sums sums;
	struct script_item item;
	const char *place = NULL;
	bool block = false;
	uint64_t at = 0;
	int what;

	part_sums_init(&sums);
	while (at < entry->statement) {
		what = script_reader_next(reader, &item, err);
		if (what < 0 || what == SCRIPT_END)
			break;
		if (what == SCRIPT_BLOCK_BEGIN || what == SCRIPT_BLOCK_END)
			block = what == SCRIPT_BLOCK_BEGIN;
		if (what != SCRIPT_STATEMENT ||
		    part_of(&item, block) == PART_SETTING)
			continue;
		part_sums_add(&sums, &item.statement);
		if (++at == entry->statement &&
		    part_sums_agree(&sums, entry->checksum))
			place = show_place(run, &item.statement);
	}
	part_sums_clear(&sums);
	return place;
}

/* The script that the entry is about, checked; NULL if it cannot be read. */
static const struct script *
show_script(struct run *run, const struct journal *entry, struct err *err)
{
	struct migration *m = folder_find(run->folder, entry->number);
	int r;

	if (m == NULL || (entry->rollback && m->rollback.name == NULL))
		return NULL;
	r = entry->rollback ? folder_check_rollback(run->folder, m, err)
			    : folder_check_forward(run->folder, m, err);
	if (r < 0)
		return NULL;
	return entry->rollback ? &m->rollback : &m->forward;
}

const char *
amend_show_statement(struct run *run, const struct amendment *a)
{
	const struct journal *entry = a->entry;
	struct script_reader *reader = NULL;
	struct err ignored = ERR_INIT;
	const struct script *script = show_script(run, entry, &ignored);
	const char *place = NULL;

	if (script != NULL)
		reader = script_reader_open(
		    script, &run->folder->options, &run->folder->at, &ignored);
	if (reader != NULL)
		place = show_find(run, reader, entry, &ignored);
	script_reader_close(reader);
	err_clear(&ignored);
	return arena_printf(run->arena,
	    "Record statement %" PRIu64 " of %s%s%s%s%s as %s?",
	    entry->statement, entry->rollback ? "the rollback of " : "",
	    entry->name, place == NULL ? "" : " (", place == NULL ? "" : place,
	    place == NULL ? "" : ")", amend_state_name(a));
}
