/* verify: every file against the database, and all that is wrong. */
#include <string.h>

#include "check/drift.h"
#include "command/context.h"
#include "command/execute.h"
#include "command/list.h"
#include "migration/header.h"

struct verify {
	struct context *context;
	uint64_t errors;
	uint64_t warnings;
	uint64_t files;
	int code; /* of the gravest error */
};

static void
verify_tell(struct verify *v, const struct entry *e, const struct err *found)
{
	struct event event = {.kind = EVENT_FINDING,
	    .entry = e,
	    .err = found,
	    .severity = found->code == 0 ? "warning" : "error"};

	if (found->code == 0)
		v->warnings++;
	else
		v->errors++;
	if (found->code < 0 &&
	    (v->code == 0 || v->code == ERR_CHECK ||
		(found->code < v->code && found->code != ERR_CHECK)))
		v->code = found->code;
	if (e != NULL) {
		event.migration = e->migration;
		event.name = entry_name(e);
	}
	context_event(v->context, &event);
}

/* Something refused is told, and the rest still looked at. */
static void
verify_result(struct verify *v, const struct entry *e, struct err *found)
{
	if (found->code != 0)
		verify_tell(v, e, found);
	err_clear(found);
}

static void
verify_warn(struct verify *v, const struct entry *e, const char *text)
{
	struct err found = ERR_INIT;

	err_set(&found, ERR_USAGE, "%s", text);
	found.code = 0;
	verify_tell(v, e, &found);
	err_clear(&found);
}

static void
verify_rollback(struct verify *v, const struct entry *e)
{
	const struct script *s = &e->migration->rollback;
	const char *recorded =
	    e->row == NULL ? NULL : e->row->rollback_checksum;
	struct err found = ERR_INIT;

	if (s->name == NULL)
		verify_warn(v, e, "it has no rollback file");
	else if (header_check_written(s, &found) < 0)
		verify_warn(v, e, "its rollback file has no statement yet");
	else if (recorded != NULL && strcmp(recorded, s->checksum) != 0)
		verify_warn(v, e,
		    "the rollback file is not the one that was there when it "
		    "was applied");
	err_clear(&found);
}

/* A type of another engine is accepted, and does nothing. */
static void
verify_types(struct verify *v, const struct entry *e)
{
	const struct dialect *d = v->context->target.engine->dialect;
	const struct script *s = &e->migration->forward;
	struct buf b;

	if (s->other_type == NULL)
		return;
	buf_init(&b, BUF_LINE);
	buf_addf(&b, "%s in line %llu is no type of %s: %s", s->other_type,
	    (unsigned long long)s->other_type_line, d->name,
	    d->other_types_advice);
	verify_warn(v, e, buf_str(&b));
	buf_clear(&b);
}

static void
verify_files(struct verify *v, const struct entry *e)
{
	struct folder *f = v->context->folder;
	struct migration *m = e->migration;
	struct err found = ERR_INIT;
	int r;

	if (folder_check_number(f, m, &found) < 0)
		verify_result(v, e, &found);
	r = folder_check_forward(f, m, &found);
	if (r == 0)
		r = folder_check_version(f, m, &found);
	if (r == 0 && e->row == NULL)
		r = header_check_written(&m->forward, &found);
	if (r == 0 && e->row == NULL)
		r = state_check_version(v->context->state, f, m, &found);
	verify_result(v, e, &found);
	verify_types(v, e);
	r = folder_check_rollback(f, m, &found);
	verify_result(v, e, &found);
	if (r == 0)
		verify_rollback(v, e);
	v->files += 1 + (m->rollback.name != NULL);
}

static void
verify_entry(struct verify *v, const struct entry *e)
{
	const struct context *c = v->context;
	struct err found = ERR_INIT;

	if (e->migration != NULL)
		verify_files(v, e);
	if (state_refuse_entry(e, c->history, &found) < 0)
		verify_result(v, e, &found);
	if (e->state == ENTRY_OUT_OF_ORDER)
		verify_warn(v, e, "it is pending below one that is applied");
	if (e->state == ENTRY_NEWER)
		verify_warn(v, e, "it is applied and newer than this folder");
	if (e->reformatted)
		verify_warn(v, e,
		    "it was reformatted since it was applied; its statements "
		    "are the same");
}

