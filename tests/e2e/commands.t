#!/bin/sh
# The commands: their targets, their options, what they print, as JSON too.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

sqlmigrate() {
	run "$SQLMIGRATE" -d "$DB_URL" "$@"
}

numbers() {
	db_sql 'SELECT number FROM schema_version ORDER BY number' | tr '\n' ' '
}

# applied WANT ARGUMENT...: after the command, these are applied
applied() {
	want=$1
	shift
	sqlmigrate "$@"
	expect_status 0 "$engine: $*"
	is "$(numbers)" "$want" "$engine: $*: what is applied"
}

five() {
	db_new
	rm -rf migrations
	mkdir migrations
	for i in 1 2 3 4 5; do
		printf -- '-- Version: 1.%d.0\nCREATE TABLE t%d (x INTEGER);\n' \
		    "$i" "$i" >"migrations/00${i}_t.sql"
		echo "DROP TABLE t$i;" >"migrations/00${i}_t_rollback.sql"
	done
}

targets() {
	five
	sqlmigrate init
	expect_status 0
	sqlmigrate init
	expect_status 0 "$engine: init twice does no harm"
	sqlmigrate apply --dry-run
	expect_status 0
	expect_stdout_like '^apply +1\.5\.0 +005_t'
	applied '' plan
	applied '1 ' apply 001
	applied '1 2 ' apply 1.2.0
	applied '1 2 3 ' apply 003_t
	applied '1 2 3 ' apply 3
	applied '1 2 3 4 ' apply +1
	applied '1 2 3 4 5 ' apply +7
	applied '1 2 3 4 ' rollback
	applied '1 2 3 ' rollback 004
	applied '1 2 ' rollback 1.3.0
	applied '1 ' rollback 002_t
	applied '1 2 3 4 5 ' apply
	applied '1 2 3 4 5 ' plan --rollback --all
	expect_stdout_like '^5 migrations to roll back'
	applied '1 2 3 ' rollback -2 --yes
	applied '1 2 ' rollback --to 002
	applied '1 2 3 4 5 ' apply
	applied '1 ' rollback 002 --cascade --yes
	applied '' rollback --all --yes
	applied '' rollback
	expect_stdout_like '^nothing to roll back'
	for target in 9 9.9.9 nosuch +0 +x; do
		sqlmigrate apply "$target"
		expect_status 2 "$engine: apply $target"
	done
	sqlmigrate rollback 001
	expect_status 4 "$engine: rollback of what is not applied"
	sqlmigrate apply
	sqlmigrate rollback -9 --yes
	expect_status 2 "$engine: more than there are"
	sqlmigrate rollback --all
	expect_status 2 "$engine: several without a terminal"
	expect_stderr_like '^Hint: .*--yes'
	echo '-- Version: 1.5.0
CREATE TABLE t5 (y INTEGER);' >migrations/005_t.sql
	sqlmigrate rollback
	expect_status 2 "$engine: the rollback of a changed file asks"
	expect_stderr_like '005_t \(changed since\)'
	applied '1 2 3 4 ' rollback --yes
}

status_codes() {
	five
	sqlmigrate apply 4
	sqlmigrate status
	expect_status 0
	expect_stdout_like '^004 +applied +1\.4\.0 +004_t +20'
	expect_stdout_like '^005 +pending +1\.5\.0 +005_t'
	expect_stdout_like '^5 migrations: 4 applied, 1 pending; the schema is at 1\.4\.0'
	sqlmigrate status --exit-code
	expect_status 3
	sqlmigrate apply
	sqlmigrate status --exit-code
	expect_status 0
	sqlmigrate current
	expect_stdout '1.5.0 005_t'
	echo x >>migrations/003_t.sql
	sqlmigrate status --exit-code
	expect_status 4
}

# Each line of the output is one JSON object; and says EVENT.
json() {
	event=$1
	shift
	sqlmigrate "$@" --json
	printf '%s\n' "$stdout" | while IFS= read -r line; do
		printf '%s' "$line" | python3 -m json.tool >/dev/null || exit 1
	done
	is $? 0 "$engine: $* --json can be parsed"
	expect_stdout_like "^\{\"event\":\"$event\"" "$engine: $*: $event"
	expect_stderr '' "$engine: $*: nothing on standard error"
}

