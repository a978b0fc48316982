#!/usr/bin/env bash
# Follows INSTALL.md with an archive of this machine's platform, in the place of somebody who has no Rust.
#
#   scripts/install-test.sh ARCHIVE                        in a clean folder, with an environment of its own and no Rust in the PATH
#   scripts/install-test.sh ARCHIVE --debootstrap [DIR]    as root in a fresh Debian that debootstrap makes, from this system's mirror;
#                                                          in a copy of that in DIR, where one was made before
#
# ARCHIVE is what scripts/package.sh made, its .sha256 beside it: they take the place of the download. The commands are those of
# the `sh` blocks of the INSTALL.md in the archive, in their order and in one shell, with the archive's name in place of
# `tidegauge-VERSION-PLATFORM`; a block whose first line is `# needs: PROGRAM…` is left out where one is not there. What they leave is
# looked at. Then a next version, which is this one under another name, is installed beside it, upgraded to and all uninstalled; an
# archive of an earlier one lies in the folder of the downloads all the time. Ends with 0 when all is as it says; 4 where debootstrap
# cannot be used; else with what failed.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$root/scripts/toolchain.sh"
exec </dev/null

usage() {
    printf 'error: %s\nusage: scripts/install-test.sh ARCHIVE [--debootstrap [DIR]]\n' "$1" >&2
    exit 2
}

if [[ ${1:-} == --help ]]; then
    help_of "${BASH_SOURCE[0]}"
    exit
