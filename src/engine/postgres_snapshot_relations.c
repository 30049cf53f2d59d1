/*
 * The PostgreSQL engine's snapshot: the queries for schemas, relations and
 * what is a part of them.
 *
 * Objects of users have oids from 16384 on (FirstNormalObjectId), of which
 * there is an index; what stands in a system schema is dropped by the reader.
 * Joins are by columns that have an index, since plans are kept while the
 * database grows: a cast takes another index out of the planner's choice.
 */
#include "engine/postgres_snapshot_int.h"

static const char schemas[] =
    "SELECT n.oid, quote_ident(n.nspname) AS name, "
    "@owned{n.nspowner}{n.nspacl}{n} "
    "FROM pg_namespace n "
    "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/* The access method heap has had the oid 2 since there are any (pg_am.dat). */
static const char relations[] =
    "SELECT c.oid, c.relkind AS kind, c.relnamespace AS namespace, "
    "quote_ident(c.relname) AS name, c.reltype AS rowtype, "
    "@flag{c.relpersistence = 'u'} AS unlogged, "
    "CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype END "
    "AS \"of type\", "
    "CASE WHEN c.relkind = 'p' THEN @made{pg_get_partkeydef(c.oid)} END "
    "AS \"partition by!\", "
    "CASE WHEN c.relispartition THEN @made{pg_get_expr(c.relpartbound, "
    "c.oid)} END AS \"partition!\", "
    "CASE WHEN c.relam NOT IN (0, 2) THEN (SELECT quote_ident(m.amname) "
    "FROM pg_am m WHERE m.oid = c.relam) END AS \"access method\", "
    "@tablespace{c.reltablespace} AS tablespace, "
    "c.reloptions AS \"option{}\", "
    "CASE WHEN c.reltoastrelid <> 0 THEN (SELECT t.reloptions FROM "
    "pg_class t WHERE t.oid = c.reltoastrelid) END "
    "AS \"toast option{}\", "
    "CASE WHEN c.relkind IN ('r', 'p', 'm') THEN CASE c.relreplident "
    "WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' "
    "END END AS \"replica identity\", "
    "@flag{c.relrowsecurity} AS \"row security\", "
    "@flag{c.relforcerowsecurity} AS \"forced row security\", "
    "@flag{c.relkind = 'm' AND NOT c.relispopulated} "
    "AS \"not populated\", "
    "CASE WHEN c.relkind IN ('v', 'm') THEN @made{pg_get_viewdef(c.oid)} "
    "END AS \"definition!\", "
    "@owned{c.relowner}{c.relacl}{r} "
    "FROM pg_class c "
    "WHERE c.oid >= 16384 "
    "AND c.relkind IN ('r', 'p', 'f', 'v', 'm')";

/* Comments and rights are those of the type, columns those of the class. */
static const char composites[] =
    "SELECT c.oid, c.relnamespace AS namespace, t.oid AS rowtype, "
    "quote_ident(c.relname) AS name, @owned{t.typowner}{t.typacl}{T} "
    "FROM pg_class c "
    "JOIN pg_type t ON t.oid = c.reltype "
    "WHERE c.oid >= 16384 AND c.relkind = 'c'";

static const char foreign_tables[] =
    "SELECT f.ftrelid AS oid, quote_ident(s.srvname) AS server, "
    "@options{f.ftoptions} AS \"option{}\" "
    "FROM pg_foreign_table f "
    "JOIN pg_foreign_server s ON s.oid = f.ftserver";

static const char inherits[] =
    "SELECT i.inhrelid AS oid, "
    "CASE WHEN NOT c.relispartition THEN i.inhparent::regclass END AS "
    "inherits, "
    "CASE WHEN c.relispartition THEN i.inhparent::regclass END "
    "AS \"partition of\", "
    "@flag{@14{i.inhdetachpending}{false}} AS \"detach pending\" "
    "FROM pg_inherits i "
    "JOIN pg_class c ON c.oid = i.inhrelid "
    "ORDER BY i.inhrelid, i.inhseqno";

