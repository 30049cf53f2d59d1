/*
 * The PostgreSQL engine's snapshot: the queries for types, routines, operators
 * and text search.
 *
 * Most of them have no function that makes their definition: every column of
 * theirs is taken by name, with zeros as nothing.
 */
#include "engine/postgres_snapshot_int.h"

/*
 * Types of tables and arrays go with what they are made of.  A shell type has
 * nothing.
 */
static const char types[] =
    "SELECT t.oid, t.typtype AS kind, t.typnamespace AS namespace, "
    "quote_ident(t.typname) AS name, t.typarray AS rowtype, "
    "@flag{NOT t.typisdefined} AS shell, "
    "CASE WHEN t.typtype = 'd' THEN @made{format_type(t.typbasetype, "
    "t.typtypmod)} END AS \"type!\", "
    "CASE WHEN t.typcollation <> coalesce(b.typcollation, 0) AND "
    "t.typtype <> 'b' THEN @named{pg_collation}{coll}{t.typcollation} "
    "END AS collation, "
    "@flag{t.typnotnull} AS \"not null\", "
    "coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) "
    "AS \"default\", "
    "@type{r.rngsubtype} AS subtype, "
    "CASE WHEN r.rngsubopc <> 0 THEN "
    "@named{pg_opclass}{opc}{r.rngsubopc} END AS \"operator class\", "
    "CASE WHEN r.rngcollation <> 0 THEN "
    "@named{pg_collation}{coll}{r.rngcollation} END "
    "AS \"range collation\", "
    "@function{r.rngcanonical} AS canonical, "
    "@function{r.rngsubdiff} AS difference, "
    "@14{@type{r.rngmultitypid}}{NULL} AS multirange, "
    "@base{nullif(t.typlen, -1)} AS length, "
    "@base{@function{t.typinput}} AS input, "
    "@base{@function{t.typoutput}} AS output, "
    "@base{@function{t.typreceive}} AS receive, "
    "@base{@function{t.typsend}} AS send, "
    "@base{@function{t.typmodin}} AS \"modifier input\", "
    "@base{@function{t.typmodout}} AS \"modifier output\", "
    "@base{@function{t.typanalyze}} AS analyze, "
    "@14{@base{@function{t.typsubscript}}}{NULL} AS subscript, "
    "@base{@flag{t.typbyval}} AS \"by value\", "
    "@base{t.typalign::text} AS alignment, "
    "@base{t.typstorage::text} AS storage, "
    "@base{nullif(t.typcategory, 'U')} AS category, "
    "@base{@flag{t.typispreferred}} AS preferred, "
    "@base{nullif(t.typdelim, ',')} AS delimiter, "
    "@base{@type{t.typelem}} AS element, "
    "@base{@flag{t.typcollation <> 0}} AS collatable, "
    "@owned{t.typowner}{t.typacl}{T} "
    "FROM pg_type t "
    "LEFT JOIN pg_type b ON b.oid = t.typbasetype "
    "LEFT JOIN pg_type e ON e.oid = t.typelem "
    "LEFT JOIN pg_range r ON r.rngtypid = t.oid "
    "WHERE t.oid >= 16384 "
    "AND t.typtype IN ('e', 'd', 'r', 'b', 'p') "
    "AND (t.typelem = 0 OR e.typarray IS DISTINCT FROM t.oid)";

static const char labels[] = "SELECT e.enumtypid AS oid, e.enumlabel AS label "
			     "FROM pg_enum e "
			     "ORDER BY e.enumtypid, e.enumsortorder";

/* The input types alone identify it; the last line's end is not of it. */

static const char routines[] =
    "SELECT p.oid, p.prokind AS kind, p.pronamespace AS namespace, "
    "quote_ident(p.proname) AS name, @signature{p}, "
    "@made{rtrim(pg_get_functiondef(p.oid), E'\\n')} AS \"definition!\", "
    "@owned{p.proowner}{p.proacl}{f} "
    "FROM pg_proc p "
    "WHERE p.oid >= 16384 AND p.prokind <> 'a' "
    "AND NOT @along{1255}{p.oid}";

