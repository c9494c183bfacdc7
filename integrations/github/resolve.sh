#!/bin/sh
# Finds the kolega-gate that belongs to this commit of the action: the caller's own, an earlier download, the release
# asset, or says that it must be built. A file is used only after its sum matched the table in this repository; a wrong
# sum ends the step and never falls back to another source.
# Writes to GITHUB_OUTPUT: directory (of the binary) and, when it must be built, build-key.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
fail() { echo "::error title=kolega-gate::$1"; exit 1; }
output() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

[ "$(uname -s)" = Linux ] || fail "kolega-gate runs on Linux; use a Linux runner"
case $(uname -m) in
  x86_64) arch=amd64 ;;
  aarch64) arch=arm64 ;;
  *) fail "there is no kolega-gate for $(uname -m); use a runner with x64 or arm64" ;;
esac

if [ -n "${INPUT_BINARY:-}" ]; then
  # Linked under the one name that the next step calls, so that the caller's path appears in no script.
  binary=$(command -v -- "$INPUT_BINARY") || fail "the input 'binary' names no program that can be run"
  directory=$(mktemp -d "$RUNNER_TEMP/kolega-gate.XXXXXX")
  ln -s "$(realpath "$binary")" "$directory/kolega-gate"
  output directory "$directory"
  exit 0
fi

version=$(sed -n 's/^project(kolega-gate VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
asset="kolega-gate-$version-linux-$arch"
sum=$(awk -v asset="$asset" '$2 == asset { print $1 }' "$here/checksums.txt")
matches() { echo "$sum  $1" | sha256sum --check --status -; }

if [ -n "$sum" ]; then
  directory="$RUNNER_TOOL_CACHE/kolega-gate/$version/$arch"
  if [ ! -e "$directory/kolega-gate" ]; then
    url="https://github.com/kolega-ai/kolega-gate/releases/download/v$version/$asset"
    download=$(mktemp "$RUNNER_TEMP/kolega-gate.XXXXXX")
    code=$(curl --proto =https --tlsv1.2 --retry 3 --location --silent --show-error \
      --output "$download" --write-out '%{http_code}' "$url") || fail "the download of $asset broke off"
    case $code in
      200)
        matches "$download" || fail "the sum of the downloaded $asset is not the one in integrations/github/checksums.txt"
        mkdir -p "$directory"
        chmod 755 "$download"
        mv "$download" "$directory/kolega-gate"
        ;;
      404) sum="" ;;
      *) fail "the download of $asset ended with HTTP $code" ;;
    esac
  fi
  if [ -n "$sum" ]; then
    # Also what an earlier job left in the tool cache, which on a runner of one's own is anybody's folder.
    matches "$directory/kolega-gate" || fail "the sum of $directory/kolega-gate is not the one in checksums.txt; remove it"
    output directory "$directory"
    exit 0
  fi
fi

echo "No release of kolega-gate $version for $arch: building it from this commit's sources."
sources=$(cd "$root" && find CMakeLists.txt CMakePresets.json src policies tools/deps -type f |
  LC_ALL=C sort | while read -r file; do sha256sum "$file"; done | sha256sum | cut -c1-16)
compiler=$(g++ -dumpfullversion 2>/dev/null || echo image)
# Not in RUNNER_TEMP: a cache is found again only under the same path.
directory="${XDG_CACHE_HOME:-$HOME/.cache}/kolega-gate/$version-$sources"
mkdir -p "$directory"
output directory "$directory"
output build-key "kolega-gate-$arch-$compiler-$sources"
