#!/usr/bin/env bash
# Runs the experiments on noise and prints their tables, which generator/NOISE.md explains.
#
#   scripts/noise.sh                 all experiments, some five minutes
#   scripts/noise.sh --full          the same with more launches, some twenty
#   scripts/noise.sh memory-probe    only this one; several may be named
#
# One is not among all, since it builds everything anew: aligned-link-order, which is link-order with every function at
# the start of a cache line.
#
# Whatever else runs on the machine is part of what is measured: the tables say how much was kept. Times of two runs are
# not comparable, ratios within a table are.
set -euo pipefail

experiments=(clock-drift calibration memory-probe regions estimators placement alignment link-order)
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
target=${CARGO_TARGET_DIR:-$root/target}
program=$target/release/examples/noise

# Builds the program; the arguments are the compiler's.
build() { cargo rustc --quiet --release --locked --package generator --example noise -- "$@"; }

# The same code in another order, where the linker can do that: only linking is done again.
link_order() {
    local programs=() kept=$target/noise-link-order seed
    mkdir -p "$kept"
    for seed in 1 2 3 4; do
        if ! build -C link-arg="-Wl,--shuffle-sections=.text*=$seed" 2>/dev/null; then
            printf '\nlink-order: skipped, this linker shuffles no sections\n'
            build
            return
        fi
        cp -- "$program" "$kept/$seed"
        programs+=("$kept/$seed")
    done
    build
    "$program" link-order "$program" "${programs[@]}" "$@"
}

# The same where every function starts on a cache line, which makes its loops lie alike in any order.
aligned_link_order() {
    CARGO_TARGET_DIR=$target/noise-aligned RUSTFLAGS="${RUSTFLAGS:-} -C llvm-args=-align-all-functions=6" \
        bash scripts/noise.sh link-order "$@"
}

full=()
wanted=()
for argument in "$@"; do
    if [[ $argument == --full ]]; then
        full=(--full)
    elif [[ " ${experiments[*]} aligned-link-order " == *" $argument "* ]]; then
        wanted+=("$argument")
    else
        printf 'error: there is no experiment %s; the experiments are %s\n' "$argument" "${experiments[*]} aligned-link-order" >&2
        exit 2
    fi
done
((${#wanted[@]})) || wanted=("${experiments[@]}")

build
for experiment in "${wanted[@]}"; do
    printf '\n== %s\n' "$experiment"
    start=$SECONDS
    case $experiment in
    link-order) link_order ${full[@]+"${full[@]}"} ;;
    aligned-link-order) aligned_link_order ${full[@]+"${full[@]}"} ;;
    *) "$program" "$experiment" ${full[@]+"${full[@]}"} ;;
    esac
    printf '  (%d s)\n' $((SECONDS - start))
done
