#!/usr/bin/env bash
# A night, step by step, as .github/workflows/nightly.yml runs it and a person can at home.
#
#   scripts/nightly.sh               build verify measure compare confirm judge watch verdict: this machine's night
#   scripts/nightly.sh STEP…         only these, one after the other
#   scripts/nightly.sh --help        this
#
# A platform's steps, on a machine of it and without a token; they leave all that they find in the run folder:
#   build      the release programs
#   verify     every case against its reference
#   measure    report.json
#   compare    what is suspected, beside the baselines and the history
#   confirm    the suspects again, side by side with the program that made the baseline: pair.json
#   judge      comparison.json, the summary and the annotations
#   watch      the program beside itself, as it is and slowed by 10 %: watch.json
#   verdict    ends with the exit code that judge found; the last step, so that it hides nothing
# In place of measure, compare and confirm, for a pull request:
#   beside     this checkout side by side with what it comes from (BASE_SHA): pair.json
# The steps for all platforms together:
#   matrix     the jobs, as a line for a workflow's outputs
#   plan       the same, with the platforms and whether there is a history
#   detector   builds the detector alone
#   record     adds the run folders to the history branch
#   alert      opens, updates and closes issues, and says how things stand
#   keep       adds to the history how right the alarms were
#
# Settings, all from the environment: PROFILE (nightly), PLATFORM (this host's), RUN (out/nightly), HISTORY (history),
# BASELINES (platforms/baselines.json), WATCH_CASES; for all platforms: PLATFORMS (all; with commas), RUNS (runs: a folder
# `nightly-<platform>` each), EXPECT (platforms that should have run), OWNERS (.github/CODEOWNERS), TOLD (out/alert).
# GENERATOR, DETECTOR and PLATFORM_LIST name programs that are built already.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
exec </dev/null

export PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
target=${CARGO_TARGET_DIR:-$root/target}
GENERATOR=${GENERATOR:-$target/release/generator}
DETECTOR=${DETECTOR:-$target/release/detector}
PROFILE=${PROFILE:-nightly}
RUN=${RUN:-out/nightly}
HISTORY=${HISTORY:-history}
BASELINES=${BASELINES:-platforms/baselines.json}
# Every ISA level of a kernel bound by memory, one by its multiplications, and one by its chain of additions.
WATCH_CASES=${WATCH_CASES:-'^(add|dot|sum)_f32/.*/n10000$'}
RUNS=${RUNS:-runs}
TOLD=${TOLD:-out/alert}
OWNERS=${OWNERS:-.github/CODEOWNERS}

say() { printf '\n=== %s\n' "$*"; }

fail() {
    note error "$*"
    exit 2
}

# Tells a person: as an annotation on GitHub, which reads both streams, else plainly. What is told is ours, and one line.
note() {
    local level=$1
    shift
    if [[ ${GITHUB_ACTIONS:-} == true ]]; then
        printf '::%s::%s\n' "$level" "$*" >&2
    else
        printf '%s: %s\n' "$level" "$*" >&2
    fi
}

# Adds a file to the job's summary.
summarise() { [[ -z ${GITHUB_STEP_SUMMARY:-} ]] || cat -- "$1" >>"$GITHUB_STEP_SUMMARY"; }

# --platform KEY, where one is asked for.
platform=(${PLATFORM:+--platform "$PLATFORM"})

step_build() { cargo build --release --locked -p generator -p detector; }

step_detector() { cargo build --release --locked -p detector; }

matrix=
find_matrix() {
    local program=("${PLATFORM_LIST:-}")
    [[ -n ${PLATFORM_LIST:-} ]] || program=(cargo run --quiet --release --locked -p platforms --)
    matrix=$("${program[@]}" matrix --format github ${PLATFORMS:+--platform "${PLATFORMS// /}"})
}

step_matrix() {
    find_matrix
    printf 'matrix=%s\n' "$matrix"
}

step_plan() {
    local keys history
    history=$(bash scripts/history.sh exists)
    # Nothing that is built or run from here on needs it.
    unset GITHUB_TOKEN GH_TOKEN
    find_matrix
    keys=$(printf '%s' "$matrix" | grep -o '"platform":"[^"]*"' | cut -d '"' -f 4 | paste -s -d , -)
    printf 'matrix=%s\n' "$matrix"
    printf 'platforms=%s\n' "$keys"
    printf 'history=%s\n' "$history"
}

step_verify() {
    mkdir -p "$RUN/logs"
    "$GENERATOR" verify ${platform[@]+"${platform[@]}"} --profile "$PROFILE" | tee "$RUN/logs/verify.txt"
}

# Readies the run folder: at home an earlier night's documents may be there.
clear_run() {
    mkdir -p "$RUN/logs"
    rm -f "$RUN"/{report,comparison,pair,watch}.json "$RUN"/logs/{suspected.json,verdict}
}

step_measure() {
    clear_run
    measured report.json "$GENERATOR" measure ${platform[@]+"${platform[@]}"} --profile "$PROFILE" --out "$RUN"
}

