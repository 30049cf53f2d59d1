/* Text: UTF-8, escaping for output, numbers and durations. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A UTF-8 check that takes its input in pieces; start with {0}.  A NUL byte
 * is refused as well: PostgreSQL and SQLite both end a text at it.
 */
struct text_check {
	unsigned need;           /* continuation bytes still to come */
	unsigned char low, high; /* bounds of the next one */
};

/*
 * Check n more bytes.  Returns n where all are good, else the index of the
 * first bad one.  At the end of the text, need must be 0.  (The Unicode
 * Standard, table 3-7: no overlong forms, no surrogates.)
 */
size_t text_check_utf8(struct text_check *, const char *p, size_t n);

/* The number of characters in n bytes of UTF-8. */
size_t text_count_chars(const char *p, size_t n);

/* The length of the UTF-8 byte order mark that n bytes begin with, or 0. */
size_t text_bom(const char *p, size_t n);

/*
 * The byte index of character number chars (from 0), at most n.
 */
size_t text_char_offset(const char *p, size_t n, uint64_t chars);

/*
 * Append text for a terminal or a log: C0, DEL and C1 controls, bidirectional
 * controls, line and paragraph separators, characters without a width or that
 * look like a space but are none to SQL, and bytes that are not UTF-8 appear
 * as \n, \t, \xNN or \u{NNNN}; the rest as it is.  text_escape_lines() lets
 * line feeds and tabs through.
 */
void text_escape(struct buf *, const char *s);
void text_escape_lines(struct buf *, const char *s);

/*
 * Append a JSON string with its quotes (RFC 8259, section 7); a byte that is
 * not UTF-8 becomes U+FFFD, and the characters that text_escape() hides are
 * written as \uNNNN.
 */
void text_json(struct buf *, const char *s);

/* Append a word for a POSIX shell, in single quotes where it needs any. */
void text_shell(struct buf *, const char *s);

/*
 * Append a path that is nothing else: behind "./" where its beginning would
 * make it an option ("-"), or what SQLite does not take for a file (":" and
 * "file:").
 */
void text_path(struct buf *, const char *path);

/* Parse a whole string of 1 to 18 decimal digits. */
bool text_parse_number(const char *s, uint64_t *out);

/*
 * Parse a duration into milliseconds: digits and a unit, ms, s, min, h or d;
 * only 0 needs none, since PostgreSQL takes digits alone for milliseconds and
 * most tools for seconds.  At most 24 days, PostgreSQL's own limit.
 */
bool text_parse_duration(const char *s, int64_t *ms);
#define TEXT_DURATION_MAX "24d"

/* Whether s, or n bytes at s, is the ASCII word, in any case of letters. */
bool text_is_word(const char *s, const char *word);
bool text_is_word_n(const char *s, size_t n, const char *word);

/* Whether two texts are equal, or both NULL. */
bool text_same(const char *a, const char *b);

/* Whether s ends in the given suffix. */
bool text_ends_with(const char *s, const char *suffix);

/*
 * Whether s looks like the address of a database, or a part of one that holds
 * a password: "://", USER:PASSWORD@, password= and its short forms.  Where
 * none belongs, a message must not repeat it.
 */
bool text_is_address(const char *s);

#endif
