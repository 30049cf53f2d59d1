/* Who runs migrations now, for what only looks. */
#include "command/at_work.h"

/* A run whose journal names its migration is reported with that. */
void
at_work_tell(struct context *c)
{
	struct lock_holder holder;
	struct err ignored = ERR_INIT;
	struct buf b;
	int r;

	if (c->db == NULL || c->history->tables.version == NULL ||
	    state_is_running(c->history))
		return;
	r = c->target.engine->at_work(
	    c->db, history_lock_key(c->history), &holder, &ignored);
	if (r == LOCK_HELD) {
		buf_init(&b, BUF_LINE);
		buf_addf(&b, "another run is at work: %s",
		    *holder.text == '\0' ? "who it is cannot be seen"
					 : holder.text);
		context_text(c, EVENT_NOTICE, buf_str(&b));
		buf_clear(&b);
	} else if (r < 0) {
		c->target.engine->rollback(c->db);
	}
	err_clear(&ignored);
}