static const char aggregates[] =
    "SELECT p.oid, p.pronamespace AS namespace, "
    "quote_ident(p.proname) AS name, @signature{p}, "
    "pg_get_function_arguments(p.oid) AS arguments, "
    "p.prorettype::regtype AS returns, "
    "CASE a.aggkind WHEN 'o' THEN 'ordered set' WHEN 'h' THEN "
    "'hypothetical set' END AS aggregate, "
    "nullif(a.aggnumdirectargs, 0) AS \"direct arguments\", "
    "@routine{a.aggtransfn} AS transition, "
    "@routine{a.aggfinalfn} AS final, "
    "@routine{a.aggcombinefn} AS combine, "
    "@routine{a.aggserialfn} AS serialize, "
    "@routine{a.aggdeserialfn} AS deserialize, "
    "@routine{a.aggmtransfn} AS \"moving transition\", "
    "@routine{a.aggminvtransfn} AS \"moving inverse\", "
    "@routine{a.aggmfinalfn} AS \"moving final\", "
    "@flag{a.aggfinalextra} AS \"final extra\", "
    "@flag{a.aggmfinalextra} AS \"moving final extra\", "
    "a.aggfinalmodify AS \"final modify\", "
    "a.aggmfinalmodify AS \"moving final modify\", "
    "@operator{a.aggsortop} AS \"sort operator\", "
    "@type{a.aggtranstype} AS state, "
    "nullif(a.aggtransspace, 0) AS \"state size\", "
    "@type{a.aggmtranstype} AS \"moving state\", "
    "nullif(a.aggmtransspace, 0) AS \"moving state size\", "
    "a.agginitval AS \"initial value\", "
    "a.aggminitval AS \"moving initial value\", "
    "p.proparallel AS parallel, @owned{p.proowner}{p.proacl}{f} "
    "FROM pg_aggregate a "
    "JOIN pg_proc p ON p.oid = a.aggfnoid "
    "WHERE a.aggfnoid >= 16384";

static const char collations[] =
    "SELECT c.oid, c.collnamespace AS namespace, "
    "quote_ident(c.collname) AS name, c.collprovider AS provider, "
    "c.collcollate AS collate, c.collctype AS ctype, "
    "@17{c.colllocale}{@15{c.colliculocale}{NULL}} AS locale, "
    "@16{c.collicurules}{NULL} AS rules, "
    "@flag{NOT c.collisdeterministic} AS nondeterministic, "
    "CASE WHEN c.collencoding >= 0 THEN "
    "pg_encoding_to_char(c.collencoding) END AS encoding, "
    "pg_get_userbyid(c.collowner) AS owner "
    "FROM pg_collation c "
    "WHERE c.oid >= 16384";

static const char conversions[] =
    "SELECT c.oid, c.connamespace AS namespace, "
    "quote_ident(c.conname) AS name, "
    "pg_encoding_to_char(c.conforencoding) AS \"from\", "
    "pg_encoding_to_char(c.contoencoding) AS \"to\", "
    "c.conproc AS function, @flag{c.condefault} AS \"default\", "
    "pg_get_userbyid(c.conowner) AS owner "
    "FROM pg_conversion c "
    "WHERE c.oid >= 16384";

static const char casts[] =
    "SELECT c.oid, "
    "'(' || c.castsource::regtype || ' AS ' || c.casttarget::regtype || "
    "')' AS name, "
    "@routine{c.castfunc} AS function, "
    "CASE c.castmethod WHEN 'i' THEN 'inout' WHEN 'b' THEN 'binary' END "
    "AS method, "
    "CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN "
    "'assignment' END AS context "
    "FROM pg_cast c "
    "WHERE c.oid >= 16384 AND NOT @along{2605}{c.oid}";

