#!/bin/sh
# Backups: checked, never over another file, and nothing is applied without
# the one that was asked for.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

two() {
	db_new
	rm -rf m ./*.bak
	put 001_a.sql 'CREATE TABLE a (x INTEGER);' 'INSERT INTO a VALUES (7);'
	sqlmigrate apply
	put 002_b.sql 'CREATE TABLE b (x INTEGER);' 'DELETE FROM a;'
}

# Run the command that an output shows behind TEXT.
restore() {
	command=$(printf '%s\n' "$stdout" "$stderr" | sed -n "s/^.*$1//p")
	case $engine in
	postgres) run env "PATH=$PG_BIN:$PATH" sh -c "$command" ;;
	sqlite) run sh -c "$command" ;;
	esac
	expect_status 0 "$engine: the command it shows"
}

made() {
	two
	sqlmigrate backup one.bak
	expect_status 0 "$engine: backup"
	expect_stdout_like "^backup one\.bak \([0-9.]+ kB, .*SHA-256 $(
	    sha256sum one.bak | cut -d' ' -f1)\)$"
	is "$(stat -c %a one.bak)" 600 "$engine: for its owner only"
	is "$(db_sql 'SELECT name, checksum FROM schema_version_log
	    ORDER BY id DESC LIMIT 1')" \
	    "one.bak, $(stat -c %s one.bak) bytes|$(
	    sha256sum one.bak | cut -d' ' -f1)" "$engine: the log has it"
	sqlmigrate backup one.bak
	expect_status 2 "$engine: over another one"
	expect_stderr_like '^sqlmigrate: no backup: one\.bak: File exists'
	expect_stderr_like '^Hint: Give a name that is free'
	sqlmigrate apply --backup one.bak
	expect_status 2 "$engine: nor for apply"
	is "$(db_tables | grep -c '^b$')" 0 "$engine: which did nothing"
	sqlmigrate apply --backup 'odd '\''name.bak' --json
	expect_status 0 "$engine: apply with a backup"
	expect_stdout_like '"event":"backup","path":"odd '\''name.bak","bytes":[0-9]+,"sha256":"[0-9a-f]{64}","duration_ms":[0-9]+,"restore":"'
	expect_stdout_like '"event":"applied","number":2'
	sqlmigrate plan --backup 'odd '\''name.bak'
	expect_stderr_like 'notice: to go back to the backup: '
	restore 'to go back to the backup: '
	is "$(db_sql 'SELECT x FROM a')" 7 "$engine: restores the data"
	is "$(db_tables | grep -c '^b$')" 0 "$engine: and the schema"
	sqlmigrate apply --backup three.bak
	expect_status 0
	rm -f none.bak
	sqlmigrate apply --backup none.bak
	expect_stdout_like '^nothing to apply'
	expect_stderr_like 'notice: no backup was made, since nothing is pending$'
	not_ok "$engine: none where nothing is pending" test -e none.bak
	is "$(find . -name '*.part*')" '' "$engine: nothing is left beside them"
}

# What runs that were killed leave does not hold up the next one, which tells.
unfinished() {
	two
	echo mine >one.bak.part
	echo mine >one.bak.part2
	ln -s nothing two.bak
	sqlmigrate backup one.bak
	expect_status 0 "$engine: beside unfinished ones"
	expect_stderr_like '^sqlmigrate: notice: one\.bak\.part is there: a backup that was not finished, or that another run is writing$'
	expect_stderr_like '^sqlmigrate: notice: one\.bak\.part2 is there: '
	is "$(cat one.bak.part one.bak.part2)" 'mine
mine' "$engine: which are left alone"
	restore 'to go back to it: '
	rm one.bak
	for i in 3 4 5 6 7 8 9 10; do echo mine >"one.bak.part$i"; done
	sqlmigrate backup one.bak
	expect_status 2 "$engine: beside too many"
	expect_stderr_like '^sqlmigrate: no backup: there are 10 unfinished ones of one\.bak already$'
	expect_stderr_like '^Hint: Remove those that no run is writing: one\.bak\.part\*\.$'
	not_ok "$engine: and none is made" test -e one.bak
	sqlmigrate backup two.bak
	expect_status 2 "$engine: a link to nothing is not followed"
	expect_stderr_like '^sqlmigrate: no backup: two\.bak: File exists$'
	not_ok "$engine: nor is its target made" test -e nothing
	mkdir closed
	sqlmigrate backup closed
	expect_status 2 "$engine: a folder is not written over"
	rm -f ./*.bak* && rmdir closed
}

# Names that could be taken for an option, or by SQLite for no file.
names() {
	two
	for name in -x.bak :memory: 'file:x.bak?mode=memory' - '~' 'a"\b'; do
		sqlmigrate backup -- "$name"
		expect_status 0 "$engine: a backup named $name"
		ok "$engine: which is a file" test -s "$name"
		restore 'to go back to it: '
		rm -f "./$name"
	done
	is "$(db_sql 'SELECT x FROM a')" 7 "$engine: the data are there"
}

# A migration that fails: the message has the way back.
failed() {
	two
	put 003_c.sql 'SELECT nosuch;'
	sqlmigrate apply --backup before.bak
	expect_status 1
	expect_stderr_like '^Detail: To go back to the backup: .*before\.bak'
	is "$(db_tables | grep -c '^b$')" 1 "$engine: 002 was applied"
	restore 'To go back to the backup: '
	is "$(db_sql 'SELECT x FROM a')" 7 "$engine: and is undone"
	sqlmigrate backup nosuch/x.bak
	expect_status 2 "$engine: a folder that is not there"
	expect_stderr_like '^sqlmigrate: no backup: nosuch/x\.bak\.part: No such file or directory$'
	expect_stderr_like '^Hint: Name a file in a folder that is there and may be written to\.$'
	rm -rf m
	sqlmigrate backup again.bak
	expect_status 0 "$engine: backup needs no folder"
}

# A schema that needs a function or a collation of the application.
applications() {
	for needs in 'CREATE TABLE u (x TEXT CHECK (x REGEXP 1))' \
	    'CREATE TABLE u (x TEXT COLLATE app UNIQUE)'; do
		two
		python3 - "$DB_FILE" "$needs" <<-'X'
			import sqlite3, sys
			c = sqlite3.connect(sys.argv[1])
			c.create_function('regexp', 2, lambda p, v: True,
			    deterministic=True)
			c.create_collation('app', lambda a, b: (a > b) - (a < b))
			c.execute(sys.argv[2])
			c.execute("INSERT INTO u VALUES ('a')")
			c.commit()
		X
		sqlmigrate apply --backup x.bak
		expect_status 0 "$needs: a backup"
		expect_stderr_like '^WARNING: the backup is complete, but integrity_check cannot run outside the application: (unknown function: REGEXP|no such collation sequence: app)'
		cp "$DB_FILE" now.db
		DB_FILE=$PWD/x.bak
		is "$(db_sql 'SELECT x FROM a; SELECT x FROM u')" '7
a' 'has its rows'
	done
}

# A database that is damaged, and a disk that is full: what was made of it is
# no backup, and nothing is applied without one.
spoilt() {
	two
	db_sql 'CREATE INDEX i ON a (x)' \
	    'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n
	    WHERE x < 20000) INSERT INTO a SELECT x FROM n'
	# A file may have 100 blocks of 512 bytes, and no signal tells so.
	run sh -c "trap '' XFSZ; ulimit -f 100
	    exec '$SQLMIGRATE' -d '$DB_URL' -m m apply --backup x.bak"
	expect_status 1 'a backup that does not fit'
	expect_stderr_like '^sqlmigrate: no backup: x\.bak\.part: disk I/O error$'
	not_ok 'nothing of it stays' test -e x.bak
	page=$(db_sql "SELECT rootpage FROM sqlite_schema WHERE name = 'i'")
	size=$(db_sql 'PRAGMA page_size')
	# Its cells are counted by the bytes 3 and 4 of a page.
	printf '\0\0' | dd of="$DB_FILE" bs=1 conv=notrunc \
	    seek=$(((page - 1) * size + 3)) 2>dd.err
	sqlmigrate apply --backup x.bak
	expect_status 1 'a backup of what is damaged'
	expect_stderr_like '^sqlmigrate: no backup: x\.bak\.part: integrity_check says: '
	not_ok 'it does not stay' test -e x.bak
	is "$(db_tables | grep -c '^b$')" 0 'and nothing was applied'
}

# Whether a process has a child that is pg_dump, as $child.
dumping() {
	child=$(grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status |
	    cut -d/ -f3)
	[ -n "$child" ] && grep -qa '^pg_dump' "/proc/$child/cmdline"
}

# A zombie has ended, too.
ended() {
	! grep -qs '^State:.*[RSD] (' "/proc/$1/status"
}

# A pg_dump that fails; one that is stopped; and the password is in no
# argument.
programs() {
	two
	db_sql "CREATE ROLE sqlmigrate_plain LOGIN"
	db_sql 'GRANT ALL ON schema_version, schema_version_log,
	    schema_version_journal TO sqlmigrate_plain'
	run "$SQLMIGRATE" -d "$DB_URL&user=sqlmigrate_plain" backup x.bak
	expect_status 1 'pg_dump fails'
	expect_stderr_like '^sqlmigrate: no backup: pg_dump failed: pg_dump: error: .*permission denied'
	expect_stderr_like '^Detail: pg_dump: detail: Query was: LOCK TABLE '
	expect_stderr_unlike '\\n'
	is "$(find . -name 'x.bak*')" '' 'what is not good does not stay'
	db_sql 'DROP OWNED BY sqlmigrate_plain' 'DROP ROLE sqlmigrate_plain'
	pg_hold 'BEGIN; LOCK TABLE a'
	printf '[other]\ndbname=postgres\n' >services
	PGSERVICEFILE=$PWD/services "$SQLMIGRATE" -m m \
	    -d "$DB_URL&password=s3cr3t&service=other" apply \
	    --backup x.bak >out 2>&1 3>&- &
	pid=$!
	ok 'pg_dump waits for a lock' eventually dumping "$pid"
	unlike "$(tr '\0' ' ' <"/proc/$child/cmdline")" s3cr3t \
	    'no password in an argument'
	like "$(tr '\0' '\n' <"/proc/$child/environ")" '^PGPASSWORD=s3cr3t$' \
	    'but in a variable'
	is "$(tr '\0' '\n' <"/proc/$child/environ" |
	    grep -E '^PG(DATABASE|SERVICE)=')" "PGDATABASE=$PG_DB" \
	    'the database is the one that the address names'
	kill -TERM "$pid"
	wait "$pid"
	is $? 143 'SIGTERM ends it'
	not_ok 'and pg_dump with it' kill -0 "$child"
	is "$(find . -name 'x.bak*')" '' 'there is no backup'
	pg_release
	is "$(db_tables | grep -c '^b$')" 0 'and nothing was applied'
	run env "PATH=$tmp" "$SQLMIGRATE" -d "$DB_URL" backup y.bak
	expect_status 0 'the one beside the server is found without PATH'
}

# An unfinished one never has the name of a good one, though the run is killed;
# nor does it get that name where the name was taken meanwhile.
unnamed() {
	two
	pg_hold 'BEGIN; LOCK TABLE a'
	"$SQLMIGRATE" -m m -d "$DB_URL" apply --backup x.bak >out 2>&1 3>&- &
	pid=$!
	ok 'pg_dump waits' eventually dumping "$pid"
	ok 'for what is not named yet' test -e x.bak.part
	kill -KILL "$pid"
	wait "$pid"
	ok 'pg_dump ends with it' eventually ended "$child"
	not_ok 'a run that is killed leaves none of that name' test -e x.bak
	ok 'but one that is known as unfinished' test -e x.bak.part
	"$SQLMIGRATE" -m m -d "$DB_URL" apply --backup x.bak >out 2>&1 3>&- &
	pid=$!
	ok 'the next run goes on' eventually dumping "$pid"
	echo mine >x.bak
	pg_release
	wait "$pid"
	is $? 2 'a name that was taken meanwhile is refused'
	like "$(cat out)" '^sqlmigrate: no backup: x\.bak: File exists$' \
	    'and says so'
	is "$(cat x.bak)" mine 'it is not written over'
	is "$(find . -name 'x.bak*' | sort)" './x.bak
./x.bak.part' 'what was not named is gone'
	is "$(db_tables | grep -c '^b$')" 0 'nothing was applied'
}

# pg_restore --create drops the database before it makes it again: not with a
# role that can do the first alone, and not from within.
ways_back() {
	two
	db_sql 'CREATE ROLE sqlmigrate_owner LOGIN' \
	    "ALTER DATABASE $PG_DB OWNER TO sqlmigrate_owner"
	owner="$DB_URL&user=sqlmigrate_owner"
	run "$SQLMIGRATE" -d "$owner" -t public.h -m m plan --backup x.bak
	expect_stderr_like ' -U SUPERUSER -d postgres x\.bak$' \
	    'an owner who may not create databases is not named'
	db_sql 'ALTER ROLE sqlmigrate_owner CREATEDB'
	run "$SQLMIGRATE" -d "$owner" -t public.h -m m plan --backup x.bak
	expect_stderr_like ' -U sqlmigrate_owner -d postgres x\.bak$' \
	    'one who may is'
	db_sql "ALTER DATABASE $PG_DB OWNER TO postgres" \
	    'DROP ROLE sqlmigrate_owner'
	run "$SQLMIGRATE" -d "postgresql://postgres@/postgres?host=$PGHOST" \
	    -t public.h -m m plan --backup x.bak
	expect_stderr_like ' -d template1 x\.bak$' \
	    'the database postgres is not replaced from within'
}

for_each_engine made
for_each_engine unfinished
for_each_engine names
for_each_engine failed
if has_engine sqlite; then
	engine=sqlite
	mkdir "$tmp/spoilt" && cd "$tmp/spoilt" || exit 99
	spoilt
	applications
fi
if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/programs" && cd "$tmp/programs" || exit 99
	programs
	mkdir "$tmp/unnamed" && cd "$tmp/unnamed" || exit 99
	unnamed
	mkdir "$tmp/ways" && cd "$tmp/ways" || exit 99
	ways_back
fi
done_testing
