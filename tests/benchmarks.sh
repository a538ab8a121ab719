#!/usr/bin/env bash
# Measures what docs/benchmarks.md shows, each thing beside its yardstick, and prints one table; fails if an aim is missed.
#   tests/benchmarks.sh            everything, in about five minutes
#   tests/benchmarks.sh --small    the same within a minute, less exactly
#   … --markdown                   the table as docs/benchmarks.md has it
#   … hand-off claims              only these parts; there are also watchers, idle, overhead and upload
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/scripts/needs.sh"

needs_dotnet
needs ffmpeg python3 redis-server npm
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# The versions in package.json, without running scripts of theirs.
bullmq=$(mktemp -d)
trap 'rm -rf "$bullmq"' EXIT
cp "$root"/tests/MultiTalk.Benchmarks/bullmq/* "$bullmq"
npm install --prefix "$bullmq" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error > /dev/null &
installing=$!

log=$bullmq/build.log
dotnet build "$root/tests/MultiTalk.Benchmarks" -c Release -v quiet > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
wait "$installing"

dotnet "$root/tests/MultiTalk.Benchmarks/bin/Release/net10.0/MultiTalk.Benchmarks.dll" "$@" "$bullmq"