static const char transforms[] =
    "SELECT t.oid, "
    "'FOR ' || t.trftype::regtype || ' LANGUAGE ' || "
    "quote_ident(l.lanname) AS name, "
    "@routine{t.trffromsql} AS \"from SQL\", "
    "@routine{t.trftosql} AS \"to SQL\" "
    "FROM pg_transform t "
    "JOIN pg_language l ON l.oid = t.trflang "
    "WHERE t.oid >= 16384";

static const char operators[] =
    "SELECT o.oid, o.oprnamespace AS namespace, o.oprname AS name, "
    "'(' || CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE "
    "o.oprleft::regtype::text END || ', ' || CASE WHEN o.oprright = 0 "
    "THEN 'NONE' ELSE o.oprright::regtype::text END || ')' AS args, "
    "@routine{o.oprcode} AS function, @type{o.oprresult} AS returns, "
    "@operator{o.oprcom} AS commutator, "
    "@operator{o.oprnegate} AS negator, @routine{o.oprrest} AS restrict, "
    "@routine{o.oprjoin} AS \"join\", @flag{o.oprcanhash} AS hashes, "
    "@flag{o.oprcanmerge} AS merges, "
    "pg_get_userbyid(o.oprowner) AS owner "
    "FROM pg_operator o "
    "WHERE o.oid >= 16384";

static const char families[] = "SELECT f.oid, f.opfnamespace AS namespace, "
			       "quote_ident(f.opfname) AS name, "
			       "' USING ' || quote_ident(m.amname) AS args, "
			       "pg_get_userbyid(f.opfowner) AS owner "
			       "FROM pg_opfamily f "
			       "JOIN pg_am m ON m.oid = f.opfmethod "
			       "WHERE f.oid >= 16384";

static const char classes[] =
    "SELECT o.oid, o.opcnamespace AS namespace, "
    "quote_ident(o.opcname) AS name, "
    "' USING ' || quote_ident(m.amname) AS args, "
    "@type{o.opcintype} AS type, "
    "@named{pg_opfamily}{opf}{o.opcfamily} AS family, "
    "@flag{o.opcdefault} AS \"default\", @type{o.opckeytype} AS storage, "
    "pg_get_userbyid(o.opcowner) AS owner "
    "FROM pg_opclass o "
    "JOIN pg_am m ON m.oid = o.opcmethod "
    "WHERE o.oid >= 16384";

/* What came with a class, or is loose in a family. */
static const char family_operators[] =
    "@loose{amop}{a.amopstrategy || ' ' || a.amopopr::regoperator} || "
    "CASE WHEN a.amopsortfamily <> 0 THEN ' FOR ORDER BY ' || "
    "@named{pg_opfamily}{opf}{a.amopsortfamily} ELSE '' END) "
    "AS \"operator{}\" @loosened{pg_amop}{2602}";

static const char family_functions[] =
    "@loose{amproc}{a.amprocnum || ' ' || a.amproc::oid::regprocedure}) "
    "AS \"function{}\" @loosened{pg_amproc}{2603}";

static const char parsers[] =
    "SELECT p.oid, p.prsnamespace AS namespace, "
    "quote_ident(p.prsname) AS name, p.prsstart AS start, "
    "p.prstoken AS token, p.prsend AS \"end\", "
    "@function{p.prsheadline} AS headline, p.prslextype AS types "
    "FROM pg_ts_parser p "
    "WHERE p.oid >= 16384";

static const char templates[] =
    "SELECT t.oid, t.tmplnamespace AS namespace, "
    "quote_ident(t.tmplname) AS name, @function{t.tmplinit} AS init, "
    "t.tmpllexize AS lexize "
    "FROM pg_ts_template t "
    "WHERE t.oid >= 16384";

