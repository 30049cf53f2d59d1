/* Tar archives: made here block by block, and read back. */
#include "base/tar.h"

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

#define BLOCK 512
#define V7 "\0\0\0\0\0"
#define USTAR "ustar\0"
#define GNU "ustar "

/* Where the fields stand in a header (pax(1), "ustar Header Block"). */
#define AT_MODE 100
#define AT_SIZE 124
#define AT_SUM 148
#define AT_FLAG 156
#define AT_LINK 157
#define AT_MAGIC 257
#define AT_PREFIX 345

struct header {
	unsigned char block[BLOCK];
};

static struct header
header(const char *name, char flag, const char *magic, size_t size)
{
	struct header h = {{0}};

	memcpy(h.block, name, strnlen(name, 100));
	memcpy(h.block + AT_MODE, "0000644", 7);
	snprintf((char *)h.block + AT_SIZE, 12, "%011zo", size);
	h.block[AT_FLAG] = (unsigned char)flag;
	memcpy(h.block + AT_MAGIC, magic, 6);
	return h;
}

/* Append it with its checksum. */
static void
add_header(struct buf *b, struct header *h, bool as_signed)
{
	int sum = 0;
	size_t i;

	memset(h->block + AT_SUM, ' ', 8);
	for (i = 0; i < BLOCK; i++)
		sum += as_signed ? (signed char)h->block[i] : h->block[i];
	snprintf((char *)h->block + AT_SUM, 8, "%06o", (unsigned)sum);
	buf_add(b, h->block, BLOCK);
}

static void
add_zeros(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_addc(b, '\0');
}

/* To the end of a block. */
static void
add_data(struct buf *b, const char *data, size_t n)
{
	buf_add(b, data, n);
	add_zeros(b, (BLOCK - n % BLOCK) % BLOCK);
}

static void
add_n(struct buf *b, const char *name, char flag, const char *magic,
    const char *data, size_t n)
{
	struct header h = header(name, flag, magic, n);

	add_header(b, &h, false);
	add_data(b, data, n);
}

static void
add(struct buf *b, const char *name, char flag, const char *magic,
    const char *data)
{
	add_n(b, name, flag, magic, data, strlen(data));
}

static void
add_link(struct buf *b, const char *name, char flag, const char *link)
{
	struct header h = header(name, flag, USTAR, 0);

	memcpy(h.block + AT_LINK, link, strnlen(link, 100));
	add_header(b, &h, false);
}

/* A pax header of one record. */
static void
add_pax(struct buf *b, char flag, const char *key, const char *value, size_t n)
{
	char head[64];
	size_t len = strlen(key) + n + 3, digits;
	struct buf data;

	for (digits = 1; snprintf(NULL, 0, "%zu", len + digits) != (int)digits;)
		digits++;
	snprintf(head, sizeof(head), "%zu %s=", len + digits, key);
	buf_init(&data, 2 * BUF_LINE);
	buf_adds(&data, head);
	buf_add(&data, value, n);
	buf_addc(&data, '\n');
	add_n(b, "pax", flag, USTAR, data.data, data.len);
	buf_clear(&data);
}

static void
add_end(struct buf *b)
{
	add_zeros(b, 2 * BLOCK);
}

static void
start(struct buf *b)
{
	buf_init(b, 4 * BUF_LINE);
}

static ssize_t
show_member(struct tar *t, const struct tar_member *m, size_t piece,
    struct buf *got, struct err *e)
{
	static const char types[] = {[TAR_FILE] = 'f',
	    [TAR_FOLDER] = 'd',
	    [TAR_SYMLINK] = 's',
	    [TAR_HARDLINK] = 'h',
	    [TAR_OTHER] = '?'};
	uint64_t bytes = 0;
	char text[512];
	ssize_t n;

