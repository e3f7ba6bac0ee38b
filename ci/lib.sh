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

# Clients of Kafka that tests run, likewise.
java_clients="$cache/clients/java"
python_clients="$cache/clients/python"
java_clients_complete() { cmp -s ci/clients/pom.xml "$java_clients/pom.xml"; }
python_clients_complete() {
    # Another Python may have come in the place of the one that they were installed for.
    cmp -s ci/clients/requirements.txt "$python_clients/requirements.txt" &&
        "$python_clients/bin/python" -c 'import aiokafka, confluent_kafka' 2>/dev/null
}

# Toxiproxy's programs: tests compare with them, and one becomes an image.
toxiproxy_version=2.12.0
toxiproxy="$cache/toxiproxy-$toxiproxy_version"
toxiproxy_complete() { [[ -x "$toxiproxy/toxiproxy-server" && -x "$toxiproxy/toxiproxy-cli" ]]; }

# Compiles them, unless they are there. If that fails, why is in `toxiproxy_says`.
compile_toxiproxy() {
    local module=github.com/Shopify/toxiproxy/v2 fresh="$toxiproxy.compiling.$$"
    if toxiproxy_complete; then return; fi
    has go || { toxiproxy_says="there is no Go: install 1.23 or newer" && return 1; }
    say "compiling Toxiproxy $toxiproxy_version into $toxiproxy"
    # Beside the target, then renamed: nobody meets half of them.
    leftovers+=("$fresh")
    toxiproxy_says=$(
        {
            mkdir -p "$fresh" && CGO_ENABLED=0 GOBIN="$fresh" go install -trimpath \
                -ldflags "-s -w -X $module.Version=$toxiproxy_version" "$module"/cmd/{server,cli}"@v$toxiproxy_version" &&
                mv "$fresh/server" "$fresh/toxiproxy-server" && mv "$fresh/cli" "$fresh/toxiproxy-cli"
        } 2>&1
    ) || return 1
    # Who was faster has put the same there.
    if ! toxiproxy_complete; then
        rm -rf "$toxiproxy"
        toxiproxy_says=$(mv -T "$fresh" "$toxiproxy" 2>&1) || toxiproxy_complete
    fi
}

# Does a Docker engine answer? If not, docker's own words are in `engine_says`.
engine_answers() {
    has docker || { engine_says="there is no command docker" && return 1; }
    engine_says=$(timeout 10 docker version --format '{{.Server.Version}}' 2>&1) || {
        engine_says=$(tail -n 1 <<<"$engine_says")
        : "${engine_says:=docker version was not answered within 10 s}"
        return 1
    }
}
