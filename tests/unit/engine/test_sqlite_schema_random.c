/*
 * Random tables, of which SQLite's pragmas must say what the snapshot says:
 * both are written down in the same words and compared.  A name that comes and
 * goes leaves nothing behind.
 */
#include "schema_fixture.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define TABLES 1500
#define TAKEN_MIN 1000
#define COLUMNS 7
#define FACTS_MAX 200

/* Columns: two spellings, and what both mean. */
static const struct {
	const char *spelling[3];
	const char *name;
	const char *printed;
} names[COLUMNS] = {
    {{"a", "\"a\"", "[a]"}, "a", "a"},
    {{"Bee", "`Bee`", "'Bee'"}, "Bee", "Bee"},
    {{"key", "\"key\"", "[key]"}, "key", "key"},
    {{"\"or\"\"der\"", "[or\"der]", "`or\"der`"}, "or\"der", "\"or\"\"der\""},
    {{"\"select\"", "[select]", "'select'"}, "select", "\"select\""},
    {{"\"x, (y\"", "[x, (y]", "`x, (y`"}, "x, (y", "\"x, (y\""},
    {{"na\xc3\xafve$1", "\"na\xc3\xafve$1\"", "[na\xc3\xafve$1]"},
	"na\xc3\xafve$1", "na\xc3\xafve$1"},
};

static const char *const gaps[] = {
    " ", " ", " ", "\n", "\t ", " /* , ( */ ", " -- ) ,\n"};
static const char *const types[] = {"", "int", "INTEGER", "\"integer\"", "text",
    "varchar(10)", "decimal( 10 , -2 )", "unsigned big int", "double precision",
    "[my type]", "key", "Integer"};
static const char *const expressions[] = {"1", "(1 + (2))", "'),('", "x'00'",
    "length('a''b') > -1", "CASE WHEN 1 THEN 2 END", "1 IN (1,2)",
    "NOT NULL IS NULL", "\"a string, (\" <> ''", "a - -1 > 0", "a/2--,(\n+1"};
static const char *const defaults[] = {"5", "-5", "+1.5e3", "'x'", "\"x\"",
    "word", "NULL", "TRUE", "CURRENT_TIMESTAMP", "(1 + 2)", "((5))", "x'AB'",
    "(abs(-3))", "key"};
static const char *const conflicts[] = {"", "", "", "ON CONFLICT ABORT",
    "ON CONFLICT IGNORE", "ON CONFLICT REPLACE", "ON CONFLICT ROLLBACK"};
static const char *const references[] = {"REFERENCES p", "REFERENCES \"p\" (x)",
    "references p ( 'x' ) ON DELETE CASCADE",
    "REFERENCES [q] ON UPDATE SET NULL ON DELETE NO ACTION",
    "REFERENCES p MATCH full ON DELETE SET DEFAULT",
    "REFERENCES q (\"y\") ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED",
    "REFERENCES p NOT DEFERRABLE", "REFERENCES p ON INSERT CASCADE"};

static unsigned seed;

static unsigned
dice(unsigned sides)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % sides;
}

#define PICK(list) (list)[dice(sizeof(list) / sizeof((list)[0]))]

static void
put(struct buf *b, const char *text)
{
	buf_adds(b, text);
	buf_adds(b, PICK(gaps));
}

/* Keywords, in any case of letters. */
static void
put_words(struct buf *b, const char *words)
{
	for (; *words != '\0'; words++)
		if (*words == ' ')
			buf_adds(b, PICK(gaps));
		else
			buf_addc(b, (char)(*words | (dice(2) ? 0x20 : 0)));
	buf_adds(b, PICK(gaps));
}

static void
put_named(struct buf *b)
{
	static const char *const spelled[] = {"c1", "\"c 2\"", "[key]", "'c3'"};

	if (dice(4) > 0)
		return;
	put_words(b, "CONSTRAINT");
	put(b, PICK(spelled));
}

