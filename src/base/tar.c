/* Tar archives, read from a stream. */
#include "base/tar.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define BLOCK 512
#define PAX_MAX 65536 /* bytes of a pax header */

/* Offsets and lengths of the fields (pax(1), "ustar Header Block"). */
#define FIELD_NAME 0, 100
#define FIELD_SIZE 124, 12
#define FIELD_SUM 148, 8
#define FIELD_TYPE 156
#define FIELD_MAGIC 257
#define FIELD_PREFIX 345, 155

struct tar {
	int fd;
	uint64_t offset; /* of the next byte to read */
	uint64_t left;   /* bytes of the member that are not read */
	size_t pad;      /* and behind them, up to the end of the block */
	char *name;
	char *long_name;    /* of the next member, or NULL */
	uint64_t long_size; /* likewise, where has_size */
	bool has_size;
	unsigned char block[BLOCK];
};

static const struct {
	const char *magic;
	size_t len;
	const char *name;
} packers[] = {
    {"\x1f\x8b", 2, "gzip"},
    {"BZh", 3, "bzip2"},
    {"\xfd"
     "7zXZ",
	5, "xz"},
    {"\x28\xb5\x2f\xfd", 4, "zstd"},
};

struct tar *
tar_open(int fd)
{
	struct tar *t = mem_calloc(1, sizeof(*t));

	t->fd = fd;
	return t;
}

void
tar_close(struct tar *t)
{
	if (t == NULL)
		return;
	free(t->name);
	free(t->long_name);
	free(t);
}

static int
tar_fail(const struct tar *t, const char *what, struct err *err)
{
	return err_set(err, ERR_USAGE, "the tar archive %s (at byte %llu)",
	    what, (unsigned long long)t->offset);
}

/* All n bytes, or as many as there are. */
static ssize_t
tar_fill(struct tar *t, void *p, size_t n, struct err *err)
{
	size_t done = 0;
	ssize_t got;

	do {
		got = file_read(
		    t->fd, (char *)p + done, n - done, "standard input", err);
		if (got < 0)
			return got;
		done += (size_t)got;
	} while (got > 0 && done < n);
	t->offset += done;
	return (ssize_t)done;
}

static int
tar_need(struct tar *t, void *p, size_t n, struct err *err)
{
	ssize_t got = tar_fill(t, p, n, err);

	if (got < 0)
		return (int)got;
	return (size_t)got == n ? 0 : tar_fail(t, "is cut off", err);
}

/* A number in octal digits, or as GNU tar has large ones, in base 256. */
static bool
tar_number(const struct tar *t, size_t at, size_t len, uint64_t *out)
{
	const unsigned char *p = t->block + at, *end = p + len;
	uint64_t n = 0;

	if (*p == 0x80) {
		for (p++; p < end; p++) {
			if (n >> 55 != 0)
				return false;
			n = n << 8 | *p;
		}
		*out = n;
		return true;
	}
	while (p < end && *p == ' ')
		p++;
	for (; p < end && *p >= '0' && *p <= '7'; p++)
		n = n << 3 | (uint64_t)(*p - '0');
	*out = n;
	return p == end || *p == ' ' || *p == '\0';
}

/* Some old programs added the bytes up as signed ones. */
static bool
tar_sum_is_right(const struct tar *t)
{
	static const size_t field[] = {FIELD_SUM};
	int64_t plain = 0, as_signed = 0;
	uint64_t want;
	size_t i;

	for (i = 0; i < BLOCK; i++) {
		bool own = i >= field[0] && i < field[0] + field[1];
		unsigned char c = own ? ' ' : t->block[i];

		plain += c;
		as_signed += (signed char)c;
	}
	return tar_number(t, FIELD_SUM, &want) &&
	    ((int64_t)want == plain || (int64_t)want == as_signed);
}

static bool
tar_is_zero(const struct tar *t)
{
	size_t i;

	for (i = 0; i < BLOCK; i++)
		if (t->block[i] != 0)
			return false;
	return true;
}

