/* A connection to nowhere: what is sent to it is written down. */
#include "engine/writer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char writer_actor[] = "";
const char writer_run[] = "";

struct writer {
	struct db db;
	struct engine engine;      /* the real one, but for what writes */
	struct engine_words words; /* likewise */
	const struct engine *real;
	struct db *connection; /* or NULL */
	char *stamp_after;
	char *zoned_after;
	writer_sink *sink;
	void *arg;
};

static struct writer *
writer_of(struct db *db)
{
	return (struct writer *)(void *)db;
}

/* The shell drops one CR at the end of a line: it is given two. */
static void
writer_text_cr(struct writer *w, const char *text)
{
	struct buf b;
	const char *p;

	buf_init(&b, 2 * strlen(text));
	for (p = text; *p != '\0'; p++) {
		if (p[0] == '\r' && p[1] == '\n')
			buf_addc(&b, '\r');
		buf_addc(&b, *p);
	}
	w->sink(w->arg, buf_str(&b));
	buf_clear(&b);
}

void
writer_text(struct db *db, const char *text)
{
	struct writer *w = writer_of(db);

	if (w->real->script->strips_cr && strstr(text, "\r\n") != NULL)
		writer_text_cr(w, text);
	else
		w->sink(w->arg, text);
}

void
writer_fill(struct db *db, const char *text, const char *fill)
{
	struct buf b;

	buf_init(&b, BUF_TEXT);
	engine_words_fill(&b, text, fill);
	writer_text(db, buf_str(&b));
	buf_clear(&b);
}

/* SQL-standard quoting; quote_name() of an engine needs its connection. */
static void
writer_quote(struct buf *b, const char *s, char quote)
{
	buf_addc(b, quote);
	for (; *s != '\0'; s++) {
		if (*s == quote)
			buf_addc(b, quote);
		buf_addc(b, *s);
	}
	buf_addc(b, quote);
}

static void
writer_name(struct db *db, struct buf *b, const char *name)
{
	struct writer *w = writer_of(db);

	if (w->connection != NULL)
		w->real->quote_name(w->connection, b, name);
	else
		writer_quote(b, name, '"');
}

/*
 * Where backslashes may escape a literal that has one says so with an E and
 * doubles it: then standard_conforming_strings does not matter.
 */
void
writer_literal(struct db *db, struct buf *b, const char *text)
{
	struct writer *w = writer_of(db);
	const char *s;

	if (w->connection != NULL) {
		w->real->quote_text(w->connection, b, text);
		return;
	}
	if (!w->real->script->backslash || strchr(text, '\\') == NULL) {
		writer_quote(b, text, '\'');
		return;
	}
	buf_adds(b, " E'");
	for (s = text; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			buf_addc(b, *s);
		buf_addc(b, *s);
	}
	buf_addc(b, '\'');
}

static void
writer_param(struct db *db, struct buf *b, const char *value)
{
	if (value == NULL)
		buf_adds(b, "NULL");
	else if (value == writer_actor)
		buf_adds(b, writer_of(db)->real->script->actor);
	else if (value == writer_run)
		buf_adds(b, writer_of(db)->real->script->run);
	else
		writer_literal(db, b, value);
}

/* The end of a quoted part that begins here, or here where none does. */
static const char *
writer_skip(const char *p)
{
	const char *end;

	if (*p != '"' && *p != '\'')
		return p;
	end = strchr(p + 1, *p);
	return end == NULL ? p + strlen(p) : end + 1;
}

/* The statement with its parameters in the places of $1 and so on. */
static int
writer_send(struct db *db, const struct query *q, struct err *err)
{
	const char *p = q->sql, *end;
	struct buf b;
	size_t n;

	buf_init(&b, BUF_TEXT);
	while (*p != '\0') {
		end = writer_skip(p);
		if (end > p) {
			buf_add(&b, p, (size_t)(end - p));
			p = end;
		} else if (*p == '$' && isdigit((unsigned char)p[1])) {
			for (n = 0, p++; isdigit((unsigned char)*p); p++)
				n = n * 10 + (size_t)(*p - '0');
			writer_param(db, &b, q->params[n - 1]);
		} else {
			buf_addc(&b, *p++);
		}
	}
	buf_adds(&b, ";\n");
	if (buf_overflowed(&b))
		err_set(err, ERR_USAGE, "a statement is too long to write");
	else
		writer_text(db, buf_str(&b));
	buf_clear(&b);
	return err == NULL ? 0 : err->code;
}

static int
writer_wait(struct db *db, struct err *err)
{
	(void)db;
	(void)err;
	return 0;
}

/* What the script makes is not there yet. */
static int
writer_find_table(struct db *db, struct arena *a, const char *schema,
    const char *name, struct table_info *info, struct err *err)
{
	(void)db;
	(void)a;
	(void)schema;
	(void)name;
	(void)err;
	memset(info, 0, sizeof(*info));
	info->kind = TABLE_ABSENT;
	return 0;
}

/* The greatest one as the text that the words expect, in UTC. */
static char *
writer_zoned(const struct engine_words *words, const char *newest)
{
	struct buf b, text;

	buf_init(&b, BUF_LINE);
	buf_init(&text, BUF_LINE);
	engine_words_fill(&text, words->zoned_text, newest);
	engine_words_fill(&b, words->zoned_after, buf_str(&text));
	buf_clear(&text);
	return buf_take(&b);
}

struct db *
writer_open(const struct engine *real, struct db *connection,
    const char *newest, writer_sink *sink, void *arg)
{
	struct writer *w = mem_calloc(1, sizeof(*w));
	struct buf b;

	buf_init(&b, BUF_LINE);
	engine_words_fill(&b, real->words->stamp_after, newest);
	w->stamp_after = buf_take(&b);
	if (real->words->zoned_type != NULL)
		w->zoned_after = writer_zoned(real->words, newest);
	w->real = real;
	w->connection = connection;
	w->sink = sink;
	w->arg = arg;
	w->words = *real->words;
	w->words.stamp_after = w->stamp_after;
	w->words.zoned_after = w->zoned_after;
	w->words.returning = false;
	w->engine = *real;
	w->engine.words = &w->words;
	w->engine.send = writer_send;
	w->engine.wait = writer_wait;
	w->engine.find_table = writer_find_table;
	w->engine.quote_name = writer_name;
	w->engine.quote_text = writer_literal;
	w->db.engine = &w->engine;
	return &w->db;
}

void
writer_close(struct db *db)
{
	struct writer *w = writer_of(db);

	if (w == NULL)
		return;
	free(w->stamp_after);
	free(w->zoned_after);
	free(w);
}
