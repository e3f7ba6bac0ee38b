# shellcheck shell=bash
# What the scripts in this folder share. Sourced, never run.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '== %s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 2
}

# Removed when the script ends, however that comes.
leftovers=()
clear_up() { rm -rf -- "${leftovers[@]}"; }
trap clear_up EXIT
