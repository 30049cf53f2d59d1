#!/bin/sh
# The sources keep to their budgets, and the check sees when they do not.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"

run sh "$top_srcdir/contrib/check-size" "$top_srcdir"
expect_status 0 'the sources keep to their budgets'
[ "$status" -eq 0 ] || diag "$stdout"

# check NUMBER STATUS NAME: judge the one file ./src/x.c.
check() {
	mkdir -p tests contrib .ci
	run sh "$top_srcdir/contrib/check-size" .
	expect_status "$2" "$3"
	[ "$2" -eq 0 ] || expect_stdout_like "^not ok $1 " "$3: says which"
}

# lines N TEXT
lines() {
	awk -v n="$1" -v text="$2" 'BEGIN { while (n-- > 0) print text }'
}

check 1 1 'no source at all'
mkdir src
lines 500 '' >src/x.c
check 2 0 'a file of 500 lines'
lines 501 '' >src/x.c
check 2 1 'a file of 501 lines'
{ echo '/* Budget: one long table. */' && lines 501 ''; } >src/x.c
check 2 0 'a file with a reason'
{ printf 'int\nf(void)\n{\n' && lines 50 '	x();' && echo '}'; } >src/x.c
check 3 0 'a function of 50 lines'
{ printf 'int\nf(void)\n{\n' && lines 51 '	x();' && echo '}'; } >src/x.c
check 3 1 'a function of 51 lines'
printf '%80s\n' 'x;' >src/x.c
check 4 0 'a line of 80 columns'
printf '\t%73s\n' 'x;' >src/x.c
check 4 1 'a line of 81 columns'

done_testing
