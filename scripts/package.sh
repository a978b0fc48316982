#!/usr/bin/env bash
# Makes archives of the release programs for those who have no Rust, and tries each before it is handed out.
#
#   scripts/package.sh [--platform KEY…] [--builder BUILDER] [--out DIR]
#   scripts/package.sh --version [TAG]
#
#   --platform  for which platforms of platforms/platforms.toml; this machine's where none is given
#   --builder   who builds, as scripts/build.sh takes it
#   --out       dist/ where nothing is said
#   --version   only prints the version, which stands in Cargo.toml alone; refuses a TAG that is not v and the version
#
# An archive is DIR/tidegauge-VERSION-KEY.tar.gz, with its checksum in a file of that name and .sha256. Two of the same programs
# are the same bytes: names are sorted, the owner is nobody, and the time is the commit's.
#
# Then it is unpacked in a clean folder and followed there as INSTALL.md says, in a clean environment without Rust: the programs
# verify, measure and judge, the man pages are read, the completions loaded. What another machine's programs do is seen under qemu.
# An archive whose programs cannot run here is not made: one for a Mac is made on a Mac.
#
# Standard output is a table: archive, bytes, files, what it needs, sha256. Ends with 0 when all are made; 2 for wrong usage,
# where DIR cannot be written, or where git knows no checkout here; 4 where one cannot be made here, and says which; 1 where
# one is not as it should be. It leaves whole archives or none.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$root/scripts/toolchain.sh"
# shellcheck source-path=SCRIPTDIR source=build-options.sh
. "$root/scripts/build-options.sh"
exec </dev/null

usage() {
    printf 'error: %s\nusage: scripts/package.sh [--platform KEY…] [--builder BUILDER] [--out DIR] | --version [TAG]\n' "$1" >&2
    exit 2
}

say() { printf '%s\n' "$*" >&2; }

# What was made is not as it should be.
fail() {
    say "error: $*"
    exit 1
}