	buf_addf(got, "%s %c", m->name, types[m->type]);
	if (m->link != NULL)
		buf_addf(got, " ->%s", m->link);
	buf_addf(got, " %llu ", (unsigned long long)m->size);
	if (piece == 0) /* passed over */
		return 0;
	while ((n = tar_read(t, text, piece, e)) > 0) {
		bytes += (uint64_t)n;
		if (bytes <= 40)
			buf_add(got, text, (size_t)n);
	}
	if (n == 0)
		assert_int_equal(bytes, m->size);
	return n;
}

/* "name type size text|" of all members; an error's message instead. */
static int
show(int fd, size_t piece, struct buf *got)
{
	struct tar *t = tar_open(fd);
	struct err e = ERR_INIT;
	struct tar_member m;
	ssize_t n = 0;
	int r = 1;

	buf_init(got, BUF_LINE);
	while (n >= 0 && (r = tar_next(t, &m, &e)) > 0) {
		n = show_member(t, &m, piece, got, &e);
		buf_addc(got, '|');
	}
	if (n < 0)
		r = (int)n;
	assert_int_equal(r, e.code);
	if (r < 0) {
		assert_int_equal(r, ERR_USAGE);
		buf_reset(got);
		buf_adds(got, e.message);
	}
	err_clear(&e);
	tar_close(t);
	return r;
}

static void
assert_read(const struct buf *archive, size_t len, const char *want)
{
	static const size_t pieces[] = {512, 1, 7};
	int fd = memfd_create("archive", MFD_CLOEXEC);
	struct buf got;
	size_t i;

	assert_int_equal(write(fd, buf_str(archive), len), (ssize_t)len);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		lseek(fd, 0, SEEK_SET);
		if (show(fd, pieces[i], &got) == 0)
			assert_int_equal(lseek(fd, 0, SEEK_CUR), (off_t)len);
		assert_string_equal(buf_str(&got), want);
		buf_clear(&got);
	}
	close(fd);
}

static void
assert_archive(struct buf *b, const char *want)
{
	assert_read(b, b->len, want);
	buf_clear(b);
}

static void
test_v7(void **state)
{
	struct buf b;

	(void)state;
	start(&b);
	add(&b, "m/", '\0', V7, "");
	add(&b, "m/a", '\0', V7, "abcdef");
	add_end(&b);
	assert_archive(&b, "m/ d 0 |m/a f 6 abcdef|");
}

static void
test_ustar(void **state)
{
	struct header h;
	struct buf b;
	size_t i;
	char want[300];

	(void)state;
	start(&b);
	add(&b, "m", '5', USTAR, "");
	add(&b, "m/a", '0', USTAR, "abc");
	add(&b, "m/7", '7', USTAR, "");
	add_link(&b, "m/l", '2', "../a");
	add_link(&b, "m/h", '1', "m/a");
	add(&b, "m/f", '6', USTAR, "");
	add(&b, "m/Z", 'Z', USTAR, "zz");
	add_end(&b);
	add_zeros(&b, 8000);
	assert_archive(&b,
	    "m d 0 |m/a f 3 abc|m/7 f 0 |m/l s ->../a 0 |"
	    "m/h h ->m/a 0 |m/f ? 0 |m/Z ? 2 zz|");

	/* Fields that are full have no NUL at their end. */
	start(&b);
	h = header("", '0', USTAR, 0);
	memset(h.block, 'n', 100);
	memset(h.block + AT_PREFIX, 'p', 155);
	add_header(&b, &h, false);
	add_end(&b);
	for (i = 0; i < 256; i++)
		want[i] = i < 155 ? 'p' : i == 155 ? '/' : 'n';
	strcpy(want + 256, " f 0 |");
	assert_archive(&b, want);

	start(&b);
	h = header("", '2', USTAR, 0);
	memset(h.block + AT_LINK, 'l', 100);
	add_header(&b, &h, false);
	add_end(&b);
	memset(want, 'l', sizeof(want));
	memcpy(want, " s ->", 5);
	strcpy(want + 105, " 0 |");
	assert_archive(&b, want);
}

