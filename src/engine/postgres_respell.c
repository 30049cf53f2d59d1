/*
 * The PostgreSQL engine's answer to definitions that differ as texts only.
 *
 * What the server makes of an expression is the same from the second time on
 * that it is made of its own text, not from the first: a BETWEEN b AND c comes
 * out with other parentheses.  So both texts are made into something once
 * more, in a transaction that is rolled back, and what comes out is compared.
 */
#include <assert.h>
#include <string.h>

#include "engine/postgres_int.h"

#define SPARE "sqlmigrate_respelled"
#define SPARE_OID "'pg_temp." SPARE "'::regclass"

/*
 * %t is the text, %i the identity, %p that of the parent, %n the name without
 * it, %y the type of the object or of its parent; %I, %N and %P are literals.
 */
static const struct respelling {
	enum object_kind kind;
	const char *key;
	enum object_kind parent; /* OBJECT_KINDS: whatever it is */
	const char *first;       /* or NULL */
	const char *make;
	const char *read;
} respellings[] = {
    {OBJECT_CONSTRAINT, "definition", OBJECT_DOMAIN,
	"CREATE DOMAIN pg_temp." SPARE " AS %y",
	"ALTER DOMAIN pg_temp." SPARE " ADD CONSTRAINT " SPARE " %t",
	"SELECT pg_get_constraintdef(oid) FROM pg_constraint "
	"WHERE conname = '" SPARE "'"},
    {OBJECT_CONSTRAINT, "definition", OBJECT_KINDS,
	"CREATE TEMPORARY TABLE " SPARE " (LIKE %p)",
	"ALTER TABLE pg_temp." SPARE " ADD CONSTRAINT " SPARE " %t",
	"SELECT pg_get_constraintdef(oid) FROM pg_constraint "
	"WHERE conname = '" SPARE "'"},
    {OBJECT_VIEW, "definition", OBJECT_KINDS, NULL,
	"CREATE TEMPORARY VIEW " SPARE " AS %t",
	"SELECT pg_get_viewdef(" SPARE_OID ")"},
    {OBJECT_MATERIALIZED_VIEW, "definition", OBJECT_KINDS, NULL,
	"CREATE TEMPORARY VIEW " SPARE " AS %t",
	"SELECT pg_get_viewdef(" SPARE_OID ")"},
    {OBJECT_COLUMN, "default", OBJECT_KINDS, NULL,
	"CREATE TEMPORARY TABLE " SPARE " (a %y DEFAULT %t)",
	"SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef "
	"WHERE adrelid = " SPARE_OID},
    {OBJECT_COLUMN, "generated", OBJECT_KINDS, NULL,
	"CREATE TEMPORARY TABLE " SPARE " (LIKE %p, " SPARE
	" %y GENERATED ALWAYS AS (%t) STORED)",
	"SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef "
	"WHERE adrelid = " SPARE_OID},
    {OBJECT_DOMAIN, "default", OBJECT_KINDS, NULL,
	"CREATE DOMAIN pg_temp." SPARE " AS %y DEFAULT %t",
	"SELECT pg_get_expr(typdefaultbin, 0) FROM pg_type "
	"WHERE typname = '" SPARE "'"},
    {OBJECT_INDEX, "definition", OBJECT_KINDS, "DROP INDEX %i", "%t",
	"SELECT pg_get_indexdef(%I::regclass)"},
    {OBJECT_STATISTICS, "definition", OBJECT_KINDS, "DROP STATISTICS %i", "%t",
	"SELECT pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s "
	"JOIN pg_namespace n ON n.oid = s.stxnamespace "
	"WHERE quote_ident(n.nspname) || '.' || quote_ident(s.stxname) = %I"},
    {OBJECT_TRIGGER, "definition", OBJECT_KINDS, "DROP TRIGGER %n ON %p", "%t",
	"SELECT pg_get_triggerdef(oid) FROM pg_trigger "
	"WHERE tgrelid = %P::regclass AND quote_ident(tgname) = %N"},
    {OBJECT_RULE, "definition", OBJECT_KINDS, "DROP RULE %n ON %p", "%t",
	"SELECT pg_get_ruledef(oid) FROM pg_rewrite "
	"WHERE ev_class = %P::regclass AND quote_ident(rulename) = %N"},
    {OBJECT_POLICY, "using", OBJECT_KINDS, NULL,
	"CREATE POLICY " SPARE " ON %p USING (%t)",
	"SELECT pg_get_expr(polqual, polrelid) FROM pg_policy "
	"WHERE polrelid = %P::regclass AND polname = '" SPARE "'"},
    {OBJECT_POLICY, "with check", OBJECT_KINDS, NULL,
	"CREATE POLICY " SPARE " ON %p WITH CHECK (%t)",
	"SELECT pg_get_expr(polwithcheck, polrelid) FROM pg_policy "
	"WHERE polrelid = %P::regclass AND polname = '" SPARE "'"},
    {OBJECT_FUNCTION, "definition", OBJECT_KINDS, NULL, "%t",
	"SELECT rtrim(pg_get_functiondef(%I::regprocedure), E'\\n')"},
    {OBJECT_PROCEDURE, "definition", OBJECT_KINDS, NULL, "%t",
	"SELECT rtrim(pg_get_functiondef(%I::regprocedure), E'\\n')"},
};

