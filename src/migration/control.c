/*
 * Transaction control: how a script's own BEGIN, COMMIT and the like fit into
 * the runner's transaction.
 *
 * States of a script that is one transaction:
 *	start   nothing yet but what may stand outside a BEGIN: settings, SET
 *	        TRANSACTION, the script's own row of the history
 *	plain   statements without a BEGIN: the runner's is theirs
 *	open    in the script's BEGIN, before its first statement
 *	inside  behind that
 *	closed  its COMMIT was there
 * and of a script with the no-transaction directive:
 *	free    each statement for itself
 *	block   between a BEGIN and its COMMIT, which are one unit
 *
 * What happens is in the table below, by class and state; RUN also moves
 * start to plain and open to inside.
 */
#include "migration/control.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

enum control_state { START, PLAIN, OPEN, INSIDE, CLOSED, FREE, BLOCK, STATES };

/* What is done with a statement; from here on ... */
enum control_act {
	RUN,    /* run it */
	PASS,   /* run it, and stay where we are */
	MODES,  /* its modes are the runner's; it does not run */
	KEYS,   /* likewise the setting of foreign_keys */
	ABSORB, /* a BEGIN, the runner's own in its place */
	CLOSE,  /* its COMMIT, likewise */
	ENTER,  /* BEGIN of a block that the script keeps */
	LEAVE,  /* its COMMIT */
	/* ... it is refused. */
	LATE,
	NESTED,
	SECOND,
	STRAY,
	AFTER,
	CHAINED,
	UNDONE,
	PREPARED,
	LOOSE,
	ALONE,
	APART,
	NO_KEYS,
	UNENDED,
	ACTS
};

/*
 * The classes, and two more: a statement that writes the history, and one
 * after the COMMIT that only reads.
 */
#define HISTORY (STATEMENT_OUTSIDE + 1)
#define READS (HISTORY + 1)
#define CLASSES (READS + 1)

/* clang-format off */
static const unsigned char control_acts[CLASSES][STATES] = {
	/* start    plain     open      inside    closed    free      block */
	[STATEMENT_PLAIN] =
	{RUN,       RUN,      RUN,      RUN,      AFTER,    RUN,      RUN},
	[STATEMENT_BEGIN] =
	{ABSORB,    LATE,     NESTED,   NESTED,   SECOND,   ENTER,    NESTED},
	[STATEMENT_COMMIT] =
	{STRAY,     STRAY,    CLOSE,    CLOSE,    STRAY,    STRAY,    LEAVE},
	[STATEMENT_CHAIN] =
	{CHAINED,   CHAINED,  CHAINED,  CHAINED,  CHAINED,  CHAINED,  CHAINED},
	[STATEMENT_ROLLBACK] =
	{UNDONE,    UNDONE,   UNDONE,   UNDONE,   UNDONE,   UNDONE,   UNDONE},
	[STATEMENT_TWO_PHASE] =
	{PREPARED,  PREPARED, PREPARED, PREPARED, PREPARED, PREPARED, PREPARED},
	[STATEMENT_SAVEPOINT] =
	{RUN,       RUN,      RUN,      RUN,      AFTER,    LOOSE,    RUN},
	[STATEMENT_MODES] =
	{MODES,     RUN,      MODES,    RUN,      PASS,     RUN,      RUN},
	[STATEMENT_SETTING] =
	{PASS,      PASS,     PASS,     PASS,     PASS,     PASS,     PASS},
	[STATEMENT_BLOCK] =
	{RUN,       RUN,      RUN,      RUN,      AFTER,    RUN,      RUN},
	[STATEMENT_FOREIGN_KEYS] =
	{KEYS,      KEYS,     KEYS,     KEYS,     KEYS,     PASS,     NO_KEYS},
	[STATEMENT_OUTSIDE] =
	{ALONE,     ALONE,    ALONE,    ALONE,    ALONE,    RUN,      APART},
	[HISTORY] =
	{PASS,      RUN,      RUN,      RUN,      PASS,     RUN,      RUN},
	[READS] =
	{RUN,       RUN,      RUN,      RUN,      PASS,     RUN,      RUN}
};
/* clang-format on */

