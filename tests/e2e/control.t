#!/bin/sh
# Characters that move a cursor, hide text or turn it around: whatever they
# come in by, none of them reaches the terminal, and no text begins a line
# that looks like one of ours.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# C0 and DEL, C1, soft hyphen, zero-width ones, marks and overrides of
# direction, separators, invisible operators, BOM, annotations, tags.
cat >poison.py <<'EOT'
import sys
hidden = (list(range(1, 32)) + list(range(0x7f, 0xa0)) + [0xad, 0x61c] +
          list(range(0x200b, 0x2010)) + list(range(0x2028, 0x202f)) +
          list(range(0x2060, 0x2070)) + [0xfeff, 0xfff9, 0xfffa, 0xfffb] +
          [0xe0001, 0xe0020, 0xe007f])
raw = bytes(b for b in range(0x80, 0x100)) + b'\xed\xa0\x80\xc0\x9b'
out = sys.stdout.buffer
if sys.argv[1] == 'raw':
    out.write(raw)
elif sys.argv[1] == 'line':
    out.write(''.join(chr(c) for c in hidden if c not in (10, 13)).encode())
elif sys.argv[1] == 'lines':
    out.write(''.join(chr(c) for c in hidden).encode() + b'\nFORGED')
else:
    bad = [c for c in hidden if c not in (9, 10)]
    for name in sys.argv[2:]:
        data = open(name, 'rb').read()
        text = data.decode('utf-8', 'surrogateescape')
        found = sorted({hex(ord(c)) for c in text if ord(c) in bad or
                        0xd800 <= ord(c) < 0xe000})
        if '\nFORGED' in '\n' + text:
            found.append('a line of its own')
        if found:
            print(name, *found)
            command = open(name.rsplit('.', 1)[0] + '.command', 'rb').read()
            print(ascii(command), ascii(data[:400]))
EOT
raw=$(python3 poison.py raw)
line=$(python3 poison.py line)
lines=$(python3 poison.py lines)

mkdir outputs
looked=0

# look CMD...: keep what it prints, for people and as JSON.
look() {
	for style in no yes; do
		looked=$((looked + 1))
		at=$tmp/outputs/$looked
		printf '%s ' "$@" >"$at.command"
		status=0
		SQLMIGRATE_JSON=$style "$@" >"$at.out" 2>"$at.err" \
		    </dev/null || status=$?
		[ "$status" -le 125 ] || fail "$looked: status $status" \
		    "$(cat -v "$at.command")"
	done
}

# Every command that reads the folder and the database.
commands() {
	for words in status plan verify current history \
	    'history -n 5' apply 'apply -v' 'rollback --yes' redo \
	    'rollback --stored --yes' 'plan --rollback' 'repair --yes' \
	    'stamp --all' 'stamp --undo 1' renumber 'new x' 'wait --timeout=0s'
	do
		# shellcheck disable=SC2086
		look "$SQLMIGRATE" -d "$DB_URL" "$@" $words
	done
}

# A script is for a shell, and as it stands; not so on a terminal.
script_shown() {
	# shellcheck disable=SC2016
	look sh -c 'script -qec "\"\$SQLMIGRATE\" -m m plan --sql --from 0 \
	    -d \"\$DB_URL\"" /dev/null |
	    tr -d "\r" | sed s/^FORGED/of-the-script/'
	like "$(cat "$tmp/outputs/$((looked - 1)).out")" 'BEGIN' \
	    "$engine: there is a script"
}

