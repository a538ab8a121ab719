#!/bin/sh
# Makes every sample from its source. Needs chromium, espeak-ng, sox and ffmpeg.
set -eu
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

picture() { # name width height
    "${CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
        --window-size="$2,$3" --screenshot="$scratch/$1.png" "file://$PWD/$1.svg" 2>/dev/null >&2
    ffmpeg -v error -y -i "$scratch/$1.png" -pix_fmt rgb24 -pred mixed -compression_level 9 \
        -map_metadata -1 -fflags +bitexact "$1.png"
}

voice() { # name voice pitch words-per-minute text
    espeak-ng -v "$2" -p "$3" -s "$4" -g 3 -w "$scratch/raw.wav" "$5"
    # Take the edges off the synthesiser, leave a breath at both ends, 16-bit mono.
    sox -D "$scratch/raw.wav" -r 22050 -c 1 -b 16 "$scratch/$1.wav" \
        highpass 80 equalizer 3500 1.5q -3 lowpass 8500 norm -3 silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse \
        reverb 12 40 30 pad 0.25 0.35
}

picture portrait 1024 1024
picture couple 1280 720

voice voice en-us+f2 48 140 "Hello, and welcome. I am only a drawing, but with your voice, I can tell any story you like. \
Shall we begin?"
sox -V1 -D "$scratch/voice.wav" voice.wav pad 0 3 trim 0 10

voice voice-left en-gb+m3 38 150 "Good morning! Did you dream in pixels again?"
voice voice-right en-us+f3 55 150 "I did. And they had such a lovely conversation!"
cp "$scratch"/voice-*.wav .
