/* A plan as a script: what its files share. */
#ifndef RUN_EXPORT_INT_H
#define RUN_EXPORT_INT_H

#include "engine/writer.h"
#include "migration/record.h"
#include "run/export.h"
#include "run/run_int.h"

struct exporter {
	const struct export *x;
	struct arena *arena;
	struct db *db;               /* the writer */
	struct history history;      /* as the script has it by then */
	uint64_t highest;            /* number applied by then, 0 for none */
	uint64_t rows;               /* that the table has by then */
	const struct script *script; /* that is being written */
	bool dropped;                /* a body drops the table */
	bool crlf;                   /* the last line of its data ended so */
};

/* export.c: the limits of a file's statements, in its transaction. */
void export_limits(struct exporter *, const struct directives *);

/* Take the run lock, in the words of the engine; NULL where it has none. */
void export_lock(struct exporter *, const char *words);

/* Have foreign keys enforced or not, where the engine leaves the choice. */
void export_keys(struct exporter *, bool enforced);

/* Write a part of a file's body as the shell reads it. */
int export_item(struct exporter *, enum script_step, const struct script_item *,
    struct err *) ERR_CHECKED;

/*
 * export_text.c: write a statement of e->script so that the shell sends the
 * server what apply sends.  ERR_USAGE, with the place, if the shell cannot.
 */
int export_statement(
    struct exporter *, const struct statement *, struct err *) ERR_CHECKED;

/* Give a file's body to who takes it, part by part; an error ends it. */
typedef int export_take(
    void *arg, enum script_step, const struct script_item *, struct err *);
int export_body(struct exporter *, const struct script *, export_take *,
    void *arg, struct err *) ERR_CHECKED;

/* export_rows.c: who the script's rows say it was: whoever runs it. */
struct actor export_actor(const struct exporter *);
const struct script *
export_script(const struct exporter *, const struct step *);

/*
 * Fail where the rows, the one of this number among them or not, are not what
 * is expected by then, or where the journal has an entry; the last two alone.
 */
void export_check_row(struct exporter *, uint64_t number, bool there);
void export_check(struct exporter *, const char *condition);
void export_check_idle(struct exporter *);

/* The rows of a step that is done, and the check that they stand. */
int
export_rows(struct exporter *, const struct step *, struct err *) ERR_CHECKED;

/* export_outside.c: a step whose file runs without a transaction. */
int export_outside(
    struct exporter *, const struct step *, struct err *) ERR_CHECKED;

#endif