# part NAME: what was looked at since the last part is clean.
part() {
	is "$(python3 "$tmp/poison.py" check "$tmp/outputs"/*.out \
	    "$tmp/outputs"/*.err 2>&1)" '' "$engine: $1 are clean"
	ok "$engine: $1 are told" test -s "$tmp/outputs/1.err" -o \
	    -s "$tmp/outputs/1.out"
	diag "$1: $looked outputs"
	rm -f "$tmp"/outputs/*
	looked=0
}

# Names that files, links and folders have; what is no UTF-8 gets as far as on
# one engine on the other.
names() {
	for poison in "$raw" "$(printf %s "$line" | head -c 120)" \
	    "$(printf %s "$line" | tail -c 120)" "x$(printf '\n')FORGED"; do
		[ "$engine$poison" != "postgres$raw" ] || continue
		rm -rf m && mkdir m
		echo 'SELECT 1;' >"m/001_a${poison}.sql"
		commands -m m
		rm -rf m && mkdir -p "m/$poison"
		echo 'SELECT 1;' >"m/$poison/001_a.sql"
		look "$SQLMIGRATE" -d "$DB_URL" -m m status
		rm -rf m && mkdir m && ln -s "/tmp/$poison" m/001_a.sql
		look "$SQLMIGRATE" -d "$DB_URL" -m m status
		ln -sf "../$poison" m/001_a.sql && echo 'SELECT 1;' >"$poison"
		look "$SQLMIGRATE" -d "$DB_URL" -m m status
		rm -rf "$poison" d && mkdir -p "d$poison"
		echo 'SELECT nosuch;' >"d$poison/001_a.sql"
		commands -m "d$poison"
	done
	part 'names'
}

# Members of an archive, their links, and what they hold.
archives() {
	for poison in "$raw" "$line" "$lines"; do
		POISON=$poison python3 - <<-'EOT'
			import io, os, tarfile
			p = os.environb[b'POISON'].decode('utf-8', 'surrogateescape')
			for n, form in enumerate((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)):
			    for kind in (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE):
			        t = tarfile.open('tar%d%s' % (n, kind.decode()), 'w',
			            format=form, errors='surrogateescape')
			        i = tarfile.TarInfo('001_a.sql' if kind != tarfile.REGTYPE
			            else '001_' + p + '.sql')
			        i.type = kind
			        i.linkname = p
			        i.uname = i.gname = 'x'
			        t.addfile(i, io.BytesIO(b''))
			        t.close()
		EOT
		for file in tar*; do
			# shellcheck disable=SC2016
			look sh -c '"$SQLMIGRATE" -d "$DB_URL" -m - status <"$1"' \
			    sh "$file"
		done
	done
	part 'archives'
}

# Headers, directives, and the lines of statements that fail.
texts() {
	for poison in "$raw" "$line"; do
		[ "$engine$poison" != "postgres$raw" ] || continue
		for text in "-- Description: $poison" "-- Author: $poison" \
		    "-- Version: $poison" "-- Migration: $poison" \
		    "-- sqlmigrate: $poison" "-- sqlmigrate: lock-timeout=$poison" \
		    "SELECT '$poison' FROM nosuch;" "SELECT \"$poison\";" \
		    "SELECT 1; /* $poison */ COMMIT;" "\\$poison" \
		    "CREATE TABLE \"$poison\" (x INTEGER); SELECT nosuch;" \
		    "SELECT * FROM \"$poison\";"; do
			rm -rf m
			db_new
			put 001_a.sql "$text" 'SELECT 1;'
			put 001_a_rollback.sql "$text" 'SELECT 1;'
			for words in verify 'apply -v' status history \
			    'rollback --stored --yes' 'plan --rollback'; do
				# shellcheck disable=SC2086
				look "$SQLMIGRATE" -d "$DB_URL" -m m $words
			done
		done
	done
	part 'texts'
}

# What the server says.
servers() {
	db_new
	rm -rf m
	case $engine in
	postgres)
		put 001_a.sql 'DO $x$ BEGIN' \
		    "RAISE NOTICE '%', \$p\$$lines\$p\$;" \
		    "RAISE WARNING USING MESSAGE = \$p\$$lines\$p\$," \
		    "DETAIL = \$p\$$lines\$p\$, HINT = \$p\$$lines\$p\$;" \
		    'END $x$;'
		put 002_b.sql 'DO $x$ BEGIN' \
		    "RAISE EXCEPTION USING MESSAGE = \$p\$$lines\$p\$," \
		    "DETAIL = \$p\$$lines\$p\$, HINT = \$p\$$lines\$p\$;" \
		    'END $x$;'
		;;
	sqlite)
		put 001_a.sql 'CREATE TABLE t (x);' \
		    'CREATE TRIGGER g BEFORE INSERT ON t BEGIN' \
		    "SELECT RAISE(ABORT, '$lines'); END;"
		put 002_b.sql 'INSERT INTO t VALUES (1);'
		;;
	esac
	script_shown
	commands -m m
	part 'servers'
}

