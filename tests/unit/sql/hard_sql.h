/*
 * A generator of SQL that is hard to cut: every form of quoting, each hiding
 * what would begin another, with comments wherever white space may stand.
 * Most of what it makes is good SQL, so that the engines' own parsers can say
 * where its statements end.
 *
 * In a template @ is an expression, ~ a gap and # a number of its own.
 */
#ifndef TESTS_HARD_SQL_H
#define TESTS_HARD_SQL_H

#include <stdlib.h>

#include "sql_test.h"

/* How many texts are tried: a tenth where each takes long (valgrind). */
static inline size_t
hard_count(size_t texts)
{
	return getenv("SQLMIGRATE_FEW_TEXTS") == NULL ? texts : texts / 10;
}

struct hard_words {
	const char *const *statements;
	const char *const *expressions;
	const char *const *gaps;
};

static const char *const postgres_statements[] = {"select~@,~@",
    "insert~into~t~values(@,@),(@,~@)",
    "update~t~set~\"a;b\"=@~where~@~is~null", "select~@~as~begin",
    "select~@~as~\"end\"", "select~1~as~end,~@~as~case",
    "create~function~f#()~returns~int~begin~atomic~select~@;~select~@;~end",
    "create~or~replace~function~f#(a~int~default~@)~returns~int~begin~atomic~"
    "select~case~when~@~is~null~then~1~end~as~case;~select~1~as~end;~end",
    "create~procedure~f#()~begin~atomic~end",
    "create~procedure~f#()~begin~atomic~insert~into~t~values(@);~end",
    "create~function~f#()~returns~int~return~@",
    "create~function~public.begin()~returns~int~language~sql~as~'select 1;'",
    "create~function~f#()~returns~begin~language~plpgsql~as~$f$begin;end$f$",
    "do~$do$~begin execute $x$ ; $x$; end $do$",
    "create~rule~r#~as~on~insert~to~t~do~also~(select~@;~select~@;)",
    "create~trigger~g~after~insert~on~t~for~each~row~execute~function~f()",
    "begin", "commit", "end", "create~schema~s~create~table~a(b~int)",
    "copy~t~from~'/tmp/stdin'", "copy~(select~@)~to~stdout",
    "create~view~v#~as~select~@~as~a$$b$$", "prepare~p~as~select~$1,~@",
    "select~a[1:2],~b::text,~@~::text~from~t",
    "alter~function~f()~rename~to~begin", "set~search_path~=~'a;b'",
    "select~'{}'::jsonb~?~';',~@", "", "", NULL};
static const char *const postgres_expressions[] = {"1", ".5", "1e-5", "1.e+3",
    "';'", "'it''s;'", "''", "E'\\';'", "e'\\\\'", "e'a\\\n;'", "'\\'",
    "U&'\\0061;'", "B'1'", "x'1F'", "N';'", "$$;$$", "$$'$$", "$a$;$$;$A$;$a$",
    "$_1$ $_1 ; $_1$", "$a$x$b$a$", "\"a;b\"", "\"c\"\"d;\"", "U&\"d\\0061;\"",
    "a$b$c", "x$$", "(select~@)", "(@)", "1~-~-1", "-~1", "(1)+(-2)",
    "'a'\n';b'", "E'a'\n'\\';'", "case~when~@~is~null~then~@~end", "'--'",
    "'/*'", "\xc3\xa9", "'\xe6\x97\xa5;'", "$\xc3\xa9$;$\xc3\xa9$", "t.e",
    "null::text", "a\xc2\xa0", "2*3", "a&<b", "a->>'b;'", NULL};
static const char *const postgres_gaps[] = {" ", " ", " ", " ", "\n", "\t",
    "\r\n", "\f", " -- ; '\n", "--;\r", "/* ; ' */", "/*/*;*/*/", " /**/ ",
    "/* $$ \" -- */", "/*/ ; */", NULL};

