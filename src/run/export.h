/*
 * A plan as a script for the engine's own shell, bookkeeping and guards
 * included.
 */
#ifndef RUN_EXPORT_H
#define RUN_EXPORT_H

#include "base/err.h"
#include "engine/engine.h"
#include "migration/folder.h"
#include "migration/history.h"
#include "migration/plan.h"
#include "run/event.h"
#include "run/run.h"

struct export
{
	const struct engine *engine;
	struct db *db; /* NULL where the script is written without one */
	const struct plan *plan;
	struct folder *folder;
	const struct history *history; /* the plan's */
	const struct run_settings *settings;
	bool foreign_keys; /* enforced, where the engine leaves the choice */
	const char *program;
	event_fn *event;
	void *event_arg;
};

/*
 * Report the script with EVENT_SQL, piece by piece.  The script expects the
 * history as the plan has seen it, and fails where it is not.  Errors: rows
 * that have to be adopted first (ERR_DISAGREE), a file that writes a row whose
 * version is not known before it runs (ERR_USAGE), and those of the files.
 */
int export_plan(const struct export *, struct err *) ERR_CHECKED;

/*
 * The history in which all up to a number are applied, as the files have it,
 * for a plan without a database; free with history_free().
 */
struct history *export_assume(const struct engine *,
    const struct history_name *, const struct folder *, uint64_t number);

#endif
