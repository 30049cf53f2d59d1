#!/bin/sh
# wait: what is worth waiting for, what is not, and the container's first
# start, whose temporary server is not the one to wait for.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

server() {
	pg_start_own || exit 99
	at_exit pg_stop
	PG_DB=postgres
	pg_sql "CREATE ROLE app LOGIN PASSWORD 'Zq7Xw9'"
	echo 'local all app scram-sha-256
local all all trust' >"$PG_ROOT/data/pg_hba.conf"
	pg_sql 'SELECT pg_reload_conf()' >/dev/null
	unset PGDATABASE
}

# at_once NAME: the last wait, which began at $began, did not take its 60 s.
at_once() {
	ok "$1: at once" test $(($(date +%s) - began)) -lt 30
}

# What does not mend itself ends the wait.
refused() {
	began=$(date +%s)
	run "$SQLMIGRATE" wait -d 'postgresql://app:Wr0ng@/postgres'
	expect_status 6 'a wrong password'
	expect_stdout ''
	expect_stderr_like 'password authentication failed.*SQLSTATE 28P01'
	unlike "$stderr" Wr0ng 'it is not shown'
	at_once 'a wrong password'

	began=$(date +%s)
	run "$SQLMIGRATE" wait -d 'postgresql://app@/postgres'
	expect_status 6 'no password'
	expect_stderr_like 'asks for a password'
	at_once 'no password'

	began=$(date +%s)
	run "$SQLMIGRATE" wait -d 'postgresql://nobody_there@/postgres'
	expect_status 6 'a role that is not there'
	expect_stderr_like 'role "nobody_there" does not exist'
	at_once 'no role'
}

# A database that is not there may come, and so may the server.
comes() {
	run "$SQLMIGRATE" wait -d postgresql:///later --timeout=500ms
	expect_status 6 'a database that does not come'
	expect_stderr_like 'database "later" does not exist'
	expect_stderr_like '^Detail: Waited for 500 ms\.$'

	"$SQLMIGRATE" wait -d postgresql:///later >later.out 2>&1 &
	waiting=$!
	sleep 0.5
	pg_sql 'CREATE DATABASE later'
	status=0
	wait "$waiting" || status=$?
	expect_status 0 'a database that comes'
	like "$(cat later.out)" '^ready: database later, ' 'and is ready'

	pg_crash
	"$SQLMIGRATE" wait -d postgresql:///later --json >later.out 2>&1 &
	waiting=$!
	sleep 0.5
	pg_resume
	status=0
	wait "$waiting" || status=$?
	expect_status 0 'a server that comes'
	like "$(cat later.out)" '^{"event":"ready",.*"database":"later"}$' \
	    'and is ready'
}

# A server that takes connections and says nothing.
silent() {
	kill -s STOP "$PG_OWN"
	run "$SQLMIGRATE" wait -d postgresql:///postgres --timeout=1s \
	    --connect-timeout=200ms
	kill -s CONT "$PG_OWN"
	expect_status 6 'a server that does not answer'
	expect_stdout ''
	expect_stderr_like '^sqlmigrate: cannot .*: no answer in time$'
	expect_stderr_like '^Detail: Waited for 1000 ms\.$'
	run "$SQLMIGRATE" wait -d postgresql:///postgres
	expect_status 0 'it answers again'
}

# in_container SHELL NAME=VALUE: wait in a namespace whose process 1 is that.
in_container() {
	run env "$2" unshare --pid --fork --mount-proc "$1" -c \
	    '"$SQLMIGRATE" wait --timeout=500ms; exit $?'
}

first_start() {
	if ! unshare --pid --fork --mount-proc true 2>/dev/null; then
		diag 'no process 1 of our own: passed over'
		return
	fi
	in_container bash POSTGRES_PASSWORD=any
	expect_status 6 'the entry point is still process 1'
	expect_stderr_like "the container's first start has not ended"
	in_container sh POSTGRES_PASSWORD=any
	expect_status 0 'another process 1'
	in_container bash DATABASE_URL=postgresql:///postgres
	expect_status 0 'a database that is named'
}

has_engine postgres || {
	pass 'no PostgreSQL here: nothing to wait for'
	done_testing
	exit 0
}
server
refused
comes
silent
first_start
done_testing
