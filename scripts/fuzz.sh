#!/usr/bin/env bash
# Fuzzes every reader, the judgement and the statistics beneath it, guided by coverage: detector/fuzz.
#
#   scripts/fuzz.sh                        every target for 120 s each, one after the other
#   scripts/fuzz.sh --seconds 20           for 20 s each
#   scripts/fuzz.sh --seconds 20 go divan  only those whose names have one of these in them
#
# It ends with a line for each target: runs, coverage (edges met, of those that the compiler counted), crashes; and exits
# with 1 where there was a crash. The input of a crash stays in detector/fuzz/artifacts/TARGET, and `cargo +nightly fuzz run
# TARGET FILE` there repeats it. cargo-fuzz and the nightly toolchain, which it needs, are installed where they are missing.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
fuzz=$root/detector/fuzz
cd "$fuzz"
exec </dev/null

# `cargo install` puts programs there, which need not be in the PATH yet.
export PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 2
}

seconds=120
wanted=()
while (($#)); do
    case $1 in
    --seconds)
        [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || fail "--seconds takes a whole number above 0, found '${2:-}'"
        seconds=$2
        shift 2
        ;;
    -*) fail "there is no option $1; there is --seconds N" ;;
    *)
        wanted+=("$1")
        shift
        ;;
    esac
done

command -v cargo >/dev/null || fail 'there is no cargo; install Rust from https://rustup.rs'
if ! cargo +nightly --version >/dev/null 2>&1; then
    command -v rustup >/dev/null || fail 'fuzzing needs the nightly toolchain; install rustup from https://rustup.rs'
    rustup toolchain install nightly --profile minimal
fi
if ! cargo fuzz --version >/dev/null 2>&1; then
    printf 'cargo-fuzz is missing; installing it takes some minutes\n' >&2
    cargo install cargo-fuzz --locked
fi

# The readers have no unsafe code: what is looked for are panics, endless loops and memory without bound, and without the
# address sanitizer twice as many inputs are tried. Debug assertions and overflow checks are on.
options=(--sanitizer none)

targets=()
while IFS= read -r target; do
    for part in "${wanted[@]:-}"; do
        if [[ $target == *"$part"* ]]; then
            targets+=("$target")
            break
        fi
    done