static char *
tar_field(const struct tar *t, size_t at, size_t len)
{
	const char *p = (const char *)t->block + at;

	return mem_strndup(p, strnlen(p, len));
}

/* The prefix is there in ustar only; GNU tar has other things in its place. */
static char *
tar_take_name(struct tar *t)
{
	char *name = t->long_name, *prefix, *both;

	t->long_name = NULL;
	if (name != NULL)
		return name;
	name = tar_field(t, FIELD_NAME);
	if (memcmp(t->block + FIELD_MAGIC, "ustar\0", 6) != 0)
		return name;
	prefix = tar_field(t, FIELD_PREFIX);
	if (*prefix != '\0') {
		both = mem_calloc(strlen(prefix) + strlen(name) + 2, 1);
		strcpy(both, prefix);
		strcat(both, "/");
		strcat(both, name);
		free(name);
		name = both;
	}
	free(prefix);
	return name;
}

/* The data of a header, as a string to be freed; NULL with the error set. */
static char *
tar_slurp(struct tar *t, uint64_t size, size_t max, struct err *err)
{
	char pad[BLOCK], *data;
	size_t rest = (size_t)(-size % BLOCK);

	if (size > max) {
		tar_fail(t, "has a header that is too long", err);
		return NULL;
	}
	data = mem_calloc((size_t)size + 1, 1);
	if (tar_need(t, data, (size_t)size, err) == 0 &&
	    tar_need(t, pad, rest, err) == 0)
		return data;
	free(data);
	return NULL;
}

/* One of "LENGTH KEY=VALUE\n"; LENGTH counts the whole of it. */
static int
tar_pax_record(struct tar *t, char *key, char *value, struct err *err)
{
	if (strncmp(key, "GNU.sparse.", 11) == 0)
		return tar_fail(t, "holds a sparse file", err);
	if (strcmp(key, "path") == 0) {
		free(t->long_name);
		t->long_name = mem_strdup(value);
	} else if (strcmp(key, "size") == 0) {
		t->has_size = text_parse_number(value, &t->long_size);
		if (!t->has_size)
			return tar_fail(t, "has a bad size", err);
	}
	return 0;
}

static int
tar_pax(struct tar *t, char *data, size_t size, struct err *err)
{
	char *p = data, *end = data + size, *key, *equals;
	size_t len;
	int r;

	while (p < end) {
		len = strtoul(p, &key, 10);
		if (*p < '1' || *p > '9' || *key != ' ' ||
		    len <= (size_t)(key - p) + 3 || len > (size_t)(end - p) ||
		    p[len - 1] != '\n')
			return tar_fail(t, "has a bad pax header", err);
		p[len - 1] = '\0';
		equals = memchr(key, '=', (size_t)(p + len - key));
		if (equals == NULL ||
		    strlen(equals) != (size_t)(p + len - 1 - equals))
			return tar_fail(t, "has a bad pax header", err);
		*equals = '\0';
		r = tar_pax_record(t, key + 1, equals + 1, err);
		if (r < 0)
			return r;
		p += len;
	}
	return 0;
}

/* A header about the next one; those for all that follow say nothing to us. */
static int
tar_take_header(struct tar *t, char type, uint64_t size, struct err *err)
{
	char *data;
	int r = 0;

	data = tar_slurp(t, size, type == 'L' ? PATH_MAX : PAX_MAX, err);
	if (data == NULL)
		return err->code;
	if (type == 'x') {
		r = tar_pax(t, data, (size_t)size, err);
	} else if (type == 'L') {
		free(t->long_name);
		t->long_name = mem_strdup(data);
	}
	free(data);
	return r;
}

static bool
tar_is_header(char type)
{
	return type == 'x' || type == 'g' || type == 'L' || type == 'K';
}