/* 18: as pg_dump does, a name only where it is not what is made up. */
static const char columns[] =
    "SELECT a.attrelid AS oid, a.attnum AS sub, a.attrelid AS parent, "
    "quote_ident(a.attname) AS name, "
    "@made{format_type(a.atttypid, a.atttypmod)} AS \"type!\", "
    "@18{CASE WHEN a.attnotnull THEN concat_ws(' "
    "', CASE WHEN k.conname <> c.relname || '_' || a.attname || "
    "'_not_null' THEN quote_ident(k.conname) END, CASE WHEN "
    "k.connoinherit THEN 'NO INHERIT' END, CASE WHEN NOT k.convalidated "
    "THEN 'NOT VALID' END, CASE WHEN k.coninhcount > 0 AND k.conislocal "
    "THEN 'and local' END) END}{@flag{a.attnotnull}} AS \"not null\" "
    "FROM pg_attribute a "
    "@18{JOIN pg_class c ON c.oid = a.attrelid "
    "LEFT JOIN pg_constraint k ON a.attnotnull AND k.conrelid = "
    "a.attrelid AND k.contype = 'n' AND k.conkey[1] = a.attnum }{}"
    "WHERE @column{a} "
    "ORDER BY a.attrelid, a.attnum";

/* What is not so for most columns.  What a generated one is of, is below. */
static const char column_details[] =
    "SELECT a.attrelid AS oid, a.attnum AS sub, "
    "CASE WHEN a.attcollation <> t.typcollation THEN "
    "@named{pg_collation}{coll}{a.attcollation} END AS collation, "
    "CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' "
    "END AS generated, "
    "CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN "
    "'by default' END AS identity, "
    "CASE WHEN a.attinhcount > 0 THEN CASE WHEN a.attislocal THEN "
    "'and local' ELSE '' END END AS inherited, "
    "CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN "
    "'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE "
    "'extended' END END AS storage, "
    "@14{CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' "
    "END}{NULL} AS compression, "
    "nullif(a.attstattarget, -1) AS statistics, "
    "a.attoptions AS \"option{}\", "
    "CASE WHEN a.attfdwoptions IS NOT NULL THEN "
    "@options{a.attfdwoptions} END AS \"foreign option{}\", "
    "CASE WHEN a.attacl IS NOT NULL THEN (SELECT "
    "pg_get_userbyid(c.relowner) FROM pg_class c "
    "WHERE c.oid = a.attrelid) END AS role, a.attacl AS acl "
    "FROM pg_attribute a "
    "JOIN pg_type t ON t.oid = a.atttypid "
    "WHERE @column{a} "
    "AND (a.attcollation <> t.typcollation OR a.attgenerated <> '' "
    "OR a.attidentity <> '' OR a.attinhcount > 0 "
    "OR a.attstorage <> t.typstorage @14{OR a.attcompression <> '' }{}"
    "OR a.attstattarget <> -1 OR a.attoptions IS NOT NULL "
    "OR a.attfdwoptions IS NOT NULL OR a.attacl IS NOT NULL)";

/* Expressions of generated columns stand here, too. */
static const char defaults[] =
    "SELECT d.adrelid AS oid, d.adnum AS sub, "
    "@made{pg_get_expr(d.adbin, d.adrelid)} AS \"default!\" "
    "FROM pg_attrdef d";

/* Triggers make rows of type t, columns that are not null of type n. */
static const char constraints[] =
    "SELECT k.oid, quote_ident(k.conname) AS name, "
    "CASE WHEN k.contypid = 0 THEN 1259 ELSE 1247 END "
    "AS \"parent class\", "
    "CASE WHEN k.contypid = 0 THEN k.conrelid ELSE k.contypid END AS "
    "parent, "
    "@made{pg_get_constraintdef(k.oid)} AS \"definition!\", "
    "CASE WHEN k.coninhcount > 0 THEN CASE WHEN k.conislocal THEN "
    "'and local' ELSE '' END END AS inherited, "
    "@flag{k.conparentid <> 0} AS clone "
    "FROM pg_constraint k "
    "WHERE k.oid >= 16384 AND k.contype NOT IN ('n', 't')";

