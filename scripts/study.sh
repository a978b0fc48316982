#!/usr/bin/env bash
# Measures the instrument itself: how often it cries wolf, and what it finds, beside criterion on the same kernels.
#
#   scripts/study.sh                      some minutes
#   scripts/study.sh --minutes 20         as much of each as fits into so long
#   scripts/study.sh --full               an hour and more, all rates
#   scripts/study.sh --full --minutes 20  a piece of that; the next one goes on
#   scripts/study.sh --format markdown    the tables for GitHub
#
# It keeps what it ran in out/study (or $STUDY), and runs nothing twice; remove the folder to begin anew.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
exec </dev/null

export PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
out=${STUDY:-$root/out/study}
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$out/programs"

# The path of criterion's program, as cargo tells it.
bench() {
    cargo bench --locked --quiet -p kernels --bench criterion --no-run --message-format json "$@" |
        sed -n 's/.*"executable":"\([^"]*criterion[^"]*\)".*/\1/p' | tail -n 1
}

# Copies, so that a later build does not change a study that goes on.
if [[ ! -x $out/programs/done ]]; then
    cargo build --release --locked --quiet -p generator
    cp "$target/release/generator" "$out/programs/generator"
    cp "$(bench)" "$out/programs/criterion"
    CARGO_TARGET_DIR=$target/slowed cargo build --release --locked --quiet -p generator --features slowed
    cp "$target/slowed/release/generator" "$out/programs/generator-slowed"
    cp "$(CARGO_TARGET_DIR=$target/slowed bench --features slowed)" "$out/programs/criterion-slowed"
    install -m 755 /dev/null "$out/programs/done"
fi

exec cargo run --release --locked --quiet -p study -- run --out "$out" \
    --generator "$out/programs/generator" --slowed "$out/programs/generator-slowed" \
    --criterion "$out/programs/criterion" --criterion-slowed "$out/programs/criterion-slowed" "$@"
