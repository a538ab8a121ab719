#!/usr/bin/env bash
# The full form of the fault tests with real processes: 200 jobs of 10 owners on 4 runners and two Webs, while runners, a Web
# and Redis are killed and a runner freezes; 100 posts under one key; and every single fault. Takes some minutes and prints
# the tally as it happens. CI runs the same tests in a small form, as part of test.sh.
#
#   tests/faults.sh [CLASS]    CLASS: only tests of this class, for instance SoakTests
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/needs.sh

needs_dotnet
needs ffmpeg python3 redis-server
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MULTITALK_SCALE=full

dotnet build tests/MultiTalk.Tests
# One class at a time, or their loads would disturb each other's times.
exec dotnet tests/MultiTalk.Tests/bin/Debug/net10.0/MultiTalk.Tests.dll \
  -class "MultiTalk.Tests.Faults.${1:-*}" -maxThreads 1 -showLiveOutput -noColor
