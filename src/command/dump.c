/* dump: the schema, for people and for version control. */
#include "check/snapshot.h"
#include "command/context.h"
#include "command/list.h"

static void
dump_tell(struct context *c, const struct catalogue *all)
{
	const struct db_identity *id = c->target.engine->identity(c->db);
	struct event e;
	char sum[CHECKSUM_SIZE];
	size_t i;

	snapshot_sum(all, sum);
	e = (struct event){.kind = EVENT_OBJECT_BEGIN, .source = id->server};
	context_event(c, &e);
	e.kind = EVENT_OBJECT;
	for (i = 0; i < all->count; i++) {
		e.object = all->objects[i];
		context_event(c, &e);
	}
	e = (struct event){
	    .kind = EVENT_OBJECT_END, .count = all->count, .text = sum};
	context_event(c, &e);
}

static int
dump_run(struct invocation *inv, struct err *err)
{
	bool json = settings_flag(inv->settings, OPTION_JSON);
	struct catalogue *all = NULL;
	struct context c;
	int r;

	r = context_init(&c, inv, err);
	if (r == 0)
		r = context_connect(&c, CONTEXT_READ, err);
	if (r == 0)
		r = history_load(&c.history, c.db, &c.table, err);
	if (r == 0)
		r = snapshot_take(&all, c.db, c.history, json, err);
	if (r == 0)
		dump_tell(&c, all);
	catalogue_free(all);
	context_clear(&c);
	return r;
}

const struct command command_dump = {
    .name = "dump",
    .arguments = "",
    .summary = "write the schema as text",
    .help = "Writes every object of the schema with its definition, sorted, "
	    "in a form that is the same for the same schema: for review in "
	    "version control, and for verify --against.  It is no SQL.  The "
	    "history's own tables are left out.  Writes nothing to the "
	    "database.",
    .examples = "sqlmigrate dump >schema.txt\n",
    .group = GROUP_CHECK,
    .bit = FOR_DUMP,
    .run = dump_run,
};
