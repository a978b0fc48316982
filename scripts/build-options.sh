#!/usr/bin/env bash
# What scripts/build.sh and scripts/package.sh are told alike, and where they put what they make: sourced by both behind
# scripts/toolchain.sh, in a script that has a function `usage`.
# shellcheck disable=SC2034,SC2154 # They read what is set here, and `keys` is of toolchain.sh.

# What is handed out.
programs=(generator detector platforms)

builder=auto
out=dist

# Takes --platform KEY…, --builder or --out from the beginning of "$@"; `taken` is how many words that were, 0 where it is
# something else.
take_option() {
    taken=0
    case ${1:-} in
    --platform) take_platforms "$@" ;;
    --builder | --out)
        [[ -n ${2:-} ]] || usage "$1 wants a value"
        if [[ $1 == --out ]]; then out=$2; else builder=$2; fi
        taken=2
        ;;
    esac
}

# Once all is read: takes this machine's platform where none was named, and makes `out` absolute.
settle_options() {
    host=$(host_platform)
    if ! ((${#keys[@]})); then take_platforms --platform "$host"; fi
    [[ $out == /* ]] || out=$PWD/$out
}

# Makes `out`, and in it the folder `partial` for what is not whole yet; that is of this run alone, since another may write to
# the same place. Known before minutes are spent.
fresh=
partial=
open_out() {
    [[ -d $out ]] || fresh=$out
    partial=$(mkdir -p -- "$out" 2>/dev/null && mktemp -d "$out/.partial.XXXXXX" 2>/dev/null) ||
        usage "--out: nothing can be written to $out; name another folder"
}

# Takes `partial` away, and `out` where this run made it and left nothing in it; for the trap at the end.
close_out() {
    rm -rf -- ${partial:+"$partial"}
    [[ -z $fresh ]] || rmdir -- "$fresh" 2>/dev/null || :
}
