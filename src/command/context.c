/* What most commands need: the database, the folder, and how they compare. */
#include "command/context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parallel.h"
#include "base/text.h"
#include "run/stop.h"

/*
 * PostgreSQL cuts names at 63 bytes; the journal's is the table's with
 * "_journal" after it.
 */
#define TABLE_NAME_MAX (63 - 8)

static int
context_table(struct context *c, struct err *err)
{
	const struct settings *s = c->inv->settings;
	const char *text = settings_text(s, OPTION_TABLE);
	const char *dot = strchr(text, '.');
	const char *table = dot == NULL ? text : dot + 1;

	if (dot == text || *table == '\0' || strchr(table, '.') != NULL) {
		err_set(err, ERR_USAGE, "%s: bad value \"%s\"",
		    settings_source(s, OPTION_TABLE), text);
		err_hint(err, "Give NAME or SCHEMA.NAME, without quotes.");
		return err->code;
	}
	if (strlen(table) > TABLE_NAME_MAX) {
		err_set(err, ERR_USAGE, "%s: the name is longer than %d bytes",
		    settings_source(s, OPTION_TABLE), TABLE_NAME_MAX);
		err_hint(err,
		    "Give a shorter one: two more tables are named after it, "
		    "and names end at 63 bytes.");
		return err->code;
	}
	c->table.table = arena_strdup(c->arena, table);
	c->table.schema = dot == NULL
	    ? NULL
	    : arena_strndup(c->arena, text, (size_t)(dot - text));
	return 0;
}

static int
context_target(struct context *c, struct err *err)
{
	const struct settings *s = c->inv->settings;
	enum option_id id = settings_address(s);

	return target_resolve(
	    &c->target, settings_text(s, id), settings_source(s, id), err);
}

/* What the command prints is the password, and never shown. */
static int
context_read_password(
    const char *command, const char *source, struct buf *to, struct err *err)
{
	FILE *out = popen(command, "re");
	char piece[512];
	size_t n;
	int status;

	if (out == NULL)
		return err_set(err, ERR_USAGE, "%s: cannot run the command: %s",
		    source, strerror(errno));
	while ((n = fread(piece, 1, sizeof(piece), out)) > 0)
		buf_add(to, piece, n);
	explicit_bzero(piece, sizeof(piece));
	status = pclose(out);
	n = strcspn(buf_str(to), "\r\n");
	if (status == 0 && n > 0) {
		to->data[n] = '\0';
		return 0;
	}
	err_set(err, ERR_USAGE, "%s: the command %s", source,
	    status != 0 ? "has failed" : "has printed nothing");
	err_hint(err, "It is to print the password on its first line.");
	return err->code;
}

/* The password is left in the environment, where clients look for it. */
static int
context_password(struct context *c, struct err *err)
{
	const struct settings *s = c->inv->settings;
	const char *command = settings_text(s, OPTION_PASSWORD_COMMAND);
	const char *name = c->target.engine->password_env;
	const char *set = name == NULL ? NULL : getenv(name);
	struct buf b;
	int r;

	if (command == NULL || name == NULL || (set != NULL && *set != '\0'))
		return 0;
	buf_init(&b, BUF_LINE);
	r = context_read_password(
	    command, settings_source(s, OPTION_PASSWORD_COMMAND), &b, err);
	if (r == 0 && setenv(name, buf_str(&b), 1) != 0)
		r = err_set(err, ERR_STATEMENT, "%s cannot be set", name);
	buf_clear(&b);
	return r;
}

static bool
context_is_piped(const struct context *c)
{
	return strcmp(settings_text(c->inv->settings, OPTION_DIR),
		   FOLDER_STDIN) == 0;
}

/* What makes or renames files needs a folder. */
static int
context_check_dir(struct context *c, struct err *err)
{
	const unsigned writers = FOR_INIT | FOR_NEW | FOR_RENUMBER;

	if ((c->inv->command->bit & writers) == 0 || !context_is_piped(c))
		return 0;
	return err_set(err, ERR_USAGE,
	    "%s: %s writes to the folder, which standard input is not",
	    settings_source(c->inv->settings, OPTION_DIR),
	    c->inv->command->name);
}

int
context_init(struct context *c, const struct invocation *inv, struct err *err)
{
	int r;

	memset(c, 0, sizeof(*c));
	c->inv = inv;
	c->arena = arena_new();
	r = context_check_dir(c, err);
	if (r == 0)
		r = context_table(c, err);
	if (r == 0)
		r = context_target(c, err);
	return r < 0 ? r : context_password(c, err);
}