/* Where a refused statement's counterpart stands. */
#define AT(member) offsetof(struct control, member)

/* Why an act refuses: message; counterpart ("... line N."), hint. */
static const struct control_refusal {
	const char *message;
	const char *other; /* NULL where there is none */
	size_t other_at;
	const char *hint;
} control_refusals[ACTS] = {
    [LATE] = {"BEGIN after a statement that stands outside it",
	"The first statement outside it is in line", AT(outside),
	"Move that statement into the BEGIN ... COMMIT, or split the file."},
    [NESTED] = {"BEGIN inside a BEGIN that is still open",
	"The open one is in line", AT(begin),
	"One of them has to go; a part that may fail can be a SAVEPOINT."},
    [SECOND] = {"a second BEGIN ... COMMIT in one file",
	"The first one was committed in line", AT(commit),
	"A migration is applied as a whole: split the file, or put "
	"\"-- sqlmigrate: no-transaction\" at its top."},
    [STRAY] = {"COMMIT without a BEGIN", NULL, 0,
	"Remove it: sqlmigrate commits the migration together with its "
	"row."},
    [AFTER] = {"a statement after the file's own COMMIT",
	"The COMMIT is in line", AT(commit),
	"Move the COMMIT to the end, split the file, or put "
	"\"-- sqlmigrate: no-transaction\" at its top."},
    [CHAINED] = {"AND CHAIN cannot be used in a migration", NULL, 0,
	"A migration is applied as a whole: split the file."},
    [UNDONE] = {"the file rolls back what it did", NULL, 0,
	"Remove the ROLLBACK; to undo a part, use SAVEPOINT and ROLLBACK "
	"TO."},
    [PREPARED] = {"PREPARE TRANSACTION cannot be used in a migration", NULL, 0,
	"Remove it: a prepared transaction would keep its locks behind."},
    [LOOSE] = {"SAVEPOINT, RELEASE or ROLLBACK TO outside a transaction", NULL,
	0, "Put BEGIN and COMMIT round the statements it is for."},
    [ALONE] = {"this statement cannot run inside a transaction", NULL, 0, NULL},
    [APART] = {"this statement cannot run inside a transaction",
	"The BEGIN round it is in line", AT(begin),
	"Move it out of the BEGIN ... COMMIT."},
    [NO_KEYS] = {"PRAGMA foreign_keys has no effect inside a transaction",
	"The BEGIN round it is in line", AT(begin),
	"Move it before the BEGIN."},
    [UNENDED] = {
	"BEGIN without a COMMIT", NULL, 0, "Remove it, or add the COMMIT."}};

void
control_init(struct control *c, const struct script_options *options,
    const struct directives *directives)
{
	memset(c, 0, sizeof(*c));
	c->options = options;
	c->directives = directives;
	c->state = START;
	c->foreign_keys = -1;
	buf_init(&c->modes, BUF_LINE);
}

void
control_clear(struct control *c)
{
	buf_clear(&c->modes);
}

static int
control_refuse(const struct control *c, enum control_act act,
    const struct place *place, struct err *err)
{
	const struct control_refusal *r = &control_refusals[act];
	const struct place *other;

	err_set(err, ERR_USAGE, "%s", r->message);
	err_place(err, place);
	if (r->other != NULL) {
		other = (const struct place *)((const char *)c + r->other_at);
		err_detail(
		    err, "%s %llu.", r->other, (unsigned long long)other->line);
	}
	if (r->hint != NULL)
		err_hint(err, "%s", r->hint);
	return ERR_USAGE;
}

/*
 * How SQLite's BEGIN takes its lock is no mode of the transaction; the runner
 * has its own way.
 */
static bool
control_is_lock(const struct dialect *d, const char *modes, size_t n)
{
	static const char *const words[] = {
	    "deferred", "immediate", "exclusive"};
	size_t i;

	if (!d->mode_first)
		return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_is_word_n(modes, n, words[i]))
			return true;
	return false;
}