/*
 * The index of a constraint says no more than its options.  What makes the
 * definition of the others searches all operator classes for the default one,
 * each time, so most of them are made by the reader: a B-tree (403) of one
 * column in the order and by the class (text's for varchar) that it has anyhow.
 */
static const char indexes[] =
    "SELECT i.indexrelid AS oid, i.indrelid AS parent, "
    "i.relnamespace AS namespace, quote_ident(i.relname) AS name, "
    "d.refobjid AS of, i.plain, "
    "CASE WHEN d.refobjid IS NULL AND i.plain IS NULL THEN "
    "@made{pg_get_indexdef(i.indexrelid)} END AS \"definition!\", "
    "CASE WHEN d.refobjid IS NOT NULL THEN i.reloptions END "
    "AS \"option{}\", "
    "@tablespace{i.reltablespace} AS tablespace, "
    "@flag{NOT i.indisvalid} AS invalid, "
    "@flag{NOT i.indisready} AS \"not ready\", "
    "@flag{i.indisclustered} AS clustered, "
    "@flag{i.indisreplident} AS \"replica identity\", "
    "CASE WHEN i.indexprs IS NOT NULL THEN array(SELECT a.attnum || ' ' "
    "|| a.attstattarget FROM pg_attribute a WHERE a.attrelid = "
    "i.indexrelid AND a.attstattarget >= 0 ORDER BY a.attnum) END "
    "AS \"statistics[]\" "
    "FROM (SELECT x.*, c.relnamespace, c.relname, c.reloptions, "
    "c.reltablespace, CASE WHEN x.indnatts = 1 AND NOT x.indisunique "
    "AND x.indexprs IS NULL AND x.indpred IS NULL AND x.indoption[0] = 0 "
    "AND x.indclass[0] < 16384 AND c.relkind = 'i' AND c.relam = 403 "
    "AND c.reloptions IS NULL @15{AND NOT x.indnullsnotdistinct }{}"
    "THEN (SELECT a.attnum FROM pg_attribute a "
    "WHERE a.attrelid = x.indrelid AND a.attnum = x.indkey[0] "
    "AND a.attcollation = x.indcollation[0] AND o.opcintype = "
    "CASE a.atttypid WHEN 1043 THEN 25 ELSE a.atttypid END "
    "AND (a.atttypid <> 1043 OR NOT EXISTS (SELECT FROM pg_opclass v "
    "WHERE v.opcmethod = 403 AND v.opcintype = 1043 AND v.opcdefault))) "
    "END AS plain "
    "FROM pg_index x "
    "JOIN pg_class c ON c.oid = x.indexrelid "
    "LEFT JOIN pg_opclass o ON o.oid = x.indclass[0] AND o.opcdefault "
    "WHERE x.indexrelid >= 16384 AND c.relnamespace <> 99 OFFSET 0) i "
    "LEFT JOIN pg_depend d ON d.classid = 1259 "
    "AND d.objid = i.indexrelid AND d.objsubid = 0 "
    "AND d.refclassid::int8 = 2606 AND d.deptype = 'i'";

