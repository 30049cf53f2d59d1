#!/bin/sh
# migrate.sh [-h HOST] [-p PORT] [-U USER] [-d DATABASE]
#     [up [NNN] | down [NNN] | status]
#
# Stands in for a shell loop that piped files into psql: the options are
# psql's, and go before what the environment says.  MIGRATIONS_DIR names the
# folder.
set -eu
: "${MIGRATIONS_DIR:=$(dirname "$0")/migrations}"

usage() {
	echo "usage: $0 [-h HOST] [-p PORT] [-U USER] [-d DATABASE]" \
	    '[up [NNN] | down [NNN] | status]' >&2
	exit 2
}

run() {
	exec sqlmigrate --dir "$MIGRATIONS_DIR" "$@"
}

address=
while getopts h:p:U:d: option; do
	case $option in
	h) export PGHOST="$OPTARG" ;;
	p) export PGPORT="$OPTARG" ;;
	U) export PGUSER="$OPTARG" ;;
	d)
		case $OPTARG in
		*:* | *=*) address=$OPTARG ;;
		*) export PGDATABASE="$OPTARG" ;;
		esac
		;;
	*) usage ;;
	esac
done
if [ "$OPTIND" -gt 1 ]; then
	unset SQLMIGRATE_DATABASE DATABASE_URL DATABASE_URL_FILE
	[ -z "$address" ] || export DATABASE_URL="$address"
fi
shift $((OPTIND - 1))

command=${1-up}
[ $# -eq 0 ] || shift
case $command in
up | migrate | apply) run apply "$@" ;;
down | rollback) run rollback "$@" ;;
status | list) run status "$@" ;;
*) usage ;;
esac