static void
test_gnu(void **state)
{
	struct header h;
	struct buf b;

	(void)state;
	start(&b);
	add_n(&b, "././@LongLink", 'L', GNU, "a/long/name", 12);
	add(&b, "a/lo", '0', GNU, "x");
	add_n(&b, "././@LongLink", 'K', GNU, "a/long/link", 12);
	add_n(&b, "././@LongLink", 'L', GNU, "another", 8);
	add(&b, "b", '2', GNU, "");
	add(&b, "c", '2', GNU, "");
	add_end(&b);
	assert_archive(&b,
	    "a/long/name f 1 x|another s ->a/long/link 0 |"
	    "c s -> 0 |");
	start(&b);
	add_n(&b, "././@LongLink", 'L', GNU, "a\0b", 4);
	assert_archive(
	    &b, "the tar archive has a name with a NUL byte (at byte 0)");

	/* The prefix is not one; a size in base 256; --listed-incremental. */
	start(&b);
	h = header("a", '0', GNU, 0);
	memcpy(h.block + AT_PREFIX, "12345670123", 11);
	memcpy(h.block + AT_SIZE, "\x80\0\0\0\0\0\0\0\0\0\0\x03", 12);
	add_header(&b, &h, false);
	add_data(&b, "abc", 3);
	add(&b, "m/", 'D', GNU, "Ya");
	h = header("label", 'V', GNU, 0);
	memset(h.block + AT_SIZE, 0, 12);
	add_header(&b, &h, false);
	add_end(&b);
	assert_archive(&b, "a f 3 abc|m/ d 2 Ya|label ? 0 |");
}

static void
test_pax(void **state)
{
	struct buf b;

	(void)state;
	start(&b);
	add(&b, "g", 'g', USTAR, "20 comment=a global\n");
	add(&b, "x", 'x', USTAR, "19 path=other/name\n10 mtime=\n");
	add(&b, "x", '0', USTAR, "xyz");
	add_pax(&b, 'x', "linkpath", "to/it", 5);
	add(&b, "y", '2', USTAR, "");
	/* As tar --xattrs has them. */
	add_pax(&b, 'x', "SCHILY.xattr.user.x", "a\0=\n", 4);
	add(&b, "z", '0', USTAR, "");
	add_end(&b);
	assert_archive(&b, "other/name f 3 xyz|y s ->to/it 0 |z f 0 |");
	start(&b);
	add_pax(&b, 'x', "path", "a\0b", 3);
	assert_archive(
	    &b, "the tar archive has a name with a NUL byte (at byte 512)");
}

static void
test_pax_odd(void **state)
{
	struct buf b;

	(void)state;
	/* For all that follow, and nothing does. */
	start(&b);
	add(&b, "g", 'g', USTAR, "20 comment=a global\n");
	add_end(&b);
	assert_archive(&b, "");

	start(&b);
	add_pax(&b, 'x', "size", "1\0", 2);
	add_end(&b);
	assert_archive(&b, "the tar archive has a bad size (at byte 512)");
	start(&b);
	add_n(&b, "x", 'x', USTAR, "10 p\0ath=\n", 10);
	add_end(&b);
	assert_archive(
	    &b, "the tar archive has a bad pax header (at byte 512)");
	/* A length past the end of the header is not read. */
	start(&b);
	add(&b, "x", 'x', USTAR, "513 path=x\n");
	add_data(&b, "\n", 1);
	add_end(&b);
	assert_archive(
	    &b, "the tar archive has a bad pax header (at byte 512)");
}

