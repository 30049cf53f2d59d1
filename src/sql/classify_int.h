/*
 * Rules of the classifier: patterns over a statement's first tokens.
 *
 * A pattern is a list of elements with single spaces between:
 *	word		that keyword, in lower case
 *	a|b		one of them
 *	a?  a|b?	it may be missing
 *	NAME		a name, which may be qualified
 *	TABLE		a table as PostgreSQL writes it: ONLY t, t *
 *	LIST?		a list in parentheses, which may be missing
 *	STRING		a literal
 *	END		nothing more
 *
 * The first rule whose pattern fits the start of the statement, and whose
 * test says yes, decides.
 */
#ifndef SQL_CLASSIFY_INT_H
#define SQL_CLASSIFY_INT_H

#include "sql/classify.h"
#include "sql/words_int.h"

/* w is what follows the pattern; option is the rule's. */
typedef bool statement_test(struct words w, const char *option);

struct statement_rule {
	const char *pattern; /* NULL ends the list */
	enum statement_class class;
	statement_test *test; /* may be NULL */
	const char *option;
};

extern const struct statement_rule postgres_rules[];
extern const struct statement_rule sqlite_rules[];

/* STATEMENT_OUTSIDE for what acts on more than its database. */
extern const struct statement_rule postgres_reaching[];
extern const struct statement_rule sqlite_reaching[];

/* Whether the pattern fits; w is then moved behind it. */
bool statement_match(struct words *w, const char *pattern);

#endif
