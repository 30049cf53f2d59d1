/*
 * What the scanner makes of SQL, for a script to compare with what psql does.
 *
 *	show_statements generate SEED COUNT	hard SQL that psql cuts right
 *	show_statements split <SQL		a line for each statement
 *	show_statements each <TEXTS		a line for each text; they are
 *						ended by NUL bytes
 *
 * A line holds a statement's tokens with blanks between; of a text that holds
 * several, all of them with " ;; " between.
 */
#include <stdio.h>

#include "hard_sql.h"

static size_t
times(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)) != NULL; text++)
		n++;
	return n;
}

/*
 * Two things psql has in another way than the server, whose is ours.  In a
 * CREATE FUNCTION or PROCEDURE it takes every BEGIN, CASE and END for that of
 * a body, also those that are names (begin_depth in its psqlscan.l).  And it
 * reads line by line: of a literal that goes on in the next line it forgets
 * that it began with E.
 */
static bool
psql_differs(const char *text)
{
	size_t bodies = times(text, "atomic");

	if (times(text, "E'a'\n") > 0)
		return true;
	return times(text, "function") + times(text, "procedure") > 0 &&
	    (times(text, "begin") != bodies || times(text, "end") != bodies ||
		times(text, "case") > 0);
}

static void
generate(uint32_t seed, long count)
{
	struct hard h = {.words = &hard_postgres, .seed = seed};

	buf_init(&h.out, SIZE_MAX);
	while (count > 0) {
		buf_reset(&h.out);
		hard_text(&h);
		if (psql_differs(buf_str(&h.out)))
			continue;
		printf("%s\n;\n", buf_str(&h.out));
		count--;
	}
	buf_clear(&h.out);
}

static int
show_token(void *arg, const struct token *t, struct err *err)
{
	struct buf *line = arg;
	size_t i;

	(void)err;
	if (t->kind == TOKEN_COMMENT || t->kind == TOKEN_DATA ||
	    (t->len == 1 && *t->text == ';'))
		return 0;
	buf_addc(line, ' ');
	for (i = 0; i < t->len; i++)
		if (t->text[i] == '\n')
			buf_adds(line, "\\n");
		else
			buf_addc(line, t->text[i]);
	return 0;
}

/*
 * The statements of a text, each ended by the mark.  A COPY that psql sent
 * stands alone, without its data.
 */
static int
show_text(const char *text, size_t len, const char *mark, bool sent)
{
	struct buf line;
	const struct token_sink sink = {show_token, &line};
	struct scanner *s = scanner_new(&dialect_postgres, "t.sql", &sink);
	struct err err = ERR_INIT;
	struct statement st;
	int r;

	buf_init(&line, SIZE_MAX);
	while ((r = scanner_next(s, &st, &err)) >= 0 && r != SCAN_END) {
		if (r == SCAN_MORE) {
			memcpy(scanner_room(s, len), text, len);
			scanner_fed(s, len);
			len = 0;
		} else if (r == SCAN_STATEMENT) {
			printf("%s%s", buf_str(&line), mark);
			buf_reset(&line);
			if (sent && st.copy)
				break;
		}
	}
	if (r < 0)
		fprintf(stderr, "%llu:%llu: %s\n",
		    (unsigned long long)err.place.line,
		    (unsigned long long)err.place.column, err.message);
	buf_clear(&line);
	err_clear(&err);
	scanner_free(s);
	return r;
}

static int
show_each(const struct buf *in)
{
	const char *p = in->data, *end = in->data + in->len;

	for (; p < end; p += strlen(p) + 1) {
		if (show_text(p, strlen(p), " ;;", true) < 0)
			printf(" refused");
		putchar('\n');
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct buf in;
	char piece[65536];
	size_t n;
	int r = 2;

	if (argc == 4 && strcmp(argv[1], "generate") == 0) {
		generate((uint32_t)atol(argv[2]), atol(argv[3]));
		return 0;
	}
	buf_init(&in, SIZE_MAX);
	while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0)
		buf_add(&in, piece, n);
	if (argc == 2 && strcmp(argv[1], "split") == 0)
		r = show_text(in.data, in.len, " ;;\n", false) < 0;
	else if (argc == 2 && strcmp(argv[1], "each") == 0)
		r = show_each(&in);
	buf_clear(&in);
	return r;
}