version=$(sed -n '/^\[workspace\.package\]$/,/^$/ s/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml")
[[ -n $version ]] || usage 'Cargo.toml has no version under [workspace.package]'

while (($#)); do
    take_option "$@"
    if ((taken)); then
        shift "$taken"
        continue
    fi
    case $1 in
    --version)
        (($# <= 2)) || usage '--version takes one tag, and nothing beside it'
        if [[ -n ${2:-} && $2 != "v$version" ]]; then
            say "error: the tag $2 is not v$version; Cargo.toml has the version, and a release has its tag"
            exit 2
        fi
        printf '%s\n' "$version"
        exit
        ;;
    --help)
        help_of "${BASH_SOURCE[0]}"
        exit
        ;;
    *) usage "there is no $1" ;;
    esac
done
settle_options
is_checkout || {
    say "error: $(no_checkout), and an archive says of which commit it is; pack in a clone of the repository"
    exit 2
}
cd "$root"

work=
trap 'rm -rf -- ${work:+"$work"}; close_out' EXIT
open_out
has_program readelf || [[ " ${keys[*]}" != *' linux-'* ]] || {
    say 'error: there is no readelf, and an archive says which C library its programs need; install binutils'
    exit 4
}
work=$(mktemp -d)
trap 'exit 130' INT TERM

# The words before a program of the platform $1 that let it run here; ends with 1 where nothing does.
runner=
find_runner() {
    runner=
    if [[ $1 == "$host" ]]; then
        return
    elif [[ $1 == macos-x86_64 && $host == macos-aarch64 ]]; then
        arch -x86_64 true 2>/dev/null || return
        runner='arch -x86_64'
    elif [[ $1 == linux-* ]]; then
        runner=$(emulator "$1" max)
    else
        return 1
    fi
}

# Runs the program $2 of the folder $1, with what follows. The words are meant to be several.
# shellcheck disable=SC2086
start() { TIDEGAUGE_RUNNER=${runner:+$runner} $runner "$1/$2" "${@:3}"; }

# Fills the folder $2 with what the archive of the platform $1 holds; $3 built its programs, and $4 is the table of that.
fill() {
    local key=$1 into=$2 with=$3 built=$4 program shell file library page
    mkdir -p "$into/bin" "$into/platforms" "$into/share/man/man1" "$into/share/completions"
    for program in "${programs[@]}"; do
        cp -- "$work/built/$key/$program" "$into/bin/$program"
        [[ $(start "$into/bin" "$program" --version) == "$program $version" ]] || fail "$key: $program is of another version than $version"
        start "$into/bin" "$program" man --out "$into/share/man/man1"
        # By the names under which shells look for them.
        for shell in bash zsh fish powershell elvish; do
            case $shell in
            zsh) file=_$program ;;
            powershell) file=$program.ps1 ;;
            elvish) file=$program.elv ;;
            *) file=$program.$shell ;;
            esac
            start "$into/bin" "$program" completions "$shell" >"$into/share/completions/$file"
        done
    done
    cp -- platforms/platforms.toml platforms/baselines.json "$into/platforms/"
    # A night at home, and what that reads of the list.
    mkdir -p "$into/scripts"
    cp -- scripts/nightly.sh scripts/toolchain.sh "$into/scripts/"
    cp -- README.md INSTALL.md LICENSE "$into/"
    # With the pages that the README leads to, and what those lead to; scripts/install-test.sh looks whether that is all.
    mkdir -p "$into/.github/actions/detect"
    cp -- .github/actions/detect/action.yml "$into/.github/actions/detect/"
    git ls-files -z -- '*.md' ':(exclude)*/tests/*' >"$work/pages"
    while IFS= read -r -d '' page; do
        mkdir -p "$into/$(dirname -- "$page")"
        cp -- "$page" "$into/$page"
    done <"$work/pages"
    notices "$key" >"$into/THIRD-PARTY.txt"
    library=$(library_notices "$key" "$with")
    cp -- "$library" "$into/THIRD-PARTY-RUST.${library##*[!a-z]}"
    tell_build "$key" "$with" "$built" >"$into/BUILD.txt"
    find "$into" -type d -exec chmod 755 {} +
    find "$into" -type f -exec chmod 644 {} +
    chmod 755 "$into"/bin/* "$into/scripts/nightly.sh"
    # Written elsewhere until it is whole: it does not name itself.
    (cd "$into" && find . -type f | sed 's|^\./||' | LC_ALL=C sort | while IFS= read -r file; do sums "$file"; done) >"$work/sums"
    cat -- "$work/sums" >"$into/SHA256SUMS"
    chmod 644 "$into/SHA256SUMS"
}

# The notices of the crates in the programs of the platform $1.
notices() {
    local wanted=() program
    for program in "${programs[@]}"; do wanted+=(--package "$program"); done
    cargo run --quiet --locked -p notices -- --target "$(platform_field "$1" target)" "${wanted[@]}"
}

# The notices of the standard library of the Rust that built the platform $1 with the builder $2; it is in every program.
library_notices() (
    use_builder "$1" "$2"
    sysroot=$("${RUSTC:-rustc}" --print sysroot)
    for file in "$sysroot/share/doc/rust/COPYRIGHT-library.html" "$sysroot"/share/doc/libstd-rust-*dev/copyright; do
        if [[ -f $file ]]; then
            printf '%s\n' "$file"
            return
        fi
    done
    fail "$sysroot has no share/doc/rust/COPYRIGHT-library.html, which has to go with the standard library; install the whole of Rust"
)

# What somebody needs to know who asks where a program comes from, and whether it runs on a machine of theirs.
tell_build() {
    local key=$1 changed commit
    commit=$(git rev-parse HEAD)
    changed=$(git status --porcelain)
    [[ -z $changed ]] || commit+=', with changes that are not committed'
    printf 'version   %s\nplatform  %s\ntarget    %s\n' "$version" "$key" "$(platform_field "$key" target)"
    printf 'commit    %s\nbuilder   %s\ncompiler  %s\n' "$commit" "$2" "$(cell "$3" generator 3)"
    printf '%-9s %s\n' "${key%%-*}" "$(needs "$key" "$2" "$3")" | sed 's/^linux /glibc /'
}

# The cell $3 of the row of the program $2 in the table $1; cells are two spaces apart.
cell() { printf '%s\n' "$1" | awk -F '   *' -v program="$2" -v column="$3" '$4 == program { print $column }'; }

# The oldest system that the programs of the platform $1 run on: of Linux the version of the C library, of a Mac its own.
needs() (
    if [[ $1 == macos-* ]]; then
        use_builder "$1" "$2"
        "${RUSTC:-rustc}" --print deployment-target --target "$(platform_field "$1" target)" | sed 's/^.*=//'
    else
        for program in "${programs[@]}"; do cell "$3" "$program" 7; done | sort -t . -k 1,1n -k 2,2n | tail -n 1
    fi
)

# Packs the folder $1 of $work into the file $2: the same files make the same bytes, under GNU's tar and under a Mac's.
pack() {
    local stamp how=(--format ustar --no-recursion)
    # A Mac's tar would add a file of its own for each that has attributes.
    export COPYFILE_DISABLE=1
    stamp=$(TZ=UTC0 git log -1 --format=%cd --date=format-local:%Y%m%d%H%M.%S)
    find "$work/$1" -exec env TZ=UTC0 touch -t "$stamp" {} +
    if tar --version | grep -q GNU; then
        how+=(--owner=0 --group=0 --numeric-owner)
    else
        how+=(--uid 0 --gid 0 --uname '' --gname '')
    fi
    (cd "$work" && find "$1" | LC_ALL=C sort >"$work/names" && tar "${how[@]}" -cf - -T "$work/names") | gzip -n -9 >"$2"
}

# Tries the archive $2 of the platform $1 in a clean folder: as INSTALL.md says where its programs run of themselves.
try() {
    if [[ -z $runner ]]; then
        bash scripts/install-test.sh "$2" >&2
    else
        try_emulated "$1" "$2" >&2
    fi
}

# The programs of the platform $1 in the archive $2, under an emulator: right they must be, and a baseline they must not make.
try_emulated() {
    local clean=$work/clean bin code=0
    mkdir -p "$clean/home"
    tar -xzf "$2" -C "$clean"
    (cd "$clean/tidegauge-$version-$1" && sums -c --quiet SHA256SUMS)
    bin=$clean/tidegauge-$version-$1/bin
    clean_start "$clean" "$bin/platforms" detect
    clean_start "$clean" "$bin/generator" verify --filter '^dot_f32/.*/n1000$'
    clean_start "$clean" "$bin/generator" measure --profile smoke --filter '^dot_f32/scalar/' --launches 1 --out "$clean/out"
    clean_start "$clean" "$bin/generator" baseline --report "$clean/out/report.json" --baselines "$clean/baselines.json" \
        --allow-incomplete --allow-dirty 2>"$clean/refused" || code=$?
    cat -- "$clean/refused"
    if ((code != 2)) || ! grep -q emulated "$clean/refused"; then fail "$1: a baseline of what was emulated ended with $code"; fi
    code=0
    clean_start "$clean" "$bin/detector" compare --report "$clean/out/report.json" --baselines "$bin/../platforms/baselines.json" || code=$?
    ((code == 4)) || fail "$1: a report of an emulated machine was judged, with exit code $code"
}

