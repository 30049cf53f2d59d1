/* Dialects, as data. */
#include "sql/dialect.h"

#include "sql/classify_int.h"
#include "sql/lexer_int.h"

/*
 * What each byte begins; one that is not named is a letter, which holds for
 * A to Z, a to z, _ and all bytes beyond ASCII.
 */
#define BYTES_SHARED                                                      \
	[0x00 ... 0x08] = BYTE_OPERATOR, ['\t'] = BYTE_BLANK,             \
		  ['\n'] = BYTE_NEWLINE, ['\v'] = BYTE_BLANK,             \
		  ['\f'] = BYTE_BLANK, ['\r'] = BYTE_NEWLINE,             \
		  [0x0e ... 0x1f] = BYTE_OPERATOR, [' '] = BYTE_BLANK,    \
		  ['!'] = BYTE_OPERATOR, ['"'] = BYTE_QUOTE,              \
		  ['$'] = BYTE_DOLLAR, ['%'] = BYTE_OPERATOR,             \
		  ['&'] = BYTE_OPERATOR, ['\''] = BYTE_QUOTE,             \
		  ['('] = BYTE_GROUP, [')'] = BYTE_GROUP,                 \
		  ['*'] = BYTE_OPERATOR, ['+'] = BYTE_OPERATOR,           \
		  [','] = BYTE_MARK, ['-'] = BYTE_DASH, ['.'] = BYTE_DOT, \
		  ['/'] = BYTE_DASH, ['0' ... '9'] = BYTE_DIGIT,          \
		  [';'] = BYTE_GROUP, ['<'] = BYTE_OPERATOR,              \
		  ['='] = BYTE_OPERATOR, ['>'] = BYTE_OPERATOR,           \
		  [']'] = BYTE_MARK, ['^'] = BYTE_OPERATOR,               \
		  ['{' ... 0x7f] = BYTE_OPERATOR

/*
 * A vertical tab is white space to PostgreSQL from 16 on, and after other
 * white space to SQLite; elsewhere it is an error, so nothing is cut wrongly.
 */
static const unsigned char postgres_bytes[256] = {
    BYTES_SHARED, ['#'] = BYTE_OPERATOR, [':'] = BYTE_OPERATOR,
    ['?'] = BYTE_OPERATOR, ['@'] = BYTE_OPERATOR, ['['] = BYTE_MARK,
    ['\\'] = BYTE_BACKSLASH, ['`'] = BYTE_OPERATOR};

static const unsigned char sqlite_bytes[256] = {
    BYTES_SHARED, ['#'] = BYTE_SIGIL, [':'] = BYTE_SIGIL, ['?'] = BYTE_SIGIL,
    ['@'] = BYTE_SIGIL, ['['] = BYTE_QUOTE, ['\\'] = BYTE_OPERATOR,
    ['`'] = BYTE_QUOTE};

/* They fill a column in PostgreSQL; here it stays NULL. */
static const char *const sqlite_other_types[] = {
    "SERIAL", "BIGSERIAL", "SMALLSERIAL", NULL};

const struct dialect dialect_postgres = {
    .name = "PostgreSQL",
    .bytes = postgres_bytes,
    .body = BODY_ATOMIC,
    .nested_comments = true,
    .cr_ends_comment = true,
    .dollar_quotes = true,
    .follows_settings = true,
    .string_prefixes = true,
    .parentheses = true,
    .copy_data = true,
    .rules = postgres_rules,
    .rule_initials = "abcdeprsv",
    .reaching = postgres_reaching,
};

const struct dialect dialect_sqlite = {
    .name = "SQLite",
    .bytes = sqlite_bytes,
    .body = BODY_TRIGGER,
    .open_comment_ends = true,
    .bracket_names = true,
    .shell_lines = true,
    .null_parameters = true,
    .mode_first = true,
    .any_case_names = true,
    .other_types = sqlite_other_types,
    .other_types_advice = "it would stay NULL; write INTEGER PRIMARY KEY",
    .rules = sqlite_rules,
    .rule_initials = "abcdeprsv",
    .reaching = sqlite_reaching,
};
