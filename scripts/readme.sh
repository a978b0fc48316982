#!/usr/bin/env bash
# Does what the README and the other pages say, in a copy of the checkout: runs their commands, makes their files and
# changes, and holds what they show of the output against what comes out.
#
#   scripts/readme.sh               all pages, the README first
#   scripts/readme.sh PAGE.md…      only these
#
# What of a page counts, by its fences:
#   ```sh             commands, one a line, but scripts/test.sh, which calls this. `# exit code N` behind one: it must end so.
#                     A first line `# needs: PROGRAM…`: the block is skipped where one is not there, and a line says so
#   ```text output    what the commands before it print, some lines of it in their order. Spaces and figures that stand alone
#                     are not compared, and `…` is anything
#   ```diff           a change, which is made
#   **`PATH`**        as a line of its own before any other fence: the block is the file of that path, which is written
#
# The copy stands in the target folder, with its programs, so that the next time little is built. They are built in less time than
# for measuring: nobody reads their figures. The first time it begins with what the tests that play the workflows have built,
# with the same settings: `Machine::environment` in detector/tests/workflows.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
exec </dev/null

is_checkout || {
    printf 'error: %s is no git checkout, and git says what is copied; run this in a clone of the repository\n' "$root" >&2
    exit 2
}

built=${CARGO_TARGET_DIR:-$root/target}/workflows/build/release
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/readme
export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=false CARGO_INCREMENTAL=1
copy=$CARGO_TARGET_DIR/copy

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Beside what is committed, what would be: a new file that was forgotten shows on CI, not here.
listed() {
    git ls-files -z --cached --others --exclude-standard -- "$@" |
        while IFS= read -r -d '' file; do [[ ! -e $file && ! -L $file ]] || printf '%s\0' "$file"; done
}

