#!/bin/sh
# The examples of contrib/examples that can be run here are run.
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

for_each_engine shell_loop
for_each_engine entrypoint
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
