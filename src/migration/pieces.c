/*
 * Pieces of a long text.
 *
 * One slot carries both: on its way to the caller a piece of the text, and on
 * the way back what he has gathered to be hashed meanwhile.  As a rule that is
 * no more than the piece, but a token is given out only where it ends, and may
 * be as long as the text.  What there is no room for is hashed by the caller,
 * once the thread is through with what came before it.
 */
#include "migration/pieces.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ahead.h"
#include "base/mem.h"

#define PIECES 8
#define PIECE_TEXT ((size_t)64 * 1024)
#define PIECE_FOUND (2 * PIECE_TEXT)

struct piece {
	ssize_t len;    /* 0 at the end; or a negative code */
	uint64_t bytes; /* read up to the end of it */
	struct err err;
	size_t nfound;
	char text[PIECE_TEXT];
	char found[PIECE_FOUND];
};

struct pieces {
	pieces_fn *read;
	void *arg;
	struct checksum *checksum;
	struct ahead *ahead;
	uint64_t bytes;      /* the thread's count */
	bool ended;          /* the thread has seen the end, or an error */
	struct piece *piece; /* that the caller has; NULL before the first */
	size_t at;           /* in its text */
	struct piece pieces[PIECES];
};

static void
piece_hash(struct pieces *p, struct piece *piece)
{
	checksum_hash(p->checksum, piece->found, piece->nfound);
	piece->nfound = 0;
}

/* The thread: hash what came back, and read. */
static enum ahead_work
pieces_work(void *arg, size_t slot)
{
	struct pieces *p = arg;
	struct piece *piece = &p->pieces[slot];

	piece_hash(p, piece);
	piece->len = p->ended
	    ? 0
	    : p->read(p->arg, piece->text, PIECE_TEXT, &piece->err);
	p->ended = piece->len <= 0;
	p->bytes += p->ended ? 0 : (uint64_t)piece->len;
	piece->bytes = p->bytes;
	return AHEAD_ON;
}

/* The checksum's buffer is full. */
static void
pieces_take(void *arg, const void *found, size_t n)
{
	struct pieces *p = arg;
	struct piece *piece = p->piece;

	if (piece != NULL && n <= PIECE_FOUND - piece->nfound) {
		memcpy(piece->found + piece->nfound, found, n);
		piece->nfound += n;
		return;
	}
	ahead_wait(p->ahead);
	if (piece != NULL)
		piece_hash(p, piece);
	checksum_hash(p->checksum, found, n);
}

struct pieces *
pieces_start(pieces_fn *read, void *arg, struct checksum *found)
{
	struct pieces *p = mem_calloc(1, sizeof(*p));

	p->read = read;
	p->arg = arg;
	p->checksum = found;
	p->ahead = ahead_start(PIECES, pieces_work, p);
	if (p->ahead == NULL) {
		free(p);
		return NULL;
	}
	checksum_divert(found, pieces_take, p);
	return p;
}

void
pieces_free(struct pieces *p)
{
	size_t i;

	if (p == NULL)
		return;
	ahead_stop(p->ahead);
	checksum_divert(p->checksum, NULL, NULL);
	for (i = 0; i < PIECES; i++)
		err_clear(&p->pieces[i].err);
	free(p);
}

/* A failure is told once; behind it the text ends. */
static ssize_t
pieces_fail(struct pieces *p, struct err *err)
{
	ssize_t code = p->piece->len;

	if (code < 0 && err != NULL)
		err_move(err, &p->piece->err);
	p->piece->len = 0;
	return code;
}

ssize_t
pieces_read(struct pieces *p, void *to, size_t n, struct err *err)
{
	size_t left;

	if (p->piece == NULL || p->at == (size_t)p->piece->len) {
		p->piece = &p->pieces[ahead_next(p->ahead)];
		p->at = 0;
	}
	if (p->piece->len <= 0)
		return pieces_fail(p, err);
	left = (size_t)p->piece->len - p->at;
	if (n > left)
		n = left;
	memcpy(to, p->piece->text + p->at, n);
	p->at += n;
	return (ssize_t)n;
}

uint64_t
pieces_bytes(const struct pieces *p)
{
	return p->piece == NULL ? 0 : p->piece->bytes;
}

void
pieces_end(struct pieces *p)
{
	checksum_flush(p->checksum);
	ahead_wait(p->ahead);
	if (p->piece != NULL)
		piece_hash(p, p->piece);
}
