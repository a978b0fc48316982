#!/usr/bin/env bash
# Attaches the archives and the reports of a release's platforms to it, as .github/workflows/release.yml runs it.
#
# RUNS (runs) has a folder `release-<platform>` each, PACKAGES (packages) a folder `package-<platform>` with what scripts/package.sh
# made there, EXPECT names the platforms with commas, RELEASE is the release's tag in
# GITHUB_REPOSITORY, and DETECTOR names a program that is built already. `detector attach` does it, with the token from the
# environment: a file that is there already stays as it is. A platform that left no report or no archive of this version ends it with 4, after all
# others are attached; what GitHub does not take ends it with 5.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
exec </dev/null

DETECTOR=${DETECTOR:-$target_dir/release/detector}

# An exit code of 1 would be a verdict.
need() {
    [[ -n ${!1:-} ]] || {
        printf 'error: set %s to %s\n' "$1" "$2" >&2
        exit 2
    }
}
need EXPECT 'the platforms of the release, with commas'
need RELEASE 'the tag of the release'
need GITHUB_REPOSITORY OWNER/NAME

# A release has one place for all platforms, where each file needs a name of its own.
named=$(mktemp -d)
trap 'rm -rf -- "$named"' EXIT

# Whether a run left the document $1. A link would publish what lies elsewhere on this machine.
is_left() { [[ -f $1 && -s $1 && ! -L $1 && ! -L ${1%/*} ]]; }

code=0
files=()
archives=()
while IFS= read -r key; do
    folder=${PACKAGES:-packages}/package-$key
    archive=tidegauge-${RELEASE#v}-$key.tar.gz
    if ! is_left "$folder/$archive" || ! is_left "$folder/$archive.sha256"; then
        printf 'error: %s left no %s with its .sha256\n' "$key" "$archive" >&2
        code=4
    elif [[ $(cd -- "$folder" && sums "$archive") != "$(cat -- "$folder/$archive.sha256")" ]]; then
        printf 'error: the sum of %s is not that of its .sha256; pack it anew\n' "$archive" >&2
        code=4
    else
        archives+=("$folder/$archive" "$folder/$archive.sha256")
    fi
    folder=${RUNS:-runs}/release-$key
    if ! is_left "$folder/report.json"; then
        printf 'error: %s left no report\n' "$key" >&2
        code=4
        continue
    fi
    for document in report comparison pair; do
        if is_left "$folder/$document.json"; then
            cp -- "$folder/$document.json" "$named/$document-$key.json"
            files+=("$named/$document-$key.json")
        fi
    done
done < <(printf '%s\n' "$EXPECT" | tr ',' '\n')

files+=(${archives[@]+"${archives[@]}"})
if ((${#files[@]})); then
    # With `=`, so that no tag can begin an option.
    "$DETECTOR" attach --repo="$GITHUB_REPOSITORY" --release="$RELEASE" \
        -- "${files[@]}" || code=$?
fi
exit "$code"
