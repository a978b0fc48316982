#!/usr/bin/env bash
# Measures our kernels beside the best libraries: agreement first, then speed ratios, in one run with all of them built.
#
#   scripts/crossval.sh                            everything; the results are in out/crossval
#   scripts/crossval.sh --filter '^matmul_f32/'    what is not named here goes to `crossval run`
#   scripts/crossval.sh --no-install               installs nothing; where something is missing, says what, and ends
#   scripts/crossval.sh --build-only               builds, and runs nothing
#
# OpenBLAS, cmake, clang (whose library reads ggml's headers) and a C++ compiler are installed where they are missing,
# from the distribution's packages or from Homebrew. ggml takes some minutes to build, the first time. It is compiled
# for this CPU, as its own users compile it.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
exec </dev/null

export PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
# Apart from other builds: ggml is another one under the settings below, and cargo would not see that they have changed.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/crossval

install=true
run=true
arguments=()
for argument in "$@"; do
    case $argument in
    --no-install) install=false ;;
    --build-only) run=false ;;
    *) arguments+=("$argument") ;;
    esac
done

say() { printf '\n=== %s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 2
}

# The packages that this system lacks, one a line.
missing_packages() {
    local package
    if [[ $(uname -s) == Darwin ]]; then
        # The compilers are the system's.
        for package in cmake openblas pkgconf; do
            brew list --versions "$package" >/dev/null 2>&1 || printf '%s\n' "$package"
        done
    else
        for package in g++ cmake clang libclang-dev libopenblas-dev pkg-config; do
            [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
                printf '%s\n' "$package"
        done
    fi
}

install_packages() {
    local as_root=()
    if [[ $(uname -s) == Darwin ]]; then
        brew install --quiet "$@"
    else
        ((EUID == 0)) || as_root=(sudo -n)
        ${as_root[@]+"${as_root[@]}"} apt-get update -qq
        ${as_root[@]+"${as_root[@]}"} apt-get install -y -qq --no-install-recommends "$@"
    fi
}

# What ggml's own build finds out on an x86 CPU when it compiles for that one; its crate has it compile for AVX2.
compile_for_this_cpu() {
    [[ $(uname -m) == x86_64 && -r /proc/cpuinfo ]] || return 0
    ! has_flags avx512f avx512bw avx512cd avx512dq avx512vl || export GGML_AVX512=ON
    ! has_flags avx512vbmi || export GGML_AVX512_VBMI=ON
    ! has_flags avx512_vnni || export GGML_AVX512_VNNI=ON
    ! has_flags avx512_bf16 || export GGML_AVX512_BF16=ON
}

# Whether this CPU has all of these.
has_flags() {
    local flag
    for flag in "$@"; do grep -qw "$flag" /proc/cpuinfo || return; done
}

command -v cargo >/dev/null || fail 'there is no cargo; install Rust from https://rustup.rs'

say packages
if [[ $(uname -s) == Darwin ]]; then
    command -v brew >/dev/null || fail 'there is no Homebrew to install openblas, cmake and pkgconf from; see https://brew.sh'
elif ! command -v dpkg-query >/dev/null; then
    printf 'no Debian: g++, cmake, clang with its library, and OpenBLAS with its headers must be there already\n'
fi
packages=()
if [[ $(uname -s) == Darwin ]] || command -v dpkg-query >/dev/null; then
    while IFS= read -r package; do packages+=("$package"); done < <(missing_packages)
fi
if ((${#packages[@]} == 0)); then
    printf 'nothing is missing\n'
elif $install; then
    printf 'installing %s\n' "${packages[*]}"
    install_packages "${packages[@]}" || fail "these could not be installed: ${packages[*]}"
else
    fail "missing: ${packages[*]}; run without --no-install, or install them"
fi

say build
compile_for_this_cpu
if [[ $(uname -s) == Darwin ]]; then
    # Homebrew keeps it apart from the system's BLAS. Of ggml the CPU's part is enough.
    PKG_CONFIG_PATH=$(brew --prefix openblas)/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
    export PKG_CONFIG_PATH GGML_METAL=OFF
fi
cargo build --release --locked -p crossval --features all
program=$CARGO_TARGET_DIR/release/crossval
printf 'built %s\n' "$program"

if $run; then
    say run
    [[ " ${arguments[*]-} " == *' --out'[\ =]* ]] || arguments+=(--out out/crossval)
    exec "$program" run "${arguments[@]}"
fi