static const char *
respell_field(const struct object *o, const char *key)
{
	size_t i;

	for (i = 0; o != NULL && i < o->nfields; i++)
		if (strcmp(o->fields[i].key, key) == 0)
			return o->fields[i].value;
	return "";
}

static const char *
respell_part(const struct object *o, char what, const char *text)
{
	const char *parent = o->parent == NULL ? "" : o->parent->identity;
	const char *type;

	switch (what) {
	case 't':
		return text;
	case 'i':
	case 'I':
		return o->identity;
	case 'p':
	case 'P':
		return parent;
	case 'y':
		type = respell_field(o, "type");
		return *type != '\0' ? type : respell_field(o->parent, "type");
	default:
		return o->identity + strlen(parent) + (*parent != '\0');
	}
}

static int
respell_push(struct postgres *pg, const struct object *o, const char *words,
    const char *text, struct rows *rows, struct err *err)
{
	struct query q = {.rows = rows};
	struct buf sql;
	const char *p, *part;
	int r;

	buf_init(&sql, BUF_TEXT);
	for (p = words; *p != '\0'; p++) {
		if (*p != '%') {
			buf_addc(&sql, *p);
			continue;
		}
		part = respell_part(o, *++p, text);
		if (strchr("INP", *p) != NULL)
			postgres_quote_text(&pg->db, &sql, part);
		else
			buf_adds(&sql, part);
	}
	q.sql = buf_str(&sql);
	r = postgres_push(pg, &q, SLOT_QUERY, err);
	buf_clear(&sql);
	return r;
}

/* Make it of the text, and see what that has become. */
static int
respell_make(struct postgres *pg, const struct respelling *s,
    const struct object *o, const char *text, struct rows *rows,
    struct err *err)
{
	int r = respell_push(pg, o, "BEGIN", text, NULL, err);

	if (r == 0)
		r = postgres_settings(pg, err);
	if (r == 0 && s->first != NULL)
		r = respell_push(pg, o, s->first, text, NULL, err);
	if (r == 0)
		r = respell_push(pg, o, s->make, text, NULL, err);
	if (r == 0)
		r = respell_push(pg, o, s->read, text, rows, err);
	if (r == 0)
		r = respell_push(pg, o, "ROLLBACK", text, NULL, err);
	return r < 0 ? r : postgres_sync(pg, err);
}

static const struct respelling *
respell_find(const struct object *o, const char *key)
{
	const struct respelling *s;
	size_t i;

	/* The expression of a generated column is kept as a default is. */
	if (strcmp(key, "default") == 0 &&
	    *respell_field(o, "generated") != '\0')
		key = "generated";
	for (i = 0; i < sizeof(respellings) / sizeof(respellings[0]); i++) {
		s = &respellings[i];
		if (s->kind == o->kind && strcmp(s->key, key) == 0 &&
		    (s->parent == OBJECT_KINDS ||
			(o->parent != NULL && o->parent->kind == s->parent)))
			return s;
	}
	return NULL;
}

/* What cannot be made here tells nothing; a lost connection is an error. */
static int
respell_failed(struct postgres *pg, struct err *failure, struct err *err)
{
	bool lost = pg->failure.kind == DB_FAIL_LOST ||
	    pg->failure.kind == DB_FAIL_CANCELLED;

	int r = lost ? failure->code : 0;

	postgres_rollback(&pg->db);
	if (lost && err != NULL)
		err_move(err, failure);
	err_clear(failure);
	return r;
}

static int
respell_same(struct postgres *pg, const struct object *o, const char *key,
    const char *a, const char *b, struct err *err)
{
	const struct respelling *s = respell_find(o, key);
	struct err failure = ERR_INIT;
	const char *x, *y;
	struct rows rows;
	int r;

	if (s == NULL)
		return 0;
	rows_init(&rows);
	r = respell_make(pg, s, o, a, &rows, &failure);
	if (r == 0)
		r = respell_make(pg, s, o, b, &rows, &failure);
	if (r < 0) {
		r = respell_failed(pg, &failure, err);
	} else {
		x = rows_get(&rows, 0, 0);
		y = rows_get(&rows, 1, 0);
		r = x != NULL && y != NULL && strcmp(x, y) == 0;
	}
	rows_clear(&rows);
	return r;
}

int
postgres_respelled(struct db *db, const struct object *a,
    const struct object *b, struct err *err)
{
	size_t i;
	int r = 1;

	assert(!postgres_of(db)->in_tx);
	if (a->nfields != b->nfields)
		return 0;
	for (i = 0; i < a->nfields; i++)
		if (strcmp(a->fields[i].key, b->fields[i].key) != 0)
			return 0;
	for (i = 0; r == 1 && i < a->nfields; i++)
		if (strcmp(a->fields[i].value, b->fields[i].value) != 0)
			r = respell_same(postgres_of(db), b, a->fields[i].key,
			    a->fields[i].value, b->fields[i].value, err);
	return r;
}
