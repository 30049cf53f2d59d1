/* Sources: the bytes of a script, hashed on the way. */
#include "migration/source.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "migration/checksum.h"
#include "migration/pieces.h"

struct source {
	const struct script *script;
	int fd;         /* -1: only the text */
	struct stat st; /* of the file when it was opened */
	bool ended;     /* the file has */
	atomic_bool stopped;
	const char *text; /* read from before the descriptor */
	size_t len;
	size_t used;
	char *owned; /* the text, where source_load() made it */
	struct checksum *sum;
	uint64_t bytes;
	struct pieces *pieces;   /* that are read ahead, or NULL */
	char hex[CHECKSUM_SIZE]; /* "" until the sum is taken */
};

struct source *
source_open(const struct script *script, const struct script_folder *folder,
    struct err *err)
{
	struct source *s;
	struct stat st = {0};
	int fd = -1;

	if (script->text == NULL) {
		fd = file_open_in(
		    folder->fd, folder->dir, script->name, &st, err);
		if (fd < 0)
			return NULL;
	}
	s = mem_calloc(1, sizeof(*s));
	s->script = script;
	s->fd = fd;
	s->st = st;
	s->text = script->text == NULL ? "" : script->text;
	s->len = strlen(s->text);
	s->sum = checksum_new();
	return s;
}

void
source_close(struct source *s)
{
	if (s == NULL)
		return;
	pieces_free(s->pieces);
	if (s->fd >= 0)
		close(s->fd);
	checksum_free(s->sum);
	free(s->owned);
	free(s);
}

void
source_stop(struct source *s)
{
	atomic_store(&s->stopped, true);
}

bool
source_is_long(const struct source *s)
{
	return s->st.st_size > (off_t)SOURCE_SMALL;
}

bool
source_is_exposed(const struct source *s)
{
	return (s->st.st_mode & S_IWOTH) != 0;
}

uint64_t
source_bytes(const struct source *s)
{
	return s->pieces == NULL ? s->bytes : pieces_bytes(s->pieces);
}

size_t
source_piece(const struct source *s, size_t max)
{
	uint64_t left = s->len - s->used;

	if (s->pieces != NULL)
		return max;
	if (s->fd >= 0 && s->owned == NULL)
		left = (uint64_t)s->st.st_size > s->bytes
		    ? (uint64_t)s->st.st_size - s->bytes
		    : 0;
	return left < max ? (size_t)left + 1 : max;
}

/*
 * A short read that comes to the size of the file was the last one: most
 * files are read by one call.
 */
static ssize_t
source_read_file(struct source *s, void *p, size_t n, struct err *err)
{
	ssize_t got;

	if (s->ended)
		return 0;
	got = file_read(s->fd, p, n, s->script->path, err);
	s->ended = got >= 0 && (size_t)got < n &&
	    s->bytes + (uint64_t)got == (uint64_t)s->st.st_size;
	return got;
}

/* Read and hash. */
static ssize_t
source_read_on(void *arg, void *p, size_t n, struct err *err)
{
	struct source *s = arg;
	size_t left = s->len - s->used;
	ssize_t got;

	if (atomic_load(&s->stopped))
		return err_set(err, ERR_INTERRUPT, "%s: reading was stopped",
		    s->script->path);
	if (s->fd >= 0 && s->owned == NULL) {
		got = source_read_file(s, p, n, err);
		if (got < 0)
			return got;
	} else {
		got = (ssize_t)(n < left ? n : left);
		memcpy(p, s->text + s->used, (size_t)got);
		s->used += (size_t)got;
	}
	if (s->owned == NULL) {
		checksum_add(s->sum, p, (size_t)got);
		s->bytes += (uint64_t)got;
	}
	return got;
}

ssize_t
source_read(struct source *s, void *p, size_t n, struct err *err)
{
	if (s->pieces != NULL)
		return pieces_read(s->pieces, p, n, err);
	return source_read_on(s, p, n, err);
}

void
source_begin_ahead(struct source *s, struct checksum *found)
{
	if (source_is_long(s))
		s->pieces = pieces_start(source_read_on, s, found);
}

void
source_end_ahead(struct source *s)
{
	if (s->pieces == NULL)
		return;
	pieces_end(s->pieces);
	pieces_free(s->pieces);
	s->pieces = NULL;
}

ssize_t
source_peek(
    struct source *s, uint64_t offset, void *p, size_t n, struct err *err)
{
	ssize_t got;

	if (s->fd < 0) {
		if (offset >= s->len)
			return 0;
		n = n < s->len - offset ? n : s->len - (size_t)offset;
		memcpy(p, s->text + offset, n);
		return (ssize_t)n;
	}
	do {
		got = pread(s->fd, p, n, (off_t)offset);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(err, ERR_USAGE, "%s: cannot read: %s",
		    s->script->path, strerror(errno));
	return got;
}

int
source_load(struct source *s, struct err *err)
{
	size_t cap = (size_t)s->script->bytes + 1, len = 0;
	char *text = mem_calloc(cap, 1);
	ssize_t n;

	do {
		n = source_read(s, text + len, cap - len, err);
		if (n < 0) {
			free(text);
			return (int)n;
		}
		len += (size_t)n;
	} while (n > 0 && len < cap);
	s->owned = text;
	s->text = text;
	s->len = len;
	s->used = 0;
	return 0;
}

void
source_sum(struct source *s, char hex[CHECKSUM_SIZE], uint64_t *bytes)
{
	if (s->hex[0] == '\0')
		checksum_end(s->sum, s->hex);
	memcpy(hex, s->hex, CHECKSUM_SIZE);
	*bytes = s->bytes;
}

int
source_refuse(const struct source *s, struct err *err)
{
	err_set(err, ERR_DISAGREE, "%s: the file changed after it was checked",
	    s->script->path);
	err_hint(err, "Run the command again when nothing writes to it.");
	return ERR_DISAGREE;
}

int
source_compare(struct source *s, struct err *err)
{
	char hex[CHECKSUM_SIZE];
	uint64_t bytes;

	source_sum(s, hex, &bytes);
	if (bytes == s->script->bytes && strcmp(hex, s->script->checksum) == 0)
		return 0;
	return source_refuse(s, err);
}
