#!/usr/bin/env bash
# Tests what this machine is not: other platforms, run by an emulator or compiled and linked; and CPUs of its own kind that
# can do less.
#
#   scripts/cross-test.sh                     every platform of platforms/platforms.toml
#   scripts/cross-test.sh --platform KEY…     only these; this machine's own key stands for its lower ISA levels
#
# What is missing is installed by scripts/setup-perf-env.sh. A Linux platform that is not this machine's has its tests run by
# qemu-user on several CPUs, a macOS one is compiled wholly and the tests of its kernels are linked. Ends with a table.
#
# Exit codes: 0 all of it passed · 1 something failed · 2 wrong usage · 75 something is missing here, and was skipped; with
# CI=true that is a failure.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
exec </dev/null

# `cargo install` puts programs there, which need not be in the PATH yet.
export PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
host=$(host_platform)
work=$target_dir/cross-test

# An emulated CPU does some ten million operations a second. What has more of them is left out, by name; real machines of
# the platform do it, in the workflow ci. Every kernel has shapes that have fewer.
most_flops=$((1 << 28))

# The CPUs that qemu-user shows for the machine $1: a name of qemu's, the highest ISA level that it has, and what runs on it:
# `all` tests and cases, or only the cases of that level.
emulated_cpus() {
    case $1 in
    aarch64) printf '%s\n' 'max i8mm all' 'cortex-a76 dotprod level' 'cortex-a72 neon all' ;;
    # `qemu64` has nothing above the floor of the target. A level above SSE4.1 this machine has itself.
    x86_64) printf '%s\n' 'Nehalem sse41 all' 'qemu64 scalar level' ;;
    esac
}

# Files, since what use_builder sets stays in a shell of its own, and what happens there is told by this one.
rows=$work/rows
skips=$work/skips
now=$work/now

say() { printf '\n--- %s\n' "$*"; }

# What is being done, to be named where it fails.
now() { printf '%s\n' "$*" >"$now"; }

# Ends the run; the table follows.
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

skip() {
    [[ ${CI:-} != true ]] || fail "$1, and CI=true allows no such skip"
    printf '%s\n' "$1" >>"$skips"
    printf 'skipped: %s\n' "$1" >&2
}

# Adds a row: platform, CPU, compiled, linked, tests run, under what, passed, seconds.
row() { printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$rows"; }

table() {
    local code=$?
    if [[ -s $rows ]]; then
        printf '\nplatform\tCPU\tcompiled\tlinked\ttests run\tunder\tpassed\tseconds\n' | cat - "$rows" | awk -F '\t' '
            { for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } }
            END { for (row = 1; row <= NR; row++) { line = ""
                for (i = 1; i <= NF; i++) line = line sprintf("%-" width[i] "s  ", cell[row, i])
                sub(/ +$/, "", line); print line } }'
    fi
    sed 's/^/skipped: /' "$skips"
    case $code in
    0 | 2 | 75) ;;
    # What cargo ends with says no more.
    *)
        printf 'FAILED: %s\n' "$(cat "$now")"
        exit 1
        ;;
    esac
}

# Sees to it that what $1 needs is there, and tells what is missing; on a Mac nothing can run Linux.
is_ready() {
    local report
    report=$(bash scripts/setup-perf-env.sh --target "$1" 2>&1) && return
    printf '%s\n' "$report" >&2
    skip "$1: $(printf '%s\n' "$report" | grep ' missing: ' | tr -s ' ' | paste -sd ';' -)"
    return 1
}

# What a list of cases ($1) dispatches to, as `kernel level`; fails where that is not a kernel's highest variant.
dispatch() {
    awk -F '"' '
        $2 == "case" { split($4, part, "/"); last[part[1]] = part[2] }
        $2 == "dispatched" && $3 ~ /true/ { chosen[part[1]] = part[2] }
        END { for (kernel in last) { print kernel, chosen[kernel]; wrong += chosen[kernel] != last[kernel] } exit wrong > 0 }
    ' "$1" | sort
}

# The checksums in the findings ($1) of the cases in a list ($2): of operands, and of outputs under an exact contract. One
# line for all variants of a kernel and shape, where they have the same.
checksums() {
    awk -F '"' '
        NR == FNR { if ($2 == "case") { split($4, part, "/") } else if ($2 == "contract") { contract[part[1]] = $4 } next }
        $2 == "case" { split($4, part, "/") }
        $2 == "operands" || ($2 == "output" && contract[part[1]] == "exact") { print part[1] "/" part[3], $2, $4 }
    ' "$2" "$1" | sort -u
}

