#!/usr/bin/env bash
# What scripts/build.sh and scripts/package.sh are told alike, and where they put what they make: sourced by both behind
# scripts/toolchain.sh, in a script that has a function `usage`.
# shellcheck disable=SC2034 # They read what is set here.

# What is handed out.
programs=(generator detector platforms)

keys=()
builder=auto
out=dist

# Takes --platform KEY…, --builder or --out from the beginning of "$@"; `taken` is how many words that were, 0 where it is
# something else.
taken=0
take_option() {
    taken=0
    case ${1:-} in
    --platform)
        [[ ${2:--} != -* ]] || usage "--platform wants a key: $(platform_keys | paste -sd ' ' -)"
        taken=1
        shift
        while (($#)) && [[ $1 != -* ]]; do
            keys+=("$1")
            taken=$((taken + 1))
            shift
        done
        ;;
    --builder | --out)
        [[ -n ${2:-} ]] || usage "$1 wants a value"
        if [[ $1 == --out ]]; then out=$2; else builder=$2; fi
        taken=2
        ;;
    esac
}

# Prints the head of the script $1.
help_of() { sed -n '2,/^set /{ s/^# \{0,1\}//p; }' "$1"; }

# Once all is read: refuses unknown platforms, takes this machine's where none was named, and makes `out` absolute.
settle_options() {
    local key
    host=$(host_platform)
    ((${#keys[@]})) || keys=("$host")
    for key in "${keys[@]}"; do
        platform_keys | grep -qxF -e "$key" ||
            usage "there is no platform $key; the platforms are $(platform_keys | paste -sd ' ' -)"
    done
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

sums() { if has_program sha256sum; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
