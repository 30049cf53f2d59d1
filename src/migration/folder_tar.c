/*
 * A folder that comes as a tar archive on standard input: its files are held
 * in memory, and the rules of a folder hold for its members.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tar.h"
#include "base/text.h"
#include "migration/folder_int.h"

#define TAR_SHOWN "-"                           /* where it names no folder */
#define TAR_TOTAL ((uint64_t)512 * 1024 * 1024) /* bytes of all texts */

struct folder_tar {
	struct folder *folder;
	struct folder_list *list;
	size_t cap;
	struct tar *tar;
	uint64_t total;
	size_t members;
	const char *dir; /* of the members, with its slash; NULL: none yet */
};

static int
tar_refuse(const struct tar_member *m, const char *what, const char *hint,
    struct err *err)
{
	err_set(err, ERR_USAGE, "%s in the tar archive: %s", m->name, what);
	err_hint(err, "%s", hint);
	return err->code;
}

/* The path without "./" and the slash at its end. */
static const char *
tar_shown(const struct folder_tar *t)
{
	const char *dir = t->dir;
	size_t n;

	while (strncmp(dir, "./", 2) == 0)
		dir += 2;
	n = strlen(dir);
	return n == 0 ? TAR_SHOWN : arena_strndup(t->folder->arena, dir, n - 1);
}

/* All migrations stand in one folder, whatever its name. */
static int
tar_check_dir(struct folder_tar *t, const struct tar_member *m, struct err *err)
{
	const char *slash = strrchr(m->name, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - m->name) + 1;

	if (t->dir == NULL) {
		t->dir = arena_strndup(t->folder->arena, m->name, n);
		t->folder->at.dir = tar_shown(t);
	}
	if (strlen(t->dir) == n && strncmp(t->dir, m->name, n) == 0)
		return 0;
	return tar_refuse(m, "a second folder with .sql files",
	    "All migrations lie in one folder: pack that one alone.", err);
}

/* The end of the text is the place. */
static void
tar_place(const struct tar_member *m, const char *text, struct err *err)
{
	struct place place = {.file = m->name, .line = 1};
	const char *next;

	for (; (next = strchr(text, '\n')) != NULL; text = next + 1)
		place.line++;
	place.column = text_count_chars(text, strlen(text)) + 1;
	err_place(err, &place);
	err_show(err, text, strlen(text));
}

static char *
tar_text(struct folder_tar *t, const struct tar_member *m, struct err *err)
{
	size_t size = (size_t)m->size, done = 0;
	char *text = arena_alloc(t->folder->arena, size + 1);
	ssize_t n;

	do {
		n = tar_read(t->tar, text + done, size - done, err);
		if (n > 0)
			done += (size_t)n;
	} while (n > 0);
	if (n < 0)
		return NULL;
	text[size] = '\0';
	if (strlen(text) == size)
		return text;
	tar_refuse(m, "it holds a NUL byte", "A migration is UTF-8 text.", err);
	tar_place(m, text, err);
	return NULL;
}

static int
tar_refuse_type(const struct tar_member *m, struct err *err)
{
	tar_refuse(m, "no plain file",
	    "Pack what a link points to: tar -ch --hard-dereference.", err);
	if (m->link != NULL)
		err_detail(err, "It points to %s.", m->link);
	return err->code;
}

static int
tar_add(struct folder_tar *t, const struct tar_member *m, const char *file,
    struct err *err)
{
	struct folder_list *list = t->list;
	struct folder_file *to;
	char *text;

	if (m->type != TAR_FILE)
		return tar_refuse_type(m, err);
	if (m->size > TAR_TOTAL - t->total)
		return tar_refuse(m, "the files are too large to be held",
		    "Give a folder instead: --dir DIR.", err);
	if (tar_check_dir(t, m, err) < 0)
		return err->code;
	t->total += m->size;
	text = tar_text(t, m, err);
	if (text == NULL)
		return err->code;
	list->files =
	    mem_grow(list->files, list->count, &t->cap, sizeof(*list->files));
	to = &list->files[list->count];
	to->file = arena_strdup(t->folder->arena, file);
	to->text = text;
	return folder_take_file(t->folder, list, to->file, err);
}

static int
tar_member(struct folder_tar *t, const struct tar_member *m, struct err *err)
{
	const char *slash = strrchr(m->name, '/');
	const char *file = slash == NULL ? m->name : slash + 1;

	t->members++;
	if (m->type == TAR_FOLDER || *file == '.' || !name_is_sql(file))
		return 0;
	return tar_add(t, m, file, err);
}

static int
tar_check_twice(const struct folder_list *list, struct err *err)
{
	size_t i;

	for (i = 1; i < list->count; i++)
		if (strcmp(list->files[i - 1].file, list->files[i].file) == 0)
			return err_set(err, ERR_USAGE,
			    "%s is in the tar archive twice",
			    list->files[i].file);
	return 0;
}

/* tar(1) writes an empty one where it did not find what it was to pack. */
static int
tar_refuse_empty(struct err *err)
{
	err_set(err, ERR_USAGE, "the tar archive holds nothing");
	err_hint(
	    err, "Look at what tar says: it may not have found the folder.");
	return err->code;
}

int
folder_list_tar(
    struct folder *f, int fd, struct folder_list *list, struct err *err)
{
	struct folder_tar t = {.folder = f, .list = list};
	struct tar_member m;
	int r;

	if (isatty(fd)) {
		err_set(err, ERR_USAGE,
		    "--dir - reads a tar archive, but "
		    "standard input is a terminal");
		err_hint(err,
		    "Pipe one into it: tar -c migrations | sqlmigrate apply "
		    "--dir -");
		return err->code;
	}
	f->at.dir = TAR_SHOWN;
	t.tar = tar_open(fd);
	while ((r = tar_next(t.tar, &m, err)) > 0) {
		r = tar_member(&t, &m, err);
		if (r < 0)
			break;
	}
	tar_close(t.tar);
	if (r == 0 && t.members == 0)
		r = tar_refuse_empty(err);
	if (r == 0) {
		folder_sort_files(list);
		r = tar_check_twice(list, err);
	}
	return r;
}