/* What is not as CREATE SEQUENCE makes it; an identity's is its column's. */
static const char sequences[] =
    "SELECT c.oid, c.relnamespace AS namespace, "
    "quote_ident(c.relname) AS name, "
    "CASE WHEN d.deptype = 'i' THEN d.refobjid END AS parent, "
    "d.refobjsubid AS \"parent sub\", "
    "@flag{c.relpersistence = 'u'} AS unlogged, "
    "CASE WHEN q.seqtypid <> 20 THEN q.seqtypid::regtype END AS type, "
    "nullif(q.seqstart, CASE WHEN q.seqincrement > 0 THEN q.seqmin ELSE "
    "q.seqmax END) AS start, "
    "nullif(q.seqincrement, 1) AS increment, "
    "nullif(q.seqmin, CASE WHEN q.seqincrement > 0 THEN 1 ELSE -1 - "
    "@largest{q.seqtypid} END) AS minimum, "
    "nullif(q.seqmax, CASE WHEN q.seqincrement > 0 THEN "
    "@largest{q.seqtypid} ELSE -1 END) AS maximum, "
    "nullif(q.seqcache, 1) AS cache, @flag{q.seqcycle} AS cycle, "
    "CASE WHEN d.deptype = 'a' THEN d.refobjid || '.' || d.refobjsubid END "
    "AS \"owned by#\", "
    "CASE WHEN d.deptype IS DISTINCT FROM 'i' THEN "
    "pg_get_userbyid(c.relowner) END AS owner, "
    "pg_get_userbyid(c.relowner) AS role, c.relacl AS acl, "
    "CASE WHEN c.relacl IS NOT NULL THEN acldefault('s', c.relowner) END "
    "AS acldefault "
    "FROM pg_sequence q "
    "JOIN pg_class c ON c.oid = q.seqrelid "
    "LEFT JOIN pg_depend d ON d.classid = 1259 AND d.objid = q.seqrelid "
    "AND d.objsubid = 0 AND d.refclassid::int8 = 1259 "
    "AND d.refobjsubid <> 0 AND d.deptype IN ('a', 'i')";

/*
 * The copy of a trigger on a partition only where it is enabled otherwise.
 * Below 13 none tells of its parent, and they are internal.
 */
static const char triggers[] =
    "SELECT t.oid, t.tgrelid AS parent, quote_ident(t.tgname) AS name, "
    "@made{pg_get_triggerdef(t.oid)} AS \"definition!\", "
    "@enabled{t.tgenabled}@13{, @flag{t.tgparentid <> 0} AS clone}{} "
    "FROM pg_trigger t "
    "@13{LEFT JOIN pg_trigger p ON p.oid = t.tgparentid }{}WHERE t.oid "
    ">= 16384 "
    "AND @13{CASE WHEN t.tgparentid = 0 THEN NOT t.tgisinternal ELSE "
    "p.tgenabled <> t.tgenabled AND t.tgfoid NOT BETWEEN 1644 AND 1655 "
    "END}{NOT t.tgisinternal}";

/*
 * What checks a foreign key or a deferred unique key, where it is disabled.
 * A trigger of a user's makes a row of pg_constraint, too.
 */
static const char constraint_triggers[] =
    "SELECT t.oid, t.tgconstraint AS parent, "
    "quote_ident(p.proname) AS name, @enabled{t.tgenabled} "
    "FROM pg_trigger t "
    "JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE t.tgisinternal AND t.tgconstraint <> 0 AND t.tgenabled <> 'O' "
    "AND (t.tgfoid BETWEEN 1644 AND 1655 OR t.tgfoid = 1250)";

static const char rules[] = "SELECT r.oid, r.ev_class AS parent, "
			    "quote_ident(r.rulename) AS name, "
			    "@made{pg_get_ruledef(r.oid)} AS \"definition!\", "
			    "@enabled{r.ev_enabled} "
			    "FROM pg_rewrite r "
			    "WHERE r.oid >= 16384 AND r.rulename <> '_RETURN'";

static const char policies[] =
    "SELECT p.oid, p.polrelid AS parent, quote_ident(p.polname) AS name, "
    "@flag{NOT p.polpermissive} AS restrictive, "
    "CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN "
    "'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' END AS \"for\", "
    "CASE WHEN p.polroles <> '{0}' THEN array(SELECT "
    "quote_ident(pg_get_userbyid(u)) FROM unnest(p.polroles) AS u) END "
    "AS \"to{}\", "
    "pg_get_expr(p.polqual, p.polrelid) AS \"using\", "
    "pg_get_expr(p.polwithcheck, p.polrelid) AS \"with check\" "
    "FROM pg_policy p";

