#!/usr/bin/env bash
# New baselines, step by step, as .github/workflows/refresh.yml runs it: measured several times, merged, and proposed.
#
#   scripts/refresh.sh measure   SESSIONS (3) sessions of this machine, and the program that measured them, into REFRESH
#   scripts/refresh.sh merge     REFRESH/baselines.json from the sessions of all platforms under RUNS; says whether it differs
#   scripts/refresh.sh propose   pushes it as a branch and opens the pull request, or brings the open one up to date
#
# Settings, all from the environment: PROFILE (nightly), PLATFORM (this host's), REFRESH (out/refresh), RUNS (runs: a folder
# `refresh-<platform>` each), EXPECT (platforms, with commas), BASELINES (platforms/baselines.json), BRANCH
# (refresh-baselines), BASE (main), EVENT (what asked for it). `propose` takes a token from the environment.
# GENERATOR and DETECTOR name programs that are built already; `scripts/nightly.sh build` builds them.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
exec </dev/null

GENERATOR=${GENERATOR:-$target_dir/release/generator}
DETECTOR=${DETECTOR:-$target_dir/release/detector}
PROFILE=${PROFILE:-nightly}
REFRESH=${REFRESH:-out/refresh}
RUNS=${RUNS:-runs}
BASELINES=${BASELINES:-platforms/baselines.json}
BRANCH=${BRANCH:-refresh-baselines}
# Whoever else commits to the branch is no program, and what they did is not pushed over.
email=tidegauge@localhost

fail() {
    if [[ ${GITHUB_ACTIONS:-} == true ]]; then printf '::error::%s\n' "$*" >&2; else printf 'error: %s\n' "$*" >&2; fi
    exit 2
}

authorised() { bash scripts/with-token.sh "$@"; }

# The platforms that should have been measured, one a line.
expected() { printf '%s\n' "$EXPECT" | tr ',' '\n'; }
need_expected() { [[ -n ${EXPECT:-} ]] || fail 'set EXPECT to the platforms that should have been measured, with commas'; }

measure() {
    local session sessions=${SESSIONS:-3}
    [[ $sessions =~ ^[1-9][0-9]?$ ]] || fail "SESSIONS is a number from 1 to 99, found '$sessions'"
    mkdir -p "$REFRESH/programs"
    cp -- "$GENERATOR" "$REFRESH/programs/generator-$(sha256_of "$GENERATOR")"
    for ((session = 1; session <= sessions; session++)); do
        printf '\n=== session %s of %s\n' "$session" "$sessions"
        "$GENERATOR" measure ${PLATFORM:+--platform "$PLATFORM"} --profile "$PROFILE" --out "$REFRESH/session-$session"
    done
}

merge() {
    local key reports failed=()
    need_expected
    mkdir -p "$REFRESH"
    [[ ! -f $BASELINES ]] || cp -- "$BASELINES" "$REFRESH/baselines.json"
    while IFS= read -r key; do
        reports=("$RUNS/refresh-$key"/session-*/report.json)
        # As reports, not as files of baselines: sessions of another program are replaced, where merged they would stand beside.
        if [[ ! -f ${reports[0]} ]] ||
            ! "$GENERATOR" baseline --platform "$key" --report "${reports[@]}" --baselines "$REFRESH/baselines.json"; then
            failed+=("$key")
        fi
    done < <(expected)
    if [[ ! -f $REFRESH/baselines.json ]] || cmp -s "$BASELINES" "$REFRESH/baselines.json"; then
        printf 'changed=false\n' >>"${GITHUB_OUTPUT:-/dev/stdout}"
    else
        printf 'changed=true\n' >>"${GITHUB_OUTPUT:-/dev/stdout}"
    fi
    ((${#failed[@]} == 0)) || fail "no new baseline of ${failed[*]}: they keep what they have; their jobs say why"
}

propose() {
    local base=${BASE:-main} key program programs=() there reason code=0
    need_expected
    [[ -n ${GITHUB_REPOSITORY:-} ]] || fail 'set GITHUB_REPOSITORY to OWNER/NAME'
    [[ -f $REFRESH/baselines.json ]] || fail "there is no $REFRESH/baselines.json to propose"
    case ${EVENT:-} in
    schedule) reason='the monthly refresh' ;;
    *) reason='asked for by hand' ;;
    esac
    while IFS= read -r key; do
        for program in "$RUNS/refresh-$key"/programs/generator-*; do
            [[ ! -f $program ]] || programs+=(--program "$program")
        done
    done < <(expected)

    # The branch is one commit on top of what is proposed against, made anew each time.
    there=$(authorised git ls-remote origin "refs/heads/$BRANCH" | cut -f 1)
    if [[ -n $there ]]; then
        authorised git fetch --quiet --depth 1 --no-tags origin "refs/heads/$BRANCH"
        [[ $(git show --no-patch --format=%ce FETCH_HEAD) == "$email" ]] ||
            fail "somebody has committed to the branch $BRANCH; merge it or delete it, and run this again"
    fi
    git show "HEAD:$BASELINES" >"$REFRESH/current.json" 2>/dev/null ||
        fail "$BASELINES is not in this commit; commit a first one, which may hold no baseline"
    cp -- "$REFRESH/baselines.json" "$BASELINES"
    git checkout --quiet --detach
    git add -- "$BASELINES"
    git -c user.name=tidegauge -c user.email="$email" -c commit.gpgsign=false commit --quiet \
        --message "Measure the baselines anew: $reason"
    authorised git push --quiet --force-with-lease="refs/heads/$BRANCH:$there" origin "HEAD:refs/heads/$BRANCH"

    "$DETECTOR" propose --baselines "$REFRESH/baselines.json" --current "$REFRESH/current.json" \
        --repo "$GITHUB_REPOSITORY" --head "$BRANCH" --base "$base" --reason "$reason" \
        ${programs[@]+"${programs[@]}"} >"$REFRESH/proposed.md" || code=$?
    cat -- "$REFRESH/proposed.md"
    [[ -z ${GITHUB_STEP_SUMMARY:-} ]] || cat -- "$REFRESH/proposed.md" >>"$GITHUB_STEP_SUMMARY"
    exit "$code"
}

case ${1:-} in
measure | merge | propose) "$1" ;;
*) fail "there is no '${1:-}'; there are measure, merge and propose" ;;
esac
