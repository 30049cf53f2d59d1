/*
 * Tar archives: headers that speak about other members, those of pax ('x' and
 * 'g') and GNU tar's long names ('L' and 'K').
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tar.h"
#include "base/tar_int.h"
#include "base/text.h"

#define PAX_MAX 65536 /* bytes of a pax header */

/* "LENGTH KEY=VALUE\n" in place, the '=' and the line feed made NUL. */
struct pax_record {
	const char *key;
	const char *value;
	size_t value_len; /* not strlen(value) where it holds a NUL */
	uint64_t at;      /* of the record in the archive */
};

void
tar_instead_init(struct tar_instead *i)
{
	memset(i, 0, sizeof(*i));
	buf_init(&i->name, PATH_MAX - 1);
	buf_init(&i->link, PATH_MAX - 1);
}

void
tar_instead_clear(struct tar_instead *i)
{
	buf_clear(&i->name);
	buf_clear(&i->link);
}

void
tar_instead_reset(struct tar_instead *i)
{
	buf_reset(&i->name);
	buf_reset(&i->link);
	i->has_size = false;
}

bool
tar_is_extension(char flag)
{
	return flag == 'x' || flag == 'g' || flag == 'L' || flag == 'K';
}

/*
 * The data of a header, as a string to be freed; NULL with the error set.  The
 * bytes behind it are passed over by whoever asks for the next block.
 */
static char *
tar_slurp(struct tar *t, uint64_t size, size_t max, struct err *err)
{
	char *data;

	if (size > max) {
		tar_fail(t->header, "has a header that is too long", err);
		return NULL;
	}
	data = mem_calloc((size_t)size + 1, 1);
	if (tar_need(t, data, (size_t)size, err) == 0) {
		t->pad = (size_t)(-size % TAR_BLOCK);
		return data;
	}
	free(data);
	return NULL;
}

/* An empty text is no name: POSIX lets it take another one away. */
static int
tar_set_text(
    struct buf *to, const char *p, size_t n, uint64_t at, struct err *err)
{
	buf_reset(to);
	buf_add(to, p, n);
	if (n == 0)
		return tar_fail(at, "has an empty name", err);
	if (memchr(p, '\0', n) != NULL)
		return tar_fail(at, "has a name with a NUL byte", err);
	if (buf_overflowed(to))
		return tar_fail(at, "has a name that is too long", err);
	return 0;
}

/* Other keys are passed over; GNU tar's manual, "PAX 0" to "PAX 1". */
static int
pax_take(struct tar_instead *to, const struct pax_record *r, struct err *err)
{
	if (strncmp(r->key, "GNU.sparse.", 11) == 0)
		return tar_fail_sparse(r->at, err);
	if (strcmp(r->key, "GNU.volume.offset") == 0)
		return tar_fail_volume(r->at, err);
	if (strcmp(r->key, "path") == 0)
		return tar_set_text(
		    &to->name, r->value, r->value_len, r->at, err);
	if (strcmp(r->key, "linkpath") == 0)
		return tar_set_text(
		    &to->link, r->value, r->value_len, r->at, err);
	if (strcmp(r->key, "size") == 0) {
		to->has_size = strlen(r->value) == r->value_len &&
		    text_parse_number(r->value, &to->size);
		if (!to->has_size)
			return tar_fail(r->at, "has a bad size", err);
	}
	return 0;
}

/* Split the record at p; returns its length in bytes, 0 where it is none. */
static size_t
pax_split(char *p, const char *end, struct pax_record *r)
{
	char *key, *equals;
	size_t len;

	if (*p < '1' || *p > '9')
		return 0;
	len = strtoul(p, &key, 10);
	if (*key != ' ' || len > (size_t)(end - p) ||
	    len <= (size_t)(key - p) + 3 || p[len - 1] != '\n')
		return 0;
	key++;
	p[len - 1] = '\0';
	equals = memchr(key, '=', (size_t)(p + len - key));
	if (equals == NULL || equals == key)
		return 0;
	*equals = '\0';
	if (strlen(key) != (size_t)(equals - key))
		return 0;
	r->key = key;
	r->value = equals + 1;
	r->value_len = (size_t)(p + len - 1 - r->value);
	return len;
}

static int
tar_pax(struct tar *t, struct tar_instead *to, char *data, size_t size,
    struct err *err)
{
	struct pax_record record;
	size_t done = 0, len;
	int r;

	while (done < size) {
		record.at = t->header + TAR_BLOCK + done;
		len = pax_split(data + done, data + size, &record);
		if (len == 0)
			return tar_fail(record.at, "has a bad pax header", err);
		r = pax_take(to, &record, err);
		if (r < 0)
			return r;
		done += len;
	}
	return 0;
}

/* GNU tar counts the NUL at the end. */
static int
tar_long(struct tar *t, struct buf *to, const char *data, size_t size,
    struct err *err)
{
	while (size > 0 && data[size - 1] == '\0')
		size--;
	return tar_set_text(to, data, size, t->header, err);
}

int
tar_extend(struct tar *t, uint64_t size, struct err *err)
{
	char flag = tar_flag(t), *data;
	bool is_long = flag == 'L' || flag == 'K';
	int r;

	data = tar_slurp(t, size, is_long ? PATH_MAX : PAX_MAX, err);
	if (data == NULL)
		return err->code;
	t->awaited = t->awaited || flag != 'g';
	if (is_long)
		r = tar_long(t, flag == 'L' ? &t->gnu.name : &t->gnu.link, data,
		    (size_t)size, err);
	else
		r = tar_pax(t, flag == 'g' ? &t->all : &t->next, data,
		    (size_t)size, err);
	free(data);
	return r;
}