static void
test_pax_order(void **state)
{
	struct header h;
	struct buf b;

	(void)state;
	start(&b);
	add_pax(&b, 'g', "path", "all", 3);
	add_pax(&b, 'g', "linkpath", "to", 2);
	add_pax(&b, 'x', "path", "next", 4);
	add_n(&b, "././@LongLink", 'L', GNU, "gnu", 4);
	add(&b, "a", '0', USTAR, "");
	add_n(&b, "././@LongLink", 'L', GNU, "gnu", 4);
	add(&b, "a", '2', USTAR, "");
	add_pax(&b, 'g', "path", "new", 3);
	add(&b, "a", '5', USTAR, "");
	add_end(&b);
	assert_archive(&b, "next f 0 |all s ->to 0 |new d 0 |");

	/* The size of 'x' before that of 'g' before the member's own. */
	start(&b);
	add_pax(&b, 'g', "size", "2", 1);
	add_pax(&b, 'x', "size", "3", 1);
	h = header("a", '0', USTAR, 1);
	add_header(&b, &h, false);
	add_data(&b, "abc", 3);
	add_header(&b, &h, false);
	add_data(&b, "de", 2);
	add_end(&b);
	assert_archive(&b, "a f 3 abc|a f 2 de|");
}

/* What stands in a name is the caller's to judge. */
static void
test_names(void **state)
{
	struct buf b;

	(void)state;
	start(&b);
	add(&b, "/etc/x", '0', USTAR, "");
	add(&b, "../\x1b[m\n\xff", '0', USTAR, "");
	add(&b, "", '0', USTAR, "");
	add(&b, "BZhang", '0', USTAR, "");
	add_end(&b);
	assert_archive(&b,
	    "/etc/x f 0 |../\x1b[m\n\xff f 0 | f 0 |"
	    "BZhang f 0 |");

	start(&b);
	add(&b, "BZh91/001_a.sql", '0', USTAR, "");
	add_end(&b);
	assert_archive(&b, "BZh91/001_a.sql f 0 |");
}

static void
test_checksum(void **state)
{
	struct header h = header("\xe4\xf6\xfc", '0', USTAR, 0);
	struct buf b;

	(void)state;
	start(&b);
	add_header(&b, &h, true);
	add_header(&b, &h, false);
	add_end(&b);
	assert_archive(&b, "\xe4\xf6\xfc f 0 |\xe4\xf6\xfc f 0 |");

	start(&b);
	add_header(&b, &h, false);
	b.data[0] ^= 1;
	add_end(&b);
	assert_archive(
	    &b, "the tar archive has a bad header, or is none (at byte 0)");

	start(&b);
	add(&b, "a", '0', USTAR, "x");
	buf_add(&b, h.block, BLOCK);
	memset(b.data + 1024 + AT_SUM, ' ', 8);
	add_end(&b);
	assert_archive(
	    &b, "the tar archive has a bad header, or is none (at byte 1024)");
}

static void
test_numbers(void **state)
{
	static const struct {
		size_t at, len;
		char field[13];
		const char *want;
	} cases[] = {
	    {AT_SIZE, 12, "          2 ", "a f 2 ab|"},
	    {AT_SIZE, 12, "2 \0        ", "a f 2 ab|"},
	    {AT_SIZE, 12, "000000000002", "a f 2 ab|"},
	    {AT_SIZE, 12, "00000000008", NULL},
	    {AT_SIZE, 12, "-0000000001", NULL},
	    {AT_SIZE, 12, "0x000000002", NULL},
	    {AT_SIZE, 12, "2\0003", NULL},
	    {AT_SIZE, 12, "           ", NULL},
	    {AT_SIZE, 12, "\0\0\0\0\0\0\0\0\0\0\0", NULL},
	    {AT_SIZE, 12, "\x80\0\0\x01\0\0\0\0\0\0\0\0", NULL},
	    {AT_SIZE, 12, "\x80\0\0\0\x80\0\0\0\0\0\0\0", NULL},
	    {AT_SIZE, 12, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		NULL},
	    {AT_SIZE, 12, "\x81\0\0\0\0\0\0\0\0\0\0\x02", NULL},
	};
	const char *want;
	struct header h;
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&b);
		h = header("a", '0', USTAR, 2);
		memcpy(h.block + cases[i].at, cases[i].field, cases[i].len);
		add_header(&b, &h, false);
		add_data(&b, "ab", 2);
		add_end(&b);
		want = cases[i].want;
		assert_archive(&b,
		    want == NULL ? "the tar archive has a bad size (at byte 0)"
				 : want);
	}
}

