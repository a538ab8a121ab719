#!/usr/bin/env bash
# Installs what the tests need, builds with warnings as errors and runs every test that this machine can run.
# Says in a line what it could not run; the last line counts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. scripts/needs.sh

needs_dotnet
needs ffmpeg python3 redis-server chromium exiftool curl openssl jq
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser)}
export CHROMIUM DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# count WORD: the number behind it in the summary of dotnet test.
count() { sed -n "s/^ *$1: *\([0-9]*\).*/\1/p" "$log" | tail -1 | grep . || echo 0; }

# run_tests [ARGUMENT…]: runs dotnet test and adds up what its summary says.
run_tests() {
  local code=0
  dotnet test "$@" 2>&1 | tee "$log" || code=$?
  passed=$((passed + $(count succeeded)))
  failed=$((failed + $(count failed)))
  skipped=$((skipped + $(count skipped)))
  # A run that ended badly without a failed test (a crash, no test found) is a failure too.
  if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
}

dotnet build
run_tests --no-build

# How fast the queue is beside its yardsticks; an aim that is missed by more than twice is a failure.
if command -v npm > /dev/null; then
  if tests/benchmarks.sh --small; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
else
  echo "Not run: tests/benchmarks.sh, because npm is missing, with which it gets BullMQ."
  skipped=$((skipped + 1))
fi

if dotnet restore tests/MultiTalk.AppHost.Tests > "$log" 2>&1; then
  dotnet build -c Aspire
  run_tests --project tests/MultiTalk.AppHost.Tests
else
  echo "Not run: MultiTalk.AppHost and its tests, because the Aspire packages do not restore here."
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
