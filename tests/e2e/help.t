#!/bin/sh
# Help: every example runs, the runbook in short names what exists, and words
# of other tools lead to commands that run.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

program=$SQLMIGRATE
PATH=$(dirname "$SQLMIGRATE"):$PATH
unset -f sqlmigrate

commands() {
	"$program" --help | sed -n '/^Options/q;s/^  \([a-z]\{1,\}\).*/\1/p'
}

examples() {
	"$program" help "$@" | sed -n '/^Examples/,/^$/s/^  //p'
}

# A directory of its own where 001 and 002 are applied and 003 is pending.
begin() {
	cd "$tmp" || exit 99
	rm -rf case && mkdir case && cd case || exit 99
	DATABASE_URL=sqlite:app.db
	export DATABASE_URL
	mkdir migrations
	for n in 1 2 3; do
		name=migrations/00${n}_t$n
		echo "CREATE TABLE t$n (x INTEGER);" >"$name.sql"
		echo "DROP TABLE t$n;" >"${name}_rollback.sql"
	done
	printf '%s\n' '[live]' 'dir = migrations' >sqlmigrate.conf
	"$program" -q apply 002 >made 2>&1
	"$program" dump >schema.txt
}

if ! has_engine sqlite; then
	run "$program" --help
	expect_status 0
	done_testing
fi

for command in '' $(commands); do
	# shellcheck disable=SC2086 # none is no argument
	examples $command >lines
	ok "help $command has examples" test -s lines
	while IFS= read -r line; do
		begin
		case $command in
		rollback | stamp) "$program" -q apply >made 2>&1 ;;
		esac
		run sh -c "$line" </dev/null
		expect_status 0 "example: $line"
	done <lines
	cd "$tmp" || exit 99
done

# The runbook: each section exists, and each status is one that there is.
run "$program" help runbook
expect_status 0
printf '%s\n' "$stdout" | sed -n 's/^  [0-9]  \(.*\):$/\1/p' >titles
for title in 'A migration has failed' 'A migration is half applied' \
    'Somebody else holds the lock' 'The database cannot be reached' \
    'A file was changed after it was applied' \
    'Two branches have the same number'; do
	ok "the runbook in short has: $title" grep -qx "$title" titles
	ok "and so has the manual: $title" \
	    grep -qx "\.Ss $title" "$top_srcdir/man/sqlmigrate-runbook.7"
done
grep -oE '= -[0-9],' "$top_srcdir/src/base/err.h" | tr -cd '0-9\n' >codes
ok 'there are exit statuses' test -s codes
while read -r status; do
	like "$stdout" "^  $status  " "the runbook in short has status $status"
done <codes

# Words of other tools.
for word in up down migrate create upgrade downgrade heads revision generate \
    validate check baseline reset version info; do
	begin
	[ "$word" != reset ] || "$program" -q apply >made 2>&1
	run "$program" "$word"
	expect_status 2
	expect_stderr_like '^Hint: Here that is "sqlmigrate [a-z]'
	line=$(printf '%s\n' "$stderr" |
	    sed -n 's/^Hint: Here that is "\([^"]*\)".*/\1/p' |
	    sed 's/NAME/add_phone/; s/TARGET/003/')
	# shellcheck disable=SC2086 # they are words
	run $line --yes </dev/null
	[ "$status" -eq 0 ] || run $line </dev/null
	expect_status 0 "$word: $line runs"
done
for target in head latest base; do
	begin
	run "$program" apply "$target"
	expect_status 2
	case $target in
	base) expect_stderr_like '^Hint: sqlmigrate rollback --all ' ;;
	*) expect_stderr_like '^Hint: sqlmigrate apply and sqlmigrate plan ' ;;
	esac
done
run "$program" rollback --all --yes
expect_status 0 'the hint for base runs'
run "$program" apply
expect_status 0 'the hint for head runs'
run "$program" stamp --undo --all --yes
expect_status 0 'and so does that for the rows that were stamped'

# -n, -y, and status --pending.
begin
run "$program" apply -n
expect_status 0
expect_stdout_like '003_t3'
is "$("$program" current)" 002_t2 '-n applies nothing'
run "$program" status --pending
expect_status 0
expect_stdout_like '003_t3'
expect_stdout_unlike '^00[12] '
expect_stdout_like '^3 migrations: 2 applied, 1 pending'
run "$program" -y rollback --all
expect_status 0 '-y answers the question'
run "$program" history -n 1
expect_status 0
done_testing
