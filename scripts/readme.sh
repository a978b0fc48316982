#!/usr/bin/env bash
# Runs the README's commands: all lines of its fenced `sh` blocks but scripts/test.sh, which calls this. They run in a
# copy of the checkout, committed there, so that they find a clean tree and leave this one as it is.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
exec </dev/null

commands=$(awk '/^```/ { inside = !inside && $0 == "```sh"; next } inside' README.md | grep -vx 'scripts/test\.sh' || true)
if [[ -z $commands ]]; then
    printf 'error: README.md has no command in a fenced sh block\n' >&2
    exit 1
fi

copy=$(mktemp -d)
trap 'rm -rf -- "$copy"' EXIT
# Beside what is committed, what would be: a new file that was forgotten shows on CI, not here.
git ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do [[ ! -e $file && ! -L $file ]] || printf '%s\0' "$file"; done |
    tar --create --null --files-from=- | tar --extract --directory="$copy"
# The copy's programs stand apart, so that nobody takes them for this checkout's, and are kept for the next time.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/readme
cd "$copy"
git init --quiet
git add --all
git -c user.name=readme -c user.email=readme@localhost -c commit.gpgsign=false commit --quiet --message='The copy'

while IFS= read -r command; do
    [[ -n $command && $command != \#* ]] || continue
    printf '$ %s\n' "$command"
    # Its standard input is not the rest of the commands.
    bash -euo pipefail -c "$command" </dev/null
done <<<"$commands"
