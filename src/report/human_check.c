/* For people: proofs and snapshots. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check/snapshot.h"
#include "report/diag.h"
#include "report/human.h"

#define DIFFERENCE_CONTEXT 3 /* lines alike that are shown around others */

void
human_proving(struct human *h, const struct event *e)
{
	struct buf b;

	if (!h->base.options.progress)
		return;
	buf_init(&b, BUF_LINE);
	buf_addf(
	    &b, "proving %" PRIu64 " of %" PRIu64 ": ", e->done + 1, e->total);
	human_name(&b, e);
	human_show_progress(h, &b);
	buf_clear(&b);
}

/* Each line of a text four to the right. */
static void
human_indent(struct human *h, const char *text)
{
	const char *end;
	struct buf b;

	buf_init(&b, BUF_TEXT);
	for (; *text != '\0'; text = end) {
		end = strchr(text, '\n');
		end = end == NULL ? text + strlen(text) : end + 1;
		buf_adds(&b, "    ");
		buf_add(&b, text, (size_t)(end - text));
	}
	if (b.len > 0 && b.data[b.len - 1] == '\n')
		b.data[--b.len] = '\0';
	human_result(h, &b);
	buf_clear(&b);
}

/*
 * What differs is shown below it, and only then what failed: a second apply
 * fails because of what the rollback has left over.
 */
void
human_proof(struct human *h, const struct event *e)
{
	struct buf b;

	if (h->base.options.quiet && e->count == 0 && e->err == NULL)
		return;
	buf_init(&b, BUF_TEXT);
	human_name(&b, e);
	buf_addf(&b, ": %s", verdict_name(e->verdict));
	if (e->text != NULL)
		buf_addf(&b, " (%s)", e->text);
	if (e->reason != NULL)
		buf_addf(&b, " (%s)", e->reason);
	if (h->base.options.verbose > 0) {
		buf_adds(&b, ", ");
		human_duration(&b, e->duration_ms);
	}
	human_result(h, &b);
	if (e->err != NULL) {
		buf_reset(&b);
		diag_error(&b, e->err, false);
		h->consequence = buf_take(&b);
	}
	buf_clear(&b);
}

void
human_end_proof(struct human *h)
{
	if (h->consequence == NULL)
		return;
	human_indent(h, h->consequence);
	free(h->consequence);
	h->consequence = NULL;
}

static void
difference_define(struct buf *b, const char *sign, const struct object *o)
{
	struct buf text;

	buf_init(&text, BUF_TEXT);
	snapshot_define(&text, o, sign);
	text_escape_lines(b, buf_str(&text));
	buf_clear(&text);
}

/* Bytes of the whole lines that both begin with. */
static size_t
alike_head(const char *a, const char *b)
{
	size_t i, head = 0;

	for (i = 0; a[i] != '\0' && a[i] == b[i]; i++)
		if (a[i] == '\n')
			head = i + 1;
	return head;
}

/* Bytes of those that both end with, and of the line's end before them. */
static size_t
alike_tail(const char *a, const char *b, size_t head)
{
	size_t na = strlen(a), nb = strlen(b), i, tail = 0;

	for (i = 1; i + head <= na && i + head <= nb && a[na - i] == b[nb - i];
	     i++)
		if (a[na - i] == '\n')
			tail = i;
	return tail;
}

static void
alike_tell(struct buf *b, const char *from, const char *to, const char *end)
{
	size_t n = 0;

	for (; from < to; from++)
		n += *from == '\n';
	buf_addf(b, "%s... %zu line%s alike%s", *end == '\0' ? "\n" : "", n,
	    n == 1 ? "" : "s", end);
}

/* A long text without what it begins and ends with as the other one does. */
static void
alike_cut(struct buf *b, const char *text, size_t head, size_t tail)
{
	const char *from = text + head, *to = text + strlen(text) - tail, *p;
	unsigned i;

	for (i = 0; i < DIFFERENCE_CONTEXT && from > text; i++)
		for (from--; from > text && from[-1] != '\n';)
			from--;
	for (i = 0; i < DIFFERENCE_CONTEXT && *to != '\0'; i++)
		to += 1 + strcspn(to + 1, "\n");
	if (from > text)
		alike_tell(b, text, from, "\n");
	buf_add(b, from, (size_t)(to - from));
	p = to + strlen(to);
	if (to < p)
		alike_tell(b, to, p, "");
}

/* A function of a thousand lines, one of which differs. */
static void
difference_texts(
    struct buf *b, const struct object *was, const struct object *is)
{
	const char *a = was->fields->value, *z = is->fields->value;
	size_t head = alike_head(a, z), tail = alike_tail(a, z, head);
	struct object_field old = *was->fields, new = *is->fields;
	struct object one = {.nfields = 1};
	struct buf cut_old, cut_new;

