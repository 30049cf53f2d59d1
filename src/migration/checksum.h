/*
 * Checksums: SHA-256, of bytes and of contents.
 *
 * The content checksum does not see how a file is laid out.  It is the
 * SHA-256 over the tokens of the text, each written as its length in bytes
 * (unsigned LEB128) and then its bytes, where
 *   - comments and white space between tokens are left out;
 *   - CRLF inside a token counts as LF; letters stay as they are written;
 *   - the ; that ends a statement is a token, and the last statement has one
 *     whether it is written or not;
 *   - each line of COPY data is a token without the end of its line, and the
 *     line \. that ends the data is one.
 */
#ifndef MIGRATION_CHECKSUM_H
#define MIGRATION_CHECKSUM_H

#include <stddef.h>

#include "sql/scanner.h"

#define CHECKSUM_SIZE 65 /* hex SHA-256 and NUL */

/* A checksum that is being made, of bytes or of tokens. */
struct checksum;

struct checksum *checksum_new(void);
void checksum_free(struct checksum *); /* NULL is accepted */

/* Take the next bytes. */
void checksum_add(struct checksum *, const void *p, size_t n);

/* Take the next token, as the scanner's sink gives it. */
void checksum_token(struct checksum *, const struct token *);

/* Take the end of COPY data, which is no token of the scanner. */
void checksum_data_end(struct checksum *);

/*
 * Have what is gathered taken by a function, which is to have it hashed in that
 * order by checksum_hash(); NULL ends that.
 */
typedef void checksum_take(void *arg, const void *p, size_t n);
void checksum_divert(struct checksum *, checksum_take *, void *arg);

/* Hash bytes past what is gathered, in any thread, one at a time. */
void checksum_hash(struct checksum *, const void *p, size_t n);

/* Hash what is gathered, or have it taken. */
void checksum_flush(struct checksum *);

/* Write the checksum of all that was taken, in lower-case hex. */
void checksum_end(struct checksum *, char hex[CHECKSUM_SIZE]);

/* The same of what was taken so far; more may follow. */
void checksum_peek(const struct checksum *, char hex[CHECKSUM_SIZE]);

#endif