/* A hole in the numbers may be a file that was forgotten. */
static void
verify_gap(struct verify *v, const struct entry *e, uint64_t last)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	buf_addf(&b, "there is nothing between %llu and it",
	    (unsigned long long)last);
	verify_warn(v, e, buf_str(&b));
	buf_clear(&b);
}

/* Numbers that are times have holes by nature. */
#define VERIFY_COUNTED 1000000

static void
verify_all(struct verify *v)
{
	const struct context *c = v->context;
	const struct state *s = c->state;
	struct err found = ERR_INIT;
	uint64_t last = 0;
	size_t i;

	for (i = 0; i < c->folder->nwarnings; i++)
		verify_warn(v, NULL, c->folder->warnings[i]);
	if (state_is_running(c->history))
		verify_warn(v, NULL, state_running(c->history));
	else if (c->history->journal.present &&
	    state_refuse_half(s, c->history, &found) < 0)
		verify_result(v, NULL, &found);
	for (i = 0; i < s->count; i++) {
		if (i > 0 && s->entries[i].number > last + 1 &&
		    s->entries[i].number < VERIFY_COUNTED)
			verify_gap(v, &s->entries[i], last);
		last = s->entries[i].number;
		verify_entry(v, &s->entries[i]);
	}
}

/* The schema, where that is asked for. */
static int
verify_schema(struct verify *v, struct err *err)
{
	const struct context *c = v->context;
	const struct settings *s = c->inv->settings;
	const char *against = settings_text(s, OPTION_AGAINST);
	struct err found = ERR_INIT;
	uint64_t count = 0;
	int r = 0;

	if (settings_flag(s, OPTION_SCHEMA) &&
	    drift_check(c->history, c->db, &found) < 0)
		verify_result(v, NULL, &found);
	if (against != NULL)
		r = drift_compare(c->history, c->db, against, context_event,
		    v->context, &count, err);
	if (count > 0) {
		err_set(
		    &found, ERR_CHECK, "the schema differs from %s", against);
		verify_result(v, NULL, &found);
	}
	return r;
}

/* Without a database nothing is applied, and the files alone are checked. */
static int
verify_look(struct context *c, const struct invocation *inv, struct err *err)
{
	const struct settings *s = inv->settings;

	memset(c, 0, sizeof(*c));
	if (!settings_flag(s, OPTION_OFFLINE))
		return context_look(c, inv, err);
	if (!settings_flag(s, OPTION_SCHEMA) &&
	    settings_text(s, OPTION_AGAINST) == NULL)
		return execute_look_offline(c, inv, "0", err);
	err_set(err, ERR_USAGE, "--offline and --%s exclude each other",
	    settings_flag(s, OPTION_SCHEMA) ? "schema" : "against");
	err_hint(err, "The schema is read from the database.");
	return err->code;
}

static int
verify_run(struct invocation *inv, struct err *err)
{
	struct context c;
	struct verify v = {.context = &c};
	struct event end = {.kind = EVENT_FINDING_END};
	int r;

	r = verify_look(&c, inv, err);
	if (r == 0)
		r = folder_identify_rollbacks(c.folder, err);
	if (r == 0) {
		verify_all(&v);
		r = verify_schema(&v, err);
	}
	if (r == 0) {
		end.count = v.errors;
		end.done = v.warnings;
		end.total = v.files;
		end.current = context_current(&c);
		context_event(&c, &end);
		r = v.code;
	}
	context_clear(&c);
	return r;
}

const struct command command_verify = {
    .name = "verify",
    .arguments = "",
    .summary = "check all files against the database",
    .help = "Reads every file whole and tells all that is wrong: files that "
	    "were changed, renamed or are gone, statements that would be "
	    "refused, headers that contradict each other; and as warnings "
	    "what is allowed but looks wrong.  Ends with the status of the "
	    "gravest error.  Writes nothing.  With --offline no database is "
	    "needed: --database=sqlite: or postgresql: then says whose SQL "
	    "it is.",
    .examples = "sqlmigrate verify\n"
		"sqlmigrate verify --offline\n"
		"sqlmigrate verify --against schema.txt\n",
    .group = GROUP_LOOK,
    .bit = FOR_VERIFY,
    .run = verify_run,
};
