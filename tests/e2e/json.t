#!/bin/sh
# The keys of each JSON event are those that the manual has, in its order.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# say ARGUMENT...: run it, and keep what it says.
say() {
	"$SQLMIGRATE" -d "$DB_URL" -m m --json "$@" >>"$tmp/said" 2>"$tmp/err"
	[ ! -s "$tmp/err" ] || cat "$tmp/err" >>"$tmp/errors"
}

# Something of every event, but for those of waiting.
session() {
	db_new
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE b;'
	say init
	for command in plan apply status current history verify wait config \
	    help 'plan --sql --from 0' 'backup one' 'apply -vv' redo \
	    'stamp --undo 002 --yes' 'stamp 002' 'rollback -1' 'apply -vv' \
	    renumber 'renumber --from 0' nosuch 'new c'; do
		# shellcheck disable=SC2086 # words
		say $command
	done
	rm m/003_c*
	say dump
	put 002_b_rollback.sql 'CREATE TABLE c (x INTEGER);' 'DROP TABLE b;'
	say prove --all
	rm m/002*
	say rollback --stored
	put 003_c.sql "$(case $engine in
	postgres) echo "DO \$\$ BEGIN RAISE NOTICE 'n'; END \$\$;" ;;
	esac)" 'SELECT 1 AS x;' 'SELECT nosuch;'
	say apply -v
	printf '' >m/004_d.sql
	say verify
	db_new
	db_sql 'CREATE TABLE schema_version (version varchar(50) PRIMARY KEY,
	    applied_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
	    description text)' \
	    "INSERT INTO schema_version (version) VALUES ('0.0.1')"
	say init
	rm -rf m one
}

cat >check.py <<'END'
import json, re, sys

page, said = sys.argv[1:]
text = open(page).read()
text = text[text.index('.Sh JSON OUTPUT'):text.index('.Sh EXAMPLES')]
known = {}
for name, keys in re.findall(r'^\.It (\w+)\n((?:[^.].*\n)*)', text, re.M):
    keys = re.sub(r'\([^)]*\)|[:;].*', '', keys.replace('\n', ' '))
    known[name] = [key.strip() for key in keys.split(',') if key.strip()]
for name, keys in known.items():
    if keys and keys[0].startswith('as '):
        known[name] = known[keys[0][3:]]
known['setting_end'] = []
seen, before = set(), None
stamp = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{%d}Z'
first = '0001-01-01T00:00:00.000000Z'
for line in open(said):
    event = json.loads(line)
    assert list(event)[-2:] == ['time', 'database'], line
    assert re.fullmatch(stamp % 3, event.pop('time')), line
    database = event.pop('database')
    for key in ('applied_at', 'logged_at'):
        assert re.fullmatch(stamp % 6, event.get(key) or first), line
    name = event.pop('event')
    assert database or name not in ('applied', 'failed', 'summary', 'status',
                                    'log', 'backup', 'proof_end'), line
    assert before != 'failed' or name == 'error', line
    if name not in seen and known[name] != list(event):
        print(name, known[name], list(event))
    seen.add(name)
    before = name
waiting = {'lock_wait', 'retry', 'progress', 'server_notice', 'moved'}
print('never said:', sorted(set(known) - seen - waiting))
END

for_each_engine session
is "$(python3 check.py "$top_srcdir/man/sqlmigrate.1" said)" \
    'never said: []' 'the manual has the keys of every event'
is "$(cat errors 2>/dev/null)" '' 'nothing is on standard error'
done_testing
