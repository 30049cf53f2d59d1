/*
 * The PostgreSQL engine's snapshot: the queries for what belongs to the whole
 * database, and for what is told of objects of any kind.
 */
#include "engine/postgres_snapshot_int.h"

static const char database[] = "SELECT d.oid, 'current' AS name "
			       "FROM pg_database d "
			       "WHERE d.datname = current_database()";

static const char settings[] =
    "SELECT split_part(c, '=', 1) || CASE WHEN s.setrole <> 0 THEN ' FOR ' || "
    "quote_ident(pg_get_userbyid(s.setrole)) ELSE '' END AS name, "
    "substr(@veiled{c}, strpos(c, '=') + 1) AS value "
    "FROM pg_db_role_setting s "
    "JOIN pg_database d ON d.oid = s.setdatabase, "
    "unnest(s.setconfig) AS c "
    "WHERE d.datname = current_database()";

static const char extensions[] =
    "SELECT e.oid, quote_ident(e.extname) AS name, "
    "quote_ident(n.nspname) AS schema, e.extversion AS version, "
    "pg_get_userbyid(e.extowner) AS owner "
    "FROM pg_extension e "
    "JOIN pg_namespace n ON n.oid = e.extnamespace";

static const char access_methods[] =
    "SELECT m.oid, quote_ident(m.amname) AS name, "
    "CASE m.amtype WHEN 't' THEN 'table' ELSE 'index' END AS type, "
    "m.amhandler AS handler "
    "FROM pg_am m "
    "WHERE m.oid >= 16384";

static const char languages[] = "SELECT l.oid, quote_ident(l.lanname) AS name, "
				"@flag{l.lanpltrusted} AS trusted, "
				"@function{l.lanplcallfoid} AS handler, "
				"@function{l.laninline} AS inline, "
				"@function{l.lanvalidator} AS validator, "
				"@owned{l.lanowner}{l.lanacl}{l} "
				"FROM pg_language l "
				"WHERE l.oid >= 16384";

static const char wrappers[] = "SELECT f.oid, quote_ident(f.fdwname) AS name, "
			       "@function{f.fdwhandler} AS handler, "
			       "@function{f.fdwvalidator} AS validator, "
			       "@options{f.fdwoptions} AS \"option{}\", "
			       "@owned{f.fdwowner}{f.fdwacl}{F} "
			       "FROM pg_foreign_data_wrapper f";

static const char servers[] =
    "SELECT s.oid, quote_ident(s.srvname) AS name, "
    "quote_ident(f.fdwname) AS wrapper, s.srvtype AS type, "
    "s.srvversion AS version, @options{s.srvoptions} AS \"option{}\", "
    "@owned{s.srvowner}{s.srvacl}{S} "
    "FROM pg_foreign_server s "
    "JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw";

/* The catalogue itself is for superusers alone; the view hides options. */
static const char user_mappings[] =
    "SELECT m.umid AS oid, m.srvid AS parent, "
    "CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) "
    "END AS name, "
    "array(SELECT CASE WHEN o LIKE 'user=%' THEN o ELSE @hashed{o} END "
    "FROM unnest(m.umoptions) AS o) AS \"option{}\" "
    "FROM pg_user_mappings m";

static const char publications[] =
    "SELECT p.oid, quote_ident(p.pubname) AS name, "
    "@flag{p.puballtables} AS \"all tables\", "
    "@flag{NOT p.pubinsert} AS \"no insert\", "
    "@flag{NOT p.pubupdate} AS \"no update\", "
    "@flag{NOT p.pubdelete} AS \"no delete\", "
    "@flag{NOT p.pubtruncate} AS \"no truncate\", "
    "@flag{@13{p.pubviaroot}{false}} AS \"via root\", "
    "@18{nullif(p.pubgencols, 'n')}{NULL} AS \"generated columns\", "
    "pg_get_userbyid(p.pubowner) AS owner "
    "FROM pg_publication p";

static const char published[] =
    "SELECT r.prpubid AS oid, "
    "array_agg(r.prrelid::regclass || @15{CASE WHEN r.prattrs IS NULL "
    "THEN '' ELSE ' (' || (SELECT string_agg(quote_ident(a.attname), "
    "', ' ORDER BY a.attname COLLATE \"C\") FROM pg_attribute a WHERE "
    "a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')' END "
    "|| coalesce(' WHERE "
    "' || pg_get_expr(r.prqual, r.prrelid), '')}{''}) AS \"table{}\" "
    "FROM pg_publication_rel r "
    "GROUP BY r.prpubid";

static const char published_schemas[] =
    "@15{SELECT p.pnpubid AS oid, array_agg(quote_ident(n.nspname)) "
    "AS \"schema{}\" FROM pg_publication_namespace p JOIN pg_namespace n "
    "ON n.oid = p.pnnspid GROUP BY p.pnpubid}{SELECT 0 AS oid WHERE "
    "false}";