# Holds every case that matches $2, all where nothing is given, against its reference, in the program that
# "${generator[@]}" starts. What it found, what it lists and the checksums go to $1.json, $1.list and $1.sums.
verify() {
    local code=0 twice start=$SECONDS
    now "verify, as in $1.log"
    "${generator[@]}" list --format json >"$1.list"
    "${generator[@]}" verify --most-flops "$most_flops" --filter "${2:-.}" --format json --output "$1.json" 2>"$1.log" || code=$?
    if ((code)); then
        cat "$1.log" >&2
        grep -h '"disagreement": "\|"failure": "' "$1.json" >&2 || :
        fail "verify ended with $code"
    fi
    checksums "$1.json" "$1.list" >"$1.sums"
    twice=$(cut -d ' ' -f 1,2 "$1.sums" | uniq -d)
    [[ -z $twice ]] || fail "variants differ in the checksums of: $twice"
    [[ -s $1.sums ]] || fail "verify told no checksums"
    printf '%s' $((SECONDS - start)) >"$1.seconds"
}

# How many cases it found to agree.
cases() { grep -c '"failure": null' "$1.json"; }

# Fails unless the program shows no other checksums than $2 has, and dispatches to the highest variants up to the level $3.
compare() {
    comm -13 "$2.sums" "$1.sums" >"$1.others"
    [[ ! -s $1.others ]] || fail "${2##*/} has other checksums than these: $(cat "$1.others")"
    dispatch "$1.list" >"$1.dispatch" || fail "a kernel is not dispatched to its highest variant: $(cat "$1.dispatch")"
    [[ $(highest "$1.dispatch") == "$3" ]] || fail "the highest level that is dispatched to is $(highest "$1.dispatch"), not $3"
    printf '%s checksums of operands and %s of exact outputs are the same as %s has; %s kernels are dispatched to:%s\n' \
        "$(grep -c ' operands ' "$1.sums")" "$(grep -c ' output ' "$1.sums")" "${2##*/}" "$(grep -c . "$1.dispatch")" \
        "$(cut -d ' ' -f 2 "$1.dispatch" | sort | uniq -c | awk '{ printf " %s %s", $2, $1 }')"
}

highest() {
    local level found=
    for level in scalar sse41 avx2 avx512 neon dotprod i8mm; do
        if grep -q " $level\$" "$1"; then found=$level; fi
    done
    printf '%s' "$found"
}

# What this machine's own program finds, for others to be held against.
verify_here() {
    here=$work/$host
    [[ ! -f $here.sums ]] || return 0
    now "$host: verify"
    cargo build --quiet --locked -p generator
    generator=("$target_dir/debug/generator")
    unset TIDEGAUGE_RUNNER
    verify "$here"
}

# Runs the tests that cargo knows as $3… on $1, whose highest level is $2; `tested` is how many passed. A test may skip only
# what this CPU lacks.
run_tests() {
    local name=$1 level=$2 junit what
    shift 2
    # It stands in the checkout, wherever the target folder is.
    junit=$root/target/nextest/emulated/junit.xml
    rm -f "$junit"
    "${cargo[@]}" nextest run --profile emulated --locked ${for_target[@]+"${for_target[@]}"} "$@" \
        --status-level slow --final-status-level fail || fail "tests failed on $name"
    while IFS= read -r what; do
        case $what in
        sse41 | avx2 | avx512 | dotprod | i8mm)
            is_above "$what" "$level" || fail "a test skipped $what, and $name has it"
            printf '%s skipped %s, which this CPU lacks\n' "$name" "$what"
            ;;
        *) skip "$name: $what" ;;
        esac
    done < <(sed -n 's/^.*skipped: \([^<]*\).*$/\1/p' "$junit" | sort -u)
    tested=$(sed -n 's/^<testsuites .* tests="\([0-9]*\)".*$/\1/p' "$junit")
}

# Whether the ISA level $1 is above $2.
is_above() { [[ " scalar sse41 avx2 avx512 " == *" $2 "*"$1 "* || " scalar neon dotprod i8mm " == *" $2 "*"$1 "* ]]; }

