#!/bin/sh
# The manual is true: its examples run and print what it shows, and it has
# every option, event and exit status that there is.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"
# shellcheck source=tests/lib/session.sh
. "$top_srcdir/tests/lib/session.sh"

# The examples mean the program.
unset -f sqlmigrate

man=$top_srcdir/man
page=$man/sqlmigrate.1
conf=$man/sqlmigrate.conf.5

PATH=$(dirname "$SQLMIGRATE"):$PATH
for file in "$man"/*.[157]; do
	ok "$(basename "$file") has examples" \
	    grep -q '^\$ ' "$file"
	case $file in
	*runbook*) session_run "$file" yes ;;
	*) session_run "$file" no ;;
	esac
done

# Options: those of --help, and those that the page describes.
{
	"$SQLMIGRATE" help options
	for command in $("$SQLMIGRATE" --help |
	    sed -n '/^Options/q;s/^  \([a-z]\{1,\}\).*/\1/p'); do
		"$SQLMIGRATE" "$command" --help
	done
} | grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' >help.lines
grep -oE -e '--[a-z-]+' help.lines | sort -u >help.options
grep -E '^\.It Fl' "$page" | grep -oE 'Fl -[a-z-]+' | sed 's/Fl /-/' |
    sort -u >page.options
is "$(cat page.options)" "$(cat help.options)" \
    'the page has the options of --help, and no other'
grep -oE '^ +-[a-zA-Z],' help.lines | grep -oE '[a-zA-Z]' |
    sort -u >help.letters
grep -oE '^\.It Fl [a-zA-Z] ' "$page" | awk '{ print $3 }' | sort >page.letters
is "$(sort -u page.letters)" "$(cat help.letters)" 'and their letters'

# Settings: those of config, but for the two that choose what is read.
"$SQLMIGRATE" config --json | sed -n 's/.*"name":"\([^"]*\)".*/\1/p' |
    grep -vx -e env -e config | sort >settings
grep -E '^\.It Cm .* No = ' "$conf" | awk '{ print $3 }' | sort >conf.settings
is "$(cat conf.settings)" "$(cat settings)" \
    'sqlmigrate.conf(5) has an .It Cm of each setting, and of no other'

# What the page says of a setting, for the default that config tells.
about() {
	awk -v name="$1" '/^\.It / || /^\.El/ { on = $3 == name } on' "$conf"
}

"$SQLMIGRATE" config |
    awk '$3 == "default" && $2 != "no" && $2 != "-"' >defaults
ok 'there are defaults' test -s defaults
while read -r name value _; do
	like "$(about "$name")" "(^|[ ;])$value([ ,;.]|\$)" \
	    "sqlmigrate.conf(5) has the default of $name, $value"
done <defaults

# Its sample is a file that can be read, in each of its sections.
awk '/^\.Sh EXAMPLES/ { exit } /^\.Ed/ { on = 0 } on { print }
    /^\.Bd/ { on = 1 }' "$conf" >sample.conf
ok 'sqlmigrate.conf(5) has a sample' grep -q '^\[' sample.conf
# shellcheck disable=SC2013 # they are words
for section in $(sed -n 's/^\[\(.*\)\]$/\1/p' sample.conf); do
	run "$SQLMIGRATE" -c sample.conf -e "$section" -m . -t t config
	case $section in
	live) engine=postgres ;;
	*) engine=sqlite ;;
	esac
	has_engine "$engine" || continue
	expect_status 0 "its section [$section] is right"
	expect_stdout_like 'sample\.conf:[0-9]+$' 'and gives settings'
done

# Events, from the table of the JSON reporter.
grep -oE '\{"[a-z_]+", json_' "$top_srcdir/src/report/json.c" |
    grep -oE '[a-z_]+' | grep -v '^json_' | sort -u >events
for event in $(cat events) rolled_back error; do
	like "$(cat "$page")" "^\.It $event\$" "the page has the event $event"
done

# Exit statuses, from the codes.
# shellcheck disable=SC2013 # they are words
for code in $(grep -oE '= -[0-9]+' "$top_srcdir/src/base/err.h" |
    grep -oE '[0-9]+'); do
	like "$(sed -n '/^\.Sh EXIT/,/^\.Sh JSON/p' "$page")" \
	    "^\.It (.* , )?$code( , .*)?\$" "the page has status $code"
done
done_testing