step_beside() {
    local base
    clear_run
    [[ -n ${BASE_SHA:-} ]] || fail 'set BASE_SHA to the commit that the pull request goes to'
    base=$(git merge-base "$BASE_SHA" HEAD)
    measured pair.json "$GENERATOR" pair --base-ref "$base" ${platform[@]+"${platform[@]}"} --profile "$PROFILE" --out "$RUN"
}

# Runs a measurement that leaves the document $1, and ends with its exit code. Where single cases failed, the others were
# measured all the same, and that is no failure.
measured() {
    local document=$1 code=0
    shift
    "$@" || code=$?
    if [[ $code == 1 && -s $RUN/$document ]]; then
        note warning 'some cases could not be measured; the comparison names them'
        code=0
    fi
    return "$code"
}

# What is known of this platform's earlier nights, where there are any.
earlier=()
find_earlier() {
    local key
    [[ -s $RUN/report.json ]] || return 0
    key=${PLATFORM:-$(sed -n 's/^ *"platform": *"\([^"]*\)".*/\1/p' "$RUN/report.json" | head -n 1)}
    earlier=()
    if compgen -G "$HISTORY/$key/*/report.json" >/dev/null; then
        earlier=(--history "$HISTORY" --previous "$HISTORY")
    else
        printf 'no earlier night of %s is known; the history begins tonight\n' "$key" >&2
    fi
}

# Judges what was measured as $1 into the file $2: the report, the pair, or both. The verdict is left in `verdict`.
verdict=
judge_as() {
    local measured=()
    [[ ! -s $RUN/report.json ]] || measured+=(--report "$RUN/report.json" ${earlier[@]+"${earlier[@]}"})
    [[ ! -s $RUN/pair.json ]] || measured+=(--pair "$RUN/pair.json")
    verdict=0
    "$DETECTOR" compare ${measured[@]+"${measured[@]}"} ${platform[@]+"${platform[@]}"} --baselines "$BASELINES" \
        --format "$1" --output "$2" || verdict=$?
    case $verdict in
    0 | 1 | 3 | 4) ;;
    # Not a verdict: it could not judge.
    *) exit "$verdict" ;;
    esac
}

step_compare() {
    mkdir -p "$RUN/logs"
    find_earlier
    judge_as json "$RUN/logs/suspected.json"
    printf 'before confirmation: exit code %s\n' "$verdict"
}

step_confirm() {
    local confirm base code=0
    confirm=(pair --confirm "$RUN/logs/suspected.json" --baselines "$BASELINES")
    base=$("$GENERATOR" "${confirm[@]}" --print-base) || code=$?
    if ((code == 0)); then
        fetch_program "$base"
        measured pair.json "$GENERATOR" "${confirm[@]}" --programs "$RUN.programs" --out "$RUN" || code=$?
    fi
    case $code in
    0) ;;
    # No failure of this step: the verdict says so once more, and what is suspected stays that.
    4) note warning 'nothing could be confirmed: there is no program that made a baseline of this platform' ;;
    *)
        note error "the confirmation ended with $code: no suspect of this night can become an alarm. Where the program that made the baseline can be neither fetched nor built from its commit any more, the workflow refresh proposes a baseline that can"
        exit "$code"
        ;;
    esac
}

# Gets the program with the hash $1, which made a baseline: it is this very one, or lies where `detector propose` put it. It
# may be missing: then it is built from its commit.
fetch_program() {
    local sha256=$1 url file
    if [[ ! $sha256 =~ ^[0-9a-f]{64}$ ]]; then return; fi
    file=$RUN.programs/generator-$sha256
    [[ ! -x $file ]] || return 0
    # A copy, as everywhere: the base is a file of its own.
    if [[ $(sha256_of "$GENERATOR") == "$sha256" ]]; then
        mkdir -p "$RUN.programs"
        cp -- "$GENERATOR" "$file"
        return 0
    fi
    [[ -n ${GITHUB_REPOSITORY:-} ]] || return 0
    mkdir -p "$RUN.programs"
    url=${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY/releases/download/baseline-programs/generator-$sha256
    if ! curl --fail --silent --show-error --location --max-redirs 5 --retry 3 --max-time 300 --max-filesize 268435456 \
        --output "$file.partial" -- "$url"; then
        printf 'the program that made the baseline is not kept; it will be built from its commit\n' >&2
    elif [[ $(sha256_of "$file.partial") == "$sha256" ]]; then
        chmod +x "$file.partial"
        mv -- "$file.partial" "$file"
    else
        note warning "what is kept as generator-$sha256 is another program; it was thrown away"
    fi
    rm -f -- "$file.partial"
}

sha256_of() {
    if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

step_judge() {
    mkdir -p "$RUN/logs"
    find_earlier
    judge_as json "$RUN/comparison.json"
    printf '%s\n' "$verdict" >"$RUN/logs/verdict"
    judge_as markdown "$RUN/comparison.md"
    summarise "$RUN/comparison.md"
    judge_as "$(if [[ ${GITHUB_ACTIONS:-} == true ]]; then echo github; else echo human; fi)" "$RUN/logs/judged.txt"
    cat -- "$RUN/logs/judged.txt"
}

step_watch() {
    # A file of its own, as the program that made a baseline is one: its pages are not the candidate's.
    mkdir -p "$RUN.programs"
    rm -f -- "$RUN.programs/copy"
    cp -- "$GENERATOR" "$RUN.programs/copy"
    beside_itself self
    beside_itself slowed --inject '.*=1.10'
    "$DETECTOR" watch --self-pair "$RUN/logs/self/pair.json" --slowed-pair "$RUN/logs/slowed/pair.json" \
        --output "$RUN/watch.json"
}

# Pairs the program with its copy into the folder $1.
beside_itself() {
    local out=$RUN/logs/$1
    shift
    "$GENERATOR" pair --base "$RUN.programs/copy" --candidate "$GENERATOR" ${platform[@]+"${platform[@]}"} \
        --profile "$PROFILE" --filter "$WATCH_CASES" --out "$out" "$@"
}

step_verdict() {
    local code
    [[ -s $RUN/logs/verdict ]] || fail "$RUN: nothing was judged; an earlier step says why"
    code=$(cat -- "$RUN/logs/verdict")
    printf 'exit code %s; every document of this run is in %s\n' "$code" "$RUN"
    case $code in
    1) note error 'a critical regression; the table of this job has it' ;;
    4) note warning 'it cannot be told whether something regressed; the table of this job says why. Where there is no baseline, or another machine than it, the workflow refresh proposes one' ;;
    esac
    exit "$code"
}

