#!/usr/bin/env bash
# Runs the experiments on noise and prints their tables, which generator/NOISE.md explains.
#
#   scripts/noise.sh                 all experiments, some five minutes
#   scripts/noise.sh --full          the same with more launches, some twenty
#   scripts/noise.sh memory-probe    only this one; several may be named
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

full=()
wanted=()
for argument in "$@"; do
    if [[ $argument == --full ]]; then
        full=(--full)
    elif [[ " ${experiments[*]} " == *" $argument "* ]]; then
        wanted+=("$argument")
    else
        printf 'error: there is no experiment %s; the experiments are %s\n' "$argument" "${experiments[*]}" >&2
        exit 2
    fi
done
((${#wanted[@]})) || wanted=("${experiments[@]}")

build
for experiment in "${wanted[@]}"; do
    printf '\n== %s\n' "$experiment"
    start=$SECONDS
    if [[ $experiment == link-order ]]; then
        link_order ${full[@]+"${full[@]}"}
    else
        "$program" "$experiment" ${full[@]+"${full[@]}"}
    fi
    printf '  (%d s)\n' $((SECONDS - start))
done
