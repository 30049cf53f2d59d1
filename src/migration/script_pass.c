/* Scripts: the steps that checking and running have in common. */
#include "migration/script_int.h"

#include <inttypes.h>
#include <string.h>

#include "sql/encoding.h"

/* A step that gives nothing out. */
#define SCRIPT_SKIPPED (SCRIPT_END + 1)

int
script_pass_open(struct script_pass *p, const struct script *script,
    const struct script_options *options, const struct script_folder *folder,
    const struct token_sink *sink, struct err *err)
{
	memset(p, 0, sizeof(*p));
	p->script = script;
	p->folder = folder;
	p->options = options;
	control_init(&p->control, options, &script->directives);
	p->control.loose = script->outside;
	p->source = source_open(script, folder, err);
	if (p->source == NULL)
		return ERR_USAGE;
	p->scanner = scanner_new(options->dialect, script->path, sink);
	scanner_set_backslash(p->scanner, options->backslash);
	return 0;
}

void
script_pass_close(struct script_pass *p)
{
	scanner_free(p->scanner);
	source_close(p->source);
	control_clear(&p->control);
	memset(p, 0, sizeof(*p));
}

int
script_pass_feed(struct script_pass *p, struct err *err)
{
	size_t want = source_piece(p->source, SCAN_PIECE);
	char *room = scanner_room(p->scanner, want);
	ssize_t n = source_read(p->source, room, want, err);

	if (n < 0)
		return (int)n;
	scanner_fed(p->scanner, (size_t)n);
	return 0;
}

/*
 * Whether anything stands behind the statement just read that would lose its
 * transaction if the file had none.
 */
static bool
script_pass_goes_on(struct script_pass *p)
{
	const struct dialect *dialect = p->options->dialect;
	enum statement_class class;
	struct statement st;
	int r;

	for (;;) {
		r = scanner_next(p->scanner, &st, NULL);
		if (r == SCAN_MORE && script_pass_feed(p, NULL) == 0)
			continue;
		if (r != SCAN_STATEMENT)
			return false;
		class = statement_classify(dialect, st.text, st.len);
		if (class != STATEMENT_SETTING && class != STATEMENT_OUTSIDE)
			return true;
	}
}

/* What to do about a statement that cannot run inside a transaction. */
static void
script_pass_advise(struct script_pass *p, struct err *err)
{
	const char *directive = "-- sqlmigrate: no-transaction";

	if (p->control.ordinary > 0 || p->control.begin.line > 0 ||
	    script_pass_goes_on(p))
		err_hint(err,
		    "Move it into a migration of its own, with the line "
		    "\"%s\" at the top of the file.",
		    directive);
	else
		err_hint(err,
		    "Put the line \"%s\" at the top of the file; or give "
		    "--transaction=auto, which does without it in all files.",
		    directive);
}

/* The place of a byte of a text that begins there; all before it is ASCII. */
static struct place
script_pass_place(struct place place, const char *text, size_t at)
{
	size_t i;

	place.offset += at;
	for (i = 0; i < at; i++) {
		place.column++;
		if (text[i] == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	return place;
}

/* Text in UTF-8 that the server would take for another encoding. */
static int
script_pass_encoding(const struct script_pass *p, const struct statement *st,
    const struct place *from, struct err *err)
{
	struct place place;
	size_t i = 0;

	while (i < st->len && (signed char)st->text[i] >= 0)
		i++;
	if (i == st->len)
		return 0;
	place = script_pass_place(*from, st->text, i);
	err_set(err, ERR_USAGE,
	    "the server would not read this character as UTF-8");
	err_detail(err,
	    "Line %" PRIu64 " sets client_encoding to another encoding.",
	    p->foreign);
	err_hint(err,
	    "Files are in UTF-8: remove that setting.  If the rest of the "
	    "file is in its encoding, convert the file, with iconv(1) for "
	    "example.");
	err_place(err, &place);
	return ERR_USAGE;
}

/* A piece of the data of a COPY; the places of all are that of the first. */
static int
script_pass_data(
    struct script_pass *p, const struct statement *st, struct err *err)
{
	int r;

	if (p->foreign == 0)
		return SCRIPT_DATA;
	if (p->data.file == NULL)
		p->data = st->place;
	r = script_pass_encoding(p, st, &p->data, err);
	if (r < 0)
		return r;
	p->data = script_pass_place(p->data, st->text, st->len);
	return SCRIPT_DATA;
}

static int
script_pass_statement(
    struct script_pass *p, struct script_item *item, struct err *err)
{
	static const int steps[] = {
	    [CONTROL_RUN] = SCRIPT_STATEMENT,
	    [CONTROL_SKIP] = SCRIPT_SKIPPED,
	    [CONTROL_BEGIN] = SCRIPT_BLOCK_BEGIN,
	    [CONTROL_END] = SCRIPT_BLOCK_END,
	};
	const struct statement *st = &item->statement;
	bool foreign;
	int r;

	r = p->foreign > 0 ? script_pass_encoding(p, st, &st->place, err) : 0;
	if (r < 0)
		return r;
	p->data.file = NULL;
	if (encoding_is_set(p->options->dialect, st->text, st->len, &foreign))
		p->foreign = foreign ? st->place.line : 0;
	item->class =
	    statement_classify(p->options->dialect, st->text, st->len);
	r = control_take(&p->control, st, item->class, err);
	if (r < 0 && p->control.needs_directive)
		script_pass_advise(p, err);
	return r < 0 ? r : steps[r];
}

/* Make of a scanner's result the script's step. */
static int
script_pass_step(struct script_pass *p, int result, struct script_item *item,
    struct err *err)
{
	int code;

	switch (result) {
	case SCAN_MORE:
		code = script_pass_feed(p, err);
		return code < 0 ? code : SCRIPT_SKIPPED;
	case SCAN_STATEMENT:
		return script_pass_statement(p, item, err);
	case SCAN_DATA:
		return script_pass_data(p, &item->statement, err);
	case SCAN_DATA_END:
		return SCRIPT_DATA_END;
	case SCAN_END:
		code = control_finish(&p->control, err);
		return code < 0 ? code : SCRIPT_END;
	default:
		return result;
	}
}

int
script_pass_next(
    struct script_pass *p, struct script_item *item, struct err *err)
{
	int r;

	do {
		r = scanner_next(p->scanner, &item->statement, err);
		r = script_pass_step(p, r, item, err);
	} while (r == SCRIPT_SKIPPED);
	if (r < 0)
		script_show(p->script, p->folder, err);
	return r;
}
