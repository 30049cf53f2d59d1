/*
 * The PostgreSQL engine's snapshot, on the schema of
 * tests/data/catalogue-postgres.sql: each of the single changes of
 * catalogue-postgres.txt is seen as what it is and as nothing else, taking it
 * back gives the snapshot of before, and pg_dump sees a difference exactly
 * where we do, but where the file says why not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "engine/engine.h"

static struct db *db;
static char database[64];
static int version; /* of the server */

static const struct catalogue_scope everything;

static struct db *
connect_to(const char *name)
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

/* The name of the database stands for ":db".  0, or it failed and is told. */
static int
try_sql(struct db *on, const char *sql)
{
	struct err err = ERR_INIT;
	const char *hit = strstr(sql, ":db ");
	struct buf b;
	int r;

	buf_init(&b, BUF_TEXT);
	if (hit != NULL) {
		buf_add(&b, sql, (size_t)(hit - sql));
		buf_adds(&b, database);
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

static char *
read_data(const char *name)
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

/* The next paragraph of a text; NULL at the end. */
static char *
next_paragraph(char **text)
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

/* Make the hard schema in a new database. */
static void
make_schema(const char *name)
{
	struct db *to = connect_to("postgres");
	char *text = read_data("catalogue-postgres.sql"), *rest = text, *p;
	char sql[128];

	snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
	assert_int_equal(try_sql(to, sql), 0);
	to->engine->close(to);
	to = connect_to(name);
	while ((p = next_paragraph(&rest)) != NULL) {
		if (strncmp(p, "-- ", 3) == 0 && isdigit((unsigned char)p[3])) {
			if (atoi(p + 3) > version)
				continue;
			p = strchr(p, '\n') + 1;
		}
		if (strncmp(p, "-- ", 3) != 0)
			assert_int_equal(try_sql(to, p), 0);
	}
	free(text);
	to->engine->close(to);
}

static void
drop_database(const char *name)
{
	struct db *to = connect_to(name);
	char sql[128];

	try_sql(to, "DROP SUBSCRIPTION IF EXISTS away");
	to->engine->close(to);
	to = connect_to("postgres");
	snprintf(sql, sizeof(sql), "DROP DATABASE %s", name);
	try_sql(to, sql);
	to->engine->close(to);
}

static struct catalogue *
take_from(struct db *from, const struct catalogue_scope *scope)
{
	struct catalogue *c = catalogue_new();
	struct err err = ERR_INIT;

	if (from->engine->catalogue(from, scope, c, &err) < 0)
		fail_msg("%s %s", err.sqlstate, err.message);
	return c;
}

static struct catalogue *
take(void)
{
	return take_from(db, &everything);
}

/* Append a line for each object that differs; returns how many do. */
static size_t
compare(const struct catalogue *a, const struct catalogue *b, struct buf *out)
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

/* Whether two lists of lines are the same, whatever their order. */
static bool
same_lines(const char *a, const char *b)
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

/*
 * What pg_dump makes of the database, without comments, its random marks and
 * the order in which rights were given; NULL where it is older than the server.
 */
static char *
dump(const char *name)
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

static bool
have_oracle(void)
{
	FILE *f = popen("pg_dump --version", "r");
	int major = 0;

	assert_non_null(f);
	if (fscanf(f, "pg_dump (PostgreSQL) %d", &major) != 1)
		major = 0;
	pclose(f);
	assert_int_not_equal(major, 0);
	return major >= version;
}

/* A paragraph of the list. */
struct change {
	char *make[8];
	char *undo[8];
	size_t nmake, nundo;
	struct buf expected;
	bool unseen; /* by pg_dump */
	bool wanted; /* on this version */
};

/* Whether the server's version is in a range like "14..17". */
static bool
change_is_for(const char *range)
{
	int until = atoi(strstr(range, "..") + 2);

	return version >= atoi(range) && (until == 0 || version <= until);
}

static void
change_read(struct change *c, char *paragraph)
{
	char *save, *line;

	memset(c, 0, sizeof(*c));
	c->wanted = true;
	buf_init(&c->expected, BUF_TEXT);
	for (line = strtok_r(paragraph, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (line[0] == '+')
			c->make[c->nmake++] = line + 2;
		else if (line[0] == '-')
			c->undo[c->nundo++] = line + 2;
		else if (line[0] == '=')
			buf_addf(&c->expected, "%s\n", line);
		else if (line[0] == '~')
			c->unseen = true;
		else if (strstr(line, "..") != NULL && line[0] != '#')
			c->wanted = change_is_for(line);
	}
}

static int
run_all(char *const *sql, size_t n)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		r = try_sql(db, sql[i]);
	return r;
}

/* Returns what is wrong, having told it. */
static int
check_change(
    const struct change *c, const struct catalogue *before, char **base)
{
	struct catalogue *after;
	char *dumped;
	struct buf seen;
	int wrong = 0;

	buf_init(&seen, BUF_TEXT);
	if (*base != NULL && (c->unseen || c->expected.len == 0)) {
		free(*base);
		*base = dump(database);
	}
	wrong += run_all(c->make, c->nmake) < 0;
	after = take();
	compare(before, after, &seen);
	if (!same_lines(buf_str(&seen), buf_str(&c->expected))) {
		wrong++;
		print_error("%s\nis seen as\n%s\n", c->make[0], buf_str(&seen));
	}
	dumped = *base == NULL ? NULL : dump(database);
	if (dumped != NULL &&
	    (strcmp(dumped, *base) != 0) != (seen.len > 0 && !c->unseen)) {
		wrong++;
		print_error("%s\npg_dump %s\n", c->make[0],
		    seen.len > 0 ? "does not see it" : "sees something");
	}
	free(dumped);
	catalogue_free(after);
	buf_clear(&seen);
	return wrong;
}

static int
check_undo(const struct change *c, struct catalogue **before)
{
	struct catalogue *after;
	struct buf seen;
	int wrong;

	buf_init(&seen, BUF_TEXT);
	wrong = run_all(c->undo, c->nundo) < 0;
	after = take();
	if (compare(*before, after, &seen) > 0) {
		wrong++;
		print_error(
		    "%s\nis not undone:\n%s\n", c->make[0], buf_str(&seen));
	}
	/* What stays is told once. */
	catalogue_free(*before);
	*before = after;
	buf_clear(&seen);
	return wrong;
}

static void
test_changes(void **state)
{
	char *text = read_data("catalogue-postgres.txt"), *rest = text, *p;
	struct catalogue *before = take();
	char *base = have_oracle() ? dump(database) : NULL;
	int wrong = 0, changes = 0;
	struct change c;

	(void)state;
	while ((p = next_paragraph(&rest)) != NULL) {
		change_read(&c, p);
		if (c.wanted && c.nmake > 0) {
			changes++;
			wrong += check_change(&c, before, &base);
			wrong += check_undo(&c, &before);
		}
		buf_clear(&c.expected);
	}
	free(text);
	free(base);
	catalogue_free(before);
	assert_true(changes > 200);
	assert_int_equal(wrong, 0);
}

static int
setup(void **state)
{
	static const char *const roles[] = {
	    "cat_owner", "cat_reader", "cat_writer"};
	struct db *to = connect_to("postgres");
	char sql[256];
	size_t i;

	(void)state;
	version = atoi(strrchr(to->engine->identity(to)->server, ' '));
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		snprintf(sql, sizeof(sql),
		    "DO $$BEGIN CREATE ROLE %s; "
		    "EXCEPTION WHEN duplicate_object THEN NULL; END$$",
		    roles[i]);
		assert_int_equal(try_sql(to, sql), 0);
	}
	to->engine->close(to);
	snprintf(database, sizeof(database), "catalogue_%d", (int)getpid());
	make_schema(database);
	db = connect_to(database);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db->engine->close(db);
	drop_database(database);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
