/* Tests on a schema with every kind of object: their tools. */
#include "hard_schema.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

struct db *hard_db;
char hard_database[64];
int hard_version;
const struct catalogue_scope hard_scope;

struct db *
hard_connect(const char *name)
{
	struct db_options opts = {.connect_timeout_ms = 10000};
	const char *host = getenv("TEST_PGHOST");
	struct err err = ERR_INIT;
	struct db *to = NULL;
	struct target t;
	char address[256];
	int r;

	if (host == NULL)
		host = getenv("PGHOST");
	assert_non_null(host);
	setenv("PGHOST", host, 1);
	setenv("PGUSER", "postgres", 0);
	snprintf(address, sizeof(address), "postgresql://postgres@/%s?host=%s",
	    name, host);
	r = target_resolve(&t, address, "a test", &err);
	if (r == 0)
		r = t.engine->open(&to, &t, &opts, &err);
	if (r < 0)
		fail_msg("%s", err.message);
	target_clear(&t);
	return to;
}

int
hard_try(struct db *on, const char *sql)
{
	struct err err = ERR_INIT;
	const char *hit = strstr(sql, ":db ");
	struct buf b;
	int r;

	buf_init(&b, BUF_TEXT);
	if (hit != NULL) {
		buf_add(&b, sql, (size_t)(hit - sql));
		buf_adds(&b, hard_database);
		sql = hit + 3;
	}
	buf_adds(&b, sql);
	r = db_query(on, NULL, &err, buf_str(&b), 0, NULL);
	if (r < 0) {
		print_error("%s: %s\n", buf_str(&b), err.message);
		on->engine->rollback(on);
	}
	buf_clear(&b);
	err_clear(&err);
	return r;
}

void
hard_do(const char *sql)
{
	assert_int_equal(hard_try(hard_db, sql), 0);
}

char *
hard_read(const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[512];
	struct err err = ERR_INIT;
	struct buf b;

	snprintf(path, sizeof(path), "%s/tests/data/%s",
	    top == NULL ? "." : top, name);
	buf_init(&b, BUF_TEXT);
	if (file_read_small(path, &b, &err) < 0)
		fail_msg("%s", err.message);
	return buf_take(&b);
}

char *
hard_paragraph(char **text)
{
	char *p = *text, *end;

	while (*p == '\n')
		p++;
	if (*p == '\0')
		return NULL;
	end = strstr(p, "\n\n");
	*text = end == NULL ? p + strlen(p) : end + 2;
	if (end != NULL)
		*end = '\0';
	return p;
}

void
hard_make(const char *name)
{
	struct db *to = hard_connect("postgres");
	char *text = hard_read("catalogue-postgres.sql"), *rest = text, *p;
	char sql[128];

	snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
	assert_int_equal(hard_try(to, sql), 0);
	to->engine->close(to);
	to = hard_connect(name);
	while ((p = hard_paragraph(&rest)) != NULL) {
		if (strncmp(p, "-- ", 3) == 0 && isdigit((unsigned char)p[3])) {
			if (atoi(p + 3) > hard_version)
				continue;
			p = strchr(p, '\n') + 1;
		}
		if (strncmp(p, "-- ", 3) != 0)
			assert_int_equal(hard_try(to, p), 0);
	}
	free(text);
	to->engine->close(to);
}

void
hard_drop(const char *name)
{
	struct db *to = hard_connect(name);
	char sql[128];

	hard_try(to, "DROP SUBSCRIPTION IF EXISTS away");
	to->engine->close(to);
	to = hard_connect("postgres");
	snprintf(sql, sizeof(sql), "DROP DATABASE %s", name);
	hard_try(to, sql);
	to->engine->close(to);
}

struct catalogue *
hard_take_from(struct db *from, const struct catalogue_scope *scope)
{
	struct catalogue *c = catalogue_new();
	struct err err = ERR_INIT;

	if (from->engine->catalogue(from, scope, c, &err) < 0)
		fail_msg("%s %s", err.sqlstate, err.message);
	return c;
}

struct catalogue *
hard_take(void)
{
	return hard_take_from(hard_db, &hard_scope);
}

