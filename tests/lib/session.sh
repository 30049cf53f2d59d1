# shellcheck shell=sh
# Sessions of a manual page: what is typed and what it prints, run again and
# compared; use after database.sh.
#
#	session_run PAGE ALL	run the sessions of its sections EXAMPLES and
#				PROCEDURES; ALL is yes where they show standard
#				error, too
#
# A session is a literal block that begins with a command.  In it
#
#	$ COMMAND	is typed, and must end with 0: where it does not, the
#			page has to show the status, by echo
#	> MORE		is typed, too, at the prompt of a command that goes on
#	.\"$ COMMAND	is not printed: what somebody else did, or does
#
# A command that sets DATABASE_URL tells of which engine the sessions are from
# there on; before it they are of SQLite.  Each engine has a directory of its
# own with the sample migrations, and PostgreSQL an empty database app, whose
# owner is app; its socket stands for the one in /var/run/postgresql.  The
# sessions of an engine that is not there are passed over.

# The sessions of page $1 for engine $2.
session_text() {
	awk -v engine="$2" 'BEGIN { now = "sqlite" }
	    /^\.Sh / { inside = $2 == "EXAMPLES" || $2 == "PROCEDURES" }
	    /^\.Bd / { fresh = inside; block = 0; next }
	    /^\.Ed/ { block = fresh = 0 }
	    fresh { block = /^(\.\\")?\$ /; fresh = 0 }
	    !block { next }
	    { gsub(/\\e/, "\\"); sub(/^\\\&/, "") }
	    /\$ export DATABASE_URL=postgresql:/ { now = "postgres" }
	    /\$ export DATABASE_URL=sqlite:/ { now = "sqlite" }
	    now == engine' "$1"
}

# Durations, times and places differ from run to run.
session_same() {
	sed -E 's/\(<?[0-9]+ ms\)/(N ms)/g; s/in <?[0-9]+ ms/in N ms/
	    s/in [0-9.]+ s;/in N ms;/; s/\([0-9.]+ s\)/(N ms)/
	    s/[0-9.]+ [kM]B, <?[0-9]+ ms, SHA-256 [0-9a-f]+/MB/
	    s/SQLite 3[0-9.]+/SQLite 3/; s/PostgreSQL 1[0-9.]+/PostgreSQL 1/
	    s/pid [0-9]+/pid N/
	    s/20[0-9]{2}-[0-9-]+ [0-9:.]+ UTC/TIME/g; s/ +$//' |
	    sed "s#${PGHOST:-/none}#/var/run/postgresql#g"
}

# Run what was typed, now that all of it was read.
session_type() {
	[ -n "$session_command" ] || return 0
	session_status=0
	session_command=$(printf '%s\n' "$session_command" |
	    sed "s#/var/run/postgresql#${PGHOST:-/none}#g")
	if [ "$session_all" = yes ]; then
		eval "$session_command" 2>&1 </dev/null 3<&-
	else
		eval "$session_command" 2>/dev/null </dev/null 3<&-
	fi || session_status=$?
	[ "$session_status" -eq 0 ] ||
	    echo "(it ended with $session_status, which is not shown)"
	session_command=
}

# Type what is in the file session.
session_play() {
	session_command=
	while IFS= read -r session_line; do
		case $session_line in
		'$ '*)
			session_type
			session_command=${session_line#??}
			;;
		'> '*)
			[ -n "$session_command" ] || continue
			session_command="$session_command
${session_line#??}"
			;;
		'.\"$ '*)
			session_type
			eval "${session_line#?????}" >/dev/null 2>&1 \
			    </dev/null 3<&-
			continue
			;;
		*)
			session_type
			continue
			;;
		esac
		printf '%s\n' "$session_line"
	done 3<&0
	session_type
}

session_server() {
	pg_start_own || exit 99
	at_exit pg_stop
	PATH=$PATH:$PG_BIN
	PG_DB=postgres
	pg_sql 'CREATE ROLE app LOGIN' 'CREATE DATABASE app OWNER app'
	unset PGUSER
}

session_run() {
	session_page=$(basename "$1")
	session_all=$2
	for session_engine in $(engines); do
		mkdir -p "$tmp/$session_page.$session_engine"
		cd "$tmp/$session_page.$session_engine" || exit 99
		session_text "$1" "$session_engine" >../session
		[ -s ../session ] || continue
		cp -r "$top_srcdir/migrations" .
		[ "$session_engine" != postgres ] || session_server
		session_play <../session >../got
		unset DATABASE_URL
		grep -v '^\.\\"' ../session >../wanted
		is "$(session_same <../got)" "$(session_same <../wanted)" \
		    "$session_page: its sessions of $session_engine are true"
		if [ "$session_engine" = postgres ]; then
			pg_stop
			unset PGHOST PGPORT
		fi
	done
	cd "$tmp" || exit 99
}
