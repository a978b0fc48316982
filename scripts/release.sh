#!/usr/bin/env bash
# Attaches the reports of a release's platforms to it, as .github/workflows/release.yml runs it.
#
# RUNS (runs) has a folder `release-<platform>` each, EXPECT names the platforms with commas, and UPLOAD_URL is the release's,
# as GitHub tells it. The token, GITHUB_TOKEN or else GH_TOKEN, goes to curl through a pipe and is in no argument. A file that
# is there already stays as it is. A platform that left no report ends it with 4, after all others are attached.
set -euo pipefail
exec </dev/null

token=${GITHUB_TOKEN:-${GH_TOKEN:-}}
[[ -n $token ]] || {
    printf 'error: GITHUB_TOKEN is not set; attaching a file needs a token\n' >&2
    exit 2
}
[[ -n ${EXPECT:-} ]] || {
    printf 'error: set EXPECT to the platforms of the release, with commas\n' >&2
    exit 2
}
# What follows the address is a template of its parameters.
address=${UPLOAD_URL:?is the address to upload to}
address=${address%%\{*}

# Uploads the file $1 under the name $2.
attach() {
    local answer
    answer=$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
        curl --config - --silent --show-error --retry 3 --max-time 300 --request POST --write-out '\n%{http_code}' \
            --header 'Content-Type: application/octet-stream' --header 'Accept: application/vnd.github+json' \
            --header 'X-GitHub-Api-Version: 2022-11-28' --data-binary "@$1" -- "$address?name=$2") || true
    case $answer in
    *$'\n'201) printf 'attached %s\n' "$2" ;;
    *already_exists*$'\n'422) printf '%s is attached already\n' "$2" ;;
    *)
        printf 'error: GitHub did not take %s (HTTP %s)\n' "$2" "${answer##*$'\n'}" >&2
        return 5
        ;;
    esac
}

code=0
while IFS= read -r key; do
    folder=${RUNS:-runs}/release-$key
    if [[ ! -s $folder/report.json ]]; then
        printf 'error: %s left no report\n' "$key" >&2
        ((code)) || code=4
        continue
    fi
    for document in report comparison pair; do
        [[ -s $folder/$document.json ]] || continue
        attach "$folder/$document.json" "$document-$key.json" || code=5
    done
done < <(printf '%s\n' "$EXPECT" | tr ',' '\n')
exit "$code"
