/* The folder of migrations: files made into pairs, in order. */
#include "migration/folder.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "migration/folder_int.h"
#include "migration/header.h"
#include "migration/version.h"

/* empty, version, and each file's mode; and the folder's own */
#define WARNINGS_EACH 4
#define WARNINGS_FOLDER 1

static void __attribute__((format(printf, 2, 3)))
folder_warn(struct folder *f, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, BUF_LINE);
	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	f->warnings[f->nwarnings++] = arena_strdup(f->arena, buf_str(&b));
	buf_clear(&b);
}

static void
folder_set_script(
    struct folder *f, struct script *s, const struct folder_file *file)
{
	s->name = file->file;
	s->path = arena_printf(f->arena, "%s/%s", f->at.dir, file->file);
	s->text = file->text;
}

static int
folder_orphan(
    const struct folder *f, const struct folder_file *file, struct err *err)
{
	int code;

	code = err_set(err, ERR_USAGE,
	    "%s/%s: a rollback without its migration", f->at.dir, file->file);
	err_detail(
	    err, "There is no %.*s.sql.", (int)file->name.stem, file->file);
	err_hint(err, "Name the two alike, or move the rollback away.");
	return code;
}

static int
folder_duplicate(const struct migration *first, const char *second,
    uint64_t number, struct err *err)
{
	int code;

	code =
	    err_set(err, ERR_USAGE, "%s and %s have the same number, %" PRIu64,
		first->forward.path, second, number);
	err_hint(err,
	    "Give one of them, with its rollback, the next free number; "
	    "sqlmigrate renumber does that to the one that is pending.");
	return code;
}

/* Whether the file is the rollback of the migration. */
static bool
folder_is_pair(const struct migration *m, const struct folder_file *file)
{
	return strlen(m->name) == file->name.stem &&
	    memcmp(m->name, file->file, file->name.stem) == 0;
}

/* The list has each rollback right behind its migration. */
static int
folder_pair(struct folder *f, const struct folder_list *list, struct err *err)
{
	const struct folder_file *file = list->files;
	struct migration *m = NULL;

	for (; file < list->files + list->count; file++) {
		if (file->name.rollback) {
			if (m == NULL || !folder_is_pair(m, file))
				return folder_orphan(f, file, err);
			folder_set_script(f, &m->rollback, file);
			continue;
		}
		if (m != NULL && m->number == file->name.number &&
		    !f->options.collisions)
			return folder_duplicate(m,
			    arena_printf(
				f->arena, "%s/%s", f->at.dir, file->file),
			    m->number, err);
		m = &f->migrations[f->count++];
		m->number = file->name.number;
		m->name = arena_strndup(f->arena, file->file, file->name.stem);
		folder_set_script(f, &m->forward, file);
	}
	return 0;
}

static int
folder_identify_forward(
    struct folder *f, struct migration *m, struct arena *arena, struct err *err)
{
	return script_identify(&m->forward, arena, &f->options, &f->at, err);
}

static int
folder_sum_forward(
    struct folder *f, struct migration *m, struct arena *arena, struct err *err)
{
	int code = script_sum(&m->forward, arena, &f->options, &f->at, err);

	/* One that is not the same any more is compared as it is then. */
	if (code < 0 && code != ERR_DISAGREE)
		m->forward.unread = arena_strdup(arena, err->message);
	return code;
}

static int
folder_identify_rollback(
    struct folder *f, struct migration *m, struct arena *arena, struct err *err)
{
	if (m->rollback.name == NULL || m->rollback.checked)
		return 0;
	return script_identify(&m->rollback, arena, &f->options, &f->at, err);
}

/* Who may write a file can do what the database's user can. */
static void
folder_warn_exposed(struct folder *f, const struct script *s)
{
	if (s->exposed)
		folder_warn(f, "%s: every user may write to it", s->path);
}

static void
folder_describe(struct folder *f, struct migration *m)
{
	folder_warn_exposed(f, &m->forward);
	if (m->forward.header.version != NULL)
		f->versioned = true;
	m->description = m->forward.header.description;
	if (m->description == NULL)
		m->description = name_describe(f->arena, m->name);
	if (m->forward.empty && !m->forward.directives.empty)
		folder_warn(
		    f, "%s: empty, it holds no statement", m->forward.path);
}