fi
archive=${1:-}
[[ -f $archive && -f $archive.sha256 ]] || usage 'name an archive that scripts/package.sh made; its .sha256 stands beside it'
[[ -z ${2:-} || $2 == --debootstrap ]] || usage "there is no $2"
made=${3:-}
(($# <= 3)) || usage "there is no $4"

work=$(mktemp -d)
# What is mounted in it is another's. A Mac's rm does not know the option; nothing is mounted there.
whole=()
[[ $(uname -s) == Darwin ]] || whole=(--one-file-system)
trap 'rm -rf ${whole[@]+"${whole[@]}"} -- "$work"' EXIT
trap 'exit 130' INT TERM

name=$(basename -- "$archive" .tar.gz)

# The commands of INSTALL.md, in its section $1 or, without one, in those before it is about another version, for the archive $2.
blocks() {
    printf '%s\n' "$page" | awk -v wanted="$1" -v name="$2" -v sum="$sum" '
        /^## / && !inside { section = substr($0, 4) }
        (wanted == "") ? section == "Upgrade" || section == "Uninstall" : section != wanted { next }
        /^```/ && inside { if (needs) print "else echo \"skipped: what follows needs" needs "\"; fi"; inside = needs = ""; next }
        $0 == "```sh" { inside = 1; first = 1; next }
        inside && first && /^# needs: / {
            needs = substr($0, 9)
            print "if command -v" needs " >/dev/null; then"
            first = 0
            next
        }
        inside { first = 0; gsub(/tidegauge-VERSION-PLATFORM/, name); gsub(/sha256sum/, sum); print; seen = 1 }
        END { if (!seen) { print "INSTALL.md has no command in a fenced sh block" (wanted ? " of " wanted : "") >"/dev/stderr"; exit 1 } }
    '
}

# The commands of INSTALL.md, and the looks at what they leave.
commands() {
    local page key next sum=sha256sum
    # As the page says.
    [[ $(uname -s) != Darwin ]] || sum='shasum -a 256'
    [[ $name =~ -([a-z0-9]+-[a-z0-9_]+)$ ]] || usage "$name.tar.gz names no platform"
    key=${BASH_REMATCH[1]} next=tidegauge-999.0.0-$key
    page=$(tar -xOzf "$archive" "$name/INSTALL.md")
    # As root bash takes it from no environment.
    printf "PS4='$ '\\ncd ~/Downloads\\nname=%s next=%s sum='%s'\\n" "$name" "$next" "$sum"
    # Somebody upgrades whose last download still lies there.
    # shellcheck disable=SC2016 # The shell that follows fills it in.
    printf 'for ending in tar.gz tar.gz.sha256; do echo old >"tidegauge-0.0.0-%s.$ending"; done\n' "$key"
    blocks '' "$name"
    cat <<'LOOKS'
# What has to be true now.
set +x
if command -v cargo || command -v rustc; then echo 'this is no place without Rust'; exit 1; fi
words=$(
    . ~/.local/share/bash-completion/completions/generator
    COMP_WORDS=(generator measure --prof) COMP_CWORD=2 COMP_LINE='generator measure --prof'
    _generator generator --prof measure
    printf '%s\n' "${COMPREPLY[@]}"
)
[[ $words == --profile ]] || { echo "bash completes --prof to: $words"; exit 1; }
if command -v man >/dev/null; then
    for page in generator generator-measure detector-compare platforms-detect; do
        man "$page" | grep -q SYNOPSIS || { echo "there is no page $page"; exit 1; }
    done
fi
grep -q "\"commit\": \"$(sed -n 's/^commit *\([0-9a-f]*\).*/\1/p' ~/.local/opt/tidegauge/BUILD.txt)\"" ~/tidegauge/first/report.json ||
    { echo 'the report names another commit than BUILD.txt'; exit 1; }
# The sums are those of all that the archive has.
(cd ~/.local/opt/tidegauge/ && find . ! -type d ! -name SHA256SUMS) | sed 's|^\./||' | LC_ALL=C sort >names
sed 's/^[0-9a-f]*  //' ~/.local/opt/tidegauge/SHA256SUMS | LC_ALL=C sort | diff names - || { echo 'the archive has other files than SHA256SUMS names'; exit 1; }
rm names
# Each link of a page leads to another site, or to a file of the archive.
find ~/.local/opt/tidegauge/ -name '*.md' | while IFS= read -r page; do
    awk '/^ *```/ { fenced = !fenced } !fenced { text = text $0 " " } END {
        while (match(text, /\]\([^)]*\)/)) {
            link = substr(text, RSTART + 2, RLENGTH - 3)
            text = substr(text, RSTART + RLENGTH)
            sub(/#.*/, "", link)
            if (link != "" && link !~ /^(https?:\/\/|mailto:)/) print link
        }
    }' "$page" | while IFS= read -r link; do
        [[ -e ${page%/*}/$link ]] || { echo "${page#*/tidegauge/} leads to $link, which is not in the archive"; exit 1; }
    done
done

# The next version, which is this one under another name.
cp -R ~/.local/opt/"$name" "$next"
tar -czf "$next.tar.gz" "$next"
rm -r "$next"
$sum "$next.tar.gz" >"$next.tar.gz.sha256"
set -x
LOOKS
    blocks Install "$next"
    blocks Upgrade "$name"
    cat <<'LOOKS'
set +x
[[ $(readlink ~/.local/opt/tidegauge) == "$next" ]] || { echo 'the link does not lead to the next version'; exit 1; }
[[ -x ~/.local/opt/$name/bin/generator ]] || { echo 'the version from before is gone'; exit 1; }
grep -q "/$next/" <<<"$(readlink -f "$(command -v generator)")" || { echo 'the shell finds another version'; exit 1; }
set -x
LOOKS
    blocks Uninstall "$next"
    cat <<'LOOKS'
set +x
left=$(find ~ ! -type d ! -path ~/follow.sh ! -path ~/Downloads/'*' ! -path ~/tidegauge/'*' ! -name '.bash*' ! -name .profile)
[[ -z $left ]] || { echo "uninstalled, and there is still $left"; exit 1; }
LOOKS
}

# In a clean folder. A program is found where the system has its own; Rust there would be found, too.
in_folder() {
    local home=$work/home tools=$work/tools
    mkdir -p "$home/Downloads" "$tools"
    cp -- "$archive" "$archive.sha256" "$home/Downloads"
    ln -sf /bin/* /usr/bin/* "$tools/" 2>/dev/null || :
    rm -f -- "$tools"/cargo* "$tools"/rust* "$tools"/git
    commands >"$work/follow.sh"
    env -i "HOME=$home" "PATH=$tools" LC_ALL=C.UTF-8 TERM=dumb "$tools/bash" -euo pipefail -x "$work/follow.sh" 2>&1
}

# Makes $debian, from $mirror.
make_debian() {
    # man-db is what a Debian that people use has, and minbase leaves out.
    debootstrap --variant=minbase --include=man-db bookworm "$debian" ${mirror:+"$mirror"} >"$work/debootstrap.log" 2>&1 || {
        tail -n 5 "$work/debootstrap.log" >&2
        printf 'error: debootstrap could not make a Debian from %s\n' "${mirror:-its own mirror}" >&2
        exit 4
    }
}

# In a Debian of its own, which knows nothing of this one.
in_debian() {
    local debian=$work/debian mirror
    if ((EUID != 0)) || ! command -v debootstrap >/dev/null || ! command -v unshare >/dev/null; then
        printf 'error: this needs to be root, and the packages debootstrap and util-linux\n' >&2
        exit 4
    fi
    # shellcheck disable=SC2016 # apt-get fills it in.
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | head -n 1)
    if [[ -n $made ]]; then
        [[ -f $made/etc/debian_version ]] || usage "$made holds no Debian that debootstrap made"
        cp -a -- "$made" "$debian"
    else
        make_debian
    fi
    mkdir -p "$debian/root/Downloads"
    cp -- "$archive" "$archive.sha256" "$debian/root/Downloads"
    commands >"$debian/root/follow.sh"
    printf 'a Debian %s of %s packages\n' "$(cat "$debian/etc/debian_version")" "$(grep -c '^Package: ' "$debian/var/lib/dpkg/status")"
    # Its /proc goes with it.
    unshare --mount --pid --fork "--mount-proc=$debian/proc" chroot "$debian" /usr/bin/env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -euo pipefail -x /root/follow.sh 2>&1
}

if [[ -z ${2:-} ]]; then in_folder; else in_debian; fi
printf 'INSTALL.md was followed with %s\n' "$(basename -- "$archive")"
