#!/usr/bin/env bash
# Installs what building, testing and measuring need on this machine, where it is missing; what is there is left alone.
#
#   scripts/setup-perf-env.sh [--cross] [--target T]… [--no-install]
#
#   --cross       also what builds for the other platforms of platforms/platforms.toml
#   --target      also what builds for the platform T, which is a key of ours or a target of rustc's
#   --no-install  changes nothing, and only tells what is there
#
# Rust and its targets come from rustup. Where rustup has none, Debian's own Rust and its libraries for other machines
# serve. Compilers, valgrind and qemu come from the distribution (apt-get as root or by `sudo -n`; brew on a Mac; elsewhere it
# only tells what to install), cross and cargo-zigbuild from `cargo install`, and zig goes into the target folder.
#
# Standard output is a table: what, what it is needed for, and whether it is there, was installed, or is missing and what to
# do. Ends with 0 when all is there, 4 when something is missing, 2 for wrong usage.
# shellcheck disable=SC2317,SC2329 # `want` calls functions whose names it puts together.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
exec </dev/null

usage() {
    printf 'error: %s\nusage: scripts/setup-perf-env.sh [--cross] [--target T]… [--no-install]\n' "$1" >&2
    exit 2
}

# The key of what a person may call a platform; nothing where there is no such.
key_of() {
    local key
    for key in $(platform_keys); do
        if [[ $1 == "$key" || $1 == "$(platform_field "$key" target)" ]]; then printf '%s' "$key"; fi
    done
}

keys=()
install=true
while (($#)); do
    case $1 in
    --cross) while IFS= read -r key; do keys+=("$key"); done < <(platform_keys) ;;
    --target)
        key=$(key_of "${2:-}")
        [[ -n $key ]] || usage "--target wants a platform: $(platform_keys | paste -sd ' ' -)"
        keys+=("$key")
        shift
        ;;
    --no-install) install=false ;;
    --help)
        help_of "${BASH_SOURCE[0]}"
        exit
        ;;
    *) usage "there is no $1" ;;
    esac
    shift
done

# To ask rustc for its version would have rustup install the pinned one.
$install || export RUSTUP_AUTO_INSTALL=0
# `cargo install` puts programs there, which need not be in the PATH yet.
export PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
host=$(host_platform)
channel=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
oldest=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
kernel=$(uname -s)

say() { printf '%s\n' "$*" >&2; }

# Whether the version $1 is $2 or later.
is_at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -t . -k 1,1n -k 2,2n -k 3,3n | head -n 1) == "$2" ]]; }