static const char statistics[] =
    "SELECT s.oid, s.stxrelid AS parent, s.stxnamespace AS namespace, "
    "quote_ident(s.stxname) AS name, "
    "@made{pg_get_statisticsobjdef(s.oid)} AS \"definition!\", "
    "@13{nullif(s.stxstattarget, -1)}{NULL} AS statistics, "
    "pg_get_userbyid(s.stxowner) AS owner "
    "FROM pg_statistic_ext s";

const struct snapshot_query snapshot_relations[] = {
    {"sqlmigrate_schemas", schemas, PG_NAMESPACE_CLASS, 0, OBJECT_SCHEMA, NULL,
	SNAPSHOT_ALWAYS},
    {"sqlmigrate_relations", relations, PG_CLASS_CLASS, 0, OBJECT_TABLE, NULL,
	SNAPSHOT_ALWAYS},
    {"sqlmigrate_composites", composites, PG_CLASS_CLASS, 0, OBJECT_COMPOSITE,
	NULL, SNAPSHOT_RARE},
    {"sqlmigrate_foreign", foreign_tables, PG_CLASS_CLASS, 0,
	OBJECT_FOREIGN_TABLE, NULL, SNAPSHOT_RARE},
    {"sqlmigrate_columns", columns, PG_CLASS_CLASS, PG_CLASS_CLASS,
	OBJECT_COLUMN, NULL, SNAPSHOT_ALWAYS},
    {"sqlmigrate_defaults", defaults, PG_CLASS_CLASS, 0, OBJECT_COLUMN, NULL,
	SNAPSHOT_ALWAYS},
    {"sqlmigrate_column_details", column_details, PG_CLASS_CLASS, 0,
	OBJECT_COLUMN, NULL, SNAPSHOT_ALWAYS},
    {"sqlmigrate_sequences", sequences, PG_CLASS_CLASS, PG_CLASS_CLASS,
	OBJECT_SEQUENCE, NULL, SNAPSHOT_ALWAYS},
    {.name = NULL},
};

const struct snapshot_query snapshot_parts[] = {
    {"sqlmigrate_constraints", constraints, PG_CONSTRAINT_CLASS, 0,
	OBJECT_CONSTRAINT, NULL, SNAPSHOT_ALWAYS},
    {"sqlmigrate_indexes", indexes, PG_CLASS_CLASS, PG_CLASS_CLASS,
	OBJECT_INDEX, NULL, SNAPSHOT_ALWAYS},
    {"sqlmigrate_inherits", inherits, PG_CLASS_CLASS, 0, OBJECT_TABLE, NULL,
	SNAPSHOT_RARE},
    {"sqlmigrate_triggers", triggers, PG_TRIGGER_CLASS, PG_CLASS_CLASS,
	OBJECT_TRIGGER, NULL, SNAPSHOT_RARE},
    {"sqlmigrate_constraint_triggers", constraint_triggers, PG_TRIGGER_CLASS,
	PG_CONSTRAINT_CLASS, OBJECT_TRIGGER, NULL, SNAPSHOT_RARE},
    {"sqlmigrate_rules", rules, PG_REWRITE_CLASS, PG_CLASS_CLASS, OBJECT_RULE,
	NULL, SNAPSHOT_RARE},
    {"sqlmigrate_policies", policies, PG_POLICY_CLASS, PG_CLASS_CLASS,
	OBJECT_POLICY, NULL, SNAPSHOT_RARE},
    {"sqlmigrate_statistics", statistics, PG_STATISTIC_CLASS, PG_CLASS_CLASS,
	OBJECT_STATISTICS, NULL, SNAPSHOT_RARE},
    {.name = NULL},
};