as_json() {
	five
	json table_made init
	json plan plan
	json applied apply 2
	json summary apply 3
	json status status
	json current current
	json rolled_back rollback
	json nothing apply 2
	json ready wait
	json error apply nosuch
	echo 'SELECT nosuch;' >>migrations/003_t.sql
	json failed apply
}

new() {
	db_new
	sqlmigrate new 'first table'
	expect_status 0 "$engine: new creates the directory"
	expect_stdout_like '^created migrations$'
	expect_stdout_like 'migrations/001_first_table\.sql'
	expect_stdout_like 'migrations/001_first_table_rollback\.sql'
	like "$(cat migrations/001_first_table.sql)" \
	    '^-- Migration: 001_first_table$' "$engine: the header's name"
	like "$(cat migrations/001_first_table.sql)" '^-- Version: 1\.0\.0$' \
	    "$engine: the first version"
	sqlmigrate new --major second
	like "$(cat migrations/002_second_rollback.sql)" \
	    '^-- Version: 2\.0\.0 -> 1\.0\.0$' "$engine: --major"
	sqlmigrate new --patch third
	like "$(cat migrations/003_third.sql)" '^-- Version: 2\.0\.1$' \
	    "$engine: --patch"
	sqlmigrate new --no-transaction fourth
	like "$(cat migrations/004_fourth.sql)" \
	    '^-- sqlmigrate: no-transaction$' "$engine: --no-transaction"
	for name in 001_first_table 002_second 003_third 004_fourth; do
		sqlmigrate apply
		expect_status 2 "$engine: $name is a template"
		expect_stderr_like "^sqlmigrate: migrations/$name\.sql:[678]:1: the file has no statement yet\$"
		expect_stderr_like '^Hint: .*-- sqlmigrate: empty\.$'
		text="CREATE TABLE t$name (x INTEGER);"
		[ "$name" != 002_second ] || text='-- sqlmigrate: empty'
		echo "$text" >>"migrations/$name.sql"
	done
	sqlmigrate apply
	expect_status 0 "$engine: templates that were written can be applied"
	sqlmigrate verify
	expect_stdout_like '004_fourth.*its rollback file has no statement yet'
	expect_stdout_unlike '00[1234]_[a-z_]*\.sql: empty'
	echo '-- Migration: 005_none' >migrations/005_none.sql
	echo '-- Version: 3.0.0' >>migrations/005_none.sql
	sqlmigrate apply
	expect_status 0 "$engine: a file without the mark may be empty"
	expect_stderr_like '005_none\.sql: empty'
	sqlmigrate new 'a;b'
	expect_status 2 "$engine: a bad name"
	sqlmigrate new --timestamp late
	expect_stdout_like 'migrations/20[0-9]{12}_late\.sql'
	rm -r migrations
}

waiting() {
	db_new
	case $engine in
	postgres) bad="postgresql://x@/y?host=$tmp/none" ;;
	sqlite) bad="sqlite:$tmp/none.db" ;;
	esac
	run "$SQLMIGRATE" -d "$bad" wait --timeout=300ms
	expect_status 6 "$engine: wait for what does not come"
	[ "$engine" = sqlite ] && sqlite3 "$DB_FILE" 'CREATE TABLE a (x)'
	sqlmigrate wait
	expect_status 0 "$engine: wait for what is there"
}

# What is the same on every engine.
usage() {
	run "$SQLMIGRATE" --version
	expect_status 0
	expect_stdout_like '^sqlmigrate [0-9]+\.[0-9]+'
	run "$SQLMIGRATE" --help
	expect_status 0
	expect_stderr ''
	for command in init new apply rollback status current plan wait; do
		expect_stdout_like "^ +$command " "--help names $command"
		"$SQLMIGRATE" "$command" --help >help
		like "$(cat help)" "sqlmigrate .*$command" "$command --help"
		"$SQLMIGRATE" help "$command" | cmp -s - help
		is $? 0 "help $command is the same"
	done
	is "$("$SQLMIGRATE" --help | awk 'length > 80' | wc -l)" 0 \
	    '--help fits 80 columns'
	run "$SQLMIGRATE" --nonsense
	expect_status 2
	run "$SQLMIGRATE" aply
	expect_status 2
	expect_stderr_like 'Did you mean apply'
	run "$SQLMIGRATE" apply --dry-rum
	expect_stderr_like 'Did you mean --dry-run'
	run "$SQLMIGRATE" status --cascade
	expect_status 2 'an option of another command'
	run "$SQLMIGRATE" apply 1 2
	expect_status 2 'too many arguments'
	run "$SQLMIGRATE" rollback --to 1 --all
	expect_status 2 'two targets'
	run "$SQLMIGRATE"
	expect_status 2 'no command'
}

