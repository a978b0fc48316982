#!/usr/bin/env bash
# A night, step by step, as .github/workflows/nightly.yml runs it, and whole, as a person or cron does at home.
#
#   scripts/nightly.sh               this machine's night, from the build to what changed
#   scripts/nightly.sh --quiet       the same, and prints only where there is something to act on: for cron
#   scripts/nightly.sh STEP…         only these steps, one after the other
#   scripts/nightly.sh --help        this
#
# A line for `crontab -e`; cron mails what it prints, and a name with blanks is quoted:
#   0 4 * * *  git -C "$HOME/tidegauge" pull --quiet --ff-only; "$HOME/tidegauge/scripts/nightly.sh" --quiet
#
# A night at home does the steps of a platform from build to watch, then file, tell and changes. It ends with the exit
# code of the verdict, or of a step that failed; where another night is still running, or a step of one that was killed,
# with 4. Without a baseline of this machine it ends with 4 as well, and says how one is made. All that was printed is in
# RUN/logs/night.txt, and nothing is sent anywhere, unless GITHUB_TOKEN and GITHUB_REPOSITORY are set: then `tell` opens,
# updates and closes issues there. A night in the profile nightly adds 1 to 2 MB to HISTORY, which grows for ever: delete
# folders of nights that nobody wants.
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
# At home, where the history is a plain folder:
#   file       adds the run folder to it
#   tell       what alert does, of this platform alone
#   changes    what changed over the history, and since when
# The steps for all platforms together:
#   matrix     the jobs, as a line for a workflow's outputs
#   plan       the same, with the platforms and whether there is a history
#   detector   builds the detector alone
#   record     adds the run folders to the history branch
#   alert      opens, updates and closes issues, and says how things stand
#   keep       adds to the history how right the alarms were
#
# Settings, all from the environment, with paths as seen from the checkout: PROFILE (nightly), PLATFORM (this host's), RUN
# (out/nightly), HISTORY (history), BASELINES (platforms/baselines.json), WATCH_CASES, and LOCK, of which there is one a
# machine (/tmp/tidegauge-night.lock); for all platforms: PLATFORMS (all; with commas), RUNS (runs: a folder
# `nightly-<platform>` each), EXPECT (platforms that should have run), OWNERS (.github/CODEOWNERS), TOLD (out/alert; at home
# RUN/alert). GENERATOR, DETECTOR and PLATFORM_LIST name programs that are built already. In an unpacked archive they are
# those of its bin/, and RUN (nightly), HISTORY and BASELINES (baselines.json, at first a copy of the archive's) are in
# ~/tidegauge.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
exec </dev/null

export PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
self=$root/scripts/nightly.sh
# Programs that are there already need no build.
built=${GENERATOR:+${DETECTOR:+yes}}
programs=$target_dir/release
is_unpacked=false
if [[ ! -e Cargo.toml && -x bin/generator && -x bin/detector ]]; then
    programs=$root/bin
    built=yes
    is_unpacked=true
    PLATFORM_LIST=${PLATFORM_LIST:-$programs/platforms}
    # The folder goes with its version; what was measured stays.
    RUN=${RUN:-${HOME:+$HOME/tidegauge/nightly}}
    HISTORY=${HISTORY:-${HOME:+$HOME/tidegauge/history}}
    BASELINES=${BASELINES:-${HOME:+$HOME/tidegauge/baselines.json}}
    [[ -n $RUN && -n $HISTORY && -n $BASELINES ]] || {
        printf 'error: HOME is not set; set it, or RUN, HISTORY and BASELINES\n' >&2
        exit 2
    }
fi
GENERATOR=${GENERATOR:-$programs/generator}
DETECTOR=${DETECTOR:-$programs/detector}
PROFILE=${PROFILE:-nightly}
RUN=${RUN:-out/nightly}
HISTORY=${HISTORY:-history}
BASELINES=${BASELINES:-platforms/baselines.json}
# Every ISA level of a kernel bound by memory, one by its multiplications, and one by its chain of additions.
WATCH_CASES=${WATCH_CASES:-'^(add|dot|sum)_f32/.*/n10000$'}
RUNS=${RUNS:-runs}
told=${TOLD:-}
TOLD=${TOLD:-out/alert}
LOCK=${LOCK:-/tmp/tidegauge-night.lock}
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