# Rows of our own tables that somebody else has changed.
rows() {
	for poison in "$line" "$lines"; do
		for table in schema_version schema_version_log; do
			db_new
			rm -rf m
			put 001_a.sql 'CREATE TABLE a (x INTEGER);'
			put 001_a_rollback.sql 'DROP TABLE a;'
			put 002_b.sql 'SELECT nosuch;'
			sqlmigrate apply
			case $engine in
			postgres) columns=$(pg_sql "SELECT attname FROM pg_attribute
			    WHERE attrelid = '$table'::regclass AND attnum > 0
			    AND atttypid IN (25, 1043)") ;;
			sqlite) columns=$(db_sql "SELECT name FROM
			    pragma_table_info('$table') WHERE type <> 'INTEGER'") ;;
			esac
			for column in $columns; do
				value="'$poison'"
				[ "$column" != version ] ||
				    value="'$(printf %s "$poison" | head -c 20)'"
				db_sql "UPDATE $table SET $column = $value" \
				    >/dev/null 2>&1 || diag "$column: kept"
				look "$SQLMIGRATE" -d "$DB_URL" -m m status
				look "$SQLMIGRATE" -d "$DB_URL" -m m history
			done
			commands -m m
		done
	done
	rm -rf m
	put 003_c.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE c (x INTEGER);' 'SELECT nosuch;'
	db_new
	sqlmigrate apply
	expect_status 7 "$engine: one is half applied"
	db_sql "UPDATE schema_version_journal SET name = '$lines'" >/dev/null
	commands -m m
	part 'rows'
}

# Options, arguments, variables and the configuration.
settings() {
	rm -rf m
	db_new
	put 001_a.sql 'SELECT 1;'
	for poison in "$raw" "$line" "$lines"; do
		for option in table dir database to from env lock-wait config \
		    lock-timeout color backup "x$poison"; do
			look "$SQLMIGRATE" -d "$DB_URL" -m m "--$option=$poison" \
			    apply
			look "$SQLMIGRATE" -d "$DB_URL" -m m "--$option" "$poison" \
			    config
		done
		for command in "$poison" "apply $poison" "rollback $poison" \
		    "new $poison" "plan $poison" "stamp $poison" "help $poison" \
		    "-$poison" "status $poison"; do
			(IFS=' ' && look "$SQLMIGRATE" -d "$DB_URL" -m m \
			    "${command%% *}" "${command#* }")
		done
		look "$SQLMIGRATE" -m m -d "sqlite:$poison" status
		look "$SQLMIGRATE" -m m -d "sqlite:$poison/x" apply
		for variable in DATABASE_URL SQLMIGRATE_DIR SQLMIGRATE_LOCK_WAIT \
		    SQLMIGRATE_TABLE SQLMIGRATE_ENV PGHOST PGPORT PGSERVICE \
		    DATABASE_URL_FILE POSTGRES_USER_FILE PGUSER PGOPTIONS; do
			look env "$variable=$poison" "$SQLMIGRATE" status
			look env "$variable=$poison" "$SQLMIGRATE" config
			look env "$variable=$poison" "$SQLMIGRATE" -m m \
			    -d "$DB_URL" apply
		done
		for text in "$poison" "$poison = x" "lock-wait = $poison" \
		    "[$poison]" "dir = $poison" "table = $poison" \
		    "database = $poison"; do
			printf '%s\n' "$text" >sqlmigrate.conf
			look "$SQLMIGRATE" status
			look "$SQLMIGRATE" config
		done
		rm -f sqlmigrate.conf
	done
	part 'settings'
}

# Who holds a lock.
holders() {
	db_new
	rm -rf m
	role=$(printf %s "$line" | head -c 60)
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	put 002_b.sql 'ALTER TABLE a ADD COLUMN y INTEGER;'
	pg_sql "CREATE ROLE \"$role\" SUPERUSER LOGIN"
	pg_hold "SET ROLE \"$role\"; SET SESSION AUTHORIZATION \"$role\";
	    SET application_name = '$role'; BEGIN; LOCK TABLE a"
	look "$SQLMIGRATE" -d "$DB_URL" -m m --lock-timeout=50ms \
	    --lock-retries=1 apply
	pg_release
	pg_sql "DROP ROLE \"$role\"" >/dev/null
	part 'holders'
}

# What comes by archives and the command line meets no engine.
body() {
	db_new
	names
	texts
	servers
	rows
	if [ "$engine" = sqlite ]; then
		archives
		settings
	else
		holders
	fi
}
# The check itself sees each of them.
for poison in "$raw" "$line" "$lines"; do
	printf '%s\n' "$poison" >outputs/1.out
	echo x >outputs/1.command
	like "$(python3 poison.py check outputs/1.out)" '^outputs/1.out 0x' \
	    'the check sees what is unclean'
done
rm outputs/*
for_each_engine body
done_testing
