#!/bin/sh
# COPY with its data, and plain pg_dump output as a migration.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

fresh() {
	db_new
	rm -rf m
	mkdir m
}

copies() {
	fresh
	cat >m/001_copy.sql <<-'END'
		CREATE TABLE t (a text, b text);
		COPY t FROM stdin;
		one	1
		tab\there	back\\slash
		\N	; COMMIT; -- 'not SQL
		\.
		COPY t (a, b) FROM STDIN WITH (FORMAT csv, HEADER);
		a,b
		"quoted, with comma","two
		lines"
		"it's; $$",
		\.
		copy public.t from stdin with delimiter '|';
		x|y
		\.
		COPY t FROM stdin;
		\.
		INSERT INTO t VALUES ('end', '');
	END
	sqlmigrate apply
	expect_status 0 'text and CSV'
	is "$(db_sql 'SELECT count(*), count(a), count(b) FROM t')" '7|6|6' \
	    'every line came in'
	is "$(db_sql "SELECT b FROM t WHERE a LIKE 'quoted%'")" 'two
lines' 'a field of two lines'
	is "$(db_sql "SELECT b FROM t WHERE a IS NULL")" \
	    "; COMMIT; -- 'not SQL" 'data that look like SQL'
	printf 'COPY t FROM stdin;\nlast\tline' >m/002_open.sql
	sqlmigrate apply
	expect_status 2 'data without an end'
	expect_stderr_like '^sqlmigrate: m/002_open\.sql:1:1: '
	printf 'SELECT 1;\nCOPY t FROM stdin;\na\tb\na\tb\tc\n\\.\n' \
	    >m/002_open.sql
	sqlmigrate apply
	expect_status 1 'a line with too many fields'
	expect_stderr_like '^sqlmigrate: m/002_open\.sql:4:1: extra data after last'
	expect_stderr_like 'COPY t, line 2'
	is "$(db_sql 'SELECT count(*) FROM t')" 7 'nothing was kept'
	printf '%s\n' 'SELECT 1;' '\d t' >m/002_open.sql
	sqlmigrate apply
	expect_status 2 'another command of psql'
	expect_stderr_like '^sqlmigrate: m/002_open\.sql:2:1: '
	printf '%s\n' '\ir other.sql' >m/002_open.sql
	sqlmigrate apply
	expect_stderr_like '^Hint: Make the other file a migration of its own'
	printf '%s\n' '\copy t FROM x' >m/002_open.sql
	sqlmigrate apply
	expect_stderr_like '^Hint: Write COPY \.\.\. FROM stdin'
	printf '%s\n' 'SELECT :name;' >m/002_open.sql
	sqlmigrate apply
	expect_status 1 'a variable of psql'
	expect_stderr_like '^Hint: If this is a variable of psql, as in :name'
	printf '%s\n' '\timing on' '\set ECHO all' BEGIN\; \
	    "\\echo it's begun" 'DELETE FROM t;' 'COMMIT;' '\pset pager' \
	    "SELECT 'done';" >m/002_open.sql
	sqlmigrate apply
	expect_status 0 'what only prints is passed over'
	is "$(db_sql 'SELECT count(*) FROM t')" 0 'and the rest has run'
}

dump() {
	"$PG_BIN/pg_dump" -T 'schema_version*' -d "$1" |
	    sed '/^\\restrict /d; /^\\unrestrict /d'
}

# What a real schema has, dumped by pg_dump and applied to another database.
dumped() {
	fresh
	source=$PG_DB
	db_sql 'CREATE ROLE sqlmigrate_reader' "$(cat <<-'SCHEMA'
		CREATE SCHEMA app;
		CREATE TYPE app.mood AS ENUM ('sad', 'it''s; ok');
		CREATE DOMAIN app.short AS text CHECK (length(VALUE) < 80);
		CREATE TABLE app.users (
			id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
			name app.short NOT NULL DEFAULT 'n; n',
			mood app.mood, born date, tags text[],
			seen timestamptz DEFAULT now(),
			upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
		CREATE TABLE app.parts (id int, at date) PARTITION BY RANGE (at);
		CREATE TABLE app.parts_1 PARTITION OF app.parts
			FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
		CREATE TABLE app.notes (id serial PRIMARY KEY, body text,
			user_id bigint REFERENCES app.users DEFERRABLE);
		CREATE UNIQUE INDEX users_name ON app.users (lower(name))
			WHERE mood IS NOT NULL;
		CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $f$
		BEGIN
			NEW.seen := now(); -- a ; in a comment, and a $$
			RETURN NEW;
		end $f$;
		CREATE FUNCTION app.twice(i int) RETURNS int LANGUAGE sql
		BEGIN ATOMIC SELECT CASE WHEN i > 0 THEN i * 2 ELSE 0 END; END;
		CREATE PROCEDURE app.nothing() LANGUAGE sql AS 'SELECT 1;';
		CREATE TRIGGER touched BEFORE UPDATE ON app.users
			FOR EACH ROW EXECUTE FUNCTION app.touch();
		CREATE VIEW app.happy AS SELECT * FROM app.users
			WHERE mood = 'it''s; ok' WITH CHECK OPTION;
		CREATE MATERIALIZED VIEW app.counts AS
			SELECT mood, count(*) FROM app.users GROUP BY mood;
		CREATE RULE quiet AS ON DELETE TO app.notes DO ALSO
			(INSERT INTO app.parts VALUES (1, '2026-02-01'); NOTIFY x);
		CREATE POLICY mine ON app.notes USING (user_id > 0);
		ALTER TABLE app.notes ENABLE ROW LEVEL SECURITY;
		COMMENT ON TABLE app.users IS 'people; "quoted" and ''quoted''';
		COMMENT ON COLUMN app.users.name IS E'two\nlines\\';
		GRANT SELECT ON app.users TO sqlmigrate_reader;
		GRANT USAGE ON SCHEMA app TO sqlmigrate_reader;
		ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES
			TO sqlmigrate_reader;
		INSERT INTO app.users (name, mood, tags) VALUES
			(E'tab\there', 'sad', '{a,"b;c"}'),
			(E'back\\slash and ''quote''', 'it''s; ok', NULL),
			(E'line\nbreak', NULL, '{}'), (U&'\00e9\+01F600', NULL, NULL);
		INSERT INTO app.notes (body, user_id) VALUES ('\.', 1), (NULL, 2),
			(E'\\.\n\\.', 3);
		INSERT INTO app.parts VALUES (1, '2026-03-01');
		REFRESH MATERIALIZED VIEW app.counts;
	SCHEMA
	)"
	dump "$source" >before
	for form in '' --inserts --column-inserts; do
		fresh
		# shellcheck disable=SC2086
		"$PG_BIN/pg_dump" $form -d "$source" >m/001_dump.sql
		sqlmigrate apply
		expect_status 0 "pg_dump $form"
		dump "$PG_DB" >after
		ok "pg_dump $form: the database is the same" cmp -s before after
	done
	ok 'the dump had psql commands of its own' \
	    grep -q '^\\restrict ' m/001_dump.sql
	fresh
	pg_sql "DROP DATABASE \"$source\"" 'CREATE TABLE x (a int)' \
	    'DROP OWNED BY sqlmigrate_reader'
}

if has_engine postgres; then
	engine=postgres
	copies
	dumped
fi
done_testing