done < <(cargo +nightly fuzz list)
((${#targets[@]})) || fail "no target is named so: ${wanted[*]}; there are $(cargo +nightly fuzz list | tr '\n' ' ')"

seeds=$fuzz/seeds
fixtures=$root/detector/tests/suite/import/fixtures

# Copies the files $2… into the seeds of the target $1.
seed() {
    local target=$1 file number=0
    shift
    mkdir -p "$seeds/$target"
    for file in "$@"; do
        number=$((number + 1))
        cp -- "$file" "$seeds/$target/$number-$(basename -- "$file")"
    done
}

# The inputs to begin with: what real tools wrote, and the examples of the documents.
make_seeds() {
    local kind format folder target size examples=$seeds/examples
    rm -rf -- "$seeds"
    mkdir -p "$examples"
    (cd "$root" && cargo run --quiet --locked -p schema --example documents -- "$examples")
    for kind in report baselines pair comparison changes; do
        seed "document_$kind" "$examples/$kind.json"
    done
    for format in criterion-text bencher hyperfine google-benchmark pytest-benchmark go divan; do
        seed "import_${format//-/_}" "$fixtures/$format"/*
    done
    # A benchmark's three files one after the other, as the target takes them.
    mkdir -p "$seeds/import_criterion"
    while IFS= read -r folder; do
        (cd "$folder" && awk 'FNR == 1 && NR > 1 { print "\n" } { printf "%s", $0 }' benchmark.json sample.json estimates.json) \
            >"$seeds/import_criterion/$(printf '%s' "${folder#"$fixtures/"}" | tr '/ ' '__')"
    done < <(find "$fixtures/criterion" -name benchmark.json -exec dirname {} \;)
    mkdir -p "$seeds/import_benchmarks_json" "$seeds/import_baselines_json" "$seeds/history_csv" "$seeds/worker_protocol"
    cat >"$seeds/import_benchmarks_json/form.json" <<'END'
{"version": "1.0", "timestamp": "2026-01-31T04:00:00Z",
 "environment": {"os": "linux", "arch": "x86_64", "cpu": "Example CPU 9000", "memory_gb": 8},
 "benchmarks": [{"name": "sum", "duration_ms": 1.25, "throughput": 800.0, "memory_mb": 12.5, "iterations": 1000},
  {"name": "dot", "duration_ms": 2.5, "throughput": null, "memory_mb": null, "iterations": 500}]}
END
    cat >"$seeds/import_baselines_json/form.json" <<'END'
{"version": "1.0", "last_updated": "2026-01-31T04:00:00Z",
 "baselines": {"linux-x86_64": {
  "rust_implementation": {"throughput_tokens_per_second": 120.5, "latency_p50_ms": 8.25, "latency_p95_ms": 9.5,
   "latency_p99_ms": 11.0, "memory_usage_mb": 512.0, "cpu_usage_percent": 97.5, "accuracy_score": 0.985,
   "model_load_time_ms": 1250.0},
  "cpp_implementation": {"throughput_tokens_per_second": 100.0, "latency_p50_ms": 10.0},
  "performance_ratios": {"throughput": 1.2}}},
 "alerts": {"critical": {"throughput_decrease_percent": 15.0, "latency_increase_percent": 25.0},
  "warning": {"throughput_decrease_percent": 8.0, "memory_increase_percent": 20.0}}}
END
    printf 'series,index,value\nm/a,0,10\nm/a,1,10.1\nm/control_b,0,1\nm/control_b,2,1.5\n' >"$seeds/history_csv/index.csv"
    printf 'series,time,value\na,2026-01-31T04:00:00Z,1052\na,2026-02-01T04:00:00Z,1e3\n' >"$seeds/history_csv/time.csv"
    # A step of 10 %, and a creep.
    awk 'BEGIN { print "series,index,value"; for (i = 0; i < 60; i++) {
        print "m/step," i "," (i < 30 ? 100 : 110) + i * 7 % 5 / 10; print "m/creep," i "," 100 + i / 2 + i * 3 % 7 / 10 } }' \
        >"$seeds/history_csv/step.csv"
    grep '^{"protocol"' "$root/generator/PROTOCOL.md" | split -l 1 - "$seeds/worker_protocol/line-"
    # Numbers are made of bytes: with none to begin with, libFuzzer stays at documents that have hardly any.
    for target in judgement change_points ratios; do
        mkdir -p "$seeds/$target"
        for size in 64 256 1024 4096; do
            LC_ALL=C awk -v size="$size" 'BEGIN { srand(size); for (i = 0; i < size; i++) printf "%c", 1 + int(255 * rand()) }' \
                >"$seeds/$target/$size-bytes"
        done
    done
}

# The words of a target's seeds, which libFuzzer puts in whole.
make_words() {
    mkdir -p "$seeds/words"
    cat "$seeds/$1"/* | { grep -aoE '"[A-Za-z_][A-Za-z0-9_.-]*"|[A-Za-z_:]{3,}' || true; } | sort -u | sed -n '1,400p' |
        sed 's/["\\]/\\&/g; s/^/"/; s/$/"/' >"$seeds/words/$1"
}

make_seeds
cargo +nightly fuzz build "${options[@]}"

mkdir -p "$fuzz/logs"
lines=()
crashed=0
for target in "${targets[@]}"; do
    printf '\n=== %s, %s s\n' "$target" "$seconds"
    mkdir -p "corpus/$target" "$seeds/$target"
    arguments=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1)
    make_words "$target"
    arguments+=(-dict="$seeds/words/$target")
    log=$fuzz/logs/$target
    status=0
    nice cargo +nightly fuzz run "${options[@]}" "$target" "corpus/$target" "$seeds/$target" -- "${arguments[@]}" >"$log" 2>&1 ||
        status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
    met=$(grep -oE ' cov: [0-9]+' "$log" | tail -n 1 | tr -dc '0-9' || true)
    all=$(sed -n 's/^INFO: Loaded 1 modules *(\([0-9]*\) inline.*/\1/p' "$log" | head -n 1)
    crashes=0
    if ((status)); then
        crashes=1
        crashed=1
        grep -nE 'panicked at|ERROR: libFuzzer|Test unit written' -A 2 "$log" | sed -n '1,20p' || tail -n 20 "$log"
    fi
    lines+=("$(printf '%-26s %12s runs   coverage %6s of %6s   crashes %s' "$target" "${runs:-none}" "${met:-?}" "${all:-?}" "$crashes")")
    printf '%s\n' "${lines[-1]}"
done

printf '\n=== %s s each\n' "$seconds"
printf '%s\n' "${lines[@]}"
exit "$crashed"
