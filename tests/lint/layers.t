#!/bin/sh
# The sources keep to their layers, and the check sees when they do not.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"

run sh "$top_srcdir/contrib/check-layers" "$top_srcdir"
expect_status 0 'the sources keep to their layers'
[ "$status" -eq 0 ] || diag "$stdout"

# broken FILE TEXT NUMBER NAME: with that text added, check NUMBER fails.
broken() {
	rm -rf tree
	mkdir tree
	cp -R "$top_srcdir/src" tree/src
	chmod -R u+w tree
	mkdir -p "$(dirname "tree/$1")"
	printf '%s\n' "$2" >>"tree/$1"
	run sh "$top_srcdir/contrib/check-layers" tree
	expect_status 1 "$4: the check fails"
	expect_stdout_like "^not ok $3 " "$4: and says which rule"
}

broken src/base/mem.c '#include "sql/dialect.h"' 3 'base includes sql'
broken src/run/x.c '#include "report/report.h"' 3 'run includes report'
broken src/base/x.c '#include "mem.h"' 3 'an include without its room'
broken src/report/x.c '#include "engine/postgres_int.h"' 4 'an internal header'
broken src/base/x.h 'struct buf whole;' 5 'a header that does not stand alone'
broken src/run/x.c 'int PQconnect;' 6 'run names a library'
broken src/run/x.c 'int a; /* no postgres */ int sqlite;' 6 \
    'run names an engine'
broken src/odd/x.c 'int x;' 2 'a room of no layer'

rm -rf tree
mkdir -p tree/src
run sh "$top_srcdir/contrib/check-layers" tree
expect_status 1 'no source at all'

done_testing