/* Below 14 others than superusers may read no more; nobody the connection. */
static const char subscriptions[] =
    "SELECT @14{s.oid}{0} AS oid, quote_ident(s.subname) AS name, "
    "@flag{NOT s.subenabled} AS disabled, s.subslotname AS slot, "
    "s.subpublications AS \"publication{}\", "
    "@14{s.subsynccommit}{NULL} AS \"synchronous commit\", "
    "@flag{@14{s.subbinary}{false}} AS binary, "
    "@16{s.substream::text}{@14{nullif(s.substream, false)::text}{NULL}} "
    "AS streaming, "
    "@15{nullif(s.subtwophasestate, 'd')}{NULL} AS \"two phase\", "
    "@flag{@15{s.subdisableonerr}{false}} AS \"disable on error\", "
    "@16{nullif(s.suborigin, 'any')}{NULL} AS origin, "
    "pg_get_userbyid(s.subowner) AS owner "
    "FROM pg_subscription s "
    "JOIN pg_database d ON d.oid = s.subdbid "
    "WHERE d.datname = current_database()";

static const char event_triggers[] =
    "SELECT e.oid, quote_ident(e.evtname) AS name, e.evtevent AS event, "
    "e.evttags AS \"tag{}\", e.evtfoid::regprocedure AS function, "
    "@enabled{e.evtenabled}, "
    "pg_get_userbyid(e.evtowner) AS owner "
    "FROM pg_event_trigger e";

static const char default_privileges[] =
    "SELECT a.oid, "
    "'FOR ROLE ' || quote_ident(pg_get_userbyid(a.defaclrole)) || "
    "coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '') || ' ON ' || "
    "CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN "
    "'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN "
    "'n' THEN 'SCHEMAS' ELSE a.defaclobjtype::text END AS name, "
    "a.defaclacl AS grants, pg_get_userbyid(a.defaclrole) AS role "
    "FROM pg_default_acl a "
    "LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace";

static const char members[] = "SELECT d.classid AS class, d.objid AS oid "
			      "FROM pg_depend d "
			      "WHERE d.refclassid = 3079 AND d.deptype = 'e'";

static const char dependents[] =
    "SELECT d.classid AS class, d.objid AS oid, d.objsubid AS sub, "
    "' ON EXTENSION ' || quote_ident(e.extname) AS suffix "
    "FROM pg_extension e "
    "JOIN pg_depend d ON d.refclassid = 3079 AND d.refobjid = e.oid "
    "WHERE d.deptype = 'x'";

/* 2200 is the schema public. */
static const char comments[] =
    "SELECT d.classoid AS class, d.objoid AS oid, d.objsubid AS sub, "
    "d.description AS text "
    "FROM pg_description d "
    "WHERE d.objoid >= 16384 OR d.objoid = 2200 "
    "UNION ALL SELECT d.classoid, d.objoid, 0, d.description "
    "FROM pg_shdescription d "
    "WHERE d.classoid IN (1262, 6100)";

static const char security_labels[] =
    "SELECT l.classoid AS class, l.objoid AS oid, l.objsubid AS sub, "
    "' FOR ' || quote_ident(l.provider) AS suffix, l.label AS text "
    "FROM pg_seclabel l";

/*
 * Rights on what the server or an extension has made, which pg_init_privs
 * tells of where they are not the default (information_schema's are neither).
 * 2200 is the schema public, which has its own row above.
 */
static const char rights[] =
    "SELECT @made{p.type || ' ' || p.identity} AS \"name!\", "
    "pg_get_userbyid(r.owner) AS owner, r.acl, "
    "coalesce(i.initprivs, acldefault(r.type::\"char\", r.owner)) AS "
    "acldefault "
    "FROM (SELECT 1255::oid AS class, oid, proacl AS acl, "
    "proowner AS owner, pronamespace AS namespace, 'f' AS type FROM pg_proc "
    "UNION ALL SELECT 1259, oid, relacl, relowner, relnamespace, "
    "CASE WHEN relkind = 'S' THEN 's' ELSE 'r' END FROM pg_class "
    "UNION ALL SELECT 1247, oid, typacl, typowner, typnamespace, 'T' "
    "FROM pg_type "
    "UNION ALL SELECT 2615, oid, nspacl, nspowner, oid, 'n' "
    "FROM pg_namespace WHERE oid <> 2200 "
    "UNION ALL SELECT 2612, oid, lanacl, lanowner, 0, 'l' FROM pg_language "
    "UNION ALL SELECT 2328, oid, fdwacl, fdwowner, 0, 'F' "
    "FROM pg_foreign_data_wrapper) r "
    "LEFT JOIN pg_init_privs i ON i.objoid = r.oid "
    "AND i.classoid = r.class AND i.objsubid = 0, "
    "LATERAL pg_identify_object(r.class, r.oid, 0) p "
    "WHERE r.acl IS NOT NULL AND r.acl IS DISTINCT FROM i.initprivs "
    "AND (r.oid < 16384 OR EXISTS (SELECT FROM pg_depend d "
    "WHERE d.classid = r.class AND d.objid = r.oid AND d.deptype = 'e')) "
    "AND r.namespace IS DISTINCT FROM (SELECT n.oid FROM pg_namespace n "
    "WHERE n.nspname = 'information_schema')";

