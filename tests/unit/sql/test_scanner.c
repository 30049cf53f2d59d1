/* The scanner against vectors found by experiment, and its own promises. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/text.h"
#include "hard_sql.h"

#define VECTORS_MIN 150
#define HARD_TEXTS hard_count(4000)

static const struct dialect *
find_dialect(const char *name)
{
	return strncmp(name, "sqlite", 6) == 0 ? &dialect_sqlite
					       : &dialect_postgres;
}

static bool
run_vector(const struct vector_line *v, uint32_t *seed)
{
	struct scan_input in = {.dialect = find_dialect(v->field[1])};
	static piece_fn *const pieces[] = {
	    piece_whole, piece_byte, piece_random, piece_random, piece_random};
	bool refuse = strcmp(v->field[2], "refuse") == 0, good = true;
	char *text = json_decode(v->field[3], &in.len);
	struct scan first, r;
	size_t i;

	in.text = text;
	in.backslash = strstr(v->field[1], "+backslash") != NULL;
	in.arg = seed;
	in.piece = piece_whole;
	scan_run(&first, &in);
	good = refuse ? first.rc == ERR_USAGE && first.err.hint != NULL
		      : first.rc == SCAN_END &&
		first.statements == (size_t)atoi(v->field[2]);
	if (!good)
		print_error("%s: expected %s, got:%s\n", v->field[0],
		    v->field[2], buf_str(&first.text));
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		in.piece = pieces[i];
		scan_run(&r, &in);
		if (strcmp(buf_str(&r.text), buf_str(&first.text)) != 0) {
			print_error("%s: whole:%s\nin pieces:%s\n", v->field[0],
			    buf_str(&first.text), buf_str(&r.text));
			good = false;
		}
		scan_clear(&r);
	}
	scan_clear(&first);
	free(text);
	return good;
}

static void
test_vectors(void **state)
{
	FILE *f = vector_open("vectors.tsv");
	size_t count = 0, bad = 0;
	uint32_t seed = 1;
	struct vector_line v;

	(void)state;
	assert_non_null(f);
	while (vector_next(f, &v)) {
		assert_true(v.fields >= 4);
		count++;
		bad += !run_vector(&v, &seed);
	}
	fclose(f);
	print_message("%zu vectors, %zu failed\n", count, bad);
	assert_int_equal(bad, 0);
	assert_true(count >= VECTORS_MIN);
}

/* A text that is refused: where, and with which words. */
struct refusal {
	const struct dialect *dialect;
	const char *text;
	uint64_t line, column, offset;
	const char *message;
};

