#!/usr/bin/env bash
# Holds the detector to GitHub's own description of its API: plays the scenarios of detector/tests/contract once more, with Prism
# between the detector and the fake GitHub, which looks at every request and every answer.
#
#   scripts/contract.sh
#
# Needs node 20 or newer with its npm. Prism and the description are put into target/contract, in the versions of
# detector/tests/github/package-lock.json. Ends with 75 where they cannot be had.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
exec </dev/null

from=$root/detector/tests/github
folder=$target_dir/contract

# Ends where something is missing that is not ours.
lack() {
    printf 'error: %s\n' "$*" >&2
    exit 75
}

command -v node >/dev/null || lack 'there is no node; install version 20 or newer from https://nodejs.org'
version=$(node --version)
major=${version#v}
major=${major%%.*}
((major >= 20)) || lack "node is $version, and the description's package needs version 20; install it from https://nodejs.org"
command -v npm >/dev/null || lack 'there is no npm beside node; install it too'

mkdir -p "$folder"
# The description is large, and is installed anew only where it is to be another one.
if ! cmp -s "$from/package-lock.json" "$folder/installed.json"; then
    rm -rf -- "$folder/node_modules" "$folder/installed.json"
    cp "$from/package.json" "$from/package-lock.json" "$folder/"
    # Nothing of what is installed runs anything then.
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund >&2) || lack 'npm could not install Prism and the description'
    # The same for other products of GitHub's, and with everything written out: 400 MB that nobody reads.
    find "$folder/node_modules/@octokit/openapi/generated" -name '*.json' ! -name api.github.com.json -exec rm -f -- {} +
    cp "$from/package-lock.json" "$folder/installed.json"
fi
cp "$from/description.mjs" "$from/unvalidated.cjs" "$folder/"
(cd "$folder" && node description.mjs node_modules/@octokit/openapi/generated/api.github.com.json description.json)

# As the other tests are built: a crate by itself would have its dependencies built once more.
TIDEGAUGE_CONTRACT=$folder cargo test --quiet --workspace --test contract --locked -- --ignored --nocapture
