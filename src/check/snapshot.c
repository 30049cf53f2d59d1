/* Snapshots: the schema of a database, read, printed and summed up. */
#include "check/snapshot_int.h"

#include <string.h>

static int
snapshot_read(struct catalogue **out, struct db *db,
    const struct catalogue_scope *scope, struct err *err)
{
	struct catalogue *c = catalogue_new();
	int r;

	r = db->engine->catalogue(db, scope, c, err);
	if (r < 0) {
		db->engine->rollback(db);
		catalogue_free(c);
		return r;
	}
	catalogue_sort(c);
	*out = c;
	return 0;
}

int
snapshot_take(struct catalogue **out, struct db *db, const struct history *h,
    bool needs, struct err *err)
{
	const struct catalogue_scope scope = {
	    .schema = h->info.schema, .table = h->info.name, .needs = needs};

	return snapshot_read(out, db, &scope, err);
}

int
snapshot_follow(struct catalogue **out, struct db *db, const struct history *h,
    struct err *err)
{
	const struct catalogue_scope scope = {
	    .schema = h->info.schema, .table = h->info.name, .follow = true};

	return snapshot_read(out, db, &scope, err);
}

const struct object *
snapshot_differs(const struct catalogue *a, const struct catalogue *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++)
		if (object_compare(a->objects[i], b->objects[i]) != 0 ||
		    !object_same(a->objects[i], b->objects[i]))
			return a->objects[i];
	if (a->count == b->count)
		return NULL;
	return a->count > b->count ? a->objects[i] : b->objects[i];
}

/* Names may hold anything; a line must stay one. */
static void
print_name(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			buf_adds(b, "\\n");
		else if (*s == '\r')
			buf_adds(b, "\\r");
		else if (*s == '\\')
			buf_adds(b, "\\\\");
		else
			buf_addc(b, *s);
	}
}

/* No blanks at the end of a line. */
static void
print_empty(struct buf *b, const char *indent)
{
	size_t n = strlen(indent);

	while (n > 0 && indent[n - 1] == ' ')
		n--;
	buf_addf(b, "%.*s\n", (int)n, indent);
}

/*
 * A value of several lines stands below its key.  An empty one among them has
 * no indent, which editors and hooks would take away; as the last one it has,
 * or it could not be told from what is between objects.
 */
static void
print_field(struct buf *b, const char *indent, const struct object_field *f)
{
	const char *line = f->value, *end;

	buf_addf(b, "%s%s", indent, f->key);
	if (*line == '\0') {
		buf_addc(b, '\n');
		return;
	}
	if (strchr(line, '\n') == NULL) {
		buf_addf(b, ": %s\n", line);
		return;
	}
	buf_adds(b, ":\n");
	for (; line != NULL; line = end == NULL ? NULL : end + 1) {
		end = strchr(line, '\n');
		if (end == line) {
			print_empty(b, indent);
			continue;
		}
		buf_addf(b, "%s" SNAPSHOT_VALUE "%.*s\n", indent,
		    (int)(end == NULL ? strlen(line) : (size_t)(end - line)),
		    line);
	}
}

void
snapshot_define(struct buf *b, const struct object *o, const char *indent)
{
	size_t i;

	for (i = 0; i < o->nfields; i++)
		print_field(b, indent, &o->fields[i]);
}

void
snapshot_print(struct buf *b, const struct object *o)
{
	bool part = o->parent != NULL;

	buf_addf(
	    b, "%s%s ", part ? SNAPSHOT_PART : "", object_kind_name(o->kind));
	print_name(b, o->identity);
	buf_addc(b, '\n');
	snapshot_define(
	    b, o, part ? SNAPSHOT_PART SNAPSHOT_FIELD : SNAPSHOT_FIELD);
}

void
snapshot_sum(const struct catalogue *c, char sum[CHECKSUM_SIZE])
{
	struct checksum *total = checksum_new();
	struct buf b;
	size_t i;

	buf_init(&b, BUF_TEXT);
	for (i = 0; i < c->count; i++) {
		buf_reset(&b);
		snapshot_print(&b, c->objects[i]);
		checksum_add(total, buf_str(&b), b.len);
	}
	buf_clear(&b);
	checksum_end(total, sum);
	checksum_free(total);
}

void
snapshot_server(struct buf *b, const char *server)
{
	buf_add(b, server, strcspn(server, "."));
}

void
snapshot_head(struct buf *b, const char *server)
{
	buf_adds(b, "-- sqlmigrate dump of ");
	snapshot_server(b, server);
	buf_addc(b, '\n');
}