static const struct refusal refusals[] = {
    {&dialect_postgres, "select 1;\n  select 'a", 2, 10, 19,
	"unterminated string"},
    {&dialect_postgres, "select e'\\'", 1, 8, 7, "unterminated string"},
    {&dialect_postgres, "select 'a'\n 'b", 2, 2, 12, "unterminated string"},
    {&dialect_postgres, "\xc3\xa9 \"a", 1, 3, 3, "unterminated quoted name"},
    {&dialect_postgres, "do $x$ $y$", 1, 4, 3, "unterminated dollar quote $x$"},
    {&dialect_postgres, "-- a\n/* /* */", 2, 1, 5, "unterminated comment"},
    {&dialect_postgres, "select (1, (2;\n", 1, 8, 7,
	"unterminated parenthesis"},
    {&dialect_postgres, "create procedure p()\nbegin atomic select 1;", 2, 1,
	21, "unterminated BEGIN ATOMIC body"},
    {&dialect_postgres, "\n copy t from stdin;\n1\n", 2, 2, 2,
	"unterminated data of COPY"},
    {&dialect_postgres, "copy t from stdin", 1, 1, 0,
	"unterminated data of COPY"},
    {&dialect_postgres, "copy t from stdin; \t x\n\\.\n", 1, 22, 21,
	"text on the line of a COPY"},
    {&dialect_postgres, "copy t from stdin; -- a\r x\n\\.\n", 1, 20, 19,
	"text on the line of a COPY"},
    {&dialect_postgres, "select 1;\n\\set x 1\n", 2, 1, 10,
	"command of psql: \\set"},
    {&dialect_postgres, "select 1 \\gexec\n", 1, 10, 9,
	"command of psql: \\gexec"},
    {&dialect_postgres, "\\set ON_ERROR_STOP off\n", 1, 1, 0,
	"command of psql: \\set"},
    {&dialect_postgres, "\\restrict a b\n", 1, 1, 0,
	"command of psql: \\restrict"},
    {&dialect_postgres, "select 1; \\restrict a\n", 1, 11, 10,
	"command of psql: \\restrict"},
    {&dialect_postgres, "\\echo `date`\n", 1, 1, 0, "command of psql: \\echo"},
    {&dialect_postgres, "\\echo a \\\\ select 1;\n", 1, 1, 0,
	"command of psql: \\echo"},
    {&dialect_postgres, "select 1 \\echo a\n", 1, 10, 9,
	"command of psql: \\echo"},
    {&dialect_postgres, "\\set ON_ERROR_ROLLBACK on\n", 1, 1, 0,
	"command of psql: \\set"},
    {&dialect_sqlite, "select $$a$$;", 1, 8, 7,
	"SQLite has no dollar quotes: $$a$$"},
    {&dialect_postgres, "select 1;\n \xff", 2, 2, 11,
	"invalid UTF-8 byte 0xff"},
    {&dialect_postgres, "select '\xc3'", 1, 9, 8, "invalid UTF-8 byte 0xc3"},
    {&dialect_postgres, "-- \xe2\x82", 1, 4, 3, "invalid UTF-8 byte 0xe2"},
    {&dialect_postgres, "copy t from stdin;\n1\n\xe9\n\\.\n", 3, 1, 21,
	"invalid UTF-8 byte 0xe9"},
    {&dialect_postgres, "\xff\xfes", 1, 1, 0, "invalid UTF-8 byte 0xff"},
    {&dialect_postgres, "\xef\xbb\xbf 'a", 1, 2, 4, "unterminated string"},
    {&dialect_sqlite, "select [a", 1, 8, 7, "unterminated quoted name"},
    {&dialect_sqlite, "select 1;\nselect $a::b(c;d), 1", 2, 8, 17,
	"parameter $a::b(c;d) has no value"},
    {&dialect_sqlite, "select ?12;", 1, 8, 7, "parameter ?12 has no value"},
    {&dialect_sqlite, "select ?;", 1, 8, 7, "parameter ? has no value"},
    {&dialect_sqlite, "select $%a%$;", 1, 8, 7, "unrecognized token \"$\""},
    {&dialect_sqlite, "select a::text;", 1, 9, 8, "unrecognized token \":\""},
    {&dialect_sqlite, "select 1;\n.tables\n", 2, 1, 10,
	"line of the SQLite shell"},
    {&dialect_sqlite, "create trigger g after insert on t begin select 1; ", 1,
	36, 35, "unterminated trigger body"},
};

static void
test_refusals(void **state)
{
	piece_fn *const pieces[] = {piece_whole, piece_byte};
	struct scan_input in = {0};
	const struct refusal *c;
	struct scan r;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * sizeof(refusals) / sizeof(refusals[0]); i++) {
		c = &refusals[i / 2];
		in.dialect = c->dialect;
		in.text = c->text;
		in.len = strlen(c->text);
		in.piece = pieces[i % 2];
		scan_run(&r, &in);
		assert_int_equal(r.rc, ERR_USAGE);
		assert_string_equal(r.err.message, c->message);
		assert_non_null(r.err.hint);
		if (r.err.place.line != c->line ||
		    r.err.place.column != c->column ||
		    r.err.place.offset != c->offset)
			fail_msg("%s: %s", c->text, buf_str(&r.text));
		scan_clear(&r);
	}
}

static size_t
count_statements(const struct dialect *d, bool backslash, const char *text)
{
	struct scan_input in = {.dialect = d,
	    .backslash = backslash,
	    .text = text,
	    .len = strlen(text),
	    .piece = piece_byte};
	struct scan r;
	size_t n;

	scan_run(&r, &in);
	n = r.rc == SCAN_END ? r.statements : 0;
	if (n == 0)
		print_error("%s\n", buf_str(&r.text));
	scan_clear(&r);
	return n;
}

