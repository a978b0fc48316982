#!/usr/bin/env bash
# What builds for which platform: to be sourced by the scripts that build, with `root` set to the checkout.
#
# It reads platforms/platforms.toml, and to source it changes nothing; scripts/setup-perf-env.sh installs what is missing.

# Pinned like the compiler: another linker is another program.
export zigbuild_version=0.24.1 zig_version=0.17.1
# The glibc that zig's programs for Linux ask for: what distributions since 2019 have.
zig_glibc=2.28
# Where cargo builds; a relative path is one of the checkout's.
target_dir=${CARGO_TARGET_DIR:-$root/target}
[[ $target_dir == /* ]] || target_dir=$root/$target_dir
# Where scripts/setup-perf-env.sh puts zig.
zig_home=$target_dir/zig
# Where the distribution's Rust is, whatever the PATH has first.
distribution_bin=${DISTRIBUTION_BIN:-/usr/bin}

# The keys of all platforms, one a line.
platform_keys() { sed -n 's/^key = "\([^"]*\)"$/\1/p' "$root/platforms/platforms.toml"; }

# What platforms.toml says of the platform $1 in its field $2, where that is a text.
platform_field() {
    awk -v key="$1" -v field="$2" '
        /^\[\[platform\]\]$/ { here = 0 }
        $0 == "key = \"" key "\"" { here = 1 }
        here && $1 == field && $2 == "=" && match($0, /"[^"]*"/) { print substr($0, RSTART + 1, RLENGTH - 2); exit }
    ' "$root/platforms/platforms.toml"
}

# Which version of the tool `cross` builds, as platforms.toml says.
cross_version() {
    awk '
        /^\[/ { here = $0 == "[cross]" }
        here && $1 == "version" { print substr($3, 2, length($3) - 2); exit }
    ' "$root/platforms/platforms.toml"
}

# Takes --platform KEY… from the beginning of "$@" into the array `keys`, in a script that has a function `usage`; `taken` is
# how many words that were.
keys=()
taken=0
take_platforms() {
    [[ ${2:--} != -* ]] || usage "--platform wants a key: $(platform_keys | paste -sd ' ' -)"
    taken=1
    shift
    while (($#)) && [[ $1 != -* ]]; do
        platform_keys | grep -qxF -e "$1" ||
            usage "there is no platform $1; the platforms are $(platform_keys | paste -sd ' ' -)"
        # Twice is once.
        [[ " ${keys[*]-} " == *" $1 "* ]] || keys+=("$1")
        taken=$((taken + 1))
        shift
    done
}

# The key of this machine, listed or not.
host_platform() {
    local os arch
    case $(uname -s) in
    Darwin) os=macos ;;
    *) os=$(uname -s | tr '[:upper:]' '[:lower:]') ;;
    esac
    case $(uname -m) in
    arm64) arch=aarch64 ;;
    *) arch=$(uname -m) ;;
    esac
    printf '%s-%s\n' "$os" "$arch"
}

# What builds for the platform $1 here: `native` on a machine of it; else the compiler that this machine has for others
# of its maker's (`system`), `cross` where its containers run, or zig's (`zigbuild`).
choose_builder() {
    local host
    host=$(host_platform)
    if [[ $1 == "$host" ]]; then
        printf 'native\n'
    elif [[ $1 == macos-* && $host == macos-* ]]; then
        # Apple's compiler builds for both.
        printf 'system\n'
    elif [[ $1 == macos-* ]]; then
        printf 'zigbuild\n'
    elif docker_runs; then
        printf 'cross\n'
    elif [[ $host == linux-* ]] && { has_program "$(gnu_name "$1")-gcc" || has_program apt-get; }; then
        printf 'system\n'
    else
        printf 'zigbuild\n'
    fi
}

# Whether git knows this checkout. Sources that were unpacked in a folder of somebody else's repository are not in it, and its
# commit says nothing of them: `commit` of generator/build.rs is the same rule.
is_checkout() {
    local prefix
    prefix=$(git -C "$root" rev-parse --show-prefix 2>/dev/null) && [[ -z $prefix ]] &&
        [[ $(git -C "$root" ls-tree --name-only HEAD Cargo.toml 2>/dev/null) == Cargo.toml ]]
}

# Says that git knows none, and why where it was asked and refused: the checkout may be another user's.
no_checkout() {
    local why=''
    [[ ! -e $root/.git ]] || why=$(git -C "$root" rev-parse --show-prefix 2>&1 >/dev/null | head -n 1)
    printf '%s is no git checkout%s' "$root" "${why:+ to git ($why)}"
}

has_program() { command -v "$1" >/dev/null 2>&1; }

# Whether `cargo $1` is there, installed now if need be.
has_cargo() {
    cargo "$1" --version >/dev/null 2>&1 && return
    printf 'cargo-%s is missing; installing it takes some minutes\n' "$1" >&2
    cargo install "cargo-$1" --locked >&2 && cargo "$1" --version >/dev/null 2>&1
}

# The SHA-256 of files, as their .sha256 has it; of the file $1, as its hexadecimal digits alone. A Mac's own sha256sum has
# other options than GNU's.
sums() { if [[ $(uname -s) != Darwin ]] && has_program sha256sum; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
sha256_of() { sums -- "$1" | sed 's/^\\//; s/ .*$//'; }

# Prints the head of the script $1, which is its help.
help_of() { sed -n -e 1d -e '/^# shellcheck /d' -e '/^#/!q' -e 's/^# \{0,1\}//' -e p "$1"; }

# A client without a server is no Docker.
docker_runs() { docker info >/dev/null 2>&1 || podman info >/dev/null 2>&1; }

# The machine of the platform $1 as GNU writes it, without a maker: the distribution's compilers have that name.
gnu_name() {
    local target
    target=$(platform_field "$1" target)
    printf '%s\n' "${target/-unknown-/-}"
}

# The words that start a program of the Linux platform $1 on the CPU $2 of qemu-user; fails where that is not there.
emulator() {
    local machine=${1#*-} program
    program=$(command -v "qemu-$machine") || return
    # A program that starts another while it has a second thread may else never get to it: the copy of qemu waits for a lock of
    # GLib's own allocator that the thread held, and that nobody gives back there.
    printf '%s G_SLICE=always-malloc %s -cpu %s' "$(command -v env)" "$program" "$2"
    # Its C library may have come with the compiler alone. Where the system has one of that machine, too, programs would
    # take the loader of the one and the library of the other, and hang when they start a thread.
    compgen -G "/lib*/ld-linux-${machine//_/-}.so.*" >/dev/null || [[ ! -d /usr/$(gnu_name "$1")/lib ]] ||
        printf ' -L /usr/%s' "$(gnu_name "$1")"
}

# Makes this shell build for the platform $1 with the builder $2: sets the arrays `cargo` (which command is cargo),
# `cargo_build` (which builds) and `for_target` (the arguments that name the target), and exports what they read. For a
# shell of its own: what is exported stays.
# shellcheck disable=SC2034 # Whoever sources this reads them.
use_builder() {
    local target variable gnu
    target=$(platform_field "$1" target)
    cargo=(cargo)
    cargo_build=(cargo build)
    for_target=(--target "$target")
    variable=$(printf '%s' "$target" | tr 'a-z-' 'A-Z_')
    case $2 in
    native) for_target=() ;;
    cross)
        cargo=(cross)
        cargo_build=(cross build)
        ;;
    zigbuild)
        cargo=(cargo-zigbuild)
        cargo_build=(cargo-zigbuild zigbuild)
        # Where the package of the Python index is, zig is there.
        PATH=$zig_home/bin:$PATH
        [[ $1 != linux-* ]] || for_target=(--target "$target.$zig_glibc")
        if use_distribution_rust "$target"; then
            export CARGO=$distribution_bin/cargo
            # There is a library only for Linux; for others cargo builds it.
            [[ $1 == linux-* ]] || {
                export RUSTC_BOOTSTRAP=1
                for_target+=('-Zbuild-std=std,panic_abort')
            }
        fi
        # Without Apple's SDK the compilers of C++ would take another oldest macOS than rustc does.
        [[ $1 != macos-* || -n ${MACOSX_DEPLOYMENT_TARGET:-} ]] ||
            export "$("${RUSTC:-rustc}" --print deployment-target --target "$target")"
        ;;
    system)
        if [[ $1 == linux-* ]]; then
            gnu=$(gnu_name "$1")
            export "CARGO_TARGET_${variable}_LINKER=$gnu-gcc"
            export "CC_${target//-/_}=$gnu-gcc" "CXX_${target//-/_}=$gnu-g++" "AR_${target//-/_}=$gnu-ar"
        fi
        if use_distribution_rust "$target"; then
            cargo=("$distribution_bin/cargo")
            cargo_build=("$distribution_bin/cargo" build)
        fi
        ;;
    esac
}

