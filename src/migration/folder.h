/*
 * The folder of migrations: which files there are, in which order, which
 * rollback belongs to which.  sqlmigrate-migrations(5) has the rules.
 */
#ifndef MIGRATION_FOLDER_H
#define MIGRATION_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "migration/script.h"

struct migration {
	uint64_t number;
	const char *name;        /* 002_add_user_phone */
	const char *version;     /* header's, or 0.0.N; NULL: not decided */
	const char *description; /* header's, or made from the name */
	const struct migration *twin; /* before it, of its version; or NULL */
	struct script forward;
	struct script rollback; /* name is NULL where there is none */
};

struct folder {
	struct arena *arena; /* owns all texts and the migrations */
	struct script_folder at;
	struct script_options options;
	struct migration *migrations; /* by number */
	size_t count;
	bool versioned;        /* some file has a Version header */
	const char **warnings; /* what is allowed but looks wrong */
	size_t nwarnings;
};

/* The path that stands for a tar archive on standard input. */
#define FOLDER_STDIN "-"

/*
 * Read a folder: every name is checked, every file, forward and rollback,
 * identified (not yet checked whole).  Errors carry ERR_USAGE and say which
 * rule was broken.  Free with folder_free(), which accepts NULL.
 */
int folder_read(struct folder **, const char *path,
    const struct script_options *, struct err *) ERR_CHECKED;
void folder_free(struct folder *);

/* The migration with a number; NULL where there is none. */
struct migration *folder_find(const struct folder *, uint64_t number);

/*
 * Whether the version of that number is a generated one, as
 * version_is_generated() has it, and no file gives it.  The folder may be NULL.
 */
bool
folder_generates(const struct folder *, uint64_t number, const char *version);

/*
 * Check a migration's files whole, once: forward, and where there is one the
 * rollback with its header against the forward's.
 */
int folder_check_forward(
    struct folder *, struct migration *, struct err *) ERR_CHECKED;
int folder_check_rollback(
    struct folder *, struct migration *, struct err *) ERR_CHECKED;

/*
 * Check both files of these, by all processors, for the two functions above to
 * find it done.  What is refused is left to them to say.
 */
void
folder_check_ahead(struct folder *, struct migration *const *, size_t count);

/*
 * Have the sums of these that folder_read() has left out, by all processors.
 * Where one cannot be had it stays "", and the script's unread says why.
 */
void folder_sum(struct folder *, struct migration *const *, size_t count);

/* Identify the rollback files, which folder_read() only names. */
int folder_identify_rollbacks(struct folder *, struct err *) ERR_CHECKED;

/* Whether the one before it has its number (script_options.collisions). */
int folder_check_number(
    const struct folder *, const struct migration *, struct err *) ERR_CHECKED;

/* Refuse the second of two with one version. */
int folder_same_version(const struct folder *, const struct migration *,
    const struct migration *, struct err *) ERR_CHECKED;

/*
 * Before a pending migration runs: it must have a version where the folder
 * has any, and not that of one before it.
 */
int folder_check_version(
    const struct folder *, const struct migration *, struct err *) ERR_CHECKED;

/* These checks, and header_check_written(), of what is to be recorded. */
int folder_check_pending(
    struct folder *, struct migration *, struct err *) ERR_CHECKED;

#endif
