# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
# What the scripts in contrib share.

build_packages='gcc libc6-dev make autoconf automake pkg-config libpq-dev
libsqlite3-dev libssl-dev'

say() {
	printf '== %s\n' "$*"
}

die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "run this as root, or install sudo, or install by hand:
$missing"
	fi
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	    -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold "$@"
}

# The packages of the list that are not installed.
packages_missing() {
	for package in "$@"; do
		dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null |
			grep -qx installed || echo "$package"
	done
}

# Installing a server would start it; ours are started by the tests alone.
packages_without_cluster() {
	conf=/etc/postgresql-common/createcluster.conf
	apt install --no-install-recommends postgresql-common || return
	as_root cp -p "$conf" "$conf.sqlmigrate" || return
	echo 'create_main_cluster = false' | as_root tee -a "$conf" >/dev/null
	result=0
	apt install --no-install-recommends "$@" || result=$?
	as_root mv "$conf.sqlmigrate" "$conf"
	return "$result"
}

# Install what is missing of the given packages; $log takes what apt says.
packages_install() {
	if ! command -v dpkg-query >/dev/null; then
		say 'not a Debian system: what is needed must be installed'
		return
	fi
	missing=$(packages_missing "$@" | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	say "installing: $missing"
	apt update >>"$log" 2>&1 || { tail -n 20 "$log" >&2 &&
		die 'apt-get update failed'; }
	# shellcheck disable=SC2086
	case " $missing" in
	*' postgresql '*) packages_without_cluster $missing ;;
	*) apt install --no-install-recommends $missing ;;
	esac >>"$log" 2>&1 || { tail -n 20 "$log" >&2 &&
		die "could not install $missing"; }
}

# Copy the sources and make configure in the copy: a clone stays as it is.
source_copy() {
	rm -rf "$2"
	mkdir -p "$2"
	(cd "$1" && tar -c -f - --exclude=./.git --exclude='./build*' \
	    --exclude=./configure --exclude=./config.status \
	    --exclude=./autom4te.cache --exclude=./contrib/build-aux \
	    --exclude='*.o' --exclude='*.a' --exclude='*.log' \
	    --exclude='*.trs' .) | (cd "$2" && tar -x -f - --no-same-owner)
	(cd "$2" && contrib/autogen)
}

# The same, quietly; what it said is beside it.
source_ready() {
	source_copy "$@" >"$2.log" 2>&1 && return
	cat "$2.log"
	die 'could not make configure'
}

cpus() {
	getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

# They wait more than they work.
tests_at_once() {
	echo $((2 * $(cpus)))
}
