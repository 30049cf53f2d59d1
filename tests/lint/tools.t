#!/bin/sh
# Sources, scripts and manual pages under the tools that know their faults.
# A tool that is missing fails the test under CI, and is passed over elsewhere.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
cd "$top_srcdir" || exit 99

# have TOOL NAME: whether to use it; the version matters for clang-format.
have() {
	command -v "$1" >/dev/null && return
	if [ "${CI-}" = true ]; then
		fail "$2" "$1 is not installed"
	else
		diag "$2: passed over, $1 is not installed"
	fi
	return 1
}

# clean NAME CMD...: the command succeeds and says nothing.
clean() {
	name=$1
	shift
	run "$@"
	if [ "$status" -eq 0 ] && [ -z "$stdout$stderr" ]; then
		pass "$name"
	else
		fail "$name" "$(printf '%s\n%s\n' "$stdout" "$stderr" |
		    head -n 40)"
	fi
}

# Files of the tree, without what a build may have left in it.
files() {
	find .ci contrib man src tests ! -path '*/build-aux/*' \
	    ! -name '*.log' ! -name '*.trs' -type f "$@" | LC_ALL=C sort
}

scripts() {
	files ! -name '*.[ch]' ! -name '*.sql' | while read -r file; do
		case $(head -c 14 "$file" | tr -d '\0') in
		'#!/bin/sh'* | '#!/bin/bash'* | '# shellcheck'*) echo "$file" ;;
		esac
	done
}

if have shellcheck 'shell scripts'; then
	# shellcheck disable=SC2046
	clean 'shell scripts' shellcheck $(scripts)
fi

# mandoc -W style complains about the missing database of other pages, which
# a cross reference to one of them needs.
if have mandoc 'manual pages'; then
	for page in $(files -path './man/*.[1-8]' -o -path 'man/*.[1-8]'); do
		clean "$page" mandoc -T lint -W warning "$page"
	done
fi

if have clang-format 'the format of C sources'; then
	case $(clang-format --version) in
	*'version 14.'*)
		# shellcheck disable=SC2046
		clean 'the format of C sources' \
		    clang-format --dry-run -Werror $(files -name '*.[ch]')
		;;
	*) diag 'the format of C sources: only clang-format 14 is asked' ;;
	esac
fi

# Suppressed: a function that only tests or later rooms call, and our
# const-correctness and scope, which the compilers judge.
if have cppcheck 'cppcheck'; then
	clean 'cppcheck' cppcheck -q --std=c11 --language=c --error-exitcode=1 \
	    --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem --suppress=unusedFunction \
	    -j 2 -D_GNU_SOURCE -DWITH_POSTGRES -DWITH_SQLITE -Isrc src
fi

pass 'the tools were asked'
done_testing
