/*
 * The parts of the tar reader: tar.c has the stream, tar_header.c the fields
 * of a block, tar_extend.c the headers that speak about another one.
 */
#ifndef BASE_TAR_INT_H
#define BASE_TAR_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/tar.h"

#define TAR_BLOCK 512

/* What stands in place of a header's own fields; an empty text: nothing. */
struct tar_instead {
	struct buf name;
	struct buf link;
	uint64_t size;
	bool has_size;
};

struct tar {
	int fd;
	uint64_t offset; /* of the next byte to read */
	uint64_t header; /* of the block below */
	uint64_t left;   /* bytes of the member that are not read */
	size_t pad;      /* and behind them, up to the end of the block */
	bool awaited;    /* a header spoke about a member still to come */
	struct tar_instead all;  /* pax: for all members that follow */
	struct tar_instead next; /* pax: for the next one */
	struct tar_instead gnu;  /* GNU tar: for the next one */
	struct buf name;         /* of the member */
	struct buf link;
	unsigned char block[TAR_BLOCK]; /* the last header */
};

/* tar.c: "the tar archive WHAT (at byte AT)". */
int tar_fail(uint64_t at, const char *what, struct err *err);
int tar_fail_sparse(uint64_t at, struct err *err);
int tar_fail_volume(uint64_t at, struct err *err);

/* tar.c: all n bytes; fewer are an error. */
int tar_need(struct tar *, void *p, size_t n, struct err *) ERR_CHECKED;

/* tar_header.c: the block as it stands. */
bool tar_is_zero(const struct tar *);
bool tar_is_header(const struct tar *); /* its checksum is right */
char tar_flag(const struct tar *);
int tar_size(const struct tar *, uint64_t *, struct err *) ERR_CHECKED;

/* tar_header.c: the member that the block and those before it describe. */
int tar_member_take(
    struct tar *, struct tar_member *, uint64_t size, struct err *) ERR_CHECKED;

/* tar_extend.c: whether the block only speaks about others; and take it. */
bool tar_is_extension(char flag);
int tar_extend(struct tar *, uint64_t size, struct err *) ERR_CHECKED;

void tar_instead_init(struct tar_instead *);
void tar_instead_clear(struct tar_instead *); /* init again before use */
void tar_instead_reset(struct tar_instead *);

#endif
