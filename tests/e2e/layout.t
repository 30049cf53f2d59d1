#!/bin/sh
# How tables are laid out: titles, the width of a terminal, colours, times,
# and counts that add up.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

time='20[0-9]{2}-[0-9]{2}-[0-9]{2} ([0-9]{2}:?){3} UTC'
long=002_a_name_that_is_much_longer_than_any_screen_of_this_test_is_wide

# on_terminal COLUMNS ARGUMENT...: the output on a terminal of that width
on_terminal() {
	columns=$1
	shift
	TERM=xterm script -qec "stty cols $columns; $SQLMIGRATE -d '$DB_URL' \
	    -m m $*" /dev/null </dev/null | tr -d '\r' >said
}

widest() {
	sed 's/…/./g' said | awk '{ n = length($0); if (n > most) most = n }
	    END { print most + 0 }'
}

# 001 is applied, 002 is pending and has a long name.
pending() {
	one_applied
	mv m/002_b.sql "m/$long.sql"
	rm -f m/002_b_rollback.sql
	sqlmigrate apply 001
}

tables() {
	pending
	sqlmigrate status
	expect_stdout_like '^NO\.  STATE +NAME +APPLIED +NOTES$' \
	    "$engine: status has titles"
	expect_stdout_like "^001  applied  001_a +$time" \
	    "$engine: no version that nobody has chosen, the time with its zone"
	expect_stdout_like "^002  pending  $long " \
	    "$engine: nothing is cut in a file"
	expect_stdout_like '^2 migrations: 1 applied, 1 pending; .* at 001_a$'
	sqlmigrate history
	expect_stdout_like '^TIME +ACTION +OUTCOME +NAME +TOOK +NOTES$' \
	    "$engine: history has titles"
	expect_stdout_like "^$time  apply +done +001_a +(<1|[0-9]+) ms  by " \
	    "$engine: and times of the same form"
	sqlmigrate plan
	expect_stdout_like '^ACTION +NAME +NOTES$' "$engine: plan has titles"
	sqlmigrate -q status
	expect_stdout_unlike 'NO\.|migrations:' "$engine: -q: only the lines"
	sqlmigrate current
	expect_stdout '001_a' "$engine: current, without a chosen version"
}

# A chosen version is shown, also if it looks like a generated one.
chosen() {
	db_new
	put 001_a.sql '-- Version: 0.0.1' 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	expect_stdout_like 'the schema is at 0\.0\.1 \(001_a\)'
	sqlmigrate status
	expect_stdout_like '^001  applied  0\.0\.1 '
	sqlmigrate current
	expect_stdout '0.0.1 001_a'
}

terminal() {
	pending
	on_terminal 60 --color=never status
	ok "$engine: status fits 60 columns" [ "$(widest)" -le 60 ]
	like "$(cat said)" '^002  pending  002_a_nam…' \
	    "$engine: a long name ends in an ellipsis"
	like "$(cat said)" "^001  applied  001_a +$time" \
	    "$engine: times are not cut while a name can be"
	on_terminal 50 --color=never history
	ok "$engine: history fits 50 columns" [ "$(widest)" -le 50 ]
	on_terminal 200 --color=never status
	like "$(cat said)" "^002  pending  $long " "$engine: what fits is whole"
	on_terminal 200 status
	esc=$(printf '\033')
	like "$(cat said)" "$esc\\[[0-9;]*mpending$esc\\[0m" \
	    "$engine: a state has its colour"
	export NO_COLOR=1
	on_terminal 200 status
	unset NO_COLOR
	unlike "$(cat said)" "$esc\\[" "$engine: NO_COLOR: none"
	sqlmigrate status
	unlike "$stdout" "$esc\\[" "$engine: none in a file"
	sqlmigrate --color=always status
	like "$stdout" "$esc\\[[0-9;]*mpending" "$engine: unless asked for"
}

# Each migration counts once, whatever its state.
totals() {
	pending
	sqlmigrate apply
	put 001_a.sql 'CREATE TABLE changed (x INTEGER);'
	put 003_c.sql 'CREATE TABLE c (x INTEGER);'
	rm "m/$long.sql"
	db_sql "INSERT INTO schema_version (version) VALUES ('none of ours')"
	sqlmigrate status
	counts='0 applied, 1 pending, 1 changed, 1 missing, 1 unknown'
	expect_stdout_like "^4 migrations: $counts; " \
	    "$engine: the counts add up"
}

# The log shows the same time wherever, and however, it is read.
zones() {
	pending
	sqlmigrate history
	before=$stdout
	export PGTZ=Asia/Tokyo PGDATESTYLE=German TZ=Asia/Tokyo
	sqlmigrate history
	expect_stdout "$before" "$engine: another zone, the same time"
	unset PGTZ PGDATESTYLE
	TZ=UTC
}

for_each_engine tables
for_each_engine chosen
for_each_engine terminal
for_each_engine totals
for_each_engine zones
done_testing
