/*
 * Inside the folder: its files, before they are migrations.
 */
#ifndef MIGRATION_FOLDER_INT_H
#define MIGRATION_FOLDER_INT_H

#include <stddef.h>

#include "base/err.h"
#include "migration/folder.h"
#include "migration/name.h"

struct folder_file {
	const char *file; /* in the folder's arena */
	const char *text; /* of one that is held in memory, or NULL */
	struct name name;
};

/* All migration files of a folder; the array is to be freed. */
struct folder_list {
	struct folder_file *files; /* by number, each rollback behind its
				      migration */
	size_t count;
};

/* Open the folder's directory and set f->at. */
int folder_open(struct folder *, const char *path, struct err *) ERR_CHECKED;

/* List an open folder; every name is checked. */
int folder_list_files(
    struct folder *, struct folder_list *, struct err *) ERR_CHECKED;

/*
 * The same of a tar archive, whose files are held in memory: the folder is not
 * open.
 */
int folder_list_tar(
    struct folder *, int fd, struct folder_list *, struct err *) ERR_CHECKED;

/* Add a .sql file, for whose entry there is room; check its name. */
int folder_take_file(struct folder *, struct folder_list *, const char *file,
    struct err *) ERR_CHECKED;

/* By number, each rollback behind its migration. */
void folder_sort_files(struct folder_list *);

/*
 * Add an error that was found to those before it, of which count there were:
 * the first is the error, the next ones are its details, and the rest is
 * counted at the end.  What was found is cleared.
 */
void folder_gather(struct err *, struct err *found, size_t *count);
void folder_gather_rest(struct err *, size_t count);

/* What is done to a migration; texts go to the arena. */
typedef int
folder_work(struct folder *, struct migration *, struct arena *, struct err *);

/*
 * Do it to each of these; the first that fails, in their order, is the error,
 * and the others are told in its detail.
 */
int folder_each(struct folder *, struct migration *const *, size_t count,
    folder_work *, struct err *) ERR_CHECKED;

#endif