/* Each in an archive that is otherwise good. */
static void
test_refused(void **state)
{
	static const struct {
		char flag;
		const char *data;
		const char *want; /* behind "the tar archive " */
	} cases[] = {
	    {'S', "x", "holds a sparse file (at byte 0)"},
	    {'M', "x", "is one of several volumes (at byte 0)"},
	    {'1', "x", "has a link or a folder with data (at byte 0)"},
	    {'2', "x", "has a link or a folder with data (at byte 0)"},
	    {'L', "", "has an empty name (at byte 0)"},
	    {'x', "9 path=x", "has a bad pax header (at byte 512)"},
	    {'x', "8 path=x", "has a bad pax header (at byte 512)"},
	    {'x', "99 path=x\n", "has a bad pax header (at byte 512)"},
	    {'x', "99999999999999999999 path=x\n",
		"has a bad pax header (at byte 512)"},
	    {'x', "0 path=x\n", "has a bad pax header (at byte 512)"},
	    {'x', "-9 path=x\n", "has a bad pax header (at byte 512)"},
	    {'x', " 9 path=x\n", "has a bad pax header (at byte 512)"},
	    {'x', "8 pathx\n", "has a bad pax header (at byte 512)"},
	    {'x', "6 =xx\n", "has a bad pax header (at byte 512)"},
	    {'x', "4 =\n", "has a bad pax header (at byte 512)"},
	    {'x', "9 mtime=\n8 pathx\n", "has a bad pax header (at byte 521)"},
	    {'x', "8 path=\n", "has an empty name (at byte 512)"},
	    {'g', "12 linkpath=\n", "has a bad pax header (at byte 512)"},
	    {'g', "13 linkpath=\n", "has an empty name (at byte 512)"},
	    {'x', "10 size=x\n", "has a bad size (at byte 512)"},
	    {'x', "11 size=-1\n", "has a bad size (at byte 512)"},
	    {'x', "28 size=9999999999999999999\n",
		"has a bad size (at byte 512)"},
	    {'x', "22 GNU.sparse.major=1\n",
		"holds a sparse file (at byte 512)"},
	    {'g', "23 GNU.volume.offset=3\n",
		"is one of several volumes (at byte 512)"},
	    {'x', "9 mtime=\n",
		"ends where a member should follow (at byte 1024)"},
	    {'K', "a", "ends where a member should follow (at byte 1024)"},
	};
	char want[128];
	struct header h;
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&b);
		add(&b, "n", cases[i].flag, USTAR, cases[i].data);
		add_end(&b);
		snprintf(
		    want, sizeof(want), "the tar archive %s", cases[i].want);
		assert_archive(&b, want);
	}
	start(&b);
	h = header("n", 'M', GNU, 0);
	add_header(&b, &h, false);
	add_end(&b);
	assert_archive(
	    &b, "the tar archive is one of several volumes (at byte 0)");

	start(&b);
	add(&b, "n/", '0', USTAR, "x");
	add_end(&b);
	assert_archive(
	    &b, "the tar archive has a link or a folder with data (at byte 0)");
}

/* POSIX: behind a folder, a device and a FIFO nothing follows. */
static void
test_sizes_that_say_nothing(void **state)
{
	struct header h;
	struct buf b;
	char flag;

	(void)state;
	for (flag = '3'; flag <= '6'; flag++) {
		start(&b);
		h = header("n", flag, USTAR, 4096);
		add_header(&b, &h, false);
		add_end(&b);
		assert_archive(&b, flag == '5' ? "n d 0 |" : "n ? 0 |");
	}
}