# Options stand before or after the command; colours only when asked.
output() {
	five
	run "$SQLMIGRATE" apply 1 -d "$DB_URL"
	expect_status 0
	run "$SQLMIGRATE" -qd "$DB_URL" apply 2
	expect_stderr '' "$engine: -q is quiet"
	sqlmigrate --color=always apply nosuch
	like "$stderr" "$(printf '\033')" "$engine: --color=always"
	sqlmigrate --color=never apply nosuch
	unlike "$stderr" "$(printf '\033')" "$engine: --color=never"
}

# A terminal is asked, and its answer counts.
asks() {
	five
	sqlmigrate apply
	echo n | script -qec "$SQLMIGRATE -d '$DB_URL' rollback -2" /dev/null \
	    >said
	like "$(cat said)" 'Roll back 2 migrations: 005_t, 004_t\?' \
	    "$engine: a terminal is asked"
	is "$(numbers)" '1 2 3 4 5 ' "$engine: no is no"
	echo y | script -qec "$SQLMIGRATE -d '$DB_URL' rollback -2" /dev/null \
	    >said
	is "$(numbers)" '1 2 3 ' "$engine: yes is yes"
	: >said
	{
		eventually grep -q 'y/N' said
		printf '\003'
	} | script -qefc "$SQLMIGRATE -d '$DB_URL' rollback --all" said \
	    >/dev/null
	is "$?" 130 "$engine: who is interrupted gave no answer"
	like "$(cat said)" 'stopped by SIGINT' "$engine: and is told so"
	is "$(numbers)" '1 2 3 ' "$engine: nothing was done"
}