# Makes folders; without them nothing was found out, and an exit code of 1 would be a verdict.
folders() { mkdir -p -- "$@" || fail "no folder can be made there; set RUN, HISTORY and BASELINES to paths that can be written"; }

# Adds a file to the job's summary.
summarise() { [[ -z ${GITHUB_STEP_SUMMARY:-} ]] || cat -- "$1" >>"$GITHUB_STEP_SUMMARY"; }

# --platform KEY, where one is asked for.
platform=(${PLATFORM:+--platform "$PLATFORM"})

# Ends a step that an archive has nothing for.
need_sources() { [[ $is_unpacked == false ]] || fail "this is an archive, and the step $1 is of a checkout"; }

step_build() {
    need_sources build
    command -v cargo >/dev/null ||
        fail 'there is no cargo in the PATH; install Rust from https://rustup.rs, or set GENERATOR and DETECTOR'
    cargo build --release --locked -p generator -p detector
}

step_detector() {
    need_sources detector
    cargo build --release --locked -p detector
}

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
    need_sources plan
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
    folders "$RUN/logs"
    "$GENERATOR" verify ${platform[@]+"${platform[@]}"} --profile "$PROFILE" | tee "$RUN/logs/verify.txt"
}

# Readies the run folder: at home an earlier night's documents may be there.
clear_run() {
    folders "$RUN/logs"
    rm -f "$RUN"/{report,comparison,pair,watch}.json "$RUN"/{comparison.md,changes.txt}
    rm -f "$RUN"/logs/{suspected.json,judged.txt,verdict}
}

step_measure() {
    clear_run
    measured report.json "$GENERATOR" measure ${platform[@]+"${platform[@]}"} --profile "$PROFILE" --out "$RUN"
}

step_beside() {
    local base
    need_sources beside
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
    key=$(platform_of_run)
    earlier=()
    if compgen -G "$HISTORY/$key/*/report.json" >/dev/null; then
        earlier=(--history "$HISTORY" --previous "$HISTORY")
    else
        printf 'no earlier night of %s is known; the history begins tonight\n' "$key" >&2
    fi
}

