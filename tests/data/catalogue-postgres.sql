-- A schema with an object of every kind that PostgreSQL has.  A statement ends
-- at an empty line; one that begins with "-- 14" is for version 14 and newer.
-- Roles cat_owner, cat_reader and cat_writer are there.

CREATE SCHEMA app AUTHORIZATION cat_owner

COMMENT ON SCHEMA app IS 'the application''s own'

CREATE SCHEMA "Odd Name"

CREATE EXTENSION hstore SCHEMA app

CREATE EXTENSION file_fdw

CREATE EXTENSION citext SCHEMA app

CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy')

ALTER TYPE app.mood ADD VALUE 'fine' AFTER 'ok'

COMMENT ON TYPE app.mood IS 'how it goes'

CREATE TYPE app.address AS (street text COLLATE "C", number integer)

COMMENT ON COLUMN app.address.street IS 'without the number'

CREATE DOMAIN app.positive AS integer DEFAULT 1 NOT NULL CONSTRAINT above CHECK (VALUE > 0)

COMMENT ON CONSTRAINT above ON DOMAIN app.positive IS 'not even zero'

CREATE DOMAIN app.word AS text COLLATE "C" CHECK (VALUE <> '')

CREATE FUNCTION app.gap(double precision, double precision) RETURNS double precision LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2'

CREATE TYPE app.span AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = app.gap)

CREATE TYPE app.shell

CREATE TYPE app.point3

CREATE FUNCTION app.point3_in(cstring) RETURNS app.point3 LANGUAGE internal IMMUTABLE STRICT AS 'textin'

CREATE FUNCTION app.point3_out(app.point3) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'

CREATE TYPE app.point3 (INPUT = app.point3_in, OUTPUT = app.point3_out, STORAGE = extended, CATEGORY = 'X')

CREATE TABLE app.users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL, name varchar(40) DEFAULT 'nobody', born date, mood app.mood DEFAULT 'ok', home app.address, tags text[], score numeric(10, 2), age integer, UNIQUE (email), CONSTRAINT adult CHECK (age >= 18))

COMMENT ON TABLE app.users IS 'who may come in'

COMMENT ON COLUMN app.users.email IS 'where to write'

COMMENT ON CONSTRAINT adult ON app.users IS 'by law'

CREATE TABLE app.orders (id serial PRIMARY KEY, user_id bigint NOT NULL REFERENCES app.users ON DELETE CASCADE, placed timestamptz DEFAULT now() NOT NULL, total numeric, twice numeric GENERATED ALWAYS AS (total * 2) STORED, note text COLLATE "C", during app.span, EXCLUDE USING gist (during WITH &&))

CREATE INDEX orders_placed ON app.orders (placed)

CREATE UNIQUE INDEX orders_note ON app.orders (lower(note)) WHERE note IS NOT NULL

CREATE INDEX orders_many ON app.orders (user_id, placed DESC NULLS LAST) INCLUDE (total) WITH (fillfactor = 70)

COMMENT ON INDEX app.orders_placed IS 'for the report'

COMMENT ON INDEX app.users_pkey IS 'of the key'

CREATE STATISTICS app.orders_stat (dependencies) ON user_id, placed FROM app.orders

CREATE TABLE app.parent (id integer NOT NULL, kind text, CONSTRAINT parent_kind CHECK (kind <> ''))

CREATE TABLE app.child (extra integer) INHERITS (app.parent)

CREATE TABLE app.log (at timestamptz NOT NULL, level integer, line text) PARTITION BY RANGE (at)

CREATE TABLE app.log_2024 PARTITION OF app.log FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00')

CREATE TABLE app.log_rest PARTITION OF app.log DEFAULT

CREATE INDEX log_at ON app.log (at)

ALTER TABLE app.log ADD CONSTRAINT log_pkey PRIMARY KEY (at)

CREATE TABLE app.logged (at timestamptz REFERENCES app.log)

CREATE UNLOGGED TABLE app.cache (key text, value text) WITH (fillfactor = 50, autovacuum_enabled = false)

CREATE TABLE app.typed OF app.address (number WITH OPTIONS NOT NULL)