# The log, without a folder.
logged() {
	db_new
	mkdir -p m
	rm -f m/*
	run "$SQLMIGRATE" -d "$DB_URL" -m m init
	run "$SQLMIGRATE" -d "$DB_URL" -m nowhere history
	expect_status 0 "$engine: a log without entries"
	expect_stdout ''
	expect_stderr_like '^nothing was logged yet'
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
	put 002_b.sql 'SELECT nosuch;'
	sqlmigrate -m m apply
	sqlmigrate -m m rollback
	run "$SQLMIGRATE" -d "$DB_URL" -m nowhere history
	expect_status 0 "$engine: the log"
	expect_stdout_like '^20.* rollback +done +001_a +.*by '
	expect_stdout_like ' apply +failed +002_b +.*: .*nosuch'
	is "$(echo "$stdout" | sed -n '$p' | grep -c 'apply  *done')" 1 \
	    "$engine: the oldest comes last"
	run "$SQLMIGRATE" -d "$DB_URL" history -n 1 --json
	expect_stdout_like '^{"event":"log","logged_at":"20.*"action":"rollback","number":1,'
	expect_stdout_like '^{"event":"log_end","count":1,'
	run "$SQLMIGRATE" -d "$DB_URL" history -n 0
	expect_status 0 "$engine: none of the entries"
	expect_stdout ''
	expect_stderr ''
}

# The configuration file comes after the environment and before the defaults.
configured() {
	db_new
	mkdir -p elsewhere
	printf 'CREATE TABLE a (x INTEGER);\n' >elsewhere/001_a.sql
	printf '# shared\ndir = elsewhere\n[test]\ndatabase = %s\n' "$DB_URL" \
	    >sqlmigrate.conf
	run "$SQLMIGRATE" --env=test apply
	expect_status 0 "$engine: everything from sqlmigrate.conf"
	run "$SQLMIGRATE" -d "$DB_URL" status
	expect_stdout_like '001_a'
	run "$SQLMIGRATE" -d "$DB_URL" -m nowhere status
	expect_status 2 "$engine: an option comes first"
	run env SQLMIGRATE_DIR=nowhere "$SQLMIGRATE" -e test status
	expect_status 2 "$engine: and so does the environment"
	run env SQLMIGRATE_LOCK_WAIT=9s "$SQLMIGRATE" -e test -q config
	expect_status 0 "$engine: config"
	expect_stdout_like '^dir +elsewhere +sqlmigrate\.conf:2$'
	expect_stdout_like '^env +test +--env$'
	expect_stdout_like '^lock-wait +9s +SQLMIGRATE_LOCK_WAIT$'
	expect_stdout_like '^quiet +yes +--quiet$'
	expect_stdout_like '^json +no +default$'
	expect_stdout_like '^database +.* +sqlmigrate\.conf:4$'
	run "$SQLMIGRATE" -d postgresql://u:secret@h/d config --json
	expect_stdout_like '"name":"database","value":"postgresql://u@h:5432/d","source":"--database"'
	expect_stdout_unlike secret "$engine: no password is shown"
	expect_stdout_like '"name":"password","value":"set","source":"--database"'
	echo 'postgresql://u:secret@h/d?sslmode=verify-full' >url
	DATABASE_URL_FILE=url run "$SQLMIGRATE" config
	expect_stdout_like '^database +postgresql://u@h:?[0-9]*/d\?sslmode=verify-full +DATABASE_URL_FILE$' \
	    "$engine: config has what matters to TLS"
	expect_stdout_like '^password +set +DATABASE_URL_FILE$'
	PGPASSWORD=secret run "$SQLMIGRATE" -d postgresql://u@h/d config
	expect_stdout_like '^password +set +PGPASSWORD$'
	run "$SQLMIGRATE" -d postgresql://u@h/d config
	expect_stdout_like '^password +- +none$'
	run "$SQLMIGRATE" -e tset status
	expect_status 2 "$engine: a section that is not there"
	expect_stderr 'sqlmigrate: sqlmigrate.conf has no section [tset]
Hint: Was --env=test meant?'
	run "$SQLMIGRATE" -c other.conf status
	expect_status 2 "$engine: a file that is not there"
	expect_stderr_like 'other\.conf: cannot open'
	expect_stderr_like 'named by --config'
	printf 'lock-wait = 5\n' >sqlmigrate.conf
	run "$SQLMIGRATE" -d "$DB_URL" status
	expect_status 2 "$engine: a bad value"
	expect_stderr_like '^sqlmigrate: sqlmigrate\.conf:1: bad value "5"'
	printf '\nlok-wait = 5s\n' >sqlmigrate.conf
	run "$SQLMIGRATE" -d "$DB_URL" status
	expect_stderr 'sqlmigrate: sqlmigrate.conf:2:1: no setting is called "lok-wait"
    2 | lok-wait =
      | ^
Hint: Was lock-wait meant?'
	rm sqlmigrate.conf
	run "$SQLMIGRATE" -e test -d "$DB_URL" status
	expect_status 2 "$engine: an environment without a file"
	expect_stderr_like '--env=test asks for a section'
}

usage
# -vv: each statement, when it has ended.
statements() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER,' '    y INTEGER);' \
	    'INSERT INTO a VALUES (1, 2);'
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE b (x INTEGER);' 'SELECT nosuch;'
	sqlmigrate -m m apply -v
	unlike "$stderr" 'm/001_a.sql:' "$engine: -v does not tell of statements"
	db_new
	sqlmigrate -m m apply -vv
	expect_status 7 "$engine: -vv"
	expect_stderr_like '^  m/001_a\.sql:1  <?[0-9]+ ms  CREATE TABLE a \(x INTEGER,$'
	expect_stderr_like '^  m/001_a\.sql:3  <?[0-9]+ ms  INSERT INTO a VALUES \(1, 2\)$'
	expect_stderr_like '^  m/002_b\.sql:2  <?[0-9]+ ms  CREATE TABLE b'
	unlike "$stderr" 'ms  SELECT nosuch' "$engine: not of one that failed"
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:3:8: '
	db_new
	sqlmigrate -m m apply -v -v --json
	expect_stdout_like '"event":"statement","number":1,"name":"001_a","file":"m/001_a.sql","line":3,"duration_ms":[0-9]+,"text":"INSERT INTO'
}

