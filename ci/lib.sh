# shellcheck shell=bash
# What the scripts in this folder share. Sourced, never run.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '== %s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 2
}

has() { command -v "$1" >/dev/null 2>&1; }

# Removed when the script ends, however that comes.
leftovers=()
clear_up() { rm -rf -- "${leftovers[@]}"; }
trap clear_up EXIT

[[ -n "${HOME:-}" ]] || HOME=$(unset HOME && echo ~)
export HOME PATH="$PATH:/usr/sbin:/usr/local/sbin:/usr/local/go/bin:$HOME/.cargo/bin"

cache="${PITFALL_CACHE:-}"
if [[ -z "$cache" ]]; then
    cache="${XDG_CACHE_HOME:-}"
    # The standard has a relative one ignored.
    [[ "$cache" == /* ]] || cache="$HOME/.cache"
    cache="$cache/pitfall"
fi
[[ "$cache" == /* ]] || die "PITFALL_CACHE is '$cache': it must be an absolute path"

# open_lock NAME: for flock, as 9.
open_lock() {
    { mkdir -p "$cache" && exec 9>"$cache/$1"; } || die "cannot write to $cache: free it, or set PITFALL_CACHE to another directory"
}

# Kafka's jars, as ci/setup fetches them. The copy of the pom beside them says what they were fetched for.
pom=ci/kafka/pom.xml
kafka_version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$pom")
libs="$cache/kafka-$kafka_version/libs"
jars_complete() { [[ -n "${KAFKA_HOME:-}" ]] || cmp -s "$pom" "$libs/pom.xml"; }

# As ci/images has it: what is pinned there names the image.
toxiproxy_version=$(sed -n '/^make_toxiproxy/,/^}/s/.*local version=\(.*\)/\1/p' ci/images)

# Does a Docker engine answer? If not, docker's own words are in `engine_says`.
engine_answers() {
    has docker || { engine_says="there is no command docker" && return 1; }
    engine_says=$(timeout 10 docker version --format '{{.Server.Version}}' 2>&1) || {
        engine_says=$(tail -n 1 <<<"$engine_says")
        : "${engine_says:=docker version was not answered within 10 s}"
        return 1
    }
}
