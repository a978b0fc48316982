#!/usr/bin/env bash
# What builds for which platform: to be sourced by the scripts that build, with `root` set to the checkout.
#
# It reads platforms/platforms.toml and changes nothing; scripts/setup-perf-env.sh installs what is missing.

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

# What builds for the platform $1 here: `native` on a machine of it, `cross` where its containers run, else the
# distribution's cross compiler (`system`), or zig's (`zigbuild`) where there is none, which is for macOS.
choose_builder() {
    if [[ $1 == "$(host_platform)" ]]; then
        printf 'native\n'
    elif [[ $1 == macos-* ]]; then
        printf 'zigbuild\n'
    elif docker_runs; then
        printf 'cross\n'
    else
        printf 'system\n'
    fi
}

# A client without a server is no Docker.
docker_runs() { docker info >/dev/null 2>&1 || podman info >/dev/null 2>&1; }

# Makes this shell build for the platform $1 with the builder $2: sets the arrays `cargo` (which command is cargo),
# `cargo_build` (which builds) and `for_target` (the arguments that name the target), and exports what they read. For a shell of its own:
# what is exported stays.
cargo=()
cargo_build=()
for_target=()
use_builder() {
    local target variable
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
        PATH=${CARGO_TARGET_DIR:-$root/target}/zig/bin:$PATH
        ;;
    system)
        # The distribution's compilers have the name of the machine as GNU writes it: without a maker.
        local gnu=${target/-unknown-/-}
        export "CARGO_TARGET_${variable}_LINKER=$gnu-gcc"
        export "CC_${target//-/_}=$gnu-gcc" "CXX_${target//-/_}=$gnu-g++" "AR_${target//-/_}=$gnu-ar"
        if ! has_standard_library "$target"; then
            # The distribution's Rust, whose libraries for other machines are packages.
            cargo=(/usr/bin/cargo)
            cargo_build=(/usr/bin/cargo build)
            export RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc
        fi
        ;;
    esac
}

# Whether the Rust of this checkout has a standard library for the target $1.
has_standard_library() { compgen -G "$(rustc --print sysroot)/lib/rustlib/$1/lib/libstd-*.rlib" >/dev/null; }
