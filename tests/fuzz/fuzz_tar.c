/*
 * A tar archive: any bytes are read to an end or refused, no member gives more
 * bytes than it says, and the pieces it is read in make no difference, nor
 * does passing members over.  Inputs of an odd length as they stand, the others
 * with the checksum of each block mended: else what is behind it would hardly
 * be met.
 */
#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BLOCK 512

struct outcome {
	int code;
	unsigned members;
	uint64_t bytes;
};

static void
check_member(const struct tar_member *m)
{
	bool is_link = m->type == TAR_SYMLINK || m->type == TAR_HARDLINK;

	assert(strlen(m->name) < PATH_MAX);
	assert(is_link == (m->link != NULL));
	assert(!is_link || (strlen(m->link) < PATH_MAX && m->size == 0));
}

/* A piece of 0 passes the member over. */
static int
read_member(struct tar *t, const struct tar_member *m, size_t piece,
    struct outcome *o, struct err *e)
{
	char bytes[4096];
	uint64_t got = 0;
	ssize_t n;

	check_member(m);
	if (piece == 0)
		return 0;
	do {
		n = tar_read(t, bytes, piece, e);
		got += n > 0 ? (uint64_t)n : 0;
	} while (n > 0);
	assert(got <= m->size && (n < 0 || got == m->size));
	o->bytes += got;
	return (int)n;
}

static struct outcome
read_all(int fd, size_t piece)
{
	struct outcome o = {0};
	struct err e = ERR_INIT;
	struct tar_member m;
	struct tar *t;

	lseek(fd, 0, SEEK_SET);
	t = tar_open(fd);
	while ((o.code = tar_next(t, &m, &e)) > 0) {
		o.members++;
		o.code = read_member(t, &m, piece, &o, &e);
		if (o.code < 0)
			break;
	}
	assert(o.code == 0 || o.code == ERR_USAGE);
	assert((o.code == 0) == (e.message == NULL));
	tar_close(t);
	err_clear(&e);
	return o;
}

static void
try(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct outcome whole, pieces, none;

	if (fd < 0)
		fd = memfd_create("archive", MFD_CLOEXEC);
	assert(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	assert(pwrite(fd, data, size, 0) == (ssize_t)size);
	whole = read_all(fd, 4096);
	assert(whole.code < 0 || lseek(fd, 0, SEEK_CUR) == (off_t)size);
	pieces = read_all(fd, size % 97 + 1);
	none = read_all(fd, 0);
	assert(whole.code == pieces.code && whole.code == none.code);
	assert(whole.members == pieces.members);
	assert(whole.members == none.members);
	assert(whole.code < 0 || whole.bytes == pieces.bytes);
}

/* Of blocks that look like a header: another sum would spoil their data. */
static void
mend(uint8_t *block)
{
	unsigned sum = 8 * ' ';
	char field[8] = "";
	size_t i;

	if (block[BLOCK - 1] != 0 || memcmp(block + 257, "ustar", 5) != 0)
		return;
	for (i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? 0 : block[i];
	snprintf(field, sizeof(field), "%06o", sum);
	memcpy(block + 148, field, sizeof(field));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *mended = calloc(1, size + 1);
	size_t at;

	assert(mended != NULL);
	if (size > 0)
		memcpy(mended, data, size);
	for (at = 0; size % 2 == 0 && at + BLOCK <= size; at += BLOCK)
		mend(mended + at);
	try(mended, size);
	free(mended);
	return 0;
}
