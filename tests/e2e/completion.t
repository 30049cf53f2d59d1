#!/bin/sh
# Completion: what the program offers, and that each shell hands it on.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"

scripts=$top_srcdir/contrib/completion
PATH=$(dirname "$SQLMIGRATE"):$PATH
tab=$(printf '\t')

# offers WANT WORD...: these are the candidates, in this order.
offers() {
	want=$1
	shift
	run "$SQLMIGRATE" complete -- sqlmigrate "$@"
	is "$(printf '%s\n' "$stdout" | cut -f1 | tr '\n' ' ' | sed 's/ $//')" \
	    "$want" "completion of: $*"
}

mkdir -p migrations db
touch migrations/002_b.sql migrations/001_a.sql migrations/001_a_rollback.sql \
    migrations/README db/7_x.sql
printf '%s\n' 'dir = migrations' '' '[staging]' 'dir = db' '[live]' \
    >sqlmigrate.conf

run "$SQLMIGRATE" complete -- sqlmigrate ''
for command in $("$SQLMIGRATE" --help |
    sed -n '/^Options/q;s/^  \([a-z]\{1,\}\).*/\1/p'); do
	like "$stdout" "^$command${tab}[a-z]" "the command $command"
	"$SQLMIGRATE" help "$command" | grep -oE '^ .*--[a-z-]+=?' |
	    grep -oE -e '--[a-z-]+' >options
	{
		"$SQLMIGRATE" complete -- sqlmigrate "$command" --
		"$SQLMIGRATE" complete -- sqlmigrate --
	} | cut -f1 | tr -d = >offered
	is "$(grep -vxFf offered options)" '' "$command: all its options"
done
offers 'status stamp' st
offers 'apply' apply
offers '--dry-run --database= --dir= --direct=' apply --d
offers 'auto always never' --color ''
offers '--color=always' --color=al
offers 'strict' apply --transaction st
offers 'done undone' repair 002 --statement ''
offers '--statement=undone' repair --statement=u
offers 'staging live' --env ''
offers 'live' -e l
offers '001 002' apply ''
offers '002' rollback --to 002
offers '7' -m db apply ''
offers '7' --env staging apply ''
offers ':folders' --dir ''
offers ':files' --config ''
offers ':files' backup ''
offers ':files' apply --backup ''
offers '' new ''
offers 'history' help hi
offers 'rollback redo repair renumber runbook' help r
offers '' comp
offers '' history -n ''
offers '' nosuch --nosuch ''
touch 'migrations/003_x	y.sql' "$(printf 'migrations/004_\033.sql')"
offers '001 002' apply 0
run "$SQLMIGRATE" complete
expect_status 2 'no words'

# Each shell, where there is one.
cat >bash.sh <<'END'
. "$1"
COMP_LINE=$2
COMP_POINT=${#COMP_LINE}
compopt() { echo "compopt $*"; }
_sqlmigrate
printf '%s\n' "${COMPREPLY[@]}"
END
bash_offers() {
	is "$(bash bash.sh "$scripts/sqlmigrate" "$1" | tr '\n' ' ')" "$2 " \
	    "bash: $1"
}
if command -v bash >/dev/null; then
	bash_offers 'sqlmigrate st' 'status stamp'
	bash_offers 'sqlmigrate apply ' '001 002'
	bash_offers 'sqlmigrate apply --dr' '--dry-run'
	bash_offers 'sqlmigrate --color=a' 'auto always'
	bash_offers 'sqlmigrate --env ' 'staging live'
	bash_offers 'sqlmigrate --dir' 'compopt -o nospace compopt -o nospace --dir= --direct='
	bash_offers 'sqlmigrate backup ' 'compopt -o default '
else
	diag 'bash is not here'
fi

cat >zsh.sh <<'END'
function _files { print -r -- "files $*" }
function _describe { print -rl -- "${(@)candidates}" }
words=("${(@f)2}")
CURRENT=${#words}
source $1
END
zsh_offers() {
	is "$(zsh -f zsh.sh "$scripts/_sqlmigrate" "$1" | cut -d: -f1 |
	    tr '\n' ' ')" "$2 " "zsh: $(printf %s "$1" | tr '\n' ' ')"
}
if command -v zsh >/dev/null; then
	zsh_offers 'sqlmigrate
st' 'status stamp'
	zsh_offers 'sqlmigrate
apply
0' '001 002'
	zsh_offers 'sqlmigrate
backup
x' 'files '
else
	diag 'zsh is not here'
fi

fish_offers() {
	is "$(fish -N -c "source $scripts/sqlmigrate.fish
	    complete -C '$1'" | cut -f1 | tr '\n' ' ')" "$2 " "fish: $1"
}
if command -v fish >/dev/null; then
	fish_offers 'sqlmigrate st' 'stamp status' # it sorts
	fish_offers 'sqlmigrate apply 0' '001 002'
	fish_offers 'sqlmigrate --color al' 'always'
else
	diag 'fish is not here'
fi
done_testing