static void
test_limits(void **state)
{
	char *big = malloc(70000);
	struct buf b;

	(void)state;
	memset(big, 'n', 70000);
	start(&b);
	add_pax(&b, 'x', "comment", big, 65536 - 15);
	add(&b, "a", '0', USTAR, "");
	add_end(&b);
	assert_archive(&b, "a f 0 |");
	start(&b);
	add_pax(&b, 'x', "comment", big, 65536 - 14);
	assert_archive(
	    &b, "the tar archive has a header that is too long (at byte 0)");

	start(&b);
	add_pax(&b, 'x', "path", big, PATH_MAX);
	assert_archive(
	    &b, "the tar archive has a name that is too long (at byte 512)");
	start(&b);
	add_pax(&b, 'x', "linkpath", big, PATH_MAX);
	assert_archive(
	    &b, "the tar archive has a name that is too long (at byte 512)");
	start(&b);
	add_n(&b, "././@LongLink", 'L', GNU, big, PATH_MAX);
	assert_archive(
	    &b, "the tar archive has a name that is too long (at byte 0)");
	start(&b);
	add_n(&b, "././@LongLink", 'K', GNU, big, PATH_MAX + 1);
	assert_archive(
	    &b, "the tar archive has a header that is too long (at byte 0)");
	free(big);
}

static void
test_longest_names(void **state)
{
	char name[PATH_MAX] = "", want[2 * PATH_MAX + 64];
	struct buf b;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	start(&b);
	add_n(&b, "././@LongLink", 'L', GNU, name, PATH_MAX);
	add_pax(&b, 'x', "linkpath", name, PATH_MAX - 1);
	add(&b, "a", '2', USTAR, "");
	add_end(&b);
	snprintf(want, sizeof(want), "%s s ->%s 0 |", name, name);
	assert_archive(&b, want);
}

/* Every cut is an error, but for those behind the first block of zeros. */
static void
test_cut_off(void **state)
{
	char want[80];
	struct buf b;
	size_t n, size;

	(void)state;
	start(&b);
	assert_read(&b, 0, "there is no tar archive on standard input");
	add_n(&b, "l", 'L', GNU, "b", 2);
	add(&b, "x", 'x', USTAR, "10 path=a\n");
	add(&b, "x", '0', USTAR, "xyz");
	size = b.len;
	add_end(&b);
	for (n = 1; n < size + 2 * BLOCK; n++) {
		if (n == size + BLOCK)
			continue;
		snprintf(want, sizeof(want),
		    "the tar archive is cut off (at byte %zu)", n);
		assert_read(&b, n, want);
	}
	assert_read(&b, size + BLOCK, "a f 3 xyz|");
	assert_read(&b, size + 2 * BLOCK, "a f 3 xyz|");
	buf_clear(&b);
}

static void
test_end(void **state)
{
	struct buf b, other;

	(void)state;
	start(&other);
	add(&other, "b", '0', USTAR, "");
	add_end(&other);

	start(&b);
	add_end(&b);
	assert_archive(&b, "");

	start(&b);
	add_zeros(&b, BLOCK);
	add_data(&b, other.data, other.len);
	assert_archive(&b,
	    "the tar archive goes on behind a lone block of zeros "
	    "(at byte 512)");
	start(&b);
	add_end(&b);
	add_data(&b, other.data, other.len);
	assert_archive(
	    &b, "the tar archive has data behind its end (at byte 1024)");
	start(&b);
	add_end(&b);
	add_zeros(&b, 1000);
	buf_addc(&b, 'x');
	assert_archive(
	    &b, "the tar archive has data behind its end (at byte 1536)");
	start(&b);
	add_end(&b);
	add_zeros(&b, 1001);
	assert_archive(&b, "");
	buf_clear(&other);
}

static void
test_no_archive(void **state)
{
	static const struct {
		const char *start;
		const char *want;
	} cases[] = {
	    {"\x1f\x8b", "the tar archive is packed with gzip"},
	    {"BZh9", "the tar archive is packed with bzip2"},
	    {"\xfd\x37zXZ", "the tar archive is packed with xz"},
	    {"\x28\xb5\x2f\xfd", "the tar archive is packed with zstd"},
	    {"-- Migration: 001_a\nSELECT 1;\n",
		"the tar archive is cut off (at byte 30)"},
	};
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&b);
		buf_adds(&b, cases[i].start);
		assert_read(&b, b.len, cases[i].want);
		if (strstr(cases[i].want, "packed") != NULL) {
			add_zeros(&b, 2 * BLOCK);
			assert_read(&b, b.len, cases[i].want);
		}
		buf_clear(&b);
	}
}