size_t
hard_compare(
    const struct catalogue *a, const struct catalogue *b, struct buf *out)
{
	size_t i = 0, k = 0, n = 0;
	const struct object *o;
	int d;

	while (i < a->count || k < b->count) {
		if (i == a->count)
			d = 1;
		else if (k == b->count)
			d = -1;
		else
			d = object_compare(a->objects[i], b->objects[k]);
		o = d > 0 ? b->objects[k] : a->objects[i];
		if (d != 0 || !object_same(a->objects[i], b->objects[k])) {
			n++;
			buf_addf(out, "= %s %s\n", object_kind_name(o->kind),
			    o->identity);
		}
		i += d <= 0;
		k += d >= 0;
	}
	return n;
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Split into lines, which are sorted; returns how many. */
static size_t
sort_lines(char *text, char **lines, size_t max)
{
	size_t n = 0;
	char *save, *line;

	for (line = strtok_r(text, "\n", &save); line != NULL && n < max;
	     line = strtok_r(NULL, "\n", &save))
		lines[n++] = line;
	qsort(lines, n, sizeof(*lines), compare_lines);
	return n;
}

#define LINES 256

#define LINES 256

bool
hard_same_lines(const char *a, const char *b)
{
	char *x = strdup(a), *y = strdup(b), *p[LINES], *q[LINES];
	size_t n = sort_lines(x, p, LINES), m = sort_lines(y, q, LINES), i;
	bool same = n == m;

	for (i = 0; same && i < n; i++)
		same = strcmp(p[i], q[i]) == 0;
	free(x);
	free(y);
	return same;
}

void
hard_assert_same(const struct catalogue *a, const struct catalogue *b)
{
	struct buf seen;

	buf_init(&seen, BUF_TEXT);
	if (hard_compare(a, b, &seen) > 0)
		fail_msg("these differ:\n%s", buf_str(&seen));
	buf_clear(&seen);
}

const struct object *
hard_find(
    const struct catalogue *c, enum object_kind kind, const char *identity)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (c->objects[i]->kind == kind &&
		    strcmp(c->objects[i]->identity, identity) == 0)
			return c->objects[i];
	fail_msg("no %s %s", object_kind_name(kind), identity);
	return NULL;
}

char *
hard_dump(const char *name)
{
	char command[256];
	struct buf b;
	char part[4096];
	size_t n;
	FILE *f;

	snprintf(command, sizeof(command),
	    "pg_dump --schema-only %s | sed '/^--/d; /^.restrict/d; "
	    "/^.unrestrict/d; /^$/d' | awk '/^GRANT/ { print | \"sort\"; next }"
	    " { print }'",
	    name);
	f = popen(command, "r");
	assert_non_null(f);
	buf_init(&b, BUF_TEXT);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, part, n);
	pclose(f);
	return buf_take(&b);
}

bool
hard_oracle(void)
{
	FILE *f = popen("pg_dump --version", "r");
	int major = 0;

	assert_non_null(f);
	if (fscanf(f, "pg_dump (PostgreSQL) %d", &major) != 1)
		major = 0;
	pclose(f);
	assert_int_not_equal(major, 0);
	return major >= hard_version;
}

int
hard_setup(void **state)
{
	static const char *const roles[] = {
	    "cat_owner", "cat_reader", "cat_writer"};
	struct db *to = hard_connect("postgres");
	char sql[256];
	size_t i;

	(void)state;
	hard_version = atoi(strrchr(to->engine->identity(to)->server, ' '));
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		snprintf(sql, sizeof(sql),
		    "DO $$BEGIN CREATE ROLE %s; "
		    "EXCEPTION WHEN duplicate_object OR "
		    "unique_violation THEN NULL; END$$",
		    roles[i]);
		assert_int_equal(hard_try(to, sql), 0);
	}
	to->engine->close(to);
	snprintf(hard_database, sizeof(hard_database), "catalogue_%d",
	    (int)getpid());
	hard_make(hard_database);
	hard_db = hard_connect(hard_database);
	return 0;
}

int
hard_teardown(void **state)
{
	(void)state;
	hard_db->engine->close(hard_db);
	hard_drop(hard_database);
	return 0;
}
