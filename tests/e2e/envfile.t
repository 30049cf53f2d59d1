#!/bin/sh
# A file of variables, a password that a command prints, a template for new.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# setting OPTION...: what config says of the directory.
setting() {
	"$SQLMIGRATE" "$@" config | sed -n "s/^ *dir  */dir /p" | tr -s ' '
}

variables() {
	printf '\357\273\277' >.env
	printf '%s\r\n' '# a comment' '' 'SQLMIGRATE_DIR=one # text' >>.env
	is "$(setting --env-file .env)" 'dir one SQLMIGRATE_DIR of .env:3' \
	    'a value without quotes, its comment, a BOM and CRLF'
	printf '%s\n' "export SQLMIGRATE_DIR = 'a #\"b'" >.env
	is "$(setting --env-file .env)" 'dir a #"b SQLMIGRATE_DIR of .env:1' \
	    'in single quotes'
	printf '%s\n' 'SQLMIGRATE_DIR="a\"\\\$b" # c' >.env
	is "$(setting --env-file .env)" 'dir a"\$b SQLMIGRATE_DIR of .env:1' \
	    'in double quotes'
	is "$(SQLMIGRATE_DIR=real setting --env-file .env)" \
	    'dir real SQLMIGRATE_DIR' 'the environment comes before the file'
	is "$(setting)" 'dir migrations default' 'it is read only if it is named'
	echo 'env-file = .env' >sqlmigrate.conf
	is "$(setting)" 'dir a"\$b SQLMIGRATE_DIR of .env:1' \
	    'the configuration names it'
	rm sqlmigrate.conf
	for line in 's3cr3t' '1A=s3cr3t' 'A="s3cr3t' "A='s3cr3t' x" '=s3cr3t'; do
		printf '%s\n' 'B=1' "$line" >.env
		run "$SQLMIGRATE" --env-file .env config
		expect_status 2 "a line that is none: $line"
		expect_stderr_like '^sqlmigrate: \.env:2:1: the line is not NAME=VALUE$'
		expect_stderr_unlike 's3cr3t'
	done
	run "$SQLMIGRATE" --env-file none config
	expect_status 2 'a file that does not exist'
	expect_stderr_like '^Detail: The file is named by --env-file\.$'
	rm .env
}

template() {
	printf '%s\n' '-- sqlmigrate: lock-timeout=2s' '-- Ticket: ' >each.txt
	run "$SQLMIGRATE" new --template=each.txt first
	expect_status 0
	like "$(cat migrations/001_first.sql)" '^-- Ticket: $' \
	    'the new file has the text of the template'
	like "$(sed '1,/^-- Ticket/d' migrations/001_first.sql)" \
	    '^-- Write the SQL here\.$' 'and after it the mark'
	unlike "$(cat migrations/001_first_rollback.sql)" 'Ticket' \
	    'the rollback does not'
	printf '\357\273\277-- Ticket: 7\r\n' >dos.txt
	run "$SQLMIGRATE" new --template=dos.txt other
	expect_status 0 'a template with a BOM and CRLF'
	is "$(grep -c '^-- Ticket: 7$' migrations/002_other.sql)" 1 \
	    'the new file has neither'
	echo 'template = none.txt' >sqlmigrate.conf
	run "$SQLMIGRATE" new second
	expect_status 2
	expect_stderr_like '^Detail: The file is named by sqlmigrate\.conf:1\.$'
	rm -r sqlmigrate.conf migrations
}

password() {
	pg_start_own || exit 99
	at_exit pg_stop
	pg_newdb || exit 99
	mkdir migrations
	pg_sql "CREATE ROLE app LOGIN PASSWORD 'Zq7 Xw9'"
	echo 'local all app scram-sha-256
local all all trust' >"$PG_ROOT/data/pg_hba.conf"
	pg_sql 'SELECT pg_reload_conf()' >reloaded
	url=$(echo "$PG_URL" | sed 's/postgres@/app@/')
	eventually sh -c "! '$PG_BIN/psql' -wXc 'SELECT 1' '$url' 2>psql.err"
	run "$SQLMIGRATE" -d "$url" current
	expect_status 6 'a password is needed'
	run "$SQLMIGRATE" -d "$url" --password-command 'echo Zq7 Xw9' current
	expect_status 0 'the command prints it'
	run "$SQLMIGRATE" -d "$url" --password-command 'echo Zq7 Xw9; exit 3' \
	    current
	expect_status 2 'a command that fails'
	expect_stderr_like '^sqlmigrate: --password-command: the command has failed$'
	expect_stderr_unlike 'Zq7'
	run "$SQLMIGRATE" -d "$url" --password-command true current
	expect_status 2 'a command that prints nothing'
	PGPASSWORD='' run "$SQLMIGRATE" -d "$url" \
	    --password-command 'echo Zq7 Xw9' current
	expect_status 0 'an empty PGPASSWORD is none'
	PGPASSWORD='Zq7 Xw9' run "$SQLMIGRATE" -d "$url" \
	    --password-command 'touch ran' current
	expect_status 0 'PGPASSWORD comes before it'
	not_ok 'and the command is not run' test -e ran
	run "$SQLMIGRATE" -d "$url" -m . --password-command 'touch ran' verify \
	    --offline
	not_ok 'nor without a database' test -e ran
}

variables
template
if has_engine postgres; then
	password
fi
done_testing