# Runs a program of the other platform in the folder $1, where nothing of this checkout is found. The words are meant to be several.
# shellcheck disable=SC2086
clean_start() { (cd "$1" && env -i "HOME=$1/home" PATH=/nowhere "TIDEGAUGE_RUNNER=$runner" $runner "${@:2}"); }

# Builds, packs and tries the archive of the platform $1.
package() {
    local key=$1 name=tidegauge-$version-$1 built with file
    built=$(bash scripts/build.sh --platform "$key" --builder "$builder" --out "$work/built")
    with=$(cell "$built" generator 2)
    mkdir -p "$work/$name"
    fill "$key" "$work/$name" "$with" "$built"
    pack "$name" "$work/$name.tar.gz"
    (cd "$work" && sums "$name.tar.gz") >"$work/$name.tar.gz.sha256"
    try "$key" "$work/$name.tar.gz"
    # The sum stands beside its archive, and beside no other.
    rm -f -- "$out/$name.tar.gz.sha256"
    for file in "$name.tar.gz" "$name.tar.gz.sha256"; do
        cp -- "$work/$file" "$partial/$file"
        mv -f -- "$partial/$file" "$out/$file"
    done
    printf '%s  %s bytes  %s files  %s  %s\n' "$name.tar.gz" "$(wc -c <"$work/$name.tar.gz" | tr -d ' ')" \
        "$(find "$work/$name" -type f | wc -l | tr -d ' ')" "$(tail -n 1 "$work/$name/BUILD.txt" | tr -s ' ')" \
        "$(cut -d ' ' -f 1 "$work/$name.tar.gz.sha256")" >>"$work/table"
}

code=0
: >"$work/table"
for key in "${keys[@]}"; do
    if [[ $key == macos-* && $host != macos-* ]]; then
        say "error: the archive for $key is made on a Mac: its programs need Apple's frameworks, which are only there"
        code=4
    elif ! find_runner "$key"; then
        say "error: programs for $key cannot run here, and an archive that was not tried is not made; run scripts/setup-perf-env.sh --target $key"
        code=4
    else
        package "$key"
    fi
done
cat -- "$work/table"
exit "$code"
