/* The list of engines, and what is the same for all of them. */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "engine/list.h"

const struct engine *const engines[] = {
#ifdef WITH_POSTGRES
    &engine_postgres,
#endif
#ifdef WITH_SQLITE
    &engine_sqlite,
#endif
    NULL};

/* What the program was built without, where that is what was asked for. */
static void
target_explain(const char *text, struct err *err)
{
#ifndef WITH_POSTGRES
	if (strncmp(text, "postgres", strlen("postgres")) == 0)
		err_detail(err, "This program was built without PostgreSQL.");
#endif
#ifndef WITH_SQLITE
	if (strncmp(text, "sqlite:", strlen("sqlite:")) == 0)
		err_detail(err, "This program was built without SQLite.");
#endif
	if (*text != '\0' && strchr("\"' \t", *text) != NULL)
		err_detail(err,
		    "It begins with a quotation mark or a blank, which is "
		    "taken as part of it.");
	err_hint(err, "Give postgresql://USER@HOST/DATABASE or sqlite:PATH.");
}

static int
target_claim(
    struct target *t, const char *text, const char *source, struct err *err)
{
	const struct engine *const *e;
	int r;

	for (e = engines; *e != NULL; e++) {
		r = (*e)->claim(t, text, err);
		if (r < 0)
			err_detail(err, "The address came from %s.", source);
		if (r == 0)
			continue;
		t->engine = *e;
		t->source = mem_strdup(source);
		return r < 0 ? r : 0;
	}
	err_set(err, ERR_USAGE,
	    "the database address from %s is of no known "
	    "form",
	    source);
	target_explain(text, err);
	return err->code;
}

static int
target_ambient(struct target *t, struct err *err)
{
	const struct engine *const *e;
	int r;

	for (e = engines; *e != NULL; e++) {
		r = (*e)->ambient == NULL ? 0 : (*e)->ambient(t, err);
		if (r == 0)
			continue;
		t->engine = *e;
		return r < 0 ? r : 0;
	}
	err_set(err, ERR_USAGE, "no database given");
	err_hint(err,
	    "Give --database URL, or set DATABASE_URL, for example "
	    "postgresql://USER@HOST/DATABASE or sqlite:PATH.");
	return err->code;
}

int
target_resolve(
    struct target *t, const char *text, const char *source, struct err *err)
{
	memset(t, 0, sizeof(*t));
	if (text != NULL)
		return target_claim(t, text, source, err);
	return target_ambient(t, err);
}

void
target_clear(struct target *t)
{
	free(t->address);
	free(t->shown);
	free(t->source);
	memset(t, 0, sizeof(*t));
}

void
engine_words_fill(struct buf *b, const char *words, const char *text)
{
	const char *at;

	while ((at = strstr(words, "%s")) != NULL) {
		buf_add(b, words, (size_t)(at - words));
		buf_adds(b, text);
		words = at + 2;
	}
	buf_adds(b, words);
}

/* None, if they cannot be read. */
static void
db_find_blockers(struct db *db, struct rows *rows)
{
	struct err ignored = ERR_INIT;

	if (db->engine->blockers != NULL &&
	    db->engine->blockers(db, rows, &ignored) < 0)
		db->engine->rollback(db);
	err_clear(&ignored);
}

void
db_name_blockers(struct db *db, struct err *err)
{
	struct rows rows;
	size_t i;

	rows_init(&rows);
	db_find_blockers(db, &rows);
	for (i = 0; i < rows.nrows; i++)
		err_detail(err, "Holds locks: %s.", rows_get(&rows, i, 0));
	rows_clear(&rows);
}

void
db_list_blockers(struct db *db, struct buf *b)
{
	struct rows rows;
	size_t i;

	rows_init(&rows);
	db_find_blockers(db, &rows);
	for (i = 0; i < rows.nrows; i++)
		buf_addf(b, "%s%s", i > 0 ? ", " : "", rows_get(&rows, i, 1));
	rows_clear(&rows);
}

int
db_query(struct db *db, struct rows *rows, struct err *err, const char *sql,
    size_t nparams, const char *const *params)
{
	struct query q = {
	    .sql = sql, .nparams = nparams, .params = params, .rows = rows};
	int r;

	r = db->engine->send(db, &q, err);
	return r < 0 ? r : db->engine->wait(db, err);
}
