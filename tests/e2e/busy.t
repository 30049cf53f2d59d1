#!/bin/sh
# SQLite files that another process has locked: how long each command waits,
# what it says, and what it leaves.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

has_engine sqlite || {
	pass 'there is no SQLite'
	done_testing
}
engine=sqlite

# hold.py FILE STATEMENT...: holds what these lock until its input ends; the
# statement "recover" is what a process holds that rebuilds the index of a WAL,
# and "begin" what one holds that is about to read, up to the end of the file.
# It says whether the system's list of locks has it.
cat >hold.py <<'END'
import fcntl, os, sqlite3, sys

path = sys.argv[1]
if sys.argv[2] == 'recover':
    main = open(path, 'rb')
    fcntl.lockf(main, fcntl.LOCK_SH, 510, 0x40000002)
    path += '-shm'
    held = open(path, 'w+b')
    held.truncate(32768)
    fcntl.lockf(held, fcntl.LOCK_EX, 3, 120)
    fcntl.lockf(held, fcntl.LOCK_SH, 1, 128)
elif sys.argv[2] == 'begin':
    held = open(path, 'rb')
    fcntl.lockf(held, fcntl.LOCK_SH, 1, 0x40000000)
    fcntl.lockf(held, fcntl.LOCK_SH, 0, 0x40000002)
else:
    held = sqlite3.connect(path, isolation_level=None, timeout=60)
    for sql in sys.argv[2:]:
        held.execute(sql).fetchall()
st = os.stat(path)
place = '%02x:%02x:%d' % (os.major(st.st_dev), os.minor(st.st_dev), st.st_ino)
try:
    listed = any(line.split()[4:6] == [str(os.getpid()), place]
                 for line in open('/proc/locks'))
except OSError:
    listed = False
print('held', 'listed' if listed else 'unlisted', flush=True)
sys.stdin.read()
END

# hold STATEMENT...: sets $by to how the process is named, if it can be.
hold() {
	rm -f hold held
	mkfifo hold
	python3 "$tmp/hold.py" "$DB_FILE" "$@" <hold >held &
	holder=$!
	exec 3>hold
	ok "held: $*" eventually grep -qs held held
	by='another process' detail=
	if grep -qw listed held; then
		by="pid $holder ($(cat "/proc/$holder/comm"))" detail="
Detail: It is held by $by."
	fi
}

release() {
	exec 3>&-
	wait "$holder"
}

# late TIME OPTION [LINE]: what stderr is where that option's limit was reached.
late() {
	is "$stderr" "${3-}waiting for the lock, which is held by $by
sqlmigrate: another process holds a lock on $DB_FILE, and did not release it within $1$detail
Hint: Wait for it to end, or give a longer $2.  fuser $DB_FILE or lsof $DB_FILE names who has the file open." "$tap_last: stderr"
}

# A database of that journal mode, with 001 applied, and 002 pending.
fresh() {
	db_new
	rm -rf m
	db_sql "PRAGMA journal_mode = $1" >/dev/null
	put 001_a.sql 'CREATE TABLE a (x INTEGER PRIMARY KEY);'
	sqlmigrate -q apply
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
}

# background NAME ARGUMENT...: a command that waits, and has said so.
background() {
	name=$1
	shift
	rm -f err
	# In the foreground it passes a signal on once.
	timeout --foreground 120 "$SQLMIGRATE" -d "$DB_URL" -m m "$@" \
	    >out 2>err 3>&- &
	pid=$!
	ok "$name: it waits, and says so" eventually grep -qs '^waiting' err
}

# goes_on STATUS: it ends when the lock is gone, having said so once.
goes_on() {
	release
	status=0
	wait "$pid" || status=$?
	is "$status" "$1" "$name: and goes on"
	is "$(grep -c '^waiting' err)" 1 "$name: it said so once"
}

# Nobody else can even read.
exclusive() {
	fresh delete
	hold 'BEGIN EXCLUSIVE'
	for command in status plan current history 'plan --sql' verify dump; do
		# shellcheck disable=SC2086
		sqlmigrate --lock-wait=300ms $command
		expect_status 5
		expect_stdout ''
		late '0.3 s' --lock-wait
	done
	for command in apply rollback 'stamp 002' 'repair --yes' init; do
		# shellcheck disable=SC2086
		sqlmigrate --lock-wait=300ms $command
		expect_status 5
		late '0.3 s' --lock-wait
	done
	run timeout 60 "$SQLMIGRATE" -d "$DB_URL" -m m status --lock-wait=0s
	expect_status 5 'one try'
	expect_stderr "sqlmigrate: another process holds a lock on $DB_FILE$detail
Hint: fuser $DB_FILE or lsof $DB_FILE names who has the file open."
	sqlmigrate --json --lock-wait=300ms status
	expect_status 5
	is "$(printf '%s\n' "$stdout" | sed -n '1s/,"time".*//p')" \
	    "{\"event\":\"lock_wait\",\"text\":\"$by\"" 'an event shows it'
	run "$SQLMIGRATE" -d "$DB_URL" wait --timeout=300ms
	expect_status 5 'wait: it does not answer'
	expect_stderr_like "another process holds a lock on $DB_FILE"
	expect_stderr_like 'Gave up after 0\.3 s\.$'
	background status status
	goes_on 0
	like "$(cat out)" '^001 +applied' 'status: its result'
}

