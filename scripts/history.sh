#!/usr/bin/env bash
# Keeps what every night measured on a branch of its own, which shares nothing with the code: one folder a run, written once.
#
#   scripts/history.sh exists             whether there is such a branch: prints true or false
#   scripts/history.sh fetch DIR          checks it out into DIR; an empty folder where there is no branch yet
#   scripts/history.sh append DIR RUN…    fetches it, adds these run folders with `detector record`, and pushes it; a file
#                                         in place of a folder says how right the alarms were
#
# HISTORY_REMOTE (origin of this checkout) and HISTORY_BRANCH (history) say where it is; any git remote will do. Of each
# platform only the newest HISTORY_NEWEST (200) runs are checked out: years of nights are more than anybody reads. A push
# that comes second takes the other's runs in and tries again, HISTORY_ATTEMPTS (6) times in all. Nothing that is there is
# ever changed. A token is taken from the environment where there is one: scripts/with-token.sh.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$root/scripts/toolchain.sh"
branch=${HISTORY_BRANCH:-history}
attempts=${HISTORY_ATTEMPTS:-6}
newest=${HISTORY_NEWEST:-200}
pause=${HISTORY_PAUSE:-2}
DETECTOR=${DETECTOR:-$target_dir/release/detector}

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 2
}

[[ $attempts =~ ^[1-9][0-9]?$ && $newest =~ ^[1-9][0-9]*$ ]] ||
    fail "HISTORY_ATTEMPTS and HISTORY_NEWEST are numbers above 0, found '$attempts' and '$newest'"
# Sources that lie in somebody else's repository have no remote of their own.
remote=${HISTORY_REMOTE:-$(! is_checkout || git -C "$root" remote get-url origin 2>/dev/null || true)}
[[ -n $remote ]] || is_checkout || fail "$(no_checkout), which has no remote origin; set HISTORY_REMOTE to where the history is kept"
[[ -n $remote ]] || fail 'this checkout has no remote origin; set HISTORY_REMOTE to where the history is kept'
# A folder is meant from here, not from the checkout of the history.
[[ ! -d $remote ]] || remote=$(cd -- "$remote" && pwd)

authorised() { bash "$root/scripts/with-token.sh" "$@"; }

# Whether there is a history. A remote that does not answer is not one without a history.
exists() {
    local code=0
    authorised git ls-remote --exit-code "$remote" "refs/heads/$branch" >/dev/null || code=$?
    case $code in
    0) return 0 ;;
    2) return 1 ;;
    *) fail "$remote did not say whether it has the branch $branch; the message stands above" ;;
    esac
}

# Makes $1 the history as the remote has it.
fetch() {
    local folder=$1
    if [[ ! -e $folder || -z $(ls -A "$folder") ]]; then
        git init --quiet "$folder"
        git -C "$folder" config tidegauge.history true
        git -C "$folder" config core.autocrlf false
        git -C "$folder" config core.sparseCheckout true
        # By a name: what is left out now may be fetched later.
        git -C "$folder" remote add history "$remote"
    fi
    # Its files are thrown away below.
    [[ $(git -C "$folder" config --local tidegauge.history 2>/dev/null) == true && -e $folder/.git ]] ||
        fail "$folder is there, and no checkout of the history that this script made; name another folder"
    # Until the remote's is here, what was there stays.
    if exists; then
        authorised git -C "$folder" fetch --quiet --depth 1 --no-tags --filter=blob:none history "refs/heads/$branch"
        clear_out "$folder"
        choose_newest "$folder" >"$folder/.git/info/sparse-checkout"
        authorised git -C "$folder" checkout --quiet --force --detach FETCH_HEAD
    else
        clear_out "$folder"
        git -C "$folder" symbolic-ref HEAD "refs/heads/$branch"
        git -C "$folder" update-ref -d "refs/heads/$branch"
    fi
}

# Nothing of a push that was lost, nor of what somebody put there, is in $1 when the remote's is.
clear_out() {
    git -C "$1" read-tree --empty
    git -C "$1" clean -ffdxq
}

# What of FETCH_HEAD is checked out, as git's patterns: the names of a platform's runs begin with their time.
choose_newest() {
    printf '/*\n!/*/\n'
    git -C "$1" ls-tree -d -r --name-only FETCH_HEAD | LC_ALL=C sort -r |
        awk -F / -v newest="$newest" 'NF == 2 && count[$1]++ < newest { print "/" $0 "/" }'
}

# Whether what is staged only adds: a run that was kept is not written again.
adds_only() { [[ -z $(git -C "$1" diff --cached --name-only --no-renames --diff-filter=a) ]]; }

# Commits what is staged in $1, for the first time or on top of what is there.
commit() {
    git -C "$1" -c user.name=tidegauge -c user.email=tidegauge@localhost -c commit.gpgsign=false commit --quiet --message "$2"
}

# What a person finds who looks at the branch.
explain() {
    cat >"$1/README.md" <<'TEXT'
# History

What every night measured: `<platform>/<time>-<commit>/<document>.json`, a folder a run, written once and never changed; and
`alarms/<time>.json`, how right the alarms were that night.
`scripts/history.sh` of the main branch adds to it; `detector changes --history` reads it.
TEXT
}

append() {
    local folder=$1 run what attempt refused=() written
    shift
    [[ -x $DETECTOR ]] || fail "there is no $DETECTOR; build it, or set DETECTOR"
    for ((attempt = 1; attempt <= attempts; attempt++)); do
        fetch "$folder"
        [[ -e $folder/README.md ]] || explain "$folder"
        refused=()
        written=0
        for run in "$@"; do
            what=("$run")
            [[ ! -f $run ]] || what=(--alarms "$run")
            if [[ ! -f $run && ! -f $run/report.json ]]; then
                printf '%s: no report, so nothing was measured; there is nothing to keep\n' "$run" >&2
            elif "$DETECTOR" record --history "$folder" "${what[@]}"; then
                written=$((written + 1))
            else
                # One that is damaged does not keep the others out.
                refused+=("$run")
            fi
        done
        git -C "$folder" add --all --sparse
        if ((written == 0)) || git -C "$folder" diff --cached --quiet 2>/dev/null; then
            printf 'the history has nothing new\n' >&2
        else
            adds_only "$folder" || fail "$folder: a run that is kept would be changed; nothing was pushed"
            commit "$folder" "Record $(named "$@")"
            if ! authorised git -C "$folder" push --quiet "$remote" "HEAD:refs/heads/$branch"; then
                ((attempt < attempts)) || fail "the branch $branch of $remote took no push in $attempts attempts"
                printf 'the push was not taken; trying again on top of what is there now\n' >&2
                sleep $((pause * attempt + (pause > 0 ? RANDOM % 3 : 0)))
                continue
            fi
        fi
        ((${#refused[@]} == 0)) || fail "these could not be recorded, the messages stand above: ${refused[*]}"
        return
    done
}

# The names of folders, with commas.
named() {
    local run names=()
    for run in "$@"; do names+=("$(basename -- "$run")"); done
    local IFS=,
    printf '%s' "${names[*]}"
}

case ${1:-} in
exists) if exists; then echo true; else echo false; fi ;;
fetch)
    [[ $# == 2 ]] || fail 'fetch takes the folder to check out into'
    fetch "$2"
    ;;
append)
    (($# >= 3)) || fail 'append takes the folder to check out into, and the run folders'
    shift
    append "$@"
    ;;
*) fail "there is no '${1:-}'; there are exists, fetch DIR, and append DIR RUN…" ;;
esac