/* Settings that change how a backslash is read, and lines that may stay. */
static void
test_lines_and_settings(void **state)
{
	static const struct {
		bool backslash;
		const char *text;
		size_t statements;
	} cases[] = {
	    {false, "\\set ON_ERROR_STOP on\nselect 1;", 1},
	    {false, " \\set on_error_stop 1\r\nselect 1;", 1},
	    {false, "select 1;\n\\unrestrict x", 1},
	    {false, "\\echo it's :done\n\\qecho x\n\\timing\nselect 1;", 1},
	    {false, "\\pset pager off\n\\x on\n\\set ECHO all\nselect 1;", 1},
	    {false, "\\set QUIET\nselect 1;\n\\echo done", 1},
	    {false, "set standard_conforming_strings to off; select '\\';'", 2},
	    {false,
		"set local standard_conforming_strings = 'off';"
		"select '\\';'",
		2},
	    {false,
		"SET SESSION \"standard_conforming_strings\" = FALSE;"
		"select '\\';', n'\\';', x';', 'a'\n'\\';'",
		2},
	    {true, "set standard_conforming_strings=on; select '\\'; select 1",
		3},
	    {true,
		"set standard_conforming_strings=on;"
		"reset standard_conforming_strings; select '\\';'",
		3},
	    {true,
		"set standard_conforming_strings=on; reset all;"
		"select '\\';'",
		3},
	    {true,
		"set standard_conforming_strings=on;"
		"set standard_conforming_strings to default;"
		"select '\\';'",
		3},
	    {false, "set other = off; select '\\'", 2},
	    {false, "copy t from stdin; -- x\n1\n\\.\r\nselect 1", 2},
	    {false, "copy t from stdin;\n\\.", 1},
	    {false, "copy t from stdin \n; \n\\\\.\n\\.x\n \\.\n\\.\n", 1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(count_statements(&dialect_postgres,
				     cases[i].backslash, cases[i].text),
		    cases[i].statements);
}

/* What a sink saw, checked against the text as it comes. */
struct witness {
	const char *text;
	size_t at, line_start; /* walked to, and where its line begins */
	size_t blank; /* the end of the white space that begins the line */
	uint64_t line;
	size_t end; /* of the last token */
	bool good;
};

static bool
is_gap(const char *p, size_t n)
{
	for (; n > 0; n--, p++)
		if (!isspace((unsigned char)*p) && *p != ';')
			return false;
	return true;
}

/* Between tokens is nothing but white space and empty statements. */
static int
witness_token(void *arg, const struct token *t, struct err *err)
{
	struct witness *w = arg;
	size_t at = t->offset;
	char c;

	(void)err;
	w->good &= at >= w->end && is_gap(w->text + w->end, at - w->end) &&
	    memcmp(w->text + at, t->text, t->len) == 0;
	for (; w->at < at; w->at++) {
		c = w->text[w->at];
		if (c == '\n' || c == '\r' ||
		    (w->blank == w->at && isspace((unsigned char)c)))
			w->blank = w->at + 1;
		if (c == '\n') {
			w->line++;
			w->line_start = w->at + 1;
		}
	}
	if (t->kind == TOKEN_COMMENT)
		w->good &= t->own_line == (w->blank == at) &&
		    t->place.offset == at && t->place.line == w->line &&
		    t->place.column ==
			text_count_chars(
			    w->text + w->line_start, at - w->line_start) +
			    1;
	w->end = at + t->len;
	return 0;
}

/*
 * The tokens are the whole text but for the gaps, and neither they nor the
 * size of the pieces change the statements.
 */
static bool
check_hard_text(const struct hard *h, const struct dialect *d, uint32_t *seed)
{
	struct witness w = {.text = buf_str(&h->out), .line = 1, .good = true};
	const struct token_sink sink = {witness_token, &w};
	struct scan_input in = {.dialect = d,
	    .text = w.text,
	    .len = h->out.len,
	    .piece = piece_whole,
	    .arg = seed};
	struct scan plain, seen;
	bool good;

	scan_run(&plain, &in);
	in.piece = piece_random;
	in.sink = &sink;
	scan_run(&seen, &in);
	good = strcmp(buf_str(&plain.text), buf_str(&seen.text)) == 0 &&
	    w.good &&
	    (seen.rc < 0 || is_gap(w.text + w.end, h->out.len - w.end));
	if (!good)
		print_error("text:\n%s\nplain:%s\nin pieces:%s\n", w.text,
		    buf_str(&plain.text), buf_str(&seen.text));
	scan_clear(&plain);
	scan_clear(&seen);
	return good;
}

static void
test_generated(void **state)
{
	struct hard h = {.seed = 7};
	uint32_t seed = 1;
	size_t i;

	(void)state;
	buf_init(&h.out, SCAN_TEXT_MAX);
	for (i = 0; i < HARD_TEXTS; i++) {
		buf_reset(&h.out);
		h.words = i % 2 ? &hard_sqlite : &hard_postgres;
		hard_text(&h);
		if (i % 4 > 1)
			hard_spoil(&h);
		assert_true(check_hard_text(
		    &h, i % 2 ? &dialect_sqlite : &dialect_postgres, &seed));
	}
	buf_clear(&h.out);
}

static int
refuse_number(void *arg, const struct token *t, struct err *err)
{
	(void)arg;
	if (t->kind != TOKEN_NUMBER)
		return 0;
	return err_set(err, ERR_LOCK, "a number");
}

static void
test_sink_refuses(void **state)
{
	const struct token_sink sink = {refuse_number, NULL};
	struct scan_input in = {.dialect = &dialect_sqlite,
	    .text = "select a; select 1; select b",
	    .len = 28,
	    .sink = &sink,
	    .piece = piece_whole};
	struct scan r;

	(void)state;
	scan_run(&r, &in);
	assert_int_equal(r.rc, ERR_LOCK);
	assert_int_equal(r.statements, 1);
	scan_clear(&r);
}

/* A scan of what fn writes into each piece; returns the statements. */
static size_t
scan_endless(size_t pieces, const char *first, const char *piece, size_t *room)
{
	struct scanner *s = scanner_new(&dialect_postgres, "t.sql", NULL);
	struct err err = ERR_INIT;
	size_t i, n = 0, len = strlen(piece);
	struct statement st;
	char *p;
	int rc;

	*room = 0;
	memcpy(scanner_room(s, strlen(first)), first, strlen(first));
	scanner_fed(s, strlen(first));
	for (i = 0; i < pieces;) {
		rc = scanner_next(s, &st, &err);
		assert_true(rc >= 0 && rc != SCAN_END);
		n += rc == SCAN_STATEMENT;
		if (rc != SCAN_MORE)
			continue;
		p = scanner_room(s, SCAN_PIECE);
		for (*room = 0; *room + len <= SCAN_PIECE; *room += len)
			memcpy(p + *room, piece, len);
		scanner_fed(s, *room);
		i++;
	}
	scanner_free(s);
	return n;
}

/*
 * 32 MB of one literal, one comment, statements and COPY data: a scanner
 * whose cost were not linear would not come back.
 */
static void
test_long(void **state)
{
	static const struct {
		const char *first, *piece;
	} cases[] = {{"select 'a", "it''s long; "}, {"/* ", "a / b * ; "},
	    {"select e'", "\\' ; "}, {"do $a$", "$b$ $ ; "},
	    {"select a", "bcdefgh"}, {"select ", "1"}, {"select $", "tag"},
	    {"select a", ".a&b"}, {"select ", "...."}, {"select ", "a&'"},
	    {"copy t from stdin;\n", "without an end of line "},
	    {"create function f() returns int begin atomic", " select 1;"}};
	size_t i, room;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(scan_endless(512, cases[i].first, cases[i].piece,
				&room) <= 1);
	assert_true(
	    scan_endless(512, " ", "select 1;", &room) >= (room / 9) * 511);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_lines_and_settings),
	    cmocka_unit_test(test_generated),
	    cmocka_unit_test(test_sink_refuses),
	    cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
