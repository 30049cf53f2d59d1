/* wait: waits until the database answers. */
#include <inttypes.h>

#include "base/clock.h"
#include "command/context.h"
#include "command/list.h"

#define WAIT_STEP_MS 200
#define WAIT_TRY_MS 1000 /* each try has this long, the last one too */
#define WAIT_TELL_MS 5000

/* 1 it answers, 0 not yet, with the reason; negative where it never will. */
static int
wait_try(struct context *c, int64_t left, struct err *err)
{
	struct db_options o;
	int r = 1;

	context_db_options(c, CONTEXT_READ, &o);
	o.lock_wait_ms = 0; /* it is the loop that waits */
	if (left < WAIT_TRY_MS)
		left = WAIT_TRY_MS;
	if (o.connect_timeout_ms > left)
		o.connect_timeout_ms = left;
	if (c->target.engine->ready != NULL)
		r = c->target.engine->ready(&c->target, &o, err);
	if (r != 1)
		return r;
	r = c->target.engine->open(&c->db, &c->target, &o, err);
	if (r == 0)
		return 1;
	return r == ERR_CONNECTION || r == ERR_LOCK ? 0 : r;
}

/* Every five seconds: what is waited for. */
static void
wait_tell(struct context *c, int64_t waited, int64_t limit, int64_t *shown,
    const struct err *why)
{
	struct buf b;

	if (waited - *shown < WAIT_TELL_MS)
		return;
	*shown = waited;
	buf_init(&b, BUF_LINE);
	buf_addf(&b, "waiting, %" PRId64 " of %g s: %s", waited / 1000,
	    (double)limit / 1000, why->message);
	context_text(c, EVENT_NOTICE, buf_str(&b));
	buf_clear(&b);
}

static int
wait_loop(struct context *c, struct err *err)
{
	int64_t limit = settings_number(c->inv->settings, OPTION_TIMEOUT);
	int64_t end = clock_ms() + limit, left, shown = 0;
	struct err why = ERR_INIT;
	int r;

	for (;;) {
		left = end - clock_ms();
		err_clear(&why);
		r = wait_try(c, left, &why);
		left = end - clock_ms();
		if (r != 0 || left <= 0)
			break;
		wait_tell(c, limit - left, limit, &shown, &why);
		clock_pause(left < WAIT_STEP_MS ? left : WAIT_STEP_MS);
	}
	if (r == 1)
		return 0;
	err_move(err, &why);
	if (r == 0)
		err_detail(err, "Gave up after %g s.", (double)limit / 1000);
	return err->code;
}

static int
wait_run(struct invocation *inv, struct err *err)
{
	struct context c;
	int r;

	r = context_init(&c, inv, err);
	if (r == 0)
		r = wait_loop(&c, err);
	if (r == 0)
		context_event(&c,
		    &(struct event){.kind = EVENT_READY,
			.identity = c.target.engine->identity(c.db)});
	context_clear(&c);
	return r;
}

const struct command command_wait = {
    .name = "wait",
    .arguments = "",
    .summary = "wait until the database answers",
    .help = "Ends with status 0 as soon as the database takes connections, "
	    "with status 6 when the time is over, or at once if waiting cannot "
	    "help: a wrong user or password, an invalid sslmode, a service "
	    "or a certificate that does not exist.  Every five seconds it "
	    "prints why it still waits.",
    .examples = "sqlmigrate wait --timeout=2min\n",
    .group = GROUP_OPERATE,
    .bit = FOR_WAIT,
    .run = wait_run,
};
