#!/bin/sh
# What libpq does for us: passwords from its files, services, and TLS with the
# server's name checked.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# Nobody else listens on it, as far as we can see.
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
	    -addext subjectAltName=DNS:localhost -keyout "$1.key" \
	    -out "$1.crt" 2>/dev/null
	chmod 600 "$1.key"
	[ "$(id -u)" -ne 0 ] || chown "$(pg_user)" "$1.key" "$1.crt"
}

server() {
	port=$(free_port)
	certificate "$tmp/server"
	printf '%s\n' 'local all all trust' \
	    'hostssl all all 127.0.0.1/32 scram-sha-256' >"$tmp/hba"
	chmod 644 "$tmp/hba"
	at_exit pg_stop
	PG_OWN_PORT=$port
	pg_start_own "listen_addresses = '127.0.0.1'" 'ssl = on' \
	    "ssl_cert_file = '$tmp/server.crt'" \
	    "ssl_key_file = '$tmp/server.key'" "hba_file = '$tmp/hba'" ||
	    exit 99
	PG_DB=postgres
	pg_sql "CREATE ROLE app LOGIN PASSWORD 's3cr3t-1'" \
	    'CREATE DATABASE app OWNER app'
	# From here on only what a test sets.
	unset PGHOST PGPORT PGUSER
	mkdir m
	echo 'CREATE TABLE seen AS SELECT ssl FROM pg_stat_ssl
	    WHERE pid = pg_backend_pid();' >m/001_a.sql
	watched="DO \$\$ BEGIN
	    ASSERT current_setting('tcp_keepalives_idle') = '15';
	    ASSERT current_setting('client_connection_check_interval') = '500ms';
	END \$\$;"
	echo "$watched" >m/002_b.sql
	printf '%s\n' '-- sqlmigrate: no-transaction' "$watched" >m/003_c.sql
}

# connects WANT NAME ARGUMENT...: status of current, and no password told.
connects() {
	want=$1
	name=$2
	shift 2
	run "$SQLMIGRATE" -m m "$@" current
	expect_status "$want" "$name"
	unlike "$stdout$stderr" 's3cr3t' "$name: no password is told"
}

# at_once REGEX ADDRESS: wait does not wait for what stays as it is.
at_once() {
	began=$(date +%s)
	run "$SQLMIGRATE" wait -d "$2"
	expect_status 6 "wait: $1"
	expect_stderr_like "^sqlmigrate: cannot connect to .*$1"
	expect_stderr_unlike 'Gave up|s3cr3t'
	ok "wait: $1: at once" test $(($(date +%s) - began)) -lt 30
}

tls() {
	base="host=localhost hostaddr=127.0.0.1 port=$port dbname=app user=app"
	full="sslmode=verify-full sslrootcert=$tmp/server.crt"
	export PGPASSWORD=s3cr3t-1
	run "$SQLMIGRATE" -m m -d "$base $full" apply
	expect_status 0 'verify-full, and the server watches its client'
	connects 0 'by a URL' -d \
	    "postgresql://app@localhost:$port/app?sslmode=verify-full&sslrootcert=$tmp/server.crt"
	connects 6 'another name' -d \
	    "host=127.0.0.1 port=$port dbname=app user=app $full"
	expect_stderr_like 'certificate for "localhost" .*does not match'
	certificate "$tmp/other"
	connects 6 'another authority' -d \
	    "$base sslmode=verify-full sslrootcert=$tmp/other.crt"
	expect_stderr_like 'certificate verify failed'
	connects 6 'no authority' -d \
	    "$base sslmode=verify-full sslrootcert=$tmp/nosuch.crt"
	connects 6 'no TLS' -d "$base sslmode=disable"
	at_once 'root certificate file ".*nosuch.crt" does not exist' \
	    "$base sslmode=verify-full sslrootcert=$tmp/nosuch.crt"
	at_once 'certificate verify failed' \
	    "$base sslmode=verify-full sslrootcert=$tmp/other.crt"
	at_once 'server certificate for "localhost" .*does not match' \
	    "host=127.0.0.1 port=$port dbname=app user=app $full"
	at_once 'certificate present, but not private key file ".*nosuch.key"' \
	    "$base sslmode=require sslcert=$tmp/server.crt sslkey=$tmp/nosuch.key"
	unset PGPASSWORD
	connects 0 'the password in the address' -d \
	    "postgresql://app:s3cr3t-1@localhost:$port/app"
	connects 6 'a wrong one' -d \
	    "postgresql://app:s3cr3t-2@localhost:$port/app"
	expect_stderr_like 'password authentication failed for user "app"'
}

files() {
	base="host=localhost port=$port dbname=app user=app"
	connects 6 'no password' -d "$base"
	echo "localhost:$port:app:app:s3cr3t-1" >"$HOME/.pgpass"
	chmod 600 "$HOME/.pgpass"
	connects 0 'the password file' -d "$base"
	mv "$HOME/.pgpass" other
	PGPASSFILE=$PWD/other connects 0 'PGPASSFILE' -d "$base"
	printf '%s\n' '[live]' 'host=localhost' "port=$port" 'dbname=app' \
	    'user=app' 'password=s3cr3t-1' >"$HOME/.pg_service.conf"
	connects 0 'a service' -d 'service=live'
	PGSERVICE=live connects 0 'PGSERVICE'
	PGSERVICE=dead connects 6 'a service that there is not'
	export PGHOST=localhost "PGPORT=$port" PGUSER=app
	PGDATABASE=app PGPASSWORD=s3cr3t-1 connects 0 'PG* variables'
	unset PGHOST PGPORT PGUSER
}

has_engine postgres || {
	diag 'PostgreSQL is not here'
	pass 'nothing to test'
	done_testing
	exit
}
server
tls
files
export PGPASSWORD=s3cr3t-1
is "$("$PG_BIN/psql" -XAtq -c 'SELECT ssl FROM seen' \
    "host=localhost port=$port dbname=app user=app")" t 'TLS was in use'
unset PGPASSWORD
PGHOST=$PG_ROOT PGPORT=$port PGUSER=postgres
export PGHOST PGPORT PGUSER
done_testing
