#!/bin/sh
# migrate.sh [up [NNN] | down [NNN] | status]: stands in for a shell loop that
# piped files into psql, and hands over to sqlmigrate.  Takes the database from
# DATABASE_URL or the PG* variables, as psql does, and the folder from
# MIGRATIONS_DIR.
set -eu
: "${MIGRATIONS_DIR:=$(dirname "$0")/migrations}"

run() {
	exec sqlmigrate --dir "$MIGRATIONS_DIR" "$@"
}

command=${1-up}
[ $# -eq 0 ] || shift
case $command in
up | migrate | apply) run apply "$@" ;;
down | rollback) run rollback "$@" ;;
status | list) run status "$@" ;;
*)
	echo "usage: $0 [up [NNN] | down [NNN] | status]" >&2
	exit 2
	;;
esac
