#!/bin/sh
# The examples of contrib/examples: those that need no container are run, the
# others are read by whoever knows their form.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

examples=$top_srcdir/contrib/examples
PATH=$(dirname "$SQLMIGRATE"):$PATH

folder() {
	db_new
	rm -rf migrations
	cp -r "$top_srcdir/migrations" .
	DATABASE_URL=$DB_URL
	export DATABASE_URL
}

shell_loop() {
	folder
	cp "$examples/migrate.sh" .
	run sh ./migrate.sh up 002
	expect_status 0 "$engine: migrate.sh up"
	run sh ./migrate.sh
	expect_stdout_like '^applied 003_add_user_preferences'
	run sh ./migrate.sh down 003
	expect_stdout_like '^rolled back 003_add_user_preferences'
	run sh ./migrate.sh status
	expect_stdout_like '^3 migrations: 2 applied, 1 pending'
	run sh ./migrate.sh nosuch
	expect_status 2 "$engine: migrate.sh nosuch"
}

# psql's options go before what the environment says.
psql_options() {
	[ "$engine" = postgres ] || return 0
	folder
	cp "$examples/migrate.sh" .
	host=$PGHOST port=$PGPORT
	run env PGHOST=/nowhere PGPORT=1 PGUSER=nobody \
	    DATABASE_URL=sqlite:wrong.db sh ./migrate.sh -h "$host" \
	    -p "$port" -U postgres -d "$PG_DB" up 002
	expect_status 0 'migrate.sh with the options of psql'
	expect_stderr_like "^database $PG_DB, user postgres, host $host "
	run env DATABASE_URL=sqlite:wrong.db sh ./migrate.sh -d "$DB_URL" down
	expect_stdout_like '^rolled back 002_add_user_phone'
	not_ok 'nothing else was touched' test -e wrong.db
	run sh ./migrate.sh -x
	expect_status 2
}

entrypoint() {
	folder
	case $engine in sqlite) sqlmigrate init ;; esac
	run sh "$examples/entrypoint.sh" sh -c 'echo "started with $1"' sh it
	expect_status 0 "$engine: entrypoint.sh"
	expect_stdout_like '^started with it$'
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 3 \
	    "$engine: after the migrations"
	printf '%s\n' '-- Version: 9.0.0' 'SELECT nosuch;' >migrations/004_x.sql
	run sh "$examples/entrypoint.sh" echo started
	expect_status 1 "$engine: not where one fails"
	unlike "$stdout" '^started' "$engine: the program is not started"
}

startup() {
	folder
	cat >app.py <<-'END'
	import asyncio, sys
	sys.dont_write_bytecode = True
	import startup

	async def main():
	    async with startup.lifespan(None):
	        print('running')

	try:
	    asyncio.run(main())
	    print(startup.migrate('003'))
	except startup.MigrationError as error:
	    print(error.code, error)
	END
	run env "PYTHONPATH=$examples" python3 app.py
	expect_status 0 "$engine: startup.py"
	expect_stdout 'running
[]'
	printf '%s\n' '-- Version: 9.0.0' '' 'SELECT nosuch;' \
	    >migrations/004_x.sql
	run env "PYTHONPATH=$examples" python3 app.py
	expect_stdout_like '^1 migrations/004_x\.sql:3: .*nosuch'
}

# With the variables of the official image; the image sources the script, or
# runs it.
initdb() {
	[ "$engine" = postgres ] || return 0
	for how in 'sh $0' 'set -e; . $0'; do
		folder
		run env -u DATABASE_URL -u PGUSER POSTGRES_USER=postgres \
		    POSTGRES_DB="$PG_DB" POSTGRES_PASSWORD=any \
		    sh -c "$how; echo goes on" "$examples/initdb.sh"
		expect_status 0 "initdb.sh: $how"
		expect_stdout_like '^goes on$'
		is "$(db_sql 'SELECT count(*) FROM schema_version')" 3 \
		    "initdb.sh: $how: the new database has the schema"
	done
}

# change NAME STATUS: the step of both CI files, on an empty database.
change() {
	for file in github.yml gitlab.yml; do
		step=$(sed -nE 's/^ *- (run: )?(sh ci\.sh)/\2/p' \
		    "$examples/$file")
		db_new
		DATABASE_URL=$DB_URL
		[ "$engine" = postgres ] || "$SQLMIGRATE" -q init
		run sh -c "$step"
		expect_status "$2" "$engine: $file: $1"
	done
}

ci() {
	folder
	cp "$examples/ci.sh" .
	change 'no release so far' 0
	mkdir released
	cp -r migrations released
	echo 'SELECT 1;' >migrations/004_x.sql
	sed -i '1i -- Version: 2.0.0' migrations/004_x.sql
	change 'a migration without a rollback' 2
	echo 'SELECT 1;' >migrations/004_x_rollback.sql
	change 'a new migration' 0
	echo 'SELECT nosuch;' >migrations/004_x_rollback.sql
	change 'a rollback that fails' 1
	rm migrations/004_x*
	sed -i 's/DEFAULT TRUE/DEFAULT FALSE/' \
	    migrations/001_initial_schema.sql
	change 'a released file that was changed' 4
}

# Every YAML file can be read; every file that an image is made from is there.
read_only() {
	if python3 -c 'import yaml' 2>/dev/null; then
		for file in "$examples"/*.y*ml; do
			ok "$(basename "$file") is YAML" python3 -c \
			    'import sys, yaml
yaml.safe_load(open(sys.argv[1]))' \
			    "$file"
		done
	else
		diag "Python's yaml is not here"
	fi
	for file in "$examples"/Dockerfile*; do
		awk '$1 == "COPY" && $2 !~ /^--/ { print $2 }' "$file" >named
		while read -r source; do
			ok "$(basename "$file"): $source is there" \
			    test -e "$top_srcdir/$source"
		done <named
	done
	grep -ohE -e '--with-[a-z-]+' "$examples"/Dockerfile* >named
	while read -r option; do
		ok "configure has $option" \
		    grep -q -e "$option" "$top_srcdir/configure"
	done <named
	file=$(sed -n 's/^ *dockerfile: //p' "$examples/compose.yaml")
	ok "compose.yaml: $file is there" test -f "$top_srcdir/$file"
}

for_each_engine shell_loop
for_each_engine psql_options
for_each_engine entrypoint
for_each_engine initdb
for_each_engine ci
read_only
if command -v python3 >/dev/null; then
	for_each_engine startup
else
	diag 'python3 is not here'
fi
if command -v systemd-analyze >/dev/null; then
	cp "$examples/sqlmigrate.service" .
	run systemd-analyze verify ./sqlmigrate.service
	unlike "$stderr" 'sqlmigrate\.service' 'systemd likes the unit'
else
	diag 'systemd-analyze is not here'
fi
done_testing
