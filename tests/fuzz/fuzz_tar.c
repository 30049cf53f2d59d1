/*
 * A tar archive: any bytes are read to an end or refused, no member gives more
 * bytes than it says, and the pieces it is read in make no difference.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	int code;
	unsigned members;
	uint64_t bytes;
};

static int
read_member(struct tar *t, const struct tar_member *m, size_t piece,
    struct outcome *o, struct err *e)
{
	char bytes[4096];
	uint64_t got = 0;
	ssize_t n;

	assert(m->name != NULL);
	assert(m->type == TAR_FILE || m->size == 0);
	if (m->type != TAR_FILE)
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);
	struct outcome whole, pieces;

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	whole = read_all(fd, 4096);
	pieces = read_all(fd, 7);
	assert(whole.code == pieces.code);
	assert(whole.members == pieces.members);
	assert(whole.code < 0 || whole.bytes == pieces.bytes);
	close(fd);
	return 0;
}
