/* Migrations that are to be rolled back and have no rollback. */
#include "migration/lack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

bool
lack_is(const struct plan_request *q, const struct entry *e)
{
	const struct migration *m = q->stored ? e->stored : e->migration;

	return m == NULL || m->rollback.name == NULL;
}

/* "003_c (no files), 002_b (no rollback file)" */
static void
lack_list(struct buf *b, const struct entry *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		buf_addf(b, "%s%s (no %s)", i > 0 ? ", " : "",
		    entry_label(list[i]),
		    list[i]->migration == NULL ? "files" : "rollback file");
}

/* The files that would help. */
static void
lack_files(struct buf *b, const struct entry *const *list, size_t n)
{
	bool gone = false;
	size_t i;

	buf_adds(b, "\n1. Restore ");
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_adds(b, ", ");
		if (list[i]->migration == NULL)
			buf_addf(b, "%s.sql, ", entry_label(list[i]));
		buf_addf(b, "%s_rollback.sql", entry_label(list[i]));
		gone |= list[i]->migration == NULL;
	}
	buf_adds(b, gone ? "." : n > 1 ? ", or write them." : ", or write it.");
}

/* The command that was given, but with the rollbacks that are stored. */
static void
lack_stored(struct buf *b, const struct plan_request *q)
{
	buf_adds(
	    b, "\n2. Run what the database has stored: sqlmigrate rollback");
	if (q->all)
		buf_adds(b, " --all");
	if (q->target != NULL) {
		buf_adds(b, q->to ? " --to " : " ");
		text_shell(b, q->target);
	}
	if (q->cascade)
		buf_adds(b, " --cascade");
	buf_adds(b, " --stored");
}

/* To go without a rollback: the history is to say so. */
static void
lack_forget(
    struct buf *b, unsigned way, const struct entry *const *list, size_t n)
{
	const char *name;
	size_t i, digits;

	buf_addf(b, "\n%u. Undo manually what %s did, and delete %s: ", way,
	    n == 1 ? "it" : "they", n == 1 ? "its row" : "their rows");
	for (i = 0; i < n; i++) {
		name = list[i]->row->name;
		digits = name == NULL ? 0 : strspn(name, "0123456789");
		buf_adds(b, i > 0 ? " && " : "");
		buf_adds(b, "sqlmigrate stamp --undo ");
		if (digits > 0)
			buf_add(b, name, digits);
		else
			text_shell(b, list[i]->row->version);
	}
}

static void
lack_hint(const struct plan_request *q, const struct entry *const *list,
    size_t n, struct err *err)
{
	bool stored = !q->stored;
	struct buf b;
	size_t i;

	for (i = 0; i < n; i++)
		stored &= list[i]->row->rollback_checksum != NULL;
	buf_init(&b, BUF_TEXT);
	buf_adds(&b, "Choose one of these:");
	lack_files(&b, list, n);
	if (stored)
		lack_stored(&b, q);
	lack_forget(&b, stored ? 3 : 2, list, n);
	err_hint(err, "%s", buf_str(&b));
	buf_clear(&b);
}

int
lack_refuse(const struct plan_request *q, const struct entry *const *list,
    size_t n, struct err *err)
{
	enum err_code code = ERR_USAGE;
	const char *name = entry_label(list[0]);
	struct buf b;
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i]->migration == NULL)
			code = ERR_DISAGREE;
	buf_init(&b, BUF_TEXT);
	lack_list(&b, list, n);
	if (n > 1)
		err_set(err, code, "%zu migrations cannot be rolled back: %s",
		    n, buf_str(&b));
	else if (code == ERR_DISAGREE)
		err_set(err, code,
		    "%s cannot be rolled back: its files do not exist%s", name,
		    q->stored ? ", and its rollback is not stored" : "");
	else if (list[0]->migration->rollback.name != NULL)
		err_set(err, ERR_DISAGREE,
		    "%s cannot be rolled back: its rollback is not stored",
		    name);
	else
		err_set(err, code, "%s has no rollback file", name);
	if (list[0]->migration != NULL &&
	    list[0]->migration->rollback.name != NULL)
		err_hint(err, "To run its rollback file, leave --stored out.");
	buf_clear(&b);
	if (list[0]->row != NULL)
		lack_hint(q, list, n, err);
	return err->code;
}

void
lack_advise(const struct plan_request *q, const struct state *s,
    const struct history *h, struct err *err)
{
	const struct entry **list = mem_calloc(s->count, sizeof(*list));
	struct err first = ERR_INIT;
	const struct entry *e;
	size_t i, n = 0;
	int r = 0;

	for (i = s->count; i > 0; i--) {
		e = &s->entries[i - 1];
		if (e->state == ENTRY_MISSING && e->stored == NULL)
			list[n++] = e;
	}
	for (i = 0; n > 0 && r == 0 && i < s->count; i++) {
		e = &s->entries[i];
		if (e->state != ENTRY_CHANGED)
			r = state_refuse_entry(e, h, &first);
		if (r == 0 || e->state != ENTRY_MISSING)
			continue;
		err_forget_hint(err);
		lack_hint(q, list, n, err);
	}
	err_clear(&first);
	free(list);
}
