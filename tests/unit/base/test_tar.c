/* Tar archives: made here block by block, and read back. */
#include "base/tar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

#define BLOCK 512

/* Append a header; then its data, to the end of a block. */
static void
add(struct buf *b, const char *name, char type, const char *magic,
    const char *data)
{
	unsigned char block[BLOCK] = {0};
	size_t n = strlen(data), i;
	unsigned sum = 0;

	memcpy(block, name, strnlen(name, 100));
	snprintf((char *)block + 124, 12, "%011o", (unsigned)n);
	memset(block + 148, ' ', 8);
	block[156] = (unsigned char)type;
	memcpy(block + 257, magic, 6);
	for (i = 0; i < BLOCK; i++)
		sum += block[i];
	snprintf((char *)block + 148, 8, "%06o", sum);
	buf_add(b, block, BLOCK);
	buf_add(b, data, n);
	memset(block, 0, BLOCK);
	buf_add(b, block, (BLOCK - n % BLOCK) % BLOCK);
}

static void
add_end(struct buf *b)
{
	static const char zeros[2 * BLOCK];

	buf_add(b, zeros, sizeof(zeros));
}

/* "name type size text|..." of all members; an error's message instead. */
static void
assert_read(struct buf *archive, size_t len, const char *want)
{
	int fd = memfd_create("archive", MFD_CLOEXEC), r;
	struct tar *t = tar_open(fd);
	struct err e = ERR_INIT;
	char text[32] = "";
	struct tar_member m;
	struct buf got;
	ssize_t n;

	assert_int_equal(write(fd, archive->data, len), (ssize_t)len);
	lseek(fd, 0, SEEK_SET);
	buf_init(&got, BUF_LINE);
	while ((r = tar_next(t, &m, &e)) > 0) {
		buf_addf(&got, "%s %d %d ", m.name, (int)m.type, (int)m.size);
		n = tar_read(t, text, 3, &e);
		if (m.type == TAR_FILE && n > 0)
			buf_add(&got, text, (size_t)n);
		buf_addc(&got, '|');
	}
	assert_int_equal(r < 0 ? e.code : 0, r);
	if (r < 0) {
		buf_reset(&got);
		buf_adds(&got, e.message);
	} else {
		assert_int_equal(lseek(fd, 0, SEEK_CUR), (off_t)len);
	}
	assert_string_equal(buf_str(&got), want);
	buf_clear(&got);
	err_clear(&e);
	tar_close(t);
	close(fd);
}

static void
assert_archive(struct buf *b, const char *want)
{
	assert_read(b, b->len, want);
	buf_clear(b);
}

static void
test_forms(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, BUF_LINE);
	add(&b, "m/", '\0', "\0\0\0\0\0", "");
	add(&b, "m/a", '\0', "\0\0\0\0\0", "abcdef");
	add_end(&b);
	assert_archive(&b, "m/ 1 0 |m/a 0 6 abc|");

	buf_init(&b, BUF_LINE);
	add(&b, "m", '5', "ustar\0", "");
	add(&b, "m/a", '0', "ustar\0", "abc");
	add(&b, "m/l", '2', "ustar\0", "");
	add(&b, "m/h", '1', "ustar\0", "");
	add(&b, "m/f", '6', "ustar\0", "");
	add_end(&b);
	add_end(&b);
	assert_archive(&b, "m 1 0 |m/a 0 3 abc|m/l 2 0 |m/h 2 0 |m/f 3 0 |");

	buf_init(&b, BUF_LINE);
	add(&b, "././@LongLink", 'L', "ustar ", "a/long/name");
	add(&b, "a/lo", '0', "ustar ", "x");
	add(&b, "././@LongLink", 'K', "ustar ", "a/long/link");
	add(&b, "b", '0', "ustar ", "");
	add_end(&b);
	assert_archive(&b, "a/long/name 0 1 x|b 0 0 |");

	buf_init(&b, BUF_LINE);
	add(&b, "g", 'g', "ustar\0", "20 comment=a global\n");
	add(&b, "x", 'x', "ustar\0", "19 path=other/name\n10 mtime=\n");
	add(&b, "x", '0', "ustar\0", "xyz");
	add(&b, "y", '0', "ustar\0", "");
	add_end(&b);
	assert_archive(&b, "other/name 0 3 xyz|y 0 0 |");
}

/* Each in an archive that is otherwise good. */
static void
test_refused(void **state)
{
	static const struct {
		char type;
		const char *data;
		const char *want;
	} cases[] = {
	    {'S', "x", "the tar archive holds a sparse file (at byte 512)"},
	    {'M', "x",
		"the tar archive is one of several volumes (at byte 512)"},
	    {'x', "9 path=x",
		"the tar archive has a bad pax header (at byte 1024)"},
	    {'x', "99 path=x\n",
		"the tar archive has a bad pax header (at byte 1024)"},
	    {'x', "0 path=x\n",
		"the tar archive has a bad pax header (at byte 1024)"},
	    {'x', "-9 path=x\n",
		"the tar archive has a bad pax header (at byte 1024)"},
	    {'x', "8 pathx\n",
		"the tar archive has a bad pax header (at byte 1024)"},
	    {'x', "10 size=x\n",
		"the tar archive has a bad size (at byte 1024)"},
	    {'x', "22 GNU.sparse.major=1\n",
		"the tar archive holds a sparse file (at byte 1024)"},
	};
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&b, BUF_LINE);
		add(&b, "n", cases[i].type, "ustar\0", cases[i].data);
		add_end(&b);
		assert_archive(&b, cases[i].want);
	}
}

static void
test_damaged(void **state)
{
	struct buf b;
	char want[80];
	size_t n, size;

	(void)state;
	buf_init(&b, BUF_LINE);
	assert_read(&b, 0, "there is no tar archive on standard input");
	add(&b, "x", 'x', "ustar\0", "10 path=a\n");
	add(&b, "x", '0', "ustar\0", "xyz");
	size = b.len;
	add_end(&b);
	for (n = 1; n < size; n++) {
		if (n % BLOCK == 0)
			continue;
		snprintf(want, sizeof(want),
		    "the tar archive is cut off (at byte %zu)", n);
		assert_read(&b, n, want);
	}
	assert_read(&b, size, "the tar archive is cut off (at byte 2048)");
	assert_read(&b, size + BLOCK, "a 0 3 xyz|");
	b.data[0] ^= 1;
	assert_read(&b, b.len,
	    "the tar archive has a bad header, or is none (at byte 512)");
	buf_clear(&b);

	buf_init(&b, BUF_LINE);
	buf_adds(&b, "\x1f\x8b and so on");
	assert_archive(&b, "the tar archive is packed with gzip");
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "-- Migration: 001_a\nSELECT 1;\n");
	assert_archive(&b, "the tar archive is cut off (at byte 30)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests_name("tar", tests, NULL, NULL);
}