/* Rules of views and defaults of columns stand for these. */
static const char needs[] =
    "SELECT CASE WHEN coalesce(w.oid, f.oid) IS NULL THEN d.classid ELSE "
    "1259 END AS class, "
    "coalesce(w.ev_class, f.adrelid, d.objid) AS oid, "
    "coalesce(f.adnum, d.objsubid) AS sub, d.refclassid AS refclass, "
    "d.refobjid AS refoid, d.refobjsubid AS refsub "
    "FROM pg_depend d "
    "LEFT JOIN pg_rewrite w ON d.classid = 2618 AND w.oid = d.objid "
    "AND w.rulename = '_RETURN' "
    "LEFT JOIN pg_attrdef f ON d.classid = 2604 AND f.oid = d.objid "
    "WHERE d.objid >= 16384 AND d.deptype NOT IN ('e', 'x')";

const struct snapshot_query snapshot_members[] = {
    {"sqlmigrate_members", members, 0, 0, OBJECT_MEMBER, snapshot_read_members,
	SNAPSHOT_ALWAYS},
    {.name = NULL},
};

const struct snapshot_query snapshot_others[] = {
    SNAPSHOT_QUERY("database", database, PG_DATABASE_CLASS, OBJECT_DATABASE,
	SNAPSHOT_ALWAYS),
    SNAPSHOT_QUERY("settings", settings, 0, OBJECT_SETTING, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("extensions", extensions, PG_EXTENSION_CLASS,
	OBJECT_EXTENSION, SNAPSHOT_ALWAYS),
    SNAPSHOT_QUERY("methods", access_methods, PG_AM_CLASS, OBJECT_ACCESS_METHOD,
	SNAPSHOT_RARE),
    SNAPSHOT_QUERY("languages", languages, PG_LANGUAGE_CLASS, OBJECT_LANGUAGE,
	SNAPSHOT_RARE),
    SNAPSHOT_QUERY("wrappers", wrappers, PG_FDW_CLASS,
	OBJECT_FOREIGN_DATA_WRAPPER, SNAPSHOT_RARE),
    SNAPSHOT_QUERY(
	"servers", servers, PG_SERVER_CLASS, OBJECT_SERVER, SNAPSHOT_RARE),
    {"sqlmigrate_user_mappings", user_mappings, PG_USER_MAPPING_CLASS,
	PG_SERVER_CLASS, OBJECT_USER_MAPPING, NULL, SNAPSHOT_RARE},
    SNAPSHOT_QUERY("publications", publications, PG_PUBLICATION_CLASS,
	OBJECT_PUBLICATION, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("published", published, PG_PUBLICATION_CLASS,
	OBJECT_PUBLICATION, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("published_schemas", published_schemas, PG_PUBLICATION_CLASS,
	OBJECT_PUBLICATION, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("subscriptions", subscriptions, PG_SUBSCRIPTION_CLASS,
	OBJECT_SUBSCRIPTION, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("event_triggers", event_triggers, PG_EVENT_TRIGGER_CLASS,
	OBJECT_EVENT_TRIGGER, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("default_privileges", default_privileges, 0,
	OBJECT_DEFAULT_PRIVILEGES, SNAPSHOT_RARE),
    {"sqlmigrate_dependents", dependents, 0, 0, OBJECT_MEMBER,
	snapshot_read_notes, SNAPSHOT_RARE},
    {"sqlmigrate_comments", comments, 0, 0, OBJECT_COMMENT, snapshot_read_notes,
	SNAPSHOT_ALWAYS},
    {"sqlmigrate_labels", security_labels, 0, 0, OBJECT_SECURITY_LABEL,
	snapshot_read_notes, SNAPSHOT_RARE},
    {"sqlmigrate_rights", rights, 0, 0, OBJECT_PRIVILEGES, snapshot_read_grants,
	SNAPSHOT_ALWAYS},
    {"sqlmigrate_needs", needs, 0, 0, OBJECT_DATABASE, snapshot_read_needs,
	SNAPSHOT_NEEDS},
    {.name = NULL},
};
