/*
 * Checksums: SHA-256, of bytes and of contents.
 *
 * Tokens are a few bytes long and a call of libcrypto costs more than hashing
 * them, so they are gathered in a buffer first.
 *
 * SHA256_Init(3) and not EVP_DigestInit(3): the first use of EVP reads the
 * configuration and looks for providers, which takes as long as hashing 3,000
 * small files.  configure asks for the API that has them.
 */
#include "migration/checksum.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "base/mem.h"

#define CHECKSUM_BUFFER 8192
#define LEB128_MAX 10

struct checksum {
	SHA256_CTX sha;
	checksum_take *take; /* of what is gathered; NULL: hash it here */
	void *arg;
	bool open; /* tokens of a statement whose ; has not come */
	size_t used;
	unsigned char buffer[CHECKSUM_BUFFER];
};

struct checksum *
checksum_new(void)
{
	struct checksum *c = mem_realloc(NULL, 1, sizeof(*c));

	c->take = NULL;
	c->open = false;
	c->used = 0;
	SHA256_Init(&c->sha);
	return c;
}

void
checksum_free(struct checksum *c)
{
	free(c);
}

void
checksum_divert(struct checksum *c, checksum_take *take, void *arg)
{
	c->take = take;
	c->arg = arg;
}

void
checksum_hash(struct checksum *c, const void *p, size_t n)
{
	SHA256_Update(&c->sha, p, n);
}

static void
checksum_pass_on(struct checksum *c, const void *p, size_t n)
{
	if (c->take != NULL)
		c->take(c->arg, p, n);
	else
		checksum_hash(c, p, n);
}

void
checksum_flush(struct checksum *c)
{
	checksum_pass_on(c, c->buffer, c->used);
	c->used = 0;
}

void
checksum_add(struct checksum *c, const void *p, size_t n)
{
	if (n > CHECKSUM_BUFFER - c->used) {
		checksum_flush(c);
		if (n >= CHECKSUM_BUFFER) {
			checksum_pass_on(c, p, n);
			return;
		}
	}
	memcpy(c->buffer + c->used, p, n);
	c->used += n;
}

static void
checksum_length(struct checksum *c, size_t n)
{
	unsigned char leb[LEB128_MAX];
	size_t i = 0;

	for (; n >= 0x80; n >>= 7)
		leb[i++] = (unsigned char)(n | 0x80);
	leb[i++] = (unsigned char)n;
	checksum_add(c, leb, i);
}

/* The CR of the next CRLF in the text, or its end. */
static const char *
checksum_find_crlf(const char *p, const char *end)
{
	while (p < end && (p = memchr(p, '\r', (size_t)(end - p))) != NULL) {
		if (p + 1 < end && p[1] == '\n')
			return p;
		p++;
	}
	return end;
}

/* A token that has a CRLF: twice over it, since the length comes first. */
static void
checksum_add_lines(struct checksum *c, const char *p, size_t n)
{
	const char *end = p + n, *cr;
	size_t len = n;

	for (cr = checksum_find_crlf(p, end); cr < end;
	     cr = checksum_find_crlf(cr + 1, end))
		len--;
	checksum_length(c, len);
	for (; p < end; p = cr + (cr < end)) {
		cr = checksum_find_crlf(p, end);
		checksum_add(c, p, (size_t)(cr - p));
	}
}

/* A token that has none; most are short. */
static void
checksum_add_text(struct checksum *c, const char *p, size_t n)
{
	if (n < 0x80 && n < CHECKSUM_BUFFER - c->used) {
		c->buffer[c->used++] = (unsigned char)n;
		memcpy(c->buffer + c->used, p, n);
		c->used += n;
		return;
	}
	checksum_length(c, n);
	checksum_add(c, p, n);
}

/* Words, numbers, operators and marks hold no white space. */
static bool
checksum_may_have_lines(const struct token *t)
{
	return t->kind == TOKEN_STRING || t->kind == TOKEN_NAME ||
	    t->kind == TOKEN_PARAMETER || t->kind == TOKEN_DATA;
}

void
checksum_token(struct checksum *c, const struct token *t)
{
	if (t->kind == TOKEN_COMMENT)
		return;
	if (t->kind != TOKEN_DATA)
		c->open = t->kind != TOKEN_MARK || t->text[0] != ';';
	if (checksum_may_have_lines(t) &&
	    checksum_find_crlf(t->text, t->text + t->len) < t->text + t->len)
		checksum_add_lines(c, t->text, t->len);
	else
		checksum_add_text(c, t->text, t->len);
}

void
checksum_data_end(struct checksum *c)
{
	checksum_add_text(c, "\\.", 2);
}

void
checksum_end(struct checksum *c, char hex[CHECKSUM_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[SHA256_DIGEST_LENGTH];
	size_t i;

	if (c->open)
		checksum_add_text(c, ";", 1);
	checksum_flush(c);
	SHA256_Final(sum, &c->sha);
	for (i = 0; i < sizeof(sum); i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 0xf];
	}
	hex[CHECKSUM_SIZE - 1] = '\0';
}

void
checksum_peek(const struct checksum *c, char hex[CHECKSUM_SIZE])
{
	struct checksum copy = *c;

	checksum_end(&copy, hex);
}
