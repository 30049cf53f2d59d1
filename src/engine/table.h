/* A table as an engine finds it: what it is, and what the user may do to it. */
#ifndef ENGINE_TABLE_H
#define ENGINE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum table_kind {
	TABLE_ABSENT,
	TABLE_PLAIN,
	TABLE_UNLOGGED, /* plain, and empty after a crash */
	TABLE_VIEW,
	TABLE_OTHER /* partitioned, foreign, virtual, temporary */
};

/* Of the table's schema, and of the table itself. */
enum table_right {
	TABLE_USAGE = 1,
	TABLE_SELECT = 2,
	TABLE_INSERT = 4,
	TABLE_UPDATE = 8,
	TABLE_DELETE = 16,
	TABLE_WRITE = 30 /* all of the table */
};

struct table_column {
	const char *name;
	const char *type;
	bool not_null;
	bool has_default;
	bool key; /* the only column of the primary key or a unique index */
};

/* A table as the catalogue has it; all texts live in the caller's arena. */
struct table_info {
	enum table_kind kind;
	const char *schema;
	const char *name;
	const char *quoted; /* schema and name, quoted by the engine */
	const char *owner;  /* quoted */
	const char *user;   /* who asks */
	const char *user_quoted;
	const char *schema_quoted;
	const char *elsewhere; /* absent: another schema that has it, or NULL */
	struct table_column *columns;
	size_t ncolumns;
	bool may_alter;  /* is its owner, or a member of that role */
	unsigned lacks;  /* bits of enum table_right; USAGE is elsewhere's */
	bool may_create; /* absent: may make it in that schema */
	bool fires;      /* it or one beside it has triggers or rules */
	bool hides;      /* row-level security may hide rows from the user */
	bool no_schema;  /* absent, and so is that schema */
	const char *read_only; /* why nothing can be written, or NULL */
	const char *read_only_hint;
};

#endif