# init writes every setting down, each as a comment that is true.
template() {
	db_new
	sqlmigrate init
	expect_stdout_like '^created sqlmigrate\.conf$'
	is "$(grep -vE '^(#.*)?$' sqlmigrate.conf)" '' \
	    "$engine: all of it is comment"
	run "$SQLMIGRATE" config
	settings=$(printf '%s\n' "$stdout" | cut -d' ' -f1 |
	    grep -vxE 'env|config' | sort)
	is "$(sed -n 's/^#\([a-z-]*\) = .*/\1/p' sqlmigrate.conf | sort)" \
	    "$settings" "$engine: it has every setting"
	sed 's/^#\([a-z-]* = [^A-Z]*\)$/\1/' sqlmigrate.conf >all.conf
	run "$SQLMIGRATE" --config all.conf config
	expect_status 0 "$engine: they can be taken as they stand"
	echo 'dir = mine' >sqlmigrate.conf
	sqlmigrate -m mine init
	is "$(cat sqlmigrate.conf)" 'dir = mine' "$engine: another one stays"
	rm sqlmigrate.conf
	run "$SQLMIGRATE" -d "$DB_URL" --config all.conf init
	not_ok "$engine: none beside one that is named" test -e sqlmigrate.conf
}

edited() {
	db_new
	rm -rf m
	mkdir m
	printf '#!/bin/sh\nprintf "%%s " "$@" >edited\n' >editor
	chmod 755 editor
	EDITOR='./editor -x' run "$SQLMIGRATE" -m m new --edit a
	expect_status 0
	is "$(cat edited)" '-x m/001_a.sql m/001_a_rollback.sql ' \
	    "$engine: both files are opened"
	VISUAL=false EDITOR=./editor run "$SQLMIGRATE" -m m new --edit b
	expect_status 2 "$engine: an editor that fails"
	expect_stderr_like 'the editor did not end well'
	ok "$engine: the files are there" test -e m/002_b.sql
}

# Who watches a terminal sees what runs, and for how long.
watched() {
	[ "$engine" = postgres ] || return 0
	db_new
	rm -rf m
	put 001_a.sql 'SELECT pg_sleep(2.5);'
	script -qec "$SQLMIGRATE -d '$DB_URL' -m m apply" /dev/null \
	    </dev/null >out 2>&1
	like "$(tr '\r' '\n' <out)" '^001_a  1 s' 'the time is told'
	like "$(tr '\r' '\n' <out)" 'applied 001_a' 'and the end'
	sqlmigrate -m m rollback
	unlike "$stderr$stdout" '  1 s' 'not where nobody watches'
}

# A file of many statements that takes longer than a second: how far it is.
far() {
	[ "$engine" = postgres ] || return 0
	db_new
	rm -rf m
	# What follows SET is sent when it is answered.
	put 001_a.sql 'SELECT pg_sleep(1.1);' "SET application_name = 'x';" \
	    "$(yes 'SELECT 1;' | head -n 300)"
	bytes=$(stat -c %s m/001_a.sql)
	sqlmigrate -m m apply --json
	expect_status 0
	expect_stderr ''
	is "$(printf '%s\n' "$stdout" | grep -c '"event":"progress"')" 1 \
	    'it is told once'
	expect_stdout_like "\"name\":\"001_a\",\"done\":$bytes,\"total\":$bytes,\"statements\":256,"
	db_new
	script -qec "$SQLMIGRATE -d '$DB_URL' -m m apply" /dev/null \
	    </dev/null >out 2>&1
	like "$(tr '\r' '\n' <out)" \
	    '^001_a  0\.0 of 0\.0 MB \(100%\)  256 statements  ' \
	    'on a terminal, too'
}

for_each_engine watched
for_each_engine far
for_each_engine template
for_each_engine edited
for_each_engine statements
for_each_engine targets
for_each_engine status_codes
for_each_engine as_json
for_each_engine new
for_each_engine waiting
for_each_engine output
for_each_engine asks
for_each_engine logged
for_each_engine configured
done_testing
