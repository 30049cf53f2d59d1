/* Tar archives: the fields of a header, and the member they describe. */
#include <string.h>

#include "base/tar.h"
#include "base/tar_int.h"

/* Offsets and lengths of the fields (pax(1), "ustar Header Block"). */
#define FIELD_NAME 0, 100
#define FIELD_SIZE 124, 12
#define FIELD_SUM 148, 8
#define FIELD_FLAG 156
#define FIELD_LINK 157, 100
#define FIELD_MAGIC 257
#define FIELD_PREFIX 345, 155

bool
tar_is_zero(const struct tar *t)
{
	size_t i;

	for (i = 0; i < TAR_BLOCK; i++)
		if (t->block[i] != 0)
			return false;
	return true;
}

char
tar_flag(const struct tar *t)
{
	return (char)t->block[FIELD_FLAG];
}

/*
 * Octal digits, with spaces before and spaces or NULs behind.  GNU tar leaves
 * the digits out in one place, the label of an archive (-V).
 */
static bool
tar_octal(const struct tar *t, size_t at, size_t len, uint64_t *out)
{
	const unsigned char *p = t->block + at, *end = p + len, *first;
	uint64_t n = 0;

	while (p < end && *p == ' ')
		p++;
	first = p;
	for (; p < end && *p >= '0' && *p <= '7'; p++)
		n = n << 3 | (uint64_t)(*p - '0');
	*out = n;
	if (p == first && tar_flag(t) != 'V')
		return false;
	while (p < end && (*p == ' ' || *p == '\0'))
		p++;
	return p == end;
}

/*
 * Octal, or what GNU tar does with large numbers (manual, "Extensions"): base
 * 256 behind a byte of 0x80; 0xff stands before a negative one.  At most
 * INT64_MAX.
 */
static bool
tar_number(const struct tar *t, size_t at, size_t len, uint64_t *out)
{
	const unsigned char *p = t->block + at, *end = p + len;
	uint64_t n = 0;

	if (*p != 0x80)
		return tar_octal(t, at, len, out);
	for (p++; p < end; p++) {
		if (n >> 55 != 0)
			return false;
		n = n << 8 | *p;
	}
	*out = n;
	return true;
}

/*
 * The sum of all bytes, its own taken as spaces.  Some old programs added
 * them up as signed ones (GNU tar's manual, "Checksumming Problems").
 */
bool
tar_is_header(const struct tar *t)
{
	static const size_t field[] = {FIELD_SUM};
	int64_t plain = 0, as_signed = 0;
	uint64_t want;
	size_t i;

	for (i = 0; i < TAR_BLOCK; i++) {
		bool own = i >= field[0] && i < field[0] + field[1];
		unsigned char c = own ? ' ' : t->block[i];

		plain += c;
		as_signed += (signed char)c;
	}
	return tar_octal(t, FIELD_SUM, &want) &&
	    ((int64_t)want == plain || (int64_t)want == as_signed);
}

int
tar_size(const struct tar *t, uint64_t *size, struct err *err)
{
	if (tar_number(t, FIELD_SIZE, size))
		return 0;
	return tar_fail(t->header, "has a bad size", err);
}

static void
tar_add_field(const struct tar *t, size_t at, size_t len, struct buf *to)
{
	const char *p = (const char *)t->block + at;

	buf_add(to, p, strnlen(p, len));
}

/* The prefix is there in ustar only; GNU tar has other things in its place. */
static void
tar_own_name(const struct tar *t, struct buf *to)
{
	if (memcmp(t->block + FIELD_MAGIC, "ustar\0", 6) == 0) {
		tar_add_field(t, FIELD_PREFIX, to);
		if (to->len > 0)
			buf_addc(to, '/');
	}
	tar_add_field(t, FIELD_NAME, to);
}

/* GNU tar's own order where an archive has more than one. */
static const struct buf *
tar_pick(const struct buf *next, const struct buf *all, const struct buf *gnu)
{
	return next->len > 0 ? next : all->len > 0 ? all : gnu;
}

static void
tar_take_names(struct tar *t)
{
	const struct buf *b;

	buf_reset(&t->name);
	b = tar_pick(&t->next.name, &t->all.name, &t->gnu.name);
	if (b->len > 0)
		buf_add(&t->name, b->data, b->len);
	else
		tar_own_name(t, &t->name);

	buf_reset(&t->link);
	b = tar_pick(&t->next.link, &t->all.link, &t->gnu.link);
	if (b->len > 0)
		buf_add(&t->link, b->data, b->len);
	else
		tar_add_field(t, FIELD_LINK, &t->link);
}

static enum tar_type
tar_type(char flag, const struct buf *name)
{
	switch (flag) {
	case '\0':
	case '0':
	case '7':
		/* Before POSIX a folder had no type of its own. */
		return name->len > 0 && name->data[name->len - 1] == '/'
		    ? TAR_FOLDER
		    : TAR_FILE;
	case '1':
		return TAR_HARDLINK;
	case '2':
		return TAR_SYMLINK;
	case '5':
	case 'D': /* GNU tar --listed-incremental */
		return TAR_FOLDER;
	default:
		return TAR_OTHER;
	}
}

static uint64_t
tar_own_size(const struct tar *t, uint64_t size)
{
	if (t->next.has_size)
		return t->next.size;
	return t->all.has_size ? t->all.size : size;
}

static int
tar_check_flag(const struct tar *t, struct err *err)
{
	if (tar_flag(t) == 'S')
		return tar_fail_sparse(t->header, err);
	if (tar_flag(t) == 'M')
		return tar_fail_volume(t->header, err);
	return 0;
}

/*
 * The bytes that follow.  By POSIX none do behind a device, a folder or a
 * FIFO, whatever their size says.  Behind a link, or a folder that is one by
 * its slash alone, programs disagree: no guess is made.
 */
static int
tar_check_data(
    const struct tar *t, enum tar_type type, uint64_t *size, struct err *err)
{
	char flag = tar_flag(t);

	if (flag >= '3' && flag <= '6')
		*size = 0;
	else if (type != TAR_FILE && type != TAR_OTHER && flag != 'D' &&
	    *size > 0)
		return tar_fail(
		    t->header, "has a link or a folder with data", err);
	return 0;
}

int
tar_member_take(
    struct tar *t, struct tar_member *m, uint64_t size, struct err *err)
{
	bool is_link;
	int r;

	r = tar_check_flag(t, err);
	if (r < 0)
		return r;
	tar_take_names(t);
	m->type = tar_type(tar_flag(t), &t->name);
	m->size = tar_own_size(t, size);
	r = tar_check_data(t, m->type, &m->size, err);
	if (r < 0)
		return r;
	is_link = m->type == TAR_SYMLINK || m->type == TAR_HARDLINK;
	m->name = buf_str(&t->name);
	m->link = is_link ? buf_str(&t->link) : NULL;
	t->left = m->size;
	t->pad = (size_t)(-m->size % TAR_BLOCK);
	t->awaited = false;
	tar_instead_reset(&t->next);
	tar_instead_reset(&t->gnu);
	return 1;
}
