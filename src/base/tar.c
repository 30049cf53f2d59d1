/* Tar archives, read from a stream: blocks, members' bytes, and the end. */
#include "base/tar.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/tar_int.h"

/* How a packed file starts (RFC 1952, xz and zstd's format descriptions). */
static const struct {
	const char *magic;
	size_t len;
	const char *name;
} packers[] = {
    {"\x1f\x8b", 2, "gzip"},
    {"BZh", 3, "bzip2"},
    {"\xfd\x37zXZ", 5, "xz"},
    {"\x28\xb5\x2f\xfd", 4, "zstd"},
};

struct tar *
tar_open(int fd)
{
	struct tar *t = mem_calloc(1, sizeof(*t));

	t->fd = fd;
	tar_instead_init(&t->all);
	tar_instead_init(&t->next);
	tar_instead_init(&t->gnu);
	buf_init(&t->name, PATH_MAX - 1);
	buf_init(&t->link, PATH_MAX - 1);
	return t;
}

void
tar_close(struct tar *t)
{
	if (t == NULL)
		return;
	tar_instead_clear(&t->all);
	tar_instead_clear(&t->next);
	tar_instead_clear(&t->gnu);
	buf_clear(&t->name);
	buf_clear(&t->link);
	free(t);
}

int
tar_fail(uint64_t at, const char *what, struct err *err)
{
	return err_set(err, ERR_USAGE, "the tar archive %s (at byte %llu)",
	    what, (unsigned long long)at);
}

int
tar_fail_sparse(uint64_t at, struct err *err)
{
	int r = tar_fail(at, "holds a sparse file", err);

	err_hint(err, "Pack without --sparse (-S).");
	return r;
}

int
tar_fail_volume(uint64_t at, struct err *err)
{
	int r = tar_fail(at, "is one of several volumes", err);

	err_hint(err, "Pack without --multi-volume (-M).");
	return r;
}

static int
tar_fail_cut(const struct tar *t, struct err *err)
{
	int r = tar_fail(t->offset, "is cut off", err);

	err_hint(err, "Look at what the program that writes it says.");
	return r;
}

/* All n bytes, or as many as there are. */
static ssize_t
tar_fill(struct tar *t, void *p, size_t n, struct err *err)
{
	size_t done = 0;
	ssize_t got;

	while (done < n) {
		got = file_read(
		    t->fd, (char *)p + done, n - done, "standard input", err);
		if (got < 0)
			return got;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	t->offset += done;
	return (ssize_t)done;
}

int
tar_need(struct tar *t, void *p, size_t n, struct err *err)
{
	ssize_t got = tar_fill(t, p, n, err);

	if (got < 0)
		return (int)got;
	return (size_t)got == n ? 0 : tar_fail_cut(t, err);
}

/* Only where it is no header: a folder may well be called BZhang. */
static int
tar_refuse_packed(const struct tar *t, struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		if (memcmp(t->block, packers[i].magic, packers[i].len) != 0)
			continue;
		err_set(err, ERR_USAGE, "the tar archive is packed with %s",
		    packers[i].name);
		err_hint(err,
		    "Leave out the option that packs it (-z, -j, -J, --zstd): "
		    "tar -c.");
		return err->code;
	}
	return 0;
}

/* The next block: 1, or 0 where the input ends. */
static int
tar_block(struct tar *t, struct err *err)
{
	bool first = t->offset == 0;
	ssize_t n;

	t->header = t->offset;
	n = tar_fill(t, t->block, TAR_BLOCK, err);
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
	if (first && !(n == TAR_BLOCK && tar_is_header(t)) &&
	    tar_refuse_packed(t, err) < 0)
		return err->code;
	if (n > 0 && n < TAR_BLOCK)
		return tar_fail_cut(t, err);
	return n == TAR_BLOCK;
}

/*
 * The second block of zeros, which GNU tar too does without where the input
 * ends, and the padding of the last record.  What is no padding would be lost
 * in silence: a second archive, or what stood behind a zeroed header.
 */
static int
tar_end(struct tar *t, struct err *err)
{
	ssize_t n;

	if (t->awaited)
		return tar_fail(
		    t->header, "ends where a member should follow", err);
	n = tar_block(t, err);
	if (n > 0 && !tar_is_zero(t))
		return tar_fail(
		    t->header, "goes on behind a lone block of zeros", err);
	while (n > 0) {
		t->header = t->offset;
		n = tar_fill(t, t->block, TAR_BLOCK, err);
		if (n > 0 && !tar_is_zero(t)) {
			tar_fail(t->header, "has data behind its end", err);
			err_hint(
			    err, "Give one archive, not one after another.");
			return err->code;
		}
	}
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
			return tar_fail_cut(t, err);
		if (tar_is_zero(t))
			return tar_end(t, err);
		if (!tar_is_header(t))
			return tar_fail(
			    t->header, "has a bad header, or is none", err);
		r = tar_size(t, &size, err);
		if (r < 0)
			return r;
		if (!tar_is_extension(tar_flag(t)))
			return tar_member_take(t, m, size, err);
		r = tar_extend(t, size, err);
		if (r < 0)
			return r;
	}
}

ssize_t
tar_read(struct tar *t, void *p, size_t n, struct err *err)
{
	char pad[TAR_BLOCK];
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