static enum tar_type
tar_type(char type, const char *name)
{
	size_t n = strlen(name);

	switch (type) {
	case '\0':
	case '0':
	case '7':
		/* Before POSIX a folder had no type of its own. */
		return n > 0 && name[n - 1] == '/' ? TAR_FOLDER : TAR_FILE;
	case '1':
	case '2':
		return TAR_LINK;
	case '5':
	case 'D':
		return TAR_FOLDER;
	default:
		return TAR_OTHER;
	}
}

static int
tar_take_member(
    struct tar *t, struct tar_member *m, uint64_t size, struct err *err)
{
	char type = (char)t->block[FIELD_TYPE];

	if (type == 'S' || type == 'M')
		return tar_fail(t,
		    type == 'S' ? "holds a sparse file"
				: "is one of several volumes",
		    err);
	if (t->has_size)
		size = t->long_size;
	t->has_size = false;
	free(t->name);
	t->name = tar_take_name(t);
	m->name = t->name;
	m->type = tar_type(type, t->name);
	m->size = m->type == TAR_FILE ? size : 0;
	/* A folder's or a link's size is no data that follows. */
	t->left = m->type == TAR_FILE || m->type == TAR_OTHER ? size : 0;
	t->pad = (size_t)(-t->left % BLOCK);
	return 1;
}

static int
tar_refuse_packed(struct tar *t, struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		if (memcmp(t->block, packers[i].magic, packers[i].len) != 0)
			continue;
		err_set(err, ERR_USAGE, "the tar archive is packed with %s",
		    packers[i].name);
		err_hint(err, "Leave the option out that packs it: tar -c.");
		return err->code;
	}
	return 0;
}

/* The next block: 1, or 0 where the input ends. */
static int
tar_block(struct tar *t, struct err *err)
{
	bool first = t->offset == 0;
	ssize_t n = tar_fill(t, t->block, BLOCK, err);

	if (n < 0)
		return (int)n;
	if (first && n == 0) {
		err_set(err, ERR_USAGE,
		    "there is no tar archive on standard input");
		err_hint(err,
		    "Pipe one into it: tar -c migrations | sqlmigrate "
		    "apply --dir -");
		return err->code;
	}
	if (first && tar_refuse_packed(t, err) < 0)
		return err->code;
	if (n > 0 && n < BLOCK)
		return tar_fail(t, "is cut off", err);
	return n == BLOCK;
}

/* Behind the block of zeros that ends it there may be more padding. */
static int
tar_end(struct tar *t, struct err *err)
{
	ssize_t n;

	do {
		n = tar_fill(t, t->block, BLOCK, err);
	} while (n > 0);
	return (int)n;
}

static int
tar_skip(struct tar *t, struct err *err)
{
	char piece[4096];
	ssize_t n;

	do {
		n = tar_read(t, piece, sizeof(piece), err);
	} while (n > 0);
	return (int)n;
}

int
tar_next(struct tar *t, struct tar_member *m, struct err *err)
{
	uint64_t size;
	int r;

	for (;;) {
		r = tar_skip(t, err);
		if (r == 0)
			r = tar_block(t, err);
		if (r < 0)
			return r;
		if (r == 0)
			return tar_fail(t, "is cut off", err);
		if (tar_is_zero(t))
			return tar_end(t, err);
		if (!tar_sum_is_right(t) || !tar_number(t, FIELD_SIZE, &size) ||
		    size > INT64_MAX)
			return tar_fail(t, "has a bad header, or is none", err);
		if (!tar_is_header((char)t->block[FIELD_TYPE]))
			return tar_take_member(t, m, size, err);
		r = tar_take_header(t, (char)t->block[FIELD_TYPE], size, err);
		if (r < 0)
			return r;
	}
}

ssize_t
tar_read(struct tar *t, void *p, size_t n, struct err *err)
{
	char pad[BLOCK];
	int r;

	if (t->left == 0) {
		n = t->pad;
		t->pad = 0;
		return tar_need(t, pad, n, err);
	}
	n = n < t->left ? n : (size_t)t->left;
	r = tar_need(t, p, n, err);
	if (r < 0)
		return r;
	t->left -= n;
	return (ssize_t)n;
}