int
context_init_offline(
    struct context *c, const struct invocation *inv, struct err *err)
{
	bool given = settings_text(inv->settings,
			 settings_address(inv->settings)) != NULL;

	memset(c, 0, sizeof(*c));
	c->inv = inv;
	c->arena = arena_new();
	if (context_target(c, err) < 0) {
		/* Where the scheme is known, that is all that is needed. */
		if (given && c->target.engine == NULL)
			return err->code;
		if (c->target.engine == NULL)
			c->target.engine = engines[0];
		err_clear(err);
	}
	if (context_check_dir(c, err) < 0)
		return err->code;
	return context_table(c, err);
}

void
context_clear(struct context *c)
{
	state_free(c->state);
	history_free(c->history);
	folder_free(c->folder);
	if (c->db != NULL)
		c->target.engine->close(c->db);
	target_clear(&c->target);
	arena_free(c->arena);
	memset(c, 0, sizeof(*c));
}

/* What the server notes belongs to the migration that runs. */
void
context_event(void *context, const struct event *e)
{
	struct context *c = context;

	c->changed |= e->kind == EVENT_DONE;
	if (e->kind == EVENT_START)
		c->running = e->migration;
	else if (e->kind == EVENT_DONE || e->kind == EVENT_FAILED)
		c->running = NULL;
	report_event(c->inv->reporter, e);
}

void
context_text(struct context *c, enum event_kind kind, const char *text)
{
	context_event(c, &(struct event){.kind = kind, .text = text});
}

static void
context_notice(void *context, const char *severity, const char *text)
{
	struct context *c = context;

	context_event(c,
	    &(struct event){.kind = EVENT_SERVER_NOTICE,
		.migration = c->running,
		.severity = severity,
		.text = text});
}

static void
context_waiting(void *context, const char *holder)
{
	context_text(context, EVENT_LOCK_WAIT, holder);
}

static bool
context_backslash(const struct context *c)
{
	return c->db != NULL && c->target.engine->backslash != NULL &&
	    c->target.engine->backslash(c->db);
}

int
context_read(struct context *c, struct err *err)
{
	struct script_options o = {
	    .dialect = c->target.engine->dialect,
	    .table = c->table.table,
	    .automatic = settings_number(c->inv->settings,
			     OPTION_TRANSACTION) == TRANSACTION_AUTO,
	    .collisions =
		(c->inv->command->bit & (FOR_RENUMBER | FOR_VERIFY)) != 0,
	    .late_sums = c->inv->command->bit == FOR_APPLY,
	};

	return folder_read(
	    &c->folder, settings_text(c->inv->settings, OPTION_DIR), &o, err);
}

void
context_warn(struct context *c, const struct err *e)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	if (e->place.file != NULL)
		buf_addf(&b, "%s:%llu:%llu: ", e->place.file,
		    (unsigned long long)e->place.line,
		    (unsigned long long)e->place.column);
	buf_adds(&b, e->message);
	context_text(c, EVENT_WARNING, buf_str(&b));
	buf_clear(&b);
}

static void
context_tell_warnings(struct context *c)
{
	size_t i;

	/* verify has them among its findings. */
	if (c->inv->command->bit == FOR_VERIFY)
		return;
	for (i = 0; i < c->folder->nwarnings; i++)
		context_text(c, EVENT_WARNING, c->folder->warnings[i]);
}

int
context_folder(struct context *c, struct err *err)
{
	int r = context_read(c, err);

	if (r == 0)
		context_tell_warnings(c);
	return r;
}

void
context_db_options(
    struct context *c, enum context_use use, struct db_options *o)
{
	const struct settings *s = c->inv->settings;

	*o = (struct db_options){
	    .connect_timeout_ms = settings_number(s, OPTION_CONNECT_TIMEOUT),
	    .lock_wait_ms = settings_number(s, OPTION_LOCK_WAIT),
	    .create = use == CONTEXT_CREATE,
	    .read_only = use == CONTEXT_READ,
	    .foreign_keys = settings_flag(s, OPTION_FOREIGN_KEYS),
	    .unsafe_schema = settings_flag(s, OPTION_UNSAFE_SCHEMA),
	    .session_pooler =
		settings_number(s, OPTION_POOLER) == POOLER_SESSION,
	    .notice = context_notice,
	    .waiting = context_waiting,
	    .notice_arg = c,
	    .stopped = stop_code,
	};
}

static int
context_open(struct context *c, enum context_use use, struct err *err)
{
	struct db_options o;

	context_db_options(c, use, &o);
	return c->target.engine->open(&c->db, &c->target, &o, err);
}