# The platforms that should have run, one a line.
expected() { printf '%s\n' "$EXPECT" | tr ',' '\n'; }
need_expected() { [[ -n ${EXPECT:-} ]] || fail 'set EXPECT to the platforms that should have run, with commas'; }

step_record() {
    local key runs=()
    need_expected
    while IFS= read -r key; do
        if [[ -f $RUNS/nightly-$key/report.json ]]; then runs+=("$RUNS/nightly-$key"); fi
    done < <(expected)
    if ((${#runs[@]} == 0)); then
        note warning 'no platform left a report; the history has nothing new'
    else
        bash scripts/history.sh append "$HISTORY" "${runs[@]}"
    fi
}

# How right the alarms were belongs to the history, too.
step_keep() {
    if [[ -s $TOLD/alarms.json ]]; then
        bash scripts/history.sh append "$HISTORY" "$TOLD/alarms.json"
    else
        note warning 'GitHub did not tell which alarms there are; how right they were is not kept tonight'
    fi
}

step_alert() {
    local key code=0 arguments=()
    need_expected
    [[ -n ${GITHUB_REPOSITORY:-} ]] || fail 'set GITHUB_REPOSITORY to OWNER/NAME'
    while IFS= read -r key; do
        if [[ -f $RUNS/nightly-$key/comparison.json ]]; then arguments+=(--comparison "$RUNS/nightly-$key/comparison.json"); fi
    done < <(expected)
    # Tonight's runs at least are in it, unless it could not be fetched.
    if [[ -d $HISTORY ]] && ! compgen -G "$HISTORY/*/*/" >/dev/null; then
        note warning 'no history could be looked at: a new issue knows only of the baseline where it was still fine'
    fi
    [[ ! -d $HISTORY ]] || arguments+=(--history "$HISTORY" --baselines "$BASELINES")
    [[ ! -f $OWNERS ]] || arguments+=(--owners "$OWNERS")
    [[ -z ${GITHUB_RUN_ID:-} ]] ||
        arguments+=(--run-url "${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID")
    mkdir -p "$TOLD"
    "$DETECTOR" alert ${arguments[@]+"${arguments[@]}"} --repo "$GITHUB_REPOSITORY" --expect "$EXPECT" \
        --out "$TOLD" --alarms "$TOLD/alarms.json" --format markdown >"$TOLD/alert.md" || code=$?
    cat -- "$TOLD/alert.md"
    summarise "$TOLD/alert.md"
    exit "$code"
}

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n -e 1d -e '/^#/!q' -e 's/^# \{0,1\}//' -e p "$root/scripts/nightly.sh"
    exit 0
fi
steps=("$@")
whole=false
if ((${#steps[@]} == 0)); then
    whole=true
    steps=(build verify measure compare confirm judge watch verdict)
fi
for step in "${steps[@]}"; do
    [[ $(type -t "step_$step") == function ]] || fail "there is no step $step; scripts/nightly.sh begins with the list"
done
for step in "${steps[@]}"; do
    ((${#steps[@]} == 1)) || say "$step"
    # As in the workflow, what could not be confirmed is judged as suspected. A program of its own, so that the step still
    # ends at its first failure.
    if [[ $whole == true && $step == confirm ]]; then
        bash "$root/scripts/nightly.sh" confirm || note warning 'the night goes on without a confirmation'
    else
        "step_$step"
    fi
done
