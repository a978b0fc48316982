#!/usr/bin/env bash
# Measures, on x86-64, the launches that the month is drawn from: sessions some minutes apart, and the program beside itself in each.
#
#   detector/tests/month/measure.sh GENERATOR DIR [SESSIONS [SECONDS]]
#
# GENERATOR is `target/release/generator`; DIR gets a folder a session; SESSIONS (8) are measured with SECONDS (200) between
# them. A folder that is there already is kept, so that sessions can be added on another day. Then launches.json is written with
#
#   TIDEGAUGE_MONTH=DIR cargo test -p detector --test month -- --ignored launches_that_were_measured_anew_are_kept
set -euo pipefail

if (($# < 2)); then
    printf 'usage: %s GENERATOR DIR [SESSIONS [SECONDS]]\n' "$0" >&2
    exit 2
fi
generator=$1 out=$2 sessions=${3:-8} seconds=${4:-200}

# Variants that have a likeness on every platform: plain code, and the vectors of 256 bits that become those of 128.
cases='^((add|dot)_f32/avx2/n(1000|10000|1000000)|(max|min|mul|sub|sum)_f32/avx2/n10000'
cases+='|(add|dot|max|min|mul|sub|sum)_f32/scalar/n10000|matmul_f32/avx2/(m100n100k100|m256n256k256)'
cases+='|matmul_f32/scalar/m256n256k256|tensor_add_f32/avx2/r100c100|gemv_i2s/avx2/m4096k4096'
cases+='|decode_bitnet/avx2/d512l8_decode32)$'

for ((number = 1; number <= sessions; number++)); do
    name=$(printf 's%02d' "$number")
    if [[ -e $out/sessions/$name/report.json && -e $out/pairs/$name/pair.json ]]; then
        continue
    fi
    "$generator" measure --profile quick --instructions off --filter "$cases" --out "$out/sessions/$name"
    "$generator" pair --base "$generator" --profile quick --instructions off --filter "$cases" --out "$out/pairs/$name"
    ((number == sessions)) || sleep "$seconds"
done
