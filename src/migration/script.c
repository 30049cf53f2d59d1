/* Scripts: read, identified and checked. */
#include "migration/script.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "migration/checksum.h"
#include "migration/header.h"
#include "migration/script_int.h"
#include "migration/section.h"

/* A script while it is identified or checked; its tokens come here. */
struct script_check {
	struct script *script;
	struct header_reader header;
	struct section section;
	struct checksum *content; /* NULL while only the header is wanted */
	struct script_pass pass;
	bool refused;      /* it cannot be one transaction */
	struct header was; /* when it was identified */
};

/*
 * Where only a line feed ends a -- comment, what an editor shows as the line
 * after a lone carriage return is a part of the comment, too.
 */
static int
script_check_comment(
    const struct dialect *dialect, const struct token *t, struct err *err)
{
	const char *cr = memchr(t->text, '\r', t->len);
	struct place place = t->place;
	size_t at = cr == NULL ? 0 : (size_t)(cr - t->text);

	if (dialect->cr_ends_comment || *t->text != '-' || cr == NULL ||
	    at + 1 == t->len)
		return 0;
	err_set(err, ERR_USAGE,
	    "a carriage return without a line feed is in a -- comment");
	err_hint(err,
	    "%s reads the text after it as part of the comment: end the lines "
	    "of the file with line feeds.",
	    dialect->name);
	place.offset += at;
	place.column += text_count_chars(t->text, at);
	err_place(err, &place);
	return ERR_USAGE;
}

static int
script_check_token(void *arg, const struct token *t, struct err *err)
{
	struct script_check *c = arg;
	int r;

	checksum_token(c->content, t);
	if (t->kind == TOKEN_COMMENT) {
		section_comment(&c->section, t, c->header.body);
		r = script_check_comment(c->pass.options->dialect, t, err);
		if (r < 0)
			return r;
	} else if (c->section.turned) {
		return section_refuse(&c->section, err);
	} else if (c->header.body) {
		return 0;
	}
	return header_token(&c->header, t, err);
}

/* Where only the header is wanted, the first statement ends the scan. */
static int
script_identify_token(void *arg, const struct token *t, struct err *err)
{
	struct script_check *c = arg;
	int code = header_token(&c->header, t, err);

	return code == 0 && c->header.body ? ERR_INTERRUPT : code;
}

/* Whether all that is in use since it was identified is still so. */
static bool
script_same_header(const struct header *a, const struct header *b)
{
	return a->rollback == b->rollback &&
	    text_same(a->migration, b->migration) &&
	    text_same(a->version, b->version) &&
	    text_same(a->version_to, b->version_to) &&
	    text_same(a->description, b->description) &&
	    text_same(a->author, b->author) && text_same(a->date, b->date);
}

/*
 * The sums of the bytes.  A script that was identified before must still be
 * the same: its header is already in use.
 */
static int
script_take_sum(struct script_check *c, struct err *err)
{
	struct script *script = c->script;

	if (script->checksum[0] != '\0')
		return source_compare(c->pass.source, err);
	if (script->late && !script_same_header(&c->was, &script->header))
		return source_refuse(c->pass.source, err);
	source_sum(c->pass.source, script->checksum, &script->bytes);
	script->late = false;
	return 0;
}

static int
script_read_header(struct script_check *c, struct err *err)
{
	struct statement st;
	int r;

	do {
		r = scanner_next(c->pass.scanner, &st, err);
		if (r == SCAN_MORE && (r = script_pass_feed(&c->pass, err)) < 0)
			return r;
	} while (r >= 0 && r != SCAN_END);
	return r < 0 && !c->header.body ? r : 0;
}

/* What is behind the header is only hashed. */
static int
script_read_rest(struct script_check *c, struct err *err)
{
	char piece[SCAN_PIECE];
	ssize_t n;

	do {
		n = source_read(c->pass.source, piece, sizeof(piece), err);
	} while (n > 0);
	return n < 0 ? (int)n : script_take_sum(c, err);
}

/* What was identified stays, for the next one to compare with. */
static int
script_restore(struct script_check *c, int code)
{
	if (code < 0 && c->script->late)
		c->script->header = c->was;
	return code;
}

