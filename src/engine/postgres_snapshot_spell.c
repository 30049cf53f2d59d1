/* The PostgreSQL engine's snapshot: queries as a server's version has them. */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/postgres_snapshot_int.h"

#define SPELL_GROUPS 6

/* $1 to $6 are what stands in the braces behind the word. */
static const struct {
	const char *word;
	size_t groups;
	const char *text;
} spell_phrases[] = {
    /* A field without a value, where a condition holds. */
    {"flag", 1, "CASE WHEN $1 THEN '' END"},
    /* A text that a function makes of an object, which may be gone. */
    {"made", 1, "coalesce($1, '')"},
    /* Owner, ACL, and as what acldefault() knows it. */
    {"owned", 3,
	"pg_get_userbyid($1) AS owner, $2 AS acl, CASE WHEN $2 IS NOT NULL "
	"THEN acldefault('$3', $1) END AS acldefault"},
    {"type", 1, "CASE WHEN $1 <> 0 THEN $1::regtype END"},
    {"function", 1, "CASE WHEN $1::oid <> 0 THEN $1::regproc END"},
    {"routine", 1, "CASE WHEN $1::oid <> 0 THEN $1::oid::regprocedure END"},
    {"operator", 1, "CASE WHEN $1 <> 0 THEN $1::regoperator END"},
    /* A qualified name: of a catalogue, the prefix of its columns, an oid. */
    {"named", 3,
	"(SELECT CASE WHEN n.nspname <> 'pg_catalog' "
	"THEN quote_ident(n.nspname) || '.' ELSE '' END || "
	"quote_ident(x.$2name) FROM $1 x "
	"JOIN pg_namespace n ON n.oid = x.$2namespace WHERE x.oid = $3)"},
    {"tablespace", 1,
	"CASE WHEN $1 <> 0 THEN (SELECT quote_ident(s.spcname) "
	"FROM pg_tablespace s WHERE s.oid = $1) END"},
    {"enabled", 1,
	"CASE $1 WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' "
	"WHEN 'A' THEN 'always' END AS enabled"},
    /* name=value; what may be a secret as a hash. */
    {"veiled", 1,
	"CASE WHEN $1 ~* '^[^=]*(pass|secret|token|key)' THEN @hashed{$1} "
	"ELSE $1 END"},
    /* Options of a foreign object. */
    {"options", 1, "array(SELECT @veiled{o} FROM unnest($1) AS o)"},
    {"hashed", 1,
	"split_part($1, '=', 1) || ' hashed ' || "
	"left(encode(sha256(convert_to($1, 'UTF8')), 'hex'), 8)"},
    /* Made by the server along with another, or an extension's: class, oid. */
    {"along", 2,
	"EXISTS (SELECT FROM pg_depend d WHERE d.classid = $1 "
	"AND d.objid = $2 AND d.objsubid = 0 AND d.deptype IN ('e', 'i'))"},
    /* The input types alone identify a routine. */
    {"signature", 1, "'(' || oidvectortypes($1.proargtypes) || ')' AS args"},
    /* Of base types alone. */
    {"base", 1, "CASE WHEN t.typtype = 'b' AND t.typisdefined THEN $1 END"},
    {"largest", 1,
	"CASE $1 WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 "
	"ELSE 9223372036854775807 END"},
    /* What came with an operator class, or is loose in a family. */
    {"loose", 2,
	"SELECT coalesce(d.refclassid, 2753) AS class, "
	"coalesce(d.refobjid, a.$1family) AS oid, array_agg($2 || ' (' || "
	"a.$1lefttype::regtype || ', ' || a.$1righttype::regtype || ')'"},
    {"loosened", 2,
	"FROM $1 a LEFT JOIN pg_depend d ON d.classid = $2 "
	"AND d.objid = a.oid AND d.refclassid::int8 = 2616 AND d.deptype = 'i' "
	"WHERE a.oid >= 16384 GROUP BY 1, 2"},
    /* Columns of what has any that count. */
    {"column", 1,
	"$1.attrelid = ANY (ARRAY(SELECT o.oid FROM pg_class o "
	"WHERE o.oid >= 16384 AND o.relkind IN ('r', 'p', 'f', 'v', 'm', "
	"'c'))) "
	"AND $1.attnum > 0 AND NOT $1.attisdropped"},
};

struct spell_group {
	const char *text;
	size_t n;
};

/* What stands between braces; returns what is behind them. */
static const char *
spell_take(const char *p, struct spell_group *g)
{
	int depth = 1;

	g->text = ++p;
	for (; *p != '\0'; p++) {
		depth += (*p == '{') - (*p == '}');
		if (depth == 0)
			break;
	}
	g->n = (size_t)(p - g->text);
	return p + 1;
}

/* A phrase with its groups in their places, which is spelled in its turn. */
static void
spell_phrase(
    struct buf *b, const char *text, const struct spell_group *g, int version)
{
	const char *p = text;
	struct buf whole;
	size_t n;

	buf_init(&whole, BUF_LINE);
	for (;;) {
		n = strcspn(p, "$");
		buf_add(&whole, p, n);
		p += n;
		if (*p == '\0')
			break;
		buf_add(&whole, g[p[1] - '1'].text, g[p[1] - '1'].n);
		p += 2;
	}
	snapshot_spell(b, buf_str(&whole), whole.len, version);
	buf_clear(&whole);
}

/* What begins with "@"; returns what is behind it. */
static const char *
spell_word(struct buf *b, const char *p, int version)
{
	struct spell_group g[SPELL_GROUPS];
	size_t n = strcspn(p, "{"), i, k;
	const char *word = p;

	p += n;
	if (isdigit((unsigned char)*word)) {
		p = spell_take(spell_take(p, &g[0]), &g[1]);
		i = version / 10000 >= atoi(word) ? 0 : 1;
		snapshot_spell(b, g[i].text, g[i].n, version);
		return p;
	}
	for (i = 0; i < sizeof(spell_phrases) / sizeof(spell_phrases[0]); i++)
		if (strncmp(spell_phrases[i].word, word, n) == 0 &&
		    spell_phrases[i].word[n] == '\0')
			break;
	assert(i < sizeof(spell_phrases) / sizeof(spell_phrases[0]));
	for (k = 0; k < spell_phrases[i].groups; k++)
		p = spell_take(p, &g[k]);
	spell_phrase(b, spell_phrases[i].text, g, version);
	return p;
}

void
snapshot_spell(struct buf *b, const char *sql, size_t n, int version)
{
	const char *p = sql, *end = sql + n, *word;

	while (p < end) {
		word = memchr(p, '@', (size_t)(end - p));
		buf_add(b, p, (size_t)((word == NULL ? end : word) - p));
		p = word == NULL ? end : spell_word(b, word + 1, version);
	}
}
