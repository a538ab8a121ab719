#!/usr/bin/env bash
# Starts the studio on http://localhost:5080. With a verb of the runner as the first word, runs the runner's command line:
#   ./run.sh generate --image samples/portrait.png --voice samples/voice.wav --prompt "A woman talks" --out talk.mp4
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$root/scripts/needs.sh"

needs_dotnet
export MULTITALK_DATA=${MULTITALK_DATA:-$root/data}
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# publish PROJECT: an up-to-date build, quietly unless it fails.
publish() {
  local log
  log=$(dotnet publish "$root/$1" -c Release -o "$root/out/$1" -v quiet 2>&1) || { echo "$log" >&2; exit 1; }
}

case ${1:-} in
  generate | worker | plan | doctor | prepare | check | run | collect | explain | models)
    needs ffmpeg python3
    publish MultiTalk.GpuRunner
    exec dotnet "$root/out/MultiTalk.GpuRunner/MultiTalk.GpuRunner.dll" "$@"
    ;;
  -h | --help)
    sed -n '2,3s/^# *//p' "$root/run.sh"
    echo "Verbs: generate, plan, prepare, check, run, collect, explain, models, doctor, worker; each has --help."
    ;;
  "" | -*)
    needs ffmpeg python3 redis-server
    echo "Building …"
    publish MultiTalk.Web
    exec dotnet "$root/out/MultiTalk.Web/MultiTalk.Web.dll" --contentRoot "$root/out/MultiTalk.Web" "$@"
    ;;
  *)
    echo "There is no verb \"$1\"; see ./run.sh --help." >&2
    exit 2
    ;;
esac
