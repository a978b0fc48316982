#!/usr/bin/env bash
# Builds the release programs generator, detector and platforms for other people's machines, into DIR/KEY/ with their
# checksums.
#
#   scripts/build.sh [--platform KEY…] [--builder auto|cross|zigbuild|system|native] [--out DIR]
#
#   --platform  for which platforms of platforms/platforms.toml; this machine's where none is given
#   --builder   auto, which is the default, takes native for this machine's platform; for others cross where Docker or
#               Podman runs, else the distribution's cross compiler (system), else zig's (zigbuild), which is also what
#               compiles for a Mac elsewhere
#   --out       dist/ where nothing is said
#
# What a builder needs and is missing comes from `scripts/setup-perf-env.sh --cross --target KEY`.
#
# Two builds of a commit give the same bytes with the same builder, wherever the checkout, cargo's home and the target folder
# are: paths of this machine are replaced, and a program that holds one all the same is not handed out. Its machine code is
# that of `cargo build --release`. Names of functions stay, for profiles and for what a panic says; line tables do not, since
# they are most of a program, and whoever needs them has the sources and builds.
#
# A program for Linux starts where the C library is as new as the table says, or newer. zigbuild asks for an old one.
#
# Standard output is the table: platform, builder, compiler, program, bytes, seconds of the platform's build, glibc, sha256.
# Ends with 0 when all is built; 2 for wrong usage, or where DIR cannot be written; 4 where something could not be built or only compiled, as for a Mac on
# another machine, and says which; else as cargo does.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$root/scripts/toolchain.sh"
# shellcheck source-path=SCRIPTDIR source=build-options.sh
. "$root/scripts/build-options.sh"

builders=(auto cross zigbuild system native)

usage() {
    printf 'error: %s\nusage: scripts/build.sh [--platform KEY…] [--builder auto|cross|zigbuild|system|native] [--out DIR]\n' "$1" >&2
    exit 2
}

say() { printf '%s\n' "$*" >&2; }

while (($#)); do
    take_option "$@"
    if ((taken)); then
        shift "$taken"
        continue
    fi
    case $1 in
    --help)
        help_of "${BASH_SOURCE[0]}"
        exit
        ;;
    *) usage "there is no $1" ;;
    esac
done
settle_options
[[ " ${builders[*]} " == *" $builder "* ]] || usage "there is no builder $builder; the builders are ${builders[*]}"

cd "$root"
# `cargo install` puts programs there, which need not be in the PATH yet.
cargo_home=${CARGO_HOME:-${HOME:-}/.cargo}
export PATH="$PATH:$cargo_home/bin"

trap close_out EXIT
open_out
is_checkout || say "note: $(no_checkout), so the programs name no commit, and no baseline is made with them unasked"

# Whether programs of the platform $1 can be linked here: a Mac's frameworks are only on a Mac.
is_linked_here() { [[ $1 != macos-* || $host == macos-* ]]; }

# Why the builder $2 builds nothing for the platform $1 on this machine; nothing where it does.
obstacle() {
    local remedy="run scripts/setup-perf-env.sh --cross --target $1" gnu
    case $2 in
    native)
        [[ $1 == "$host" ]] || printf 'native builds for the platform of this machine, which is %s' "$host"
        ;;
    cross)
        if [[ $1 == macos-* ]]; then
            printf 'cross has no container for a Mac'
        elif ! docker_runs; then
            printf 'cross needs Docker or Podman with a server that answers; start one, or choose another builder'
        elif ! has_program cross; then
            printf 'there is no cross; %s' "$remedy"
        fi
        ;;
    zigbuild)
        if ! has_program cargo-zigbuild; then
            printf 'there is no cargo-zigbuild; %s' "$remedy"
        elif ! has_zig; then
            printf 'there is no zig %s; %s' "$zig_version" "$remedy"
        fi
        ;;
    system)
        if [[ $1 == macos-* ]]; then
            [[ $host == macos-* ]] || printf 'a compiler for a Mac comes with a Mac; zigbuild compiles for one'
        else
            gnu=$(gnu_name "$1")
            has_program "$gnu-gcc" || printf 'there is no %s-gcc; %s' "$gnu" "$remedy"
        fi
        ;;
    esac
}