pages=("$@")
if ((${#pages[@]} == 0)); then
    pages=(README.md)
    while IFS= read -r -d '' page; do
        # What INSTALL.md says needs an archive; scripts/install-test.sh follows it.
        if [[ $page != README.md && $page != INSTALL.md ]] && grep -q '^```sh$' "$page"; then pages+=("$page"); fi
    done < <(listed '*.md')
fi

# Whatever a page made is gone, and what is the same keeps its time, so that cargo builds nothing again for it. What a page
# changed is as new, or cargo would take what it built of the change for what it is again.
fresh_copy() {
    local changed=() file
    while IFS= read -r -d '' file; do changed+=("$file"); done < <(git -C "$copy" diff -z --name-only HEAD 2>/dev/null)
    rm -rf -- "$copy"
    mkdir -p "$copy"
    listed | tar --create --null --files-from=- | tar --extract --directory="$copy"
    for file in ${changed[@]+"${changed[@]}"}; do [[ ! -e $copy/$file ]] || touch -- "$copy/$file"; done
    # Each time the same commit for the same files: `pair --base-ref` finds it built.
    (
        cd "$copy"
        export GIT_AUTHOR_DATE='2026-01-31T04:00:00Z' GIT_COMMITTER_DATE='2026-01-31T04:00:00Z'
        git init --quiet
        git add --all
        git -c user.name=readme -c user.email=readme@localhost -c commit.gpgsign=false commit --quiet --message='The copy'
    )
}

# Takes the page $1 apart into the folder $2: a file for each block that counts, in order, and the path of one that is to be
# written beside it.
take_apart() {
    awk -v folder="$2" -v page="$1" '
        function open_block(kind) { block = sprintf("%s/%03d.%s", folder, ++count, kind); printf "" >block }
        /^[ ]*(```|~~~)/ && inside { inside = 0; if (block != "") close(block); block = ""; path = ""; next }
        inside { if (block != "") print >block; next }
        /^```/ {
            inside = 1
            if (path != "") { open_block("file"); print path >(block ".path"); close(block ".path") }
            else if ($0 == "```sh") open_block("sh")
            else if ($0 == "```text output") open_block("output")
            else if ($0 == "```diff") open_block("diff")
            next
        }
        /^[ ]+(```|~~~)/ { inside = 1; next }
        /^\*\*`[^`]+`\*\*$/ { path = substr($0, 4, length($0) - 6); next }
        NF { path = "" }
        END { if (inside) { print "error: " page ": a fence is not closed" >"/dev/stderr"; exit 1 } }
    ' "$1"
}

ends_with='^(.*[^ ]) +# exit code ([0-9]+)$'

# One command of the page $1, in $2; what it prints goes to a person and to the file $3.
run() {
    local page=$1 command=$2 printed=$3 expected=0 code=0 began=$SECONDS
    if [[ $command =~ $ends_with ]]; then command=${BASH_REMATCH[1]} expected=${BASH_REMATCH[2]}; fi
    printf '$ %s\n' "$command"
    # Its standard input is not the rest of the commands.
    (cd "$copy" && bash -euo pipefail -c "$command" </dev/null) | tee -a "$printed" || code=$?
    ((code == expected)) || fail "$page: this ended with $code in place of $expected: $command"
    printf '(%d s)\n' $((SECONDS - began))
}

# Spaces squeezed, and a # for each figure that stands alone, with its unit of time or speed.
blur() {
    sed -E -e 's/[[:space:]]+/ /g' -e 's/^ //' -e 's/ $//' -e 's/(^|[ (+~-]|±|×|−)[0-9][0-9,.]*/\1#/g' \
        -e 's/# (ns|µs|ms|s)( |$)/# s\2/g' -e 's/# [kMGT]?(flop|B|elem|op|tok)\/s/# \1\/s/g' -e 's/# [KMG]iB/# B/g'
}

# Whether the lines of the file $1 stand in the file $2, in their order.
shows() {
    local wanted actual pattern
    exec 3< <(blur <"$2")
    while IFS= read -r wanted; do
        [[ -n $wanted ]] || continue
        # Quoted but for the `…`.
        pattern=$(printf '%s\n' "$wanted" | sed -e 's/[][*?\\]/\\&/g' -e 's/…/*/g')
        while :; do
            if ! IFS= read -r actual <&3; then
                printf 'not among what was printed, or not behind the line before it: %s\n' "$wanted" >&2
                return 1
            fi
            # shellcheck disable=SC2053 # A pattern it is.
            [[ $actual == $pattern ]] && break
        done
    done < <(blur <"$1")
}

# Whether the program $1 is there. A guest's or a container's perf may not be allowed to look.
is_there() {
    command -v "$1" >/dev/null || return
    [[ $1 != perf ]] || perf record --quiet --event cpu-clock --output "$work/perf.data" true >/dev/null 2>&1
}

# Does what the page $1 says.
follow() {
    local page=$1 parts=$work/parts printed=$work/printed block command needed missing=
    printf '\n=== %s\n' "$page"
    rm -rf -- "$parts"
    mkdir -p "$parts"
    take_apart "$page" "$parts"
    for block in "$parts"/*; do
        case $block in
        *.sh)
            : >"$printed"
            missing=
            while IFS= read -r command; do
                case $command in
                '' | scripts/test.sh) ;;
                '# needs: '*)
                    for needed in ${command#'# needs: '}; do
                        is_there "$needed" || missing="$missing $needed"
                    done
                    ;;
                '#'*) ;;
                *) [[ -n $missing ]] || run "$page" "$command" "$printed" ;;
                esac
            done <"$block"
            [[ -z $missing ]] || printf 'skipped: commands of %s, for want of%s\n' "$page" "$missing"
            ;;
        *.output)
            [[ -n $missing ]] || shows "$block" "$printed" || fail "$page shows another output than this"
            ;;
        *.diff) (cd "$copy" && git apply --whitespace=nowarn "$block") || fail "$page: this change cannot be made: $(cat -- "$block")" ;;
        *.file)
            mkdir -p "$copy/$(dirname -- "$(cat -- "$block.path")")"
            cp -- "$block" "$copy/$(cat -- "$block.path")"
            # The versions that this checkout has, which cargo has fetched.
            [[ $(cat -- "$block.path") != */Cargo.toml ]] || cp -- Cargo.lock "$copy/$(dirname -- "$(cat -- "$block.path")")"
            ;;
        esac
    done
}

# What cargo kept there, and what it will build of revisions for `pair --base-ref`. It knows by their times what is as it was.
for folder in "$CARGO_TARGET_DIR" "$CARGO_TARGET_DIR/revisions/target"; do
    if [[ -d $built && ! -e $folder/release ]]; then
        mkdir -p "$folder"
        cp -Rp -- "$built" "$folder/release"
    fi
done

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
fresh_copy
for page in "${pages[@]}"; do follow "$page"; done