/* Without the option that made it so. */
static void
test_hints(void **state)
{
	static const struct {
		const char *start; /* a flag, or what is no header */
		const char *want;
	} cases[] = {
	    {"",
		"Pipe one into it: tar -c migrations | sqlmigrate "
		"apply --dir -"},
	    {"\x1f\x8b",
		"Leave out the option that packs it "
		"(-z, -j, -J, --zstd): tar -c."},
	    {"S", "Pack without --sparse (-S)."},
	    {"M", "Pack without --multi-volume (-M)."},
	    {"cut", "Look at what the program that writes it says."},
	};
	struct err e = ERR_INIT;
	struct tar_member m;
	struct tar *t;
	struct buf b;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fd = memfd_create("archive", MFD_CLOEXEC);
		start(&b);
		if (strlen(cases[i].start) == 1)
			add(&b, "n", cases[i].start[0], GNU, "");
		else
			buf_adds(&b, cases[i].start);
		assert_int_equal(write(fd, buf_str(&b), b.len), (ssize_t)b.len);
		lseek(fd, 0, SEEK_SET);
		t = tar_open(fd);
		assert_int_equal(tar_next(t, &m, &e), ERR_USAGE);
		assert_string_equal(e.hint, cases[i].want);
		err_clear(&e);
		tar_close(t);
		buf_clear(&b);
		close(fd);
	}
}

/* A writer of one byte at a time; it lives until all are taken. */
static pid_t
write_slowly(const struct buf *b, int to, int other)
{
	pid_t pid = fork();
	size_t i;

	if (pid != 0)
		return pid;
	close(other);
	signal(SIGPIPE, SIG_DFL);
	for (i = 0; i < b->len; i++)
		if (write(to, b->data + i, 1) != 1)
			_exit(1);
	_exit(0);
}

/* A packet is read alone, so that each read gives one byte. */
static void
test_slow_writer(void **state)
{
	static const size_t pieces[] = {512, 1, 0};
	struct buf b, got;
	int fds[2], status;
	size_t i;
	pid_t pid;

	(void)state;
	start(&b);
	add_pax(&b, 'x', "path", "long", 4);
	add(&b, "a", '0', USTAR, "abcdef");
	add_link(&b, "l", '2', "a");
	add_end(&b);
	add_zeros(&b, 20 * BLOCK);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		assert_int_equal(
		    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
		pid = write_slowly(&b, fds[1], fds[0]);
		close(fds[1]);
		assert_int_equal(show(fds[0], pieces[i], &got), 0);
		close(fds[0]);
		assert_string_equal(buf_str(&got),
		    pieces[i] == 0 ? "long f 6 |l s ->a 0 |"
				   : "long f 6 abcdef|l s ->a 0 |");
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		buf_clear(&got);
	}
	buf_clear(&b);
}

static void
test_unreadable(void **state)
{
	struct buf got;

	(void)state;
	assert_int_equal(show(-1, 1, &got), ERR_USAGE);
	assert_string_equal(
	    buf_str(&got), "standard input: cannot read: Bad file descriptor");
	buf_clear(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_v7),
	    cmocka_unit_test(test_ustar),
	    cmocka_unit_test(test_gnu),
	    cmocka_unit_test(test_pax),
	    cmocka_unit_test(test_pax_odd),
	    cmocka_unit_test(test_pax_order),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_checksum),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_sizes_that_say_nothing),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_longest_names),
	    cmocka_unit_test(test_cut_off),
	    cmocka_unit_test(test_end),
	    cmocka_unit_test(test_no_archive),
	    cmocka_unit_test(test_hints),
	    cmocka_unit_test(test_slow_writer),
	    cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests_name("tar", tests, NULL, NULL);
}