CREATE TABLE "Odd Name"."Table ""q""" ("Column 1" integer, "select" text, CONSTRAINT "C'k" CHECK ("Column 1" <> 3))

CREATE TABLE public.plain (a integer, b text)

CREATE TABLE public.twin (a integer, b text)

CREATE SEQUENCE app.counter AS integer INCREMENT 5 MINVALUE 10 MAXVALUE 1000 START 20 CACHE 3 CYCLE

CREATE SEQUENCE app.down INCREMENT -1

CREATE VIEW app.adults AS SELECT id, email, age FROM app.users WHERE age > 20

ALTER VIEW app.adults ALTER COLUMN age SET DEFAULT 33

CREATE VIEW app.emails WITH (security_barrier) AS SELECT email FROM app.adults WHERE email <> '' WITH CHECK OPTION

CREATE MATERIALIZED VIEW app.totals AS SELECT user_id, sum(total) AS total FROM app.orders GROUP BY user_id WITH DATA

CREATE INDEX totals_user ON app.totals (user_id)

COMMENT ON VIEW app.adults IS 'a view'

CREATE FUNCTION app.add(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql IMMUTABLE STRICT COST 5 AS 'SELECT a + b'

CREATE FUNCTION app.add(a text) RETURNS text LANGUAGE sql STABLE AS 'SELECT a'

CREATE FUNCTION app.notify() RETURNS trigger LANGUAGE plpgsql SET work_mem = '1MB' AS 'BEGIN RETURN NEW; END'

CREATE PROCEDURE app.tidy(INOUT n integer) LANGUAGE plpgsql AS 'BEGIN n := n + 1; END'

COMMENT ON FUNCTION app.add(integer, integer) IS 'adds'

CREATE FUNCTION app.grow(state bigint, value integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT state + value'

CREATE AGGREGATE app.total(integer) (SFUNC = app.grow, STYPE = bigint, INITCOND = '0')

CREATE FUNCTION app.same(app.point3, app.point3) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'texteq'

CREATE FUNCTION app.other(app.point3, app.point3) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'textne'

CREATE FUNCTION app.hash3(app.point3) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'hashtext'

CREATE OPERATOR app.=== (LEFTARG = app.point3, RIGHTARG = app.point3, FUNCTION = app.same, COMMUTATOR = OPERATOR(app.===), RESTRICT = eqsel, HASHES)

COMMENT ON OPERATOR app.=== (app.point3, app.point3) IS 'the same point'

CREATE OPERATOR CLASS app.point3_ops DEFAULT FOR TYPE app.point3 USING hash AS OPERATOR 1 app.=== , FUNCTION 1 app.hash3(app.point3)

CREATE OPERATOR FAMILY app.loose USING btree

CREATE FUNCTION app.mood_number(app.mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1'

CREATE CAST (app.mood AS integer) WITH FUNCTION app.mood_number(app.mood) AS ASSIGNMENT

COMMENT ON CAST (app.mood AS integer) IS 'a cast'

CREATE COLLATION app.german (LOCALE = 'C')

CREATE DEFAULT CONVERSION app.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8

CREATE TEXT SEARCH DICTIONARY app.words (TEMPLATE = simple, STOPWORDS = english)

CREATE TEXT SEARCH CONFIGURATION app.search (COPY = simple)

ALTER TEXT SEARCH CONFIGURATION app.search ALTER MAPPING FOR asciiword, word WITH app.words, simple

CREATE TEXT SEARCH TEMPLATE app.plain (INIT = dsimple_init, LEXIZE = dsimple_lexize)

CREATE TEXT SEARCH PARSER app.cutter (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline)

CREATE TRUSTED LANGUAGE cat HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator

CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler

CREATE FUNCTION app.from_sql(internal) RETURNS internal LANGUAGE internal IMMUTABLE STRICT AS 'varchar_support'

CREATE TRANSFORM FOR app.point3 LANGUAGE plpgsql (FROM SQL WITH FUNCTION app.from_sql(internal))

CREATE TRIGGER notify AFTER UPDATE OF email ON app.users FOR EACH ROW WHEN (OLD.email IS DISTINCT FROM NEW.email) EXECUTE FUNCTION app.notify()

COMMENT ON TRIGGER notify ON app.users IS 'a trigger'

CREATE TRIGGER logged BEFORE INSERT ON app.parent FOR EACH ROW EXECUTE FUNCTION app.notify()

-- 13
CREATE TRIGGER noted BEFORE INSERT ON app.log FOR EACH ROW EXECUTE FUNCTION app.notify()

CREATE CONSTRAINT TRIGGER late AFTER INSERT ON app.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.notify()

CREATE RULE quiet AS ON DELETE TO app.cache DO INSTEAD NOTHING

COMMENT ON RULE quiet ON app.cache IS 'a rule'

ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY

CREATE POLICY mine ON app.orders FOR SELECT TO cat_reader, cat_writer USING (user_id = 1)

COMMENT ON POLICY mine ON app.orders IS 'a policy'

GRANT USAGE ON SCHEMA app TO cat_reader

GRANT SELECT ON app.users TO cat_reader

GRANT SELECT, INSERT ON app.orders TO cat_writer

GRANT SELECT (name) ON app.users TO cat_writer WITH GRANT OPTION

GRANT INSERT (note) ON app.orders TO cat_writer

GRANT USAGE ON SEQUENCE app.counter TO cat_writer

REVOKE EXECUTE ON FUNCTION app.add(integer, integer) FROM PUBLIC

REVOKE USAGE ON TYPE app.mood FROM PUBLIC

ALTER DEFAULT PRIVILEGES FOR ROLE cat_owner IN SCHEMA app GRANT SELECT ON TABLES TO cat_reader

ALTER DEFAULT PRIVILEGES FOR ROLE cat_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC

ALTER TABLE app.users OWNER TO cat_owner

CREATE PUBLICATION news FOR TABLE app.users, public.plain WITH (publish = 'insert, update')

-- 15
CREATE PUBLICATION narrow FOR TABLE app.orders (id, total) WHERE (id > 0)

-- 15
CREATE PUBLICATION wide FOR TABLES IN SCHEMA "Odd Name"

CREATE SUBSCRIPTION away CONNECTION 'dbname=none password=secret' PUBLICATION news WITH (connect = false, slot_name = NONE)

CREATE FOREIGN DATA WRAPPER wrap OPTIONS (debug 'yes')

CREATE SERVER far TYPE 'odd' VERSION '1' FOREIGN DATA WRAPPER wrap OPTIONS (host 'there', password 'x')

CREATE USER MAPPING FOR cat_reader SERVER far OPTIONS (user 'me', password 'secret')

CREATE SERVER files FOREIGN DATA WRAPPER file_fdw

CREATE FOREIGN TABLE app.remote (a integer OPTIONS (force_not_null 'true'), b text) SERVER files OPTIONS (filename '/dev/null', format 'csv')

CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'

CREATE EVENT TRIGGER watched ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION app.watch()

ALTER FUNCTION app.add(text) DEPENDS ON EXTENSION hstore

ALTER TABLE app.users ALTER COLUMN email SET STATISTICS 500

ALTER TABLE app.users ALTER COLUMN tags SET STORAGE EXTERNAL

ALTER TABLE app.users ALTER COLUMN name SET (n_distinct = 5)

ALTER TABLE app.users CLUSTER ON users_pkey

ALTER TABLE app.orders REPLICA IDENTITY USING INDEX orders_pkey

-- 14
ALTER TABLE app.users ALTER COLUMN home SET COMPRESSION pglz

-- 14
CREATE FUNCTION app.whole() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM app.users; END

-- 15
ALTER TABLE app.users ADD CONSTRAINT alike UNIQUE NULLS NOT DISTINCT (born)

-- 18
CREATE TABLE app.virtual (name text, wide text GENERATED ALWAYS AS (upper(name)) VIRTUAL)

-- 18
ALTER TABLE app.users ADD CONSTRAINT grown CHECK (age > 2) NOT ENFORCED

-- 18
CREATE TABLE app.known (kind text, sort text, CONSTRAINT sort_named NOT NULL sort NO INHERIT)

-- 18
ALTER TABLE app.known ADD CONSTRAINT kind_known NOT NULL kind NOT VALID