static void
put_expression(struct buf *b)
{
	put(b, "(");
	put(b, PICK(expressions));
	put(b, ")");
}

/* A clause of the column that has this number. */
static void
put_clause(struct buf *b, bool *has_key)
{
	put_named(b);
	switch (dice(*has_key ? 8 : 9)) {
	case 0:
		put_words(b, "NOT NULL");
		put_words(b, PICK(conflicts));
		break;
	case 1:
		put_words(b, "NULL");
		break;
	case 2:
		put_words(b, "UNIQUE");
		put_words(b, PICK(conflicts));
		break;
	case 3:
	case 4:
		put_words(b, "CHECK");
		put_expression(b);
		break;
	case 5:
		put_words(b, "DEFAULT");
		put(b, PICK(defaults));
		break;
	case 6:
		put_words(b, dice(2) ? "COLLATE NOCASE" : "COLLATE BINARY");
		break;
	case 7:
		put(b, PICK(references));
		break;
	default:
		*has_key = true;
		put_words(b, "PRIMARY KEY");
		put_words(b, dice(3) ? "" : dice(2) ? "ASC" : "DESC");
		put_words(b, PICK(conflicts));
		put_words(b, dice(4) ? "" : "AUTOINCREMENT");
	}
}

static void
put_column(struct buf *b, size_t i, bool *has_key)
{
	unsigned n = dice(4);

	put(b, names[i].spelling[dice(3)]);
	put(b, PICK(types));
	while (n-- > 0)
		put_clause(b, has_key);
	if (i == 0 || dice(8) > 0)
		return;
	/* SQLite takes a GENERATED before a comment for a part of the type. */
	put(b, dice(2) ? "Generated Always AS" : "AS");
	put_expression(b);
	put_words(b, dice(3) ? "" : dice(2) ? "STORED" : "VIRTUAL");
}

/* Some of the columns, each once. */
static void
put_list(struct buf *b, size_t columns, bool sorted)
{
	size_t i = dice((unsigned)columns), n = 1 + dice(3);

	put(b, "(");
	for (; i < columns && n > 0; i += 1 + dice(2), n--) {
		put(b, names[i].spelling[dice(3)]);
		if (sorted && dice(5) == 0)
			put_words(b, "COLLATE RTRIM");
		if (sorted)
			put_words(b, dice(3) ? "" : dice(2) ? "ASC" : "DESC");
		if (i + 2 >= columns || n == 1)
			break;
		put(b, ",");
	}
	put(b, ")");
}

static void
put_constraint(struct buf *b, size_t columns, bool *has_key)
{
	put_named(b);
	switch (dice(*has_key ? 3 : 4)) {
	case 0:
		put_words(b, "UNIQUE");
		put_list(b, columns, true);
		put_words(b, PICK(conflicts));
		break;
	case 1:
		put_words(b, "CHECK");
		put_expression(b);
		break;
	case 2:
		put_words(b, "FOREIGN KEY");
		put_list(b, columns, false);
		put(b, "REFERENCES p ON DELETE CASCADE");
		break;
	default:
		*has_key = true;
		put_words(b, "PRIMARY KEY");
		put_list(b, columns, true);
	}
}

static void
put_table(struct buf *b)
{
	size_t columns = 1 + dice(COLUMNS), i, n = dice(4);
	bool has_key = false;

	put_words(b, "CREATE TABLE");
	put_words(b, dice(3) ? "" : "IF NOT EXISTS");
	put(b, dice(3) ? "t" : "main.\"t\"");
	put(b, "(");
	for (i = 0; i < columns; i++) {
		put(b, i > 0 ? "," : "");
		put_column(b, i, &has_key);
	}
	for (i = 0; i < n; i++) {
		put(b, i == 0 || dice(3) > 0 ? "," : "");
		put_constraint(b, columns, &has_key);
	}
	put(b, ")");
	if (has_key && dice(4) == 0)
		put_words(b, dice(2) ? "WITHOUT ROWID" : "STRICT");
}