static void
context_tell_connected(struct context *c, enum context_use use)
{
	if (c->folder != NULL)
		c->folder->options.backslash = context_backslash(c);
	report_identify(c->inv->reporter, c->target.engine->identity(c->db));
	if (use != CONTEXT_READ ||
	    settings_number(c->inv->settings, OPTION_VERBOSE) > 0)
		context_event(c,
		    &(struct event){.kind = EVENT_DATABASE,
			.identity = c->target.engine->identity(c->db)});
}

int
context_connect(struct context *c, enum context_use use, struct err *err)
{
	int r = context_open(c, use, err);

	if (r == 0)
		context_tell_connected(c, use);
	return r;
}

int
context_state(struct context *c, struct err *err)
{
	int r;

	state_free(c->state);
	history_free(c->history);
	c->state = NULL;
	c->history = NULL;
	r = history_load(&c->history, c->db, &c->table, err);
	if (r == 0)
		c->state = state_make(c->folder, c->history);
	return r;
}

/* The two halves of context_gather(), and what came of them. */
struct gathering {
	struct context *c;
	enum context_use use;
	struct err folder;
	struct err database;
};

static int
context_gather_history(struct context *c, enum context_use use, struct err *err)
{
	int r = context_open(c, use, err);

	if (r < 0)
		return r;
	if (use != CONTEXT_READ) {
		stop_install();
		stop_watch(c->db);
	}
	return history_load(&c->history, c->db, &c->table, err);
}

static void
context_gather_one(void *arg, size_t i)
{
	struct gathering *g = arg;
	int r;

	r = i == 0 ? context_read(g->c, &g->folder)
		   : context_gather_history(g->c, g->use, &g->database);
	(void)r; /* it is in the error, too */
}

/*
 * A folder that is refused must not hide that a migration is half applied;
 * where the database cannot tell, the folder's error stands.
 */
static int
context_refuse_folder(struct gathering *g, struct err *err)
{
	const struct history *h = g->c->history;
	struct err half = ERR_INIT;

	if (h != NULL && h->journal.present &&
	    state_refuse_half(NULL, h, &half) == ERR_HALF) {
		err_detail(&half, "The folder is refused, too: %s.",
		    g->folder.message);
		err_move(&g->folder, &half);
	}
	err_clear(&half);
	err_move(err, &g->folder);
	return err->code;
}

int
context_gather(struct context *c, enum context_use use, struct err *err)
{
	struct gathering g = {.c = c, .use = use};

	if (context_is_piped(c)) {
		/* Nobody knows when it ends, and no handler ends the wait. */
		context_gather_one(&g, 0);
		context_gather_one(&g, 1);
	} else {
		parallel_do(2, context_gather_one, &g);
	}
	if (g.folder.code != 0) {
		err_clear(&g.database);
		return context_refuse_folder(&g, err);
	}
	context_tell_warnings(c);
	if (c->db != NULL)
		context_tell_connected(c, use);
	err_move(err, &g.database);
	return err->code;
}

int
context_look(struct context *c, const struct invocation *inv, struct err *err)
{
	int r;

	r = context_init(c, inv, err);
	if (r == 0)
		r = context_gather(c, CONTEXT_READ, err);
	if (r == 0)
		c->state = state_make(c->folder, c->history);
	return r;
}

int
context_refuse(struct context *c, struct err *err)
{
	if (!state_is_running(c->history))
		return state_refuse(c->state, c->history, false, err);
	context_text(c, EVENT_NOTICE, state_running(c->history));
	return state_refuse_entries(c->state, c->history, false, err);
}

struct current
context_current(const struct context *c)
{
	return state_current(c->state);
}

int
context_confirm(struct context *c, const char *question, struct err *err)
{
	const struct settings *s = c->inv->settings;
	char answer[16];
	struct buf b;

	if (settings_flag(s, OPTION_YES))
		return 0;
	if (settings_flag(s, OPTION_JSON) || !isatty(STDIN_FILENO) ||
	    !isatty(STDERR_FILENO)) {
		err_set(err, ERR_USAGE,
		    "this needs a yes, and there is no one to ask");
		err_detail(err, "The question is: %s", question);
		err_hint(err, "Give --yes if that is what you want.");
		return err->code;
	}
	buf_init(&b, BUF_LINE);
	text_escape(&b, question);
	fprintf(stderr, "%s [y/N] ", buf_str(&b));
	fflush(stderr);
	buf_clear(&b);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		answer[0] = '\0';
	if (stop_check(err) < 0)
		return err->code;
	answer[strcspn(answer, "\n")] = '\0';
	if (text_is_word(answer, "y") || text_is_word(answer, "yes"))
		return 0;
	return err_set(
	    err, ERR_USAGE, "nothing was changed: the answer was not yes");
}