# The flags that replace paths of this machine, separated as cargo wants it: of those that fit a path the last one holds. In
# the containers of cross some folders have names of their own.
path_flags() {
    local folder hash sysroot flags=()
    sysroot=$("${RUSTC:-rustc}" --print sysroot)
    hash=$("${RUSTC:-rustc}" -vV | sed -n 's/^commit-hash: //p')
    flags+=("--remap-path-prefix=$root=." "--remap-path-prefix=/project=.")
    flags+=("--remap-path-prefix=$cargo_home=/cargo")
    # What the folder of a registry is called says from where this machine fetches.
    for folder in "$cargo_home"/registry/src/*; do
        flags+=("--remap-path-prefix=$folder=/crates" "--remap-path-prefix=/cargo/registry/src/${folder##*/}=/crates")
    done
    flags+=("--remap-path-prefix=$CARGO_TARGET_DIR=/target")
    # Where the standard library's source is installed, rustc names it instead of what stands in the library.
    flags+=("--remap-path-prefix=$sysroot/lib/rustlib/src/rust=/rustc/$hash")
    flags+=("--remap-path-prefix=/rust/lib/rustlib/src/rust=/rustc/$hash")
    (IFS=$'\x1f' && printf '%s' "${flags[*]}")
}

# Whether what goes into a program differs from its commit; generator/build.rs has the list of it.
is_dirty() {
    local source changed sources=()
    while IFS= read -r source; do sources+=("$source"); done < <(
        sed -n '/^const SOURCES/,/^];/ s/^ *"\(.*\)",$/\1/p' generator/build.rs
    )
    if is_checkout && changed=$(git status --porcelain -- "${sources[@]}" 2>/dev/null) && [[ -z $changed ]]; then
        printf 'false'
    else
        printf 'true'
    fi
}

# Sets what could make two builds with the builder $1 differ.
prepare() {
    # A folder of its own: a build with other flags would take turns with `cargo build --release` in each other's.
    export CARGO_TARGET_DIR=$target_dir/build/$1
    local flags
    flags=$(path_flags)
    # The caller's own flags are part of what is built, and stand in its reports; those of cargo's settings at home are not.
    if [[ -n ${CARGO_ENCODED_RUSTFLAGS:-} ]]; then
        flags+=$'\x1f'$CARGO_ENCODED_RUSTFLAGS
    elif [[ -n ${RUSTFLAGS:-} ]]; then
        flags+=$'\x1f'$(printf '%s' "$RUSTFLAGS" | tr -s ' ' '\037')
    fi
    unset RUSTFLAGS
    export CARGO_ENCODED_RUSTFLAGS=$flags CARGO_INCREMENTAL=0 CARGO_PROFILE_RELEASE_STRIP=debuginfo ZERO_AR_DATE=1
    # For a container whose git sees no checkout; generator/build.rs asks git first.
    SOURCE_DATE_EPOCH=0 TIDEGAUGE_SEEN_COMMIT=''
    if is_checkout; then
        SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
        TIDEGAUGE_SEEN_COMMIT=$(git rev-parse HEAD)
    fi
    TIDEGAUGE_SEEN_DIRTY=$(is_dirty)
    export SOURCE_DATE_EPOCH TIDEGAUGE_SEEN_COMMIT TIDEGAUGE_SEEN_DIRTY
}

# Builds the platform $1 with the builder $2, in a shell of its own.
build() (
    use_builder "$1" "$2"
    # The folders of registries have their names only once there is something in them.
    "${CARGO:-cargo}" fetch --quiet --locked --target "$(platform_field "$1" target)"
    prepare "$2"
    selected=()
    for program in "${programs[@]}"; do selected+=(-p "$program"); done
    if is_linked_here "$1"; then
        "${cargo_build[@]}" ${for_target[@]+"${for_target[@]}"} --release --locked "${selected[@]}" --bins
    else
        # The machine code of everything but the programs' entry points, which are checked: they would be linked.
        "${cargo_build[@]}" "${for_target[@]}" --release --locked "${selected[@]}" --lib
        "${cargo[@]}" check "${for_target[@]}" --release --locked "${selected[@]}" --bins
    fi
)

# Where the builder $2 leaves the programs of the platform $1.
built_in() {
    if [[ $2 == native ]]; then
        printf '%s' "$target_dir/build/$2/release"
    else
        printf '%s' "$target_dir/build/$2/$(platform_field "$1" target)/release"
    fi
}

# What compiles and links for the platform $1 with the builder $2.
compiler() (
    use_builder "$1" "$2"
    linker=
    case $2 in
    cross) linker=", cross $(cross_version)" ;;
    system) [[ $1 == macos-* ]] || linker=", $(gnu_name "$1")-gcc $("$(gnu_name "$1")-gcc" -dumpfullversion)" ;;
    zigbuild) linker=", zig $zig_version" ;;
    esac
    printf '%s%s' "$("${RUSTC:-rustc}" --version | cut -d ' ' -f 1-2)" "$linker"
)