static const char dictionaries[] =
    "SELECT d.oid, d.dictnamespace AS namespace, "
    "quote_ident(d.dictname) AS name, "
    "@named{pg_ts_template}{tmpl}{d.dicttemplate} AS template, "
    "d.dictinitoption AS options, pg_get_userbyid(d.dictowner) AS owner "
    "FROM pg_ts_dict d "
    "WHERE d.oid >= 16384";

static const char configurations[] =
    "SELECT c.oid, c.cfgnamespace AS namespace, "
    "quote_ident(c.cfgname) AS name, "
    "@named{pg_ts_parser}{prs}{c.cfgparser} AS parser, "
    "pg_get_userbyid(c.cfgowner) AS owner "
    "FROM pg_ts_config c "
    "WHERE c.oid >= 16384";

static const char mappings[] =
    "SELECT m.mapcfg AS oid, "
    "t.alias || ': ' || string_agg(@named{pg_ts_dict}{dict}{m.mapdict}, "
    "', ' ORDER BY m.mapseqno) AS mapping "
    "FROM pg_ts_config c "
    "JOIN pg_ts_config_map m ON m.mapcfg = c.oid "
    "JOIN LATERAL ts_token_type(c.cfgparser) t ON t.tokid = "
    "m.maptokentype "
    "WHERE c.oid >= 16384 "
    "GROUP BY m.mapcfg, t.alias "
    "ORDER BY m.mapcfg, t.alias COLLATE \"C\"";

const struct snapshot_query snapshot_types[] = {
    SNAPSHOT_QUERY(
	"types", types, PG_TYPE_CLASS, OBJECT_BASE_TYPE, SNAPSHOT_ALWAYS),
    SNAPSHOT_QUERY(
	"enum_labels", labels, PG_TYPE_CLASS, OBJECT_ENUM, SNAPSHOT_RARE),
    SNAPSHOT_QUERY(
	"routines", routines, PG_PROC_CLASS, OBJECT_FUNCTION, SNAPSHOT_ALWAYS),
    SNAPSHOT_QUERY("aggregates", aggregates, PG_PROC_CLASS, OBJECT_AGGREGATE,
	SNAPSHOT_RARE),
    SNAPSHOT_QUERY("collations", collations, PG_COLLATION_CLASS,
	OBJECT_COLLATION, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("conversions", conversions, PG_CONVERSION_CLASS,
	OBJECT_CONVERSION, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("casts", casts, PG_CAST_CLASS, OBJECT_CAST, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("transforms", transforms, PG_TRANSFORM_CLASS,
	OBJECT_TRANSFORM, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("operators", operators, PG_OPERATOR_CLASS, OBJECT_OPERATOR,
	SNAPSHOT_RARE),
    SNAPSHOT_QUERY("families", families, PG_OPFAMILY_CLASS,
	OBJECT_OPERATOR_FAMILY, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("classes", classes, PG_OPCLASS_CLASS, OBJECT_OPERATOR_CLASS,
	SNAPSHOT_RARE),
    SNAPSHOT_QUERY("family_operators", family_operators, PG_OPFAMILY_CLASS,
	OBJECT_OPERATOR_FAMILY, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("family_functions", family_functions, PG_OPFAMILY_CLASS,
	OBJECT_OPERATOR_FAMILY, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("parsers", parsers, PG_TS_PARSER_CLASS,
	OBJECT_TEXT_SEARCH_PARSER, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("templates", templates, PG_TS_TEMPLATE_CLASS,
	OBJECT_TEXT_SEARCH_TEMPLATE, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("dictionaries", dictionaries, PG_TS_DICT_CLASS,
	OBJECT_TEXT_SEARCH_DICTIONARY, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("configurations", configurations, PG_TS_CONFIG_CLASS,
	OBJECT_TEXT_SEARCH_CONFIGURATION, SNAPSHOT_RARE),
    SNAPSHOT_QUERY("mappings", mappings, PG_TS_CONFIG_CLASS,
	OBJECT_TEXT_SEARCH_CONFIGURATION, SNAPSHOT_RARE),
    {.name = NULL},
};
