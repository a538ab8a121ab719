# Sourced by run.sh and test.sh: makes sure that programs are there.

# needs PROGRAM…: installs what is missing with the system's package manager; without root it says what to install, and fails.
needs() {
  local program missing=()
  for program in "$@"; do
    has "$program" || missing+=("$(package "$program")")
  done
  [ ${#missing[@]} -eq 0 ] && return

  local install
  install=$(install_command) || {
    echo "Missing: ${missing[*]}. Install them with your system's package manager, then run this again." >&2
    return 1
  }
  if [ "$(id -u)" -ne 0 ] && [ "$(manager)" != brew ]; then
    echo "Missing: ${missing[*]}. Install them, then run this again:" >&2
    echo "  sudo $install ${missing[*]}" >&2
    return 1
  fi
  echo "Installing ${missing[*]} …"
  [ "$(manager)" = apt-get ] && apt-get update -qq
  # shellcheck disable=SC2086 # a command and its words
  DEBIAN_FRONTEND=noninteractive $install "${missing[@]}" > /dev/null
}

# needs_dotnet: the SDK comes from Microsoft or the distribution; which one is the user's choice.
needs_dotnet() {
  if ! command -v dotnet > /dev/null || ! dotnet --list-sdks | grep -q '^10\.'; then
    echo "The .NET 10 SDK is missing. Install it from https://dot.net/download, or from your distribution (Ubuntu: apt-get install dotnet-sdk-10.0)." >&2
    return 1
  fi
}

has() {
  case $1 in
    chromium) [ -x "${CHROMIUM:-/nowhere}" ] || command -v chromium > /dev/null || command -v chromium-browser > /dev/null ;;
    *) command -v "$1" > /dev/null ;;
  esac
}

manager() {
  local name
  for name in apt-get dnf pacman apk zypper brew; do
    command -v "$name" > /dev/null && { echo "$name"; return; }
  done
  return 1
}

install_command() {
  case $(manager) in
    apt-get) echo "apt-get install -y -qq" ;;
    dnf) echo "dnf install -y -q" ;;
    pacman) echo "pacman -S --noconfirm --needed" ;;
    apk) echo "apk add -q" ;;
    zypper) echo "zypper --non-interactive install" ;;
    brew) echo "brew install" ;;
    *) return 1 ;;
  esac
}

# The package that has a program, where their names differ.
package() {
  case $(manager):$1 in
    apt-get:redis-server) echo redis-server ;;
    *:redis-server) echo redis ;;
    dnf:ffmpeg) echo ffmpeg-free ;;
    pacman:python3 | brew:python3) echo python ;;
    apt-get:exiftool) echo libimage-exiftool-perl ;;
    dnf:exiftool) echo perl-Image-ExifTool ;;
    pacman:exiftool) echo perl-image-exiftool ;;
    *) echo "$1" ;;
  esac
}
