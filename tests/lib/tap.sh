# shellcheck shell=sh
# A small TAP producer for the end-to-end tests.  A test begins with
#
#	. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
#
# makes assertions, and ends with done_testing.  It then stands in a fresh
# temporary directory, $tmp, with no database variable set, and $SQLMIGRATE is
# the program.  A test that ends without done_testing, or made no assertion,
# has failed.
#
#	ok NAME CMD...			the command succeeds
#	not_ok NAME CMD...		the command fails
#	is GOT WANT NAME		the texts are equal
#	like GOT REGEX NAME		some line matches (grep -E)
#	unlike GOT REGEX NAME		no line matches
#	run CMD...			sets $status, $stdout and $stderr, and
#					leaves files of these names in $tap_dir
#	expect_status N [NAME]		of the last run, as are the rest
#	expect_stdout TEXT [NAME]
#	expect_stderr TEXT [NAME]
#	expect_stdout_like REGEX [NAME]
#	expect_stderr_like REGEX [NAME]
#	expect_stdout_unlike REGEX [NAME]
#	expect_stderr_unlike REGEX [NAME]
#	at_exit CMD			run at the end, the last one first

tap_count=0
tap_failed=0
tap_planned=
tap_last=
tap_exit=
tap_name=$(basename "$0" .t)

top_srcdir=$(cd "$top_srcdir" && pwd)
: "${top_builddir:=$(pwd)}"
: "${SQLMIGRATE:=$top_builddir/sqlmigrate}"
export SQLMIGRATE top_srcdir top_builddir

for tap_var in $(env | sed -n 's/^\(PG[A-Z_]*\)=.*/\1/p
    s/^\(POSTGRES_[A-Z_]*\)=.*/\1/p
    s/^\(SQLMIGRATE_[A-Z_]*\)=.*/\1/p'); do
	case $tap_var in
	SQLMIGRATE_TEST_POSTGRES | SQLMIGRATE_TORTURE) ;;
	*) unset "$tap_var" ;;
	esac
done
unset DATABASE_URL DATABASE_URL_FILE NO_COLOR tap_var
LC_ALL=C.UTF-8 TZ=UTC
export LC_ALL TZ

tap_dir=$(mktemp -d "${TMPDIR:-/tmp}/sqlmigrate-$tap_name.XXXXXX") || exit 99
tmp=$tap_dir/work
mkdir "$tmp" && chmod 755 "$tap_dir" "$tmp"
HOME=$tap_dir
export HOME

at_exit() {
	tap_exit="$1
$tap_exit"
}

tap_end() {
	tap_code=$?
	trap - EXIT
	trap '' HUP INT TERM
	eval "$tap_exit"
	cd / && rm -rf "$tap_dir"
	if [ -z "$tap_planned" ] && [ "$tap_code" -eq 0 ]; then
		echo "# $tap_name ended without done_testing" >&2
		tap_code=99
	fi
	exit "$tap_code"
}
trap tap_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

cd "$tmp" || exit 99

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$(printf %s "$1" | tr '\n#' ' /')"
}

# fail NAME [TEXT...]
fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" \
	    "$(printf %s "$1" | tr '\n#' ' /')"
	shift
	[ $# -eq 0 ] || diag "$@"
	return 0
}

ok() {
	tap_what=$1
	shift
	if "$@"; then pass "$tap_what"; else fail "$tap_what" "failed: $*"; fi
}

not_ok() {
	tap_what=$1
	shift
	if "$@"; then
		fail "$tap_what" "succeeded: $*"
	else
		pass "$tap_what"
	fi
}

is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3" "got:
$1
wanted:
$2"
	fi
}

like() {
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		pass "$3"
	else
		fail "$3" "got:
$1
wanted a match of: $2"
	fi
}

unlike() {
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		fail "$3" "got:
$1
wanted no match of: $2"
	else
		pass "$3"
	fi
}

run() {
	tap_last="$(basename "$1")"
	tap_program=$1
	shift
	[ $# -eq 0 ] || tap_last="$tap_last $*"
	status=0
	"$tap_program" "$@" >"$tap_dir/stdout" 2>"$tap_dir/stderr" || status=$?
	stdout=$(cat "$tap_dir/stdout")
	stderr=$(cat "$tap_dir/stderr")
}

expect_status() {
	# shellcheck disable=SC2154
	if [ "$status" -eq "$1" ]; then
		pass "${2:-$tap_last: exit status $1}"
	else
		fail "${2:-$tap_last: exit status $1}" "got status $status
stdout:
$stdout
stderr:
$stderr"
	fi
}

expect_stdout() {
	is "$stdout" "$1" "${2:-$tap_last: stdout}"
}

expect_stderr() {
	is "$stderr" "$1" "${2:-$tap_last: stderr}"
}

expect_stdout_like() {
	like "$stdout" "$1" "${2:-$tap_last: stdout matches $1}"
}

expect_stderr_like() {
	like "$stderr" "$1" "${2:-$tap_last: stderr matches $1}"
}

expect_stdout_unlike() {
	unlike "$stdout" "$1" "${2:-$tap_last: stdout has no $1}"
}

expect_stderr_unlike() {
	unlike "$stderr" "$1" "${2:-$tap_last: stderr has no $1}"
}

# plan N: say beforehand how many assertions there will be.
plan() {
	tap_planned=$1
	echo "1..$1"
}

done_testing() {
	[ "$tap_count" -gt 0 ] || fail 'at least one assertion was made'
	if [ -z "$tap_planned" ]; then
		plan "$tap_count"
	fi
	[ "$tap_failed" -eq 0 ] || exit 1
	exit 0
}