	buf_init(&cut_old, BUF_TEXT);
	buf_init(&cut_new, BUF_TEXT);
	alike_cut(&cut_old, a, head, tail);
	alike_cut(&cut_new, z, head, tail);
	old.value = buf_str(&cut_old);
	new.value = buf_str(&cut_new);
	one.fields = &old;
	difference_define(b, "  - ", &one);
	one.fields = &new;
	difference_define(b, "  + ", &one);
	buf_clear(&cut_old);
	buf_clear(&cut_new);
}

/* The fields that are not the same in both. */
static void
difference_fields(
    struct buf *b, const struct object *was, const struct object *is)
{
	struct object old = *was, new = *is;

	while (old.nfields > 0 && new.nfields > 0 &&
	    object_field_same(&old.fields[0], &new.fields[0])) {
		old.fields++, old.nfields--;
		new.fields++, new.nfields--;
	}
	while (old.nfields > 0 && new.nfields > 0 &&
	    object_field_same(
		&old.fields[old.nfields - 1], &new.fields[new.nfields - 1])) {
		old.nfields--;
		new.nfields--;
	}
	if (old.nfields == 1 && new.nfields == 1 &&
	    strcmp(old.fields->key, new.fields->key) == 0) {
		difference_texts(b, &old, &new);
		return;
	}
	difference_define(b, "  - ", &old);
	difference_define(b, "  + ", &new);
}

static void
difference_head(struct buf *b, const struct event *e)
{
	const struct object *o = e->before != NULL ? e->before : e->after;

	buf_adds(b, o == NULL ? e->severity : object_kind_name(o->kind));
	buf_addc(b, ' ');
	text_escape(b, o == NULL ? e->name : o->identity);
	if (o == NULL)
		buf_addf(b, ": %s", e->text);
	else if (e->after == NULL)
		buf_adds(b, " is missing");
	else if (e->before == NULL)
		buf_adds(b,
		    e->migration == NULL ? " is not in the dump"
					 : " is left over");
	else if (strcmp(e->before->identity, e->after->identity) == 0)
		buf_adds(b, " differs");
	else {
		buf_adds(b, " is called ");
		text_escape(b, e->after->identity);
	}
	if (!e->rollback)
		buf_adds(b, " after the second apply");
	if (e->sort != NULL)
		buf_addf(b, " (%s%s)", e->sort, e->allowed ? ", allowed" : "");
	buf_addc(b, '\n');
}

/* What the signs mean, once, before the first of them. */
static void
human_legend(struct human *h, const struct event *e)
{
	struct buf b;

	if (h->legend || e->source == NULL || e->before == NULL ||
	    e->after == NULL)
		return;
	h->legend = true;
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "- ");
	text_escape(&b, e->source);
	buf_adds(&b, "  + database");
	human_indent(h, buf_str(&b));
	buf_clear(&b);
}

void
human_difference(struct human *h, const struct event *e)
{
	struct buf b;

	if (e->allowed && h->base.options.verbose == 0)
		return;
	human_legend(h, e);
	buf_init(&b, BUF_TEXT);
	difference_head(&b, e);
	if (e->before != NULL && e->after != NULL)
		difference_fields(&b, e->before, e->after);
	human_indent(h, buf_str(&b));
	buf_clear(&b);
}

void
human_proof_end(struct human *h, const struct event *e)
{
	enum verdict v;
	struct buf b;

	if (h->base.options.quiet)
		return;
	buf_init(&b, BUF_LINE);
	for (v = 0; v < VERDICTS; v++)
		if (e->verdicts[v] > 0)
			buf_addf(&b, "%s%" PRIu64 " %s", b.len > 0 ? ", " : "",
			    e->verdicts[v], verdict_name(v));
	human_result(h, &b);
	buf_clear(&b);
}

void
human_object_begin(struct human *h, const struct event *e)
{
	struct buf b;

	buf_init(&b, BUF_LINE);
	snapshot_head(&b, e->source);
	human_write(h, buf_str(&b));
	buf_clear(&b);
}

void
human_object(struct human *h, const struct event *e)
{
	struct buf b;

	buf_init(&b, BUF_TEXT);
	snapshot_print(&b, e->object);
	human_write(h, buf_str(&b));
	buf_clear(&b);
}

/* The end of a dump for people is its end. */
void
human_object_end(struct human *h, const struct event *e)
{
	(void)h;
	(void)e;
}
