/*
 * snapshots URL N: read the schema N times on one connection, and print how
 * many milliseconds the fastest of them took.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "check/snapshot.h"

static int
snapshots_time(struct db *db, const struct history *none, struct err *err)
{
	struct catalogue *all = NULL;
	int64_t began = clock_ms();
	int r;

	r = snapshot_take(&all, db, none, false, err);
	catalogue_free(all);
	return r < 0 ? r : (int)(clock_ms() - began);
}

int
main(int argc, char **argv)
{
	const struct db_options options = {.connect_timeout_ms = 10000};
	struct history none = {.exists = false};
	struct err err = ERR_INIT;
	struct target target;
	struct db *db = NULL;
	int i, r, best = -1;

	if (argc != 3)
		return 2;
	r = target_resolve(&target, argv[1], "the command line", &err);
	if (r == 0)
		r = target.engine->open(&db, &target, &options, &err);
	for (i = 0; r >= 0 && i < atoi(argv[2]); i++) {
		r = snapshots_time(db, &none, &err);
		if (best < 0 || r < best)
			best = r;
	}
	if (r < 0)
		fprintf(stderr, "snapshots: %s\n", err.message);
	else
		printf("%d\n", best);
	if (db != NULL)
		target.engine->close(db);
	target_clear(&target);
	err_clear(&err);
	return r < 0 ? 1 : 0;
}
