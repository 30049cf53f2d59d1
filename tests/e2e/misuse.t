#!/bin/sh
# Mistakes of every kind, from the table tests/data/misuse.txt: each has its
# status and its message, changes nothing, and shows no password.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

table=$top_srcdir/tests/data/misuse.txt
secret=s3cr3t

# Every case has a copy of this folder: two applied, one pending.
make_base() {
	umask 022
	mkdir base bin
	cp "$SQLMIGRATE" bin/sqlmigrate
	cat >bin/unprivileged <<-'EOT'
		#!/bin/sh
		[ "$(id -u)" -ne 0 ] && exec "$@"
		exec setpriv --reuid "$(id -u nobody)" --clear-groups "$@"
	EOT
	chmod 755 bin/*
	PATH=$tmp/bin:$PATH
	cd base || exit 99
	mkdir migrations
	for i in 1_users 2_phone 3_prefs; do
		echo "CREATE TABLE t$i (x INTEGER);" |
		    sed 's/t\(.\)_[a-z]*/t\1/' >"migrations/00$i.sql"
	done
	echo 'DROP TABLE t1;' >migrations/001_users_rollback.sql
	echo 'DROP TABLE t2;' >migrations/002_phone_rollback.sql
	"$tmp/bin/sqlmigrate" -q -d sqlite:app.db apply 002 || exit 99
	cd "$tmp" || exit 99
}

# The sqlmigrate of a case is the program, not the function.
unset -f sqlmigrate

# All that is in the folder.
contents() {
	find . -printf '%y %m %p %l\n' | LC_ALL=C sort
	find . -type f -exec cksum {} + | LC_ALL=C sort
}

# The message as it is wanted, as an expression for grep; [...] is any text.
pattern() {
	printf '%s' "$1" | sed 's/[][\.*^$+?(){}|]/\\&/g
	    s/\\\[\\\.\\\.\\\.\\\]/.*/g' | tr '\n' '\001'
}

said() {
	if printf '%s' "$stderr" | tr '\n' '\001' |
	    grep -Eqx -e "$(pattern "$1")"; then
		pass "$2"
	else
		fail "$2" "got:
$stderr
wanted:
$1"
	fi
}

# A password is shown in no form of the output.
hidden() {
	unlike "$stdout$stderr" "$secret" "$1: no password"
	run env SQLMIGRATE_JSON=yes SQLMIGRATE_VERBOSE=2 sh -c "$1"
	expect_status "$want" "$1: the same as JSON"
	unlike "$stdout$stderr" "$secret" "$1: no password in JSON"
}

# One case: $setup, $command, $want, $text, $prints.
try() {
	rm -rf case
	cp -a base case
	cd case || exit 99
	eval "$setup"
	contents >../before
	run sh -c "$command"
	expect_status "$want" "$command: status $want"
	said "$text" "$command: message"
	[ -n "$prints" ] || is "$stdout" '' "$command: no result"
	case $setup$command in
	*"$secret"*)
		secrets=$((secrets + 1))
		hidden "$command"
		;;
	esac
	contents >../after
	cd .. || exit 99
	ok "$command: changes nothing" cmp -s before after
}

fresh() {
	setup='' command='' want='' text='' prints='' needs=''
}

finish() {
	[ -n "$command" ] || return 0
	cases=$((cases + 1))
	case $needs in
	postgres) [ "${WITH_POSTGRES-yes}" = yes ] && try ;;
	*) try ;;
	esac
	fresh
}

nl='
'
cases=0
secrets=0

read_table() {
	fresh
	while IFS= read -r line; do
		case $line in
		'') finish ;;
		'#'*) ;;
		'% '*) setup=$setup$nl${line#??} ;;
		'$ '*) command=${line#??} ;;
		'= '*) want=${line#??} ;;
		'& '*) needs=${line#??} ;;
		'>') prints=yes ;;
		*) text=$text${text:+$nl}$line ;;
		esac
	done <"$table"
	finish
}

# The list of processes, while a command runs: its arguments hold none.
listed() {
	for form in '-d %s' '--database=%s' '--database %s -q' '-qd%s' \
	    '--direct=%s'; do
		# shellcheck disable=SC2046,SC2059
		"$SQLMIGRATE" wait --timeout=60s $(printf -- "$form" \
		    "postgresql://u:$secret-1@127.0.0.1:1/d") >out 2>&1 &
		pid=$!
		ok "$form: it has begun" eventually \
		    grep -qa xxxxxxxx "/proc/$pid/cmdline"
		like "$(tr '\0' '\n' <"/proc/$pid/cmdline")" '^wait$' \
		    "$form: the command is in the list of processes"
		not_ok "$form: the password is not" \
		    grep -qa "$secret" "/proc/$pid/cmdline"
		kill -s TERM "$pid"
		status=0
		wait "$pid" || status=$?
		expect_status 143 "$form: it can be stopped"
		not_ok "$form: nor in what it prints" grep -q "$secret" out
	done
}

# What is kept in the database, of a success and of a failure.
logged() {
	engine=postgres
	db_new
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 002_b.sql 'CREATE TABLE a (x INTEGER);'
	run "$SQLMIGRATE" -m m \
	    -d "postgresql://postgres:$secret-1@/$PG_DB?host=$PGHOST" apply
	expect_status 1 'a migration that fails'
	unlike "$stdout$stderr" "$secret" 'no password in what is said'
	like "$(pg_sql 'TABLE schema_version_log')" 'already exists' \
	    'the failure is in the log'
	unlike "$(pg_sql 'TABLE schema_version' 'TABLE schema_version_log' \
	    'TABLE schema_version_journal')" "$secret" 'no password is kept'
}

if ! has_engine sqlite; then
	pass 'the cases need SQLite'
	done_testing
fi
make_base
read_table
ok 'there are cases' test "$cases" -ge 80
enough=10
if has_engine postgres; then
	enough=100
	listed
	logged
fi
ok 'there are cases with passwords' test "$secrets" -ge "$enough"
done_testing