# A signal ends the wait, whatever the limit.
stopped() {
	fresh delete
	hold "BEGIN $2"
	background "$1 during $2" --lock-wait=1h apply
	kill -s "$1" "$pid"
	status=0
	wait "$pid" 2>/dev/null || status=$?
	is "$status" "$3" "$name: status"
	[ "$2" = EXCLUSIVE ] ||
	    like "$(cat err)" "stopped by SIG$1" "$name: message"
	release
	is "$(db_sql 'SELECT number FROM schema_version')" 1 \
	    "$name: nothing was applied"
}

# A writer, in either journal mode; who only looks does not wait.
writer() {
	fresh "$1"
	hold 'BEGIN IMMEDIATE'
	sqlmigrate --lock-wait=300ms status
	expect_status 0
	expect_stderr ''
	sqlmigrate --lock-wait=300ms stamp 002
	expect_status 5
	late '0.3 s' --lock-wait "database $DB_FILE ($(sqlite_version))
"
	background "apply, $1" apply
	goes_on 0
	is "$(db_sql 'SELECT number FROM schema_version')" '1
2' "$name: once"
}

sqlite_version() {
	printf 'SQLite %s' "$(printf '%s\n' "$stderr" |
	    sed -n 's/^database .*(SQLite \(.*\))$/\1/p')"
}

# COMMIT needs the file for itself.
reader() {
	fresh delete
	hold BEGIN 'SELECT * FROM a'
	# An hour, were the row that tells of the failure to wait, too.
	run timeout 100 "$SQLMIGRATE" -d "$DB_URL" -m m --lock-wait=1h \
	    --lock-timeout=300ms --lock-retries=1 apply
	expect_status 5 'a reader: a migration waits for the lock timeout'
	expect_stderr_like '^retrying 002_b, 1 of 1 in 100 ms: .*did not release it within 0\.3 s; blocked by pid [0-9]+ \(python3?[0-9.]*\)$'
	expect_stderr_like '^Hint: .* give a longer --lock-timeout\.'
	expect_stderr_like '^Nothing of 002_b was kept\. 001 stays applied'
	is "$(printf '%s\n' "$stderr" | grep -c '^waiting')" 1 'said once'
	sed -i '1i -- sqlmigrate: lock-timeout=200ms' m/002_b.sql
	sqlmigrate --lock-timeout=1h --lock-retries=0 apply
	expect_status 5 'a reader: the directive comes before the option'
	expect_stderr_like 'did not release it within 0\.2 s$'
	expect_stderr_like '^Hint: Wait for it to end, or set a longer time in the directive lock-timeout, line 1\.  fuser '
	sed -i 1d m/002_b.sql
	sqlmigrate --lock-wait=300ms --lock-timeout=none --lock-retries=0 apply
	expect_status 5 'a reader: never longer than the lock wait'
	expect_stderr_like 'did not release it within 0\.3 s$'
	expect_stderr_like '^Hint: .* give a longer --lock-wait\.'
	sqlmigrate --lock-wait=0s --lock-retries=1 apply
	expect_status 5 'a reader: each try waits for nothing'
	expect_stderr_like '^retrying 002_b, 1 of 1 in 100 ms: another process holds a lock on '
	background 'TERM between tries' --lock-timeout=300ms \
	    --lock-retries=1000 apply
	ok "$name: it tries again" eventually grep -q '^retrying' err
	kill -s TERM "$pid"
	status=0
	wait "$pid" || status=$?
	is "$status" 143 "$name: status"
	like "$(cat err)" 'stopped by SIGTERM' "$name: message"
	release
	is "$(db_sql 'SELECT number FROM schema_version')" 1 'nothing was kept'
	is "$(db_sql "SELECT count(*) FROM sqlite_schema WHERE name = 'b'")" 0 \
	    'nothing is half there'

	hold BEGIN 'SELECT * FROM a'
	background 'stamp behind a reader' --lock-timeout=100ms stamp 002
	goes_on 0
	is "$(db_sql 'SELECT number FROM schema_version')" '1
2' "$name: once"
}

# Who has two locks in the list is named once.
two_locks() {
	fresh delete
	hold begin
	sqlmigrate --lock-timeout=300ms --lock-retries=0 apply
	expect_status 5 'two locks of one process'
	is "$(printf '%s\n' "$stderr" | grep ^waiting)" \
	    "waiting for the lock, which is held by $by" "$tap_last: once"
	release
	is "$(db_sql 'SELECT number FROM schema_version')" 1 'nothing was kept'
}

# What nothing tries again has the lock wait for each of its steps.
outside() {
	fresh delete
	put 002_b.sql '-- sqlmigrate: no-transaction' 'VACUUM;' \
	    'CREATE TABLE b (x INTEGER);'
	hold BEGIN 'SELECT * FROM a'
	background 'no-transaction behind a reader' --lock-timeout=100ms apply
	goes_on 0
	is "$(db_sql 'SELECT number FROM schema_version')" '1
2' "$name: once"
	is "$(db_sql 'SELECT count(*) FROM schema_version_journal')" 0 \
	    "$name: nothing is half applied"
}

# Another process is about to rebuild the index of the WAL.
recovery() {
	fresh wal
	hold recover
	sqlmigrate --lock-wait=300ms status
	expect_status 5 'during a recovery'
	late '0.3 s' --lock-wait
	background 'status during a recovery' status
	goes_on 0
}

exclusive
stopped TERM EXCLUSIVE 143
stopped TERM IMMEDIATE 143
writer delete
writer wal
reader
two_locks
outside
recovery
done_testing