static int
folder_do_all(struct folder *f, folder_work *work, struct err *err)
{
	struct migration **all;
	size_t i;
	int code;

	all = mem_calloc(f->count, sizeof(struct migration *));
	for (i = 0; i < f->count; i++)
		all[i] = &f->migrations[i];
	code = folder_each(f, all, f->count, work, err);
	free(all);
	return code;
}

static int
folder_identify_all(struct folder *f, struct err *err)
{
	size_t i;
	int code;

	code = folder_do_all(f, folder_identify_forward, err);
	for (i = 0; code == 0 && i < f->count; i++)
		folder_describe(f, &f->migrations[i]);
	return code;
}

/* Where no file has a version: then they grow with the number. */
static void
folder_number_versions(struct folder *f)
{
	struct migration *m;

	for (m = f->migrations; m < f->migrations + f->count; m++)
		m->version = arena_printf(f->arena, "0.0.%" PRIu64, m->number);
}

static void
folder_set_versions(struct folder *f)
{
	const char *last = NULL, *file = NULL;
	struct migration *m;

	for (m = f->migrations; m < f->migrations + f->count; m++) {
		m->version = m->forward.header.version;
		if (m->version == NULL)
			continue;
		if (last != NULL && version_compare(m->version, last) < 0)
			folder_warn(f,
			    "%s: version %s is below %s of %s before it",
			    m->forward.path, m->version, last, file);
		last = m->version;
		file = m->forward.name;
	}
}

/* By version, those without one first; for equal ones by number. */
static int
folder_compare_versions(const void *va, const void *vb)
{
	const struct migration *a = *(struct migration *const *)va;
	const struct migration *b = *(struct migration *const *)vb;
	int r;

	if (a->version == NULL || b->version == NULL)
		return (a->version != NULL) - (b->version != NULL);
	r = version_compare(a->version, b->version);
	if (r != 0)
		return r;
	return a->number < b->number ? -1 : 1;
}

/* Find those that have the version of one before them. */
static void
folder_find_twins(struct folder *f)
{
	struct migration **by;
	size_t i;

	by = mem_calloc(f->count, sizeof(struct migration *));
	for (i = 0; i < f->count; i++)
		by[i] = &f->migrations[i];
	qsort(by, f->count, sizeof(*by), folder_compare_versions);
	for (i = 1; i < f->count; i++)
		if (by[i - 1]->version != NULL &&
		    version_compare(by[i - 1]->version, by[i]->version) == 0)
			by[i]->twin = by[i - 1];
	free(by);
}

static size_t
folder_count_forward(const struct folder_list *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->count; i++)
		n += !list->files[i].name.rollback;
	return n;
}

/* Make migrations of the listed files. */
static int
folder_fill(struct folder *f, const struct folder_list *list, struct err *err)
{
	size_t most = folder_count_forward(list);
	struct stat st;
	int code;

	f->migrations = arena_alloc(f->arena, most * sizeof(*f->migrations));
	memset(f->migrations, 0, most * sizeof(*f->migrations));
	f->warnings = arena_alloc(f->arena,
	    (most * WARNINGS_EACH + WARNINGS_FOLDER) * sizeof(char *));
	if (fstat(f->at.fd, &st) == 0 && (st.st_mode & S_IWOTH) != 0 &&
	    (st.st_mode & S_ISVTX) == 0)
		folder_warn(
		    f, "%s: every user may write to this folder", f->at.dir);
	code = folder_pair(f, list, err);
	if (code == 0)
		code = folder_identify_all(f, err);
	if (code < 0)
		return code;
	if (!f->versioned) {
		folder_number_versions(f);
		return 0;
	}
	folder_set_versions(f);
	folder_find_twins(f);
	return 0;
}

int
folder_read(struct folder **out, const char *path,
    const struct script_options *options, struct err *err)
{
	struct folder *f = mem_calloc(1, sizeof(*f));
	struct folder_list list = {NULL, 0};
	int code;

	f->arena = arena_new();
	f->at.fd = -1;
	f->options = *options;
	f->options.table = arena_strdup(f->arena, options->table);
	if (strcmp(path, FOLDER_STDIN) == 0) {
		code = folder_list_tar(f, STDIN_FILENO, &list, err);
	} else {
		code = folder_open(f, path, err);
		if (code == 0)
			code = folder_list_files(f, &list, err);
	}
	if (code == 0)
		code = folder_fill(f, &list, err);
	free(list.files);
	if (code == 0)
		*out = f;
	else
		folder_free(f);
	return code;
}