as_root() {
    if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

apt_is_fresh=false
# Old lists may do where the mirror cannot be reached.
update_packages() {
    $apt_is_fresh || as_root apt-get update -qq || say 'the list of packages could not be brought up to date'
    apt_is_fresh=true
}

# Installs packages of the distribution's.
packages() {
    has_program apt-get || return
    update_packages
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# How a person installs the package $1 of Debian, which Homebrew calls $2; nothing in $2 where it has none.
by_hand() {
    if has_program apt-get; then
        printf 'sudo apt-get install %s' "$1"
    elif [[ $kernel == Darwin && -n ${2:-} ]]; then
        printf 'brew install %s' "$2"
    else
        printf 'install %s from your distribution' "$1"
    fi
}

# What follows comes in threes: whether THING is there, what installs it, and what a person can do. Each is given what
# stands after the thing's name.

there_rust() {
    local found
    found=$(rustc --version 2>/dev/null | cut -d ' ' -f 2) && cargo --version >/dev/null 2>&1 || return
    # A distribution's serves too.
    [[ $found == "$channel" ]] || detail=" ($found)"
    is_at_least "${found%%-*}" "$oldest.0"
}
install_rust() {
    local suffix
    if has_program rustup; then
        rustup toolchain install "$channel" --profile minimal --component clippy --component rustfmt
    else
        has_program apt-get && update_packages && suffix=$(rust_packages) && packages "rustc$suffix" "cargo$suffix"
    fi
}
remedy_rust() {
    if has_program rustup; then
        printf 'rustup toolchain install %s' "$channel"
    else
        printf 'install rustup from https://rustup.rs, which then brings %s' "$channel"
    fi
}

there_compiler() { has_program "${CXX:-c++}"; }
install_compiler() { packages g++; }
remedy_compiler() {
    if [[ $kernel == Darwin ]]; then printf 'xcode-select --install'; else by_hand g++; fi
}

there_program() { has_program "$1"; }
install_program() {
    if [[ $kernel == Darwin ]]; then brew install "$2"; else packages "$2"; fi
}
remedy_program() { by_hand "$2" "$2"; }

# A standard library of Rust's for the target $1; Debian calls its machine $2.
there_library() { has_standard_library "$1" || has_distribution_library "$1"; }
install_library() {
    if has_program rustup; then
        if rustup target add "$1" && has_standard_library "$1"; then return; fi
        say "rustup has no library for $1; trying the distribution's Rust"
    fi
    install_distribution_library "$1" "$2"
}
remedy_library() {
    if has_program rustup; then
        printf 'rustup target add %s' "$1"
    else
        printf 'install rustup from https://rustup.rs and call this again'
    fi
}

install_distribution_library() {
    local suffix added=false
    # Elsewhere the packages of other machines lie on other mirrors, and asking for them breaks the next update.
    [[ $(sed -n 's/^ID=//p' "${OS_RELEASE:-/etc/os-release}" 2>/dev/null) == debian ]] || return
    has_program apt-get && update_packages && suffix=$(rust_packages) || return
    if [[ $1 == *-apple-* ]]; then
        packages "rustc$suffix" "cargo$suffix" "rust$suffix-src"
        return
    fi
    if ! dpkg --print-foreign-architectures | grep -qxF -e "$2"; then
        as_root dpkg --add-architecture "$2" || return
        added=true
        apt_is_fresh=false
    fi
    packages "rustc$suffix" "cargo$suffix" "libstd-rust$suffix-dev:$2" && return
    ! $added || as_root dpkg --remove-architecture "$2" || :
    return 1
}

# What the names of the distribution's packages of Rust end with, where they are new enough for this workspace: Debian has
# one beside the release's own, for what browsers need.
rust_packages() {
    local suffix version
    for suffix in '' -web; do
        version=$(apt-cache policy "rustc$suffix" | sed -n 's/^ *Candidate: *\([0-9][0-9.]*\).*/\1/p')
        if [[ -n $version ]] && is_at_least "$version" "$oldest.0"; then
            printf '%s' "$suffix"
            return
        fi
    done
    return 1
}

# The distribution's compilers for the platform $1, whose machine Debian calls $2.
there_cross_compiler() { has_program "$(gnu_name "$1")-gcc" && has_program "$(gnu_name "$1")-g++"; }
install_cross_compiler() {
    local gnu
    gnu=$(gnu_name "$1")
    # In names of packages there is no underscore.
    packages "gcc-${gnu//_/-}" "g++-${gnu//_/-}" "libc6-dev-$2-cross"
}
remedy_cross_compiler() {
    local gnu
    gnu=$(gnu_name "$1")
    by_hand "gcc-${gnu//_/-} g++-${gnu//_/-} libc6-dev-$2-cross"
}

# What `cargo install` brings: the package $1, whose program has the same name, in the version $2.
there_cargo_program() { [[ $("$1" --version 2>/dev/null | sed -n "s/^$1 \([0-9.]*\).*/\1/p") == "$2" ]]; }
install_cargo_program() { cargo install --locked --force --version "$2" "$1"; }
remedy_cargo_program() { printf 'cargo install --locked --force --version %s %s' "$2" "$1"; }

# The Rust that cross takes into its containers where this machine's own runs in none. cross asks rustup for it, and not in
# the way in which rustup gives out what does not run here.
container_rust() { printf '%s-%s' "$channel" "$(platform_field linux-x86_64 target)"; }
there_container_rust() { rustup toolchain list 2>/dev/null | grep -q "^$(container_rust)"; }
install_container_rust() { rustup toolchain install "$(container_rust)" --profile minimal --force-non-host; }
remedy_container_rust() { printf 'rustup toolchain install %s --profile minimal --force-non-host' "$(container_rust)"; }

there_zig() { has_zig; }
install_zig() {
    # Debian has what makes the folder in a package of its own.
    python3 -c 'import ensurepip' 2>/dev/null || packages python3 python3-venv
    rm -rf -- "$zig_home"
    python3 -m venv "$zig_home" &&
        "$zig_home/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "ziglang==$zig_version"
}
remedy_zig() { printf 'install Python 3 with venv and call this again, or put zig %s into the PATH' "$zig_version"; }

rows=
code=0
# Notes whether $1 is there, which is needed for $2 and is a THING $3 with what follows; installs it where it is missing.
want() {
    local what=$1 why=$2 thing=$3 state detail=
    shift 3
    # Two platforms may need the same.
    [[ $rows != *"$what"$'\t'* ]] || return 0
    if "there_$thing" "$@"; then
        state=there
    elif $install && say "$what is missing; installing it" && "install_$thing" "$@" >&2 && "there_$thing" "$@"; then
        state=installed
    else
        state="missing: $("remedy_$thing" "$@")"
        code=4
    fi
    rows+="$what"$'\t'"$why"$'\t'"$state$detail"$'\n'
}

# Debian's name of the machine $1.
debian_machine() {
    case $1 in
    aarch64) printf 'arm64' ;;
    x86_64) printf 'amd64' ;;
    *) printf '%s' "$1" ;;
    esac
}

want "Rust $channel" 'everything' rust
want 'C++ compiler' "crossval's references" compiler
if [[ $kernel == Linux ]]; then
    want valgrind 'counting instructions' program valgrind valgrind
    want qemu-user 'tests on CPUs and platforms that are not here' program "qemu-$(uname -m)" qemu-user
fi
# One platform may be asked for twice.
for key in $(printf '%s\n' ${keys[@]+"${keys[@]}"} | sort -u); do
    [[ $key != "$host" ]] || continue
    target=$(platform_field "$key" target)
    machine=$(debian_machine "${key#*-}")
    want "Rust's library for $target" "building for $key" library "$target" "$machine"
    case $(choose_builder "$key") in
    cross)
        want "cross $(cross_version)" "building for $key in a container" cargo_program cross "$(cross_version)"
        [[ $kernel == Linux ]] || want "Rust $channel for Linux" "building for $key in a container" container_rust
        ;;
    zigbuild)
        want "zig $zig_version" "building for ${key%%-*}" zig
        want "cargo-zigbuild $zigbuild_version" "building for ${key%%-*}" cargo_program cargo-zigbuild "$zigbuild_version"
        ;;
    esac
    if [[ $key == linux-* && $kernel == Linux ]]; then
        want "C and C++ compiler for $key" "building and testing for $key" cross_compiler "$key" "$machine"
        want "qemu-${key#*-}" "running programs of $key" program "qemu-${key#*-}" qemu-user
    fi
done

printf 'what\tneeded for\tstate\n%s' "$rows" | awk -F '\t' '
    { for (i = 1; i <= 2; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } state[NR] = $3 }
    END { for (row = 1; row <= NR; row++) printf "%-" width[1] "s  %-" width[2] "s  %s\n", cell[row, 1], cell[row, 2], state[row] }'
exit "$code"
