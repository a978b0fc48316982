#!/usr/bin/env bash
# Writes under a pull request what its own workflow found, as .github/workflows/comment.yml runs it.
#
# UNTRUSTED is a folder with that workflow's artifacts, `pull-request-<platform>/comparison.json`: whoever opened the pull
# request wrote them. Only files of that name, of platforms that we know, are looked at, and only by `detector comment`,
# which takes them for what they are. HEAD_OWNER, HEAD_BRANCH and HEAD_SHA are what GitHub says of the run; the pull request
# is found by them. The token comes from the environment.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
exec </dev/null

target=${CARGO_TARGET_DIR:-$root/target}
DETECTOR=${DETECTOR:-$target/release/detector}

# An exit code of 1 would be a verdict.
need() {
    [[ -n ${!1:-} ]] || {
        printf 'error: set %s to %s\n' "$1" "$2" >&2
        exit 2
    }
}
need UNTRUSTED 'the folder with the artifacts'

comparisons=()
while IFS= read -r key; do
    file=$UNTRUSTED/pull-request-$key/comparison.json
    # A link is passed on, too: the detector refuses it, and says so.
    if [[ -e $file || -L $file ]]; then comparisons+=(--comparison "$file"); fi
done < <(sed -n 's/^key = "\([a-z0-9_-]*\)"$/\1/p' platforms/platforms.toml)

# Else figures of an earlier commit would stand there as if they were of this one.
((${#comparisons[@]})) || comparisons=(--nothing)
need GITHUB_REPOSITORY OWNER/NAME
need HEAD_OWNER 'whose branch it is'
need HEAD_BRANCH 'the branch'
need HEAD_SHA 'its last commit'
# With `=`, so that no name can begin an option.
exec "$DETECTOR" comment "${comparisons[@]}" --repo="$GITHUB_REPOSITORY" \
    --head="$HEAD_OWNER:$HEAD_BRANCH" --head-sha="$HEAD_SHA"
