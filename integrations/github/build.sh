#!/bin/sh
# Builds kolega-gate from the sources of this action into $KOLEGA_GATE_DIRECTORY: directly on Debian 12, elsewhere in
# the image of the Dockerfile, because a static build needs Debian 12's libraries.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=/dev/null
debian=$(. /etc/os-release && echo "$ID $VERSION_ID")

if [ "$debian" = "debian 12" ]; then
  # In a folder of its own: the checkout of an action is not ours to write to.
  build=$(mktemp -d "$RUNNER_TEMP/kolega-gate-build.XXXXXX")
  "$root/tools/deps" install
  cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O2 \
    -DKOLEGA_STATIC=ON -DKOLEGA_TESTS=OFF
  cmake --build "$build" --target kolega-gate
  install -m 755 "$build/kolega-gate" "$KOLEGA_GATE_DIRECTORY/kolega-gate"
elif command -v docker >/dev/null; then
  docker build --target final --tag kolega-gate-action "$root"
  container=$(docker create kolega-gate-action)
  docker cp "$container:/usr/local/bin/kolega-gate" "$KOLEGA_GATE_DIRECTORY/kolega-gate"
  docker rm "$container" >/dev/null
else
  echo "::error title=kolega-gate::building needs Debian 12 or docker; install a release and name it in the input 'binary'"
  exit 1
fi
