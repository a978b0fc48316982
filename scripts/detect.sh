#!/usr/bin/env bash
# Judges a report of the repository that it is run in, as .github/actions/detect does: its inputs come as INPUT_… variables,
# which action.yml explains. It ends with the exit code of the verdict; where that is 4 and the input cannot-tell is `warn`,
# with 0.
set -euo pipefail
exec </dev/null

home=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
out=${INPUT_OUTPUT:-tidegauge}
from=${INPUT_FROM:-}

# Ends with the code $1, and says why.
fail_with() {
    local code=$1
    shift
    if [[ ${GITHUB_ACTIONS:-} == true ]]; then printf '::error::%s\n' "$*" >&2; else printf 'error: %s\n' "$*" >&2; fi
    exit "$code"
}
fail() { fail_with 2 "$@"; }

# The lines of $1 that are not empty, into `lines`.
lines=()
read_lines() {
    local line
    lines=()
    while IFS= read -r line; do
        line=${line%$'\r'}
        [[ -z ${line// /} ]] || lines+=("$line")
    done <<<"$1"
}

read_lines "${INPUT_REPORT:-}"
reports=(${lines[@]+"${lines[@]}"})
read_lines "${INPUT_BASELINE:-}"
baselines=(${lines[@]+"${lines[@]}"})
((${#reports[@]})) || [[ -n ${INPUT_PAIR:-} ]] || fail 'the input report is empty; name what to judge'
[[ -z ${INPUT_BASELINES:-} ]] || ((${#baselines[@]} == 0)) || fail 'the inputs baselines and baseline exclude each other; keep one'
[[ -n $from ]] || ((${#reports[@]} < 2)) || fail 'several reports are launches only with the input from; name the tool that wrote them'

cannot_tell=${INPUT_CANNOT_TELL:-fail}
case $cannot_tell in fail | warn) ;; *) fail "the input cannot-tell is fail or warn, found '$cannot_tell'" ;; esac
for baseline in ${baselines[@]+"${baselines[@]}"}; do
    [[ -e $baseline ]] || fail "there is no $baseline to judge beside; keep the result of a good run on such a machine under that name, and commit it"
done

detector=${INPUT_DETECTOR:-}
if [[ -z $detector ]]; then
    # In the action's own folder, so that its toolchain and its settings count, and away from it, so that it stays as it was.
    target=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/tidegauge
    export PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
    command -v cargo >/dev/null || fail 'there is no cargo to build the detector with; install Rust from https://rustup.rs, or set the input detector'
    (cd -- "$home" && CARGO_TARGET_DIR=$target cargo build --release --locked --quiet -p detector)
    detector=$target/release/detector
fi

mkdir -p -- "$out"
arguments=()
# A name that begins with a dash is a file's all the same.
as_file() { case $1 in -*) printf './%s' "$1" ;; *) printf '%s' "$1" ;; esac; }
named=()
name_files() {
    local file
    named=()
    for file in "$@"; do named+=("$(as_file "$file")"); done
}
name_files ${reports[@]+"${reports[@]}"}
if ((${#reports[@]})) && [[ -n $from ]]; then
    "$detector" import --from="$from" "${named[@]}" --out "$out/report.json"
    arguments+=(--report "$out/report.json")
elif ((${#reports[@]})); then
    arguments+=(--report "${named[0]}")
fi
[[ -z ${INPUT_PAIR:-} ]] || arguments+=(--pair "$(as_file "$INPUT_PAIR")")
[[ -z ${INPUT_BASELINES:-} ]] || arguments+=(--baselines "$(as_file "$INPUT_BASELINES")")
if ((${#baselines[@]})); then
    name_files "${baselines[@]}"
    if [[ -n $from ]]; then
        "$detector" import --from="$from" "${named[@]}" --out "$out/baseline.json"
        named=("$out/baseline.json")
    fi
    arguments+=(--baseline-report "${named[@]}")
fi

# Judges as $1 into the file $2; the verdict is left in `code`.
code=
judge_as() {
    code=0
    "$detector" compare "${arguments[@]}" --fail-on="${INPUT_FAIL_ON:-critical}" --format "$1" --output "$2" || code=$?
    case $code in
    0 | 1 | 3 | 4) ;;
    *) exit "$code" ;;
    esac
}

judge_as json "$out/comparison.json"
judge_as markdown "$out/comparison.md"
[[ -z ${GITHUB_STEP_SUMMARY:-} ]] || cat -- "$out/comparison.md" >>"$GITHUB_STEP_SUMMARY"
judge_as "$(if [[ ${GITHUB_ACTIONS:-} == true ]]; then echo github; else echo human; fi)" "$out/judged.txt"
cat -- "$out/judged.txt"
if [[ -n ${GITHUB_OUTPUT:-} ]]; then
    [[ $out != *$'\n'* ]] || fail 'the input output is one line'
    printf 'comparison=%s\nexit-code=%s\n' "$out/comparison.json" "$code" >>"$GITHUB_OUTPUT"
fi
if ((code == 4)); then
    advice='it cannot be told whether something regressed; the summary of this job says why. Where this is another machine than the one of the baseline: judge on one that stays the same, or keep the result of a good run on this one as the baseline'
    [[ $cannot_tell == warn ]] || fail_with 4 "$advice, or pass over such runs with the input cannot-tell: warn"
    if [[ ${GITHUB_ACTIONS:-} == true ]]; then printf '::warning::%s\n' "$advice"; else printf 'warning: %s\n' "$advice" >&2; fi
    code=0
fi
exit "$code"