static int
control_modes(struct control *c, const struct statement *st, struct err *err)
{
	const char *modes;
	size_t n;

	modes = statement_modes(c->options->dialect, st->text, st->len, &n);
	if (n == 0 || control_is_lock(c->options->dialect, modes, n))
		return CONTROL_SKIP;
	buf_adds(&c->modes, c->modes.len > 0 ? ", " : "");
	buf_add(&c->modes, modes, n);
	if (!buf_overflowed(&c->modes))
		return CONTROL_SKIP;
	err_set(err, ERR_USAGE, "the transaction's modes are too long");
	err_place(err, &st->place);
	return ERR_USAGE;
}

static int
control_keys(struct control *c, const struct statement *st)
{
	if (c->foreign_keys < 0)
		c->foreign_keys = statement_pragma_value(
		    c->options->dialect, st->text, st->len);
	return CONTROL_SKIP;
}

static int
control_run(struct control *c, const struct statement *st, bool moves)
{
	c->statements++;
	if (!moves)
		return CONTROL_RUN;
	c->ordinary++;
	if (c->outside.line == 0 && (c->state == START || c->state == FREE))
		c->outside = st->place;
	if (c->state == START)
		c->state = PLAIN;
	if (c->state == OPEN)
		c->state = INSIDE;
	return CONTROL_RUN;
}

static int
control_begin(
    struct control *c, const struct statement *st, enum control_state next)
{
	c->begin = st->place;
	c->state = next;
	return CONTROL_BEGIN;
}

static int
control_end(
    struct control *c, const struct statement *st, enum control_state next)
{
	c->commit = st->place;
	c->state = next;
	return CONTROL_END;
}

static int
control_do(struct control *c, enum control_act act, const struct statement *st,
    struct err *err)
{
	switch (act) {
	case RUN:
	case PASS:
		return control_run(c, st, act == RUN);
	case MODES:
		return control_modes(c, st, err);
	case KEYS:
		return control_keys(c, st);
	case ABSORB:
		control_begin(c, st, OPEN);
		return control_modes(c, st, err);
	case CLOSE:
		control_end(c, st, CLOSED);
		c->absorbed = true;
		return CONTROL_SKIP;
	case ENTER:
		return control_begin(c, st, BLOCK);
	case LEAVE:
		return control_end(c, st, FREE);
	default:
		c->refused = true;
		c->needs_directive = act == ALONE;
		return control_refuse(c, act, &st->place, err);
	}
}

/* The first of a statement's literals that is a version. */
static void
control_see_version(struct control *c, const struct statement *st)
{
	const char *p = st->text, *end = st->text + st->len, *q;

	while (c->own_version[0] == '\0' &&
	    (p = memchr(p, '\'', (size_t)(end - p))) != NULL) {
		p++;
		q = memchr(p, '\'', (size_t)(end - p));
		if (q == NULL)
			return;
		if ((size_t)(q - p) <= VERSION_MAX) {
			memcpy(c->own_version, p, (size_t)(q - p));
			c->own_version[q - p] = '\0';
		}
		if (!version_is_valid(c->own_version))
			c->own_version[0] = '\0';
		p = q + 1;
	}
}

int
control_take(struct control *c, const struct statement *st,
    enum statement_class class, struct err *err)
{
	unsigned row = class;

	c->loose |= !c->begun && c->directives->no_transaction;
	if (!c->begun && c->loose)
		c->state = FREE;
	c->begun = true;
	if (class == STATEMENT_PLAIN &&
	    statement_writes(
		c->options->dialect, st->text, st->len, c->options->table)) {
		c->own_row = true;
		control_see_version(c, st);
		row = HISTORY;
	} else if (class == STATEMENT_PLAIN && c->state == CLOSED &&
	    statement_only_reads(c->options->dialect, st->text, st->len)) {
		row = READS;
	}
	c->own_history |= c->own_row ||
	    statement_drops(c->options->dialect, st->text, st->len, NULL,
		c->options->table);
	return control_do(c, control_acts[row][c->state], st, err);
}

int
control_finish(struct control *c, struct err *err)
{
	bool one = c->state == OPEN || c->state == INSIDE;

	/* psql would roll it back in silence; meant was a COMMIT. */
	if (one && c->options->automatic) {
		c->absorbed = true;
		return 0;
	}
	if (one || c->state == BLOCK)
		return control_refuse(c, UNENDED, &c->begin, err);
	return 0;
}
