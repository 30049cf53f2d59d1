#!/bin/sh
# Each error that has a location shows the line and a caret, also one that is
# found before anything runs.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# framed FILE LINE COLUMN SOURCE: the error is there, and shows that line with
# its number, and the caret below it
framed() {
	expect_stderr_like "^sqlmigrate: ([^ ]*/)?$1:$2:$3: " \
	    "$engine: it is at $1:$2:$3"
	is "$(printf '%s\n' "$stderr" | grep -A1 '^ *[0-9][0-9]* | ')" \
	    "$(printf '%5s | %s\n%5s | %*s' "$2" "$4" '' "$3" '^')" \
	    "$engine: and shows $4"
}

# refused LINE COLUMN TEXT...: a first migration of these lines; the error
# shows that line
refused() {
	line=$1 column=$2
	shift 2
	rm -rf m
	put 001_a.sql "$@"
	sqlmigrate apply
	expect_status 2
	framed 001_a.sql "$line" "$column" \
	    "$(sed -n "${line}p" m/001_a.sql)"
}

before() {
	db_new
	refused 2 8 'SELECT 1;' "SELECT 'open;"
	refused 2 1 'SELECT 1;' 'COMMIT;'
	refused 2 1 'CREATE TABLE a (x INTEGER);' 'VACUUM;'
	refused 1 13 '-- Version: 1.x' 'SELECT 1;'
	refused 1 16 '-- sqlmigrate: no-transactoin' 'SELECT 1;'
	refused 1 15 '-- Migration: 007_other' 'SELECT 1;'
	case $engine in
	postgres) refused 2 1 "SELECT 'SELECT 1'" '\gexec' ;;
	esac
}

# A rollback that does not fit; verify shows the same.
pairs() {
	db_new
	db_sql 'CREATE TABLE z (x INTEGER)'
	version='-- Version: 1.2.0 -> 1.0.0'
	put 001_a.sql '-- Version: 1.0.0' 'SELECT 1;'
	put 002_b.sql '-- Version: 1.1.0' 'SELECT 1;'
	put 002_b_rollback.sql "$version" 'SELECT 1;'
	sqlmigrate apply
	expect_status 2
	framed 002_b_rollback.sql 1 13 "$version"
	sqlmigrate verify
	stderr=$(printf '%s\n' "$stdout" | sed 's/^error/sqlmigrate/')
	framed 002_b_rollback.sql 1 13 "$version"
	sqlmigrate --json verify
	expect_stdout_like "\"event\":\"finding\".*\"source\":\"$version\","
	sqlmigrate --color=always verify
	esc=$(printf '\033')
	expect_stdout_like "^$esc\\[1;31merror$esc\\[0m: " \
	    "$engine: an error has its colour"
}

# Text that does not come from a file of the directory.
elsewhere() {
	db_new
	db_sql 'CREATE TABLE z (x INTEGER)'
	put 001_a.sql 'SELECT 1;' "SELECT 'open;"
	tar -cf a.tar m
	run "$SQLMIGRATE" -d "$DB_URL" -m - apply <a.tar
	expect_status 2
	framed 001_a.sql 2 8 "SELECT 'open;"
	put 001_a.sql 'SELECT 1;'
	{
		"$SQLMIGRATE" -d "$DB_URL" dump | head -n 1
		printf 'table a\nnonsense\n'
	} >dump.txt
	sqlmigrate verify --against dump.txt
	framed dump.txt 3 1 nonsense
	echo 'lock-wiat = 5s' >sqlmigrate.conf
	sqlmigrate status
	framed sqlmigrate.conf 1 1 'lock-wiat ='
	echo 'databse = postgresql://u:Secr3t@h/d' >sqlmigrate.conf
	sqlmigrate status
	expect_status 2
	expect_stderr_like '^sqlmigrate: sqlmigrate\.conf:1:1: '
	expect_stderr_unlike 'Secr3t' "$engine: a password is not shown"
	rm sqlmigrate.conf
}

for_each_engine before
for_each_engine pairs
for_each_engine elsewhere
done_testing