/* What is known of a table, line by line. */
struct facts {
	char *line[FACTS_MAX];
	size_t count;
};

static int
line_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* As one text, each line once. */
static void
facts_take(struct facts *f, struct buf *out)
{
	size_t i;

	qsort(f->line, f->count, sizeof(f->line[0]), line_compare);
	for (i = 0; i < f->count; i++)
		if (i == 0 || strcmp(f->line[i - 1], f->line[i]) != 0)
			buf_addf(out, "  %s\n", f->line[i]);
	for (i = 0; i < f->count; i++)
		free(f->line[i]);
	f->count = 0;
}

static struct buf *
fact(struct buf *b)
{
	buf_init(b, BUF_LINE);
	return b;
}

static void
fact_end(struct facts *f, struct buf *b)
{
	assert_true(f->count < FACTS_MAX);
	f->line[f->count++] = buf_take(b);
}

/* A type without what may be written in more than one way. */
static void
put_type(struct buf *b, const char *type)
{
	for (; *type != '\0'; type++) {
		if (strncmp(type, "/*", 2) == 0)
			type = strstr(type, "*/") + 2;
		else if (strncmp(type, "--", 2) == 0)
			type += strcspn(type, "\n");
		if (*type == '\0')
			break;
		if (strchr(" \t\n\"[]", *type) == NULL)
			buf_addc(b, (char)toupper((unsigned char)*type));
	}
}

static const char *
printed(const char *name)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].printed;
	return name;
}

