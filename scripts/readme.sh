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
#   ```text           is not run. Of a line that begins with cargo, a program or a script of this checkout, the verb and the
#                     long flags must be known: to the verb's --help, or in the script. So must those of a command in a sentence
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

if [[ ${1:-} == --help ]]; then
    help_of "${BASH_SOURCE[0]}"
    exit
fi
is_checkout || {
    printf 'error: %s, and git says what is copied; run this in a clone of the repository\n' "$(no_checkout)" >&2
    exit 2
}

built=$target_dir/workflows/build/release
export CARGO_TARGET_DIR=$target_dir/readme
export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=false CARGO_INCREMENTAL=1
copy=$CARGO_TARGET_DIR/copy

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

usage() {
    printf 'error: %s\nusage: scripts/readme.sh [PAGE.md…]\n' "$1" >&2
    exit 2
}

# Beside what is committed, what would be: a new file that was forgotten shows on CI, not here.
listed() {
    git ls-files -z --cached --others --exclude-standard -- "$@" |
        while IFS= read -r -d '' file; do [[ ! -e $file && ! -L $file ]] || printf '%s\0' "$file"; done
}

# Those that are followed, and those whose other commands are looked at.
pages=("$@")
all_pages=("$@")
for page in "$@"; do
    [[ -f $page ]] || usage "there is no page $page"
    [[ $page != INSTALL.md ]] || usage 'what INSTALL.md says needs an archive; scripts/install-test.sh follows it'
done
if ((${#pages[@]} == 0)); then
    pages=(README.md)
    while IFS= read -r -d '' page; do
        all_pages+=("$page")
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

# The commands of the page $1 that are not run, one a line: those of its `text` blocks, and those in its sentences.
shown() {
    awk '
        /^[ ]*(```|~~~)/ { inside = !inside; text = inside && /^[ ]*```text$/; next }
        inside && text && /^(generator|detector|platforms|crossval|study|cargo|scripts\/[a-z-]+\.sh) / { print; next }
        inside && text && match($0, /scripts\/[a-z-]+\.sh/) { print substr($0, RSTART) }
        inside { next }
        {
            while (match($0, /`(generator|detector|platforms|crossval|study|scripts\/[a-z-]+\.sh) [^`]+`/)) {
                print substr($0, RSTART + 1, RLENGTH - 2)
                $0 = substr($0, RSTART + RLENGTH)
            }
        }
    ' "$1"
}

# Makes the file $help: what the program $1 says of its verb $2, or of itself.
ask() {
    local options=()
    help=$work/help/$1.${2:-}
    [[ ! -e $help ]] || return 0
    mkdir -p "$work/help"
    # The libraries that crossval is built with take longer, and its command line is the same without.
    [[ $1 != crossval ]] || options=(--no-default-features)
    (cd "$copy" && cargo run --release -p "$1" ${options[@]+"${options[@]}"} -- ${2:+"$2"} --help) </dev/null >"$help"
}

# Whether the command $2, which the page $1 shows and nobody runs, names what there is.
holds() {
    local page=$1 words=() at=0 program=generator verb='' help word
    # Behind it stands another command, or, after some spaces, what it does.
    read -r -a words < <(printf '%s\n' "$2" | sed -E -e 's/ (\||&&) .*//' -e 's/;.*//' -e 's/  +.*//')
    case ${words[0]%\"} in
    scripts/*)
        help=${words[0]%\"}
        [[ -x $help ]] || fail "$page: there is no $help: $2"
        ;;
    *)
        if [[ ${words[0]} != cargo ]]; then
            program=${words[0]}
        elif [[ ${words[1]:-} == install && " ${words[*]} " =~ \ --path\ ([^ ]+)\  ]]; then
            [[ -f ${BASH_REMATCH[1]}/src/main.rs ]] || fail "$page: this installs no program of ours: $2"
            return
        else
            [[ ${words[1]:-} == run && " ${words[*]} " == *' -- '* ]] || fail "$page: put this into a sh block, or nothing tests it: $2"
            for ((at = 2; at < ${#words[@]}; at++)); do
                [[ ${words[at]} != -- ]] || break
                [[ ${words[at]} != -p ]] || program=${words[at + 1]}
            done
        fi
        verb=${words[at + 1]:-}
        [[ $verb != -* ]] || verb=''
        ask "$program" "$verb" || fail "$page: there is no such verb: $2"
        ;;
    esac
    for word in ${words[@]+"${words[@]:at + 1}"}; do
        [[ $word =~ ^(--[a-z][a-z-]*) ]] || continue
        grep -qE -e "(^|[^a-z-])${BASH_REMATCH[1]}([^a-z-]|\$)" "$help" || fail "$page: there is no ${BASH_REMATCH[1]}: $2"
    done
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
    [[ -n $(ls -A "$parts") ]] || fail "$page: nothing of it is run, made or compared"
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
            grep -q '[^[:space:]]' "$block" || fail "$page has an output with nothing in it"
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
# `cargo install` is to leave the programs alone that somebody has installed.
export CARGO_INSTALL_ROOT=$work/installed
fresh_copy
for page in "${all_pages[@]}"; do
    shown "$page" >"$work/shown"
    while IFS= read -r command; do holds "$page" "$command"; done <"$work/shown"
done
for page in "${pages[@]}"; do follow "$page"; done