static const char *const sqlite_statements[] = {"select~@,~@",
    "insert~into~t~values(@,~@),(@,@)", "update~t~set~b=@~where~@~is~null",
    "select~@~as~\"begin\"", "select~1~as~end,~@~as~'case;'",
    "create~trigger~g#~after~insert~on~t~begin~select~@;~select~@;~end",
    "create~temp~trigger~g#~before~delete~on~t~when~old.a~>~1~begin~"
    "select~case~when~@~then~1~end;~insert~into~t~values(@,@);~end",
    "create~temporary~trigger~if~not~exists~g#~after~update~of~a~on~t~"
    "for~each~row~begin~select~1~as~end;~delete~from~t;~end",
    "explain~create~trigger~g#~after~insert~on~t~begin~select~@;~end",
    "create~trigger~\"end;#\"~after~insert~on~t~begin~"
    "insert~into~t(\"b\")~values(@);~end",
    "create~table~trigger_#(a,~b~default~';',~check~(a~<>~';'))",
    "create~view~v#~as~select~@~as~[;]", "pragma~foreign_keys=on", "begin",
    "commit", "create~index~i#~on~t(a)~where~a~<>~';'",
    "explain~query~plan~select~@", "with~x~as~(select~@)~select~*~from~x", "",
    "", NULL};
static const char *const sqlite_expressions[] = {"1", ".5", "1e-5", "';'",
    "'it''s;'", "''", "'\\'", "x'3b'", "X'3B3b'", "(select~@)", "(@)", "1~-~-1",
    "case~when~@~then~@~end", "'--'", "'/*'", "'\xe6\x97\xa5;'",
    "(select~1~\"a;\")", "(select~2~[c;'])", "(select~3~`e;\"`)",
    "(select~\"x\"\";\"~from~(select~1~\"x\"\";\"))", "(select~4~a$b)", "null",
    "'a'~||~';'", "(select~1~\xc3\xa9)", "2*3", "'{}'~->>~'$;'", "7/2", NULL};
static const char *const sqlite_gaps[] = {" ", " ", " ", " ", "\n", "\t",
    "\r\n", "\f", " -- ; '\n", "--;\r\n", "/* ; ' */", "/* /* ; */", " /**/ ",
    "/* \" -- [ */", "/*/ ; */", NULL};

static const struct hard_words hard_postgres = {
    postgres_statements, postgres_expressions, postgres_gaps};
static const struct hard_words hard_sqlite = {
    sqlite_statements, sqlite_expressions, sqlite_gaps};

struct hard {
	const struct hard_words *words;
	uint32_t seed;
	unsigned number;
	struct buf out;
};

static inline const char *
hard_pick(struct hard *h, const char *const *list)
{
	size_t n = 0;

	while (list[n] != NULL)
		n++;
	return list[random_next(&h->seed) % n];
}

static inline void
hard_fill(struct hard *h, const char *template, int depth)
{
	const char *deep = depth > 2 ? "null" : NULL;

	for (; *template != '\0'; template ++) {
		if (*template == '~')
			buf_adds(&h->out, hard_pick(h, h->words->gaps));
		else if (*template == '#')
			buf_addf(&h->out, "%u", h->number++);
		else if (*template == '@')
			hard_fill(h,
			    deep != NULL ? deep
					 : hard_pick(h, h->words->expressions),
			    depth + 1);
		else
			buf_addc(&h->out, *template);
	}
}

/* A text of a few statements; h->out is to be reset before the next. */
static inline void
hard_text(struct hard *h)
{
	unsigned i, n = random_next(&h->seed) % 6;

	for (i = 0; i < n; i++) {
		hard_fill(h, hard_pick(h, h->words->statements), 0);
		hard_fill(h, random_next(&h->seed) % 2 ? ";~" : "~;~", 0);
	}
	if (random_next(&h->seed) % 2)
		hard_fill(h, hard_pick(h, h->words->statements), 0);
}

/*
 * Put a byte that matters somewhere in the text, or take one out.  Good SQL
 * mostly becomes bad, but what stays good is what nobody thought of.
 */
static inline void
hard_spoil(struct hard *h)
{
	static const char bytes[] = "'\"$;-/*()e \n\\[]`.:x1";
	size_t at = h->out.len == 0 ? 0 : random_next(&h->seed) % h->out.len;
	char *tail = mem_strdup(buf_str(&h->out) + at), *p = tail;

	for (; (*p & 0x80) != 0; p++)
		at++;
	h->out.len = at;
	if (random_next(&h->seed) % 2)
		buf_addc(&h->out,
		    bytes[random_next(&h->seed) % (sizeof(bytes) - 1)]);
	else if (*p != '\0')
		p++;
	buf_adds(&h->out, p);
	free(tail);
}

#endif