# Takes the distribution's Rust, whose libraries for other machines are packages, where this checkout's has none for the
# target $1.
use_distribution_rust() {
    ! has_standard_library "$1" && has_distribution_library "$1" || return
    export "RUSTC=$distribution_bin/rustc" "RUSTDOC=$distribution_bin/rustdoc"
}

# Whether the Rust of this checkout has a standard library for the target $1.
has_standard_library() {
    local sysroot
    sysroot=$(cd -- "$root" && rustc --print sysroot 2>/dev/null) || return
    compgen -G "$sysroot/lib/rustlib/$1/lib/libstd-*.rlib" >/dev/null
}

# Whether the distribution's Rust has one, or for a Mac its source.
has_distribution_library() {
    local sysroot
    [[ -x $distribution_bin/cargo ]] && sysroot=$("$distribution_bin/rustc" --print sysroot 2>/dev/null) || return
    case $1 in
    *-apple-*) [[ -f $sysroot/lib/rustlib/src/rust/library/std/Cargo.toml ]] ;;
    *) compgen -G "$sysroot/lib/rustlib/$1/lib/libstd-*.rlib" >/dev/null ;;
    esac
}

# Whether zig is there, in the pinned version: as the package of the Python index, which cargo-zigbuild looks for first, or
# as a program.
has_zig() {
    local found
    found=$("$zig_home/bin/python3" -m ziglang version 2>/dev/null || python3 -m ziglang version 2>/dev/null || zig version 2>/dev/null)
    [[ $found == "$zig_version" ]]
}