/* One line for each row: the texts, and what a query says. */
static void
pragma_facts(sqlite3 *h, struct facts *f, const char *sql)
{
	sqlite3_stmt *stmt;
	struct buf b;
	int i;

	assert_int_equal(
	    sqlite3_prepare_v2(h, sql, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		fact(&b);
		for (i = 0; i < sqlite3_column_count(stmt); i++)
			if (strcmp(sqlite3_column_name(stmt, i), "type") == 0)
				put_type(&b,
				    (const char *)sqlite3_column_text(stmt, i));
			else
				buf_adds(&b,
				    (const char *)sqlite3_column_text(stmt, i));
		fact_end(f, &b);
	}
	sqlite3_finalize(stmt);
}

static void
sql_printed(sqlite3_context *c, int n, sqlite3_value **v)
{
	(void)n;
	sqlite3_result_text(c, printed((const char *)sqlite3_value_text(v[0])),
	    -1, SQLITE_TRANSIENT);
}

static void
all_pragma_facts(sqlite3 *h, struct facts *f)
{
	int autoincrement = 0;

	assert_int_equal(sqlite3_create_function(h, "printed", 1, SQLITE_UTF8,
			     NULL, sql_printed, NULL, NULL),
	    SQLITE_OK);
	pragma_facts(h, f,
	    "SELECT 'column ' || printed(name) || ' ', type, "
	    "  iif(dflt_value IS NULL, '', ' default') || "
	    "  iif(hidden = 2, ' virtual', iif(hidden = 3, ' stored', '')) "
	    "FROM pragma_table_xinfo('t')");
	pragma_facts(h, f,
	    "SELECT 'not null ' || printed(name) FROM pragma_table_xinfo('t') "
	    "WHERE \"notnull\" AND NOT (SELECT wr OR strict "
	    "  FROM pragma_table_list('t'))");
	pragma_facts(h, f,
	    "SELECT 'order ' || group_concat(printed(name), ', ') "
	    "FROM pragma_table_xinfo('t')");
	pragma_facts(h, f,
	    "SELECT 'key ' || group_concat(printed(name), ', ') FROM (SELECT * "
	    "  FROM pragma_table_xinfo('t') WHERE pk > 0 ORDER BY pk) "
	    "HAVING count(*) > 0");
	pragma_facts(h, f,
	    "SELECT 'unique ' || (SELECT group_concat(printed(x.name), ', ') "
	    "  FROM pragma_index_xinfo(i.name) x WHERE x.key) "
	    "FROM pragma_index_list('t') i WHERE i.origin <> 'c'");
	pragma_facts(h, f,
	    "SELECT 'foreign ' || group_concat(printed(\"from\"), ', ') || "
	    "  ' ' || \"table\" || coalesce(' (' || group_concat(\"to\", ', ') "
	    "  || ')', '') || ' ' || on_update || ' ' || on_delete "
	    "FROM (SELECT * FROM "
	    "pragma_foreign_key_list('t') "
	    "  ORDER BY id, seq) GROUP BY id");
	pragma_facts(h, f,
	    "SELECT iif(wr, 'without rowid', 'rowid') || iif(strict, "
	    "  ' strict', '') FROM pragma_table_list('t')");
	sqlite3_table_column_metadata(h, "main", "t", names[0].name, NULL, NULL,
	    NULL, NULL, &autoincrement);
}

static const char *
field(const struct object *o, const char *key, const char *otherwise)
{
	size_t i;

	for (i = 0; i < o->nfields; i++)
		if (strcmp(o->fields[i].key, key) == 0)
			return o->fields[i].value;
	return otherwise;
}

/* A list of columns without the way in which they are sorted. */
static void
put_columns(struct buf *b, const char *list)
{
	static const char *const words[] = {" COLLATE RTRIM", " DESC"};
	size_t i, n;

	while (*list != '\0') {
		for (i = 0; i < 2; i++) {
			n = strlen(words[i]);
			if (strncmp(list, words[i], n) == 0)
				list += n;
		}
		if (*list != '\0')
			buf_addc(b, *list++);
	}
}

static void
column_facts(struct facts *f, const struct object *o)
{
	const char *name = o->identity + strlen("t."), *text;
	struct buf b;

	buf_addf(fact(&b), "column %s ", name);
	put_type(&b, field(o, "type", ""));
	buf_adds(&b, field(o, "default", NULL) == NULL ? "" : " default");
	text = field(o, "generated", NULL);
	if (text != NULL)
		buf_adds(&b,
		    strstr(text, ") STORED") == NULL ? " virtual" : " stored");
	fact_end(f, &b);
	/* There the columns of a key are filled without being said so. */
	if (field(o->parent, "without rowid", NULL) == NULL &&
	    field(o->parent, "strict", NULL) == NULL &&
	    field(o, "not null", NULL) != NULL) {
		buf_addf(fact(&b), "not null %s", name);
		fact_end(f, &b);
	}
}

static void
constraint_facts(struct facts *f, const struct object *o)
{
	const char *type = field(o, "type", NULL);
	bool key = strcmp(type, "PRIMARY KEY") == 0;
	struct buf b;

	if (key) {
		buf_adds(fact(&b), "key ");
		put_columns(&b, field(o, "columns", NULL));
		fact_end(f, &b);
	}
	if ((key && field(o, "rowid", NULL) == NULL) ||
	    strcmp(type, "UNIQUE") == 0) {
		buf_adds(fact(&b), "unique ");
		put_columns(&b, field(o, "columns", NULL));
		fact_end(f, &b);
	}
	if (strcmp(type, "FOREIGN KEY") == 0) {
		buf_addf(fact(&b), "foreign %s %s %s %s",
		    field(o, "columns", NULL), field(o, "references", NULL),
		    field(o, "on update", "NO ACTION"),
		    field(o, "on delete", "NO ACTION"));
		fact_end(f, &b);
	}
}

static void
catalogue_facts(struct facts *f, const struct catalogue *c)
{
	const struct object *o;
	struct buf b;
	size_t i, j;

	for (i = 0; i < c->count; i++) {
		o = c->objects[i];
		if (o->kind == OBJECT_COLUMN)
			column_facts(f, o);
		if (o->kind == OBJECT_CONSTRAINT)
			constraint_facts(f, o);
		if (o->kind == OBJECT_COLUMN_ORDER) {
			buf_adds(fact(&b), "order");
			for (j = 0; j < o->nfields; j++)
				buf_addf(&b, "%s %s", j == 0 ? "" : ",",
				    o->fields[j].value);
			fact_end(f, &b);
		}
		if (o->kind == OBJECT_TABLE) {
			buf_addf(fact(&b), "%s%s",
			    field(o, "without rowid", NULL) == NULL
				? "rowid"
				: "without rowid",
			    field(o, "strict", NULL) == NULL ? "" : " strict");
			fact_end(f, &b);
		}
	}
}

/*
 * What ALTER TABLE leaves behind means the same; false where SQLite fails
 * itself, as it does with 'a' COLLATE x in a key.
 */
static bool
rename_to_and_fro(
    sqlite3 *h, struct db *db, const struct catalogue *before, const char *sql)
{
	struct catalogue *after;
	size_t i;

	if (sqlite3_exec(h,
		"BEGIN; ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME TO t;"
		"ALTER TABLE t RENAME \"a\" TO z;"
		"ALTER TABLE t RENAME z TO a; COMMIT",
		NULL, NULL, NULL) != SQLITE_OK) {
		schema_do(h, "ROLLBACK");
		return false;
	}
	after = schema_snapshot(db, false);
	assert_int_equal(before->count, after->count);
	for (i = 0; i < before->count; i++)
		if (object_compare(before->objects[i], after->objects[i]) !=
			0 ||
		    !object_same(before->objects[i], after->objects[i])) {
			fprintf(stderr, "%s\n%s\n", sql,
			    before->objects[i]->identity);
			fail();
		}
	catalogue_free(after);
	return true;
}

/* Whether SQLite takes the table; it must then be the same for both. */
static bool
try_table(sqlite3 *h, struct db *db, const char *sql, size_t *renamed)
{
	struct facts f = {.count = 0};
	struct buf pragmas, ours;
	struct catalogue *c;

	if (sqlite3_exec(h, sql, NULL, NULL, NULL) != SQLITE_OK)
		return false;
	c = schema_snapshot(db, false);
	schema_understood(c, sql);
	buf_init(&pragmas, BUF_LINE);
	buf_init(&ours, BUF_LINE);
	all_pragma_facts(h, &f);
	facts_take(&f, &pragmas);
	catalogue_facts(&f, c);
	facts_take(&f, &ours);
	if (strcmp(buf_str(&pragmas), buf_str(&ours)) != 0) {
		fprintf(stderr, "%s\nSQLite:\n%sthe snapshot:\n%s", sql,
		    buf_str(&pragmas), buf_str(&ours));
		fail();
	}
	buf_clear(&pragmas);
	buf_clear(&ours);
	*renamed += rename_to_and_fro(h, db, c, sql);
	catalogue_free(c);
	schema_do(h, "DROP TABLE t");
	return true;
}

static void
test_pragmas_agree(void **state)
{
	size_t i, taken = 0, renamed = 0;
	struct buf sql;
	struct db *db;
	sqlite3 *h = schema_fresh(&db);

	(void)state;
	buf_init(&sql, BUF_LINE);
	for (i = 0; i < TABLES; i++) {
		seed = (unsigned)i;
		buf_reset(&sql);
		put_table(&sql);
		taken += try_table(h, db, buf_str(&sql), &renamed);
	}
	print_message(
	    "# %zu of %d tables taken, %zu renamed\n", taken, TABLES, renamed);
	assert_true(taken >= TAKEN_MIN);
	assert_true(renamed >= TAKEN_MIN);
	buf_clear(&sql);
	schema_done(h, db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pragmas_agree),
	};

	return cmocka_run_group_tests(tests, schema_setup, schema_teardown);
}
