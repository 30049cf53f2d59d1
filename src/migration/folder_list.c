/*
 * The files of a folder.
 *
 * Names are sorted before anything is said about one of them, so that the
 * same folder always gives the same error.
 */
#include "migration/folder_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define DEPTH_MAX 8 /* of subfolders that are looked into */

struct folder_names {
	const char **names;
	size_t count;
	size_t cap;
};

int
folder_open(struct folder *f, const char *path, struct err *err)
{
	size_t n = strlen(path);
	int code;

	while (n > 1 && path[n - 1] == '/')
		n--;
	f->at.dir = arena_strndup(f->arena, path, n);
	f->at.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->at.fd >= 0)
		return 0;
	if (errno != ENOENT)
		return err_set(err, ERR_USAGE, "cannot open the folder %s: %s",
		    path, strerror(errno));
	code = err_set(err, ERR_USAGE, "there is no folder %s", path);
	err_hint(err,
	    "Make it with \"sqlmigrate init\", or name another one "
	    "with --dir.");
	return code;
}

/* A stream over a directory of its own; NULL where it cannot be read. */
static DIR *
folder_stream(int in, const char *name, int flags)
{
	int fd;
	DIR *dir;

	fd = openat(in, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (dir == NULL)
		close(fd);
	return dir;
}

static bool
folder_may_be_folder(const struct dirent *d)
{
	return d->d_type == DT_DIR || d->d_type == DT_LNK ||
	    d->d_type == DT_UNKNOWN;
}

/*
 * Whether a subfolder holds a .sql file, itself or further down.  One that
 * cannot be read (a lost+found) counts as holding none.
 */
static bool
folder_holds_sql(int in, const char *name, unsigned depth)
{
	DIR *dir = folder_stream(in, name, depth == 0 ? 0 : O_NOFOLLOW);
	const struct dirent *d;
	bool found = false;

	if (dir == NULL)
		return false;
	while (!found && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		found = name_is_sql(d->d_name) ||
		    (depth < DEPTH_MAX && folder_may_be_folder(d) &&
			folder_holds_sql(dirfd(dir), d->d_name, depth + 1));
	}
	closedir(dir);
	return found;
}

static int
folder_compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All names that may matter, sorted. */
static int
folder_read_names(struct folder *f, struct folder_names *all, struct err *err)
{
	DIR *dir = folder_stream(f->at.fd, ".", 0);
	const struct dirent *d;
	int failed = errno;

	while (dir != NULL && (errno = 0, d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.' ||
		    (!name_is_sql(d->d_name) && !folder_may_be_folder(d)))
			continue;
		all->names = mem_grow(
		    all->names, all->count, &all->cap, sizeof(*all->names));
		all->names[all->count++] = arena_strdup(f->arena, d->d_name);
	}
	if (dir != NULL) {
		failed = errno;
		closedir(dir);
	}
	if (failed != 0)
		return err_set(err, ERR_USAGE, "cannot read the folder %s: %s",
		    f->at.dir, strerror(failed));
	if (all->count > 0)
		qsort(all->names, all->count, sizeof(*all->names),
		    folder_compare_names);
	return 0;
}

static void
folder_bad_down(const char *file, size_t n, struct err *err)
{
	err_hint(err,
	    "Rename it to %.*s" NAME_ROLLBACK NAME_SUFFIX
	    ", and its migration to %.*s" NAME_SUFFIX ".",
	    (int)n, file, (int)n, file);
}

static int
folder_bad_name(
    const struct folder *f, const char *file, const char *rule, struct err *err)
{
	size_t stem = strlen(file) - strlen(NAME_SUFFIX);
	int code;

	code = err_set(err, ERR_USAGE, "%s/%s: %s", f->at.dir, file, rule);
	if (strcmp(file + stem, NAME_SUFFIX) != 0)
		err_hint(
		    err, "Rename it to %.*s%s.", (int)stem, file, NAME_SUFFIX);
	else if (name_is_down(file, stem))
		folder_bad_down(file, stem - strlen(NAME_DOWN), err);
	else
		err_hint(err,
		    "A migration is called NNN_name.sql, for example "
		    "002_add_user_phone.sql: rename this file, or "
		    "move it out of the folder.");
	return code;
}

int
folder_take_file(struct folder *f, struct folder_list *list, const char *file,
    struct err *err)
{
	struct folder_file *to = &list->files[list->count];
	const char *rule = name_parse(file, &to->name);

	if (rule != NULL)
		return folder_bad_name(f, file, rule, err);
	to->file = file;
	list->count++;
	return 0;
}

static int
folder_take_name(struct folder *f, struct folder_list *list, const char *file,
    struct err *err)
{
	int code;

	if (name_is_sql(file))
		return folder_take_file(f, list, file, err);
	if (!folder_holds_sql(f->at.fd, file, 0))
		return 0;
	code = err_set(err, ERR_USAGE, "%s/%s: a subfolder with .sql files",
	    f->at.dir, file);
	err_hint(err,
	    "All migrations lie in one folder: move these files up, "
	    "or the subfolder elsewhere.");
	return code;
}

static int
folder_compare_files(const void *va, const void *vb)
{
	const struct folder_file *a = va, *b = vb;
	size_t n = a->name.stem < b->name.stem ? a->name.stem : b->name.stem;
	int r;

	if (a->name.number != b->name.number)
		return a->name.number < b->name.number ? -1 : 1;
	r = memcmp(a->file, b->file, n);
	if (r != 0)
		return r;
	if (a->name.stem != b->name.stem)
		return a->name.stem < b->name.stem ? -1 : 1;
	return a->name.rollback - b->name.rollback;
}

void
folder_sort_files(struct folder_list *list)
{
	if (list->count > 0)
		qsort(list->files, list->count, sizeof(*list->files),
		    folder_compare_files);
}

int
folder_list_files(struct folder *f, struct folder_list *list, struct err *err)
{
	struct folder_names all = {NULL, 0, 0};
	struct err found = ERR_INIT;
	size_t i, errors = 0;
	int code;

	code = folder_read_names(f, &all, err);
	list->files = mem_calloc(all.count, sizeof(*list->files));
	list->count = 0;
	for (i = 0; code == 0 && i < all.count; i++)
		if (folder_take_name(f, list, all.names[i], &found) < 0)
			folder_gather(err, &found, &errors);
	folder_gather_rest(err, errors);
	if (errors > 0)
		code = err->code;
	free(all.names);
	if (code == 0)
		folder_sort_files(list);
	return code;
}