# The platform of what was measured; of this machine where nothing was.
platform_of_run() {
    if [[ -n ${PLATFORM:-} ]]; then
        printf '%s\n' "$PLATFORM"
    elif [[ -s $RUN/report.json ]]; then
        sed -n 's/^ *"platform": *"\([^"]*\)".*/\1/p' "$RUN/report.json" | head -n 1
    else
        host_platform
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
    folders "$RUN/logs"
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
        folders "$RUN.programs"
        cp -- "$GENERATOR" "$file"
        return 0
    fi
    [[ -n ${GITHUB_REPOSITORY:-} ]] || return 0
    folders "$RUN.programs"
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

step_judge() {
    folders "$RUN/logs"
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
    folders "$RUN.programs"
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

step_file() {
    [[ -s $RUN/report.json ]] || fail "$RUN: nothing was measured; there is nothing to keep"
    "$DETECTOR" record --history "$HISTORY" "$RUN"
}

# The most lines of it that a night prints; all of them are in the run folder.
CHANGES_MOST=40

step_changes() {
    "$DETECTOR" changes --history "$HISTORY" --platform "$(platform_of_run)" --output "$RUN/changes.txt"
    head -n "$CHANGES_MOST" "$RUN/changes.txt"
    (($(wc -l <"$RUN/changes.txt") <= CHANGES_MOST)) || printf '… the rest is in %s\n' "$RUN/changes.txt"
}

# The platforms that should have run, one a line.
expected() { printf '%s\n' "$EXPECT" | tr ',' '\n'; }
need_expected() { [[ -n ${EXPECT:-} ]] || fail 'set EXPECT to the platforms that should have run, with commas'; }

step_record() {
    local key runs=()
    need_sources record
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
    need_sources keep
    if [[ -s $TOLD/alarms.json ]]; then
        bash scripts/history.sh append "$HISTORY" "$TOLD/alarms.json"
    else
        note warning 'GitHub did not tell which alarms there are; how right they were is not kept tonight'
    fi
}

step_alert() {
    local key comparisons=()
    need_expected
    while IFS= read -r key; do
        if [[ -f $RUNS/nightly-$key/comparison.json ]]; then comparisons+=(--comparison "$RUNS/nightly-$key/comparison.json"); fi
    done < <(expected)
    alert ${comparisons[@]+"${comparisons[@]}"}
}

# Tells GitHub of the comparisons that the arguments name, and of the platforms in EXPECT that have none.
alert() {
    local code=0 arguments=("$@")
    [[ -n ${GITHUB_REPOSITORY:-} ]] || fail 'set GITHUB_REPOSITORY to OWNER/NAME'
    # Tonight's runs at least are in it, unless it could not be fetched.
    if [[ -d $HISTORY ]] && ! compgen -G "$HISTORY/*/*/" >/dev/null; then
        note warning 'no history could be looked at: a new issue knows only of the baseline where it was still fine'
    fi
    [[ ! -d $HISTORY ]] || arguments+=(--history "$HISTORY" --baselines "$BASELINES")
    [[ ! -f $OWNERS ]] || arguments+=(--owners "$OWNERS")
    [[ -z ${GITHUB_RUN_ID:-} ]] ||
        arguments+=(--run-url "${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID")
    folders "$TOLD"
    "$DETECTOR" alert ${arguments[@]+"${arguments[@]}"} --repo "$GITHUB_REPOSITORY" --expect "$EXPECT" \
        --out "$TOLD" --alarms "$TOLD/alarms.json" --format markdown >"$TOLD/alert.md" || code=$?
    cat -- "$TOLD/alert.md"
    summarise "$TOLD/alert.md"
    return "$code"
}

step_tell() {
    local comparisons=() code=0
    EXPECT=$(platform_of_run)
    [[ ! -s $RUN/comparison.json ]] || comparisons=(--comparison "$RUN/comparison.json")
    rm -f -- "$TOLD/alarms.json"
    alert ${comparisons[@]+"${comparisons[@]}"} || code=$?
    [[ ! -s $TOLD/alarms.json ]] || "$DETECTOR" record --history "$HISTORY" --alarms "$TOLD/alarms.json"
    return "$code"
}

# A night at home: the process of the step that runs, the steps that failed, and what is to be left behind tidily.
running=
failed=()
interrupted=false
locked=false
pipe=

# The whole night. Every step is a process of its own, so that one that fails ends no other, and only `tell` has the token.
# Where $1 is `quiet` it prints what there is to act on, and nothing else.
night() {
    local token=${GITHUB_TOKEN:-${GH_TOKEN:-}} log teller='' worst=0 step is_measured=false
    unset GITHUB_TOKEN GH_TOKEN
    trap leave EXIT
    trap interrupt INT TERM HUP
    lock
    at_home
    clear_run
    log=$RUN/logs/night.txt
    exec 3>&1 4>&2
    if [[ $1 == quiet ]]; then
        exec >"$log" 2>&1
    else
        pipe=$(mktemp -d)
        mkfifo "$pipe/log"
        # An interrupt is the step's: what becomes of it is still to be told.
        tee -i -- "$log" <"$pipe/log" &
        teller=$!
        exec >"$pipe/log" 2>&1
    fi

    date '+%Y-%m-%d %H:%M:%S %Z'
    [[ $built == yes ]] || night_step build
    for step in verify measure compare; do
        ((worst)) || night_step "$step"
        [[ $step != measure || $worst != 0 ]] || is_measured=true
    done
    # As in the workflow: what was measured is judged, confirmed or as suspected; what there is of it is kept, and told.
    if [[ $is_measured == true ]]; then
        run_step confirm || note warning 'the night goes on without a confirmation'
        night_step judge
        night_step watch
    fi
    if [[ -s $RUN/report.json ]]; then night_step file; fi
    if [[ -n $token && -n ${GITHUB_REPOSITORY:-} ]]; then GITHUB_TOKEN=$token night_step tell; fi
    if [[ -s $RUN/report.json ]]; then
        run_step changes || note warning 'what changed over the history could not be shown'
    fi
    [[ ! -s $RUN/logs/verdict ]] || worst=$(worse "$worst" "$(cat -- "$RUN/logs/verdict")")
    [[ $interrupted == false ]] || worst=130
    say night
    conclude "$worst"

    exec >&3 2>&4
    [[ -z $teller ]] || wait "$teller" || true
    if [[ $1 == quiet && $worst != 0 ]]; then
        for step in ${failed[@]+"${failed[@]}"}; do
            awk -v begin="=== $step" '/^=== / { inside = $0 == begin } inside' "$log" | tail -n 30
        done
        sed -n '/^=== night$/,$p' "$log"
    fi
    exit "$worst"
}

# Whatever folder a message is read in, what it names is found.
at_home() {
    local name
    for name in RUN HISTORY BASELINES; do [[ ${!name} == /* ]] || printf -v "$name" '%s/%s' "$root" "${!name}"; done
    TOLD=${told:-$RUN/alert}
    if [[ ! -e $BASELINES && $is_unpacked == true ]]; then
        folders "${BASELINES%/*}"
        cp -- platforms/baselines.json "$BASELINES"
    fi
    export RUN HISTORY BASELINES TOLD
}

# Does a step of the night; a failure is noted, in `failed` and in the night's exit code.
night_step() {
    local code=0
    run_step "$1" || code=$?
    if ((code == 0)) || [[ $interrupted == true ]]; then return 0; fi
    failed+=("$1")
    worst=$(worse "$worst" "$code")
}

# Runs a step in a process group of its own, so that an interrupt reaches all of it, and waits for its end.
run_step() {
    local code
    [[ $interrupted == false ]] || return 130
    say "$1"
    set -m
    TIDEGAUGE_NIGHT=$$ bash "$self" "$1" 3>&- 4>&- &
    running=$!
    set +m
    while :; do
        code=0
        wait "$running" || code=$?
        # A signal ends the waiting, and not the step.
        if [[ $interrupted == false ]] || ! kill -0 "$running" 2>/dev/null; then break; fi
    done
    running=
    return "$code"
}

interrupt() {
    interrupted=true
    [[ -z $running ]] || kill -TERM -- "-$running" 2>/dev/null || true
}

leave() {
    [[ $locked == false || $(owner) != "$$" ]] || rm -f -- "$LOCK"
    [[ -z $pipe ]] || rm -rf -- "$pipe"
}

# Two nights at once would measure each other. The lock is a link to the process, which is made at once or not at all, and
# from the first step on to the process group of the newest: that may go on where the night was killed.
lock() {
    local holder group
    # A link would be made in it, and everybody's would be.
    [[ ! -d $LOCK ]] || fail "the lock $LOCK is a folder; set LOCK to a path where nothing is"
    if ! ln -s "$$" "$LOCK" 2>/dev/null; then
        group=$(readlink -- "$LOCK") || fail "the lock $LOCK cannot be made; set LOCK to a path that can"
        holder=${group%%:*}
        group=${group#"$holder"}
        ! is_night "$holder" || is_taken "$holder"
        ! is_step "${group#:}" || is_left "$holder" "${group#:}"
        note warning "the night of process $holder was killed; its lock $LOCK is taken over"
        rm -f -- "$LOCK" || fail "$LOCK is another user's; remove it"
        ln -s "$$" "$LOCK" 2>/dev/null || true
        # Another one that found it at the same moment may have removed ours.
        sleep 1
        holder=$(owner)
        [[ $holder == "$$" ]] || is_taken "$holder"
    fi
    locked=true
}

# The night that has the lock.
owner() {
    local holder
    holder=$(readlink -- "$LOCK") || true
    printf '%s\n' "${holder%%:*}"
}

# Says in the lock that this step belongs to the night of process $1, before it does anything. A night that was killed begins
# no step beside the one that took its lock over.
join_night() {
    [[ $(owner) == "$1" ]] || fail "the lock $LOCK is no longer of the night of process $1; this step of it does nothing"
    ln -sfn "$1:$$" "$LOCK.$$"
    # In one go: the lock is never gone.
    mv -f -- "$LOCK.$$" "$LOCK"
}

is_taken() {
    note error "another night is still running, as process $1; this one measured nothing. Where that is none, remove $LOCK"
    exit 4
}

is_left() {
    note error "the night of process $1 was killed, and its last step is still running, as process group $2; this night measured nothing. Wait for its end, or end it: kill -- -$2"
    exit 4
}

# Whether the process $1 is a night. A number is given out again once its process has ended.
is_night() {
    if command -v ps >/dev/null; then
        [[ $(ps -ww -o command= -p "$1" 2>/dev/null) == *nightly.sh* ]]
    else
        kill -0 "$1" 2>/dev/null
    fi
}

# Whether the process group $1 is a step of a night, or what measures is left of one.
is_step() {
    local group command
    if [[ ! $1 =~ ^[0-9]+$ ]]; then
        return 1
    elif command -v ps >/dev/null; then
        while read -r group command; do
            if [[ $group == "$1" && ($command == *nightly.sh* || $command == *"$GENERATOR"*) ]]; then return 0; fi
        done < <(ps -A -ww -o pgid= -o command= 2>/dev/null)
        return 1
    else
        kill -0 -- "-$1" 2>/dev/null
    fi
}

# The code of two that counts: the first in the list of exit codes.
worse() {
    local code
    for code in 70 2 1 4 5 3; do
        if [[ $1 == "$code" || $2 == "$code" ]]; then
            printf '%s\n' "$code"
            return
        fi
    done
    # Of a program that is not ours.
    if (($1 || $2)); then printf '2\n'; else printf '0\n'; fi
}

# Says how the night ended with the code $1, what to do, and where everything is.
conclude() {
    local key meaning step runs nights=night
    key=$(platform_of_run)
    case $1 in
    0) meaning='nothing to act on' ;;
    1) meaning='a critical regression' ;;
    4) meaning='it cannot be told whether something regressed' ;;
    5) meaning='GitHub did not take what it should have' ;;
    130) meaning='interrupted' ;;
    *) meaning='something failed' ;;
    esac
    # Another 1 is of a case that is wrong, or could not be measured.
    if [[ $1 == 1 ]] && ! grep -qsx 1 "$RUN/logs/verdict"; then meaning='something failed'; fi
    printf '%s: exit code %s, %s\n' "$key" "$1" "$meaning"
    for step in ${failed[@]+"${failed[@]}"}; do printf 'the step %s failed\n' "$step"; done
    # What the verdict comes to stands above the first empty line.
    [[ ! -s $RUN/logs/judged.txt ]] || sed '/^$/q' "$RUN/logs/judged.txt"
    if [[ -s $RUN/comparison.json ]] && ! has_baseline; then
        printf 'This machine has no baseline yet. This makes one, and keeps its program to confirm suspects beside; '
        printf 'run it two or three times:\n  '
        printf '%q ' "$GENERATOR" baseline --profile "$PROFILE" --baselines "$BASELINES" --keep-program "$RUN.programs"
        printf '\n\n'
    fi
    printf 'documents  %s\nlog        %s\n' "$RUN" "$RUN/logs/night.txt"
    runs=$(compgen -G "$HISTORY/$key/*/report.json" | wc -l || true)
    if ((runs)); then
        ((runs == 1)) || nights=nights
        printf 'history    %s: %s %s of %s, %s kB in all\n' "$HISTORY" "$((runs))" "$nights" "$key" \
            "$(du -sk "$HISTORY" | cut -f 1)"
    fi
}

# Whether what was judged had a session to be judged beside.
has_baseline() { ! sed -n '/^  "baseline": {/,/^  }/p' "$RUN/comparison.json" | grep -q '"sessions": 0,'; }

(($# == 0)) || [[ -n $1 ]] || fail 'a step has a name; scripts/nightly.sh --help has the list'
case ${1:-} in
-h | --help)
    help_of "$self"
    exit
    ;;
'') night loud ;;
--quiet)
    (($# == 1)) || fail '--quiet is of the whole night, without steps'
    night quiet
    ;;
esac
for step in "$@"; do
    [[ $(type -t "step_$step") == function ]] || fail "there is no step $step; scripts/nightly.sh --help has the list"
done
if [[ -n ${TIDEGAUGE_NIGHT:-} ]]; then join_night "$TIDEGAUGE_NIGHT"; fi
unset TIDEGAUGE_NIGHT
for step in "$@"; do
    (($# == 1)) || say "$step"
    "step_$step"
done