# The newest version of GNU's C library that the program $2 asks for; nothing where the platform $1 has another.
glibc() {
    if [[ $1 != linux-* ]]; then
        :
    elif ! has_program readelf; then
        printf '?'
    else
        readelf --wide --version-info "$2" 2>/dev/null | sed -n 's/^.*Name: GLIBC_\([0-9.]*\) .*$/\1/p' | sort -t . -k 1,1n -k 2,2n | tail -n 1
    fi
}

# Refuses the program $1 where there is none, or it holds a path of this machine.
holds_no_path() {
    local folder how
    [[ -f $1 ]] || {
        say "error: the build left no $1"
        return 70
    }
    for folder in "$root" "$cargo_home" "$target_dir"; do
        case $folder in
        # What paths are replaced by.
        /cargo | /crates | /target | /rustc) continue ;;
        */*/*) how=(-F -e "$folder/") ;;
        # Of one name: paths that were replaced have it within, as /rustc/HASH/library/alloc/src/ has that of a checkout in /src.
        *) how=(-E -e "(^|[^[:alnum:]_./-])$(sed 's/[^[:alnum:]/]/[&]/g' <<<"$folder")/") ;;
        esac
        if LC_ALL=C grep -aq "${how[@]}" -- "$1"; then
            say "error: $1 names this machine's folder $folder; a flag of scripts/build.sh should have replaced it"
            return 70
        fi
    done
}

# Puts the programs of the platform $1, which the builder $2 built in $3 seconds, where they belong, and tells of them.
hand_out() {
    local from program sum made made_sums
    from=$(built_in "$1" "$2")
    made=$(compiler "$1" "$2")
    for program in "${programs[@]}"; do
        holds_no_path "$from/$program"
        cp -- "$from/$program" "$partial/$program"
    done
    made_sums=$(cd -- "$partial" && sums "${programs[@]}")
    mkdir -p -- "$out/$1"
    # A build that is killed leaves no sums beside other programs.
    rm -f -- "$out/$1/SHA256SUMS"
    for program in "${programs[@]}"; do mv -f -- "$partial/$program" "$out/$1/$program"; done
    printf '%s\n' "$made_sums" >"$partial/SHA256SUMS"
    mv -f -- "$partial/SHA256SUMS" "$out/$1/SHA256SUMS"
    # Of two builds that write to one place at once the last sees what both left.
    [[ $(cd -- "$out/$1" && sums "${programs[@]}") == "$made_sums" ]] || {
        say "error: something else wrote to $out/$1 at the same time; build it anew, each with an --out of its own"
        return 70
    }
    for program in "${programs[@]}"; do
        sum=$(sed -n "s/^\([0-9a-f]*\)  $program\$/\1/p" <<<"$made_sums")
        row "$1" "$2" "$made" "$program" "$(wc -c <"$out/$1/$program" | tr -d ' ')" "$3" "$(glibc "$1" "$out/$1/$program")" "$sum"
    done
}

rows=
row() {
    local cell line=
    for cell; do line+=${line:+$'\t'}${cell:--}; done
    rows+=$line$'\n'
}

# The rows, each column as wide as its widest cell.
table() {
    printf 'platform\tbuilder\tcompiler\tprogram\tbytes\tseconds\tglibc\tsha256\n%s' "$rows" | awk -F '\t' '
        { for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } fields[NR] = NF }
        END {
            for (row = 1; row <= NR; row++) {
                line = ""
                for (i = 1; i < fields[row]; i++) line = line sprintf("%-" width[i] "s  ", cell[row, i])
                print line cell[row, fields[row]]
            }
        }'
}

code=0
for key in "${keys[@]}"; do
    with=$builder
    [[ $with != auto ]] || with=$(choose_builder "$key")
    why=$(obstacle "$key" "$with")
    if [[ -n $why ]]; then
        say "error: $key cannot be built here: $why"
        row "$key" "$with" - 'not built' - - - -
        code=4
        continue
    fi
    say "$key: building with $with"
    start=$SECONDS
    build "$key" "$with" >&2
    seconds=$((SECONDS - start))
    if is_linked_here "$key"; then
        hand_out "$key" "$with" "$seconds"
    else
        say "$key: compiled, not linked: its programs need Apple's frameworks, which are only on a Mac"
        row "$key" "$with" "$(compiler "$key" "$with")" 'compiled, not linked' - "$seconds" - -
        code=4
    fi
done
table
exit "$code"
