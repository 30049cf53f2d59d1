#!/bin/sh
# wait: what is worth waiting for, what is not, and the container's first
# start, whose temporary server is not the one to wait for.
# Budget: messages are matched on one line.
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

# hopeless NAME URL REGEX: waiting does not help, so it ends at once.
hopeless() {
	began=$(date +%s)
	run "$SQLMIGRATE" wait -d "$2"
	expect_status 6 "$1"
	expect_stdout ''
	expect_stderr_like "$3"
	expect_stderr_unlike 'Gave up'
	at_once "$1"
}

# What libpq refuses itself is shown, and not waited for.
settings() {
	hopeless 'a bad sslmode' 'postgresql:///postgres?sslmode=no-verify' \
	    'cannot connect to .*: invalid sslmode value: "no-verify"$'
	hopeless 'a service that is in no file' 'service=nosuch' \
	    'definition of service "nosuch" not found$'
}

# A name may become known, and a server may become a standby.
heals() {
	run "$SQLMIGRATE" wait --timeout=300ms \
	    -d 'postgresql://u@no-such-host.invalid/d'
	expect_status 6 'a host name that is not known'
	expect_stderr_like 'could not translate host name "no-such-host\.invalid"'
	expect_stderr_like 'Gave up after 0\.3 s\.$'
	run "$SQLMIGRATE" wait --timeout=300ms \
	    -d 'postgresql:///postgres?target_session_attrs=standby'
	expect_status 6 'a server that is no standby'
	expect_stderr_like 'not in hot standby mode$'
	run "$SQLMIGRATE" wait --timeout=300ms -d 'postgresql://u@127.0.0.1:1/d'
	expect_status 6 'a port where nobody listens'
	expect_stderr_like 'port 1 failed: Connection refused Is the server running'

	run "$SQLMIGRATE" wait --timeout=6s -d 'postgresql://u@127.0.0.1:1/d'
	is "$(printf '%s\n' "$stderr" | grep -c 'notice: waiting, 5 of 6 s: cannot connect to .*refused')" \
	    1 'every five seconds the reason is shown'
	expect_stderr_like 'Gave up after 6 s\.$'
	run "$SQLMIGRATE" wait --timeout=6s --json \
	    -d 'postgresql://u@127.0.0.1:1/d'
	expect_stdout_like '"event":"notice","text":"waiting, 5 of 6 s: '
}

# A database that does not exist may be created, and so may the server come.
comes() {
	run "$SQLMIGRATE" wait -d "postgresql:///a b's" --timeout=500ms
	expect_status 6 'a database that does not come'
	expect_stderr_like "database \"a b's\" does not exist"
	expect_stderr_like 'Gave up after 0\.5 s\.$'
	hint=$(printf '%s\n' "$stderr" |
	    sed -n 's/^Hint: If nothing else creates it, run: //p')
	ok "as the hint says: $hint" env PATH="$PG_BIN:$PATH" sh -c "$hint"
	run "$SQLMIGRATE" wait -d "postgresql:///a b's" --timeout=500ms
	expect_status 0 'a database that the hint has created'

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
	expect_stderr_like 'Gave up after 1 s\.$'
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
settings
heals
comes
silent
first_start
done_testing