# Runs the generator $2 of the platform $1, and the tests that cargo knows as $3…, on each of the CPUs that qemu-user shows.
# For a shell of its own.
emulate() {
    local key=$1 program=$2 variable cpu level what name runner pid pids='' tested start code=0
    shift 2
    variable=$(platform_field "$key" target | tr 'a-z-' 'A-Z_')
    # The program takes one core, so all CPUs have their turn at once.
    while read -r cpu level what; do
        [[ $what == all ]] && what=. || what="/$level/"
        (as_on "$cpu" && verify "$work/$key.$cpu" "$what") &
        pids+=" $!"
    done < <(emulated_cpus "${key#*-}")
    [[ -n $pids ]] || fail "there is no CPU of qemu's for ${key#*-}; name some in emulated_cpus of scripts/cross-test.sh"
    # All of them: one that went on would write beside the next run's.
    # shellcheck disable=SC2064,SC2086 # These processes, and they are words.
    trap "kill $pids 2>/dev/null" EXIT
    for pid in $pids; do wait "$pid" || code=$?; done
    trap - EXIT
    ((code == 0)) || exit "$code"
    while read -r cpu level what; do
        name=$key.$cpu
        start=$SECONDS
        say "$key: qemu-${key#*-} -cpu $cpu"
        now "$key on $cpu"
        as_on "$cpu"
        compare "$work/$name" "$here" "$level"
        printf '%s cases agree with their reference\n' "$(cases "$work/$name")"
        tested=
        if [[ $what == all ]]; then run_tests "$name" "$level" "$@"; fi
        row "$key" "$cpu ($level)" yes yes "verify${tested:+, $(words_after -p "$@")}" \
            "qemu-user $("qemu-${key#*-}" --version | sed -n 's/.*version \([0-9.]*\).*/\1/p')" \
            "$(cases "$work/$name") cases${tested:+, $tested tests}" \
            $((SECONDS - start + $(cat "$work/$name.seconds")))
    done < <(emulated_cpus "${key#*-}")
}

# The words that stand behind each $1 in $2…
words_after() {
    local mark=$1 before=
    shift
    while (($#)); do
        [[ $before != "$mark" ]] || printf '%s ' "$1"
        before=$1
        shift
    done | sed 's/ $//'
}

# Sets what starts programs on the CPU $1, for `emulate`.
as_on() {
    runner=$(emulator "$key" "$1")
    export "CARGO_TARGET_${variable}_RUNNER=$runner" TIDEGAUGE_RUNNER="$runner" TIDEGAUGE_MOST_FLOPS="$most_flops"
    # An emulator that hangs is ended.
    # The folder of the checkout may have a blank in its name; what runs programs has none.
    # shellcheck disable=SC2206 # Words.
    generator=(timeout -k 5 900 $runner "$program")
}

# An emulated CPU's timings mean nothing: a report of it says so, and nothing takes it for a baseline.
refuse_baseline() {
    local key=$1 folder=$work/$1.measured said
    now "$key: measure"
    rm -rf -- "$folder"
    "${generator[@]}" measure --profile smoke --filter '^add_f32/.*/n1000$' --out "$folder" >/dev/null 2>"$folder.log" ||
        fail "measure ended with $?: $(tail -n 3 "$folder.log")"
    grep -q '"emulated": true' "$folder/report.json" || fail "its report does not say that the CPU is emulated"
    for said in "--report $folder/report.json" '--profile smoke'; do
        # shellcheck disable=SC2086 # Words.
        if said=$("${generator[@]}" baseline $said --allow-dirty --baselines "$folder/baselines.json" 2>&1); then
            fail "an emulated run became a baseline"
        fi
        [[ $said == *emulated* ]] || fail "it was refused as a baseline, and not since it is emulated: $said"
        printf 'no baseline: %s\n' "${said##*$'\n'}"
    done
    [[ ! -e $folder/baselines.json ]] || fail "a baseline was written"
}

# This machine's platform, as if its CPU could do less.
test_levels() {
    local start level levels
    say "$host: the ISA levels of this CPU"
    verify_here
    levels=$(cargo run --quiet --locked -p platforms -- detect | sed -n 's/^ISA levels *//p')
    [[ " $levels " == *' scalar '* ]] || fail "platforms detect names no ISA levels"
    for level in $levels; do
        start=$SECONDS
        now "$host under TIDEGAUGE_ISA=$level"
        export TIDEGAUGE_ISA=$level
        generator=("$target_dir/debug/generator")
        verify "$work/$host.$level"
        unset TIDEGAUGE_ISA
        printf 'TIDEGAUGE_ISA=%s: ' "$level"
        compare "$work/$host.$level" "$here" "$level"
        row "$host" "this one ($level)" yes yes verify "TIDEGAUGE_ISA=$level" \
            "$(cases "$work/$host.$level") cases" $((SECONDS - start))
    done
    if [[ $host != linux-* ]]; then
        printf '%s: qemu-user, which shows older CPUs, is for Linux\n' "$host"
        return
    fi
    is_ready "$host" || return 0
    has_cargo nextest || { skip "$host: older CPUs; cargo-nextest could not be installed" && return; }
    (
        use_builder "$host" native
        emulate "$host" "$target_dir/debug/generator" -p kernels
    )
}

# A Linux platform that this machine is not.
test_emulated() {
    local key=$1 start=$SECONDS tests
    # Without crossval's outside libraries, which take minutes to compile: real machines of the platform try them.
    tests=(-p kernels -p crossval -p platforms --no-default-features --features platforms/default)
    if [[ $(uname -s) != Linux ]]; then
        printf '%s: nothing of it runs here; qemu-user is for Linux\n' "$key"
        return
    fi
    is_ready "$key" || return 0
    has_cargo nextest || { skip "$key: cargo-nextest could not be installed" && return; }
    verify_here
    say "$key: build"
    (
        now "$key: build"
        # Not `cross`: programs that containers built would look for their libraries there.
        use_builder "$key" system
        "${cargo[@]}" build --quiet --locked "${for_target[@]}" -p generator
        "${cargo[@]}" test --quiet --locked "${for_target[@]}" "${tests[@]}" --no-run
        printf 'compiled and linked in %d s\n' $((SECONDS - start))
        emulate "$key" "$target_dir/$(platform_field "$key" target)/debug/generator" "${tests[@]}"
        say "$key: measure"
        refuse_baseline "$key"
    )
    printf '\n%s: left out, since an emulated CPU takes minutes for each:\n' "$key"
    sed -n 's/^left out: \([^,]*\),.*$/  \1/p' "$work/$key".*.log | sort -u
}

# Of macOS nothing runs elsewhere, and what needs Apple's frameworks cannot be linked.
test_linked() {
    local key=$1 start=$SECONDS
    is_ready "$key" || return 0
    say "$key: compile and link"
    (
        now "$key: compile"
        use_builder "$key" "$(choose_builder "$key")"
        "${cargo[@]}" check --locked "${for_target[@]}" --workspace --all-targets 2>&1 | tee "$work/$key.log" | quieter
        ! grep -q '^warning: ' "$work/$key.log" || fail "the compiler warns: $(grep -A 6 -m 1 '^warning: ' "$work/$key.log")"
        now "$key: link"
        "${cargo[@]}" test --locked "${for_target[@]}" -p kernels --no-run 2>&1 | tee "$work/$key.log" | quieter
        sed -n 's/^ *Executable .*(\(.*\))$/\1/p' "$work/$key.log" >"$work/$key.programs"
        [[ -s $work/$key.programs ]] || fail "no test was linked"
        while IFS= read -r program; do
            # The magic number of 64-bit Mach-O, and the CPU.
            case $key/$(od -An -tx1 -N 8 "$program" | tr -d ' \n') in
            macos-aarch64/cffaedfe0c000001 | macos-x86_64/cffaedfe07000001) ;;
            *) fail "$program is no program of $key" ;;
            esac
        done <"$work/$key.programs"
        printf '%s\n' "$(grep -c . "$work/$key.programs") programs of Mach-O for ${key#*-}"
        row "$key" "any ${key#*-}" 'the workspace' "kernels' tests" nothing nothing \
            "$(grep -c . "$work/$key.programs") programs linked" $((SECONDS - start))
    )
}

# Drops what cargo says of each crate, and of how many warnings of the linker it told.
quieter() { grep -v -e '^ *\(Compiling\|Checking\|Executable\|Downloaded\|Downloading\|Finished\) ' -e '^warning: .* generated [0-9]* warning' || :; }

usage() {
    printf 'error: %s\nusage: scripts/cross-test.sh [--platform KEY…]\n' "$1" >&2
    exit 2
}

while (($#)); do
    case $1 in
    --platform)
        take_platforms "$@"
        shift "$taken"
        ;;
    --help)
        help_of "${BASH_SOURCE[0]}"
        exit
        ;;
    *) usage "there is no $1" ;;
    esac
done
if ! ((${#keys[@]})); then
    while IFS= read -r key; do keys+=("$key"); done < <(platform_keys)
fi

rm -rf -- "$work"
mkdir -p "$work"
printf 'the start\n' >"$now"
: >"$rows"
: >"$skips"
trap table EXIT
for key in "${keys[@]}"; do
    if [[ $key == "$host" ]]; then
        test_levels
    elif [[ $key == linux-* ]]; then
        test_emulated "$key"
    else
        test_linked "$key"
    fi
done
[[ ! -s $skips ]] || exit 75