int
script_identify(struct script *script, struct arena *arena,
    const struct script_options *options, const struct script_folder *folder,
    struct err *err)
{
	struct script_check c = {.script = script, .was = script->header};
	const struct token_sink sink = {script_identify_token, &c};
	int code;

	script->modes = "";
	script->foreign_keys = -1;
	header_begin(&c.header, arena, script);
	code = script_pass_open(&c.pass, script, options, folder, &sink, err);
	if (code == 0)
		code = script_read_header(&c, err);
	if (code == 0 && options->late_sums && source_is_long(c.pass.source))
		script->late = true;
	else if (code == 0)
		code = script_read_rest(&c, err);
	if (code == 0)
		script->empty = !c.header.body;
	if (code < 0)
		script_show(script, folder, err);
	script->exposed = code == 0 && source_is_exposed(c.pass.source);
	script_pass_close(&c.pass);
	return script_restore(&c, code);
}

int
script_sum(struct script *script, struct arena *arena,
    const struct script_options *options, const struct script_folder *folder,
    struct err *err)
{
	struct script_options whole = *options;

	whole.late_sums = false;
	if (!script->late)
		return 0;
	return script_identify(script, arena, &whole, folder, err);
}

/* The first type that the dialect does not know. */
static void
script_look_for_types(struct script_check *c, const struct statement *st)
{
	struct script *script = c->script;

	if (script->other_type != NULL)
		return;
	script->other_type =
	    statement_other_type(c->pass.options->dialect, st->text, st->len);
	script->other_type_line = st->place.line;
}

static int
script_read_whole(struct script_check *c, struct err *err)
{
	struct script_item item;
	int r;

	source_begin_ahead(c->pass.source, c->content);
	do {
		r = script_pass_next(&c->pass, &item, err);
		if (r == SCRIPT_STATEMENT)
			script_look_for_types(c, &item.statement);
		if (r == SCRIPT_DATA_END)
			checksum_data_end(c->content);
	} while (r >= 0 && r != SCRIPT_END);
	if (r == SCRIPT_END)
		source_end_ahead(c->pass.source);
	return r < 0 ? r : 0;
}

/* What the whole text has shown. */
static void
script_take_control(struct script_check *c, struct arena *arena)
{
	const struct control *control = &c->pass.control;
	struct script *script = c->script;

	script->modes = arena_strdup(arena, buf_str(&control->modes));
	script->outside = control->loose;
	script->absorbed = control->absorbed;
	script->own_row = control->own_row;
	script->own_version = control->own_version[0] == '\0'
	    ? NULL
	    : arena_strdup(arena, control->own_version);
	script->own_history = control->own_history;
	script->foreign_keys = control->foreign_keys;
	script->statements = control->statements;
	script->empty = control->statements == 0;
	script->checked = true;
}

static int
script_check_once(struct script_check *c, struct arena *arena,
    const struct script_options *options, const struct script_folder *folder,
    struct err *err)
{
	const struct token_sink sink = {script_check_token, c};
	struct script *script = c->script;
	int code;

	header_begin(&c->header, arena, script);
	memset(&c->section, 0, sizeof(c->section));
	c->content = checksum_new();
	code = script_pass_open(&c->pass, script, options, folder, &sink, err);
	if (code == 0)
		code = script_read_whole(c, err);
	if (code == 0)
		code = script_take_sum(c, err);
	if (code == 0) {
		checksum_end(c->content, script->content_checksum);
		script_take_control(c, arena);
	}
	c->refused = c->pass.control.refused;
	script_pass_close(&c->pass);
	checksum_free(c->content);
	return code;
}

int
script_check(struct script *script, struct arena *arena,
    const struct script_options *options, const struct script_folder *folder,
    struct err *err)
{
	struct script_check c = {.script = script, .was = script->header};
	int code;

	code = script_check_once(&c, arena, options, folder, err);
	if (code == 0 || !c.refused || !options->automatic || script->outside)
		return script_restore(&c, code);
	err_clear(err);
	script->outside = true;
	code = script_check_once(&c, arena, options, folder, err);
	return script_restore(&c, code);
}
