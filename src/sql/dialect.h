/*
 * Dialects: what the scanner and the classifier must know of an engine's SQL,
 * as data.  An engine names its dialect; nothing else chooses one.
 */
#ifndef SQL_DIALECT_H
#define SQL_DIALECT_H

#include <stdbool.h>

/* How a compound body, whose semicolons do not end the statement, is made. */
enum dialect_body {
	BODY_ATOMIC, /* CREATE FUNCTION ... BEGIN ATOMIC ... END */
	BODY_TRIGGER /* CREATE TRIGGER ... BEGIN ...; END */
};

struct dialect {
	const char *name;
	const unsigned char *bytes; /* the class of each byte: lexer_int.h */
	enum dialect_body body;
	bool nested_comments;
	bool open_comment_ends; /* a comment may end with the text */
	bool cr_ends_comment;   /* CR ends a -- comment, as LF does */
	bool dollar_quotes;
	bool follows_settings; /* they change how later text is cut */
	bool string_prefixes;  /* E'' B'' X'' N'' U&'' U&"" */
	bool bracket_names;    /* [name] and `name` */
	bool parentheses;      /* a ; inside parentheses ends nothing */
	bool copy_data;        /* COPY ... FROM STDIN has data in the text */
	bool shell_lines;      /* a line .command belongs to the shell */
	bool null_parameters;  /* a parameter would be NULL: refused */
	bool mode_first;       /* BEGIN mode TRANSACTION name */
	bool any_case_names;   /* names match in any case of letters */
	const char *const *other_types; /* of columns, that mean nothing here;
					   ended by NULL, or NULL */
	const char *other_types_advice; /* what to write in their place */
	const struct statement_rule *rules;    /* see sql/classify.h */
	const char *rule_initials;             /* of their first words */
	const struct statement_rule *reaching; /* beyond the database */
};

extern const struct dialect dialect_postgres;
extern const struct dialect dialect_sqlite;

#endif