void
folder_free(struct folder *f)
{
	if (f == NULL)
		return;
	if (f->at.fd >= 0)
		close(f->at.fd);
	arena_free(f->arena);
	free(f);
}

static int
folder_compare_number(const void *key, const void *element)
{
	uint64_t a = *(const uint64_t *)key;
	uint64_t b = ((const struct migration *)element)->number;

	return (a > b) - (a < b);
}

struct migration *
folder_find(const struct folder *f, uint64_t number)
{
	if (f->count == 0)
		return NULL;
	return bsearch(&number, f->migrations, f->count, sizeof(*f->migrations),
	    folder_compare_number);
}

bool
folder_generates(const struct folder *f, uint64_t number, const char *version)
{
	const struct migration *m = f == NULL ? NULL : folder_find(f, number);

	return (m == NULL || m->forward.header.version == NULL) &&
	    version_is_generated(version, number);
}

int
folder_check_forward(struct folder *f, struct migration *m, struct err *err)
{
	if (m->forward.checked)
		return 0;
	return script_check(&m->forward, f->arena, &f->options, &f->at, err);
}

/* The rollback's "Version: 1.1.0 -> 1.0.0" goes down from the forward's. */
static int
folder_compare_pair(const struct migration *m, struct err *err)
{
	const struct header *forward = &m->forward.header;
	const struct header *back = &m->rollback.header;

	if (back->version_to != NULL &&
	    version_compare(back->version, back->version_to) <= 0) {
		err_set(err, ERR_USAGE,
		    "the rollback leads from version %s to %s, which is not "
		    "below it",
		    back->version, back->version_to);
		err_place(err, &back->version_place);
		err_hint(err, "Write -- Version: FROM -> TO.");
		return ERR_USAGE;
	}
	if (forward->version == NULL || back->version == NULL ||
	    strcmp(forward->version, back->version) == 0)
		return 0;
	err_set(err, ERR_USAGE,
	    "the rollback is for version %s, but its migration is %s",
	    back->version, forward->version);
	err_place(err, &back->version_place);
	err_hint(err, "Correct the header of one of the two files.");
	return ERR_USAGE;
}

int
folder_check_rollback(struct folder *f, struct migration *m, struct err *err)
{
	int code = 0;

	if (m->rollback.name == NULL)
		return 0;
	if (!m->rollback.checked)
		code = script_check(
		    &m->rollback, f->arena, &f->options, &f->at, err);
	if (code == 0)
		code = folder_compare_pair(m, err);
	if (code < 0)
		script_show(&m->rollback, &f->at, err);
	return code;
}

int
folder_identify_rollbacks(struct folder *f, struct err *err)
{
	size_t i;
	int code;

	code = folder_do_all(f, folder_identify_rollback, err);
	for (i = 0; code == 0 && i < f->count; i++)
		folder_warn_exposed(f, &f->migrations[i].rollback);
	return code;
}

static int
folder_check_both(
    struct folder *f, struct migration *m, struct arena *arena, struct err *err)
{
	int code = 0;

	if (!m->forward.checked)
		code =
		    script_check(&m->forward, arena, &f->options, &f->at, err);
	if (code == 0 && m->rollback.name != NULL && !m->rollback.checked)
		code =
		    script_check(&m->rollback, arena, &f->options, &f->at, err);
	return code;
}

void
folder_check_ahead(
    struct folder *f, struct migration *const *list, size_t count)
{
	struct err refused = ERR_INIT;

	if (folder_each(f, list, count, folder_check_both, &refused) < 0)
		err_clear(&refused);
}

void
folder_sum(struct folder *f, struct migration *const *list, size_t count)
{
	struct err unread = ERR_INIT;

	if (folder_each(f, list, count, folder_sum_forward, &unread) < 0)
		err_clear(&unread);
}

int
folder_check_number(
    const struct folder *f, const struct migration *m, struct err *err)
{
	if (m == f->migrations || m[-1].number != m->number)
		return 0;
	return folder_duplicate(m - 1, m->forward.path, m->number, err);
}

int
folder_check_pending(struct folder *f, struct migration *m, struct err *err)
{
	int code;

	code = folder_check_forward(f, m, err);
	if (code == 0)
		code = folder_check_rollback(f, m, err);
	if (code == 0)
		code = folder_check_version(f, m, err);
	if (code == 0)
		code = header_check_written(&m->forward, err);
	return code;
}
