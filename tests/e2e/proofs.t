#!/bin/sh
# Every change of the snapshot's own tests, as a migration: with a rollback
# that takes it back it is proven, with one that does nothing it is caught.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

TMPDIR=$tmp
export TMPDIR
data=$top_srcdir/tests/data/catalogue

proofs() {
	db_new
	[ "$engine" = sqlite ] || VERSION=$(pg_sql \
	    "SELECT current_setting('server_version_num')::int / 10000")
	export VERSION
	# The schema has a subscription, and names roles that must be there.
	[ "$engine" = sqlite ] || for role in owner reader writer; do
		psql -q -d postgres -c "CREATE ROLE cat_$role"
	done
	cases=$(python3 "$top_srcdir/tests/lib/proofs.py" make "$engine" \
	    "$data-$engine.txt" "$data-$engine.sql" .)
	ok "$engine: there are $cases changes" [ "$cases" -ge 80 ]
	for kind in honest false; do
		for folder in ./*."$kind"; do
			# After a false one the scratch database is made anew.
			case $kind-$engine-${SQLMIGRATE_TORTURE-}-$folder in
			false-postgres--*[26]0.false) continue ;;
			esac
			timeout 120 "$SQLMIGRATE" --json -d "$DB_URL" -m \
			    "$folder" prove --all >"$folder.said" 2>&1 || :
		done
		python3 "$top_srcdir/tests/lib/proofs.py" look "$kind" \
		    ./*."$kind".said >told
		is "$(sed 1d told)" '' \
		    "$engine: $kind rollbacks are told as that"
		seen=$(head -n 1 told)
		ok "$engine: $kind ones: $seen were looked at" \
		    [ "$seen" -ge 80 ]
	done
}

for_each_engine proofs
done_testing
