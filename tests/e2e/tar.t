#!/bin/sh
# A folder from the host without a mount: a tar archive on standard input.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# piped TAR-COMMAND ARGUMENT...: run on what the command writes.
piped() {
	sh -c "$1" >archive.tar 2>tar.err
	shift
	run sh -c 'exec "$@" <archive.tar' sh \
	    "$SQLMIGRATE" -d "$DB_URL" --dir - "$@"
}

folder() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
	put "002_$(printf 'long%.0s' $(seq 1 30)).sql" \
	    'CREATE TABLE b (x INTEGER);'
	put README 'not a migration'
	put .003_hidden.sql 'SELECT nosuch;'
	mkdir -p m/sub
	touch m/sub/note
}

forms() {
	for form in v7 ustar pax gnu; do
		folder
		case $form in # of 100 bytes at most
		v7 | ustar) mv m/002*.sql m/002_b.sql ;;
		esac
		piped "tar --format=$form -c m" apply
		expect_status 0 "$engine: $form"
		expect_stdout_like '^2 migrations applied'
		piped "tar --format=$form -C m -c ." status
		expect_stdout_like '^2 migrations: 2 applied, 0 pending'
	done
	piped 'tar -c m' rollback --all --yes
	expect_status 2 "$engine: no rollback for 002"
	piped 'tar -c m' verify
	expect_status 0 "$engine: verify"
	put "$(cd m && echo 002*l*.sql | sed 's/\.sql/_rollback.sql/')" \
	    'DROP TABLE b;'
	piped 'tar -c m' plan --rollback
	expect_stdout_like ' applied$' "$engine: a rollback of the archive"
	piped 'tar -c m' rollback
	expect_status 0
	expect_stderr_unlike 'stored' "$engine: is not the stored one"
	piped 'tar -c m' apply
	expect_status 0
	printf '%s\n' 'SELECT 1;' '' 'SELECT nosuch;' >m/003_c.sql
	piped 'tar -c ./m' apply
	expect_status 1 "$engine: an error has its place"
	expect_stderr_like '^sqlmigrate: m/003_c\.sql:3:8: '
	expect_stderr_like '^    3 \| SELECT nosuch;$'
	is "$(db_sql 'SELECT rollback_sql FROM schema_version
	    WHERE number = 1')" 'DROP TABLE a;' "$engine: rollbacks are stored"
	is "$(db_sql 'SELECT checksum FROM schema_version WHERE number = 1')" \
	    "$(sha256sum m/001_a.sql | cut -d' ' -f1)" "$engine: the same sums"
}

# A rollback of the archive is a file, and no stored text.
rolled() {
	folder
	rm m/002_*
	piped 'tar -c m' plan --from 0
	expect_stdout_like '^apply +001_a +pending$'
	piped 'tar -c m' apply
	piped 'tar -c m' rollback
	expect_stdout_like '^rolled back 001_a'
	expect_stderr_unlike stored "$engine: the archive's rollback"
	piped 'tar -c m' apply
	put 001_a_rollback.sql 'DROP TABLE a; -- mended'
	piped 'tar -c m' rollback
	expect_stderr_like 'is not the rollback that was there when 001_a was applied; the file is used'
}

# bad TAR-COMMAND REGEX NAME
bad() {
	piped "$1" apply
	expect_status 2 "$engine: $3"
	expect_stderr_like "$2"
}

refused() {
	folder
	bad 'tar -c nosuch' 'holds nothing' 'a folder that tar did not find'
	bad 'tar -cz m' 'is packed with gzip' 'a packed one'
	bad 'tar -c m | head -c 1000' 'is cut off \(at byte 1000\)' 'cut off'
	bad 'tar -c m | tail -c +100' 'has a bad header' 'damaged'
	bad 'cat m/001_a.sql' 'is cut off' 'no archive'
	bad 'true' 'there is no tar archive on standard input' 'nothing'
	bad 'tar --hard-dereference -c m/001_a.sql m/001_a.sql' \
	    '001_a\.sql is in the tar archive twice' 'a file twice'
	cp m/001_a.sql m/sub/
	bad 'tar -c m' 'sub/001_a\.sql in the tar archive: a second folder' \
	    'a second folder'
	rm m/sub/001_a.sql
	ln -s 001_a.sql m/004_l.sql
	bad 'tar -c m' '004_l\.sql in the tar archive: no plain file' 'a link'
	expect_stderr_like '^Detail: It points to 001_a\.sql\.$'
	piped 'tar -ch --hard-dereference m' plan --from 0
	expect_stdout_like '004_l' "$engine: tar -ch --hard-dereference packs what it points to"
	rm m/004_l.sql
	printf 'SELECT 1;\nSELECT \0;\n' >m/004_n.sql
	bad 'tar -c m' '^sqlmigrate: m/004_n\.sql:2:8: .*NUL byte' 'a NUL byte'
	mv m/004_n.sql m/x.sql
	bad 'tar -c m' 'm/x\.sql' 'a bad name'
	rm m/x.sql
	rm m/001_a.sql
	bad 'tar -c m' 'm/001_a_rollback\.sql: a rollback without' 'an orphan'
	# The header of a file that is larger than what is held, without the file.
	cat >huge.py <<-'EOT'
		import sys, tarfile
		head = tarfile.TarInfo('m/004_h.sql')
		head.size = 2 ** 30
		sys.stdout.buffer.write(head.tobuf())
	EOT
	bad 'python3 huge.py' '004_h\.sql in the tar archive: the files are too large to be held' 'one that is too large'
	expect_stderr_like '^Hint: Give a folder instead: --dir DIR\.$'
	script -qec "$SQLMIGRATE -d '$DB_URL' --color=never --dir - apply" \
	    /dev/null </dev/null >said
	like "$(tr -d '\r' <said)" '^sqlmigrate: --dir - reads a tar archive, but standard input is a terminal$' \
	    "$engine: a terminal"
	for command in 'new x' init renumber; do
		# shellcheck disable=SC2086 # words
		piped 'tar -c m' $command
		expect_status 2 "$engine: $command"
		expect_stderr_like 'writes to the folder, which standard input is not'
	done
	is "$(db_tables)" '' "$engine: nothing was done"
	not_ok "$engine: nor made" test -e ./-
}

gone() {
	! grep -q '^State:[[:space:]]*[^Z]' "/proc/$1/status" 2>/dev/null
}

# A signal ends it while it waits for the rest, which may never come.
interrupted() {
	folder
	piped 'tar -c m' apply 1
	expect_status 0 "$engine: there is a database"
	rm -f in
	mkfifo in
	"$SQLMIGRATE" -d "$DB_URL" --dir - apply <in >out 2>&1 &
	pid=$!
	exec 4>in
	sleep 1 # by then it reads, and would have connected beside that
	kill -TERM "$pid"
	ok "$engine: SIGTERM ends the wait" eventually gone "$pid"
	exec 4>&-
	status=0
	wait "$pid" || status=$?
	is "$status" 143 "$engine: with its status"
}

for_each_engine forms
for_each_engine rolled
for_each_engine refused
for_each_engine interrupted
done_testing
